"""WARC files, as crawlers and capturing proxies write them."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from bevparse.errors import DecodeError
from bevparse.files.compression import Budget
from bevparse.limits import Limits
from bevparse.sources import warc
from bevparse.sources.source import Source
from bevparse.validate import Settings, iter_checked

from ..recordings import API, KEY, RECORDINGS, codes, validated

STATUS = b'{"response":[]}'
ASKED = b'POST /x HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"id":596}'
ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + STATUS


def record(kind: str, block: bytes, url: str = f"{API}/status", **more: object) -> bytes:
    headers = {"WARC_Type": kind, "WARC_Target_URI": url, "Content_Length": len(block), **more}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def every_name(_: str) -> bool:
    return True


def found_in(*records: bytes, limits: Limits | None = None) -> list[Source]:
    found = warc.members(Source("x", budget=Budget(limits or Limits())), io.BytesIO(b"".join(records)), every_name)
    return [one for one in found if not one.other_urls]


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(DecodeError) as caught:
        found_in(data, limits=limits)
    return f"{caught.value.problem.code} {caught.value}"


@pytest.mark.parametrize("name", ["capture.warc", "capture.warc.gz"])
def test_capture_contains_the_responses_of_the_service(name: str) -> None:
    assert validated(name) == [
        ("#/records/3", "body", "create", ()),
        ("#/records/5", "body", "status", ()),
        ("#/records/7", "body", "completed", ()),
        ("#/records/9", "body", "failed", ()),
    ]


def test_response_has_its_format_and_request() -> None:
    found = found_in((RECORDINGS / "capture.warc").read_bytes())

    assert [(one.format, one.request) for one in found] == [
        ("json", None),
        ("json", "596"),
        ("json", "596"),
        ("csv", "596"),
    ]


def test_invalid_responses_and_a_truncation_are_reported() -> None:
    invalid = [
        ("#/records/1", "body", None, ("BEV104",)),
        ("#/records/3", "notice", None, ("BEV011",)),
        ("#/records/5", "body", "failed", ("BEV208",)),
    ]

    assert validated("with-errors.warc") == invalid
    assert validated("cut-short.warc") == [*invalid, ("", "notice", None, ("BEV011",))]


def test_keys_are_reported_at_the_record_of_the_request_or_else_at_the_response() -> None:
    assert validated("keys.warc") == [
        ("#/records/1", "body", "status", ()),
        ("#/records/2", "notice", None, ("BEV503",)),
        ("#/records/4", "notice", None, ("BEV501",)),
        ("#/records/5", "notice", None, ("BEV501",)),
    ]


def test_warc_is_detected_by_its_first_line() -> None:
    assert warc.holds(b"WARC/1.1\r\n")
    assert not warc.holds(b'{"response":{"id":5}}')


def requests_of(*records: bytes) -> list[str | None]:
    return [source.request for source in found_in(*records)]


def test_exchange_is_joined_by_reference_or_by_order() -> None:
    request, response = record("request", ASKED), record("response", ANSWERED)
    named = record("response", ANSWERED, WARC_Record_ID="<a>")
    naming = record("request", ASKED, WARC_Concurrent_To="<a>")

    assert requests_of(request, response) == ["596"]
    assert requests_of(response, request) == [None]
    assert requests_of(named, naming) == requests_of(naming, named) == ["596"]
    assert requests_of(response, naming, response) == [None, None]
    assert requests_of(request, request, response, response) == ["596", None]
    assert requests_of(record("request", ASKED, f"{API}/list"), response) == [None]
    assert requests_of(request, record("metadata", b"x"), response) == ["596"]


def test_url_in_brackets_is_read() -> None:
    assert [one.endpoint for one in found_in(record("response", ANSWERED, f"<{API}/list>"))] == ["list"]


def test_response_without_a_body_is_reported() -> None:
    empty, revisit, again = record("response", b""), record("revisit", b""), record("revisit", ANSWERED)

    assert codes(found_in(empty, revisit, again)) == [("BEV012",)] * 3


def test_preflights_and_other_records_are_skipped() -> None:
    preflight = record("request", ASKED.replace(b"POST", b"OPTIONS"))

    assert found_in(preflight, record("response", ANSWERED), record("resource", STATUS)) == []
    assert found_in(record("response", ANSWERED, "dns:x"), record("response", b"no HTTP at all", "http://x/")) == []


def test_bodies_over_the_limit_are_reported_and_skipped() -> None:
    request = record("request", b"POST /x HTTP/1.1\r\n\r\n" + b"x" * 50)
    response = record("response", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 50)

    found = found_in(request, response, record("response", ANSWERED), limits=Limits(body=49))

    assert [(one.inner, one.outcome) for one in found] == [
        ("#/records/0", "notice"),
        ("#/records/1", "notice"),
        ("#/records/2", "body"),
    ]
    assert codes(found) == [("BEV002",), ("BEV002",), ()]


def chunked(body: bytes, fault: str | None = None) -> bytes | None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    (found,) = found_in(record("response", head + body), limits=Limits(records=4))
    assert [str(one) for one in found.problems] == ([f"invalid chunked encoding: {fault}"] if fault else [])
    return found.data


def test_chunks_are_joined() -> None:
    assert chunked(b"A;name=x\r\n0123456789\r\n5 \r\nabcde\r\n0\r\n\r\n") == b"0123456789abcde"
    assert chunked(b"2\nab\n0\n\n") == b"ab"
    assert chunked(STATUS) == STATUS
    assert chunked(b"") == b""


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"5\r\nabc", "the size of a chunk does not match its data"),
        (b"2\r\nabc\r\n0\r\n", "the size of a chunk does not match its data"),
        (b"2\r\nab\r\n", "a chunk without a size"),
        (b"1\r\na\r\n" * 5, "expected at most 4 chunks (limits.records), got more"),
    ],
    ids=["cut", "longer", "no end", "many"],
)
def test_faults_of_chunks_are_reported(body: bytes, fault: str) -> None:
    assert chunked(body, fault) is None


BAD = {
    "no record": (b"hello\r\n", "invalid WARC: expected a record (/records/0)"),
    "arc": (b"filedesc://x 0.0.0.0 20180607131413 text/plain 5\r\n", "(/records/0)"),
    "length too long": (
        record("response", ANSWERED, Content_Length=999),
        "invalid WARC: expected 999 bytes in a record, got 70 (/records/0)",
    ),
    "length too short": (record("response", ANSWERED, Content_Length=9), "(/records/1)"),
    "length below zero": (record("response", ANSWERED, Content_Length=-1), "Content-Length (/records/0)"),
    "length of many digits": (record("response", b"", Content_Length="9" * 5000), "Content-Length (/records/0)"),
    "no length": (
        b"WARC/1.0\r\nWARC-Type: response\r\n\r\n",
        "invalid WARC: record without a valid Content-Length (/records/0)",
    ),
    "blank lines": (b"\r\n" * 300, "got more"),
    "many headers": (b"WARC/1.0\r\n" + b"a: b\r\n" * 300, "got more"),
    "a long header": (b"WARC/1.0\r\na: " + b"b" * 2**17, "got more"),
    "many headers of http": (record("response", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300), "got more"),
    "continued headers": (b"WARC/1.0\r\na: b\r\n" + b" c\r\n" * 300, "got more"),
    "a line without end": (b"WARC/1.0" + b"x" * 2**17, "got more"),
}


def test_key_is_reported_once_before_a_response_that_exceeds_the_limit(tmp_path: Path) -> None:
    url = f"{API}/status?apiKey={KEY}"
    answered = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(STATUS + bytes(4000))
    path = tmp_path / "x.warc"
    path.write_bytes(record("request", ASKED, url) + record("response", answered, url))

    found = iter_checked([str(path)], Settings(limits=Limits(archive_total=2000)))

    assert [(one.inner, *(problem.code for problem in one.problems)) for one in found] == [
        ("#/records/0", "BEV501"),
        ("", "BEV008"),
    ]


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD.keys())
def test_malformed_record_is_refused(data: bytes, message: str) -> None:
    found = refusal(data)

    assert found.startswith("BEV011 ")
    assert message in found


def test_archive_limits_are_enforced() -> None:
    records = record("metadata", b"x") * 3

    assert refusal(records, Limits(archive_members=2)).startswith("BEV009 ")
    assert refusal(records, Limits(archive_total=50)).startswith("BEV008 ")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless file")
def test_endless_file_is_refused() -> None:
    with Path("/dev/zero").open("rb") as stream, pytest.raises(DecodeError, match="invalid WARC"):
        list(warc.members(Source("x"), stream, every_name))


def test_records_before_an_error_are_returned() -> None:
    def until_fault() -> Iterator[Source]:
        yield from warc.members(Source("x"), io.BytesIO(record("response", ANSWERED) + b"x"), every_name)

    found = until_fault()

    assert next(found).data == STATUS
    with pytest.raises(DecodeError):
        next(found)


def test_damaged_stream_returns_the_responses_before_the_damage() -> None:
    large = record("resource", Random(1).randbytes(2**18))  # more than is read at once
    Path("cut.warc.gz").write_bytes(gzip.compress(record("response", ANSWERED)) + gzip.compress(large)[:-20])

    found = [(one.inner, [p.code for p in one.problems]) for one in iter_checked(["cut.warc.gz"], Settings())]

    assert found == [("#/records/0", []), ("", ["BEV001"])]


def test_messages_show_no_part_of_the_file() -> None:
    assert KEY not in refusal(KEY.encode() + b"\r\n")


def test_missing_warcio_is_reported_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warcio.statusandheaders", None)

    assert refusal(b"WARC/1.0\r\n") == ("BEV013 reading .warc requires warcio; run pip install 'bevparse[warc]'")
