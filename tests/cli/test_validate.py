"""`bevparse validate`: what it prints and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

import pytest

from bevparse.cli import main

from ..fixture_files import VARIANTS, WRITTEN_OTHERWISE, case_of, variant_names
from ..fixture_tables import INFERRED
from ..systems import odd_names

VALID = b'{"response":{"id":5}}'
EMPTY = b'{"response":[]}'
WARNED = b'{"response":{"id":"5"}}'
COMPLETED = (
    b'{"response":[{"emailAddress":"a@b.example","formatCheck":"true","smtpCheck":"maybe","dnsCheck":"true",'
    b'"freeCheck":"false","disposableCheck":"false","catchAllCheck":"null","result":"ok"}]}'
)
LINE = "body:1:65: error: BEV203 expected true, false or null, got 'maybe' (/response/0/smtpCheck)"
HOSTILE = "\x1b]0;owned\x07\r\n\u202e\u2028\x9b2J"
DISGUISED = json.dumps({"response": [{"emailAddress": HOSTILE, "smtpCheck": HOSTILE, HOSTILE: HOSTILE}], HOSTILE: 1})


@pytest.mark.parametrize(
    ("body", "options", "code", "lines", "counts"),
    [
        (VALID, [], 0, [], "no findings in 1 file; 1 response body, valid; 1 create (1 json)"),
        (
            COMPLETED,
            ["--output-format", "concise"],
            1,
            [LINE],
            "1 error in 1 file; 1 response body, 0 valid; 1 completed (1 json)",
        ),
        (EMPTY, ["--endpoint", "failed"], 0, [], "no findings in 1 file; 1 response body, valid; 1 failed (1 json)"),
    ],
)
def test_each_finding_is_a_line_and_the_counts_are_the_last(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    body: bytes,
    options: list[str],
    code: int,
    lines: list[str],
    counts: str,
) -> None:
    (folder / "body").write_bytes(body)

    assert main(["validate", "body", *options]) == code
    shown = capsys.readouterr()
    assert (shown.out.splitlines(), shown.err) == ([*lines, counts], "")


@pytest.mark.parametrize(
    ("body", "options", "code", "found"),
    [
        (WARNED, [], 0, "BEV301"),
        (WARNED, ["--strict"], 1, "BEV301"),
        (EMPTY, [], 0, "BEV220"),
        (EMPTY, ["--strict"], 0, "BEV220"),
        (VALID, ["--endpoint", "status"], 1, "BEV212"),
        (VALID, ["--from", "xml"], 0, "BEV313"),
        (VALID, ["--from", "xml", "--strict"], 1, "BEV313"),
        (b"", ["--from", "csv"], 0, "BEV220"),
        (b"", [], 1, "BEV101"),
        (b"\xff", [], 1, "BEV102"),
        (b"<html>", [], 1, "BEV104"),
        (b'{"response":[{"id":1', [], 1, "BEV110"),
    ],
)
def test_errors_count_and_warnings_only_when_strict(
    folder: Path, capsys: pytest.CaptureFixture[str], body: bytes, options: list[str], code: int, found: str
) -> None:
    (folder / "body").write_bytes(body)

    assert main(["validate", "body", *options]) == code
    assert f": {found} " in capsys.readouterr().out.splitlines()[0]


def test_strict_accepts_every_spelling_that_the_service_may_send(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in VARIANTS:
        if variant_names(path) & INFERRED and case_of(path) not in {*WRITTEN_OTHERWISE, "completed/new-word"}:
            target = folder / path.parent.name / path.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    (folder / "status" / "reply.xml").write_text('{"response":{"error":"Insufficient balance"}}')
    (folder / "failed" / "reply.csv").write_text('{"response":{"error":"Access denied"}}')

    code = main(["validate", ".", "--strict", "--ignore", "BEV4"])

    assert code == 0, capsys.readouterr().out


def test_strict_counts_a_body_with_warnings_as_invalid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "body").write_bytes(WARNED)

    assert main(["validate", "body", "--strict"]) == 1
    assert "\n1 warning in 1 file; 1 response body, 0 valid; " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "COMMAND"),
        (["check"], "unknown command 'check'"),
        (["validate", ".", "--endpoint", "delete"], "invalid choice: 'delete'"),
        (["validate", ".", "--fail-on", "note"], "invalid choice: 'note'"),
        (["validate", ".", "--jobs", "x"], "invalid int value: 'x'"),
    ],
)
def test_usage_errors_end_with_2(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(arguments)

    assert complaint in capsys.readouterr().err


def test_unknown_format_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", ".", "--from", "\x1byaml"]) == 2
    assert capsys.readouterr() == ("", "bevparse: expected a format among csv, json, xml, got '\\x1byaml'\n")


@pytest.mark.parametrize("name", ["absent.json", "damaged.json.gz", "a" * 300])
def test_unreadable_file_ends_with_3_and_the_rest_is_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "damaged.json.gz").write_bytes(gzip.compress(VALID)[:-3])
    (folder / "body").write_bytes(COMPLETED)

    assert main(["validate", "--output-format", "concise", name, "body"]) == 3
    first, second, counts = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{name}: error: BEV001 ")
    assert second == LINE
    assert counts == (
        "2 errors in 2 of 2 files; 1 response body, 0 valid; 1 source could not be read; 1 completed (1 json)"
    )


def test_exceeded_archive_ratio_is_a_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bomb.json.gz").write_bytes(gzip.compress(bytes(20_000_000)))

    assert main(["validate", "bomb.json.gz"]) == 1
    assert capsys.readouterr().out.startswith(
        "bomb.json.gz: error: BEV007 expected at most 200 (limits.archive_ratio), "
    )


def test_folder_is_searched_at_any_depth_in_sorted_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b/z.json", "b/a/q.json", "c.json", "a.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"{")
    (folder / "b" / "notes.txt").write_bytes(b"no body")

    assert main(["validate", "--output-format", "concise", "."]) == 1
    found = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()[:-1]]
    assert found == ["./a.json", "./b/a/q.json", "./b/z.json", "./c.json"]


def test_bodies_are_counted_by_endpoint_and_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, body in {
        "a.json": VALID,
        "b.xml": b"<xml><response><id>5</id></response></xml>",
        "c.csv": b"Id\n5\n",
        "d.json": VALID,
        "e.json": b'{"response":{"error":"Access denied"}}',
        "f.json.gz": gzip.compress(EMPTY),
    }.items():
        (folder / name).write_bytes(body)

    assert main(["validate", "."]) == 0
    counts = capsys.readouterr().out.splitlines()[-1]
    assert counts.endswith(
        "; 6 response bodies, all valid; 4 create (1 csv, 2 json, 1 xml); 1 error reply (1 json)"
        "; 1 of an unknown endpoint (1 json)"
    )


def test_json_output_is_one_ascii_object_whose_counts_add_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "body").write_bytes(COMPLETED)
    (folder / "empty.json").write_bytes(EMPTY)

    assert main(["validate", "--output-format", "json", "body", "empty.json", "\udcff\x1b.json"]) == 3
    shown = capsys.readouterr()
    report = json.loads(shown.out.encode("ascii"))
    finding = {
        "code": "BEV203",
        "slug": "bad-check",
        "severity": "error",
        "message": "expected true, false or null, got 'maybe'",
        "pointer": "/response/0/smtpCheck",
        "line": 1,
        "column": 65,
    }
    first, second, third = report["bodies"]
    place = {"source": "body", "file": "body", "inner": "", "outcome": "body", "bytes": len(COMPLETED)}
    assert first == {**place, "format": "json", "endpoint": "completed", "problems": [finding]}
    assert (second["endpoint"], [problem["severity"] for problem in second["problems"]]) == (None, ["info"])
    assert (third["source"], third["format"], third["endpoint"]) == ("\\udcff\x1b.json", None, None)
    assert third["problems"][0].items() >= {"code": "BEV001", "pointer": "", "line": None, "column": None}.items()
    assert report["summary"] == {
        "bodies": 2,
        "sound": 1,
        "unreadable": 1,
        "skipped": 0,
        "other_urls": 0,
        "bytes": len(COMPLETED + EMPTY),
        "interrupted": False,
        "known": 0,
        "problems": {"error": 2, "warning": 0, "info": 1},
        "codes": {"BEV001": 1, "BEV203": 1, "BEV220": 1},
        "kinds": [
            {"endpoint": "completed", "format": "json", "bodies": 1},
            {"endpoint": "unknown", "format": "json", "bodies": 1},
        ],
    }
    assert (report.keys(), shown.err) == ({"bodies", "summary"}, "")


def test_json_output_is_valid_when_nothing_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--output-format", "json", "."]) == 4

    report = json.loads(capsys.readouterr().out)
    assert (report["bodies"], report["summary"]["bodies"]) == ([], 0)


@odd_names
@pytest.mark.parametrize("name", ["esc\x1b[2J.json", "line\nend.json", "rtl\u202enosj.json", "c1\x9b2J.json"])
def test_control_characters_of_bodies_and_names_are_escaped(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / name).write_text(DISGUISED, encoding="utf-8")

    main(["validate", "--output-format", "concise", "."])
    shown = capsys.readouterr().out
    assert "BEV203" in shown
    assert all(line.isprintable() for line in shown.split("\n"))
    assert all(line.startswith(f"./{ascii(name)[1:-1]}:") for line in shown.split("\n")[:-2])


def test_caret_is_below_the_position_in_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "body").write_bytes(b'{"response":[\n  {"id":1,\n   "ready":2}]}')

    assert main(["validate", "body"]) == 1
    assert capsys.readouterr().out.splitlines()[:3] == [
        "body:3:4: error: BEV205 expected 0 or 1, got 2 (/response/0/ready)",
        '       "ready":2}]}',
        "       ^",
    ]


def test_nothing_checked_ends_with_4(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_bytes(b"no body")

    assert main(["validate", "."]) == 4
    shown = capsys.readouterr()
    assert shown.out.startswith("nothing was checked; ")
    assert shown.err.startswith("bevparse: no bodies found (.json, ")


@pytest.mark.parametrize(("body", "code"), [(VALID, 0), (COMPLETED, 1)])
def test_quiet_writes_the_files_but_nothing_to_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str], body: bytes, code: int
) -> None:
    (folder / "body").write_bytes(body)

    assert (
        main(["validate", "body", "-q", "-j", "1", "--output-format", "text", "--output-format", "concise=found"])
        == code
    )
    assert capsys.readouterr() == ("", "")
    assert (folder / "found").read_text().splitlines()[:-1] == [LINE] * code


def test_quiet_run_reports_that_nothing_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", ".", "--quiet"]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("bevparse: no bodies found (.json, ")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["validate"], "no findings in 1 file; "),
        (["stats"], "1 body, 21 B, "),
        (["convert", "--to", "csv"], "ID\n5\n"),
    ],
)
def test_without_a_path_standard_input_is_read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    shown: str,
) -> None:
    (folder / "body").write_bytes(VALID)
    with (folder / "body").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)

        assert main(command) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_pipe_without_a_path_cannot_be_saved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with os.fdopen(reader) as stream:
        monkeypatch.setattr(sys, "stdin", stream)

        assert main(["validate", "--save", "run.bev"]) == 2
    assert capsys.readouterr().err.startswith("bevparse: argument --save: standard input (-) cannot be read again ")


def test_neither_a_device_nor_closed_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(os.devnull).open() as stream:
        for nothing in (stream, None):
            monkeypatch.setattr(sys, "stdin", nothing)

            assert main(["validate"]) == 2
            assert capsys.readouterr() == ("", "bevparse: a path or --files-from is required\n")
