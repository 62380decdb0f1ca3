"""CSV: a header and rows of text.

The csv module reads the rows. If it fails, a slower reader reads them again: it knows lines and columns, and depends
on no process-wide setting.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple, cast

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, rules
from ..tree import Node, Path, Table
from .protocol import Document, Kind
from .text import encode_pieces, read_text

__all__ = [
    "decode",
    "encode",
    "find_delimiter",
    "is_padded",
    "kind",
    "locate",
    "media_types",
    "name",
    "row_end",
    "sniff",
    "spell_cell",
    "suffixes",
]

name: Final = "csv"
kind: Final[Kind] = "table"
suffixes: Final = (".csv", ".tsv")
media_types: Final = ("text/csv", "application/csv")
_QUOTED = re.compile('[\\s,"]')
_FIRST_LINE = re.compile(r"[\r\n]*+([^\r\n]*+)")
_DELIMITERS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_QUOTES: Final = re.compile('"[^"]*+(?:"|\\Z)')
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK_LINES: Final = re.compile(r"[\r\n]++")
_CHUNK: Final = 2**16


def sniff(head: bytes) -> bool:
    """Return whether a body starts with a quote, or has a separator in its first line."""
    line = re.split(rb"[\r\n]", head.lstrip(b" \t\r\n"), maxsplit=1)[0]
    return line[:1] == b'"' or (line[:1] not in (b"<", b"{", b"[") and any(mark in line for mark in b",;\t"))


def decode(data: bytes | str, limits: Limits) -> Document:
    """Decode CSV to a table. Blank lines are skipped.

    Raises:
        DecodeError: the encoding is wrong, a quote is not closed or is followed by text, or a limit is exceeded.
    """
    text, problems = read_text(data, name, returns=True)
    table = _Text(text)
    if table.delimiter != "," or table.is_padded:
        accepted = f"{_DELIMITERS[table.delimiter]}{' and blanks after it' if table.is_padded else ''}"
        message = f"expected cells separated by a comma, accepted {accepted}"
        problems = (*problems, Problem.of(rules.CSV_DELIMITER, message, "", 1, 1))
    rows = table.rows(limits)
    return Document(Table(rows[0], rows[1:]) if rows else Table([], []), problems)


def find_delimiter(text: str) -> str:
    """Return the comma, unless the header has none outside quotes but has a semicolon or a tab."""
    return _delimiter_in(_header(text))


def is_padded(text: str) -> bool:
    """Return whether a blank follows each delimiter in the header. Then such blanks are not part of the cells."""
    return _Text(text).is_padded


def _delimiter_in(header: str) -> str:
    return next((mark for mark in _DELIMITERS if mark in header), ",")


def _header(text: str) -> str:
    """Return the first line that is not empty, without what is in quotes."""
    line = cast("re.Match[str]", _FIRST_LINE.match(text))[1]
    return _QUOTES.sub("", line) if '"' in line else line


class _LimitPassedError(Exception):
    pass


def _lines_of(text: str) -> Iterator[str]:
    """Return the lines of a text with their line ends.

    The text is split chunk by chunk, because one `StringIO` would take four bytes per character.
    """
    start = 0
    while start < len(text):
        found = _LINE_END.search(text, start + _CHUNK)
        end = found.end() if found else len(text)
        yield from io.StringIO(text[start:end], newline="")
        start = end


class _LocatedRow(NamedTuple):
    """A row and its location."""

    line: int
    """The line on which it begins, from 1."""
    cells: list[str]
    starts: list[int]
    """The indexes in the text at which the cells begin, and after them the index at which the row ends."""


class _Text:
    """The text of a body, with the delimiter of its cells."""

    def __init__(self, text: str) -> None:
        header = _header(text)
        self.delimiter = _delimiter_in(header)
        self.is_padded = 0 < header.count(self.delimiter) == header.count(f"{self.delimiter} ")
        self._text = text

    def rows(self, limits: Limits) -> list[list[str]]:
        """Return the rows that are not blank.

        Raises:
            DecodeError: a quote is not closed or is followed by text, or a limit is exceeded.
        """
        rows: list[list[str]] = []
        longest, most = limits.string, limits.records
        lines = self._lines(most + longest)
        try:
            for row in csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=self.is_padded):
                if row:
                    if max(map(len, row)) > longest or len(rows) > most or len(row) > most:
                        raise _LimitPassedError
                    rows.append(row)
        except (csv.Error, _LimitPassedError):  # or a cell above the process-wide limit of the csv module
            return self._located_rows_within(limits)
        return rows

    def _lines(self, most: int) -> Iterator[str]:
        """Return the lines, and stop before a line with too many delimiters: its cells would take too much memory."""
        for line in _lines_of(self._text):
            if len(line) > most and line.count(self.delimiter) > most:
                raise _LimitPassedError
            yield line

    def _located_rows_within(self, limits: Limits) -> list[list[str]]:
        rows: list[list[str]] = []
        for row in self.located_rows(limits.records + 1):
            longest = max(map(len, row.cells))
            if longest > limits.string:
                rule, message = rules.STRING_TOO_LONG, limits.passed("string", longest)
            elif max(len(rows), len(row.cells)) > limits.records:
                rule, message = rules.TOO_MANY_RECORDS, limits.passed("records")
            else:
                rows.append(row.cells)
                continue
            raise DecodeError(Problem.of(rule, message, "", row.line, 1), name)
        return rows

    def located_rows(self, most_cells: int | None = None) -> Iterator[_LocatedRow]:
        """Return the rows with their locations, without blank lines. Longer rows are divided after `most_cells`.

        Raises:
            DecodeError: a quote is not closed, or is followed by something other than a separator.
        """
        text, delimiter = self._text, self.delimiter
        blanks = " *+" if self.is_padded else ""
        cell = re.compile(rf'{blanks}(?:"((?:[^"]|"")*+)"|([^{delimiter}\r\n]*+))({delimiter}|\r\n|\r|\n|\Z)')
        line, index = 1, 0
        row = _LocatedRow(1, [], [])
        while index < len(text) or row.cells:
            if not row.cells and text[index] in "\r\n":
                end = cast("re.Match[str]", _BLANK_LINES.match(text, index)).end()
                line += text.count("\r", index, end) + text.count("\n", index, end) - text.count("\r\n", index, end)
                row, index = _LocatedRow(line, [], []), end
                continue
            found = cast("re.Match[str]", cell.match(text, index))
            if found[1] is None and found[2].startswith('"'):
                raise _quote_error(text, found.start(2))
            row.cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
            row.starts.append(found.start(2) if found[1] is None else found.start(1) - 1)
            index = found.end()
            if "\n" in found[0] or "\r" in found[0]:
                line += len(_LINE_END.findall(found[0]))
            if found[3] != delimiter or len(row.cells) == most_cells:
                row.starts.append(found.start(3))
                yield row
                row = _LocatedRow(line, [], [])


def row_end(text: bytes, delimiter: str) -> int | None:
    """Return the offset after the first row of a text.

    Returns:
        The offset. It is greater than the length of the text if a quote is not closed. None if there is no row, or if
        the row is not well-formed.
    """
    row, open_row = _row_expressions(delimiter)
    found = row.match(text)
    if found:
        return found.end()
    return len(text) + 1 if open_row.match(text) else None


@cache
def _row_expressions(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return expressions for a row after blank lines, and for one in which a quote is not closed."""
    quoted = r'"[^"]*+(?:""[^"]*+)*+'
    cell = rf'(?:{quoted}"|(?!")[^{delimiter}\r\n]*+)'
    cells = rf"[\r\n]*+(?=[^\r\n])(?:{cell}{delimiter})*+"
    return re.compile(rf"{cells}{cell}(?=[\r\n]|\Z)".encode()), re.compile(rf"{cells}{quoted}\Z".encode())


def _quote_error(text: str, index: int) -> DecodeError:
    closed = re.compile(r'"(?:[^"]|"")*+"').match(text, index)
    if closed:
        message, index = "invalid CSV: no separator after a closing quote", closed.end()
    else:
        message = "invalid CSV: a quoted cell is not closed"
    return DecodeError(Problem.of(rules.CSV_SYNTAX, message, "", *_line_and_column(text, index)), name)


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return the line and column of a character. In CSV a carriage return ends a line, too."""
    ends = [found.end() for found in _LINE_END.finditer(text, 0, index)]
    return len(ends) + 1, index - (ends[-1] if ends else 0) + 1


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the lines and columns at which rows, or cells of them, begin in a body that `decode` has accepted."""
    text = read_text(data, name, returns=True)[0]
    wanted: dict[int, list[Path]] = {}
    for path in paths:
        wanted.setdefault(path[0] if path else -1, []).append(path)
    found: dict[Path, tuple[int, int]] = {}
    for number, row in enumerate(_Text(text).located_rows(), start=-1):
        for path in wanted.pop(number, ()):
            found[path] = _locate_cell(text, row, path[1] if len(path) > 1 else 0)
        if not wanted:
            break
    return found


def _locate_cell(text: str, row: _LocatedRow, number: int) -> tuple[int, int]:
    """Return the line and column at which a cell begins, or at which the row ends if it has no such cell."""
    start, index = row.starts[0], row.starts[min(number, len(row.starts) - 1)]
    line, column = _line_and_column(text[start:index], index - start)
    return row.line + line - 1, column


def encode(root: Node) -> bytes:
    """Write a table with commas and line feeds. A cell is quoted when it holds a comma, a quote or white space.

    Raises:
        EncodeError: the tree is no table, or a string contains a lone surrogate.
    """
    if not isinstance(root, Table):
        raise EncodeError(Problem.of(rules.CANNOT_CARRY, "expected a table for CSV, got another tree"), name)
    try:
        return encode_pieces(_lines(root))
    except UnicodeEncodeError:
        problem = Problem.of(rules.CANNOT_CARRY, "expected characters that CSV can carry, got a lone surrogate")
        raise EncodeError(problem, name) from None


def _lines(table: Table) -> Iterator[str]:
    for row in (table.header, *table.rows):
        line = ",".join(spell_cell(text) for text in row)
        yield (line or '""') + "\n"


def spell_cell(text: str) -> str:
    """Return text as a cell, in quotes if it needs them."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
