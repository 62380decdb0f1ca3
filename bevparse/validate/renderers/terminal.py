"""Text for people: a line for each finding, with or without an excerpt, and a line for the counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING, Final, TextIO

from ...problems import Problem, line_of, message_of
from ..report import SEVERITIES, Checked, Excerpt, Summary
from .file_counts import FileCounts
from .phrases import counts_line, display_width, headline

if TYPE_CHECKING:
    from ...problems.rules import Severity

__all__ = ["ConciseRenderer", "Screen", "TextRenderer"]

_INDENT: Final = "    "
_HANGING: Final = "  "
"""The indentation of the second line of a broken text, and of those after it."""
_NARROWEST: Final = 20
"""The minimum width of an excerpt in columns. A narrower terminal wraps it."""
_CUT: Final = "..."
_BOLD: Final = "1"
_GREEN: Final = "1;32"
_COLORS: Final[dict[Severity, str]] = {"error": "1;31", "warning": "1;33", "info": "1;36"}
"""Parameters of the escape sequences: bold red, yellow and cyan."""
_AFTER_PART: Final = re.compile("(?<=;) ")
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Screen:
    """How text is shown. The defaults are those of a file."""

    colored: bool = False
    """Whether colours are shown."""
    columns: int | None = None
    """The width that excerpts must fit; None for a file, where they are not cut."""


class ConciseRenderer:
    """Writes lines like a compiler, which editors and terminals can open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._files = FileCounts()
        self.screen = Screen()

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        self._files.add(checked)
        for problem in checked.problems:
            self._stream.write(self._line(checked, problem) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._stream.write(self._counts(summary) + "\n")

    def _counts(self, summary: Summary) -> str:
        self._files.end()
        worst: Severity | None = next((one for one in SEVERITIES[:2] if summary.severities[one]), None)
        color = _COLORS[worst] if worst else _GREEN
        return counts_line(summary, self._painted(headline(self._files), color))

    def _line(self, checked: Checked, problem: Problem) -> str:
        line = line_of(checked.source, problem)
        if self.screen.colored:
            found = f"{problem.code} {message_of(problem)}"
            place = self._painted(line.removesuffix(f" {problem.severity}: {found}"), _BOLD)
            line = f"{place} {self._painted(f'{problem.severity}:', _COLORS[problem.severity])} {found}"
        return line

    def _painted(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self.screen.colored else text


class TextRenderer(ConciseRenderer):
    """Writes the lines of `ConciseRenderer`, each with an excerpt of the body.

    On a terminal, lines are broken between words.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._file: str | None = None

    def body(self, checked: Checked) -> None:
        """Write a line for each finding and its excerpt, if there is one."""
        self._files.add(checked)
        if checked.problems:
            self._begin(checked.file)
        for problem, excerpt in zip_longest(checked.problems, checked.excerpts):
            shown = self._with_caret(excerpt, _COLORS[problem.severity]) if excerpt else ""
            self._stream.write(f"{self._broken(self._line(checked, problem).split(' '))}\n{shown}")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._begin("")
        self._stream.write(f"{self._broken(_AFTER_PART.split(self._counts(summary)))}\n")

    def _begin(self, file: str) -> None:
        """Write a blank line if this is a terminal and the previous findings are in another file."""
        if self.screen.columns is not None and self._file not in (None, file):
            self._stream.write("\n")
        self._file = file

    def _broken(self, parts: Sequence[str]) -> str:
        """Return parts joined by blanks. On a terminal, a part that does not fit begins a new line."""
        if self.screen.columns is None:
            return " ".join(parts)
        lines: list[str] = []
        left = 0
        for part in parts:
            width = display_width(_ESCAPES.sub("", part))
            if width < left:
                lines[-1] += f" {part}"
                left -= width + 1
            else:
                lines.append(f"{_HANGING}{part}" if lines else part)
                left = self.screen.columns - display_width(_ESCAPES.sub("", lines[-1]))
        return "\n".join(lines)

    def _with_caret(self, excerpt: Excerpt, color: str) -> str:
        if self.screen.columns is not None:
            excerpt = _fitted(excerpt, max(self.screen.columns - len(_INDENT), _NARROWEST))
        blank = " " * display_width(excerpt.text[: excerpt.caret])
        return f"{_INDENT}{excerpt.text}\n{_INDENT}{blank}{self._painted('^', color)}\n"


def _fitted(excerpt: Excerpt, columns: int) -> Excerpt:
    """Return an excerpt that is cut on one side or both, so that it and the caret below it fit."""
    before, after = excerpt.text[: excerpt.caret], excerpt.text[excerpt.caret :]
    right = max(display_width(after), 1)  # the caret may be after the end
    before = "".join(_beginning(_clusters(before)[::-1], max(columns // 2, columns - right))[::-1])
    after = "".join(_beginning(_clusters(after), columns - display_width(before)))
    return Excerpt(before + after, len(before))


def _clusters(text: str) -> list[str]:
    """Return the characters of a text, each with its combining marks."""
    clusters: list[str] = []
    for one in text:
        if clusters and not display_width(one):
            clusters[-1] += one
        else:
            clusters.append(one)
    return clusters


def _beginning(clusters: list[str], columns: int) -> list[str]:
    """Return the first characters that fit into the columns, with dots if there are more."""
    ends = [*accumulate(map(display_width, clusters))]
    if not ends or ends[-1] <= columns:
        return clusters
    return [*(one for one, end in zip(clusters, ends, strict=True) if end <= columns - len(_CUT)), _CUT]
