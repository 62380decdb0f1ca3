"""The lane for writing: an array of records as text, piece by piece, in the one spelling that each format has.

As in reading, a record is its first field, a list, and a rest that repeats, so each rest is spelled once. Undocumented
fields that nobody vouches for, and what cannot be carried, are left to the tree, which knows all of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from operator import itemgetter
from typing import Final, cast

from pydantic import BaseModel

from ..formats import Format, csv, json, xml
from ..models import Response
from ..shapes.layout import Field, Layout, layout_of
from ..wire import TEXT
from .dialects import DIALECTS, Dialect
from .rows import Memo, SurpriseError

__all__ = ["RecordSpeller", "Undocumented", "dump_by_lane", "frame_of"]

_SLICE: Final = 1000


@dataclass(frozen=True, slots=True)
class Undocumented:
    """What is known about undocumented fields where records are written."""

    together: set[tuple[str, ...]]
    """Names that one record may have together."""
    columns: list[str]
    """The columns of a table that they stand in."""


_NONE: Final = Undocumented(set(), [])
_BY_MODULE: Final = {module.__name__: DIALECTS[module.name] for module in (csv, json, xml)}


def dump_by_lane(format: Format, response: Response) -> bytes | None:
    """Write an array of records, or give None and leave it to the tree.

    Args:
        format: the format.
        response: a response that is an array, or another, which no lane writes.
    """
    dialect = _BY_MODULE.get(getattr(format, "__name__", ""))
    items = layout_of(type(response)).items
    if dialect is None or items is None or items.wire_name or response.model_extra:
        return None
    records = cast("tuple[BaseModel, ...]", getattr(response, items.attribute))
    if not records:
        return None
    written = BytesIO()  # its value is the buffer itself, so that there is no second copy of the body
    try:
        for piece in _pieces(dialect, items.layout, records):
            written.write(piece.encode())
    except (SurpriseError, UnicodeEncodeError):
        return None
    return written.getvalue()


class RecordSpeller:
    """Spells records without what stands around them.

    Args:
        name: "json", "xml", "csv", "jsonl" (a line for each record) or "csv-safe" (for spreadsheets).
        layout: the layout of their model.
        undocumented: what undocumented fields they may have, which may change from one call to the next.
    """

    def __init__(self, name: str, layout: Layout, undocumented: Undocumented) -> None:
        self._between = DIALECTS[name].record[2]
        self._speller = _Speller(DIALECTS[name], layout, undocumented)

    def spell(self, records: Iterable[BaseModel]) -> bytes | None:
        """Spell records, or give None and leave it to the tree."""
        try:
            return self._between.join(self._speller.spell(records)).encode()
        except (SurpriseError, UnicodeEncodeError):
            return None


def frame_of(name: str, layout: Layout) -> tuple[str, str, str]:
    """Give what stands before the first record, between two, and behind the last."""
    before, behind = DIALECTS[name].around(layout)
    return before, DIALECTS[name].record[2], behind


def _pieces(dialect: Dialect, layout: Layout, records: Sequence[BaseModel]) -> Iterator[str]:
    before, behind = dialect.around(layout)
    speller = _Speller(dialect, layout)
    separator = ""
    yield before
    for start in range(0, len(records), _SLICE):
        yield separator + dialect.record[2].join(speller.spell(records[start : start + _SLICE]))
        separator = dialect.record[2]
    yield behind


class _Speller:
    """Spells records of one layout."""

    def __init__(self, dialect: Dialect, layout: Layout, undocumented: Undocumented = _NONE) -> None:
        fields = dialect.fields(layout)
        self._model = layout.model
        self._dialect = dialect
        self._undocumented = undocumented
        self._first = fields[0]
        self._list = next((field for field in fields if field.spelling.many), None)
        place = fields.index(self._list) if self._list else len(fields)
        self._before = list(fields[1:place])
        self._behind = list(fields[place + 1 :])
        self._rests: Memo[object, tuple[str, str]] = Memo(self._rest)
        self._lists: Memo[object, str] = Memo(self._members)

    def spell(self, records: Iterable[BaseModel]) -> Iterator[str]:
        """Spell records.

        Raises:
            SurpriseError: one has undocumented fields that it may not have, or holds what the format cannot carry.
        """
        opening, closing, _ = self._dialect.record
        first = self._first.attribute
        spell_first = self._dialect.text(self._first.wire.name) if self._first.spelling is TEXT else self._spell_first
        many = self._list.attribute if self._list else first
        rest_of = itemgetter(*(field.attribute for field in (*self._before, *self._behind)))
        rests, lists = self._rests, self._lists
        together, columns = self._undocumented.together, self._undocumented.columns
        blank = self._dialect.undocumented({}, columns)
        for record in records:
            if record.__class__ is not self._model:
                raise SurpriseError
            if extra := record.__pydantic_extra__:
                if tuple(extra) not in together:
                    raise SurpriseError
                tail = self._dialect.undocumented(extra, columns)
            else:
                tail = blank
            values = record.__dict__
            before, behind = rests[rest_of(values)]
            listed = lists[values[many]] if self._list else ""
            yield f"{opening}{spell_first(values[first])}{before}{listed}{behind}{tail}{closing}"

    def _spell_first(self, value: object) -> str:
        return self._dialect.field(self._first, self._first.spelling.write(value), first=True)

    def _spell(self, field: Field, value: object) -> str:
        return self._dialect.field(field, field.spelling.write(value), first=False)

    def _rest(self, values: object) -> tuple[str, str]:
        """Spell what stands around the list."""
        several = len(self._before) + len(self._behind) > 1
        left = list(cast("tuple[object, ...]", values) if several else (values,))
        before = "".join(map(self._spell, self._before, left))
        return before, "".join(map(self._spell, self._behind, left[len(self._before) :]))

    def _members(self, values: object) -> str:
        return self._spell(cast(Field, self._list), values)
