"""The lane for CSV: rows under a header with any labels, read by example (`examples.py`)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, cast, overload

from pydantic import BaseModel

from ..errors import DecodeError
from ..formats.csv import decode, find_delimiter, is_padded, locate, row_end, spell_cell
from ..limits import Limits
from ..models import EndpointName
from ..payloads.detection import KNOWN_NAMES, candidates_of_table
from ..payloads.headers import RowReader, match_header
from ..payloads.layout import Field, ItemsField, Layout
from ..payloads.tables import cell_of
from ..problems import Position, Problem, rules
from ..problems.collector import Collector, Cursor
from ..tree import Node, Path, Table, fold
from ..wire import TEXT, Note
from . import IrregularRecordError
from .chunks import Chunk, NotStreamableError, RecordBoundary, first_chunk
from .envelopes import Envelope
from .examples import Division, RowCutter, TolerantReader
from .slots import ABSENT, Slot, TextSlot, require_value, token, token_like

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = ["DIALECTS", "CsvDialect", "SafeCsvDialect", "open_envelope"]

_HEADER: Final = re.compile(rb"[^\r\n]++\r?\n")
_BOUNDARY: Final = RecordBoundary(b"\n", 1, 1, re.compile(rb"\r\n|\n|\r(?=[^\n])"))
_HEADER_LINES: Final = 1
# Spreadsheets ignore null characters, and some split cells at semicolons.
_FORMULA: Final = re.compile(r"""(?:\A(?=\0*[=+\-@\t\r\n])|;(?=[\0"]*[=+\-@\t\r\n]))""")
_LOWER_CASE: Final = bytes(range(256)).lower()
_PUNCTUATION: Final = bytes(code for code in range(128) if not chr(code).isalnum() and code != 10)
_SAMPLES: Final = 64
_FEW: Final = 8
"""A column with more values than this in the samples is a slot."""
_CELL: Final = "\x7f"
"""In the place of a quoted cell while a chunk is split, and between the cells of a template."""


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _CsvEnvelope | None:
    """Return the envelope of a body that starts with a header of one line, or None if it does not."""
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
    plain = header and not encoded and not is_padded(line)
    return _CsvEnvelope(first, found[0], header, blocks, limits, document.problems) if plain else None


class _CsvEnvelope(Envelope):
    """The header of a table, which is all that is around the rows."""

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
        self.line = line
        self._header = header

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first row of `text`."""
        return row_end(text, find_delimiter(self.line.decode()))

    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints that the header fits, or none if that depends on the number of rows."""
        one, two = (candidates_of_table(Table(self._header, [["x"] * len(self._header)] * rows)) for rows in (1, 2))
        return one if one == two else ()

    def row_cutter(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> RowCutter:
        """Return the cutter of chunks into rows."""
        return _CellRowCutter(self, cast(_TolerantRows, tolerant))

    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body with the header and the rows of a chunk."""
        return self.line + chunk

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes."""
        return self.records_in(decode(self.body(chunk), self._limits).root)

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the rows of a table."""
        return cast("list[Node]", cast(Table, payload).rows)

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return the position in the whole body for a position in the body of a chunk."""
        line, column = position
        return (line - _HEADER_LINES + chunk.line - 1, column) if line > _HEADER_LINES else position

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the position in the whole body of each path that leads into the chunk or the header."""
        inside = {(path[0] - number, *path[1:]) if path[0] >= 0 else path: path for path in paths}
        return {inside[path]: self.to_body_position(position, chunk) for path, position in locate(body, inside).items()}

    def record_at(self, path: Path) -> int | None:
        """Return the index of the row that a path leads into, or None for the header."""
        return path[0] if path[0] >= 0 else None

    def spans(self, chunk: bytes, count: int) -> Sequence[tuple[int, int]] | None:
        """Return where each row of a chunk begins and ends, or None if a row may have several lines."""
        lines = chunk.splitlines(keepends=True)  # each row has at least one
        ends = list(accumulate(map(len, lines)))
        return list(zip((0, *ends), ends, strict=False)) if len(lines) == count else None

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of rows."""
        return _TolerantRows(self._header, items, at)


class _TolerantRows:
    """The tolerant reader of rows.

    Args:
        labels: the labels.
        items: the field of the records.
        at: the cursor of the array of records.

    Raises:
        NotStreamableError: a required label is missing, or a label repeats.
    """

    def __init__(self, labels: list[str], items: ItemsField, at: Cursor) -> None:
        header = match_header(labels, (items.layout,), at)
        if header is None:
            raise NotStreamableError("a header that cannot be read")
        self.header = header
        self.reader = RowReader(header)
        self._at = at

    def __call__(self, nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
        rows = self.reader.full_rows(cast("list[list[str]]", nodes), self._at, number)
        records = (self.reader.record(row, place) for row, place in rows)
        return [record for record in records if record is not None]


class _CellRowCutter(RowCutter):
    """Cuts chunks of a table into rows, each of which is a list of cells."""

    def __init__(self, envelope: _CsvEnvelope, tolerant: _TolerantRows) -> None:
        self._envelope = envelope
        self._tolerant = tolerant
        self._delimiter = find_delimiter(envelope.line.decode())
        self._width = len(tolerant.header.labels)

    @property
    def is_over(self) -> bool:
        """Whether a row had other labels than the header, so that it is not certain what the next cells mean."""
        return self._tolerant.reader.relabelled

    def cut(self, chunk: bytes) -> Sequence[Any] | None:
        """Return the rows of a chunk, or None if it may exceed a limit or cannot be split into cells."""
        if len(chunk) > self._envelope.longest:
            return None
        try:
            text = chunk.decode()
            if _CELL in text:
                return None
            columns = _columns_of(text, self._delimiter, self._width)
            if columns is not None:
                return _ColumnRows(columns)
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
        except (csv.Error, UnicodeError):
            return None
        return list(filter(None, rows)) if [] in rows else rows

    def nodes(self, rows: Sequence[Any]) -> Sequence[Node] | None:
        """Return the rows unchanged: a list of cells is also a node."""
        return rows

    def division(self, rows: Sequence[Any]) -> _CellDivision | None:
        """Find the columns whose cells vary, and return how to divide rows, or None if there are no such columns."""
        header = self._tolerant.header
        regular = [row for row in rows[:_SAMPLES] if len(row) == self._width]
        varying = {place for place, cells in enumerate(zip(*regular, strict=True)) if len(set(cells)) > _FEW}
        slots: list[tuple[int, Slot]] = []
        for place, field in header.columns[0].places:
            if field.spelling is TEXT and (field.required or place in varying):
                slots.append((place, TextSlot(field.attribute, _is_any, token())))
            elif field.spelling.many or field.required or place in varying:
                sample = "" if field.spelling.many else next((row[place] for row in regular if row[place]), "")
                read = require_value(field, field.spelling.text)
                slot = Slot(field.attribute, read, token_like(sample), is_reported_once=_is_reported_once)
                slots.append((place, slot))
        slots += [
            (place, Slot(label, _extra_cell, token(), is_extra=True))
            for label, place in header.unknown.items()
            if label and place in varying
        ]
        return _CellDivision(header.labels, slots) if slots and regular else None


def _columns_of(text: str, delimiter: str, width: int) -> list[list[str]] | None:
    """Split a chunk into columns, faster than `csv.reader`, or return None if it is irregular.

    It is regular if all rows have the same number of cells, quotes are only around whole cells, and no cell contains a
    quote or a line end.
    """
    if width == 1:
        return None
    if "\r" in text:
        if text.count("\r") != text.count("\r\n"):
            return None
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n")
    count, quotes = text.count("\n") + 1, text.count('"')
    if quotes == 2 * width * count:
        is_quoted = text.startswith('"') and text.endswith('"')
        return _split_columns(text[1:-1], '"\n"', f'"{delimiter}"', width, count) if is_quoted else None
    if quotes > width * count:  # then `csv.reader` is as fast
        return None
    pieces = text.split('"') if quotes else [text]
    if "" in pieces[2:-1:2]:
        return None
    columns = _split_columns(_CELL.join(pieces[::2]), "\n", delimiter, width, count)
    return _with_quoted(columns, pieces[1::2]) if columns and quotes else columns


def _split_columns(text: str, line_end: str, delimiter: str, width: int, count: int) -> list[list[str]] | None:
    """Split text into columns, or return None if it does not have `count` rows of `width` cells."""
    cells = text.replace(line_end, f"{delimiter}\n").split(delimiter)  # all rows but the first begin with a line feed
    columns = [cells[place::width] for place in range(width)]
    columns[0] = "".join(columns[0]).split("\n")
    return columns if len(cells) == count * width and len(columns[0]) == count else None


def _with_quoted(columns: list[list[str]], quoted: list[str]) -> list[list[str]] | None:
    """Replace each `_CELL` by its quoted cell, or return None if a quote is inside a cell."""
    left = iter(quoted)
    places = [place for place, column in enumerate(columns) if _CELL in column[:_SAMPLES]]
    if sum(columns[place].count(_CELL) for place in places) != len(quoted):
        return None
    if len(places) == 1:
        columns[places[0]] = [next(left) if cell == _CELL else cell for cell in columns[places[0]]]
        return columns
    rows = zip(*[columns[place] for place in places], strict=True)
    filled = [[next(left) if cell == _CELL else cell for cell in row] for row in rows]
    for place, column in zip(places, zip(*filled, strict=True), strict=True):
        columns[place] = list(column)
    return columns


class _ColumnRows(Sequence[list[str]]):
    """Columns as a sequence of rows."""

    def __init__(self, columns: Sequence[Sequence[str]]) -> None:
        self.columns = columns

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            return list(map(list, zip(*[column[index] for column in self.columns], strict=True)))
        return [column[index] for column in self.columns]

    def __len__(self) -> int:
        return len(self.columns[0])


def _is_any(text: str) -> bool:
    return True


def _is_reported_once(note: Note) -> bool:
    return note.rule is rules.INFERRED_SPELLING


def _extra_cell(text: str) -> object:
    return text or ABSENT


class _CellDivision(Division):
    """Divides a row into the cells in the columns of slots, and all other cells, which are the template."""

    def __init__(self, header: list[str], slots: Sequence[tuple[int, Slot]]) -> None:
        self.slots = [slot for _, slot in slots]
        self._places = [place for place, _ in slots]
        self._checked = next((place for place, slot in slots if isinstance(slot, TextSlot)), self._places[0])
        """The column in which labels are searched for, because it has another value in each record."""
        self._fixed = [place for place in range(len(header)) if place not in self._places]
        self._width = len(header)
        self._labels = KNOWN_NAMES | {fold(label) for label in header} | {""}
        self._encoded_labels = {label.encode() for label in self._labels}

    def divide(self, rows: Sequence[Any]) -> tuple[list[Hashable | None], list[Sequence[str | None]]]:
        """Divide rows. A row with another number of cells or with what may be labels has no template."""
        width, irregular = self._width, set[int]()
        if isinstance(rows, _ColumnRows):
            columns = rows.columns
        else:
            irregular.update(index for index, row in enumerate(rows) if len(row) != width)
            blank = [""] * width
            columns = list(zip(*[blank if index in irregular else row for index, row in enumerate(rows)], strict=True))
        fixed = [columns[place] for place in self._fixed]
        templates: list[Hashable | None] = (
            list(map(_CELL.join, zip(*fixed, strict=True))) if fixed else [""] * len(rows)
        )
        irregular |= self._label_like(columns[self._checked])
        for index in irregular:
            templates[index] = None
        return templates, [columns[place] for place in self._places]

    def _label_like(self, cells: Sequence[str]) -> set[int]:
        """Return the indexes of the cells of one column that may be labels."""
        text = "\n".join(cells)
        if text.isascii() and text.count("\n") == len(cells) - 1:
            folded = text.encode().translate(_LOWER_CASE, _PUNCTUATION).split(b"\n")
            if self._encoded_labels.isdisjoint(folded):
                return set()
        return {index for index, cell in enumerate(cells) if fold(cell) in self._labels}

    def example(self, template: Hashable) -> tuple[Any, tuple[bool, ...]]:
        """Return the example of a template: a row with `Slot.text` in each slot."""
        row = [""] * self._width
        for place, cell in zip(self._fixed, cast(str, template).split(_CELL) if self._fixed else (), strict=True):
            row[place] = cell
        for place, slot in zip(self._places, self.slots, strict=True):
            row[place] = slot.text
        return row, (True,) * len(self.slots)


class CsvDialect:
    """How CSV writes records."""

    opening, closing, between = "", "\n", ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields in the order of the model."""
        return layout.fields

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the header, and nothing after the last row."""
        return ",".join(spell_cell(field.label) for field in layout.fields) + "\n", ""

    def text(self, name: str) -> Callable[[str], str]:
        """Return the function that writes a cell."""
        return self.cell

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str] | None:
        """Return empty strings for the first field, and None for a list, whose cell may need quotes."""
        return ("", "", "") if first else None

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Write a cell. It is blank if the value is missing.

        Raises:
            IrregularRecordError: the value is a label, so its row might be read as the labels again.
        """
        cell = cell_of(node)
        if cell and fold(cell) in KNOWN_NAMES:
            raise IrregularRecordError
        return ("" if first else ",") + self.cell(cell)

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Write a cell for each undocumented column."""
        if not all(isinstance(value, str) and value for value in extra.values()):
            raise IrregularRecordError
        return "".join([f",{self.cell(cast(str, extra.get(name, '')))}" for name in columns])

    def cell(self, text: str) -> str:
        """Write one cell."""
        return spell_cell(text)


class SafeCsvDialect(CsvDialect):
    """How CSV writes records for spreadsheets: what looks like a formula has an apostrophe before it.

    >>> SafeCsvDialect().cell("=1+1"), SafeCsvDialect().cell("ann@mail.example")
    ("'=1+1", 'ann@mail.example')
    """

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str] | None:
        """Return None: each cell must be checked, because it may begin like a formula."""

    def cell(self, text: str) -> str:
        """Write one cell."""
        return spell_cell(_FORMULA.sub(r"\g<0>'", text))


DIALECTS: Final[dict[str, Dialect]] = {"csv": CsvDialect()}
"""The dialects by the name of their format."""
