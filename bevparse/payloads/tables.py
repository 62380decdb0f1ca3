"""Payloads of tables, such as those of CSV. A label is a field name in Title Case, and a row is a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final, cast

from pydantic import BaseModel

from ..endpoints import endpoint_of
from ..models import EndpointName, ErrorResponse, Response
from ..problems import format_value, join_pointer, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, Table, fold
from ..wire import UNREAD, Deviation, is_plainly_missing, join_hosts, names_no_error
from .detection import ARRAYS, Payload, candidates_of_folded, candidates_of_names
from .fields import ExtraFields, cannot_carry, kept, wire_name
from .instances import build
from .labels import are_labels, may_be_label
from .layout import UNSET, Field, ItemsField, Layout, layout_of, records_of
from .replies import OWN_NAMES, REPLIES
from .responses import Finder, TreeKind, hosts_in, member_path, number_of, record_steps

__all__ = [
    "LayoutColumns",
    "RowReader",
    "Tables",
    "candidates_of_table",
    "cell_of",
    "match_columns",
]

_ROOT: Final = "/response"
_HEADER: Final[Path] = (-1,)
_MOST_VALUES: Final = 1024
_SPREAD: Final = re.compile(r"(.+?)[ ._\[-]*([0-9]{1,6})\]?\Z")
_LONGEST_SPREAD: Final = 100
_ALSO: Final[dict[tuple[EndpointName, ...], tuple[EndpointName, ...]]] = {
    ("create",): ("status", "list"),
    ("status",): ("list",),
}
"""Other endpoints that a table may be read as: its columns are also those of a list without page numbers."""


_IDS_ONLY: Final[tuple[EndpointName, ...]] = ("list", "status")
"""The endpoints that a table of several ids fits, which says no more than an empty array does."""


class Tables(TreeKind):
    """The kind "table"."""

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the whole table."""
        table = cast(Table, root)
        found = candidates_of_table(table)
        also, empty = _ALSO.get(found, ()), not table.rows or found == _IDS_ONLY
        return Payload(table, collector.cursor((), _ROOT), found, also_if_requested=also, empty=empty)

    def read(self, payload: Payload, model: type[Response]) -> Response | None:
        """Return the table as a model, or report why it cannot be read."""
        reader = _TableReader(cast(Table, payload.node), payload.at)
        if model is ErrorResponse:
            return reader.errors()
        layout = layout_of(model)
        return reader.records(model, layout, layout.items) if layout.items else reader.single(model, layout)

    def write(self, response: Response, format: str) -> Table:
        """Return a response as a table: a label for each field, a row for each record.

        Raises:
            EncodeError: an undocumented field is not a text, is blank, has a documented name, or is next to records.
        """
        writer = _TableWriter(response, format)
        layout = layout_of(type(response))
        if isinstance(response, ErrorResponse):
            table = writer.errors(layout, response)
        elif layout.items is None:
            table = writer.single(layout)
        else:
            table = writer.records(layout, layout.items)
        if response.endpoint not in candidates_of_table(table):
            cannot_carry(format, "undocumented field names make the endpoint ambiguous", _ROOT)
        return table

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return a finder that looks for a row by its index, and for a cell by its field."""
        return _CellFinder(cast(Table, payload.node), layout)


def candidates_of_table(table: Table) -> tuple[EndpointName, ...]:
    """Return the endpoints that have columns with these labels."""
    if not table.header:
        return ARRAYS
    folded = list(map(fold, table.header))
    names = frozenset(folded)
    values = (_column(table, place, name) for place, name in enumerate(folded))
    found = candidates_of_folded(list(zip(table.header, folded, values, strict=True)))
    if found == ("create",) and names == frozenset(("id",)) and len(table.rows) != 1:
        return _IDS_ONLY
    if found == ("create",) and len(table.rows) != 1:
        return ("status",)
    return found or candidates_of_names(names, array=True)


def _column(table: Table, place: int, folded: str) -> Node:
    """Return the cells of a column for errors, or the first cell of another."""
    if folded in OWN_NAMES:
        return [row[place] for row in table.rows if place < len(row)]
    return table.rows[0][place] if table.rows and place < len(table.rows[0]) else None


@dataclass(frozen=True, slots=True)
class LayoutColumns:
    """The columns with the fields of one layout."""

    layout: Layout
    places: tuple[tuple[int, Field], ...]

    def values(self, row: list[str], at: Cursor) -> dict[str, object] | None:
        """Return the values of a row, or report why one cannot be read."""
        values = self.layout.template.copy()
        gathered: dict[str, list[tuple[str, ...]]] = {}
        complete = True
        for position, field in self.places:
            cell, spelling = row[position], field.wire.spelling
            result = spelling.words[cell] if spelling.words and cell in spelling.words else spelling.text(cell)
            if isinstance(result, Deviation):
                place = at.child(position, field.wire.name)
                for note in result.notes:
                    if note.rule is rules.INFERRED_SPELLING:
                        place.report_once(note.rule, field.attribute, note.message)
                    else:
                        place.report(note.rule, note.message)
                result = result.value
                complete = complete and result is not UNREAD
            if isinstance(result, tuple) and isinstance(values[field.attribute], tuple):
                gathered.setdefault(field.attribute, []).append(cast("tuple[str, ...]", result))
            else:
                values[field.attribute] = result
        for attribute, more in gathered.items():
            values[attribute] = tuple(chain(cast("tuple[str, ...]", values[attribute]), *more))
        return self._finished(values, at) if complete else None

    def _finished(self, values: dict[str, object], at: Cursor) -> dict[str, object] | None:
        """Add defaults for missing columns, and report a missing required value."""
        for field in self.layout.fields:
            value = values[field.attribute]
            if value is UNSET:
                values[field.attribute] = field.default
            elif value is None and field.required:
                at.report(rules.MISSING_FIELD, f"expected {field.wire.name}, got none")
                return None
        return values

    def is_blank(self, row: list[str]) -> bool:
        """Return whether every cell of the layout is blank."""
        return all(is_plainly_missing(row[position]) for position, _ in self.places)

    def is_complete(self, at: Cursor) -> bool:
        """Return whether all required columns are present, and report missing columns."""
        present = {field.attribute for _, field in self.places}
        missing = [field for field in self.layout.fields if field.attribute not in present]
        absent = [field.label for field in missing if field.wire.always]
        if absent:
            at.report(rules.ABSENT_FIELD, f"expected columns {', '.join(absent)}, accepted a header without")
        required = [field.label for field in missing if field.required]
        for label in required:
            at.report(rules.MISSING_FIELD, f"expected a column {label}, got none")
        return not required


def _spread_number(label: str) -> int:
    """Return the number in the label of a list that is spread over columns, -1 for any other label."""
    found = _SPREAD.match(label)
    return int(found[2]) if found else -1


def _spread_field(layout: Layout, label: str) -> Field | None:
    """Return the list field of a numbered label such as mxRecords.0, or None."""
    found = _SPREAD.match(label) if len(label) <= _LONGEST_SPREAD else None
    field = layout.by_fold.get(fold(found[1])) if found else None
    return field if field and field.spelling.many else None


def match_columns(
    header: list[str], layouts: tuple[Layout, ...], at: Cursor, skip: frozenset[str] = frozenset()
) -> tuple[list[LayoutColumns], dict[str, int], list[int]] | None:
    """Match the labels of a header with the fields of layouts, or report why they do not match.

    Args:
        header: the labels.
        layouts: the layouts; the first that has a field of a label gets the column.
        at: the cursor of the table.
        skip: folded labels that are read elsewhere.

    Returns:
        The columns of each layout, the undocumented labels with their positions, and the positions skipped.
    """
    matcher = _Matcher(layouts, skip, at.to(_HEADER))
    for position, label in enumerate(header):
        matcher.match(position, label)
    for places in matcher.places:
        places.sort(key=lambda place: matcher.numbers.get(place[0], -1))
    columns = [LayoutColumns(layout, tuple(places)) for layout, places in zip(layouts, matcher.places, strict=True)]
    complete = [one.is_complete(at.to(_HEADER)) for one in columns] if header else [True]
    return (columns, matcher.unknown, matcher.skipped) if matcher.unique and all(complete) else None


class _Matcher:
    def __init__(self, layouts: tuple[Layout, ...], skip: frozenset[str], at: Cursor) -> None:
        self.places: list[list[tuple[int, Field]]] = [[] for _ in layouts]
        self.numbers: dict[int, int] = {}
        self.unknown: dict[str, int] = {}
        self.skipped: list[int] = []
        self.unique = True
        self._layouts = layouts
        self._skip = skip
        self._at = at

    def match(self, position: int, label: str) -> None:
        """Add a column to the layout that has a field of its label, or to the undocumented ones."""
        folded = fold(label)
        if folded in self._skip:
            self.skipped.append(position)
            return
        if not label:
            self._label(position).report_once(rules.SKIPPED_TEXT, label, "expected a label for each column, got none")
            self.unknown.setdefault(label, position)
            return
        for layout, places in zip(self._layouts, self.places, strict=True):
            field = layout.by_fold.get(folded)
            spread = None if field else _spread_field(layout, label)
            if field or spread:
                self._put(places, position, label, field, spread)
                return
        if label in self.unknown:
            self._report_repeated(position, label)
        else:
            message = f"expected documented columns only, {kept(label)}"
            self._label(position).report(rules.UNKNOWN_FIELD, message)
            self.unknown[label] = position

    def _put(
        self, places: list[tuple[int, Field]], position: int, label: str, field: Field | None, spread: Field | None
    ) -> None:
        if spread:
            message = f"expected one column {format_value(spread.label)}, accepted several"
            self._label(position).report_once(rules.INFERRED_SPELLING, spread.attribute, message)
            self.numbers[position] = _spread_number(label)
        elif field and any(known is field for _, known in places):
            self._report_repeated(position, label)
        elif field and label != field.label:
            message = f"expected the label {format_value(field.label)}, accepted {format_value(label)}"
            self._label(position).report(rules.INFERRED_SPELLING, message)
        places.append((position, cast(Field, field or spread)))

    def _report_repeated(self, position: int, label: str) -> None:
        message = f"expected each label once, got {format_value(label)} again"
        self._label(position).report(rules.DUPLICATE_FIELD, message)
        self.unique = False

    def _label(self, position: int) -> Cursor:
        return self._at.to((*_HEADER, position))


class RowReader:
    """Reads rows as records, with their undocumented cells.

    Args:
        header: the labels.
        columns: those of the records.
        unknown: the undocumented labels with their positions.
    """

    def __init__(self, header: list[str], columns: LayoutColumns, unknown: dict[str, int]) -> None:
        self.relabelled = False
        """Whether there have been other labels among the rows, so that it is not certain what the next rows hold."""
        self._header = header
        self._columns = columns
        self._unknown = unknown
        self._labels = [fold(label) for label in header]
        self._others = frozenset(self._labels)
        self._values: set[str] = set()
        """Cells that are no labels."""
        self._blank = [position for position, label in enumerate(header) if not label]
        self._least = max((position for position, label in enumerate(header, start=1) if label), default=0)

    def even(self, rows: Iterable[list[str]], at: Cursor, first: int = 0) -> Iterator[tuple[list[str], Cursor]]:
        """Return the rows with as many cells as the header, and reject the others.

        Args:
            rows: the rows.
            at: the cursor of the array of records.
            first: the number of the first row.
        """
        width = len(self._header)
        for number, row in enumerate(rows, start=first):
            row_at = at.child(number, number)
            # A cell of an earlier row, such as "true", shows for most rows that they are no labels.
            if self.relabelled or (self._values.isdisjoint(row) and self._are_labels(row)):
                self._refuse_labels(row, row_at)
            elif len(row) != width and not self._least <= len(row) < width:
                row_at.reject(cast("list[Node]", row))
                row_at.report(rules.RAGGED_ROW, f"expected {width} cells, got {len(row)}")
            elif not self._blank or self._is_labelled(row, row_at):
                yield row if len(row) == width else row + [""] * (width - len(row)), row_at

    def _are_labels(self, row: list[str]) -> bool:
        """Return whether a row holds labels, and keep those of its cells that are none."""
        if len(self._values) < _MOST_VALUES:
            self._values.update(cell for cell in row if not may_be_label(cell, self._others))
        return are_labels(row, self._others)

    def _is_labelled(self, row: list[str], at: Cursor) -> bool:
        """Return whether all cells have a label or are blank; the values in one column without a label are kept."""
        cells = [position for position in self._blank if position < len(row) and row[position]]
        if cells and cells != self._blank[:1]:
            at.reject(cast("list[Node]", row))
            at.report(rules.RAGGED_ROW, "expected a label for each cell, got cells in several columns without one")
            return False
        if cells:
            message = "expected documented columns only, kept one without a label"
            at.child(cells[0], "").report_once(rules.UNKNOWN_FIELD, "", message)
        return True

    def _refuse_labels(self, row: list[str], at: Cursor) -> None:
        """Report labels among the rows, and each row after other labels than those of the header."""
        message = "expected a record, got the labels again"
        if self.relabelled:
            message = "expected a record under the labels of the first line, got one under others"
        elif [fold(cell) for cell in row] != self._labels:
            self.relabelled = True
            message = "expected a record, got other labels than those of the first line"
        at.reject(cast("list[Node]", row))
        at.report(rules.LABELS_AGAIN, message)

    def record(self, row: list[str], at: Cursor) -> BaseModel | None:
        """Read one row with as many cells as the header, or report why it cannot be read."""
        values = self._columns.values(row, at)
        if values is None:
            at.reject(Fields(list(zip(self._header, row, strict=True))))
            return None
        return build(self._columns.layout.model, values, self.extra_cells(row) if self._unknown else {})

    def extra_cells(self, row: list[str]) -> dict[str, object]:
        """Return the cells of undocumented columns that are not blank."""
        return {label: row[position] for label, position in self._unknown.items() if row[position]}


class _TableReader:
    def __init__(self, table: Table, at: Cursor) -> None:
        self._table = table
        self._at = at

    def _match(
        self, *layouts: Layout, skip: frozenset[str] = frozenset()
    ) -> tuple[list[LayoutColumns], RowReader, list[int]] | None:
        matched = match_columns(self._table.header, layouts, self._at, skip)
        if matched is None:
            return None
        columns, unknown, skipped = matched
        return columns, RowReader(self._table.header, columns[0], unknown), skipped

    def single(self, model: type[Response], layout: Layout) -> Response | None:
        """Read a response that is one row, as only a table of one row is."""
        matched = self._match(layout)
        if matched is None:
            return None
        (columns,), reader, _ = matched
        for row, at in reader.even(self._table.rows, self._at):
            values = columns.values(row, self._at.to(at.path))
            return None if values is None else self._response(model, values, reader.extra_cells(row))
        return None

    def records(self, model: type[Response], layout: Layout, items: ItemsField) -> Response | None:
        """Read a response of records, whose other fields are repeated on each row."""
        matched = self._match(items.layout, layout)
        if matched is None:
            return None
        (inner, page), reader, _ = matched
        records: list[BaseModel] = []
        outer: dict[str, object] = {}
        common = _Common(page, self._at)
        base = self._at.at((), items.wire_name) if items.wire_name else self._at
        for row, at in reader.even(self._table.rows, base):
            common.read(row, at.path)
            if page.places and len(self._table.rows) == 1 and inner.is_blank(row):
                outer = reader.extra_cells(row)  # the one row of an empty page has nothing else to keep them
                continue
            record = reader.record(row, at)
            if record is not None:
                records.append(record)
        return self._response(model, {**common.values, items.attribute: tuple(records)}, outer)

    def errors(self) -> Response | None:
        """Read an error reply: a row for each error."""
        matched = self._match(layout_of(ErrorResponse), skip=REPLIES)
        header = self._at.to(_HEADER)
        if matched is None:
            return None
        (columns,), reader, positions = matched
        labels = [self._table.header[position] for position in positions]
        if len(frozenset(map(fold, labels))) < len(labels):
            header.report(rules.WRONG_KIND, "expected one column of errors, got it again")
            return None
        for position, label in zip(positions, labels, strict=True):
            if label != "Error":
                own = fold(label) in OWN_NAMES
                rule, expected = (rules.INFERRED_SPELLING, "label") if own else (rules.ERROR_SHAPE, "column")
                message = f"expected the {expected} 'Error', accepted {format_value(label)}"
                self._at.to((*_HEADER, position)).report(rule, message)
        common = _Common(columns, self._at)
        texts: list[str] = []
        extra: dict[str, object] = {}
        for number, (row, at) in enumerate(reader.even(self._table.rows, self._at)):
            common.read(row, at.path)
            cells = reader.extra_cells(row)
            if number and cells != extra:
                self._at.to(at.path).report(
                    rules.UNEVEN_PAGES, "expected the same undocumented fields on each row, got others"
                )
            extra = extra or cells
            texts += [row[place] for place in positions if not names_no_error(row[place])]
        if not texts and isinstance(common.values["code"], str):
            texts.append(common.values["code"])
        if not texts:
            header.report(rules.EMPTY_ERRORS, "expected at least one error, got none")
            return None
        return self._response(ErrorResponse, {**common.values, "errors": tuple(texts)}, extra)

    def _response(self, model: type[Response], values: dict[str, object], extra: dict[str, object]) -> Response:
        fields = ExtraFields()
        fields.values = extra
        ordered = {name: values.get(name) for name in model.model_fields} | {"endpoint": endpoint_of(model)}
        return build(model, ordered, fields.of(model))


class _Common:
    """The columns that must be equal in all rows."""

    def __init__(self, columns: LayoutColumns, at: Cursor) -> None:
        self.values: dict[str, object] = {field.attribute: field.default for field in columns.layout.fields}
        self._columns = columns
        self._at = at
        self._cells: list[str] | None = None

    def read(self, row: list[str], path: Path) -> None:
        """Read the columns of the first row, and compare those of the others with it."""
        if not self._columns.places:
            return
        cells = [row[position] for position, _ in self._columns.places]
        if self._cells is None:
            self._cells = cells
            values = self._columns.values(row, self._at.to(path)) or {}
            self.values = {name: values.get(name) for name in self.values}
        elif cells != self._cells:
            self._at.to(path).report(rules.UNEVEN_PAGES, "expected the same page on each row, got another")


class _CellFinder(Finder):
    """Finds cells. The fields next to the records are found in the first row."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self._rows = table.rows
        self._items = layout.items
        layouts = (layout.items.layout, layout) if layout.items else (layout,)
        matched = match_columns(table.header, layouts, Collector(len(table.header) + 2).cursor())
        self._columns, self._unknown = matched[:2] if matched else ([LayoutColumns(layout, ())], {})

    def path(self, names: list[str]) -> Path | None:
        steps = record_steps(self._items, names)
        if steps is None:
            return self._cell(0, self._columns[-1], names) if names and self._rows else _HEADER
        if not steps:
            return _HEADER
        number = number_of(steps[0], len(self._rows))
        return None if number is None else self._cell(number, self._columns[0], steps[1:])

    def _cell(self, row: int, columns: LayoutColumns, names: list[str]) -> Path:
        field = columns.layout.by_fold.get(fold(names[0])) if names else None
        cells = [(row, position) for position, known in columns.places if known is field]
        if field is None or not cells:
            position = self._unknown.get(names[0]) if names else None
            return (row,) if position is None else (row, position)
        members: list[Path] = [cell for cell in cells for _ in hosts_in(field, self._rows[row][cell[1]])]
        return member_path(members, names[1:], cells[0])


class _TableWriter:
    def __init__(self, response: Response, format: str) -> None:
        self._response = response
        self._format = format

    def single(self, layout: Layout) -> Table:
        """Write a response that is one row."""
        extra = self._extra([self._response], lambda _: _ROOT, (layout,))
        row = [*_cells(layout, self._response), *_extra_cells(self._response, extra)]
        return Table([*_labels(layout), *self._names(extra)], [row])

    def records(self, layout: Layout, items: ItemsField) -> Table:
        """Write a response with records, and repeat its own fields in each row."""
        for name in self._response.model_extra or {}:
            message = f"expected no field next to records, got {format_value(name)}"
            cannot_carry(self._format, message, join_pointer(_ROOT, name))
        inner = items.layout
        records = records_of(self._response)
        base = join_pointer(_ROOT, items.wire_name) if items.wire_name else _ROOT
        extra = self._extra(records, partial(join_pointer, base), (inner, layout))
        page = _cells(layout, self._response)
        rows = [[*_cells(inner, record), *page, *_extra_cells(record, extra)] for record in records]
        labels = next((index for index, row in enumerate(rows) if are_labels(row)), None)
        if labels is not None:
            message = "expected a record that does not look like the labels of the table, got one that does"
            cannot_carry(self._format, message, join_pointer(base, labels))
        if page and not rows:
            rows = [[""] * len(inner.fields) + page]
        return Table([*_labels(inner), *_labels(layout), *extra], rows)

    def errors(self, layout: Layout, response: ErrorResponse) -> Table:
        """Write an error reply: a row for each error."""
        extra = self._extra([response], lambda _: _ROOT, (layout,), REPLIES)
        common = _extra_cells(response, extra)
        if response.code is None:
            return Table(["Error", *self._names(extra)], [[text, *common] for text in response.errors])
        code = _cells(layout, response)
        header = ["Error", *_labels(layout), *self._names(extra)]
        return Table(header, [[text, *code, *common] for text in response.errors])

    def _names(self, extra: list[str]) -> list[str]:
        return [wire_name(name, type(self._response)) for name in extra]

    def _extra(
        self,
        models: Iterable[BaseModel],
        pointer_of: Callable[[int], str],
        layouts: tuple[Layout, ...],
        reserved: frozenset[str] = frozenset(),
    ) -> list[str]:
        """Return the names of undocumented fields, in the order in which they appear.

        Args:
            models: the models.
            pointer_of: returns the pointer of a model from its index.
            layouts: the layouts of all documented columns.
            reserved: folded names that an undocumented field cannot have either.

        Raises:
            EncodeError: a field is not a text, is blank, or has a reserved name.
        """
        names: dict[str, int] = {}
        for index, model in enumerate(models):
            for name, value in (model.model_extra or {}).items():
                names.setdefault(name, index)
                if not isinstance(value, str) or not value:
                    expected = f"a text that is not blank, as {self._format} has no other values"
                    message = f"expected {expected}, got {format_value(value)}"
                    cannot_carry(self._format, message, join_pointer(pointer_of(index), name))
        for name, index in names.items():
            taken = any(fold(name) in layout.by_fold or _spread_field(layout, name) for layout in layouts)
            if taken or fold(name) in reserved:
                message = f"expected an undocumented name, got {format_value(name)}"
                cannot_carry(self._format, message, join_pointer(pointer_of(index), name))
        return list(names)


def _labels(layout: Layout) -> list[str]:
    return [field.label for field in layout.fields]


def _cells(layout: Layout, model: BaseModel) -> list[str]:
    return [cell_of(field.node(model)) for field in layout.fields]


def cell_of(node: Node) -> str:
    """Return a value on the wire as a cell."""
    if node is None:
        return ""
    return join_hosts(cast("list[str]", node)) if isinstance(node, list) else str(node)


def _extra_cells(model: BaseModel, names: list[str]) -> list[str]:
    extra = model.model_extra or {}
    return [cast(str, extra.get(name, "")) for name in names]
