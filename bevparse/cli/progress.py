"""The progress of a run on an interactive terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Final, Protocol

from ..stores import is_url
from .remarks import are_read, sized

if TYPE_CHECKING:
    from ..validate import Checked

__all__ = ["Watch", "watching"]

_INTERVAL: Final = 1.0
"""Seconds between two updates."""


class _Display(Protocol):
    def show(self, text: str, done: float | None) -> None: ...
    def clear(self) -> None: ...


class Watch:
    """Counts what has been checked, and shows the counts once a second."""

    def __init__(self, display: _Display, sizes: Iterable[int]) -> None:
        self._display = display
        self._start = self._shown = time.monotonic()
        self._file = ""
        self._files = self._bytes = self._findings = 0
        self._total: int | None = None
        threading.Thread(target=self._add_up, args=(sizes,), daemon=True).start()

    def _add_up(self, sizes: Iterable[int]) -> None:
        self._total = sum(sizes)

    def add(self, checked: Checked) -> None:
        """Count one body or unreadable file, and show the counts if they were shown a second ago or earlier."""
        if checked.file != self._file:
            self._file = checked.file
            self._files += 1
            with contextlib.suppress(OSError, ValueError):
                self._bytes += os.stat(checked.file).st_size  # noqa: PTH116 - a Path raises for names that are too long
        if is_url(checked.file):
            self._bytes += checked.size
        self._findings += len(checked.problems)
        if checked.problems and sys.stdout.isatty():  # the findings are written to the same terminal next
            self._display.clear()
        elif time.monotonic() - self._shown >= _INTERVAL:
            self._shown = time.monotonic()
            self._display.show(*self._text())

    def _text(self) -> tuple[str, float | None]:
        text = f"{_counted(self._files, 'file')}, {sized(self._bytes)}, {_counted(self._findings, 'finding')}"
        if not self._total or not self._bytes:
            return text, None
        done = min(self._bytes / self._total, 1.0)
        left = (time.monotonic() - self._start) * (1 - done) / done
        return f"{text}, {left // 60:.0f}:{left % 60:02.0f} left", done

    def clear(self) -> None:
        """Remove everything that was shown."""
        self._display.clear()


class _Plain:
    """A line that is overwritten."""

    def __init__(self) -> None:
        self._dirty = False

    def show(self, text: str, done: float | None) -> None:
        percent = "" if done is None else f"{done:4.0%} "
        self._dirty = True  # an interrupt may arrive as soon as it is written
        print(f"\r\x1b[K{percent}{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._dirty:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._dirty = False


class _Rich:
    """A progress bar of rich."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - an extra
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - an extra

        columns = BarColumn(), TextColumn("{task.description}", markup=False)
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._task = self._progress.add_task("", total=None)

    def show(self, text: str, done: float | None) -> None:
        self._progress.update(self._task, description=text, total=None if done is None else 1.0, completed=done or 0.0)
        self._progress.start()
        self._progress.refresh()

    def clear(self) -> None:
        self._progress.stop()


@contextlib.contextmanager
def watching(sizes: Iterable[int], *, wanted: bool) -> Generator[Watch | None]:
    """Show the progress of a run if a person reads standard error. Otherwise, return None instead of a `Watch`.

    Args:
        sizes: the sizes of the files in bytes, which are added up in a thread.
        wanted: whether progress may be shown.
    """
    if not (wanted and are_read()):
        yield None
        return
    watch = Watch(_display(), sizes)
    try:
        yield watch
    finally:
        watch.clear()


def _display() -> _Display:
    if "NO_COLOR" in os.environ:
        return _Plain()
    try:
        return _Rich()
    except ImportError:
        return _Plain()


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
