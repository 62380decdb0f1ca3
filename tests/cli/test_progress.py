"""Progress on a terminal, and only there."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bevparse.cli import main, progress
from bevparse.cli.progress import watching
from bevparse.problems import Problem
from bevparse.validate import Checked

ERASE = "\r\x1b[K"
FOUND = (Problem("BEV204", "expected an integer, got 'x'"),)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


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
    """Standard error as a terminal, and a clock that advances by a second at each reading."""
    stream = Terminal()
    seconds: Iterator[int] = iter(range(10_000))
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream, stdout=io.StringIO()))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    monkeypatch.setattr(progress, "threading", SimpleNamespace(Thread=AtOnce))
    return stream


def written(name: str, size: int) -> str:
    Path(name).write_bytes(bytes(size))
    return name


def test_files_bytes_and_findings_are_counted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watching([], wanted=True) as watch:
        assert watch
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


def test_time_left_is_shown_if_the_total_is_known(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with watching([10, 990], wanted=True) as watch:
        assert watch
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


def test_it_is_shown_once_a_second(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: 1.0))
    with watching([], wanted=True) as watch:
        assert watch
        watch.add(Checked("a"))

    assert terminal.getvalue() == ""


def test_it_makes_room_for_findings_on_the_same_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal, stdout=terminal))
    with watching([], wanted=True) as watch:
        assert watch
        watch.add(Checked("a"))
        watch.add(Checked("a", problems=FOUND))
        print("a: odd", file=terminal)

    assert terminal.getvalue() == f"{ERASE}1 file, 0 B, 0 findings{ERASE}a: odd\n"


@pytest.mark.parametrize(
    ("size", "wording"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (10**9, "1.0 GB"), (10**16, "10000.0 TB")],
)
def test_sizes_are_worded_for_people(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, size: int, wording: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(
        progress, "os", SimpleNamespace(environ=os.environ, stat=lambda _: SimpleNamespace(st_size=size))
    )
    with watching([], wanted=True) as watch:
        assert watch
        watch.add(Checked("a"))

    assert f"1 file, {wording}, 0 findings" in terminal.getvalue()


def test_a_bar_is_drawn_where_rich_is_installed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with watching([20], wanted=True) as watch:
        assert watch
        watch.add(Checked("absent[bold]"))
        watch.add(Checked(written("a", 10)))
        before = terminal.getvalue()

    assert "1 file, 0 B, 0 findings" in before
    assert "2 files, 10 B, 0 findings" in before
    assert "left" in before
    assert "\u2501" in before
    assert terminal.getvalue()[len(before) :].endswith("\x1b[2K")


@pytest.mark.parametrize("module", ["rich.console", "rich.progress"])
def test_without_rich_it_is_a_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with watching([], wanted=True) as watch:
        assert watch
        watch.add(Checked("a"))

    assert terminal.getvalue() == f"{ERASE}1 file, 0 B, 0 findings{ERASE}"


def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=io.StringIO()))


def under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")


@pytest.mark.parametrize("without", [no_terminal, under_ci])
def test_no_progress_without_a_terminal_or_under_ci(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    without(monkeypatch)
    with watching([], wanted=True) as watch:
        assert watch is None

    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("options", "shown"), [([], True), (["--no-progress"], False)])
def test_no_progress_disables_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, options: list[str], shown: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    Path("a.json").write_text('{"response":{"id":5}}')
    Path("b.json").write_text('{"response":{"id":6}}')

    assert main(["validate", "a.json", "b.json", *options]) == 0
    expected = f"{ERASE} 50% 1 file, 21 B, 0 findings, 0:03 left{ERASE}100% 2 files, 42 B, 0 findings, 0:00 left{ERASE}"
    assert terminal.getvalue() == (expected if shown else "")


def test_it_is_cleared_at_any_end_of_the_run(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    manager = watching([], wanted=True)
    watch = manager.__enter__()
    assert watch
    watch.add(Checked("a"))
    manager.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert terminal.getvalue().endswith(f" findings{ERASE}")
