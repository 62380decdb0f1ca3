"""JSON Schema of bodies: it accepts the documented spelling, and nothing that bevparse reports an error about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
    parse,
)
from bevparse.endpoints import MODELS
from bevparse.schemas import wire_schema
from bevparse.writer import record_as_json

from ..fixture_files import CANONICAL, FOREIGN, INVALID, VARIANTS, case_of, codes, each, errors, inspect, model_of
from .validators import json_validator, wire_validator

INVISIBLE = ("BEV112-", "BEV209-", "BEV216-", "BEV204-nearly-one")
"""Faults that JSON Schema does not see: half a surrogate pair, repeated names, no known endpoint, rounded digits."""


def decoded(path: Path) -> object:
    """Return the values of a body, or None if it is not well-formed JSON in UTF-8."""
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError:
        return None


DOCUMENTED = [path for path in CANONICAL if path.suffix == ".json" and case_of(path) not in FOREIGN]
OTHERS = [path for path in (*VARIANTS, *INVALID) if path.suffix == ".json" and not path.name.startswith(INVISIBLE)]


@pytest.mark.parametrize("model", [Response, *MODELS.values(), BulkRequest, EmailRecord, FailedEmail])
def test_schema_is_valid(model: type[Response]) -> None:
    json_validator.check_schema(wire_schema(model))


@each(DOCUMENTED)
def test_documented_body_is_accepted(path: Path) -> None:
    wire_validator(model_of(path)).validate(decoded(path))
    assert wire_validator().is_valid(decoded(path))


def test_bodies_with_errors_are_refused() -> None:
    accepted = [path for path in OTHERS if wire_validator(model_of(path)).is_valid(decoded(path))]

    assert {path.name: codes(inspect(path)) for path in accepted if errors(inspect(path))} == {}
    assert len(OTHERS) - len(accepted) > 100


RECORD = {
    "emailAddress": "ann@mail.example",
    **dict.fromkeys(("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck"), "true"),
}
WITHOUT_CHECK = {name: value for name, value in RECORD.items() if name != "smtpCheck"}
REFUSED: list[tuple[type[Response], object]] = [
    (CreateResponse, {"id": 5}),
    (CreateResponse, {"response": {}}),
    (CreateResponse, {"response": []}),
    (CreateResponse, {"response": {"id": "5"}}),
    (CreateResponse, {"response": {"id": 5.5}}),
    (CreateResponse, {"response": {"id": True}}),
    (CreateResponse, {"response": {"id": -1}}),
    (CreateResponse, {"response": {"id": 2**63}}),
    (CreateResponse, {"response": {"id": 5, "error": "x"}}),
    (CreateResponse, {"response": {"id": 5}, "error": "x"}),
    (StatusResponse, {"response": [{}]}),
    (StatusResponse, {"response": [{"id": 5, "ID": 5}]}),
    (StatusResponse, {"response": [{"id": 5, "ready": 2}]}),
    (StatusResponse, {"response": [{"id": 5, "ready": True}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": 1528204702}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": "0"}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": "01"}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": "1528204702\n"}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": "253402300800"}]}),
    (StatusResponse, {"response": [{"id": 5, "date_start": "1000000000000"}]}),
    (StatusResponse, {"response": [{"id": 5, "date_end": None}]}),
    (CompletedResponse, {"response": RECORD}),
    (CompletedResponse, {"response": [WITHOUT_CHECK]}),
    (CompletedResponse, {"response": [{**RECORD, "smtpCheck": True}]}),
    (CompletedResponse, {"response": [{**RECORD, "smtpCheck": "maybe"}]}),
    (CompletedResponse, {"response": [{**RECORD, "mxRecords": []}]}),
    (CompletedResponse, {"response": [{**RECORD, "mxRecords": [5]}]}),
    (CompletedResponse, {"response": [{**RECORD, "roleCheck": "true"}]}),
    (FailedResponse, {"response": [{"emailAddress": "a"}]}),
    (FailedResponse, {"response": [{"error": "a"}]}),
    (ListResponse, {"response": {"from": None, "to": None}}),
    (ErrorResponse, {"error": "x"}),
    (ErrorResponse, {"response": {}}),
    (ErrorResponse, {"response": {"error": "x", "errors": ["x"]}}),
    (ErrorResponse, {"response": {"errors": []}}),
    (ErrorResponse, {"response": {"error": "x", "code": True}}),
    *((ErrorResponse, {"response": {"error": text}}) for text in ("", " \n", "null", "N/A", "\\N", "(NULL)", "False")),
]


@pytest.mark.parametrize(("model", "body"), REFUSED)
def test_body_that_does_not_match_is_refused(model: type[Response], body: object) -> None:
    assert not wire_validator(model).is_valid(body)


LAST = "253402300799"
ACCEPTED: list[tuple[type[Response], object]] = [
    (StatusResponse, {"response": [{"id": 5, "date_start": second}]})
    for second in ("1", "9", "10", "152820470", "99999999999", "199999999999", "253402300798", LAST)
]


@pytest.mark.parametrize(("model", "body"), ACCEPTED)
def test_every_date_is_accepted(model: type[Response], body: object) -> None:
    wire_validator(model).validate(body)


def test_schema_of_a_single_record_is_available() -> None:
    body = b'{"response":[{"emailAddress":"a","formatCheck":"true","mxRecords":["b.example"],"result":"ok"}]}'
    (record,) = parse(body, CompletedResponse).records

    wire_validator(EmailRecord).validate(record_as_json(record))


def test_model_of_a_program_is_refused() -> None:
    class Own(CreateResponse):
        pass

    with pytest.raises(TypeError, match=r"expected a model of bevparse, got <class .*Own"):
        wire_schema(Own)
