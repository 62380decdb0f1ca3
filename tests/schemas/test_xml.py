"""XML Schema of bodies: lxml validates what bevparse writes with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from bevparse import CompletedResponse, EmailRecord, ErrorResponse, ListResponse, Response, StatusResponse, dump, parse
from bevparse.endpoints import MODELS
from bevparse.schemas import xsd

from ..fixture_files import CANONICAL, FOREIGN, case_of, each, model_of
from .validators import xml_validator

WRITTEN = [path for path in CANONICAL if path.suffix == ".xml" and case_of(path) not in FOREIGN]


def is_valid(body: str | bytes, model: type[Response]) -> bool:
    return xml_validator(model).validate(etree.fromstring(body))


@pytest.mark.parametrize("model", MODELS.values())
def test_xml_schema_is_valid(model: type[Response]) -> None:
    etree.XMLSchema(etree.fromstring(xsd(model).encode()))


@each(WRITTEN)
def test_written_body_is_accepted(path: Path) -> None:
    xml_validator(model_of(path)).assertValid(etree.fromstring(path.read_bytes()))


def test_fields_may_be_in_any_order() -> None:
    assert is_valid("<xml><response><item><ready>1</ready><id>5</id></item></response></xml>", StatusResponse)


CHECKS = "".join(f"<{name}>true</{name}>" for name in ("formatCheck", "dnsCheck", "freeCheck"))
REFUSED: list[tuple[type[Response], str]] = [
    (StatusResponse, "<item/>"),
    (StatusResponse, "<id>5</id>"),
    (StatusResponse, "<item><id>-1</id></item>"),
    (StatusResponse, "<item><id>9223372036854775808</id></item>"),
    (StatusResponse, "<item><id/></item>"),
    (StatusResponse, "<item><id>5</id><id>5</id></item>"),
    (StatusResponse, "<item><id>5</id><ready>true</ready></item>"),
    (StatusResponse, "<item><id>5</id><date_start>0</date_start></item>"),
    (StatusResponse, "<item><id>5</id><date_start>253402300800</date_start></item>"),
    (CompletedResponse, f"<item>{CHECKS}</item>"),
    (CompletedResponse, "<item><emailAddress>a</emailAddress><smtpCheck>maybe</smtpCheck></item>"),
    (CompletedResponse, "<item><emailAddress>a</emailAddress><mxRecords>b</mxRecords></item>"),
    (ListResponse, "<from/><to/>"),
    (ListResponse, "<data/><from>x</from>"),
    (ListResponse, "<data/><total/>"),
    (ErrorResponse, ""),
    (ErrorResponse, "<error>a</error><error>b</error>"),
    (ErrorResponse, "<errors/>"),
]


@pytest.mark.parametrize(("model", "inside"), REFUSED)
def test_body_that_does_not_match_is_refused(model: type[Response], inside: str) -> None:
    assert not is_valid(f"<xml><response>{inside}</response></xml>", model)


def test_hosts_are_elements() -> None:
    record = EmailRecord(email_address="a", mx_records=("b.example", "c.example"))

    assert is_valid(dump(CompletedResponse(records=(record,)), format="xml"), CompletedResponse)


def test_page_without_bounds_is_accepted() -> None:
    page = parse(b'{"response":{"data":[],"from":null,"to":null}}', ListResponse)

    assert is_valid(dump(page, format="xml"), ListResponse)


@pytest.mark.parametrize("model", [Response, EmailRecord])
def test_model_that_is_not_of_an_endpoint_is_refused(model: type[Response]) -> None:
    with pytest.raises(TypeError, match="expected the model of an endpoint, got <class"):
        xsd(model)
