"""The fast path for writing arrays of records. How each format writes them is in the module of its lane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from io import BytesIO
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Final, Protocol, TypeVar, cast

from pydantic import BaseModel

from ..formats import Format
from ..models import Response
from ..payloads.detection import KNOWN_NAMES
from ..payloads.layout import Field, Layout, layout_of, records_of
from ..tree import Node, fold
from ..wire import TEXT
from . import IrregularRecordError, lane_of

__all__ = ["Dialect", "RecordSpeller", "dialect_of", "dump_by_lane"]

_SLICE: Final = 1000
_PLAIN: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@._+-"
"""Characters that no format escapes. Nearly all addresses have no others."""
_MOST_REMEMBERED: Final = 4096
_K = TypeVar("_K")
_T = TypeVar("_T")
_values_of: Final = attrgetter("__dict__")
_extra_of: Final = attrgetter("__pydantic_extra__")


class Dialect(Protocol):
    """How a format writes an array of records."""

    @property
    def opening(self) -> str:
        """What is before the first field of a record."""
        ...

    @property
    def closing(self) -> str:
        """What is after the last field of a record."""
        ...

    @property
    def between(self) -> str:
        """What is between two records."""
        ...

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields in the order in which they are written."""
        ...

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return what is before the first record, and what is after the last."""
        ...

    def text(self, name: str) -> Callable[[str], str]:
        """Return a function that writes the first field of a record, if its value is a string.

        The function raises `IrregularRecordError` for a string that the format cannot carry.

        Args:
            name: the name of the field.
        """
        ...

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str] | None:
        """Return what is before, between and after strings in a field, if they have only characters of `_PLAIN`.

        Returns:
            The three, or None if even such strings must be written by `field`.
        """
        ...

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Write a field, with the separator before it unless it is the first of its record.

        Raises:
            IrregularRecordError: the format cannot carry the value.
        """
        ...

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Write the undocumented fields of a record, with the separators before them.

        Args:
            extra: the fields.
            columns: the undocumented columns, in a table.

        Raises:
            IrregularRecordError: the format cannot carry a value.
        """
        ...


@cache
def dialect_of(name: str) -> Dialect:
    """Return how "json", "jsonl", "xml" or "csv" writes records."""
    lane = import_module(f".{'json' if name == 'jsonl' else name}", __package__)
    return cast("dict[str, Dialect]", lane.DIALECTS)[name]


def dump_by_lane(format: Format, response: Response) -> bytes | None:
    """Write a response as a body, or return None if it is no array of records or no lane can write it."""
    items = layout_of(type(response)).items
    records = records_of(response)
    if not records or items is None or items.wire_name or response.model_extra or lane_of(format) is None:
        return None
    dialect = dialect_of(format.name)
    before, after = dialect.around(items.layout)
    speller = RecordSpeller(dialect, items.layout)
    body = BytesIO()  # its value is the buffer itself, so that there is no second copy of the body
    body.write(before.encode())
    for start in range(0, len(records), _SLICE):
        spelled = speller.spell(records[start : start + _SLICE])
        if spelled is None:
            return None
        if start:
            body.write(dialect.between.encode())
        body.write(spelled)
    body.write(after.encode())
    return body.getvalue()


class RecordSpeller:
    """Writes records of one layout, without what is around all of them.

    Args:
        dialect: how the format writes records.
        layout: the layout of the records.
    """

    def __init__(self, dialect: Dialect, layout: Layout) -> None:
        self.allowed_extra: set[tuple[str, ...]] = set()
        """The combinations of undocumented fields that a record may have, each as a tuple of their names."""
        self.columns: list[str] = []
        """The undocumented columns of a table."""
        self.layout = layout
        self._dialect = dialect
        self._first, *fields = dialect.fields(layout)
        self._list = next((field for field in fields if field.spelling.many), None)
        place = fields.index(self._list) if self._list else len(fields)
        self._before = fields[:place]
        self._after = fields[place + 1 :]
        self._first_of = itemgetter(self._first.attribute)
        self._list_of = itemgetter((self._list or self._first).attribute)
        self._others_of = itemgetter(*(field.attribute for field in (*self._before, *self._after)))
        self._others: _Cache[object, tuple[str, str]] = _Cache(self._write_others)
        self._lists: _Cache[object, str] = _Cache(self._write_list)

    def allow_extra_of(self, record: BaseModel) -> None:
        """Allow the undocumented fields of a record in all further records, unless one has a documented name."""
        names = tuple(record.model_extra or ())
        if KNOWN_NAMES.isdisjoint(map(fold, names)):  # or else the values decide whether it can be written
            self.allowed_extra.add(names)

    def spell(self, records: Sequence[BaseModel]) -> bytes | None:
        """Write records, or return None if the writer of the format must write them."""
        try:
            return self._dialect.between.join(self._spelled(records)).encode()
        except (IrregularRecordError, UnicodeEncodeError):
            return None

    def _spelled(self, records: Sequence[BaseModel]) -> Iterable[str]:
        """Write each record. The fields are written column by column, which takes half of the time.

        Raises:
            IrregularRecordError: a record has other undocumented fields than allowed, or the format cannot carry it.
        """
        values = list(map(_values_of, records))
        opening, firsts, between = self._first_fields(list(map(self._first_of, values)))
        others = map(self._others.__getitem__, map(self._others_of, values))
        lists = map(self._lists.__getitem__, map(self._list_of, values)) if self._list else repeat("")
        blank, closing = self._dialect.undocumented({}, self.columns), self._dialect.closing
        if any(map(_extra_of, records)):
            tails = [self._undocumented(extra) if extra else blank for extra in map(_extra_of, records)]
            return [
                f"{opening}{first}{between}{before}{listed}{after}{tail}{closing}"
                for first, (before, after), listed, tail in zip(firsts, others, lists, tails, strict=False)
            ]
        closing = blank + closing
        return [
            f"{opening}{first}{between}{before}{listed}{after}{closing}"
            for first, (before, after), listed in zip(firsts, others, lists, strict=False)
        ]

    def _first_fields(self, values: Sequence[object]) -> tuple[str, Iterable[str], str]:
        """Return what is before all first fields, the first field of each record, and what is after all of them."""
        opening, field = self._dialect.opening, self._first
        if field.spelling is not TEXT:
            return opening, map(self._write_first, values), ""
        texts = cast("Sequence[str]", values)
        frame = self._dialect.frame(field, first=True)
        if frame and _are_plain(texts):
            return opening + frame[0], texts, frame[2]
        return opening, map(self._dialect.text(field.wire.name), texts), ""

    def _undocumented(self, extra: Mapping[str, object]) -> str:
        if tuple(extra) not in self.allowed_extra:
            raise IrregularRecordError
        return self._dialect.undocumented(extra, self.columns)

    def _write_first(self, value: object) -> str:
        return self._dialect.field(self._first, self._first.spelling.write(value), first=True)

    def _write(self, field: Field, value: object) -> str:
        return self._dialect.field(field, field.spelling.write(value), first=False)

    def _write_others(self, values: object) -> tuple[str, str]:
        """Write all fields but the first and the list: those before the list, and those after it."""
        several = len(self._before) + len(self._after) > 1
        left = list(cast("tuple[object, ...]", values) if several else (values,))
        before = "".join(map(self._write, self._before, left))
        return before, "".join(map(self._write, self._after, left[len(self._before) :]))

    def _write_list(self, values: object) -> str:
        field, texts = cast(Field, self._list), cast("tuple[str, ...]", values)
        frame = self._dialect.frame(field, first=False)
        if frame and _are_plain(texts):
            return frame[0] + frame[1].join(texts) + frame[2]
        return self._write(field, values)


class _Cache(dict[_K, _T]):
    """A bounded cache of values, each computed from its key.

    Args:
        read: returns the value of a key.
    """

    def __init__(self, read: Callable[[_K], _T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: _K) -> _T:
        value = self._read(key)
        if len(self) < _MOST_REMEMBERED:
            self[key] = value
        return value


def _are_plain(texts: Sequence[str]) -> bool:
    """Return whether there are strings, none is empty, and all have only characters of `_PLAIN`."""
    return bool(texts) and all(texts) and not "".join(texts).encode().translate(None, _PLAIN)
