"""The lane that learns by example: of records that differ in plain text only, the tolerant reader reads one.

A record is divided into holes and a rest. Holes hold the values that vary: the key, the list of hosts, dates, and so
on. Records with the same rest are of one pattern. In a body that a program has written, there are some hundred patterns
among 50,000 records, in any spelling. The tolerant reader reads one example of each pattern, with texts in the
holes that occur nowhere else. If these come back as the values of the fields, the other values and the problems are
those of every record of the pattern. So the lane has no rules of its own.

A record that cannot be divided, or whose pattern cannot be learned, is read by the tolerant reader, as is each record
with a problem that is still to be reported. The lane steps aside for chunks in which most records are of new patterns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import setitem
from typing import Any, Final, cast

from pydantic import BaseModel

from ..frozen import NO_EXTRA, respelled
from ..payloads.instances import build_all, run
from ..payloads.layout import ItemsField
from ..problems.collector import Collector, ExampleCollector, ExampleTally
from ..tree import Node
from .columns import Columns, Spliced, row_of
from .holes import ABSENT, IRREGULAR, Hole

__all__ = ["Division", "ExampleReader", "Rows", "TolerantReader"]

TolerantReader = Callable[[Sequence[Node], int], Sequence[BaseModel]]
"""Reads nodes as records and reports their problems. Its second argument is the index of the first record."""
_LEAST: Final = 32
"""The records of the first chunk from which the holes are learned. For fewer it is not worth it."""
_MOST_PATTERNS: Final = 4096
_PATIENCE: Final = 4
"""The number of chunks of new patterns after which the lane gives up."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """What an example says about all records of its pattern."""

    values: dict[str, object]
    extra: dict[str, object]
    tally: ExampleTally | None
    """The problems of each record; None if there are none."""


_NO_PROBLEMS: Final = ExampleTally()
_NEW: Final = _Pattern({}, {}, None)
"""In the place of a pattern that has not been met before."""


class Division(ABC):
    """How the rows of one body are divided into holes and rests."""

    holes: Sequence[Hole]

    @abstractmethod
    def divide(self, rows: Sequence[Any]) -> tuple[list[Hashable | None], list[Sequence[str | None]]]:
        """Divide rows.

        Returns:
            The rest of each row, None if it has another form, and for each hole the texts in the rows, None for a row
            without the hole.
        """

    @abstractmethod
    def example(self, rest: Hashable) -> tuple[Any, tuple[bool, ...]]:
        """Return a row with a rest and the texts of examples, and whether it has each of the holes."""


class Rows(ABC):
    """The rows of the chunks of one body, which are records in its spelling."""

    is_exact = True
    """Whether rows are spelled as in the body."""

    @property
    def is_over(self) -> bool:
        """Whether there can be no more regular rows."""
        return False

    @abstractmethod
    def of(self, chunk: bytes) -> Sequence[Any] | None:
        """Return the rows of a chunk, or None if it is irregular."""

    @abstractmethod
    def nodes(self, rows: Sequence[Any]) -> Sequence[Node] | None:
        """Return rows as nodes, or None if one is no record, or the tolerant reader must read the whole chunk."""

    @abstractmethod
    def division(self, rows: Sequence[Any]) -> Division | None:
        """Learn from some rows how all are divided, or return None if they have too little in common."""


class ExampleReader:
    """Reads the chunks of one body.

    Args:
        rows: its rows.
        items: the field of the records.
        tolerant: the tolerant reader.
        collector: where that reports problems.
        examples: another tolerant reader.
        tallies: where that reports problems.
    """

    def __init__(
        self,
        rows: Rows,
        items: ItemsField,
        tolerant: TolerantReader,
        collector: Collector,
        examples: TolerantReader,
        tallies: ExampleCollector,
    ) -> None:
        self._rows = rows
        self._layout = items.layout
        self._tolerant = tolerant
        self._collector = collector
        self._read_examples = examples
        self._tallies = tallies
        self._division: Division | None = None
        self._patterns: dict[Hashable, _Pattern | None] = {None: None}
        """The patterns by their rests; None for one that cannot be learned, and for rows of another form."""
        self._patience = _PATIENCE

    def read(self, chunk: bytes, number: int) -> tuple[Sequence[BaseModel], int] | None:
        """Read a chunk, or return None if the tolerant reader must read it.

        Args:
            chunk: the chunk.
            number: the index of its first record.

        Returns:
            The records, and the number of rows.
        """
        rows = None if self._rows.is_over or not self._patience else self._rows.of(chunk)
        if rows is None:
            return None
        if self._division is None:
            if len(rows) < _LEAST:
                return None
            self._division = self._rows.division(rows)
            rows = self._rows.of(chunk) if self._division else None  # now they begin with a value
            if rows is None or self._division is None:
                self._patience -= 1
                return None
        rests, columns = self._division.divide(rows)
        patterns = list(map(self._patterns.get, rests, repeat(_NEW)))
        if _NEW in patterns:
            if not self._learn(rests):
                return None
            patterns = [self._patterns[rest] for rest in rests]
        records = self._records(rows, patterns, columns, number)
        return None if records is None else (records, len(rows))

    def _learn(self, rests: Sequence[Hashable | None]) -> bool:
        """Learn the new patterns among rests, and return whether it was worth it."""
        patterns, division = self._patterns, cast("Division", self._division)
        new = [rest for rest in dict.fromkeys(rests) if rest not in patterns]
        examples = [division.example(rest) for rest in new]
        worth = len(new) <= len(rests) * 3 // 4 and len(new) + len(patterns) <= _MOST_PATTERNS
        nodes = self._rows.nodes([row for row, _ in examples]) if worth else None
        if nodes is None:
            self._patience -= 1
            return False
        self._patience = _PATIENCE
        for rest, (_, present), node in zip(new, examples, nodes, strict=True):
            patterns[rest] = self._pattern(node, present)
        return True

    def _pattern(self, node: Node, present: tuple[bool, ...]) -> _Pattern | None:
        """Return what an example says, or None if its holes are not the places of the fields."""
        self._tallies.tally = tally = ExampleTally()
        records = self._read_examples([node], 0)
        self._tallies.rejected.clear()
        if tally.failed or len(records) != 1:
            return None
        values, extra = self._layout.defaults, records[0].model_extra or NO_EXTRA
        values.update(records[0].__dict__)
        expected: dict[tuple[bool, str], object] = {}
        for hole, is_present in zip(cast("Division", self._division).holes, present, strict=True):
            if is_present:
                key, value = (hole.is_extra, hole.attribute), hole.value(hole.text)
                expected[key] = _added(expected[key], value) if key in expected else value
                own = hole.tallies.get(hole.text, _NO_PROBLEMS)
                tally.warnings -= own.warnings
                tally.infos -= own.infos
        for (is_extra, name), value in expected.items():
            found = (extra if is_extra else values).get(name)
            if found.__class__ is not value.__class__ or found != value:
                return None
        is_clean = not (tally.warnings or tally.infos or tally.once)
        return _Pattern(values, extra, None if is_clean else tally)

    def _records(
        self,
        rows: Sequence[Any],
        patterns: Sequence[_Pattern | None],
        columns: Sequence[Sequence[str | None]],
        number: int,
    ) -> Sequence[BaseModel] | None:
        """Return the records of rows, or None if the tolerant reader must read them all."""
        holes = cast("Division", self._division).holes
        found = [hole.values(texts) for hole, texts in zip(holes, columns, strict=True)]
        irregular = _irregular(patterns, found)
        tallies = _RowTallies.of(patterns, holes, columns)
        loud = tallies.loud(self._collector)
        model = self._layout.model
        if not (irregular or loud):
            self._collector.leave_out(tallies.warnings())
            return _PatternColumns(model, holes, cast("list[_Pattern]", patterns), found)
        nodes: Sequence[Node] | None = ()
        if irregular:
            nodes = self._rows.nodes([rows[index] for index in sorted(irregular)])
        if nodes is None or not self._rows.is_exact:
            return None
        regular = [index for index in range(len(rows)) if index not in irregular]
        ready = _PatternColumns(
            model,
            holes,
            [cast(_Pattern, patterns[index]) for index in regular],
            [[values[index] for index in regular] for values in found],
        )
        known, read, last = dict(zip(sorted(irregular), nodes, strict=True)), set[int](), len(rows)
        splices: list[tuple[slice, Sequence[BaseModel]]] = []
        for index in sorted(irregular | loud):
            begin = end = bisect_left(regular, index)
            node = known.get(index)
            if node is None:
                if not tallies.is_loud(index, self._collector):
                    continue
                node, end = cast("Sequence[Node]", self._rows.nodes([rows[index]]))[0], begin + 1
            records = self._tolerant([node], number + index)
            read.add(index)
            if self._rows.is_over:
                last, end = index + 1, len(regular)
                others = self._tolerant(cast("Sequence[Node]", self._rows.nodes(rows[last:])), number + last)
                records = [*records, *others]
            splices.append((slice(begin, end), records))
            if self._rows.is_over:
                break
        self._collector.leave_out(tallies.warnings(last, read))
        return Spliced(ready, splices)


class _PatternColumns(Columns):
    """Records of patterns with the values of their holes."""

    def __init__(
        self,
        model: type[BaseModel],
        holes: Sequence[Hole],
        patterns: Sequence[_Pattern],
        columns: Sequence[Sequence[object]],
    ) -> None:
        self._model = model
        self._patterns = patterns
        self._columns: dict[str, list[Sequence[object]]] = {}
        """The values of the holes of each attribute."""
        self._varying: dict[str, Sequence[object]] = {}
        """The values of the holes of undocumented fields."""
        for hole, values in zip(holes, columns, strict=True):
            if hole.is_extra:
                self._varying[hole.attribute] = values
            else:
                self._columns.setdefault(hole.attribute, []).append(values)

    def __len__(self) -> int:
        return len(self._patterns)

    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record."""
        columns = self._columns.get(attribute)
        if columns is None:
            return [pattern.values[attribute] for pattern in self._patterns]
        first, *others = columns
        if ABSENT in first:
            pairs = zip(first, self._patterns, strict=True)
            first = [pattern.values[attribute] if value is ABSENT else value for value, pattern in pairs]
        for more in others:  # members of a list that is spread over several holes
            first = list(map(_added, first, more))
        return first

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        if self._columns.keys() & attributes:
            return super().rows(*attributes)
        return map(row_of(attributes), [pattern.values for pattern in self._patterns])

    def extras(self) -> Sequence[dict[str, object]] | None:
        """Return the undocumented fields of each record, or None if no record has any."""
        if not any(pattern.extra for pattern in set(self._patterns)):
            return None
        extras = [pattern.extra for pattern in self._patterns]
        return _respelled(extras, self._varying) if self._varying else extras

    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""
        values = [pattern.values.copy() for pattern in self._patterns]
        for attribute in self._columns:
            run(map(setitem, values, repeat(attribute), self.column(attribute)))
        return build_all(self._model, values, self.extras())


def _respelled(
    extras: Sequence[dict[str, object]], columns: Mapping[str, Sequence[object]]
) -> Sequence[dict[str, object]]:
    """Return the undocumented fields of records with the values of their holes."""
    if not any(ABSENT in column for column in columns.values()):
        return respelled(extras, columns)
    found = list(map(dict, extras))
    for name, column in columns.items():
        for extra, value in zip(found, column, strict=True):
            if value is ABSENT:
                extra.pop(name, None)
            else:
                extra[name] = value
    return found


@dataclass(frozen=True, slots=True)
class _RowTallies:
    """The problems of rows, by their patterns and by the texts in their holes."""

    columns: tuple[Sequence[ExampleTally | None], ...]

    @classmethod
    def of(
        cls, patterns: Sequence[_Pattern | None], holes: Sequence[Hole], columns: Sequence[Sequence[str | None]]
    ) -> _RowTallies:
        """Return the problems of rows."""
        found: list[Sequence[ExampleTally | None]] = []
        if any(pattern.tally for pattern in set(patterns) if pattern):
            found.append([pattern.tally if pattern else None for pattern in patterns])
        for hole, texts in zip(holes, columns, strict=True):
            if hole.tallies:
                found.append(list(map(cast("dict[str | None, ExampleTally]", hole.tallies).get, texts)))
        return cls(tuple(found))

    def loud(self, collector: Collector) -> set[int]:
        """Return the indexes of rows with problems that a collector would add."""
        loud: set[int] = set()
        for column in self.columns:
            some = {tally for tally in set(column) if tally and not collector.is_silent(tally)}
            if some:
                loud.update(index for index, tally in enumerate(column) if tally in some)
        return loud

    def is_loud(self, index: int, collector: Collector) -> bool:
        """Return whether a row has problems that a collector would add."""
        return not all(tally is None or collector.is_silent(tally) for tally in self._of_row(index))

    def warnings(self, end: int | None = None, others: Iterable[int] = ()) -> int:
        """Return the number of warnings about the rows before an index, without those about some others."""
        found = Counter(chain.from_iterable(column[:end] for column in self.columns))
        found.subtract(chain.from_iterable(map(self._of_row, others)))
        return sum([tally.warnings * number for tally, number in found.items() if tally])

    def _of_row(self, index: int) -> list[ExampleTally | None]:
        return [column[index] for column in self.columns]


def _added(before: object, value: object) -> object:
    """Return the members of a list that is spread over several holes."""
    return cast("tuple[object, ...]", before) + cast("tuple[object, ...]", value)


def _irregular(patterns: Sequence[_Pattern | None], columns: Sequence[Sequence[object]]) -> set[int]:
    """Return the indexes of rows that the tolerant reader must read."""
    irregular = {index for index, pattern in enumerate(patterns) if pattern is None} if None in patterns else set[int]()
    for values in columns:
        if IRREGULAR in values:
            irregular.update(index for index, value in enumerate(values) if value is IRREGULAR)
    return irregular
