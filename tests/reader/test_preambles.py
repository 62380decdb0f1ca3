"""What is before a body in its file: heads of HTTP responses, and lines before the labels of a table."""

from __future__ import annotations

import gzip
import zlib

import pytest

import bevparse
from bevparse import (
    CreateResponse,
    DecodeError,
    EmailRecord,
    FailedEmail,
    FailedResponse,
    Limits,
    PayloadError,
    Problem,
    StatusResponse,
)
from bevparse.problems import rules

from ..readers import inspect, locate, stream

HEAD = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
STATUS = b'{"response":[{"id":544,"ready":1},\n{"id":545,"ready":"1"}]}'
XML = b"<xml><response><id>5</id></response></xml>"
FAILED = b"Email Address,Error\nfoo.bar,Invalid format\nbaz.qux,Invalid format\n"
HEADS = {
    "one": HEAD,
    "line feeds": HEAD.replace(b"\r", b""),
    "redirects": b"HTTP/1.1 301 Moved\r\nLocation: https://a.example\r\n\r\nHTTP/1.0 302 Found\r\n\r\n" + HEAD,
    "100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD,
    "proxy": b"HTTP/1.0 200 Connection established\r\n\r\n" + HEAD,
    "HTTP/2": b"HTTP/2 200 \r\ncontent-type: application/json\r\n\r\n",
    "folded header": HEAD.replace(b"nginx", b"nginx\r\n  of a proxy"),
    "blank lines before": b"\r\n\n" + HEAD,
}


def head_of(**headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()


def chunked(body: bytes) -> bytes:
    return b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:])


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_body_after_heads_is_read_with_its_places_in_the_file(head: bytes) -> None:
    found = inspect(head + STATUS, StatusResponse)
    as_text = inspect((head + STATUS).decode(), StatusResponse)

    assert found.response == inspect(STATUS, StatusResponse).response
    assert found == as_text
    assert [(problem.rule, problem.line, problem.column) for problem in found.problems] == [
        (rules.SKIPPED_TEXT, 1, 1),
        (rules.FLAG_SPELLING, head.count(b"\n") + 2, 11),
    ]


def test_message_names_the_status_of_the_last_response() -> None:
    found = inspect(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\n\r\n" + b'{"response":{"error":"x"}}')

    assert found.endpoint == "error"
    assert found.problems[0].message.endswith("with the status 401")


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("gzip", bytes)],
    ids=["gzip", "deflate", "identity", "decoded already"],
)
@pytest.mark.parametrize("chunks", [True, False])
def test_encoded_body_after_a_head_is_decoded(encoding: str, pack: type[bytes], *, chunks: bool) -> None:
    body = pack(STATUS)
    head = head_of(Content_Encoding=encoding, **({"Transfer_Encoding": "chunked"} if chunks else {}))

    found = inspect(head + (chunked(body) if chunks else body), StatusResponse)

    assert found.response == inspect(STATUS, StatusResponse).response
    is_plain = pack is bytes and not chunks
    assert (found.problems[1].line, found.problems[1].pointer) == (5 if is_plain else None, "/response/1/ready")


def test_chunks_in_a_text_are_joined() -> None:
    text = (head_of(Transfer_Encoding="chunked") + chunked(STATUS)).decode()

    assert bevparse.parse(text, StatusResponse) == bevparse.parse(STATUS, StatusResponse)


def test_unsupported_encoding_after_a_head_is_an_error() -> None:
    found = inspect(head_of(Content_Encoding="compress") + b"\x1f\x9d\x90")

    assert [problem.rule for problem in found.problems] == [rules.BAD_CONTAINER]


def test_bomb_after_a_head_exceeds_a_limit() -> None:
    body = head_of(Content_Encoding="gzip") + gzip.compress(b'{"response":[%b]}' % (b" " * 2_000_000))

    found = inspect(body, limits=Limits(archive_ratio=20))

    assert [problem.rule for problem in found.problems] == [rules.ARCHIVE_RATIO]


@pytest.mark.parametrize("head", [HEAD, HEAD.rstrip(), b"HTTP/1.1 204 No Content", HEAD + b" \r\n"])
def test_head_without_a_body_is_an_empty_body(head: bytes) -> None:
    found = inspect(head)

    assert [problem.rule for problem in found.problems] == [rules.SKIPPED_TEXT, rules.EMPTY_BODY]
    with pytest.raises(DecodeError):
        list(stream(head, EmailRecord))


def test_content_type_declares_the_format() -> None:
    head = head_of(Content_Type="application/xml")

    assert bevparse.inspect(head + b"hello").problems[1].rule is rules.XML_SYNTAX
    assert [problem.rule for problem in bevparse.inspect(head + STATUS).problems][:2] == [
        rules.SKIPPED_TEXT,
        rules.OTHER_FORMAT,
    ]
    assert bevparse.inspect(head + b"hello", format="json").problems[1].rule is rules.JSON_SYNTAX


@pytest.mark.parametrize("body", [STATUS, XML, FAILED])
@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_head_in_another_encoding_is_skipped(body: bytes, mark: str) -> None:
    data = (head_of(Server="nginx") + body).decode().encode(mark)

    assert bevparse.inspect(data).response == bevparse.inspect(body).response
    assert bevparse.inspect(data).problems[0].rule is rules.BYTE_ORDER_MARK
    assert bevparse.inspect(data.decode("utf-16") if mark == "utf-16" else data.decode()).response is not None


def test_very_long_head_is_refused() -> None:
    head = HEAD.replace(b"nginx", b"n" * 70_000)

    found = inspect(head + STATUS)

    assert [problem.rule for problem in found.problems] == [rules.UNKNOWN_FORMAT]
    assert "the head of an HTTP response" in found.problems[0].message
    with pytest.raises(DecodeError):
        list(stream(head + STATUS, EmailRecord))


@pytest.mark.parametrize("block_size", [10, 80, len(HEAD), 200, 2**17])
@pytest.mark.parametrize(
    "front",
    [head_of(Content_Type="text/csv"), head_of(Transfer_Encoding="chunked"), b"sep=,\r\n", b"Failed in July\n\n"],
)
def test_streams_agree_with_whole_bodies_after_a_preamble(front: bytes, block_size: int) -> None:
    rows = b"".join(b"foo%d.bar,Invalid format\n" % number for number in range(500))
    body = front + b"Email Address,Error\n" + rows + b"one cell\n" + rows
    reported: list[Problem] = []

    found = inspect(body, FailedResponse, block_size=block_size)
    records = list(stream(body, FailedEmail, block_size=block_size, on_problem=reported.append))

    assert isinstance(found.response, FailedResponse)
    assert records == list(found.response.failures)
    assert len(records) == 1000
    assert reported == list(found.problems)
    assert [problem.rule for problem in reported] == [rules.SKIPPED_TEXT, rules.RAGGED_ROW]
    assert reported[1].line == front.count(b"\n") + 502


@pytest.mark.parametrize("block_size", [200, 2**17])
def test_errors_that_end_a_stream_have_their_line_in_the_file(block_size: int) -> None:
    rows = b"".join(b"foo%d.bar,Invalid format\n" % number for number in range(500))

    with pytest.raises(DecodeError) as caught:
        list(stream(b"sep=,\nEmail Address,Error\n" + rows + b'"open', FailedEmail, block_size=block_size))

    assert (caught.value.problem.rule, caught.value.problem.line) == (rules.CSV_SYNTAX, 503)

    with pytest.raises(PayloadError) as failed:
        list(
            stream(
                b"sep=,\nEmail Address,Error\n" + rows + b"one cell\n" * 200,
                FailedEmail,
                block_size=block_size,
                limits=Limits(problems=20),
                on_problem=lambda problem: None,
            )
        )

    assert failed.value.problems[0].rule is rules.PROBLEMS_CUT


def test_pointers_are_located_after_a_preamble() -> None:
    place = locate(HEAD + STATUS, StatusResponse, ["/response/1/id"])["/response/1/id"]

    assert place == (6, 2)
    packed = head_of(Content_Encoding="gzip") + gzip.compress(STATUS)
    assert locate(packed, StatusResponse, ["/response/1/id"]) == {}


def test_formats_and_endpoints_are_detected_after_a_preamble() -> None:
    assert bevparse.detect(HEAD + STATUS) == bevparse.detect(STATUS)
    assert bevparse.detect(b"sep=;\n" + FAILED.replace(b",", b";")) == bevparse.detect(FAILED)


@pytest.mark.parametrize(
    ("front", "lines"),
    [
        ("sep=;\r\n", 1),
        ('"sep=;"\n', 1),
        ("SEP=;\r", 1),
        ("#TYPE System.Management.Automation.PSCustomObject\r\n", 1),
        ("Failed in July 2022\n", 1),
        ("Failed in July 2022\n\nby ann\n\n", 4),
        ("\n\nsep=;\n", 3),
        ("Failed in July;;\n;;\n", 2),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_before_the_labels_are_skipped(front: str, lines: int, encoding: str) -> None:
    body = "Email Address;Error;Note\nfoo.bar;Invalid format;\n"

    found = bevparse.inspect((front + body).encode(encoding), format="csv")

    assert isinstance(found.response, FailedResponse)
    assert found.response.failures == (FailedEmail(email_address="foo.bar", error="Invalid format"),)
    assert rules.SKIPPED_TEXT in {problem.rule for problem in found.problems}
    assert found.problems[-1].rule is rules.UNKNOWN_FIELD
    assert found.problems[-1].line == lines + 1


def test_id_alone_is_read_after_a_directive() -> None:
    found = bevparse.inspect("sep=;\nID\n5\n")

    assert found.response == CreateResponse(id=5)


@pytest.mark.parametrize(
    "front",
    ["a,b\n", "foo.bar,\n", "5\n", 'Title "of\n', "a,b,c\n", "sep=;\n" * 30, "Failed\n" * 30],
    ids=["row", "row without error", "id", "quote", "wide row", "many lines", "many titles"],
)
def test_line_that_may_be_a_record_is_not_skipped(front: str) -> None:
    labels = "ID\n" if front == "5\n" else "Email Address,Error\n"

    found = bevparse.inspect(front + labels + "foo.bar,Invalid format\n", format="csv")

    assert found.response is None
    assert rules.SKIPPED_TEXT not in {problem.rule for problem in found.problems}


def test_blank_lines_before_the_labels_are_no_preamble() -> None:
    assert bevparse.inspect(b"\n\r\n" + FAILED).problems == ()
