"""Text for people: a line for each finding, with or without an excerpt, and a line for the counts."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final, TextIO

from ...problems import line_of
from ..report import Checked, Excerpt, Summary
from .phrases import counts_line, display_width

__all__ = ["ConciseRenderer", "TextRenderer"]

_INDENT: Final = "    "


class ConciseRenderer:
    """Writes lines like a compiler, which editors and terminals can open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(line_of(checked.source, problem) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._stream.write(counts_line(summary) + "\n")


class TextRenderer(ConciseRenderer):
    """Writes the same lines, each with an excerpt of the body."""

    def body(self, checked: Checked) -> None:
        """Write a line for each finding and its excerpt, if there is one."""
        for problem, excerpt in zip_longest(checked.problems, checked.excerpts):
            self._stream.write(line_of(checked.source, problem) + "\n" + (_with_caret(excerpt) if excerpt else ""))


def _with_caret(excerpt: Excerpt) -> str:
    caret = " " * display_width(excerpt.text[: excerpt.caret]) + "^"
    return f"{_INDENT}{excerpt.text}\n{_INDENT}{caret}\n"
