"""Payloads of elements."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    FailedEmail,
    FailedResponse,
    Inspection,
    ListResponse,
    StatusResponse,
)


def errors_of(found: Inspection) -> list[tuple[str, str, int | None, int | None]]:
    """Return the errors in a body, without warnings."""
    problems = [problem for problem in found.problems if problem.severity == "error"]
    return [(problem.code, problem.pointer, problem.line, problem.column) for problem in problems]


def test_empty_element_is_a_record_without_fields() -> None:
    found = bevparse.inspect(
        "<response><item/><item><emailAddress>a</emailAddress><error>b</error></item></response>", FailedResponse
    )

    assert found.response == FailedResponse(failures=(FailedEmail(email_address="a", error="b"),))
    assert errors_of(found) == [("BEV208", "/response/0", 1, 11)]


def test_single_request_may_be_a_status() -> None:
    parsed = bevparse.parse("<xml><response><id>5</id></response></xml>", StatusResponse)

    assert parsed == StatusResponse(requests=(BulkRequest(id=5),))


@pytest.mark.parametrize("count", [2, 3])
def test_each_request_of_a_page_may_be_in_an_element_of_its_own(count: int) -> None:
    body = "<response><current_page>1</current_page>" + "<data><id>5</id></data>" * count + "</response>"

    found = bevparse.inspect(body)

    assert isinstance(found.response, ListResponse)
    assert found.response.requests == (BulkRequest(id=5),) * count
    assert [
        (problem.code, problem.pointer, problem.column) for problem in found.problems if problem.code != "BEV316"
    ] == [("BEV317", "/response", 64)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            "<response><items><list><item><error>c</error></item></list></items></response>",
            ("BEV208", "/response/0", 1, 24),
        ),
        (
            "<response><items><list><item><emailAddress>a</emailAddress></item><item/></list></items></response>",
            ("BEV208", "/response/1", 1, 67),
        ),
        (
            "<response><current_page>1</current_page><data><list><item><id>x</id></item></list></data></response>",
            ("BEV204", "/response/data/0/id", 1, 59),
        ),
    ],
)
def test_record_in_several_elements_has_its_position(body: str, error: tuple[str, str, int, int]) -> None:
    found = bevparse.inspect(body, ListResponse if "data" in body else FailedResponse)

    assert errors_of(found) == [error]


@pytest.mark.parametrize(
    ("hosts", "expected", "codes"),
    [
        ("<mxRecords/>", (), []),
        ("<mxRecords>null</mxRecords>", (), []),
        ("<mxRecords/><mxRecords>y</mxRecords>", ("y",), ["BEV317"]),
        ("<mxRecords>x</mxRecords><mxRecords>y</mxRecords><mxRecords>z</mxRecords>", ("x", "y", "z"), ["BEV317"]),
    ],
)
def test_hosts_may_be_missing_or_in_several_elements(hosts: str, expected: tuple[str, ...], codes: list[str]) -> None:
    body = f"<response><item><emailAddress>a</emailAddress>{hosts}</item></response>"

    found = bevparse.inspect(body, CompletedResponse)

    assert isinstance(found.response, CompletedResponse)
    assert found.response.records[0].mx_records == expected
    assert [problem.code for problem in found.problems if problem.code != "BEV316"] == codes


@pytest.mark.parametrize(
    ("hosts", "column"),
    [
        ("<mxRecords>x</mxRecords><mxRecords><m><n>y</n></m></mxRecords>", 82),
        ("<mxRecords><m><n>y</n></m></mxRecords><mxRecords>x</mxRecords>", 58),
    ],
)
def test_elements_in_a_host_are_an_error_if_hosts_are_in_several_elements(hosts: str, column: int) -> None:
    body = f"<response><item><emailAddress>a</emailAddress>{hosts}</item></response>"

    found = bevparse.inspect(body, CompletedResponse)

    assert found.response == CompletedResponse(records=())
    assert errors_of(found) == [("BEV207", "/response/0/mxRecords/0", 1, column)]
