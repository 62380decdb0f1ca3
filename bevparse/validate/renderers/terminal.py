"""Text for people: a line for each finding, with or without an excerpt, and a line for the counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TextIO

from ...problems import Problem, line_of, message_of
from ..report import SEVERITIES, Checked, Excerpt, Summary
from .phrases import counts_line, display_width

if TYPE_CHECKING:
    from ...problems.rules import Severity

__all__ = ["ConciseRenderer", "Screen", "TextRenderer"]

_INDENT: Final = "    "
_BOLD: Final = "1"
_GREEN: Final = "1;32"
_COLORS: Final[dict[Severity, str]] = {"error": "1;31", "warning": "1;33", "info": "1;36"}
"""Parameters of the escape sequences: bold red, yellow and cyan."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What shows the text; the default is a file."""

    colored: bool = False
    """Whether it shows colours."""


class ConciseRenderer:
    """Writes lines like a compiler, which editors and terminals can open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.screen = Screen()

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(self._line(checked, problem))

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        worst: Severity | None = next((one for one in SEVERITIES[:2] if summary.severities[one]), None)
        color = _COLORS[worst] if worst else _GREEN
        self._stream.write(self._painted(counts_line(summary), color) + "\n")

    def _line(self, checked: Checked, problem: Problem) -> str:
        line = line_of(checked.source, problem)
        if self.screen.colored:
            found = f"{problem.code} {message_of(problem)}"
            place = self._painted(line.removesuffix(f" {problem.severity}: {found}"), _BOLD)
            line = f"{place} {self._painted(f'{problem.severity}:', _COLORS[problem.severity])} {found}"
        return line + "\n"

    def _painted(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self.screen.colored else text


class TextRenderer(ConciseRenderer):
    """Writes the same lines, each with an excerpt of the body."""

    def body(self, checked: Checked) -> None:
        """Write a line for each finding and its excerpt, if there is one."""
        for problem, excerpt in zip_longest(checked.problems, checked.excerpts):
            shown = self._with_caret(excerpt, _COLORS[problem.severity]) if excerpt else ""
            self._stream.write(self._line(checked, problem) + shown)

    def _with_caret(self, excerpt: Excerpt, color: str) -> str:
        blank = " " * display_width(excerpt.text[: excerpt.caret])
        return f"{_INDENT}{excerpt.text}\n{_INDENT}{blank}{self._painted('^', color)}\n"
