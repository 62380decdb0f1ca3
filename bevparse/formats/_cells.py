"""A reader of CSV that knows where it is: slower than the csv module, bound by no process-wide setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import maxsize

from ..errors import DecodeError
from ..problems import Problem

__all__ = ["scan_rows"]

_LINE_END = re.compile(r"\r\n|\r|\n")


def scan_rows(text: str, delimiter: str, most: int = maxsize) -> Iterator[tuple[int, list[str]]]:
    """Read rows with the line, from 1, on which each begins; blank lines are passed over.

    A row ends, cut short, with one cell more than is allowed, so that it can be refused.

    Raises:
        DecodeError: a quote is not closed, or is followed by something other than a separator.
    """
    cell = re.compile(rf'(?:"((?:[^"]|"")*+)"|([^{delimiter}\r\n]*+))({delimiter}|\r\n|\r|\n|\Z)')
    line, index, begun = 1, 0, 1
    row: list[str] = []
    while index < len(text) or row:
        found = cell.match(text, index)
        if found is None or (found[1] is None and found[2].startswith('"')):
            raise _fault(text, index)
        row.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        index = found.end()
        line += _line_ends(found[0])
        if found[3] != delimiter or len(row) > most:
            if row != [""] or found[1] is not None:
                yield begun, row
            row, begun = [], line


def _line_ends(text: str) -> int:
    return len(_LINE_END.findall(text)) if "\n" in text or "\r" in text else 0


def _fault(text: str, index: int) -> DecodeError:
    closed = re.compile(r'"(?:[^"]|"")*+"').match(text, index)
    if closed:
        message, index = "expected a separator after the closing quote, got another character", closed.end()
    else:
        message = "expected a closing quote, got the end of the body"
    return DecodeError(Problem("BEV130", message, "", *_place(text, index)), "csv")


def _place(text: str, index: int) -> tuple[int, int]:
    """Tell the line and column of a character, where carriage returns end lines, too."""
    ends = [found.end() for found in _LINE_END.finditer(text, 0, index)]
    return len(ends) + 1, index - (ends[-1] if ends else 0) + 1
