"""The checks of one source: a body, a recording, lines of JSON."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bevparse import Limits, StatusResponse
from bevparse.models import EndpointName
from bevparse.validate import Settings, Source, check, validate

from .test_validate import EMPTY, FAULTY, VALID, checked_in, codes, write


@pytest.mark.parametrize(
    ("name", "body", "settings", "expected"),
    [
        ("a.json", VALID, Settings(), []),
        ("a.json", FAULTY, Settings(), ["BEV204"]),
        ("a.json", EMPTY, Settings(), ["BEV220"]),
        ("a.json", EMPTY, Settings(StatusResponse), []),
        ("a.json", VALID, Settings(StatusResponse), ["BEV212"]),
        ("a.xml", VALID, Settings(), ["BEV313"]),
        ("a.xml", VALID, Settings(format="json"), []),
        ("a.txt", VALID, Settings(), []),
        ("a.json", VALID, Settings(limits=Limits(body=20)), ["BEV002"]),
        ("a.json.gz", gzip.compress(VALID, mtime=0), Settings(), []),
        ("a.json.gz", VALID, Settings(), ["BEV001"]),
        ("a.json.gz", gzip.compress(b" " * 10_000_000, mtime=0), Settings(), ["BEV007"]),
    ],
)
def test_body_is_checked_according_to_the_settings(
    tmp_path: Path, name: str, body: bytes, settings: Settings, expected: list[str]
) -> None:
    (checked,) = checked_in([write(tmp_path / name, body)], settings)

    assert codes(checked) == expected
    assert checked.outcome == ("unreadable" if "BEV001" in expected else "body")


class Unreadable(Source):
    """A source for whose content there is not enough memory."""

    def read(self) -> bytes:
        raise MemoryError


class Uncheckable(Source):
    """A source for whose check there is not enough memory."""

    def wrapped(self, data: bytes) -> bytes:
        raise MemoryError


@pytest.mark.parametrize("source", [Unreadable("a.json"), Uncheckable("a.json", data=VALID)])
def test_missing_memory_is_reported_as_an_unreadable_source(source: Source) -> None:
    (checked,) = check(source, Settings())

    assert (codes(checked), checked.outcome) == (["BEV001"], "unreadable")
    assert checked.problems[0].message == "cannot check body: not enough memory"


@pytest.mark.parametrize("body", [b'{"response":[{"emailAddress":{"x":1}}]}', b"Email Address\r\na@b.example\r\n"])
def test_ambiguous_body_that_is_not_empty_is_reported(tmp_path: Path, body: bytes) -> None:
    (checked,) = checked_in([write(tmp_path / "body", body)])

    assert codes(checked) == ["BEV202"]


def test_contradiction_is_reported_with_its_location(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", b'{"response":[\n{"id":7,"ready":1},\n{"id":7,"ready":1}]}')

    (checked,) = validate([path]).findings

    assert [(one.code, one.pointer, one.line) for one in checked.problems] == [("BEV405", "/response/1/id", 3)]


def test_patterns_set_the_endpoint_of_matching_files(tmp_path: Path) -> None:
    for name in ("failed/a.json", "completed/a.json"):
        write(tmp_path / name, EMPTY)
    endpoints: tuple[tuple[str, EndpointName], ...] = (("failed", "create"), ("**/failed/*", "failed"))

    checked = checked_in([str(tmp_path)], Settings(endpoints=endpoints))

    assert [(one.endpoint, codes(one)) for one in checked] == [(None, ["BEV220"]), ("failed", [])]


def test_json_lines_are_reported_by_line_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", VALID + b"\n\n" + FAULTY + b"\n")

    first, second = checked_in([path], Settings(excerpts=True))

    assert (first.problems, first.in_file) == ((), True)
    assert [(one.code, one.line, one.column) for one in second.problems] == [("BEV204", 3, 14)]
    assert [one and one.text for one in second.excerpts] == [FAULTY.decode()]


@pytest.mark.parametrize(
    ("entry", "outcome", "expected"),
    [
        ('"text":"{\\"response\\":{\\"id\\":5}}"', "body", []),
        ('"size":9', "notice", ["BEV012"]),
    ],
)
def test_recording_is_checked_body_by_body(tmp_path: Path, entry: str, outcome: str, expected: list[str]) -> None:
    url = "https://emailverification.whoisxmlapi.com/api/bevService/request"
    exchange = f'{{"request":{{"method":"POST","url":"{url}"}},"response":{{"status":200,"content":{{{entry}}}}}}}'
    path = write(tmp_path / "a.har", f'{{"log":{{"version":"1.2","entries":[{exchange}]}}}}'.encode())

    (checked,) = checked_in([path])

    assert (checked.outcome, codes(checked), checked.source) == (outcome, expected, f"{path}#/log/entries/0")


def test_damaged_recording_is_reported(tmp_path: Path) -> None:
    (checked,) = checked_in([write(tmp_path / "a.har", b'{"log":{"version":"1.2","entries":[')])

    assert (checked.outcome, codes(checked)) == ("notice", ["BEV011"])


@pytest.mark.parametrize("entries", ["", '{"request":{"url":"https://a.example/"}}'])
def test_recording_of_other_services_has_no_findings(tmp_path: Path, entries: str) -> None:
    path = write(tmp_path / "a.har", f'{{"log":{{"version":"1.2","entries":[{entries}]}}}}'.encode())

    *counts, checked = checked_in([path])

    assert [one.other_urls for one in counts] == [1] * bool(entries)
    assert (checked.outcome, codes(checked)) == ("notice", [])


def test_records_on_separate_lines_are_reported_by_their_location_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"emailAddress":"a"}\n{"emailAddress":"a","smtpCheck":"maybe"}\n')

    _, checked = checked_in([path])

    (place,) = [(one.line, one.column) for one in checked.problems if one.code == "BEV203"]
    assert place == (2, 21)
