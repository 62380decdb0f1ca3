"""Text for people: a line for each finding, and one for the counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TextIO

from ...problems import Problem, printable
from ..report import Checked, Summary

__all__ = ["TextRenderer", "line_of"]


class TextRenderer:
    """Writes lines that editors and terminals know how to open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(line_of(checked.source, problem) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        kinds = "".join(f"; {part}" for part in _kinds(summary))
        unreadable = f", {summary.unreadable} not readable" if summary.unreadable else ""
        found = ", ".join(_counted(summary.severities[one], one) for one in ("error", "warning"))
        bodies = "1 body" if summary.bodies == 1 else f"{summary.bodies} bodies"
        self._stream.write(f"{bodies} checked, {summary.sound} sound{unreadable}, {found}{kinds}\n")


def line_of(source: str, problem: Problem) -> str:
    """Write one finding as `path:line:column: code message (pointer)`."""
    place = "".join(f":{number}" for number in (problem.line, problem.column) if number is not None)
    pointer = f" ({printable(problem.pointer)})" if problem.pointer else ""
    return f"{printable(source)}{place}: {problem.code} {problem.message}{pointer}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _kinds(summary: Summary) -> Iterator[str]:
    for endpoint, group in groupby(sorted(summary.kinds.items()), key=lambda kind: kind[0][0]):
        counts = {format: count for (_, format), count in group}
        formats = ", ".join(f"{count} {format}" for format, count in counts.items())
        yield f"{sum(counts.values())} {endpoint} ({formats})"
