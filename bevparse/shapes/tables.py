"""Tables to models: a label is a field name in Title Case, a row is a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pydantic import BaseModel

from ..models import EndpointName, ErrorResponse, Response
from ..problems import shown, step
from ..tree import Fields, Node, Table, fold
from .building import build
from .columns import POINTER, Columns, match_columns
from .findings import Findings
from .keeping import fits
from .layout import ItemsField, layout_of
from .payloads import ARRAYS, candidates_of_names
from .replies import OWN_NAMES, REPLIES

__all__ = ["RowReader", "even_rows", "read_table", "table_candidates"]


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
            findings.rejected.append((step(pointer, number), cast("list[Node]", row)))
            findings.add("BEV210", f"expected {width} cells, got {len(row)}", step(pointer, number), (number,))


class RowReader:
    """Reads rows as records, with their undocumented cells."""

    def __init__(self, header: list[str], columns: Columns, unknown: dict[str, int], findings: Findings) -> None:
        self._header = header
        self._columns = columns
        self._unknown = unknown
        self._findings = findings

    def record(self, row: list[str], number: int, base: str = POINTER) -> BaseModel | None:
        """Read one row that is as long as the header, or note why it cannot be read."""
        pointer = step(base, number)
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
        base = step(POINTER, source.wire_name) if source.wire_name else POINTER
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
                self._findings.add("BEV207", "expected one column of errors, got several", POINTER, (-1,))
            return None
        (columns,), unknown, (position,) = matched
        label = self._table.header[position]
        if label != "Error":
            code, expected = ("BEV308", "label") if fold(label) in OWN_NAMES else ("BEV310", "column")
            self._findings.add(
                code, f"expected the {expected} 'Error', accepted {shown(label)}", POINTER, (-1, position)
            )
        common = _Common(columns, self._findings)
        texts: list[str] = []
        extra: dict[str, object] = {}
        for number, row in self._rows():
            common.read(row, number)
            kept = _kept(row, unknown)
            if texts and kept != extra:
                self._findings.add("BEV214", "expected the same fields on each row, got others", POINTER, (number,))
            extra = extra or kept
            texts.append(row[position])
        if not texts:
            self._findings.add("BEV213", "expected at least one error, got none", POINTER, (-1,))
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
            self._findings.add("BEV214", "expected the same page on each row, got another", POINTER, (number,))


def _kept(row: list[str], unknown: dict[str, int]) -> dict[str, object]:
    """Keep the cells of undocumented columns that are not blank."""
    return {label: row[position] for label, position in unknown.items() if row[position]}
