"""`bevparse diff`: the differences of two bodies."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

import bevparse
from bevparse.cli import main

from ..paths import FIXTURES

STATUS = '{"response":[{"id":1,"date_start":"1528204702","ready":1},{"id":2,"ready":0,"odd\\u001b":1}]}'
OTHER = '{"response":[{"id":3},{"id":1,"date_start":"1528204702"},{"id":2,"ready":0}]}'


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with two different bodies."""
    (folder / "a.json").write_text(STATUS)
    (folder / "b.json").write_text(OTHER)
    return folder


@pytest.mark.parametrize("other", ["documented.xml", "documented.csv", "documented.candidate-d.xml", "documented.json"])
@pytest.mark.parametrize("endpoint", ["completed", "status", "list"])
def test_equal_responses_in_different_formats_are_equal(
    capsys: pytest.CaptureFixture[str], endpoint: str, other: str
) -> None:
    paths = [str(FIXTURES / endpoint / name) for name in ("documented.json", other)]

    assert main(["diff", *paths, "--endpoint", endpoint]) == 0
    assert capsys.readouterr() == ("", "")


def test_compressed_body_and_standard_input_are_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.json.gz").write_bytes(gzip.compress(STATUS.encode()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STATUS.encode())))

    assert main(["diff", "a.json.gz", "-"]) == 0


def test_differences_have_pointers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "a.json", "b.json"]) == 1

    assert capsys.readouterr().out.splitlines() == [
        "/response/0/ready: true in A, missing in B (/response/1/ready)",
        "/response/1/odd\\x1b: only in A (1)",
        "/response/0: only in B (3)",
    ]


def test_another_order_is_a_difference(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, ids in (("a.json", (1, 2)), ("b.json", (2, 1))):
        (folder / name).write_text(json.dumps({"response": [{"id": each, "ready": 1} for each in ids]}))

    assert main(["diff", "a.json", "b.json"]) == 1
    assert capsys.readouterr().out == "/response/1: in another order, /response/0 in B\n"


@pytest.mark.parametrize("name", ["a.jsonl", "a.zip", "folder", "*.json"])
def test_file_of_several_bodies_is_refused(capsys: pytest.CaptureFixture[str], name: str) -> None:
    Path("folder").mkdir()

    assert main(["diff", "a.json", name]) == 2
    assert capsys.readouterr().err.startswith(
        f"bevparse: expected a file with one body, got {name}; write one body with "
    )


LINE = '{"emailAddress":"a","smtpCheck":%s}\n'
INVALID = str(FIXTURES / "recordings" / "browser-with-errors.har")
WARC = str(FIXTURES / "recordings" / "keys.warc")
INSIDE = "july.zip!/old/session.har#/log/entries/3"


@pytest.fixture
def containers(folder: Path) -> None:
    """Put bodies into an archive, and records into JSON Lines."""
    har = (FIXTURES / "recordings" / "browser-session.har").read_bytes()
    with zipfile.ZipFile(folder / "july.zip", "w") as archive:
        inside = {"b.json": OTHER, "old/session.har": har, "inner.tar": "no archive", "x.jsonl": LINE % "true"}
        odd = ("status [1].txt", "./a.json", "/abs.json", "old/../a.json", "tab\tname.json")
        for name, body in {**inside, **dict.fromkeys(odd, STATUS)}.items():
            archive.writestr(name, body)
    (folder / "status [1].json").write_text(STATUS)
    (folder / "records.jsonl").write_text(LINE % "true" + LINE % "false")
    (folder / "a#").mkdir()
    (folder / "a#" / "a.json").write_text(STATUS)


@pytest.mark.usefixtures("containers")
@pytest.mark.parametrize(
    ("one", "other", "lines"),
    [
        ("b.json", "july.zip!/b.json", []),
        (INSIDE, INSIDE, []),
        (str(FIXTURES / "recordings" / "browser-session.har#/log/entries/3"), INSIDE, []),
        ("records.jsonl#/0", "records.jsonl#/1", ["/response/0/smtpCheck: true in A, false in B"]),
        ("a.json", "a#/a.json", []),
        ("a.json", "status [1].json", []),
        ("a.json", "july.zip!/status [1].txt", []),
        ("records.jsonl#/0", "july.zip!/x.jsonl#/0", []),
        ("a.json", "july.zip!/./a.json", []),
        ("a.json", "july.zip!//abs.json", []),
        ("a.json", "july.zip!/old/../a.json", []),
        ("a.json", "july.zip!/tab\\tname.json", []),
        ("a.json", "july.zip!/tab\tname.json", []),
    ],
)
def test_places_inside_files_are_compared(
    capsys: pytest.CaptureFixture[str], one: str, other: str, lines: list[str]
) -> None:
    assert main(["diff", one, other]) == (1 if lines else 0)
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in lines), "")


@pytest.mark.usefixtures("containers")
@pytest.mark.parametrize(
    ("location", "unreadable"),
    [
        *((name, name) for name in ("july.zip!/c.json", "records.jsonl#/2", "july.zip!/b.json#/log", "b.json#/0")),
        ("july.zip!/old/session.har#/log/entries/0", "july.zip!/old/session.har#/log/entries/0"),
        ("absent.zip!/b.json", "absent.zip!/b.json"),
        ("july.zip!/inner.tar!/b.json", "july.zip!/inner.tar"),
        ("cut.zip!/b.json", "cut.zip"),
        ("cut.har#/log/entries/0", "cut.har"),
        (f"{INVALID}#/log/entries/2", f"{INVALID}#/log/entries/2"),
        (f"{WARC}#/records/50", f"{WARC}#/records/50"),
    ],
)
def test_location_without_a_body_ends_with_3(
    capsys: pytest.CaptureFixture[str], location: str, unreadable: str
) -> None:
    Path("cut.zip").write_bytes(Path("july.zip").read_bytes()[:100])
    Path("cut.har").write_text('{"log":{"entries":[{"request":')

    assert main(["diff", "a.json", location]) == 3
    shown = capsys.readouterr()
    assert shown.err.endswith(f" ({unreadable})\n")
    assert (shown.out, shown.err.count("\n")) == ("", 1)


@pytest.mark.usefixtures("containers")
def test_problems_of_a_line_have_the_location_that_validate_reports(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "records.jsonl").write_text(LINE % "true" + LINE % "maybe" + '{"response":{"id":"x"}}')
    main(["validate", "records.jsonl", "--no-cache", "--output-format", "concise"])
    lines = [line for line in capsys.readouterr().out.splitlines() if "records.jsonl#/1:2:" in line or ":3:" in line]

    assert [main(["diff", f"records.jsonl#/{number}", "a.json"]) for number in (1, 2)] == [3, 3]
    assert [line.removeprefix("bevparse: ") for line in capsys.readouterr().err.splitlines()] == lines
    assert len(lines) == 2


def test_limits_apply_to_both_bodies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "a.json", "b.json", "--limit", "records=1"]) == 3
    assert "BEV004 expected at most 1 " in capsys.readouterr().err
    assert main(["diff", "a.json", "b.json", "--limit", "records=x"]) == 2


@pytest.mark.usefixtures("containers")
@pytest.mark.parametrize("place", ["july.zip!/old/session.har", "july.zip!/x.jsonl", "july.zip"])
def test_location_of_several_bodies_is_refused(capsys: pytest.CaptureFixture[str], place: str) -> None:
    assert main(["diff", "a.json", place]) == 2
    assert capsys.readouterr().err.startswith(f"bevparse: expected a file with one body, got {place}; ")


def test_recorded_response_is_read_as_the_endpoint_of_its_url(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    har = json.loads((FIXTURES / "recordings" / "browser-session.har").read_bytes())
    for entry, body in zip(har["log"]["entries"][5:7], ("[]", '[{"emailAddress":"a"}]'), strict=True):
        entry["request"]["url"] = entry["request"]["url"].replace("failed", "completed")
        entry["response"]["content"] = {"mimeType": "application/json", "text": f'{{"response":{body}}}'}
    (folder / "x.har").write_text(json.dumps(har))

    assert main(["diff", "x.har#/log/entries/5", "x.har#/log/entries/6", "--output-format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["a"]["endpoint"], found["b"]["endpoint"]) == ("completed", "completed")


def test_other_endpoint_is_a_difference(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "b.json").write_text('{"response":{"error":"Access denied"}}')

    assert main(["diff", "a.json", "b.json"]) == 1
    assert capsys.readouterr().out == "/response: response of status in A, response of error in B\n"


def test_hundred_differences_are_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, error in (("a.json", "x" * 100), ("b.json", None)):
        records = [{"emailAddress": str(index), "error": error} for index in range(103)]
        (folder / name).write_text(json.dumps({"response": records}))

    assert main(["diff", "a.json", "b.json", "--endpoint", "failed"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 101
    assert lines[0] == f'/response/0/error: "{"x" * 56}... in A, missing in B'
    assert lines[-1] == "and 3 more"
    assert main(["diff", "a.json", "b.json", "--endpoint", "failed", "--output-format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (len(shown["differences"]), shown["more"]) == (100, 3)


def test_differences_are_written_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "a.json", "b.json", "--output-format", "json"]) == 1

    assert json.loads(capsys.readouterr().out) == {
        "equal": False,
        "a": {"source": "a.json", "format": "json", "endpoint": "status"},
        "b": {"source": "b.json", "format": "json", "endpoint": "status"},
        "differences": [
            {
                "kind": "value",
                "a": {"pointer": "/response/0/ready", "value": True},
                "b": {"pointer": "/response/1/ready", "value": None},
            },
            {"kind": "only", "a": {"pointer": "/response/1/odd\x1b", "value": 1}, "b": None},
            {"kind": "only", "a": None, "b": {"pointer": "/response/0", "value": 3}},
        ],
        "more": 0,
    }
    assert main(["diff", "a.json", "a.json", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["equal"] is True


@pytest.mark.parametrize("format", ["xml", "csv"])
def test_undocumented_fields_of_text_formats_are_compared_by_their_texts(
    folder: Path, capsys: pytest.CaptureFixture[str], format: str
) -> None:
    written = bevparse.dump(bevparse.parse(STATUS.replace('\\u001b":1', '":"1"')), format=format)
    (folder / "a.json").write_text(STATUS.replace("\\u001b", ""))
    (folder / "other").write_bytes(written)
    (folder / "unlike").write_bytes(written.replace(b"0,,1" if format == "csv" else b">1</odd", b">2</odd"))

    assert main(["diff", "a.json", "other"]) == 0
    assert capsys.readouterr().out == ""


def test_formats_can_be_set_for_both_or_for_each(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "a").write_text("ID\n5\n")
    (folder / "b").write_text("<xml><response><id>5</id></response></xml>")

    assert main(["diff", "a", "b", "--from-a", "csv", "--from-b", "xml"]) == 0
    assert main(["diff", "a", "a", "--from", "csv"]) == 0
    assert main(["diff", "a", "b", "--from-b", "yml"]) == 2
    assert capsys.readouterr().err == "bevparse: expected a format among csv, json, xml, got 'yml'\n"


def test_invalid_body_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.json").write_text('{"response":[\n{"id":"x","ready":1},{"id":1,"ready":7}]}')

    assert main(["diff", "a.json", "b.json"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    starts = ["bevparse: b.json:2:2: error: BEV204 expected ", "bevparse: b.json:2:30: error: BEV205 expected "]
    assert [line[: len(start)] for line, start in zip(shown.err.splitlines(), starts, strict=True)] == starts


@pytest.mark.parametrize("name", ["absent\x1b.json", "bomb.json.gz"])
def test_unreadable_body_ends_with_3(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (folder / "bomb.json.gz").write_bytes(gzip.compress(bytes(20_000_000)))

    assert main(["diff", "a.json", name]) == 3
    shown = capsys.readouterr()
    assert shown.err.endswith(f" ({ascii(name)[1:-1]})\n")
    assert (shown.out, shown.err.count("\n")) == ("", 1)


def test_standard_input_cannot_be_both_bodies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "-", "-"]) == 2
    assert capsys.readouterr().err == "bevparse: A and B cannot both be standard input (-)\n"


def test_damaged_member_of_an_archive_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    body = b'{"response":{"id":5}}'
    Path("a.json").write_bytes(body)
    with zipfile.ZipFile("july.zip", "w") as archive:
        archive.writestr("a.json", body)
    Path("july.zip").write_bytes(Path("july.zip").read_bytes().replace(b'"id":5', b'"id":6'))

    assert main(["diff", "a.json", "july.zip!/a.json"]) == 3
    assert "july.zip!/a.json" in capsys.readouterr().err


def test_damaged_recording_in_an_archive_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile("july.zip", "w") as archive:
        archive.writestr("a.yaml", "interactions:\n- request: {method: POST}\n  response: {body: {string: ']}\n")

    assert main(["diff", "a.json", "july.zip!/a.yaml#/interactions/0"]) == 3
    assert "july.zip!/a.yaml" in capsys.readouterr().err
