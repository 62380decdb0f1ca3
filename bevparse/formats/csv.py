"""CSV: a header of labels and rows of cells, all text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem
from ..tree import Node, Path, Table
from . import Document, Kind
from ._cells import place_of_cell, scan_rows
from .text import encoded, read_text

__all__ = [
    "decode",
    "encode",
    "find_delimiter",
    "kind",
    "locate",
    "media_types",
    "name",
    "sniff",
    "spell_cell",
    "suffixes",
]

name: Final = "csv"
kind: Final[Kind] = "table"
suffixes: Final = (".csv", ".tsv")
media_types: Final = ("text/csv", "application/csv")

_QUOTED = re.compile('[\\s,"]')
_FIRST_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_CHUNK = 2**16


class _LimitPassedError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
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
        problems = (*problems, Problem("BEV314", message, "", 1, 1))
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
            raise _LimitPassedError("BEV004", limits.passed("records"))
        yield line


def _rows(reader: Iterable[list[str]], limits: Limits) -> list[list[str]]:
    rows: list[list[str]] = []
    longest, most = limits.string, limits.records
    for row in reader:
        if row:
            if max(map(len, row)) > longest:
                raise _LimitPassedError("BEV005", limits.passed("string", max(map(len, row))))
            if len(rows) > most or len(row) > most:
                raise _LimitPassedError("BEV004", limits.passed("records"))
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
        raise DecodeError(Problem(passed.code, passed.message, "", lines[0], 1), name) from None


def encode(root: Node) -> bytes:
    """Write a table with commas and line feeds; a cell is quoted when it holds a comma, a quote or white space.

    Raises:
        EncodeError: the tree is no table, or a text holds a lone surrogate.
    """
    if not isinstance(root, Table):
        raise EncodeError(Problem("BEV150", "expected a table, got a tree that is none"), name)
    try:
        return encoded(_lines(root))
    except UnicodeEncodeError:
        problem = Problem("BEV150", "expected characters that CSV can carry, got a lone surrogate")
        raise EncodeError(problem, name) from None


def _lines(table: Table) -> Iterator[str]:
    for row in (table.header, *table.rows):
        line = ",".join(spell_cell(text) for text in row)
        yield (line or '""') + "\n"


def spell_cell(text: str) -> str:
    """Write one cell, in quotes where they are needed."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
