"""Text for people and for tools that read lines: one for each finding, and one for the counts."""

from __future__ import annotations

from typing import TextIO

from ..report import Checked, Summary
from .wording import counts_line, line_of

__all__ = ["ConciseRenderer"]


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
