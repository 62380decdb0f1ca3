"""Equal findings as one row of the report: what it shows of a million of them, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from os.path import dirname
from typing import Final

from ....problems import Problem
from ...report import Checked
from ..groups import Place

__all__ = ["Row", "Rows"]

_MOST_ROWS: Final = 2000
_MOST_PLACES: Final = 5

_MOST_OF_ONE: Final = 3
"""Places of one source; more of them would say less than one in another source."""

_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")
_PART_OF_WORD: Final = re.compile(r"\w+\Z")
_VALUE: Final = re.compile(r"'[^']*'|[0-9]+")


@dataclass(slots=True)
class Row:
    """Findings that are equal but for their place."""

    key: tuple[str, ...]
    """What they have in common: the code, the patterns of pointer and message, and the folder; the later parts are left
    out when there are too many rows."""
    head: str
    """What all messages begin with."""
    tail: str | None = None
    """What all messages end with; None while all are equal to the head."""
    count: int = 0
    sources: int = 0
    places: list[Place] = field(default_factory=list[Place])
    """Some of them."""

    @property
    def message(self) -> str:
        """The message, with `…` for the part in which several differ."""
        return self.head if self.tail is None else f"{self.head}…{self.tail}"

    def add(self, light: Checked, problem: Problem) -> None:
        """Count one finding more of the same source."""
        self.count += 1
        self.fit(problem.message)
        if len(self.places) < _MOST_OF_ONE:
            self.places.append(Place(light, problem))

    def fit(self, head: str, tail: str | None = None) -> None:
        """Keep of the message what another one has, too: a whole one, or the two ends of several."""
        if (head, tail) == (self.head, self.tail) or self._fits(head, tail):
            return
        begin = _PART_OF_WORD.sub("", _beginning(self.head, head))
        ends = (whole[len(begin) :] if end is None else end for whole, end in ((self.head, self.tail), (head, tail)))
        one, other = (end[::-1] for end in ends)
        self.head, self.tail = begin, _PART_OF_WORD.sub("", _beginning(one, other))[::-1]

    def _fits(self, head: str, tail: str | None) -> bool:
        """Tell at once whether nothing changes, which is so for most of many."""
        if self.tail is None or tail is not None or len(head) < len(self.head) + len(self.tail):
            return False
        return head.startswith(self.head) and head.endswith(self.tail)

    def join(self, other: Row, *, overlap: bool) -> None:
        """Take in the findings of other sources, or of some of the same."""
        self.count += other.count
        self.sources = max(self.sources, other.sources) if overlap else self.sources + other.sources
        self.fit(other.head, other.tail)
        self.places += other.places[:1] if len(self.places) < _MOST_PLACES else []


def _beginning(one: str, other: str) -> str:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return one[:index]
    return min(one, other, key=len)


class Rows:
    """Rows by code, pointer, message and folder; past the most, the last of these is left out, and so on."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], Row] = {}
        self.parts = 4
        """How many parts of their keys rows have."""
        self.overlap = False
        """Whether rows of the same source came together, so that its sources are at least those that were counted."""

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, checked: Checked) -> None:
        """Add the findings of one source."""
        own: dict[tuple[str, ...], Row] = {}
        light = Checked(checked.file, checked.inner, checked.format)
        folder = checked.file if checked.inner else dirname(checked.file)  # noqa: PTH120 - a Path takes ten times as long
        for problem in checked.problems:
            pattern = _INDEX.sub("/*", problem.pointer), _VALUE.sub("…", problem.message)
            key = (problem.code, *pattern, folder)[: self.parts]
            row = own.get(key) or own.setdefault(key, Row(key, problem.message, sources=1))
            row.add(light, problem)
        for row in own.values():
            self._join(row)
        while len(self) > _MOST_ROWS and self.fold():
            pass

    def fold(self) -> bool:
        """Leave out the last part of all keys, or their places when only codes are left; tell whether there was any."""
        if self.parts == 1:
            return self._thin()
        self.overlap = self.parts < 4  # a source is in one folder, and may have several messages
        self.parts -= 1
        rows, self._rows = self._rows, {}
        for row in rows.values():
            row.key = row.key[: self.parts]
            self._join(row, overlap=self.overlap)
        return True

    def _thin(self) -> bool:
        thick = [row for row in self if len(row.places) > 1]
        for row in thick:
            del row.places[1:]
        return bool(thick)

    def _join(self, row: Row, *, overlap: bool = False) -> None:
        joined = self._rows.setdefault(row.key, row)
        if joined is not row:
            joined.join(row, overlap=overlap)
