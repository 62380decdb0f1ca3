"""A reader of CSV that knows where it is: slower than the csv module, bound by no process-wide setting."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from sys import maxsize
from typing import Final, NamedTuple

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, rules
from ..problems.rules import Rule
from ..tree import Node, Path, Table
from . import Document, Kind
from .text import encoded, read_text

__all__ = [
    "Row",
    "decode",
    "encode",
    "find_delimiter",
    "kind",
    "locate",
    "media_types",
    "name",
    "place_of_cell",
    "scan_rows",
    "sniff",
    "spell_cell",
    "suffixes",
]

_CELL_LINE_END = re.compile(r"\r\n|\r|\n")


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
    return len(_CELL_LINE_END.findall(text)) if "\n" in text or "\r" in text else 0


def _fault(text: str, index: int) -> DecodeError:
    closed = re.compile(r'"(?:[^"]|"")*+"').match(text, index)
    if closed:
        message, index = "expected a separator after the closing quote, got another character", closed.end()
    else:
        message = "expected a closing quote, got the end of the body"
    return DecodeError(Problem.of(rules.CSV_SYNTAX, message, "", *_place(text, index)), "csv")


def _place(text: str, index: int) -> tuple[int, int]:
    """Tell the line and column of a character, where carriage returns end lines, too."""
    ends = [found.end() for found in _CELL_LINE_END.finditer(text, 0, index)]
    return len(ends) + 1, index - (ends[-1] if ends else 0) + 1


name: Final = "csv"

kind: Final[Kind] = "table"

suffixes: Final = (".csv", ".tsv")

media_types: Final = ("text/csv", "application/csv")

_QUOTED = re.compile('[\\s,"]')
_FIRST_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_CHUNK = 2**16


class _LimitPassedError(Exception):
    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(rule, message)
        self.rule = rule
        self.message = message


def sniff(head: bytes) -> bool:
    """Tell whether a body starts with a quote, or has a separator in its first line."""
    line = re.split(rb"[\r\n]", head.lstrip(b" \t\r\n"), maxsplit=1)[0]
    return line[:1] == b'"' or (line[:1] not in (b"<", b"{", b"[") and any(mark in line for mark in b",;\t"))


def decode(data: bytes | str, limits: Limits) -> Document:
    """Turn CSV into a table; blank lines are passed over.

    Raises:
        DecodeError: the encoding, a quote that is not closed or is followed by text, or a limit.
    """
    text, problems = read_text(data, name)
    delimiter = find_delimiter(text)
    if delimiter != ",":
        message = f"expected cells separated by a comma, accepted a {'tab' if delimiter == chr(9) else 'semicolon'}"
        problems = (*problems, Problem.of(rules.CSV_DELIMITER, message, "", 1, 1))
    try:
        lines = _bounded_lines(text, delimiter, limits)
        rows = _rows(csv.reader(lines, delimiter=delimiter, strict=True), limits)
    except (csv.Error, _LimitPassedError):  # a fault, a limit, or a cell above the csv module's process-wide bound
        rows = _placed_rows(text, delimiter, limits)
    return Document(Table(rows[0], rows[1:]) if rows else Table([], []), problems)


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Find the lines and columns at which rows, or cells of them, begin in a body that `decode` has accepted."""
    text = read_text(data, name)[0]
    wanted: dict[int, list[Path]] = {}
    for path in paths:
        wanted.setdefault(path[0] if path else -1, []).append(path)
    found: dict[Path, tuple[int, int]] = {}
    for number, row in enumerate(scan_rows(text, find_delimiter(text)), start=-1):
        for path in wanted.pop(number, ()):
            found[path] = place_of_cell(text, row, path[1] if len(path) > 1 else 0)
        if not wanted:
            break
    return found


def find_delimiter(text: str) -> str:
    """Take the comma, unless the header has none but has a semicolon or a tab."""
    header = _FIRST_LINE.match(text.lstrip("\r\n"))
    line = header[0] if header else ""
    return next((mark for mark in ",;\t" if mark in line), ",")


def _lines_of(text: str) -> Iterator[str]:
    """Split at line ends, which stay, a chunk at a time: one `StringIO` would hold four bytes a character."""
    start = 0
    while start < len(text):
        found = _LINE_END.search(text, start + _CHUNK)
        end = found.end() if found else len(text)
        yield from io.StringIO(text[start:end], newline="")
        start = end


def _bounded_lines(text: str, delimiter: str, limits: Limits) -> Iterator[str]:
    """Stop before a line whose cells are too many, or too long, to be taken into memory."""
    most = limits.records + limits.string
    for line in _lines_of(text):
        if len(line) > most and line.count(delimiter) > most:
            raise _LimitPassedError(rules.TOO_MANY_RECORDS, limits.passed("records"))
        yield line


def _rows(reader: Iterable[list[str]], limits: Limits) -> list[list[str]]:
    rows: list[list[str]] = []
    longest, most = limits.string, limits.records
    for row in reader:
        if row:
            if max(map(len, row)) > longest:
                raise _LimitPassedError(rules.STRING_TOO_LONG, limits.passed("string", max(map(len, row))))
            if len(rows) > most or len(row) > most:
                raise _LimitPassedError(rules.TOO_MANY_RECORDS, limits.passed("records"))
            rows.append(row)
    return rows


def _placed_rows(text: str, delimiter: str, limits: Limits) -> list[list[str]]:
    """Read rows again in the way that knows where it is."""
    lines = [1]

    def noting() -> Iterator[list[str]]:
        for row in scan_rows(text, delimiter, limits.records):
            lines[:] = [row.line]
            yield row.cells

    try:
        return _rows(noting(), limits)
    except _LimitPassedError as passed:
        raise DecodeError(Problem.of(passed.rule, passed.message, "", lines[0], 1), name) from None


def encode(root: Node) -> bytes:
    """Write a table with commas and line feeds; a cell is quoted when it holds a comma, a quote or white space.

    Raises:
        EncodeError: the tree is no table, or a text holds a lone surrogate.
    """
    if not isinstance(root, Table):
        raise EncodeError(Problem.of(rules.CANNOT_CARRY, "expected a table, got a tree that is none"), name)
    try:
        return encoded(_lines(root))
    except UnicodeEncodeError:
        problem = Problem.of(rules.CANNOT_CARRY, "expected characters that CSV can carry, got a lone surrogate")
        raise EncodeError(problem, name) from None


def _lines(table: Table) -> Iterator[str]:
    for row in (table.header, *table.rows):
        line = ",".join(spell_cell(text) for text in row)
        yield (line or '""') + "\n"


def spell_cell(text: str) -> str:
    """Write one cell, in quotes where they are needed."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
