"""The columns of a table, matched with the fields of a layout once for all rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import cast

from ..problems import shown, step
from ..tree import Path, fold
from ..wire import UNREAD, Deviation, is_unsaid
from .findings import Findings
from .layout import UNSET, Field, Layout

__all__ = ["POINTER", "Columns", "match_columns", "spread_field"]

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
                result = self._note(result, (number, position), step(pointer, field.wire.name))
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
                self.findings.add("BEV208", f"expected {field.wire.name}, got none", pointer, (number,))
                return None
        return values

    def _note(self, deviation: Deviation, path: Path, pointer: str) -> object:
        for note in deviation.notes:
            self.findings.add(note.code, note.message, pointer, path)
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
                "BEV316", f"expected columns {', '.join(absent)}, accepted a header without", POINTER, (-1,)
            )
        required = [field.label for field in missing if field.required]
        for label in required:
            self.findings.add("BEV208", f"expected a column {label}, got none", POINTER, (-1,))
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
            self._note("BEV307", f"expected documented columns only, kept {shown(label)}", position)
            self.unknown[label] = position

    def _put(
        self, places: list[tuple[int, Field]], position: int, label: str, field: Field | None, spread: Field | None
    ) -> None:
        if spread:
            message = f"expected one column {shown(spread.label)}, accepted several"
            self._findings.add_once("BEV305", spread.attribute, message, POINTER, (-1, position))
        elif field and any(known is field for _, known in places):
            self._again(position, label)
        elif field and label != field.label:
            self._note("BEV308", f"expected the label {shown(field.label)}, accepted {shown(label)}", position)
        places.append((position, cast(Field, field or spread)))
        if spread:
            self.numbers[position] = _spread_number(label)

    def _again(self, position: int, label: str) -> None:
        self._note("BEV209", f"expected each label once, got {shown(label)} again", position)
        self.sound = False

    def _note(self, code: str, message: str, position: int) -> None:
        self._findings.add(code, message, POINTER, (-1, position))


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
