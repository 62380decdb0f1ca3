"""The functions for bodies in memory: parse, parse_reply, inspect and detect."""

from __future__ import annotations

import array
from pathlib import Path

import pytest

import bevparse
from bevparse import (
    ApiError,
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    Detection,
    EmailRecord,
    ErrorResponse,
    FailedResponse,
    ListResponse,
    PayloadError,
    Response,
    StatusResponse,
)

from ..documented import DOCUMENTED

FORMATS = ["json", "xml", "csv"]
MODELS: dict[str, type[Response]] = {
    "create": CreateResponse,
    "list": ListResponse,
    "status": StatusResponse,
    "completed": CompletedResponse,
    "failed": FailedResponse,
}
CREATED = DOCUMENTED["create"]
BALANCE = b'{"response":{"error":"Insufficient balance"}}'


@pytest.mark.parametrize("endpoint", MODELS)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("named", [True, False])
def test_every_endpoint_and_format_is_read_with_and_without_a_model(endpoint: str, format: str, named: bool) -> None:
    whole = bevparse.parse(DOCUMENTED[endpoint])
    body = bevparse.dump(whole, format=format)

    read = bevparse.parse(body, MODELS[endpoint] if named else Response)

    assert read == whole
    assert type(read) is MODELS[endpoint]
    assert bevparse.detect(body) == Detection(format, endpoint)
    assert bevparse.inspect(body, MODELS[endpoint]).problems == ()


@pytest.mark.parametrize("endpoint", MODELS)
@pytest.mark.parametrize("format", FORMATS)
def test_documented_bodies_are_valid_in_strict_mode(endpoint: str, format: str) -> None:
    body = bevparse.dump(bevparse.parse(DOCUMENTED[endpoint]), format=format)

    assert bevparse.parse(body, MODELS[endpoint], format=format, strict=True).endpoint == endpoint


@pytest.mark.parametrize("shape", [bytes, bytearray, memoryview, bytes.decode])
@pytest.mark.parametrize("format", FORMATS)
def test_bytes_like_bodies_and_text_are_read_alike_and_not_changed(shape: object, format: str) -> None:
    whole = bevparse.parse(DOCUMENTED["completed"])
    body = shape(bevparse.dump(whole, format=format))  # type: ignore[operator]
    before = bytes(body) if not isinstance(body, str) else body

    assert bevparse.parse(body, CompletedResponse) == whole
    assert (bytes(body) if not isinstance(body, str) else body) == before


def test_memoryview_of_larger_items_is_read_as_bytes() -> None:
    body = CREATED + b" " * (-len(CREATED) % 4)

    assert bevparse.parse(memoryview(array.array("I", body)), CreateResponse).id == 5


@pytest.mark.parametrize("body", [None, 5, ["a"], {"response": {"id": 5}}, object(), Path("status.json")])
@pytest.mark.parametrize("verb", [bevparse.parse, bevparse.parse_reply, bevparse.inspect, bevparse.detect])
def test_body_of_another_type_is_a_type_error(verb: object, body: object) -> None:
    with pytest.raises(TypeError, match="expected bytes or text, got "):
        verb(body)  # type: ignore[operator]


@pytest.mark.parametrize("model", [EmailRecord, BulkRequest, dict, "status", CreateResponse(id=5), 5])
@pytest.mark.parametrize("verb", [bevparse.parse, bevparse.parse_reply, bevparse.inspect])
def test_argument_that_is_not_a_response_model_is_a_type_error(verb: object, model: object) -> None:
    with pytest.raises(TypeError, match=r"expected .*model"):
        verb(CREATED, model)  # type: ignore[operator]


@pytest.mark.parametrize("options", [("json",), ("json", True)])
def test_options_are_keyword_only(options: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="positional"):
        bevparse.parse(CREATED, CreateResponse, *options)  # type: ignore[call-arg]


@pytest.mark.parametrize("model", [Response, CreateResponse, StatusResponse, ErrorResponse])
def test_parse_reply_returns_an_error_reply_for_any_model(model: type[Response]) -> None:
    assert bevparse.parse_reply(BALANCE, model) == ErrorResponse(errors=("Insufficient balance",))


@pytest.mark.parametrize("model", [Response, ErrorResponse])
def test_parse_returns_an_expected_error_reply(model: type[Response]) -> None:
    assert bevparse.parse(BALANCE, model) == ErrorResponse(errors=("Insufficient balance",))


@pytest.mark.parametrize("model", MODELS.values())
def test_parse_raises_an_unexpected_error_reply(model: type[Response]) -> None:
    with pytest.raises(ApiError, match="Insufficient balance") as caught:
        bevparse.parse(BALANCE, model)

    assert caught.value.response.errors == ("Insufficient balance",)


@pytest.mark.parametrize("endpoint", MODELS)
def test_response_is_refused_when_an_error_is_expected(endpoint: str) -> None:
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(DOCUMENTED[endpoint], ErrorResponse)

    assert caught.value.problems[0].code == "BEV212"


ALIKE = {("xml", "create", "status"), ("csv", "create", "status"), ("csv", "create", "list"), ("csv", "status", "list")}
"""Responses that are ambiguous in text formats: one bare id, and requests without page numbers."""

OTHERS = [
    (format, endpoint, asked) for format in FORMATS for endpoint in MODELS for asked in MODELS if asked != endpoint
]


@pytest.mark.parametrize(("format", "endpoint", "asked"), [case for case in OTHERS if case not in ALIKE])
def test_response_of_another_endpoint_is_refused(format: str, endpoint: str, asked: str) -> None:
    body = bevparse.dump(bevparse.parse(DOCUMENTED[endpoint]), format=format)

    with pytest.raises(PayloadError, match=f"{asked}.*{endpoint}") as caught:
        bevparse.parse(body, MODELS[asked])

    assert "BEV212" in [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize("body", [b'{"response":[]}', b"<xml><response/></xml>", b"<root/>"])
def test_empty_result_lists_its_possible_endpoints(body: bytes) -> None:
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(body)

    assert all(name in str(caught.value) for name in ("status", "completed", "failed"))
    assert bevparse.detect(body).endpoint is None


@pytest.mark.parametrize(
    "empty", [StatusResponse(requests=()), CompletedResponse(records=()), FailedResponse(failures=())]
)
@pytest.mark.parametrize("body", [b'{"response":[]}', b"<xml><response/></xml>"])
def test_empty_result_of_a_known_endpoint_is_read(body: bytes, empty: Response) -> None:
    assert bevparse.parse(body, type(empty), strict=True) == empty


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n\r\n"])
def test_zero_bytes_are_an_empty_result_only_in_declared_csv(body: bytes) -> None:
    assert bevparse.parse(body, CompletedResponse, format="csv") == CompletedResponse(records=())
    for format in (None, "json", "xml"):
        with pytest.raises(DecodeError) as caught:
            bevparse.parse(body, CompletedResponse, format=format)
        assert caught.value.problem.code == "BEV101"


def test_strict_mode_refuses_warnings() -> None:
    body = b'{"response":{"id":"5"}}'

    assert bevparse.parse(body, CreateResponse).id == 5
    for verb in (bevparse.parse, bevparse.parse_reply):
        with pytest.raises(PayloadError) as caught:
            verb(body, CreateResponse, strict=True)
        assert [(one.code, one.pointer) for one in caught.value.problems] == [("BEV301", "/response/id")]


@pytest.mark.parametrize("declared", FORMATS)
@pytest.mark.parametrize("format", FORMATS)
def test_body_of_another_format_than_declared_is_read_with_a_warning(declared: str, format: str) -> None:
    whole = bevparse.parse(DOCUMENTED["completed"])
    body = bevparse.dump(whole, format=format)

    found = bevparse.inspect(body, CompletedResponse, format=declared)

    assert (found.response, found.format) == (whole, format)
    assert [(problem.code, problem.line) for problem in found.problems] == (
        [] if declared == format else [("BEV313", 1)]
    )


@pytest.mark.parametrize("declared", ["xml", "csv"])
def test_error_in_json_is_read_in_any_declared_format(declared: str) -> None:
    with pytest.raises(ApiError, match="Insufficient balance"):
        bevparse.parse(BALANCE, CompletedResponse, format=declared)


@pytest.mark.parametrize("blanks", [b" ", b"\r\n\t ", b"\n" * 5_000, b" " * 100_000])
@pytest.mark.parametrize("body", [CREATED, b"<xml><response><id>5</id></response></xml>"])
def test_leading_white_space_is_skipped(blanks: bytes, body: bytes) -> None:
    assert bevparse.parse(blanks + body + blanks, CreateResponse).id == 5


def test_inspection_has_the_readable_part_and_the_problems() -> None:
    body = b'{"response":[{"id":1},{"id":"x"},{"id":"3"}]}'

    found = bevparse.inspect(body, StatusResponse)

    assert found.response == StatusResponse(requests=(BulkRequest(id=1), BulkRequest(id=3)))
    assert [problem.code for problem in found.problems] == ["BEV204", "BEV301"]
    assert (found.format, found.endpoint) == ("json", "status")


@pytest.mark.parametrize(
    ("body", "code"), [(b"", "BEV101"), (b"{", "BEV110"), (b"<a", "BEV120"), (b'"a', "BEV105"), (b"<html>", "BEV104")]
)
def test_inspection_of_a_malformed_body_has_one_problem(body: bytes, code: str) -> None:
    found = bevparse.inspect(body, StatusResponse)

    assert found.response is None
    assert [problem.code for problem in found.problems] == [code]


@pytest.mark.parametrize(("format", "code"), [("json", "BEV110"), ("xml", "BEV120")])
@pytest.mark.parametrize("body", [b"plain,text\nx,y\n", b"plain text"])
def test_plain_text_is_reported_as_a_malformed_body_of_the_declared_format(body: bytes, format: str, code: str) -> None:
    assert [problem.code for problem in bevparse.inspect(body, format=format).problems] == [code]


@pytest.mark.parametrize("body", [b"", b"{", b"<a", b"hello"])
def test_detect_raises_for_a_malformed_body(body: bytes) -> None:
    with pytest.raises(DecodeError):
        bevparse.detect(body)


def test_detect_returns_error_for_an_error_reply_and_no_endpoint_for_an_unknown_body() -> None:
    assert bevparse.detect(BALANCE) == Detection("json", "error")
    assert bevparse.detect(b'{"response":{"colour":"red"}}') == Detection("json", None)


def test_body_of_null_characters_is_not_empty() -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(b"\0" * 40, StatusResponse)

    assert caught.value.problem.code != "BEV101"


@pytest.mark.parametrize("declared", ["xml", "csv"])
def test_error_reply_in_json_raises_api_error_for_any_declared_format_even_if_strict(declared: str) -> None:
    with pytest.raises(ApiError, match="Insufficient balance"):
        bevparse.parse(b'{"response":{"error":"Insufficient balance"}}', StatusResponse, format=declared, strict=True)
