"""The header of a table: which field each label is for, and how the rows under the header are read as records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, cast

from pydantic import BaseModel

from ..problems import format_value, rules
from ..problems.collector import Cursor
from ..tree import Fields, Path, fold
from ..wire import UNREAD, Deviation, is_plainly_missing
from .fields import kept
from .instances import build
from .labels import are_labels, may_be_label
from .layout import UNSET, Field, Layout

__all__ = ["HEADER", "Header", "LayoutColumns", "RowReader", "match_header", "spread_field"]

HEADER: Final[Path] = (-1,)
_MOST_VALUES: Final = 1024
_SPREAD: Final = re.compile(r"(.+?)[ ._\[-]*([0-9]{1,6})\]?\Z")
"""The label of a column with one member of a list, such as mxRecords.0: the name of the list, and a number."""
_LONGEST_SPREAD: Final = 100


@dataclass(frozen=True, slots=True)
class LayoutColumns:
    """The columns of a table that have the fields of one layout."""

    layout: Layout
    places: tuple[tuple[int, Field], ...]
    """The position of each column, and its field."""

    def values(self, row: list[str], at: Cursor) -> dict[str, object] | None:
        """Return the values of a row by attribute, or report which value cannot be read and return None."""
        values = self.layout.unset.copy()
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
        """Give missing columns their defaults. If a required value is missing, report it and return None."""
        for field in self.layout.fields:
            value = values[field.attribute]
            if value is UNSET:
                values[field.attribute] = field.default
            elif value is None and field.required:
                at.report(rules.MISSING_FIELD, f"expected {field.wire.name}, got none")
                return None
        return values

    def is_blank(self, row: list[str]) -> bool:
        """Return whether all cells in these columns are blank."""
        return all(is_plainly_missing(row[position]) for position, _ in self.places)

    def is_complete(self, at: Cursor) -> bool:
        """Report missing columns, and return whether all required ones are present."""
        present = {field.attribute for _, field in self.places}
        missing = [field for field in self.layout.fields if field.attribute not in present]
        absent = [field.label for field in missing if field.wire.always]
        if absent:
            at.report(rules.ABSENT_FIELD, f"expected columns {', '.join(absent)}, accepted none")
        required = [field.label for field in missing if field.required]
        for label in required:
            at.report(rules.MISSING_FIELD, f"expected a column {label}, got none")
        return not required


def spread_field(layout: Layout, label: str) -> tuple[Field, int] | None:
    """Return the list field and the number of the member that a label such as mxRecords.0 names, or None."""
    found = _SPREAD.match(label) if len(label) <= _LONGEST_SPREAD else None
    field = layout.by_fold.get(fold(found[1])) if found else None
    return (field, int(found[2])) if found and field and field.spelling.many else None


@dataclass(frozen=True, slots=True)
class Header:
    """The labels of a table, and which field each is for."""

    labels: list[str]
    columns: list[LayoutColumns]
    """The columns of each layout."""
    unknown: dict[str, int]
    """The position of each undocumented label."""
    skipped: list[int]
    """The positions of the columns that are read elsewhere."""


def match_header(
    labels: list[str], layouts: tuple[Layout, ...], at: Cursor, skip: frozenset[str] = frozenset()
) -> Header | None:
    """Find the field of each label, or report why the header cannot be read and return None.

    Args:
        labels: the labels.
        layouts: the layouts. The first one that has a field for a label gets the column.
        at: the cursor of the table.
        skip: the folded labels of columns that are read elsewhere.
    """
    matcher = _Matcher(layouts, skip, at.to(HEADER))
    for position, label in enumerate(labels):
        matcher.match(position, label)
    for places in matcher.places:
        places.sort(key=lambda place: matcher.numbers.get(place[0], -1))
    columns = [LayoutColumns(layout, tuple(places)) for layout, places in zip(layouts, matcher.places, strict=True)]
    complete = [one.is_complete(at.to(HEADER)) for one in columns] if labels else [True]
    return Header(labels, columns, matcher.unknown, matcher.skipped) if matcher.unique and all(complete) else None


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
        """Add a column to the layout that has a field for its label, or to the undocumented columns."""
        folded = fold(label)
        if folded in self._skip:
            self.skipped.append(position)
            return
        if not label:
            self._label(position).report_once(
                rules.SKIPPED_TEXT, label, "expected a label for each column, got a blank one"
            )
            self.unknown.setdefault(label, position)
            return
        for layout, places in zip(self._layouts, self.places, strict=True):
            field, spread = layout.by_fold.get(folded), spread_field(layout, label)
            if field:
                self._put(places, position, label, field)
                return
            if spread:
                self._put_spread(places, position, *spread)
                return
        if label in self.unknown:
            self._report_repeated(position, label)
        else:
            message = f"expected documented columns only, {kept(label)}"
            self._label(position).report(rules.UNKNOWN_FIELD, message)
            self.unknown[label] = position

    def _put(self, places: list[tuple[int, Field]], position: int, label: str, field: Field) -> None:
        if any(known is field for _, known in places):
            self._report_repeated(position, label)
        elif label != field.label:
            message = f"expected the label {format_value(field.label)}, accepted {format_value(label)}"
            self._label(position).report(rules.INFERRED_SPELLING, message)
        places.append((position, field))

    def _put_spread(self, places: list[tuple[int, Field]], position: int, field: Field, number: int) -> None:
        message = f"expected one column {format_value(field.label)}, accepted several columns"
        self._label(position).report_once(rules.INFERRED_SPELLING, field.attribute, message)
        self.numbers[position] = number
        places.append((position, field))

    def _report_repeated(self, position: int, label: str) -> None:
        message = f"expected each label once, got {format_value(label)} twice"
        self._label(position).report(rules.DUPLICATE_FIELD, message)
        self.unique = False

    def _label(self, position: int) -> Cursor:
        return self._at.to((*HEADER, position))


class RowReader:
    """Reads the rows under a header as records of its first layout, with their undocumented cells."""

    def __init__(self, header: Header) -> None:
        self.relabelled = False
        """Whether a row had other labels than the header. Then the meaning of the next rows is not certain."""
        self._header = header.labels
        self._columns = header.columns[0]
        self._unknown = header.unknown
        self._labels = [fold(label) for label in header.labels]
        self._others = frozenset(self._labels)
        self._values: set[str] = set()
        """Cells of earlier rows that are no labels."""
        self._blank = [position for position, label in enumerate(header.labels) if not label]
        self._least = max((position for position, label in enumerate(header.labels, start=1) if label), default=0)

    def full_rows(self, rows: Iterable[list[str]], at: Cursor, first: int = 0) -> Iterator[tuple[list[str], Cursor]]:
        """Return each row that has a cell for each label, with its cursor. Reject all other rows.

        A row may lack the cells of the last columns, if these have no label. Blank cells are added to the row.

        Args:
            rows: the rows.
            at: the cursor of the array of records.
            first: the index of the first row.
        """
        width = len(self._header)
        for number, row in enumerate(rows, start=first):
            row_at = at.child(number, number)
            # Most rows have a cell of an earlier row, such as "true", which shows that they are no labels.
            if self.relabelled or (self._values.isdisjoint(row) and self._are_labels(row)):
                self._refuse_labels(row, row_at)
            elif len(row) != width and not self._least <= len(row) < width:
                row_at.reject(row)
                row_at.report(rules.RAGGED_ROW, f"expected {width} cells, got {len(row)}")
            elif not self._blank or self._is_labelled(row, row_at):
                yield row if len(row) == width else row + [""] * (width - len(row)), row_at

    def _are_labels(self, row: list[str]) -> bool:
        """Return whether a row consists of labels, and remember its cells that are no labels."""
        if len(self._values) < _MOST_VALUES:
            self._values.update(cell for cell in row if not may_be_label(cell, self._others))
        return are_labels(row, self._others)

    def _is_labelled(self, row: list[str], at: Cursor) -> bool:
        """Return whether each cell has a label or is blank. One column without a label is also allowed, and kept."""
        cells = [position for position in self._blank if position < len(row) and row[position]]
        if cells and cells != self._blank[:1]:
            at.reject(row)
            at.report(rules.RAGGED_ROW, "expected a label for each cell, got cells in several columns without a label")
            return False
        if cells:
            message = "expected documented columns only, got one without a label, which was kept"
            at.child(cells[0], "").report_once(rules.UNKNOWN_FIELD, "", message)
        return True

    def _refuse_labels(self, row: list[str], at: Cursor) -> None:
        """Report a row of labels. After labels that differ from the header, report each row."""
        message = "expected a record, got the labels again"
        if self.relabelled:
            message = "expected a record under the labels of the first line, got a row under other labels"
        elif [fold(cell) for cell in row] != self._labels:
            self.relabelled = True
            message = "expected a record, got labels that differ from the first line"
        at.reject(row)
        at.report(rules.LABELS_AGAIN, message)

    def record(self, row: list[str], at: Cursor) -> BaseModel | None:
        """Read a row with as many cells as the header, or report why it cannot be read and return None."""
        values = self._columns.values(row, at)
        if values is None:
            at.reject(Fields(list(zip(self._header, row, strict=True))))
            return None
        return build(self._columns.layout.model, values, self.extra_cells(row) if self._unknown else {})

    def extra_cells(self, row: list[str]) -> dict[str, object]:
        """Return the cells in undocumented columns by their labels, without blank cells."""
        return {label: row[position] for label, position in self._unknown.items() if row[position]}
