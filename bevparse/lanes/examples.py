"""Reading by example: of records that differ only in the values of some slots, the tolerant reader reads one.

A row is divided into the values in its slots (the address, the list of hosts, dates and so on) and its template. A
body that a program has written has some hundred templates among 50,000 records, in any spelling. The tolerant reader
reads one example of each template, with a made-up value in each slot. If each of these values comes back in the field
of its slot, then every record with this template has the other values and the problems of the example.

The tolerant reader also reads each record that cannot be divided, whose example fails, or whose problems must be
reported. It reads the whole chunk if most of the templates in it are new.
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
from .slots import ABSENT, IRREGULAR, Slot

__all__ = ["Division", "ExampleReader", "RowCutter", "TolerantReader"]

TolerantReader = Callable[[Sequence[Node], int], Sequence[BaseModel]]
"""Reads nodes as records and reports their problems. Its second argument is the index of the first record."""
_LEAST: Final = 32
"""The fewest records in a chunk for which it is worth finding the slots."""
_MOST_TEMPLATES: Final = 4096
_PATIENCE: Final = 4
"""The number of chunks with too many new templates after which the lane is no longer tried."""


@dataclass(frozen=True, slots=True, eq=False)
class _Example:
    """The record that the tolerant reader has read from the example of a template."""

    values: dict[str, object]
    """The value of each attribute."""
    extra: dict[str, object]
    """The undocumented fields."""
    tally: ExampleTally | None
    """The problems of each record with the template; None if there are none."""


_NO_PROBLEMS: Final = ExampleTally()
_NEW: Final = _Example({}, {}, None)
"""In the place of the example of a new template."""


class Division(ABC):
    """How each row of one body is divided into a template and the texts in the slots."""

    slots: Sequence[Slot]

    @abstractmethod
    def divide(self, rows: Sequence[Any]) -> tuple[list[Hashable | None], list[Sequence[str | None]]]:
        """Divide rows.

        Returns:
            The template of each row, None if the row cannot be divided, and for each slot a column with the text that
            each row has in it, None if the row does not have the slot.
        """

    @abstractmethod
    def example(self, template: Hashable) -> tuple[Any, tuple[bool, ...]]:
        """Return the example of a template: a row with `Slot.text` in each slot.

        Returns:
            The row, and for each slot of the division whether the template has it.
        """


class RowCutter(ABC):
    """Cuts the chunks of one body into rows."""

    is_exact = True
    """Whether a row has exactly the text of its record in the body."""

    @property
    def is_over(self) -> bool:
        """Whether the tolerant reader must read all further chunks."""
        return False

    @abstractmethod
    def cut(self, chunk: bytes) -> Sequence[Any] | None:
        """Return the rows of a chunk, or None if it is irregular: the tolerant reader must read it."""

    @abstractmethod
    def nodes(self, rows: Sequence[Any]) -> Sequence[Node] | None:
        """Decode rows, and return the node of each, or None if the tolerant reader must read the whole chunk."""

    @abstractmethod
    def division(self, rows: Sequence[Any]) -> Division | None:
        """Find the slots of some rows, and return how to divide all rows, or None if there are no slots."""


class ExampleReader:
    """Reads the chunks of one body by example.

    Args:
        cutter: cuts the chunks into rows.
        items: the field of the records.
        tolerant: the tolerant reader of records.
        collector: where `tolerant` reports problems.
        examples: the tolerant reader of examples.
        tallies: where `examples` reports problems.
    """

    def __init__(
        self,
        cutter: RowCutter,
        items: ItemsField,
        tolerant: TolerantReader,
        collector: Collector,
        examples: TolerantReader,
        tallies: ExampleCollector,
    ) -> None:
        self._cutter = cutter
        self._layout = items.layout
        self._tolerant = tolerant
        self._collector = collector
        self._read_examples = examples
        self._tallies = tallies
        self._division: Division | None = None
        self._examples: dict[Hashable, _Example | None] = {None: None}
        """The example of each known template. None: the tolerant reader must read the records."""
        self._patience = _PATIENCE

    def read(self, chunk: bytes, number: int) -> tuple[Sequence[BaseModel], int] | None:
        """Read a chunk, or return None if the tolerant reader must read it.

        Args:
            chunk: the chunk.
            number: the index of the first record in the chunk.

        Returns:
            The records that could be read, and the number of rows in the chunk.
        """
        rows = None if self._cutter.is_over or not self._patience else self._cutter.cut(chunk)
        if rows is None:
            return None
        division = self._division
        if division is None:
            if len(rows) < _LEAST:
                return None
            self._division = division = self._cutter.division(rows)
            rows = self._cutter.cut(chunk) if division else None  # now each row begins with the value of a slot
            if rows is None or division is None:
                self._patience -= 1
                return None
        templates, columns = division.divide(rows)
        examples = list(map(self._examples.get, templates, repeat(_NEW)))
        if _NEW in examples:
            if not self._learn(division, templates):
                return None
            examples = [self._examples[template] for template in templates]
        records = self._records(division.slots, rows, examples, columns, number)
        return None if records is None else (records, len(rows))

    def _learn(self, division: Division, templates: Sequence[Hashable | None]) -> bool:
        """Read an example of each new template.

        Returns:
            Whether they were read. They are not if too many templates are new, or if an example cannot be decoded.
        """
        known = self._examples
        new = [template for template in dict.fromkeys(templates) if template not in known]
        examples = [division.example(template) for template in new]
        are_few = len(new) <= len(templates) * 3 // 4 and len(new) + len(known) <= _MOST_TEMPLATES
        nodes = self._cutter.nodes([row for row, _ in examples]) if are_few else None
        if nodes is None:
            self._patience -= 1
            return False
        self._patience = _PATIENCE
        for template, (_, present), node in zip(new, examples, nodes, strict=True):
            known[template] = self._read_example(division.slots, node, present)
        return True

    def _read_example(self, slots: Sequence[Slot], node: Node, present: tuple[bool, ...]) -> _Example | None:
        """Read an example, or return None if a value in a slot does not come back in the field of the slot.

        Args:
            slots: the slots.
            node: the example.
            present: for each slot whether the example has it.
        """
        self._tallies.tally = tally = ExampleTally()
        records = self._read_examples([node], 0)
        self._tallies.rejected.clear()
        if tally.failed or len(records) != 1:
            return None
        values, extra = self._layout.defaults, records[0].model_extra or NO_EXTRA
        values.update(records[0].__dict__)
        expected: dict[tuple[bool, str], object] = {}
        for slot, is_present in zip(slots, present, strict=True):
            if is_present:
                key, value = (slot.is_extra, slot.attribute), slot.value(slot.text)
                expected[key] = _added(expected[key], value) if key in expected else value
                own = slot.tallies.get(slot.text, _NO_PROBLEMS)
                tally.warnings -= own.warnings
                tally.infos -= own.infos
        for (is_extra, name), value in expected.items():
            found = (extra if is_extra else values).get(name)
            if found.__class__ is not value.__class__ or found != value:
                return None
        is_clean = not (tally.warnings or tally.infos or tally.once)
        return _Example(values, extra, None if is_clean else tally)

    def _records(
        self,
        slots: Sequence[Slot],
        rows: Sequence[Any],
        examples: Sequence[_Example | None],
        columns: Sequence[Sequence[str | None]],
        number: int,
    ) -> Sequence[BaseModel] | None:
        """Return the records of rows, or None if the tolerant reader must read them all."""
        found = [slot.values(texts) for slot, texts in zip(slots, columns, strict=True)]
        irregular = _irregular(examples, found)
        tallies = _RowTallies.of(examples, slots, columns)
        reported = tallies.reported(self._collector)
        model = self._layout.model
        if not (irregular or reported):
            self._collector.leave_out(tallies.warnings())
            return _ExampleColumns(model, slots, cast("list[_Example]", examples), found)
        nodes: Sequence[Node] | None = ()
        if irregular:
            nodes = self._cutter.nodes([rows[index] for index in sorted(irregular)])
        if nodes is None or not self._cutter.is_exact:
            return None
        regular = [index for index in range(len(rows)) if index not in irregular]
        ready = _ExampleColumns(
            model,
            slots,
            [cast(_Example, examples[index]) for index in regular],
            [[values[index] for index in regular] for values in found],
        )
        known, read, last = dict(zip(sorted(irregular), nodes, strict=True)), set[int](), len(rows)
        splices: list[tuple[slice, Sequence[BaseModel]]] = []
        for index in sorted(irregular | reported):
            begin = end = bisect_left(regular, index)
            node = known.get(index)
            if node is None:
                if not tallies.is_reported(index, self._collector):
                    continue
                node, end = cast("Sequence[Node]", self._cutter.nodes([rows[index]]))[0], begin + 1
            records = self._tolerant([node], number + index)
            read.add(index)
            if self._cutter.is_over:
                last, end = index + 1, len(regular)
                others = self._tolerant(cast("Sequence[Node]", self._cutter.nodes(rows[last:])), number + last)
                records = [*records, *others]
            splices.append((slice(begin, end), records))
            if self._cutter.is_over:
                break
        self._collector.leave_out(tallies.warnings(last, read))
        return Spliced(ready, splices)


class _ExampleColumns(Columns):
    """Columns of records. A value in a slot is that of the record, and any other value that of its example."""

    def __init__(
        self,
        model: type[BaseModel],
        slots: Sequence[Slot],
        examples: Sequence[_Example],
        columns: Sequence[Sequence[object]],
    ) -> None:
        self._model = model
        self._examples = examples
        self._columns: dict[str, list[Sequence[object]]] = {}
        """The columns of each documented field with slots: one for each slot."""
        self._varying: dict[str, Sequence[object]] = {}
        """The column of each undocumented field with a slot."""
        for slot, values in zip(slots, columns, strict=True):
            if slot.is_extra:
                self._varying[slot.attribute] = values
            else:
                self._columns.setdefault(slot.attribute, []).append(values)

    def __len__(self) -> int:
        return len(self._examples)

    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record."""
        columns = self._columns.get(attribute)
        if columns is None:
            return [example.values[attribute] for example in self._examples]
        first, *others = columns
        if ABSENT in first:
            pairs = zip(first, self._examples, strict=True)
            first = [example.values[attribute] if value is ABSENT else value for value, example in pairs]
        for more in others:  # members of a list that is spread over several slots
            first = list(map(_added, first, more))
        return first

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        if self._columns.keys() & attributes:
            return super().rows(*attributes)
        return map(row_of(attributes), [example.values for example in self._examples])

    def extras(self) -> Sequence[dict[str, object]] | None:
        """Return the undocumented fields of each record, or None if no record has any."""
        if not any(example.extra for example in set(self._examples)):
            return None
        extras = [example.extra for example in self._examples]
        return _respelled(extras, self._varying) if self._varying else extras

    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""
        values = [example.values.copy() for example in self._examples]
        for attribute in self._columns:
            run(map(setitem, values, repeat(attribute), self.column(attribute)))
        return build_all(self._model, values, self.extras())


def _respelled(
    extras: Sequence[dict[str, object]], columns: Mapping[str, Sequence[object]]
) -> Sequence[dict[str, object]]:
    """Return the undocumented fields of records with the values from the columns of their slots."""
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
    """The problems of rows, both of their examples and of the texts in their slots."""

    columns: tuple[Sequence[ExampleTally | None], ...]
    """Each has one tally for each row; None if there are no problems."""

    @classmethod
    def of(
        cls, examples: Sequence[_Example | None], slots: Sequence[Slot], columns: Sequence[Sequence[str | None]]
    ) -> _RowTallies:
        """Gather the problems of rows.

        Args:
            examples: the example of the template of each row.
            slots: the slots.
            columns: for each slot, the text that each row has in it.
        """
        found: list[Sequence[ExampleTally | None]] = []
        if any(example.tally for example in set(examples) if example):
            found.append([example.tally if example else None for example in examples])
        for slot, texts in zip(slots, columns, strict=True):
            if slot.tallies:
                found.append(list(map(cast("dict[str | None, ExampleTally]", slot.tallies).get, texts)))
        return cls(tuple(found))

    def reported(self, collector: Collector) -> set[int]:
        """Return the indexes of rows with problems that a collector would report, and not only count."""
        reported: set[int] = set()
        for column in self.columns:
            some = {tally for tally in set(column) if tally and not collector.is_silent(tally)}
            if some:
                reported.update(index for index, tally in enumerate(column) if tally in some)
        return reported

    def is_reported(self, index: int, collector: Collector) -> bool:
        """Return whether a row has problems that a collector would report, and not only count."""
        return not all(tally is None or collector.is_silent(tally) for tally in self._of_row(index))

    def warnings(self, end: int | None = None, others: Iterable[int] = ()) -> int:
        """Return the number of warnings about the rows before `end`, without those about the rows at `others`."""
        found = Counter(chain.from_iterable(column[:end] for column in self.columns))
        found.subtract(chain.from_iterable(map(self._of_row, others)))
        return sum([tally.warnings * number for tally, number in found.items() if tally])

    def _of_row(self, index: int) -> list[ExampleTally | None]:
        return [column[index] for column in self.columns]


def _added(before: object, value: object) -> object:
    """Return the members of a list of which some are in one slot, and some in another."""
    return cast("tuple[object, ...]", before) + cast("tuple[object, ...]", value)


def _irregular(examples: Sequence[_Example | None], columns: Sequence[Sequence[object]]) -> set[int]:
    """Return the indexes of rows that the tolerant reader must read."""
    irregular = {index for index, example in enumerate(examples) if example is None} if None in examples else set[int]()
    for values in columns:
        if IRREGULAR in values:
            irregular.update(index for index, value in enumerate(values) if value is IRREGULAR)
    return irregular
