"""The lane for CSV: rows without quotes, except around a cell with a list of several members."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from pydantic import BaseModel

from ..errors import DecodeError
from ..formats.csv import decode, find_delimiter, is_padded, locate, row_end, spell_cell
from ..limits import Limits
from ..models import EndpointName
from ..payloads.candidates import KNOWN
from ..payloads.instances import build_all
from ..payloads.layout import Field, ItemsField, Layout
from ..payloads.tables import RowReader, cell_of, match_columns, table_candidates
from ..problems import Position, Problem, rules
from ..problems.collector import Collector, Cursor
from ..tree import Node, Path, Table, fold
from . import IrregularRecordError, Memo, Values, read_documented, with_first
from .chunks import Chunk, Envelope, NotStreamableError, RecordBoundary, TolerantReader, first_chunk

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = ["DIALECTS", "CsvDialect", "SafeCsvDialect", "open_envelope"]

_HEADER: Final = re.compile(rb"[^\r\n]++\r?\n")
_BOUNDARY: Final = RecordBoundary(b"\n", 1, 1, re.compile(rb"\r\n|\n|\r(?=[^\n])"))
_HEADER_LINES: Final = 1
# Spreadsheets ignore null characters, and some split cells at semicolons.
_FORMULA: Final = re.compile(r"""(?:\A(?=\0*[=+\-@\t\r\n])|;(?=[\0"]*[=+\-@\t\r\n]))""")
_LEAST: Final = 4  # the first cell, one more, the list, the last


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _CsvEnvelope | None:
    """Return the envelope of a body that starts with a header of one line, or None. A damaged header is not read."""
    first = next(blocks, b"")
    found = _HEADER.match(first)
    if not found:
        return None
    try:
        document = decode(found[0], limits)
    except DecodeError:
        return None
    header = cast(Table, document.root).header
    encoded = any(problem.rule is rules.OTHER_ENCODING for problem in document.problems)
    line = found[0].decode("utf-8", "replace")
    plain = header and not encoded and not is_padded(line, find_delimiter(line))
    return _CsvEnvelope(first, found[0], header, blocks, limits, document.problems) if plain else None


class _CsvEnvelope(Envelope):
    """The header of a table."""

    def __init__(
        self,
        first: bytes,
        line: bytes,
        header: list[str],
        blocks: Iterator[bytes],
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        # a byte-order mark is part of the header
        super().__init__(first_chunk(first, len(line), _BOUNDARY), blocks, _BOUNDARY, limits, problems)
        self._line = line
        self._header = header
        self._readers: dict[str, _RowsReader | None] = {}
        self._tolerant: RowReader | None = None

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first row of a text."""
        return row_end(text, find_delimiter(self._line.decode()))

    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints that the header fits; none if they depend on the number of rows."""
        one, two = (table_candidates(Table(self._header, [["x"] * len(self._header)] * rows)) for rows in (1, 2))
        return one if one == two else ()

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if the tolerant reader must read it."""
        model = items.layout.model
        if model.__name__ not in self._readers:
            self._readers[model.__name__] = self._reader(items)
        reader = self._readers[model.__name__]
        if reader is None or len(chunk) > self._longest or (self._tolerant and self._tolerant.relabelled):
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
        """Return a body with the header and the rows of a chunk."""
        return self._line + chunk

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes."""
        return self.records_in(decode(self.body(chunk), self._limits).root)

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the rows of a table."""
        return cast("list[Node]", cast(Table, payload).rows)

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return a position in the body of a chunk as a position in the whole body."""
        line, column = position
        return (line - _HEADER_LINES + chunk.line - 1, column) if line > _HEADER_LINES else position

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the positions of paths in the whole body, which are in the chunk or in the header."""
        inside = {(path[0] - number, *path[1:]) if path[0] >= 0 else path: path for path in paths}
        return {inside[path]: self.to_body_position(position, chunk) for path, position in locate(body, inside).items()}

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of rows."""
        matched = match_columns(self._header, (items.layout,), at)
        if matched is None:
            raise NotStreamableError("a header that cannot be read")
        self._tolerant = reader = RowReader(self._header, matched[0][0], matched[1])

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            rows = reader.even(cast("list[list[str]]", nodes), at, number)
            records = (reader.record(row, place) for row, place in rows)
            return [record for record in records if record is not None]

        return read


class _RowsReader:
    """Reads rows of which at most the second last cell, a list, is in quotes."""

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
            IrregularRecordError: a row is irregular.
            ValueError: a row has too few cells.
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
        return with_first(self._fields[0], found)

    def _rest(self, text: str) -> Values:
        """Read the cells after the first, with a quote in place of the list."""
        before, mark, end = text.partition('"')
        cells = before.split(self._delimiter) + ([end] if mark else [])
        fields = [field for field in self._fields[1:] if not field.spelling.many]
        if len(cells) != len(fields) or self._delimiter in end or _may_be_labels(cells):
            raise IrregularRecordError
        values = self._defaults.copy()
        for field, cell in zip(fields, cells, strict=True):
            values[field.attribute] = read_documented(field, cell)
        return values


def _may_be_labels(cells: Sequence[str]) -> bool:
    return any(cells) and all(fold(cell) in KNOWN for cell in cells if cell)


def _rows(text: str) -> list[str]:
    """Return the lines of a text.

    Raises:
        IrregularRecordError: there is a carriage return without a line feed.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            raise IrregularRecordError
    rows = text.split("\n")
    return rows if rows[-1] else rows[:-1]


class CsvDialect:
    """How CSV spells records."""

    opening, closing, between = "", "\n", ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields in the order of the model."""
        return layout.fields

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the header."""
        return ",".join(spell_cell(field.label) for field in layout.fields) + "\n", ""

    def text(self, name: str) -> Callable[[str], str]:
        """Return what spells a cell."""
        return self.cell

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str] | None:
        """Return nothing for the first field, as a plain text is a cell."""
        return ("", "", "") if first else None

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Spell a cell, blank where the value is missing.

        Raises:
            IrregularRecordError: it is a label, so that its row may look like the labels again.
        """
        cell = cell_of(node)
        if cell and fold(cell) in KNOWN:
            raise IrregularRecordError
        return ("" if first else ",") + self.cell(cell)

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Spell a cell for each column, if all fields hold text."""
        if not all(isinstance(value, str) and value for value in extra.values()):
            raise IrregularRecordError
        return "".join(f",{self.cell(cast(str, extra.get(name, '')))}" for name in columns)

    def cell(self, text: str) -> str:
        """Spell one cell."""
        return spell_cell(text)


class SafeCsvDialect(CsvDialect):
    """How CSV spells records for spreadsheets: what looks like a formula has an apostrophe before it.

    >>> SafeCsvDialect().cell("=1+1"), SafeCsvDialect().cell("ann@mail.example")
    ("'=1+1", 'ann@mail.example')
    """

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str] | None:
        """Return None: a plain text may begin as a formula does."""

    def cell(self, text: str) -> str:
        """Spell one cell."""
        return spell_cell(_FORMULA.sub(r"\g<0>'", text))


DIALECTS: Final[dict[str, Dialect]] = {"csv": CsvDialect()}
"""The dialects by the names of the formats."""
