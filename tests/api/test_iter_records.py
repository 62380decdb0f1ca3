"""`iter_records`: records one by one from files and streams, and how a stream ends."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from pydantic import BaseModel

import bevparse
from bevparse import (
    ApiError,
    BulkRequest,
    CompletedResponse,
    DecodeError,
    EmailRecord,
    FailedEmail,
    FailedResponse,
    Limits,
    PayloadError,
    Problem,
    SourceError,
    StatusResponse,
    UnknownFormatError,
    iter_records,
)

from ..documented import DOCUMENTED

FORMATS = ["json", "xml", "csv"]
ANSWERS = {"status": BulkRequest, "list": BulkRequest, "completed": EmailRecord, "failed": FailedEmail}
MANY = 12_000
"""Records of more than a block in any format."""
ERROR_NEXT_TO_RECORDS = (
    DOCUMENTED["failed"][:-2] + b',{"emailAddress":"a","error":"b"}' * 9 + b'],"error":"Insufficient balance"}'
)


def documented(endpoint: str, format: str) -> bytes:
    return bevparse.dump(bevparse.parse(DOCUMENTED[endpoint]), format=format)


def records_of(endpoint: str) -> list[BaseModel]:
    answer = bevparse.parse(DOCUMENTED[endpoint])
    return list(getattr(answer, {"completed": "records", "failed": "failures"}.get(endpoint, "requests")))


def requests(count: int) -> StatusResponse:
    return StatusResponse(requests=tuple(BulkRequest(id=number) for number in range(count)))


def with_a_bad_record(count: int, format: str) -> bytes:
    """Return requests with an invalid id in the last but one."""
    index = b"%d" % (count - 2)
    good = {"json": b'{"id":%s}', "xml": b"<id>%s</id>", "csv": b"\n%s,"}[format] % index
    body = bevparse.dump(requests(count), format=format)
    assert body.count(good) == 1
    return body.replace(good, good.replace(index, b"-1"))


class ShortReads(io.BytesIO):
    """A stream that returns fewer bytes than requested, as raw streams do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("endpoint", ANSWERS)
@pytest.mark.parametrize("packed", [False, True])
def test_format_of_a_file_comes_from_its_name(tmp_path: Path, endpoint: str, format: str, packed: bool) -> None:
    body = documented(endpoint, format)
    path = tmp_path / f"answer.{format}{'.GZ' if packed else ''}"
    path.write_bytes(gzip.compress(body) if packed else body)

    assert list(iter_records(path, ANSWERS[endpoint])) == records_of(endpoint)
    assert list(iter_records(os.fspath(path), ANSWERS[endpoint])) == records_of(endpoint)


def test_explicit_format_takes_precedence_over_the_name(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(b"")

    assert list(iter_records(tmp_path / "empty.json", FailedEmail, format="csv")) == []


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("endpoint", ANSWERS)
def test_file_object_is_read_and_left_open(endpoint: str, format: str, declared: bool) -> None:
    source = io.BytesIO(documented(endpoint, format))

    assert list(iter_records(source, ANSWERS[endpoint], format=format if declared else None)) == records_of(endpoint)
    assert not source.closed


@pytest.mark.parametrize("format", FORMATS)
def test_stream_with_short_reads_is_read_to_its_end(format: str) -> None:
    source = ShortReads(bevparse.dump(requests(40), format=format))

    assert tuple(iter_records(source, BulkRequest)) == requests(40).requests


def test_records_are_returned_before_the_rest_is_read() -> None:
    source = io.BytesIO(b'{"response":[' + b'{"id":1},' * 10**5)

    assert next(iter_records(source, BulkRequest)).id == 1
    assert source.tell() <= 2**19


def test_body_of_another_format_than_declared_is_read_and_reported() -> None:
    reports: list[Problem] = []

    found = list(iter_records(io.BytesIO(DOCUMENTED["status"]), BulkRequest, format="xml", on_problem=reports.append))

    assert found == records_of("status")
    assert [problem.code for problem in reports] == ["BEV313"]
    with pytest.raises(UnknownFormatError, match="got 'yaml'"):
        list(iter_records(io.BytesIO(b"{}"), BulkRequest, format="yaml"))


@pytest.mark.parametrize("model", [StatusResponse, BaseModel, dict, None, "BulkRequest"])
def test_model_that_is_not_a_record_is_a_type_error_at_once(model: object) -> None:
    with pytest.raises(TypeError, match="expected BulkRequest, EmailRecord or FailedEmail, got "):
        iter_records(io.BytesIO(b"{}"), model)  # type: ignore[type-var]


@pytest.mark.unmeasured
@pytest.mark.parametrize("count", [40, MANY])
@pytest.mark.parametrize("format", FORMATS)
def test_bad_record_does_not_end_a_stream_with_on_problem(count: int, format: str) -> None:
    body = with_a_bad_record(count, format)
    reports: list[Problem] = []

    found = [request.id for request in iter_records(io.BytesIO(body), BulkRequest, on_problem=reports.append)]

    assert found == [*range(count - 2), count - 1]
    assert reports == list(bevparse.inspect(body, StatusResponse).problems)
    assert [problem.pointer for problem in reports] == [f"/response/{count - 2}/id"]


@pytest.mark.unmeasured
@pytest.mark.parametrize("count", [40, MANY])
@pytest.mark.parametrize("format", FORMATS)
def test_bad_record_is_raised_without_on_problem(count: int, format: str) -> None:
    body = with_a_bad_record(count, format)
    found: list[int] = []

    with pytest.raises(PayloadError) as caught:
        found.extend(request.id for request in iter_records(io.BytesIO(body), BulkRequest))

    assert caught.value.problems == bevparse.inspect(body, StatusResponse).problems
    assert caught.value.endpoint == "status"
    assert found == list(range(len(found)))
    assert len(found) <= count - 2


@pytest.mark.unmeasured
@pytest.mark.parametrize("format", FORMATS)
def test_problems_are_reported_before_the_records_after_them(format: str) -> None:
    happened: list[object] = []
    source = io.BytesIO(with_a_bad_record(MANY, format))

    found = iter_records(source, BulkRequest, on_problem=lambda problem: happened.append(problem.pointer))
    happened.extend(request.id for request in found)

    assert happened[0] == 0
    assert f"/response/{MANY - 2}/id" in happened[: happened.index(MANY - 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_warnings_are_reported_and_do_not_end_a_stream(format: str) -> None:
    record = EmailRecord(email_address="a@b", result="new")
    body = b"\xef\xbb\xbf" + bevparse.dump(CompletedResponse(records=(record,) * 9), format=format)
    reports: list[Problem] = []

    assert list(iter_records(io.BytesIO(body), EmailRecord)) == [record] * 9
    for limits in (
        Limits(),
        Limits(problems=4),
    ):  # above the limit they are only counted, and the count is reported last
        reports.clear()
        assert (
            list(iter_records(io.BytesIO(body), EmailRecord, limits=limits, on_problem=reports.append)) == [record] * 9
        )
        assert reports == list(bevparse.inspect(body, CompletedResponse, limits=limits).problems)


@pytest.mark.parametrize("source", [b"Email Address,Error\n", io.StringIO("Email Address,Error\n"), 5])
def test_other_sources_are_type_errors(source: object) -> None:
    with pytest.raises(TypeError, match="expected a path, a binary file object or an iterable of bytes, got "):
        iter_records(source, FailedEmail)  # type: ignore[call-overload]


@pytest.mark.parametrize("format", FORMATS)
def test_too_many_errors_end_the_stream(format: str) -> None:
    good, bad = {"json": (b'"x"', b"[]"), "xml": (b">x<", b"><y/><"), "csv": (b"x,", b"x,,")}[format]
    failures = tuple(FailedEmail(email_address="ok" if number < 30 else "x") for number in range(39))
    source = io.BytesIO(bevparse.dump(FailedResponse(failures=failures), format=format).replace(good, bad))
    reports: list[Problem] = []
    rejected: list[str] = []

    def reject(pointer: str, _: object) -> None:
        rejected.append(pointer)

    with pytest.raises(PayloadError) as caught:
        list(iter_records(source, FailedEmail, limits=Limits(problems=3), on_problem=reports.append, on_reject=reject))

    assert caught.value.problems[-1].code == "BEV006"
    assert [problem.pointer.split("/")[2] for problem in reports if problem.pointer] == ["30", "31", "32"]
    assert rejected[:2] == ["/response/30", "/response/31"]  # reading stopped in the next one


@pytest.mark.parametrize(
    "body", ['{"response":[]}', "<xml><response/></xml>", "ID,Ready\n", '{"response":{"data":[]}}']
)
def test_empty_response_has_no_records(body: str) -> None:
    assert list(iter_records(io.BytesIO(body.encode()), BulkRequest)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"<xml><response><error>Insufficient balance</error></response></xml>",
        b"Error\nInsufficient balance\n",
        ERROR_NEXT_TO_RECORDS,
    ],
)
@pytest.mark.parametrize("listen", [None, lambda problem: None])
def test_error_reply_is_raised(body: bytes, listen: Callable[[Problem], object] | None) -> None:
    with pytest.raises(ApiError, match="Insufficient balance"):
        list(iter_records(io.BytesIO(body), FailedEmail, on_problem=listen))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><title>502 Bad Gateway</title></html>", "BEV104"),
        (b"\n" * 100, "BEV101"),
        (b"Bad Gateway", "BEV105"),
        (b"\xef\xbb\xbf" + DOCUMENTED["completed"], "BEV212"),
        (documented("completed", "csv"), "BEV212"),
        (b'{"x":1}', "BEV211"),
    ],
)
@pytest.mark.parametrize("listen", [None, lambda problem: None])
def test_body_that_is_not_a_response_with_these_records_is_an_error(
    body: bytes, code: str, listen: Callable[[Problem], object] | None
) -> None:
    with pytest.raises((DecodeError, PayloadError)) as caught:
        list(iter_records(io.BytesIO(body), FailedEmail, on_problem=listen))

    error = caught.value
    problems = (error.problem,) if isinstance(error, DecodeError) else error.problems
    assert [problem.code for problem in problems if problem.severity == "error"] == [code]


@pytest.mark.parametrize("name", ["missing.json", "missing.json.gz", "", "a\0b.csv"])
def test_unreadable_file_is_a_source_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot read file: ") as caught:
        next(iter_records(f"{tmp_path}/{name}", BulkRequest))

    assert caught.value.source == f"{tmp_path}/{name}"


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed + b"tail", lambda packed: b""])
@pytest.mark.parametrize("format", FORMATS)
def test_damaged_gzip_file_is_a_source_error(tmp_path: Path, format: str, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"status.{format}.gz"
    path.write_bytes(damage(gzip.compress(bevparse.dump(requests(40), format=format))))

    with pytest.raises(SourceError, match="cannot read file: "):
        list(iter_records(path, BulkRequest))


@pytest.mark.unmeasured
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("limit", "code"),
    [("body=300", "BEV002"), ("records=30", "BEV004"), ("records=11000", "BEV004"), ("string=40", "BEV005")],
)
def test_exceeded_limit_is_a_decode_error(format: str, limit: str, code: str) -> None:
    name, _, most = limit.partition("=")
    failures = tuple(FailedEmail(email_address="x" * (number % 42)) for number in range(MANY))
    source = io.BytesIO(bevparse.dump(FailedResponse(failures=failures), format=format))
    found: list[FailedEmail] = []

    with pytest.raises(DecodeError) as caught:
        found.extend(iter_records(source, FailedEmail, limits=Limits(**{name: int(most)})))

    assert caught.value.problem.code == code
    assert found == list(failures[: len(found)])


def test_compression_bomb_is_a_decode_error(tmp_path: Path) -> None:
    (tmp_path / "status.gz").write_bytes(gzip.compress(b'{"response":[' + b'{"id":1},' * 10**5 + b'{"id":1}]}'))

    with pytest.raises(DecodeError) as caught:
        list(iter_records(tmp_path / "status.gz", BulkRequest, limits=Limits(archive_ratio=9)))
    assert caught.value.problem.code == "BEV007"


@pytest.mark.unmeasured
@pytest.mark.parametrize("ending", ["closed", "read to its end", "stopped by an error"])
def test_file_is_closed_when_reading_ends(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "status.json"
    path.write_bytes(with_a_bad_record(MANY, "json") if ending.startswith("stopped") else bevparse.dump(requests(MANY)))
    list(iter_records(path, BulkRequest, on_problem=str))  # imports what it needs, which opens files
    stream = path.open("rb")

    with mock.patch("builtins.open", return_value=stream), suppress(PayloadError):
        found = iter_records(path, BulkRequest)
        assert next(found).id == 0
        assert not stream.closed
        list(found) if ending != "closed" else found.close()  # type: ignore[attr-defined]

    assert stream.closed


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("error", [KeyError("mine"), DecodeError(Problem("BEV110", "mine"))])
def test_exception_of_on_problem_is_raised(format: str, error: Exception) -> None:
    listen = mock.Mock(side_effect=error)

    with pytest.raises(type(error), match="mine") as caught:
        list(iter_records(io.BytesIO(with_a_bad_record(40, format)), BulkRequest, on_problem=listen))

    assert caught.value is error
    listen.assert_called_once()


@pytest.mark.parametrize("size", [7, 100, 10**6])
def test_chunks_of_bytes_are_read_as_a_stream(size: int) -> None:
    body = bevparse.dump(FailedResponse(failures=tuple(FailedEmail(email_address=str(i)) for i in range(9000))))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]

    assert list(iter_records(pieces, FailedEmail)) == list(iter_records(io.BytesIO(body), FailedEmail))
    assert list(iter_records(iter([b"", *map(bytearray, pieces)]), FailedEmail)) == list(
        iter_records(map(memoryview, pieces), FailedEmail)
    )


def test_error_of_an_iterable_is_raised() -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"response":[{"id":5},'
        raise ConnectionError("reset")

    with pytest.raises(ConnectionError, match="reset"):
        list(iter_records(pieces(), BulkRequest))


@pytest.mark.parametrize("pieces", [["text"], [5], [b"a", None, b"b"], [[b"a"]]])
def test_chunk_that_is_not_bytes_is_a_type_error(pieces: Any) -> None:
    with pytest.raises(TypeError, match="expected an iterable of bytes, got an iterable of "):
        list(iter_records(pieces, BulkRequest))


@pytest.mark.parametrize(
    "source", [b"{}", bytearray(b"{}"), memoryview(b"{}"), {"response": []}, io.StringIO(), 5, None]
)
def test_other_sources_are_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match="expected a path, a binary file object or an iterable of bytes"):
        iter_records(source, BulkRequest)
