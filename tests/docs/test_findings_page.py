"""docs/findings.md has the current findings of bevparse; the other tools are not run here."""

from __future__ import annotations

import re
import sys

import pytest

from benchmarks.findings import page
from benchmarks.findings.answers import Answer, Remark, pointer_of
from benchmarks.findings.bodies import BODIES, FIXTURES, ROOT, VALID, Body
from benchmarks.findings.ours import OPTIONS, remarks_of
from bevparse.cli import main

WRITTEN = (ROOT / "docs" / "findings.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in WRITTEN.splitlines() if re.match(r"\| \d+ \| `", line)]
KINDS = sorted({(body.endpoint, body.format) for body in BODIES})


def remarks(path: str, endpoint: str, capsys: pytest.CaptureFixture[str]) -> list[Remark]:
    main([*OPTIONS, endpoint, str(FIXTURES / path)])
    return remarks_of(capsys.readouterr().out)


def test_table_lists_ten_bodies_of_each_format() -> None:
    assert len(ROWS) == len(BODIES) == len(set(BODIES)) == 30
    assert [sum(body.format == name for body in BODIES) for name in ("json", "xml", "csv")] == [10, 10, 10]


@pytest.mark.parametrize(("row", "body"), list(zip(ROWS, BODIES, strict=True)), ids=[body.name for body in BODIES])
def test_table_has_the_current_findings_of_bevparse(
    row: list[str], body: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Answer.of(body, remarks(body.name, body.endpoint, capsys))

    assert body.path.is_file()
    assert row[1] == f"`{body.name}`"
    shown = page.shown(answer)
    if body.path.name == "BEV110-last-comma.json" and sys.version_info >= (3, 13):
        shown = shown.replace("2:8", "2:9")  # older versions of Python report the position after the comma
    assert row[3] == shown, "run python -m benchmarks.findings"
    assert answer.mark == "noticed"
    assert answer.line
    assert answer.column
    assert answer.pointer


@pytest.mark.parametrize(("endpoint", "format"), KINDS)
def test_valid_body_has_no_findings(endpoint: str, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert remarks(f"{VALID[endpoint]}.{format}", endpoint, capsys) == []


def test_rows_add_up_to_the_totals() -> None:
    names = re.findall(r"^\| # \| body \| fault \| (.*) \|$", WRITTEN, re.MULTILINE)[0].split(" | ")
    totals = {name: re.findall(rf"^\| {name} \| (.*) \|$", WRITTEN, re.MULTILINE)[0].split(" | ") for name in names}

    for column, name in enumerate(names, 3):
        cells = [row[column] for row in ROWS]
        marks = [cells.count(mark) for mark in ("missed", "crash", "unread")]

        assert [int(total) for total in totals[name][4:7]] == marks
        assert int(totals[name][0]) == len(ROWS) - sum(marks)


@pytest.mark.parametrize(
    ("remark", "places"),
    [
        (Remark(3, 9, "/response/1/id"), (True, True, True)),
        (Remark(3, None, "/response/1"), (True, False, True)),
        (Remark(2, 9, "/response/1/id/0"), (False, False, True)),
        (Remark(None, 9, "/response"), (False, False, False)),
        (Remark(3, 9, ""), (True, True, False)),
        (Remark(3, 9), (True, True, False)),
    ],
)
def test_line_column_and_pointer_count_if_they_are_those_of_the_fault(
    remark: Remark, places: tuple[bool, bool, bool]
) -> None:
    answer = Answer.of(Body("x.json", "status", "", "", (3,), "/response/1/id"), [Remark(), remark])

    assert (answer.line, answer.column, answer.pointer) == places


def test_json_path_is_read_as_a_pointer() -> None:
    assert pointer_of("$.response[1].mxRecords[0]") == "/response/1/mxRecords/0"
    assert pointer_of("$") == ""
