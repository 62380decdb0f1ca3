"""`bevparse stats`: what saved bodies contain, for terminals and for programs."""

from __future__ import annotations

import gzip
import io
import json
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.validate import Settings, iter_checked
from bevparse.validate.profile import Profile
from bevparse.validate.renderers.statistics import ASCII, BLOCKS, as_json, text_lines
from bevparse.validate.report import Summary

from .streams import InterruptedInput

COMPLETED = (
    b'{"response":[{"emailAddress":"a@a.example","smtpCheck":"true","result":"ok"},'
    b'{"emailAddress":"b@a.example","smtpCheck":"false","result":"ok"},'
    b'{"emailAddress":"c@a.example","result":"odd\\u001b[0m"}]}'
)
STATUS = b"""{"response":[{"id":1,"date_start":"1528204702","ready":1},{"id":2,"date_start":"1530883102","ready":0}]}"""
FAILED = b"Email Address,Error\nx,bad\n"
DENIED = b'{"response":{"error":"Access denied"}}'
DRAWN = """\
bodies by endpoint and format
  completed json  1   33%  █████████████████████████████████
  error     json  1   33%  █████████████████████████████████
  status    json  1   33%  █████████████████████████████████

requests
  not ready  1   50%  ██████████████████████████████████████
  ready      1   50%  ██████████████████████████████████████

records
  completed  3  100%  ██████████████████████████████████████

result of completed records
  ok          2   67%  █████████████████████████████████████
  odd\\x1b[0m  1   33%  ██████████████████▌

checks of completed records (█ true, ▒ false, ░ missing)
                       true     false   missing
  formatCheck            0%        0%      100%  ░░░░░░░░░░░
  smtpCheck             33%       33%       33%  ████▒▒▒░░░░
  dnsCheck               0%        0%      100%  ░░░░░░░░░░░
  freeCheck              0%        0%      100%  ░░░░░░░░░░░
  disposableCheck        0%        0%      100%  ░░░░░░░░░░░
  catchAllCheck          0%        0%      100%  ░░░░░░░░░░░

requests by day of start, 2018-06-05 to 2018-07-06
  █                              █
  at most 1 (2018-07-06)

bodies by size
  under 64 B   1   33%  ████████████████████████████████████
  under 128 B  1   33%  ████████████████████████████████████
  under 256 B  1   33%  ████████████████████████████████████

errors that the service returned
  Access denied  1  100%  ██████████████████████████████████
"""


@pytest.fixture(autouse=True)
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a body of each kind, on a terminal of 60 columns."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("CI", "1")
    (folder / "dumps").mkdir()
    for name, body in {
        "completed.json": COMPLETED,
        "status.json.gz": gzip.compress(STATUS),
        "failed.csv": FAILED,
        "denied.json": DENIED,
        "broken.json": b"{",
    }.items():
        (folder / "dumps" / name).write_bytes(body)
    return folder


def counts(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    assert main(["stats", "--output-format", "json", *arguments]) == code
    return json.loads(capsys.readouterr().out)


def test_all_values_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    counted = counts(capsys, "dumps")

    assert counted == {
        "bodies": 5,
        "sound": 4,
        "unreadable": 0,
        "skipped": 0,
        "other_urls": 0,
        "bytes": sum(map(len, (COMPLETED, STATUS, FAILED, DENIED, b"{"))),
        "interrupted": False,
        "kinds": [
            {"endpoint": "completed", "format": "json", "bodies": 1},
            {"endpoint": "error", "format": "json", "bodies": 1},
            {"endpoint": "failed", "format": "csv", "bodies": 1},
            {"endpoint": "status", "format": "json", "bodies": 1},
            {"endpoint": "unknown", "format": "json", "bodies": 1},
        ],
        "requests": {"not ready": 1, "ready": 1},
        "records": {"completed": 3, "failed": 1},
        "results": {"ok": 2, "odd\x1b[0m": 1},
        "checks": {
            **{
                name: {"true": 0, "false": 0, "not said": 3}
                for name in ("formatCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck")
            },
            "smtpCheck": {"true": 1, "false": 1, "not said": 1},
        },
        "errors": {"Access denied": 1},
        "days": {"2018-06-05": 1, "2018-07-06": 1},
        "sizes": [
            {"below": 2, "bodies": 1},
            {"below": 32, "bodies": 1},
            {"below": 64, "bodies": 1},
            {"below": 128, "bodies": 1},
            {"below": 256, "bodies": 1},
        ],
    }


def test_json_is_that_of_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    summary = Summary()
    for checked in iter_checked(["dumps"], Settings(profile=True)):
        summary.add(checked)

    assert counts(capsys, "dumps") == json.loads(json.dumps(as_json(summary)))
    assert counts(capsys, "dumps", "--jobs", "1") == counts(capsys, "dumps", "--jobs", "2")


def test_counts_are_drawn_as_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "dumps/completed.json", "dumps/status.json.gz", "dumps/denied.json"]) == 0

    first, _, drawn = capsys.readouterr().out.partition("\n\n")
    assert first.startswith("3 bodies, 340 B, 3 ")
    assert drawn == DRAWN


def test_bars_are_ascii_if_the_encoding_has_no_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, "ascii", newline="\n"))

    assert main(["stats", "dumps"]) == 0
    drawn = output.getvalue().decode()
    assert "  ok          2   67%  ###" in drawn
    assert r"  odd\x1b[0m  1   33%  ###" in drawn
    assert "checks of completed records (# true, - false, . missing)" in drawn
    assert "  smtpCheck             33%       33%       33%  ####---...." in drawn
    assert "\\u2588" not in drawn


@pytest.mark.parametrize("columns", ["20", "60", "400"])
def test_lines_are_no_wider_than_the_terminal_or_a_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert main(["stats", "dumps"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= {"20": 58, "60": 60, "400": 100}[columns]


def test_control_characters_of_bodies_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "dumps"]) == 0

    assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))


def test_rare_values_are_counted_together() -> None:
    profile = Profile()
    profile.results.update({f"word{number:02}": 20 - number for number in range(15)})
    profile.days.update({"2018-06-05": 1})
    summary = Summary(profile=profile, unreadable=1, interrupted=True)

    drawn = [*text_lines(summary, 60, BLOCKS)]

    assert drawn[0].startswith("interrupted: 0 bodies, 0 B, 0 ")
    assert [line.split() for line in drawn if line.startswith("  (")] == [["(3", "others)", "21", "11%", "█" * 36]]
    assert "requests by day of start, 2018-06-05" in drawn


def test_empty_body_has_a_row_of_its_own() -> None:
    profile = Profile()
    profile.sizes.update({0: 1, 3: 1})

    drawn = [*text_lines(Summary(profile=profile), 60, ASCII)]

    rows = [line.rstrip("#").split("  ")[1] for line in drawn[drawn.index("bodies by size") + 1 :]]
    assert [row.strip() for row in rows] == ["empty", "under 2 B", "under 4 B", "under 8 B"]


def test_stats_of_a_faulty_body_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "dumps/broken.json"]) == 0
    assert capsys.readouterr().out.startswith("1 body, 1 B, 0 ")


def test_unreadable_file_is_reported_and_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "absent\x1b.json", "dumps/denied.json"]) == 3

    shown = capsys.readouterr()
    assert shown.out.startswith("1 body, 38 B, 1 ")
    assert shown.err.startswith(r"bevparse: absent\x1b.json: error: BEV001 ")
    assert shown.err.count("\n") == 1


def test_folder_without_bodies_ends_with_4(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()

    assert main(["stats", "empty"]) == 4
    shown = capsys.readouterr()
    assert shown.out.startswith("0 bodies, 0 B, 0 ")
    assert shown.err.startswith("bevparse: no bodies found (")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a path or --files-from is required"),
        (["dumps", "--from", "yml"], "expected a format among csv, json, xml, got 'yml'"),
        (
            ["dumps", "--limit", "body"],
            "argument --limit: expected NAME=VALUE with an integer, for example body=2G, got 'body'",
        ),
        (["dumps", "--config", "absent.toml"], "cannot read file: "),
    ],
)
def test_usage_errors_end_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["stats", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"bevparse: {message}")


def test_list_of_files_that_cannot_be_read_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--files-from", "absent"]) == 3
    assert "absent" in capsys.readouterr().err


def test_input_is_chosen_as_for_validate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "list").write_text("dumps/denied.json\ndumps/failed.csv\n")
    (folder / "bevparse.toml").write_text('exclude = ["broken.json"]\nselect = ["BEV5"]\noutput-format = ["sarif"]\n')

    assert counts(capsys, "--files-from", "list")["bodies"] == 2
    assert counts(capsys, "dumps")["bodies"] == 4
    assert counts(capsys, "dumps", "--no-config")["bodies"] == 5
    assert counts(capsys, "dumps", "--include", "*.csv")["bodies"] == 1
    assert counts(capsys, "dumps/completed.json", "--endpoint", "status", "--no-config")["sound"] == 0


def test_interrupted_run_shows_its_counts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(InterruptedInput())))

    assert main(["stats", "dumps/failed.csv", "-"]) == 130
    shown = capsys.readouterr()
    assert shown.out.startswith("interrupted: 1 body, ")
    assert shown.err == "bevparse: interrupted\n"


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("CI")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(time, "monotonic", count().__next__)

    assert main(["stats", "dumps", "--output-format", "json"]) == 0
    assert " files, " in terminal.getvalue()
