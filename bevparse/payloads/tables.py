"""Payloads of tables, such as those of CSV. A label is the name of a field in Title Case, and a row is a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, cast

from pydantic import BaseModel

from ..endpoints import endpoint_of
from ..models import EndpointName, ErrorResponse, Response
from ..problems import format_value, join_pointer, rules
from ..problems.collector import Collector, Cursor
from ..tree import Node, Path, Table, fold
from ..wire import join_hosts, names_no_error
from .detection import IDS_ONLY, Payload, candidates_of_table
from .fields import ExtraFields, cannot_carry, wire_name
from .headers import HEADER, Header, LayoutColumns, RowReader, match_header, spread_field
from .instances import build
from .labels import are_labels
from .layout import ItemsField, Layout, layout_of, records_of
from .replies import OWN_NAMES, REPLIES
from .responses import Finder, TreeKind, hosts_in, member_path, number_of, record_steps

__all__ = ["Tables", "cell_of"]

_ROOT: Final = "/response"
_ALSO: Final[dict[tuple[EndpointName, ...], tuple[EndpointName, ...]]] = {
    ("create",): ("status", "list"),
    ("status",): ("list",),
}
"""For the endpoints that a table fits, others that it may be read as: a list without page numbers has its columns."""


class Tables(TreeKind):
    """The kind "table": a header and rows of text."""

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the whole table as the payload."""
        table = cast(Table, root)
        found = candidates_of_table(table)
        also, empty = _ALSO.get(found, ()), not table.rows or found == IDS_ONLY
        return Payload(table, collector.cursor((), _ROOT), found, also_if_requested=also, empty=empty)

    def read(self, payload: Payload, model: type[Response]) -> Response | None:
        """Read the table as a model, or report why it cannot be read and return None."""
        reader = _TableReader(cast(Table, payload.node), payload.at)
        if model is ErrorResponse:
            return reader.errors()
        layout = layout_of(model)
        return reader.records(model, layout, layout.items) if layout.items else reader.single(model, layout)

    def write(self, response: Response, format: str) -> Table:
        """Return a response as a table with a label for each field and a row for each record.

        Raises:
            EncodeError: an undocumented field is not text, is blank, has a documented name, or is next to the records.
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
            cannot_carry(format, "the names of undocumented fields make the endpoint ambiguous", _ROOT)
        return table

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return an object that finds nodes by JSON pointers: a row by its index, a cell by its field."""
        return _CellFinder(cast(Table, payload.node), layout)


class _TableReader:
    def __init__(self, table: Table, at: Cursor) -> None:
        self._table = table
        self._at = at

    def _match(self, *layouts: Layout, skip: frozenset[str] = frozenset()) -> Header | None:
        return match_header(self._table.header, layouts, self._at, skip)

    def single(self, model: type[Response], layout: Layout) -> Response | None:
        """Read a response without records, which is the only row of its table."""
        header = self._match(layout)
        if header is None:
            return None
        (columns,), reader = header.columns, RowReader(header)
        for row, at in reader.full_rows(self._table.rows, self._at):
            values = columns.values(row, self._at.to(at.path))
            return None if values is None else self._response(model, values, reader.extra_cells(row))
        return None

    def records(self, model: type[Response], layout: Layout, items: ItemsField) -> Response | None:
        """Read a response with records. Its own fields, such as the page, are repeated on each row."""
        header = self._match(items.layout, layout)
        if header is None:
            return None
        (inner, page), reader = header.columns, RowReader(header)
        records: list[BaseModel] = []
        outer: dict[str, object] = {}
        common = _Common(page, self._at)
        base = self._at.at((), items.wire_name) if items.wire_name else self._at
        for row, at in reader.full_rows(self._table.rows, base):
            common.read(row, at.path)
            if page.places and len(self._table.rows) == 1 and inner.is_blank(row):
                outer = reader.extra_cells(row)  # the row of an empty page has no record that could keep them
                continue
            record = reader.record(row, at)
            if record is not None:
                records.append(record)
        return self._response(model, {**common.values, items.attribute: tuple(records)}, outer)

    def errors(self) -> Response | None:
        """Read an error reply, which has a row for each error."""
        header = self._match(layout_of(ErrorResponse), skip=REPLIES)
        if header is None:
            return None
        (columns,), reader, positions = header.columns, RowReader(header), header.skipped
        labels = [header.labels[position] for position in positions]
        if len(frozenset(map(fold, labels))) < len(labels):
            self._at.to(HEADER).report(rules.WRONG_KIND, "expected one column of errors, got several")
            return None
        for position, label in zip(positions, labels, strict=True):
            if label != "Error":
                own = fold(label) in OWN_NAMES
                rule, expected = (rules.INFERRED_SPELLING, "label") if own else (rules.ERROR_SHAPE, "column")
                message = f"expected the {expected} 'Error', accepted {format_value(label)}"
                self._at.to((*HEADER, position)).report(rule, message)
        common = _Common(columns, self._at)
        texts: list[str] = []
        extra: dict[str, object] = {}
        for number, (row, at) in enumerate(reader.full_rows(self._table.rows, self._at)):
            common.read(row, at.path)
            cells = reader.extra_cells(row)
            if number and cells != extra:
                self._at.to(at.path).report(
                    rules.UNEVEN_PAGES, "expected the same values in undocumented columns on each row, got others"
                )
            extra = extra or cells
            texts += [row[place] for place in positions if not names_no_error(row[place])]
        if not texts and isinstance(common.values["code"], str):
            texts.append(common.values["code"])
        if not texts:
            self._at.to(HEADER).report(rules.EMPTY_ERRORS, "expected at least one error, got none")
            return None
        return self._response(ErrorResponse, {**common.values, "errors": tuple(texts)}, extra)

    def _response(self, model: type[Response], values: dict[str, object], extra: dict[str, object]) -> Response:
        fields = ExtraFields()
        fields.values = extra
        ordered = {name: values.get(name) for name in model.model_fields} | {"endpoint": endpoint_of(model)}
        return build(model, ordered, fields.of(model))


class _Common:
    """Reads the columns that must have the same value on each row."""

    def __init__(self, columns: LayoutColumns, at: Cursor) -> None:
        self.values: dict[str, object] = {field.attribute: field.default for field in columns.layout.fields}
        self._columns = columns
        self._at = at
        self._names = " and ".join([field.label for _, field in columns.places])
        self._cells: list[str] | None = None

    def read(self, row: list[str], path: Path) -> None:
        """Read the first row. For each other row, report if a cell differs from the first row."""
        if not self._columns.places:
            return
        cells = [row[position] for position, _ in self._columns.places]
        if self._cells is None:
            self._cells = cells
            values = self._columns.values(row, self._at.to(path)) or {}
            self.values = {name: values.get(name) for name in self.values}
        elif cells != self._cells:
            self._at.to(path).report(
                rules.UNEVEN_PAGES, f"expected the same {self._names} on each row, got other values"
            )


class _CellFinder(Finder):
    """Finds cells. Fields next to the records are found in the first row."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self._rows = table.rows
        self._items = layout.items
        layouts = (layout.items.layout, layout) if layout.items else (layout,)
        header = match_header(table.header, layouts, Collector(len(table.header) + 2).cursor())
        self._columns = header.columns if header else [LayoutColumns(layout, ())]
        self._unknown = header.unknown if header else {}

    def path(self, names: list[str]) -> Path | None:
        steps = record_steps(self._items, names)
        if steps is None:
            return self._cell(0, self._columns[-1], names) if names and self._rows else HEADER
        if not steps:
            return HEADER
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
        """Write a response without records as one row."""
        extra = self._extra([self._response], lambda _: _ROOT, (layout,))
        row = [*_cells(layout, self._response), *_extra_cells(self._response, extra)]
        return Table([*_labels(layout), *self._names(extra)], [row])

    def records(self, layout: Layout, items: ItemsField) -> Table:
        """Write a response with records. Its own fields are repeated on each row."""
        for name in self._response.model_extra or {}:
            message = f"expected no undocumented field next to the records of a table, got {format_value(name)}"
            cannot_carry(self._format, message, join_pointer(_ROOT, name))
        inner = items.layout
        records = records_of(self._response)
        base = join_pointer(_ROOT, items.wire_name) if items.wire_name else _ROOT
        extra = self._extra(records, partial(join_pointer, base), (inner, layout))
        page = _cells(layout, self._response)
        rows = [[*_cells(inner, record), *page, *_extra_cells(record, extra)] for record in records]
        labels = next((index for index, row in enumerate(rows) if are_labels(row)), None)
        if labels is not None:
            message = "expected a record, got values that would be read as the labels again"
            cannot_carry(self._format, message, join_pointer(base, labels))
        if page and not rows:
            rows = [[""] * len(inner.fields) + page]
        return Table([*_labels(inner), *_labels(layout), *extra], rows)

    def errors(self, layout: Layout, response: ErrorResponse) -> Table:
        """Write an error reply with a row for each error."""
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
            pointer_of: returns the JSON pointer of the model at an index.
            layouts: the layouts of all documented columns.
            reserved: other folded names that an undocumented field must not have.

        Raises:
            EncodeError: a field is not text, is blank, or has a name that it must not have.
        """
        names: dict[str, int] = {}
        for index, model in enumerate(models):
            for name, value in (model.model_extra or {}).items():
                names.setdefault(name, index)
                if not isinstance(value, str) or not value:
                    expected = f"text that is not blank, because {self._format} has no other values"
                    message = f"expected {expected}, got {format_value(value)}"
                    cannot_carry(self._format, message, join_pointer(pointer_of(index), name))
        for name, index in names.items():
            taken = any(fold(name) in layout.by_fold or spread_field(layout, name) for layout in layouts)
            if taken or fold(name) in reserved:
                message = f"expected a name that no documented field has, got {format_value(name)}"
                cannot_carry(self._format, message, join_pointer(pointer_of(index), name))
        return list(names)


def _labels(layout: Layout) -> list[str]:
    return [field.label for field in layout.fields]


def _cells(layout: Layout, model: BaseModel) -> list[str]:
    return [cell_of(field.node(model)) for field in layout.fields]


def cell_of(node: Node) -> str:
    """Return a value of JSON as the text of a cell."""
    if node is None:
        return ""
    return join_hosts(cast("list[str]", node)) if isinstance(node, list) else str(node)


def _extra_cells(model: BaseModel, names: list[str]) -> list[str]:
    extra = model.model_extra or {}
    return [cast(str, extra.get(name, "")) for name in names]
