"""Progress on a terminal, and only there."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr
from itertools import count
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.cli.progress import Watch, watching
from bevparse.problems import Problem
from bevparse.validate import Checked

from .streams import InterruptedInput, Terminal

ERASE = "\r\x1b[K"
FOUND = (Problem("BEV204", "expected an integer, got 'x'"),)


class AtOnce(threading.Thread):
    """A thread that has finished its work when `start` returns."""

    def start(self) -> None:
        self.run()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the environment variables that control whether progress is shown."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, and a clock that advances by a second at each reading."""
    monkeypatch.setattr(time, "monotonic", count().__next__)
    monkeypatch.setattr(threading, "Thread", AtOnce)
    return Terminal()


@contextmanager
def watched(terminal: Terminal, sizes: list[int]) -> Generator[Watch]:
    """Show progress on a terminal, which is standard error."""
    with redirect_stderr(terminal), watching(sizes, wanted=True) as watch:
        assert watch
        yield watch


def written(name: str, size: int) -> str:
    Path(name).write_bytes(bytes(size))
    return name


def test_files_bytes_and_findings_are_counted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watched(terminal, []) as watch:
        watch.add(Checked(written("a", 999)))
        watch.add(Checked("a", "#/1", problems=FOUND))
        watch.add(Checked(written("b", 1001), problems=FOUND * 2))
        watch.add(Checked("<stdin>"))
        watch.add(Checked("nul\0"))

    assert terminal.getvalue().split(ERASE) == [
        "",
        "1 file, 999 B, 0 findings",
        "1 file, 999 B, 1 finding",
        "2 files, 2.0 kB, 3 findings",
        "3 files, 2.0 kB, 3 findings",
        "4 files, 2.0 kB, 3 findings",
        "",
    ]


def test_bytes_of_objects_are_counted_when_they_are_checked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watched(terminal, []) as watch:
        watch.add(Checked("s3://bucket/july.zip", "!/a.json", size=400))
        watch.add(Checked("s3://bucket/july.zip", "!/b.json", size=600))

    assert terminal.getvalue().split(ERASE) == ["", "1 file, 400 B, 0 findings", "1 file, 1.0 kB, 0 findings", ""]


def test_time_left_is_shown_if_the_total_is_known(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watched(terminal, [10, 990]) as watch:
        watch.add(Checked("absent"))
        watch.add(Checked(written("a", 10)))
        watch.add(Checked(written("b", 2000)))

    assert terminal.getvalue().split(ERASE) == [
        "",
        "1 file, 0 B, 0 findings",
        "  1% 2 files, 10 B, 0 findings, 8:15 left",
        "100% 3 files, 2.0 kB, 0 findings, 0:00 left",
        "",
    ]


def test_progress_is_shown_once_a_second(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    with watched(terminal, []) as watch:
        watch.add(Checked("a"))

    assert terminal.getvalue() == ""


def test_progress_is_erased_before_a_finding_is_printed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", terminal)
    with watched(terminal, []) as watch:
        watch.add(Checked("a"))
        watch.add(Checked("a", problems=FOUND))
        print("a: odd", file=terminal)

    assert terminal.getvalue() == f"{ERASE}1 file, 0 B, 0 findings{ERASE}a: odd\n"


def test_progress_is_a_bar_if_rich_is_installed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with watched(terminal, [20]) as watch:
        watch.add(Checked("absent[bold]"))
        watch.add(Checked(written("a", 10)))
        before = terminal.getvalue()

    assert "1 file, 0 B, 0 findings" in before
    assert "2 files, 10 B, 0 findings" in before
    assert "left" in before
    assert "\u2501" in before
    assert terminal.getvalue()[len(before) :].endswith("\x1b[2K")


@pytest.mark.parametrize("module", ["rich.console", "rich.progress"])
def test_progress_is_a_line_without_rich(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with watched(terminal, []) as watch:
        watch.add(Checked("a"))

    assert terminal.getvalue() == f"{ERASE}1 file, 0 B, 0 findings{ERASE}"


@pytest.mark.parametrize(("stream", "ci"), [(io.StringIO(), ""), (Terminal(), "true")])
def test_progress_is_not_shown_without_a_terminal_or_in_ci(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    with redirect_stderr(stream), watching([], wanted=True) as watch:
        assert watch is None

    assert stream.getvalue() == ""


@pytest.mark.parametrize(("options", "shown"), [([], True), (["--no-progress"], False), (["-q"], False)])
def test_no_progress_and_quiet_disable_progress(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, options: list[str], shown: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Path("a.json").write_text('{"response":{"id":5}}')
    Path("b.json").write_text('{"response":{"id":6}}')

    with redirect_stderr(terminal):
        assert main(["validate", "a.json", "b.json", *options]) == 0
    expected = f"{ERASE} 50% 1 file, 21 B, 0 findings, 0:03 left{ERASE}100% 2 files, 42 B, 0 findings, 0:00 left{ERASE}"
    assert terminal.getvalue() == (expected if shown else "")


def test_progress_is_erased_when_the_run_is_interrupted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(InterruptedInput())))

    with redirect_stderr(terminal):
        assert main(["validate", written("a", 1), "-"]) == 130
    assert terminal.getvalue().endswith(f" left{ERASE}bevparse: interrupted\n")
