"""Findings as Parquet: a row for each, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pyarrow.parquet
from hypothesis import given

from bevparse.problems import Problem
from bevparse.validate.renderers.parquet import ParquetRenderer
from bevparse.validate.report import Checked, Summary

from .test_renderers import ALL, hostile

KEY = "at_" + "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4"


def written(checks: Iterable[Checked]) -> pyarrow.parquet.ParquetFile:
    stream = io.BytesIO()
    text = io.TextIOWrapper(stream)
    with ParquetRenderer(text) as renderer:
        for checked in checks:
            renderer.body(checked)
        renderer.end(Summary())
    text.detach()
    return pyarrow.parquet.ParquetFile(io.BytesIO(stream.getvalue()))


def test_each_finding_is_a_row() -> None:
    file = written(ALL)

    rows = file.read().to_pylist()
    assert list(rows[0]) == [
        *("file", "inner", "endpoint", "format", "rule", "severity", "line", "column", "pointer", "message")
    ]
    assert [(row["file"], row["inner"], row["rule"], row["line"], row["column"]) for row in rows] == [
        (checked.file, checked.inner, problem.code, problem.line, problem.column)
        for checked in ALL
        for problem in checked.problems
    ]
    assert (rows[0]["endpoint"], rows[0]["format"], rows[0]["severity"]) == ("completed", "json", "error")
    assert (rows[0]["pointer"], rows[3]["endpoint"]) == ("/response/0/smtpCheck", None)


def test_file_without_findings_has_the_columns() -> None:
    table = written([Checked("a.json")]).read()

    assert (table.num_rows, table.column_names[0]) == (0, "file")


def test_rows_are_written_many_at_a_time() -> None:
    problem = Problem("BEV203", "expected true, false or null, got 'maybe'", "/response/0/smtpCheck", 1, 65)

    file = written(Checked(f"{number}.json", problems=(problem,) * 100) for number in range(700))

    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (70_000, 3)


def test_keys_are_masked() -> None:
    found = Problem("BEV203", f"expected true, got {KEY}", f"/response/{KEY}")

    text = repr(written([Checked(f"{KEY}.json", f"!/{KEY}", problems=(found,))]).read().to_pylist())

    assert KEY not in text
    assert text.count("at_") == 4


@given(hostile)
def test_any_name_and_message_is_written(checks: list[Checked]) -> None:
    table = written(checks).read()

    assert table.num_rows == sum(len(checked.problems) for checked in checks)
