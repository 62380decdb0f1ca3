"""Lanes on irregular bodies: the tolerant reader reads what a lane cannot, and reports the same problems."""

from __future__ import annotations

from unittest import mock

import msgspec
import pytest
from pydantic import BaseModel

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    FailedEmail,
    FailedResponse,
    Limits,
    StatusResponse,
    formats,
)
from bevparse.api import Inspection
from bevparse.endpoints import Expected
from bevparse.errors import PayloadError
from bevparse.lanes import envelopes, json, lane_of
from bevparse.lanes.chunks import blocks_of
from bevparse.lanes.small import json as small
from bevparse.payloads.layout import layout_of
from bevparse.problems import Problem, rules
from bevparse.reader import BodyReader

from ..readers import inspect, locate, stream

HEADER = (
    b"Email Address,Format Check,SMTP Check,DNS Check,Free Check,Disposable Check,Catch All Check,MX Records,Result\n"
)
CHECKS = b"true,true,true,true,true,true"


def agreed(body: bytes, model: type[bevparse.Response], size: int = 2**17) -> Inspection:
    """Inspect with and without lanes, and check that the results are equal."""
    found = inspect(body, model, block_size=size)
    assert inspect(body, model, lanes=False) == found
    return found


def is_in_chunks(body: bytes, model: type[bevparse.Response]) -> bool:
    """Return whether the lane reads a body to its end."""
    reader = BodyReader(body, Expected((model,)))
    reader.inspect()
    return reader.is_in_chunks


def test_more_host_lists_than_are_cached_are_read() -> None:
    rows = [b"a@b.example,%b,mx%d.example,ok\n" % (CHECKS, number) for number in range(5000)]

    found = agreed(HEADER + b"".join(rows), CompletedResponse)

    assert isinstance(found.response, CompletedResponse)
    assert [record.mx_records for record in found.response.records] == [(f"mx{n}.example",) for n in range(5000)]


@pytest.mark.parametrize(
    "cell", [b'"[1, 2]"', b'"a,b"', b'"a"",b"', b'"a", b', b'x"y', b'"a, b"x', b"null", b'"null, a"']
)
def test_lane_agrees_on_irregular_cells_of_hosts(cell: bytes) -> None:
    rows = b"a@b.example,%b,mx.example,ok\n" % CHECKS * 3

    agreed(HEADER + rows + b"a@b.example,%b,%b,ok\n" % (CHECKS, cell) + rows, CompletedResponse)


@pytest.mark.parametrize(
    "row",
    [b"", b"a", b"a,true", b'"a b",%b,,ok' % CHECKS, b"a,%b,,ok,x" % CHECKS, b"a,%b" % CHECKS, b"a\rb,%b,,ok" % CHECKS],
)
def test_lane_agrees_on_irregular_rows(row: bytes) -> None:
    rows = b"a@b.example,%b,mx.example,ok\n" % CHECKS * 3

    agreed(HEADER + rows + row + b"\n" + rows, CompletedResponse)
    agreed((HEADER + rows + row + b"\n" + rows).replace(b"\n", b"\r\n"), CompletedResponse)


@pytest.mark.parametrize("size", [60, 90, 200])
@pytest.mark.parametrize("text", ["},{", '"},{"error":"', "a\\", ":", "é", "\n"])
def test_lane_agrees_on_json_texts_like_ends_of_records(text: str, size: int) -> None:
    failures = tuple(FailedEmail(email_address=f"{number}{text}", error=text) for number in range(9))
    body = bevparse.dump(FailedResponse(failures=failures))

    assert agreed(body, FailedResponse, size).response == FailedResponse(failures=failures)


@pytest.mark.parametrize("size", [60, 90, 200])
def test_lane_agrees_on_quoted_line_ends_in_csv(size: int) -> None:
    failures = tuple(FailedEmail(email_address=f"{number}\n\r\n,\"'x", error="b\nc") for number in range(9))
    body = bevparse.dump(FailedResponse(failures=failures), format="csv")

    assert agreed(body, FailedResponse, size).response == FailedResponse(failures=failures)


@pytest.mark.parametrize("size", [100, 150, 1000])
@pytest.mark.parametrize(
    "between",
    [b"<![CDATA[</item><item>]]>", b"<!--</item><item>-->", b"</response><response>", b"&#97;", b"a\rb", b"\x85"],
)
def test_lane_agrees_on_markup_between_and_inside_items(between: bytes, size: int) -> None:
    item = b"<item><error>e</error><emailAddress>x</emailAddress></item>"
    irregular = (
        between if between.startswith(b"</resp") else item.replace(b"x", between.replace(b"\x85", "\x85".encode()))
    )
    body = b"<xml><response>" + item * 4 + irregular + item * 4 + b"</response></xml>"

    agreed(body, FailedResponse, size)


@pytest.mark.parametrize("size", [100, 1000])
@pytest.mark.parametrize("irregular", [b"<item><id>5</item>", b"<id>5</id>", b"<x>5</x>", b"<item><id>5</id>5</item>"])
def test_lane_agrees_on_other_elements_among_items(irregular: bytes, size: int) -> None:
    items = b"<item><id>5</id></item>" * 9

    agreed(b"<xml><response>" + items + irregular + items + b"</response></xml>", StatusResponse, size)


def test_repeated_field_is_detected_though_msgspec_keeps_the_last() -> None:
    body = b'{"response":[{"id":1},{"id":2,"id":3},{"id":4,"ready":1,"ready":1}]}'

    assert {problem.code for problem in agreed(body, StatusResponse).problems} == {"BEV209"}
    assert {problem.code for problem in bevparse.inspect(body, StatusResponse).problems} == {"BEV209"}


def test_lane_is_not_used_if_the_lookup_of_words_fails() -> None:
    compiled = (json.struct_reader_of, small._body_reader, small._reader)
    for cached in compiled:
        cached.cache_clear()

    with mock.patch.object(msgspec, "convert", return_value="true"):  # as another version of msgspec may do
        agreed(b'{"response":[{"id":1,"ready":1}]}', StatusResponse)
        assert bevparse.parse(b'{"response":[]}', StatusResponse) == StatusResponse(requests=())
        assert json.struct_reader_of(layout_of(BulkRequest)) is None

    for cached in compiled:
        cached.cache_clear()
    assert json.struct_reader_of(layout_of(BulkRequest)) is not None


def test_malformed_error_after_the_records_ends_a_stream() -> None:
    body = b'{"response":[' + b",".join([b'{"id":1}'] * 30) + b'],"error":true}'
    reported: list[bevparse.Problem] = []

    with pytest.raises(PayloadError) as caught:
        list(stream(body, BulkRequest, block_size=60, on_problem=reported.append))
    assert caught.value.problems[0].code == "BEV201"

    assert "BEV213" in [problem.code for problem in reported]


@pytest.mark.parametrize(
    ("irregular", "code"),
    [(b'{"id":2,"x":[1%b]}' % (b",1" * 900), "BEV002"), (b'{"id":2,}', "BEV110"), (b'{"id":,}', "BEV110")],
)
def test_record_larger_than_the_buffer_ends_a_stream(irregular: bytes, code: str) -> None:
    body = b'{"response":[' + b",".join([b'{"id":1}'] * 30 + [irregular] + [b'{"id":1}'] * 300) + b"]}"
    found: list[BaseModel] = []

    with (
        mock.patch.object(envelopes, "LARGEST", 480),  # a record of 64 MiB takes too long
        pytest.raises(bevparse.DecodeError) as caught,
    ):
        found.extend(stream(body, BulkRequest, block_size=60))

    assert caught.value.problem.code == code
    assert found == [BulkRequest(id=1)] * len(found)
    if code == "BEV110":
        assert caught.value.problem == bevparse.inspect(body, StatusResponse).problems[0]


@pytest.mark.unmeasured
@pytest.mark.parametrize("block_size", [100, 2**17])
@pytest.mark.parametrize(
    "labels", [b"Email Address,Error\n", b'"email_address",ERROR\n', b"\xef\xbb\xbfEmail Address,Error\n"]
)
def test_labels_among_many_rows_are_an_error_and_no_record(labels: bytes, block_size: int) -> None:
    rows = [b"foo%d.bar,Invalid format\n" % number for number in range(5000)]
    body = b"Email Address,Error\n" + b"".join(rows) + labels + b"".join(rows)

    found = agreed(body, FailedResponse, block_size)
    reported: list[Problem] = []
    rejected: list[str] = []
    streamed = stream(
        body,
        FailedEmail,
        block_size=block_size,
        on_problem=reported.append,
        on_reject=lambda at, _: rejected.append(at),
    )
    records = list(streamed)

    assert isinstance(found.response, FailedResponse)
    assert records == list(found.response.failures)
    assert len(records) == 10_000
    assert reported == list(found.problems)
    assert [(problem.rule, problem.pointer, problem.line) for problem in reported] == [
        (rules.LABELS_AGAIN, "/response/5000", 5002)
    ]
    assert rejected == ["/response/5000"]


@pytest.mark.parametrize("labels", [b"Error,Email Address\n", b"email_address,result,error\n", b"ID,Ready\n"])
def test_rows_after_labels_of_another_endpoint_are_not_read(labels: bytes) -> None:
    rows = [b"foo%d.bar,Invalid format\n" % number for number in range(30)]
    body = b"Email Address,Error\n" + b"".join(rows) + labels + b"".join(rows)

    found = agreed(body, FailedResponse, 200)

    assert isinstance(found.response, FailedResponse)
    assert len(found.response.failures) == 30
    assert {problem.rule for problem in found.problems} == {rules.LABELS_AGAIN}
    assert [pointer for pointer, _ in found.rejected] == [f"/response/{number}" for number in range(30, 61)]


def test_texts_that_are_labels_are_read_in_records() -> None:
    rows = b"Error,Invalid format\nid,Error text\nfoo.bar,Error\nfoo.bar,\nid,\n"

    found = agreed(b"Email Address,Error\n" + rows, FailedResponse, 30)

    assert isinstance(found.response, FailedResponse)
    assert len(found.response.failures) == 5
    assert found.problems == ()


def test_columns_without_labels_are_read_by_the_tolerant_reader() -> None:
    rows = b"".join(b"foo%d.bar,Invalid format,,\n" % number for number in range(50))

    found = agreed(b"Email Address,Error,,\n" + rows, FailedResponse, 200)

    assert isinstance(found.response, FailedResponse)
    assert len(found.response.failures) == 50
    assert [problem.rule for problem in found.problems] == [rules.SKIPPED_TEXT]


def test_labels_after_many_different_cells_are_an_error() -> None:
    rows = b"".join(b"foo%d.bar,Invalid format %d\n" % (number, number) for number in range(1100))

    found = agreed(b"Email Address,Error\n" + rows + b"Email Address,Error\n" + rows, FailedResponse)

    assert isinstance(found.response, FailedResponse)
    assert len(found.response.failures) == 2200
    assert [(problem.rule, problem.pointer) for problem in found.problems] == [(rules.LABELS_AGAIN, "/response/1100")]


IN_JSON = b'{"response":[', b'{"error":"no","emailAddress":"a%d"},', b"]}"
IN_XML = b"<r>", b"<item><emailAddress>a%d</emailAddress><error>no</error></item>", b"</r>"
IN_CSV = b"Email Address,Error\n", b"a%d,no\n", b""


@pytest.mark.parametrize(
    ("spelling", "odd"),
    [
        (IN_JSON, b'{"error":"},{","emailAddress":"x"},'),
        (IN_XML, b"<item><emailAddress>x</emailAddress><error>no</error><!--<item></item>--></item>"),
        (IN_XML, b"<item><emailAddress>x</emailAddress><error>no</error><item>x</item></item>"),
        (IN_XML, b"<row><emailAddress>x</emailAddress><error>no</error><item>x</item></row>"),
        (IN_XML, b"<item><emailAddress>x</emailAddress><error><![CDATA[</item><item>]]></error></item>"),
        (IN_CSV, b'"x\ny",no\n'),
        (IN_CSV, b"\n"),
    ],
)
@pytest.mark.parametrize("place", [3, 40])
def test_records_after_an_irregular_one_have_their_positions(
    spelling: tuple[bytes, ...], odd: bytes, place: int
) -> None:
    head, row, tail = spelling
    rows = [row % number for number in range(50)]
    rows[30] = rows[30].replace(b"no", b"N/A")
    rows.insert(place, odd)
    body = head + b"".join(rows).removesuffix(b",") + tail

    found = agreed(body, FailedResponse)

    assert rules.MISSING_SPELLING in [problem.rule for problem in found.problems]
    assert is_in_chunks(body, FailedResponse)
    pointers = [f"/response/{number}/error" for number in (2, 20, 35, 45)]
    assert locate(body, FailedResponse, pointers) == locate(body, FailedResponse, pointers, lanes=False)


@pytest.mark.parametrize("chunk", [b'{"error":', b'{"error":"\\ud800"}'])
def test_bounds_of_records_that_msgspec_refuses_are_not_certain(chunk: bytes) -> None:
    lane = lane_of(formats.get("json"))
    envelope = lane.open_envelope(blocks_of(b'{"response":[{"error":"no"}]}'), Limits()) if lane else None

    assert envelope
    assert envelope.spans(chunk, 1) is None
