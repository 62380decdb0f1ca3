"""Lanes: spellings of whole bodies, very large records, the ends of long bodies, and memory."""

from __future__ import annotations

import json
import tracemalloc
from typing import BinaryIO, cast

import pytest
from pydantic import BaseModel

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    DecodeError,
    EmailRecord,
    FailedEmail,
    FailedResponse,
    Inspection,
    Limits,
    PayloadError,
    Problem,
    Response,
    StatusResponse,
    iter_records,
)

from ..readers import inspect, stream

FORMATS = ["json", "xml", "csv"]
SIZES = [16, 150, 2**17]
RECORDS = CompletedResponse(
    records=tuple(
        EmailRecord(
            email_address=f"{number}@b.example",
            smtp_check=number % 2 == 0,
            mx_records=("a.example", "b.example")[: number % 3],
            result="ok",
        )
        for number in range(30)
    )
)
REQUESTS = StatusResponse(requests=tuple(BulkRequest(id=number, ready=number % 2 == 0) for number in range(30)))
CHECKS = dict.fromkeys(("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck"), "true")
VALID = {**CHECKS, "catchAllCheck": "true", "result": "ok"}


def agreed(body: bytes, model: type[Response], size: int) -> Inspection:
    """Inspect with and without lanes, and check that the results are equal."""
    expected = inspect(body, model, lanes=False)
    assert inspect(body, model, block_size=size) == expected
    assert bevparse.inspect(body, model) == expected
    return expected


def streamed(body: bytes, size: int) -> tuple[list[BaseModel], list[Problem]]:
    reported: list[Problem] = []
    return list(stream(body, BulkRequest, block_size=size, on_problem=reported.append)), reported


def codes_of(found: Inspection) -> set[str]:
    return {problem.code for problem in found.problems}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda body: body.replace(b"\n", b"\r\n"), set()),
        (lambda body: body.replace(b"\n", b"\r"), set()),
        (lambda body: body.replace(b"\n", b"\r", 9), set()),
        (lambda body: body.replace(b"\n", b"\n\n"), set()),
        (lambda body: body.removesuffix(b"\n"), set()),
        (lambda body: body.replace(b",", b";"), {"BEV314"}),
        (lambda body: body.replace(b",", b"\t"), {"BEV314"}),
        (lambda body: b"\xef\xbb\xbf" + body, {"BEV311"}),
        (lambda body: body.decode().encode("utf-16"), {"BEV311", "BEV312"}),
        (lambda body: body.replace(b'"Date Start"', b"date_start").replace(b"ID", b"id"), {"BEV317"}),
        (lambda body: body.replace(b"\n", b",x\n"), {"BEV307"}),
        (lambda body: b"".join(b"%b,%b\n" % tuple(line.split(b",", 1)[::-1]) for line in body.splitlines()), set()),
        (lambda body: body.replace(b"29,", b"29,1,"), {"BEV210"}),
        (lambda body: body.replace(b"29,", b'"29",'), set()),
        (lambda body: body.replace(b"29,", b'"29,'), {"BEV130"}),
    ],
)
def test_lane_agrees_on_tables_in_other_spellings(change: object, codes: set[str], size: int) -> None:
    body = change(bevparse.dump(REQUESTS, format="csv"))  # type: ignore[operator]

    found = agreed(body, StatusResponse, size)

    assert codes_of(found) == codes
    assert codes & {"BEV130", "BEV210", "BEV307"} or found.response == REQUESTS


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (" , ", " : ")}, {"ensure_ascii": True}])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n "])
def test_lane_agrees_on_json_in_other_spellings(layout: dict[str, object], mark: bytes, size: int) -> None:
    tree = json.loads(bevparse.dump(RECORDS))
    tree["response"][7] = dict(reversed(tree["response"][7].items()))
    body = mark + json.dumps(tree, **layout).encode()  # type: ignore[arg-type]

    found = agreed(body, CompletedResponse, size)

    assert found.response == RECORDS
    assert codes_of(found) == ({"BEV311"} if mark.startswith(b"\xef") else set())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b"><", b">\n <"), (b"</item><item>", b"</item>\r\n<item>"), (b"ok", b"<![CDATA[ok]]>")],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lane_agrees_on_xml_in_other_spellings(before: bytes, after: bytes, mark: bytes, size: int) -> None:
    body = bevparse.dump(RECORDS, format="xml")

    found = agreed(mark + (body.replace(before, after) if before else body), CompletedResponse, size)

    assert isinstance(found.response, CompletedResponse)
    assert len(found.response.records) == 30
    assert found.response == RECORDS


@pytest.mark.parametrize("size", [150, 2**17])
@pytest.mark.parametrize("text", ["a:b", "a\\u003ab", "::", '\\"x\\":', "\\\\"])
@pytest.mark.parametrize("twice", [True, False])
def test_duplicate_field_is_detected_next_to_colons_in_texts(text: str, twice: bool, size: int) -> None:
    record = json.dumps({"emailAddress": "x"} | VALID)
    irregular = record.replace('"x"', f'"x", "emailAddress": "{text}"' if twice else f'"{text}"')

    found = agreed(f'{{"response":[{record},{record},{irregular},{record}]}}'.encode(), CompletedResponse, size)

    assert codes_of(found) == ({"BEV209"} if twice else set())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [40, 150])
def test_record_larger_than_many_blocks_is_read(format: str, size: int) -> None:
    failures = [FailedEmail(email_address=f"{number}", error="e") for number in range(90)]
    failures[80] = FailedEmail(email_address="x, y\n" * 10 * size, error="e")
    body = bevparse.dump(FailedResponse(failures=tuple(failures)), format=format)

    assert list(stream(body, FailedEmail, block_size=size)) == failures
    assert agreed(body, FailedResponse, size).response == FailedResponse(failures=tuple(failures))


@pytest.mark.parametrize("size", SIZES)
def test_limit_passed_in_a_long_body_has_its_position(size: int) -> None:
    body = b'{"response":[' + b'{"id":1},' * 40 + b'{"id":2,"x":"' + b"y" * 30 + b'"},' + b'{"id":1},' * 999 + b"1]}"
    limits = Limits(string=20)
    expected = bevparse.inspect(body, StatusResponse, limits=limits).problems[0]

    with pytest.raises(DecodeError) as caught:
        list(stream(body, BulkRequest, limits=limits, block_size=size))

    assert (caught.value.problem.line, caught.value.problem.column) == (expected.line, expected.column)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("body", [b'{"response":[{"id":1}]}', b"ID,Ready\n1,\n", b"<xml><response/></xml>"])
def test_leading_blanks_are_skipped(body: bytes, size: int) -> None:
    spaced = b"\n" * (size + 1) + body

    assert len(streamed(spaced, size)[0]) == body.count(b"1")


@pytest.mark.parametrize("size", [150, 2**17])
@pytest.mark.parametrize("format", ["json", "xml"])
def test_error_of_a_truncated_body_is_at_its_end(format: str, size: int) -> None:
    body = bevparse.dump(REQUESTS, format=format).replace(b",{", b",\n{").replace(b"</item>", b"</item>\n")
    for end in range(len(body) // 2, len(body), 37):
        expected = bevparse.inspect(body[:end], StatusResponse).problems[0]
        found: list[BaseModel] = []

        with pytest.raises(DecodeError) as caught:
            found.extend(stream(body[:end], BulkRequest, block_size=size))

        assert caught.value.problem == expected
        assert found == list(REQUESTS.requests[: len(found)])
        assert bool(found) == (size == 150)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("end", "after"),
    [(b"]}", b',5],"x":1}'), (b"]}", b',{"error":"e"}],"x":1}'), (b"</response>", b"<item><error>e</error></item>")],
)
def test_last_item_that_is_not_a_record_is_an_error(end: bytes, after: bytes, size: int) -> None:
    body = bevparse.dump(REQUESTS, format="json" if end == b"]}" else "xml")
    body = body.replace(end, after + (end if end != b"]}" else b""))
    expected = bevparse.inspect(body, StatusResponse)

    found, reported = streamed(body, size)

    assert tuple(found) == REQUESTS.requests
    assert reported == list(expected.problems)
    assert "/response/30" in [problem.pointer for problem in reported]


@pytest.mark.parametrize("size", [60, 2**17])
def test_header_with_too_many_errors_ends_a_stream_after_reporting_them(size: int) -> None:
    body = b"Email Address,Error,Error,Error\n" + b"a,b,c,d\n" * 99
    reported: list[Problem] = []

    with pytest.raises(PayloadError) as caught:
        list(stream(body, FailedEmail, limits=Limits(problems=2), block_size=size, on_problem=reported.append))

    assert caught.value.problems[-1].code == "BEV006"
    assert [problem.code for problem in reported][:2] == ["BEV209", "BEV209"]


class Endless:
    """A stream that generates its body while it is read."""

    def __init__(self, begin: bytes, record: bytes, end: bytes, number: int) -> None:
        self._pieces = iter((begin, *(record * 100 for _ in range(number // 100)), end))
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


@pytest.mark.parametrize("format", FORMATS)
def test_long_body_is_read_in_little_memory(format: str) -> None:
    one, two = (bevparse.dump(CompletedResponse(records=RECORDS.records[:1] * n), format=format) for n in (1, 2))
    end = {"json": b"]}", "xml": b"</response></xml>", "csv": b""}[format]
    between = b"," if format == "json" else b""
    record = two.removesuffix(end).removeprefix(one.removesuffix(end)).removeprefix(between)
    begin = one.removesuffix(record + end)
    source = Endless(begin, record + between, record + end, 60_000)

    tracemalloc.start()
    try:
        found = sum(1 for _ in iter_records(cast(BinaryIO, source), EmailRecord))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == 60_001
    assert peak < 8 * 2**20


def test_equal_lists_of_hosts_are_one_object_in_each_format() -> None:
    for format in FORMATS:
        body = bevparse.dump(CompletedResponse(records=RECORDS.records * 100), format=format)

        records = bevparse.parse(body, CompletedResponse).records

        assert len({id(record.mx_records) for record in records}) == 3


def test_cache_of_lists_in_a_stream_is_bounded() -> None:
    hosts = [("first.example",), *((f"mx{number}.example",) for number in range(5000)), ("first.example",)]
    body = bevparse.dump(
        CompletedResponse(
            records=tuple(RECORDS.records[0].model_copy(update={"mx_records": several}) for several in hosts)
        ),
        format="json",
    )

    records = list(stream(body, EmailRecord, block_size=2**14))

    assert [cast(EmailRecord, record).mx_records for record in records] == hosts
    assert cast(EmailRecord, records[0]).mx_records is not cast(EmailRecord, records[-1]).mx_records
