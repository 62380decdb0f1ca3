"""Remarks about written files, which are shown to people and not to programs."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.cli.remarks import sized

from ..object_store import Bucket
from ..paths import ROOT
from .streams import Terminal

BODY = str(ROOT / "fixtures" / "status" / "documented.json")
FAULTY = '{"response":[{"id":"x"}]}\n'
KEY = "at_" + "a1" * 14 + "b"
CHECK = ["validate", "--no-cache", "--no-config", "--no-progress", "--jobs=1"]
RECORDS = ["convert", "--no-config", "--to=jsonl"]


@pytest.fixture(autouse=True)
def inputs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work outside of CI, next to a faulty body and a text with a key."""
    monkeypatch.delenv("CI", raising=False)
    (folder / "faulty.json").write_text(FAULTY)
    (folder / "in.log").write_text(KEY)


def remarks(*arguments: str, code: int = 0, stream: io.StringIO | None = None) -> list[str]:
    """Return what a run writes to standard error, which is a terminal unless a stream is given."""
    with redirect_stderr(stream or Terminal()) as shown:
        assert main(arguments) == code
    return shown.getvalue().splitlines()


@pytest.mark.parametrize(
    ("arguments", "code", "names"),
    [
        ([*CHECK, BODY, "--output-format", "json=a", "--output-format", "concise=b"], 0, "ba"),
        ([*CHECK, BODY, "--baseline", "a", "--update-baseline"], 0, "a"),
        ([*RECORDS, "faulty.json", BODY, "-o", "a", "--rejects", "b"], 1, "ba"),
        (["convert", "--no-config", BODY, "--to=csv", "-o", "a"], 0, "a"),
        (["redact", "in.log", "-o", "a"], 0, "a"),
    ],
)
def test_each_written_file_is_named_with_its_size(arguments: list[str], code: int, names: str) -> None:
    shown = remarks(*arguments, code=code)

    assert shown == [f"bevparse: wrote {name} ({Path(name).stat().st_size} B)" for name in names]


def test_report_of_a_saved_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, BODY, "-q", "--save", "run.bev"]) == 0

    (line,) = remarks("report", "run.bev", "--no-config", "-o", "report.html")

    assert line.startswith("bevparse: wrote report.html (")
    assert line.endswith(" kB)")
    assert capsys.readouterr().out == ""


def test_file_is_named_only_if_it_changed() -> None:
    assert remarks("redact", "--in-place", "in.log") == ["bevparse: wrote in.log (32 B)"]
    assert remarks("redact", "--in-place", "in.log") == []


def test_file_that_was_not_written_is_not_named() -> None:
    (line,) = remarks(*RECORDS, BODY, "-o", "absent/a", code=3)

    assert line.startswith("bevparse: cannot write file: ")


def test_object_is_named_without_credentials(bucket: Bucket) -> None:
    shown = remarks(*RECORDS, BODY, "-o", f"s3://bucket/{KEY}.jsonl")

    size = len(bucket.objects[f"{KEY}.jsonl"])
    assert shown == [f"bevparse: wrote s3://bucket/at_REDACTED{21 * '.'}.jsonl ({size} B)"]


@pytest.mark.parametrize("path", ["empty", os.devnull, "-"])
def test_file_without_content_and_standard_output_are_not_named(path: str, folder: Path) -> None:
    (folder / "empty.jsonl").touch()

    assert remarks("redact", "empty.jsonl", "-o", path, "-q") == []


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes")
def test_pipe_is_not_named() -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert remarks("redact", "in.log", "-o", "pipe") == []
        assert len(os.read(reader, 100)) == len(KEY)
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "arguments",
    [
        [*CHECK, BODY, "--output-format=json=a", "--baseline=b", "--update-baseline"],
        ["convert", BODY, "--no-config", "--to=csv", "-o", "a"],
        [*RECORDS, BODY, "-o", "a", "--rejects", "-"],
        [*RECORDS, BODY, "-o", "a"],
        ["redact", "in.log", "-o", "a"],
    ],
)
def test_quiet_run_writes_its_files_and_prints_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert remarks(*arguments, "--quiet") == []
    assert (folder / "a").exists()
    assert capsys.readouterr().out == ""


def test_quiet_run_reports_errors() -> None:
    found, end = remarks(*RECORDS, "faulty.json", "-o", "a", "-q", code=1)

    assert found.startswith("bevparse: faulty.json:1:15: error: BEV204 ")
    assert end.startswith("bevparse: 1 problem; nothing was written; ")


def test_pipe_and_ci_get_no_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remarks("redact", "in.log", "-o", "a", stream=io.StringIO()) == []
    monkeypatch.setenv("CI", "true")
    assert remarks("redact", "in.log", "-o", "a") == []


@pytest.mark.parametrize(
    ("size", "wording"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (740_100, "740 kB"),
        (12_345_678, "12.3 MB"),
        (10**9, "1.0 GB"),
        (10**17, "100000 TB"),
    ],
)
def test_sizes_are_rounded_and_have_units(size: int, wording: str) -> None:
    assert sized(size) == wording
