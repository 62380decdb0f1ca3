"""The lane for CSV: rows without quotes, but for a list of several in its cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar, cast

from pydantic import BaseModel

from ..errors import DecodeError
from ..formats.csv import decode, find_delimiter, locate
from ..limits import Limits
from ..models import EndpointName
from ..payloads.instances import build_all
from ..payloads.layout import Field, ItemsField, Layout
from ..payloads.tables import RowReader, match_columns, table_candidates
from ..problems import Position, Problem, rules
from ..problems.collector import Collector, Cursor
from ..tree import Node, Path, Table
from ..wire import TEXT
from . import IrregularRecordError, Memo, Values, read_documented
from .chunks import Chunk, NotStreamableError, RecordBoundary, TolerantReader, read_chunks

__all__ = ["open_envelope"]

_HEADER: Final = re.compile(rb"[^\r\n]++\r?\n")
_TAIL: Final = re.compile(rb"\Z")
_HEADER_LINES: Final = 1
_T = TypeVar("_T")
_LEAST: Final = 4  # the first cell, one more, the list, the last


def open_envelope(blocks: Iterator[bytes], limits: Limits) -> _CsvEnvelope | None:
    """Look at the beginning of a body, and say whether it is a header of one line."""
    first = next(blocks, b"")
    found = _HEADER.match(first)
    if not found:
        return None
    try:
        document = decode(found[0], limits)
    except DecodeError:
        return None
    header = cast(Table, document.root).header
    plain = header and all(problem.rule is not rules.OTHER_ENCODING for problem in document.problems)
    return _CsvEnvelope(first, found[0], header, blocks, limits, document.problems) if plain else None


class _CsvEnvelope:
    """A header, and rows to the end."""

    def __init__(
        self,
        first: bytes,
        line: bytes,
        header: list[str],
        blocks: Iterator[bytes],
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        self.problems = problems
        self.mark = 0  # it is part of the header
        self._first = first
        self._line = line
        self._header = header
        self._blocks = blocks
        self._limits = limits
        self._longest = min(limits.string, limits.records)  # a cell of no more bytes has no more characters or members
        self._readers: dict[str, _RowsReader | None] = {}

    def chunks(self, read: Callable[[Chunk], _T | None]) -> Iterator[_T]:
        """Cut at line ends."""
        boundary = RecordBoundary(b"\n", 1, 1, _TAIL, returns=True)
        return read_chunks(self._first, len(self._line), self._blocks, boundary, read)

    def candidates(self, chunk: bytes) -> tuple[EndpointName, ...]:
        """Let the header decide, unless it takes the number of rows to tell."""
        one, several = (table_candidates(Table(self._header, [[]] * rows)) for rows in (1, 2))
        return one if one == several else ()

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Read a chunk about which there is nothing to say, or give None."""
        model = items.layout.model
        if model.__name__ not in self._readers:
            self._readers[model.__name__] = self._reader(items)
        reader = self._readers[model.__name__]
        if reader is None or len(chunk) > self._longest:
            return None
        try:
            return build_all(model, reader.values(chunk.decode()))
        except (IrregularRecordError, ValueError):
            return None

    def _reader(self, items: ItemsField) -> _RowsReader | None:
        matched = match_columns(self._header, (items.layout,), Collector(len(self._header) + 2).cursor())
        if matched is None or matched[1]:
            return None
        places = sorted(matched[0][0].places, key=lambda place: place[0])
        lists = [position for position, field in places if field.spelling.many]
        if len(places) < 2 or (lists and (lists != [len(places) - 2] or len(places) < _LEAST)):
            return None
        return _RowsReader(items.layout, [field for _, field in places], find_delimiter(self._line.decode()))

    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Make a body of a chunk."""
        return self._line + chunk

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Decode a chunk."""
        return self.records_in(decode(self.body(chunk), self._limits).root)

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Take the rows of a table."""
        return cast("list[Node]", cast(Table, payload).rows)

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Turn a place in a chunk made to a body into the place in the whole body."""
        line, column = position
        return (line - _HEADER_LINES + chunk.line - 1, column) if line > _HEADER_LINES else position

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Find lines and columns in a body that was made of a chunk, and in its header."""
        inside = {(path[0] - number, *path[1:]) if path[0] >= 0 else path: path for path in paths}
        return {inside[path]: self.to_body_position(position, chunk) for path, position in locate(body, inside).items()}

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of rows."""
        matched = match_columns(self._header, (items.layout,), at)
        if matched is None:
            raise NotStreamableError("a header that cannot be read")
        reader = RowReader(self._header, matched[0][0], matched[1])

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            rows = reader.even(cast("list[list[str]]", nodes), at, number)
            records = (reader.record(row, place) for row, place in rows)
            return [record for record in records if record is not None]

        return read


class _RowsReader:
    """Reads rows whose first cell is bare, and whose last cell but one may be a list, the only one in quotes."""

    def __init__(self, layout: Layout, fields: list[Field], delimiter: str) -> None:
        self._defaults = layout.defaults
        self._fields = fields
        self._delimiter = delimiter
        self._listed = fields[-2].spelling.many
        self._rests: Memo[str, Values] = Memo(self._rest)
        self._lists: Memo[str, object] = Memo(fields[-2].spelling.text)

    def values(self, text: str) -> list[Values]:
        """Read rows.

        Raises:
            SurpriseError: some row is not so regular.
            ValueError: some row has too few cells.
        """
        found: list[Values] = []
        delimiter, attribute, rests, quotes = self._delimiter, self._fields[0].attribute, self._rests, 0
        opening, closing = f'{delimiter}"', f'"{delimiter}'
        many, lists = (self._fields[-2].attribute, self._lists) if self._listed else ("", None)
        for row in _rows(text):
            first, mark, rest = row.partition(delimiter)
            if lists is None:
                values = rests[rest].copy()
            else:
                if '"' in rest:
                    before, _, rest = rest.partition(opening)
                    members, mark, end = rest.partition(closing)
                    quotes += 2
                else:
                    before, members, end = rest.rsplit(delimiter, 2)
                values = rests[f'{before}"{end}'].copy()
                values[many] = lists[members]
            if not mark:
                raise IrregularRecordError
            values[attribute] = first
            found.append(values)
        if text.count('"') != quotes:
            raise IrregularRecordError
        return found if self._fields[0].spelling is TEXT else self._with_first(found)

    def _with_first(self, found: list[Values]) -> list[Values]:
        field = self._fields[0]
        for values in found:
            values[field.attribute] = read_documented(field, cast(str, values[field.attribute]))
        return found

    def _rest(self, text: str) -> Values:
        """Read what is behind the first cell, without the list, where a quote stands."""
        before, mark, end = text.partition('"')
        cells = before.split(self._delimiter) + ([end] if mark else [])
        fields = [field for field in self._fields[1:] if not field.spelling.many]
        if len(cells) != len(fields) or self._delimiter in end:
            raise IrregularRecordError
        values = self._defaults.copy()
        for field, cell in zip(fields, cells, strict=True):
            values[field.attribute] = read_documented(field, cell)
        return values


def _rows(text: str) -> list[str]:
    """Split into lines.

    Raises:
        SurpriseError: there is a carriage return that ends none, or does so alone.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            raise IrregularRecordError
    rows = text.split("\n")
    return rows if rows[-1] else rows[:-1]
