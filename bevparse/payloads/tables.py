"""The columns of a table, matched with the fields of a layout once for all rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import cast

from pydantic import BaseModel

from ..models import EndpointName, ErrorResponse, Response
from ..problems import format_value, join_pointer, rules
from ..problems.findings import Findings
from ..problems.rules import Rule
from ..tree import Fields, Node, Path, Table, fold
from ..wire import UNREAD, Deviation, is_unsaid, join_hosts
from .candidates import ARRAYS, candidates_of_names
from .fields import fits
from .instances import build
from .layout import UNSET, Field, ItemsField, Layout, layout_of
from .replies import OWN_NAMES, REPLIES
from .trees import fail

__all__ = [
    "POINTER",
    "Columns",
    "RowReader",
    "even_rows",
    "match_columns",
    "read_table",
    "spread_field",
    "table_candidates",
    "write_table",
]

POINTER = "/response"
_SPREAD = re.compile(r"(.+?)[ ._\[-]*([0-9]{1,6})\]?\Z")
_LONGEST_SPREAD = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row has the values of one layout."""

    layout: Layout
    places: tuple[tuple[int, Field], ...]
    findings: Findings

    def values(self, row: list[str], number: int, pointer: str) -> dict[str, object] | None:
        """Read the cells of a row, or note why one cannot be read."""
        values = self.layout.template.copy()
        gathered: dict[str, list[tuple[str, ...]]] = {}
        sound = True
        for position, field in self.places:
            result = field.spelling.text(row[position])
            if isinstance(result, Deviation):
                result = self._note(result, (number, position), join_pointer(pointer, field.wire.name))
                sound = sound and result is not UNREAD
            if isinstance(result, tuple) and isinstance(values[field.attribute], tuple):
                gathered.setdefault(field.attribute, []).append(cast("tuple[str, ...]", result))
            else:
                values[field.attribute] = result
        for attribute, more in gathered.items():
            values[attribute] = tuple(chain(cast("tuple[str, ...]", values[attribute]), *more))
        return self._settled(values, number, pointer) if sound else None

    def _settled(self, values: dict[str, object], number: int, pointer: str) -> dict[str, object] | None:
        """Put defaults where there is no column, and see that what is required is said."""
        for field in self.layout.fields:
            value = values[field.attribute]
            if value is UNSET:
                values[field.attribute] = field.default
            elif value is None and field.required:
                self.findings.add(rules.MISSING_FIELD, f"expected {field.wire.name}, got none", pointer, (number,))
                return None
        return values

    def _note(self, deviation: Deviation, path: Path, pointer: str) -> object:
        for note in deviation.notes:
            self.findings.add(note.rule, note.message, pointer, path)
        return deviation.value

    def blank(self, row: list[str]) -> bool:
        """Tell whether every cell of the layout is blank."""
        return all(is_unsaid(row[position]) for position, _ in self.places)

    def complete(self) -> bool:
        """Note the fields that have no column, and tell whether the rest is enough for a model."""
        present = {field.attribute for _, field in self.places}
        missing = [field for field in self.layout.fields if field.attribute not in present]
        absent = [field.label for field in missing if field.wire.always]
        if absent:
            self.findings.add(
                rules.ABSENT_FIELD, f"expected columns {', '.join(absent)}, accepted a header without", POINTER, (-1,)
            )
        required = [field.label for field in missing if field.required]
        for label in required:
            self.findings.add(rules.MISSING_FIELD, f"expected a column {label}, got none", POINTER, (-1,))
        return not required


def _spread_number(label: str) -> int:
    """Give the number of a member of a list that is spread over columns, -1 for any other column."""
    found = _SPREAD.match(label)
    return int(found[2]) if found else -1


def spread_field(layout: Layout, label: str) -> Field | None:
    """Find the list of which a numbered label, such as mxRecords.0, is one member."""
    found = _SPREAD.match(label) if len(label) <= _LONGEST_SPREAD else None
    field = layout.by_fold.get(fold(found[1])) if found else None
    return field if field and field.spelling.many else None


class _Matcher:
    def __init__(self, layouts: tuple[Layout, ...], apart: frozenset[str], findings: Findings) -> None:
        self.places: list[list[tuple[int, Field]]] = [[] for _ in layouts]
        self.numbers: dict[int, int] = {}
        self.unknown: dict[str, int] = {}
        self.apart: list[int] = []
        self.sound = True
        self._layouts = layouts
        self._apart = apart
        self._findings = findings

    def match(self, position: int, label: str) -> None:
        """Give a column to the layout that knows its label, or keep it as undocumented."""
        folded = fold(label)
        if folded in self._apart:
            self.apart.append(position)
            return
        for layout, places in zip(self._layouts, self.places, strict=True):
            field = layout.by_fold.get(folded)
            spread = None if field else spread_field(layout, label)
            if field or spread:
                self._put(places, position, label, field, spread)
                return
        if label in self.unknown:
            self._again(position, label)
        else:
            self._note(rules.UNKNOWN_FIELD, f"expected documented columns only, kept {format_value(label)}", position)
            self.unknown[label] = position

    def _put(
        self, places: list[tuple[int, Field]], position: int, label: str, field: Field | None, spread: Field | None
    ) -> None:
        if spread:
            message = f"expected one column {format_value(spread.label)}, accepted several"
            self._findings.add_once(rules.LIST_SPELLING, spread.attribute, message, POINTER, (-1, position))
        elif field and any(known is field for _, known in places):
            self._again(position, label)
        elif field and label != field.label:
            self._note(
                rules.NAME_SPELLING,
                f"expected the label {format_value(field.label)}, accepted {format_value(label)}",
                position,
            )
        places.append((position, cast(Field, field or spread)))
        if spread:
            self.numbers[position] = _spread_number(label)

    def _again(self, position: int, label: str) -> None:
        self._note(rules.DUPLICATE_FIELD, f"expected each label once, got {format_value(label)} again", position)
        self.sound = False

    def _note(self, rule: Rule, message: str, position: int) -> None:
        self._findings.add(rule, message, POINTER, (-1, position))


def match_columns(
    header: list[str], layouts: tuple[Layout, ...], findings: Findings, apart: frozenset[str] = frozenset()
) -> tuple[list[Columns], dict[str, int], list[int]] | None:
    """Match the labels of a header with layouts, or note why that cannot be done.

    Args:
        header: the labels.
        layouts: whose fields they may name; the first that knows a label has it.
        findings: where problems go.
        apart: folded labels that somebody else reads.

    Returns:
        The columns of each layout, the undocumented labels with their positions, and the positions set apart.
    """
    matcher = _Matcher(layouts, apart, findings)
    for position, label in enumerate(header):
        matcher.match(position, label)
    for places in matcher.places:
        places.sort(key=lambda place: matcher.numbers.get(place[0], -1))
    columns = [Columns(layout, tuple(places), findings) for layout, places in zip(layouts, matcher.places, strict=True)]
    complete = [one.complete() for one in columns] if header else [True]
    return (columns, matcher.unknown, matcher.apart) if matcher.sound and all(complete) else None


def table_candidates(table: Table) -> tuple[EndpointName, ...]:
    """Tell by the labels which endpoints answer so."""
    if not table.header:
        return ARRAYS
    names = frozenset(fold(label) for label in table.header)
    found = candidates_of_names(names, array=False)
    if found == ("create",):
        requests = len(table.rows) != 1 or candidates_of_names(names - {"id"}, array=True)
        return ("status",) if requests else found
    return found or candidates_of_names(names, array=True)


def read_table(model: type[Response], table: Table, findings: Findings) -> Response | None:
    """Read a table as the answer of one endpoint, or note why it cannot be read."""
    reader = _TableReader(table, findings)
    if model is ErrorResponse:
        return reader.errors()
    layout = layout_of(model)
    return reader.records(model, layout.items) if layout.items else reader.single(model)


def even_rows(table: Table, findings: Findings, pointer: str, first: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that have as many cells as the header has labels, and note the others.

    Args:
        table: the table.
        findings: where problems go.
        pointer: the pointer of the array of records.
        first: the number of the first row.
    """
    width = len(table.header)
    for number, row in enumerate(table.rows, start=first):
        if len(row) == width:
            yield number, row
        else:
            findings.rejected.append((join_pointer(pointer, number), cast("list[Node]", row)))
            findings.add(
                rules.RAGGED_ROW, f"expected {width} cells, got {len(row)}", join_pointer(pointer, number), (number,)
            )


class RowReader:
    """Reads rows as records, with their undocumented cells."""

    def __init__(self, header: list[str], columns: Columns, unknown: dict[str, int], findings: Findings) -> None:
        self._header = header
        self._columns = columns
        self._unknown = unknown
        self._findings = findings

    def record(self, row: list[str], number: int, base: str = POINTER) -> BaseModel | None:
        """Read one row that is as long as the header, or note why it cannot be read."""
        pointer = join_pointer(base, number)
        values = self._columns.values(row, number, pointer)
        if values is None:
            self._findings.rejected.append((pointer, Fields(list(zip(self._header, row, strict=True)))))
            return None
        return build(self._columns.layout.model, values, _kept(row, self._unknown))


class _TableReader:
    def __init__(self, table: Table, findings: Findings) -> None:
        self._table = table
        self._findings = findings

    def _rows(self, pointer: str = POINTER) -> Iterator[tuple[int, list[str]]]:
        return even_rows(self._table, self._findings, pointer)

    def single(self, model: type[Response]) -> Response | None:
        """Read a response that is one row, as only a table of one row is taken for."""
        matched = match_columns(self._table.header, (layout_of(model),), self._findings)
        rows = list(self._rows())
        if matched is None or not rows:
            return None
        (columns,), unknown, _ = matched
        number, row = rows[0]
        values = columns.values(row, number, POINTER)
        return None if values is None else self._response(model, values, _kept(row, unknown))

    def records(self, model: type[Response], source: ItemsField) -> Response | None:
        """Read a response of records, whose other fields are repeated on each row."""
        layout = layout_of(model)
        matched = match_columns(self._table.header, (source.layout, layout), self._findings)
        if matched is None:
            return None
        (items, page), unknown, _ = matched
        records: list[BaseModel] = []
        beside: dict[str, object] = {}
        common = _Common(page, self._findings)
        reader = RowReader(self._table.header, items, unknown, self._findings)
        base = join_pointer(POINTER, source.wire_name) if source.wire_name else POINTER
        for number, row in self._rows(base):
            common.read(row, number)
            if page.places and len(self._table.rows) == 1 and items.blank(row):
                beside = _kept(row, unknown)  # the one row of an empty page has nothing else to keep them
                continue
            record = reader.record(row, number, base)
            if record is not None:
                records.append(record)
        return self._response(model, {**common.values, source.attribute: tuple(records)}, beside)

    def errors(self) -> Response | None:
        """Read an error reply: a row for each error."""
        matched = match_columns(self._table.header, (layout_of(ErrorResponse),), self._findings, REPLIES)
        if matched is None or len(matched[2]) != 1:
            if matched is not None:
                self._findings.add(rules.WRONG_KIND, "expected one column of errors, got several", POINTER, (-1,))
            return None
        (columns,), unknown, (position,) = matched
        label = self._table.header[position]
        if label != "Error":
            rule, expected = (
                (rules.NAME_SPELLING, "label") if fold(label) in OWN_NAMES else (rules.ERROR_SHAPE, "column")
            )
            self._findings.add(
                rule, f"expected the {expected} 'Error', accepted {format_value(label)}", POINTER, (-1, position)
            )
        common = _Common(columns, self._findings)
        texts: list[str] = []
        extra: dict[str, object] = {}
        for number, row in self._rows():
            common.read(row, number)
            kept = _kept(row, unknown)
            if texts and kept != extra:
                self._findings.add(
                    rules.UNEVEN_PAGES, "expected the same fields on each row, got others", POINTER, (number,)
                )
            extra = extra or kept
            texts.append(row[position])
        if not texts:
            self._findings.add(rules.EMPTY_ERRORS, "expected at least one error, got none", POINTER, (-1,))
            return None
        return self._response(ErrorResponse, {**common.values, "errors": tuple(texts)}, extra)

    def _response(self, model: type[Response], values: dict[str, object], extra: dict[str, object]) -> Response | None:
        if not fits(model, extra, (-1,), self._findings):
            return None
        ordered = {name: values.get(name) for name in model.model_fields}
        ordered["endpoint"] = model.model_fields["endpoint"].default
        return build(model, ordered, extra)


class _Common:
    """What every row repeats, so that all must agree."""

    def __init__(self, columns: Columns, findings: Findings) -> None:
        self.values: dict[str, object] = {field.attribute: field.default for field in columns.layout.fields}
        self._columns = columns
        self._findings = findings
        self._cells: list[str] | None = None

    def read(self, row: list[str], number: int) -> None:
        """Read the first row, and compare the others with it."""
        if not self._columns.places:
            return
        cells = [row[position] for position, _ in self._columns.places]
        if self._cells is None:
            self._cells = cells
            values = self._columns.values(row, number, POINTER) or {}
            self.values = {name: values.get(name) for name in self.values}
        elif cells != self._cells:
            self._findings.add(
                rules.UNEVEN_PAGES, "expected the same page on each row, got another", POINTER, (number,)
            )


def _kept(row: list[str], unknown: dict[str, int]) -> dict[str, object]:
    """Keep the cells of undocumented columns that are not blank."""
    return {label: row[position] for label, position in unknown.items() if row[position]}


def write_table(response: Response, format: str) -> Table:
    """Turn a response into a table.

    Raises:
        EncodeError: an undocumented field is no text, is blank, has a documented name, or stands beside records.
    """
    writer = _TableWriter(response, format)
    layout = layout_of(type(response))
    if isinstance(response, ErrorResponse):
        table = writer.errors(layout, response)
    elif layout.items is None:
        table = writer.single(layout)
    else:
        table = writer.records(layout, layout.items)
    if response.endpoint not in table_candidates(table):
        fail(format, "expected undocumented fields that leave the endpoint clear, got others", "/response")
    return table


class _TableWriter:
    def __init__(self, response: Response, format: str) -> None:
        self._response = response
        self._format = format

    def single(self, layout: Layout) -> Table:
        """Write a response that is one row."""
        extra = self._extra([self._response], (layout,), "/response")
        return Table(
            [*_labels(layout), *extra], [[*_cells(layout, self._response), *_extra_cells(self._response, extra)]]
        )

    def records(self, layout: Layout, items: ItemsField) -> Table:
        """Write a response of records, repeating its own fields on each row."""
        for name in self._response.model_extra or {}:
            fail(
                self._format,
                f"expected no field beside records, got {format_value(name)}",
                join_pointer("/response", name),
            )
        inner = items.layout
        records = cast("tuple[BaseModel, ...]", getattr(self._response, items.attribute))
        base = join_pointer("/response", items.wire_name) if items.wire_name else "/response"
        extra = self._extra(records, (inner, layout), base)
        page = _cells(layout, self._response)
        rows = [[*_cells(inner, record), *page, *_extra_cells(record, extra)] for record in records]
        if page and not rows:
            rows = [[""] * len(inner.fields) + page]
        return Table([*_labels(inner), *_labels(layout), *extra], rows)

    def errors(self, layout: Layout, response: ErrorResponse) -> Table:
        """Write an error reply: a row for each error."""
        extra = self._extra([response], (layout,), "/response", REPLIES)
        common = _extra_cells(response, extra)
        if response.code is None:
            return Table(["Error", *extra], [[text, *common] for text in response.errors])
        code = _cells(layout, response)
        return Table(["Error", *_labels(layout), *extra], [[text, *code, *common] for text in response.errors])

    def _extra(
        self,
        models: Iterable[BaseModel],
        layouts: tuple[Layout, ...],
        pointer: str,
        reserved: frozenset[str] = frozenset(),
    ) -> list[str]:
        """Gather the names of undocumented fields, in the order in which they appear, and check that they can stand."""
        names: dict[str, None] = {}
        for index, model in enumerate(models):
            for name, value in (model.model_extra or {}).items():
                names[name] = None
                if not isinstance(value, str) or not value:
                    expected = f"a text that is not blank, which is all that {self._format} knows"
                    message = f"expected {expected}, got {format_value(value)}"
                    fail(self._format, message, join_pointer(join_pointer(pointer, index), name))
        for name in names:
            taken = any(fold(name) in layout.by_fold or spread_field(layout, name) for layout in layouts)
            if taken or fold(name) in reserved:
                fail(
                    self._format,
                    f"expected an undocumented name, got {format_value(name)}",
                    join_pointer(pointer, name),
                )
        return list(names)


def _labels(layout: Layout) -> list[str]:
    return [field.label for field in layout.fields]


def _cells(layout: Layout, model: BaseModel) -> list[str]:
    values = model.__dict__
    return [_cell(field, values[field.attribute]) for field in layout.fields]


def _cell(field: Field, value: object) -> str:
    node = field.spelling.write(value)
    if node is None:
        return ""
    return join_hosts(cast("list[str]", node)) if isinstance(node, list) else str(node)


def _extra_cells(model: BaseModel, names: list[str]) -> list[str]:
    extra = model.model_extra or {}
    return [cast(str, extra.get(name, "")) for name in names]
