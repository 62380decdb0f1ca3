"""The types of the public API, for type checkers."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_type
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pydantic import TypeAdapter

import bevparse
from bevparse import (
    AnyResponse,
    ApiError,
    BevparseError,
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    Detection,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Inspection,
    Limits,
    ListResponse,
    PayloadError,
    Problem,
    Response,
    SourceError,
    StatusResponse,
    UnknownFormatError,
    formats,
)
from bevparse.formats import Document, csv, json, xml

from . import reversed_json

if TYPE_CHECKING:
    import aiohttp
    import httpx
    import requests

CREATED = b'{"response":{"id":5}}'
STATUS = b'{"response":[{"id":5,"date_start":"1528204702","ready":1}]}'
BALANCE = b'{"response":{"error":"Insufficient balance"}}'


def test_requested_model_is_the_type_of_the_response() -> None:
    assert_type(bevparse.parse(CREATED, CreateResponse), CreateResponse)
    assert_type(bevparse.parse(STATUS, StatusResponse), StatusResponse)
    assert_type(bevparse.parse(STATUS.decode(), StatusResponse, format="json", strict=True), StatusResponse)
    assert_type(bevparse.parse(bytearray(STATUS), StatusResponse, limits=Limits(records=5)), StatusResponse)
    assert_type(bevparse.parse(memoryview(BALANCE), ErrorResponse), ErrorResponse)


def test_without_a_model_the_type_is_any_response() -> None:
    assert_type(bevparse.parse(CREATED), AnyResponse)
    assert_type(bevparse.parse_object({"response": {"id": 5}}), AnyResponse)
    assert_type(bevparse.parse(CREATED, Response), Response)
    assert_type(bevparse.parse_reply(CREATED), AnyResponse)


def test_reply_may_be_an_error_reply() -> None:
    reply = bevparse.parse_reply(BALANCE, StatusResponse)

    assert_type(reply, StatusResponse | ErrorResponse)
    assert isinstance(reply, ErrorResponse)
    assert_type(reply.errors, tuple[str, ...])
    assert_type(reply.code, int | str | None)


def test_parse_file_has_the_types_of_parse(tmp_path: Path) -> None:
    path = tmp_path / "created.json"
    path.write_bytes(CREATED)

    assert_type(bevparse.parse_file(path, CreateResponse), CreateResponse)
    assert_type(bevparse.parse_file(str(path)), AnyResponse)
    by_interface: os.PathLike[str] = path
    assert_type(bevparse.parse_file(by_interface, CreateResponse, format=None, strict=False), CreateResponse)


def responses_of_clients(
    by_requests: requests.Response, by_httpx: httpx.Response, by_aiohttp: aiohttp.ClientResponse
) -> None:
    """Never called: the response of every client is accepted, and the model decides the type."""
    assert_type(bevparse.parse_http(by_requests), AnyResponse)
    assert_type(bevparse.parse_http(by_requests, StatusResponse), StatusResponse)
    assert_type(bevparse.parse_http(by_httpx, CompletedResponse, format="csv"), CompletedResponse)
    assert_type(bevparse.parse_http(by_aiohttp, FailedResponse, strict=True, limits=Limits()), FailedResponse)


def responses_of_urllib() -> None:
    """Never called: the response and the error of urllib are accepted."""
    try:
        with urlopen("http://127.0.0.1/") as response:
            assert_type(bevparse.parse_http(response, ListResponse), ListResponse)
    except HTTPError as error:
        assert_type(bevparse.parse_http(error, ListResponse), ListResponse)


def test_inspection_has_types() -> None:
    found = bevparse.inspect(STATUS, StatusResponse)

    assert_type(found, Inspection[StatusResponse | ErrorResponse])
    assert_type(found.response, StatusResponse | ErrorResponse | None)
    assert_type(found.problems, tuple[Problem, ...])
    assert_type(found.format, str | None)
    assert found.endpoint == "status"


def test_detection_has_types() -> None:
    found = bevparse.detect(STATUS)

    assert_type(found, Detection)
    assert_type(found.format, str)
    endpoint: Literal["create", "list", "status", "completed", "failed", "error"] | None = found.endpoint
    assert endpoint == "status"


def test_problem_has_types() -> None:
    problem = Problem("BEV204", "expected an integer")

    assert_type(problem.code, str)
    assert_type(problem.message, str)
    assert_type(problem.pointer, str)
    assert_type(problem.line, int | None)
    assert_type(problem.column, int | None)
    assert_type(problem.severity, Literal["error", "warning", "info"])


def test_models_have_types() -> None:
    record = EmailRecord(email_address="a@x.example", smtp_check=None, mx_records=("mx.x.example",), result="ok")
    request = BulkRequest(id=5)
    page = ListResponse(requests=(request,), from_=1)

    assert_type(record.email_address, str)
    assert_type(record.catch_all_check, bool | None)
    assert_type(record.mx_records, tuple[str, ...])
    assert_type(record.result, str | None)
    assert_type(request.date_end, datetime | None)
    assert_type(request.ready, bool | None)
    assert_type(page.requests, tuple[BulkRequest, ...])
    assert_type(page.from_, int | None)
    assert_type(FailedEmail(email_address="").error, str | None)
    assert_type(FailedResponse(failures=()).failures, tuple[FailedEmail, ...])
    assert_type(CompletedResponse(records=(record,)).records, tuple[EmailRecord, ...])
    assert_type(CreateResponse(id=5).endpoint, Literal["create"])


def test_union_is_discriminated_by_endpoint() -> None:
    adapter: TypeAdapter[AnyResponse] = TypeAdapter(AnyResponse)
    answer = adapter.validate_json('{"endpoint":"create","id":5}')

    if answer.endpoint == "create":
        assert_type(answer, CreateResponse)
    elif answer.endpoint == "error":
        assert_type(answer, ErrorResponse)
    assert answer == CreateResponse(id=5)


def test_dump_is_bytes() -> None:
    assert_type(bevparse.dump(CreateResponse(id=5)), bytes)
    assert_type(bevparse.dump(CreateResponse(id=5), format="csv"), bytes)


def test_exceptions_have_types() -> None:
    problem = Problem("BEV204", "expected an integer")

    assert_type(DecodeError(problem).problem, Problem)
    assert_type(DecodeError(problem).format, str | None)
    assert_type(PayloadError((problem,)).problems, tuple[Problem, ...])
    assert_type(PayloadError((problem,)).endpoint, str | None)
    assert_type(ApiError(ErrorResponse(errors=("one",))).response, ErrorResponse)
    assert_type(EncodeError(problem, "xml").problem, Problem)
    assert_type(EncodeError(problem, "xml").format, str)
    assert_type(UnknownFormatError("yaml", ()).known, tuple[str, ...])
    assert_type(SourceError("a", "b").source, str)
    for error in (DecodeError(problem), PayloadError((problem,)), SourceError("a", "b")):
        as_root: BevparseError = error
        assert str(as_root)


def modules_are_formats() -> tuple[formats.Format, ...]:
    """Never called, as registering affects the whole process: modules satisfy the protocol."""
    formats.register(reversed_json)
    return csv, json, xml, reversed_json


def formats_have_types(format: formats.Format, locator: formats.Locator) -> None:
    """Never called: the types of the protocols."""
    assert_type(format.name, str)
    assert_type(format.kind, formats.Kind)
    assert_type(format.suffixes, tuple[str, ...])
    assert_type(format.decode(b"", Limits()), Document)
    assert_type(locator.locate(b"", [()]), dict[tuple[int, ...], tuple[int, int]])


@pytest.mark.parametrize("module", [csv, json, xml, reversed_json])
def test_module_is_a_format(module: object) -> None:
    assert isinstance(module, formats.Format)


def test_wrong_use_is_refused_by_type_checkers_and_at_runtime() -> None:
    with pytest.raises(TypeError):
        bevparse.parse(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        bevparse.parse(CREATED, EmailRecord)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        bevparse.parse(CREATED, CreateResponse, "json")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError):
        bevparse.dump(EmailRecord(email_address=""))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        formats.register(object())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
