"""Text for people: a line for each finding, the place that it points at, and a line for the counts."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final, TextIO
from unicodedata import combining, east_asian_width

from ...problems import line_of
from ..report import Checked, Excerpt, Summary
from .wording import counts_line

__all__ = ["ConciseRenderer", "TextRenderer"]

_INDENT: Final = "    "


class TextRenderer:
    """Writes lines as compilers do, which editors and terminals know how to open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding, and below it where in the body it is, when that is known."""
        for problem, excerpt in zip_longest(checked.problems, checked.excerpts):
            self._stream.write(line_of(checked.source, problem) + "\n" + (_pointed(excerpt) if excerpt else ""))

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._stream.write(counts_line(summary) + "\n")


def _pointed(excerpt: Excerpt) -> str:
    """Write the line and a caret under the place."""
    return f"{_INDENT}{excerpt.text}\n{_INDENT}{' ' * _columns(excerpt.text[: excerpt.caret])}^\n"


def _columns(text: str) -> int:
    """Count the columns that a terminal needs, where ideographs take two and combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


class ConciseRenderer:
    """Writes lines that editors and terminals know how to open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(line_of(checked.source, problem) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._stream.write(counts_line(summary) + "\n")
