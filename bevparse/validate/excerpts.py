"""The lines of a body that problems point at, cut to the width of a screen, with API keys masked."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Final

from ..apikeys import masked
from ..errors import DecodeError
from ..formats.text import declared_encoding, read_text
from ..problems import COMMANDS, Problem, escape
from .report import Excerpt

__all__ = ["excerpts"]

_WIDTH: Final = 120
_CUT: Final = "..."
_PIECE: Final = 2**16
_LINE_FEED: Final = re.compile("\n")
_ANY_END: Final = re.compile("\r\n|\r|\n")
_UTF_16: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def excerpts(body: bytes, format: str | None, problems: Sequence[Problem]) -> tuple[Excerpt | None, ...]:
    """Return the line that each problem points at, in one pass over the body.

    Args:
        body: the body.
        format: the format that the body was read as.
        problems: the problems, in any order.

    Returns:
        An excerpt for each problem, in the same order; None if a problem has no line, or the line is blank.
    """
    found: list[Excerpt | None] = [None] * len(problems)
    if all(problem.line is None for problem in problems):
        return tuple(found)
    text = _text(body, format)
    lines = _Lines(text, _ANY_END if format in ("csv", "xml") else _LINE_FEED)
    for index in sorted(range(len(problems)), key=lambda index: _place(problems[index])):
        line, column = _place(problems[index])
        if line:
            start = lines.start(line)
            found[index] = _excerpt(text, start, start + column - 1, lines.end)
    return tuple(found)


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line or 0, problem.column or 1


def _text(body: bytes, format: str | None) -> str:
    """Decode a body as its format does; if that fails, return the text up to a little after the invalid byte."""
    try:
        return read_text(body, format or "", declared_encoding(body) if format == "xml" else None)[0]
    except DecodeError:
        mark, encoding = next((known for known in _UTF_16 if body.startswith(known[0])), (b"", "utf-8"))
    data = memoryview(body)[len(mark) :]
    try:
        return str(data, encoding)
    except UnicodeDecodeError as error:
        rest = data[error.start : error.start + 2 * _WIDTH]  # more than is shown, so that keys are complete
        return str(data[: error.start], encoding) + str(rest, encoding, "backslashreplace")


class _Lines:
    """Finds the beginnings of lines, in ascending order."""

    def __init__(self, text: str, end: re.Pattern[str]) -> None:
        self.end = end
        self._text = text
        self._line, self._start = 1, 0

    def start(self, line: int) -> int:
        """Return the index at which a line begins; after the last line, the index of the end."""
        index = self._start
        while self._line < line and index < len(self._text):
            stop = self._stop(index)
            ends = self._count(index, stop)
            if self._line + ends < line:
                self._line += ends
                index = self._start = stop
            else:
                wanted = islice(self.end.finditer(self._text, index, stop), line - self._line - 1, None)
                index = self._start = next(wanted).end()
                self._line = line
        return self._start

    def _stop(self, index: int) -> int:
        """Return the end of a piece, which is not between a carriage return and its line feed."""
        stop = min(index + _PIECE, len(self._text))
        return stop + self._text.startswith("\r\n", stop - 1)

    def _count(self, start: int, stop: int) -> int:
        count = self._text.count("\n", start, stop)
        if self.end is _ANY_END:
            count += self._text.count("\r", start, stop) - self._text.count("\r\n", start, stop)
        return count


def _excerpt(text: str, start: int, at: int, end: re.Pattern[str]) -> Excerpt | None:
    """Return a line cut around a position in it."""
    begin = min(max(start, at - _WIDTH), len(text))
    within = end.search(text, begin, at)
    at = within.start() if within else min(at, len(text))
    stop = min(at + _WIDTH, len(text))
    ended = end.search(text, at, stop)
    shown = masked(text, begin, stop)
    middle = at - begin
    pieces = [*map(escape, shown)]
    for command in COMMANDS.finditer(shown):
        pieces[command.end() - 1] = f"\\x{ord(shown[command.end() - 1]):02x}"
    before, after = pieces[:middle], pieces[middle : ended.start() - begin] if ended else pieces[middle:]
    if ended and shown.endswith("\r", middle, ended.start() - begin):
        after.pop()
    left, right = sum(map(len, before)), sum(map(len, after))
    cut_left, cut_right = begin > start, not ended and stop < len(text)
    if cut_left or cut_right or left + right > _WIDTH:
        half = _WIDTH // 2
        room = max(half, _WIDTH - right - len(_CUT) * cut_right)
        before = _fitting(before[::-1], room, cut=cut_left)[::-1]
        after = _fitting(after, _WIDTH - sum(map(len, before)), cut=cut_right)
    line = "".join(before + after)
    return Excerpt(line, sum(map(len, before))) if line.strip() else None


def _fitting(pieces: list[str], room: int, *, cut: bool) -> list[str]:
    """Return the pieces that fit, with dots if there are more."""
    if not cut and sum(map(len, pieces)) <= room:
        return pieces
    ends = accumulate(map(len, pieces))
    return [*(piece for piece, end in zip(pieces, ends, strict=True) if end <= room - len(_CUT)), _CUT]
