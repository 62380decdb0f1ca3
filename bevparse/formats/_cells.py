"""A reader of CSV that knows where it is: slower than the csv module, bound by no process-wide setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import maxsize
from typing import NamedTuple

from ..errors import DecodeError
from ..problems import Problem

__all__ = ["Row", "place_of_cell", "scan_rows"]

_LINE_END = re.compile(r"\r\n|\r|\n")


class Row(NamedTuple):
    """A row, and where it is."""

    line: int
    """The line on which it begins, from 1."""
    cells: list[str]
    starts: list[int]
    """The indexes in the text at which the cells begin, and behind them the one at which the row ends."""


def scan_rows(text: str, delimiter: str, most: int = maxsize) -> Iterator[Row]:
    """Read rows; blank lines are passed over.

    A row ends, cut short, with one cell more than is allowed, so that it can be refused.

    Raises:
        DecodeError: a quote is not closed, or is followed by something other than a separator.
    """
    cell = re.compile(rf'(?:"((?:[^"]|"")*+)"|([^{delimiter}\r\n]*+))({delimiter}|\r\n|\r|\n|\Z)')
    line, index = 1, 0
    row = Row(1, [], [])
    while index < len(text) or row.cells:
        found = cell.match(text, index)
        if found is None or (found[1] is None and found[2].startswith('"')):
            raise _fault(text, index)
        row.cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        row.starts.append(index)
        index = found.end()
        line += _line_ends(found[0])
        if found[3] != delimiter or len(row.cells) > most:
            if row.cells != [""] or found[1] is not None:
                row.starts.append(found.start(3))
                yield row
            row = Row(line, [], [])


def place_of_cell(text: str, row: Row, number: int) -> tuple[int, int]:
    """Tell the line and column at which a cell of a row begins, or the row ends where there is no such cell."""
    start, at = row.starts[0], row.starts[min(number, len(row.starts) - 1)]
    line, column = _place(text[start:at], at - start)
    return row.line + line - 1, column


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
