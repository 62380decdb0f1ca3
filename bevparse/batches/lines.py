"""Records of JSON Lines, one on each line. Lines with regular JSON are read together, and the others one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Final, cast

import msgspec
from pydantic import BaseModel

from ..endpoints import RESPONSES, Expected, endpoint_of
from ..lanes.small import read_lines
from ..models import Response
from ..payloads.detection import candidates_of_items
from ..payloads.instances import build_all
from ..payloads.layout import layout_of, records_of
from ..problems import Problem, rules
from ..reader import BodyReader
from ..reader.events import RECORD, Inspection
from ..sources import LineBlock, Source, body_of_records
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..tree import Fields, fold, guard_stack
from ..writer import record_as_json
from .batch import Batch
from .rejects import ALONE, OnProblem, OnReject, Reject, RejectCollector, Tally

__all__ = ["LineReader"]

_FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError)  # msgspec 0.20 has no ValueError
_DOCUMENTED: Final = frozenset(name for model in RESPONSES for name in layout_of(model).by_fold)
"""The folded names (see `fold`) of the fields of all records."""


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads records from lines.

    Each line is a body of its own: how it is read does not depend on other lines.

    Args:
        settings: the endpoint and format to expect, and the limits.
        tally: counts the lines.
        on_reject: is called with each line that is not read.
        on_warning: is called with the name of the line and each problem of it that loses no data.
    """

    settings: ReadSettings
    tally: Tally
    on_reject: OnReject
    on_warning: OnProblem | None = None

    def read(self, block: LineBlock, read_body: Callable[[Source], Iterator[Batch]]) -> Iterator[Batch]:
        """Return the records on lines.

        Args:
            block: the lines.
            read_body: a function that reads a line which is a whole body and not a record.
        """
        numbers = iter(range(len(block.lines)))
        while self.tally.model is None and (number := next(numbers, None)) is not None:
            if source := block.source(number):  # the first record decides for later lines
                yield from (self.read_one if source.record else read_body)(source)
        left = [*numbers]
        records = self._read(block, left)
        others = {number: source for number in left if number not in records and (source := block.source(number))}
        rejected = self._read_together(others, records)
        for is_read, group in groupby(left, key=records.__contains__):
            some = [*group]
            if is_read:
                self.tally.bodies += len(some)
                names = [block.name(number) for number in some]
                yield self._batch([records[number] for number in some], names, partial(_source_of, block, some))
            else:
                for number in filter(others.__contains__, some):
                    yield from self._read_other(others[number], rejected.get(number), read_body)

    def _read_other(
        self, source: Source, reject: Reject | None, read_body: Callable[[Source], Iterator[Batch]]
    ) -> Iterator[Batch]:
        if reject:
            self.tally.bodies += 1
            self.on_reject(reject)
        elif source.record:
            yield from self.read_one(source)
        else:
            yield from read_body(source)

    def _read(self, block: LineBlock, numbers: Sequence[int]) -> dict[int, BaseModel]:
        """Return the records on lines that have no problem, by the numbers of the lines. Leave out the other lines."""
        settings, kind = self.settings, self.tally.model
        if kind is None or not settings.are_lines_alike:
            return {}
        model = RESPONSES[kind][0] if settings.model is Response else settings.model
        are_records = block.are_records()
        numbers = [number for number in numbers if are_records[number]]
        lines = [block.lines[number] for number in numbers]
        read = read_lines(lines, [True] * len(lines), model, settings.limits)
        values = {number: one[1][0] for number, one in zip(numbers, read, strict=True) if one and len(one[1]) == 1}
        return dict(zip(values, build_all(kind, [*values.values()]), strict=True))

    def read_one(self, source: Source) -> Iterator[Batch]:
        """Return the record on a line."""
        self.tally.bodies += 1
        expected = self._expected(source)
        found = self._inspect(source.wrapped(source.read()), expected)
        collector = RejectCollector(
            source.name, self.on_reject, on_warning=lambda problem: self._warn(source, [source.unwrapped(problem)])
        )
        for problem in found.problems:
            collector.add(problem)
        records, rejected = records_of(found.response), found.rejected
        count = len(records) + len(rejected)
        if collector.of_body or count != 1:
            problems = collector.remaining() or [
                Problem.of(rules.BAD_CONTAINER, f"expected one record on the line, got {count}", "", 1, 1)
            ]
            self._reject(source, problems, _value_of(source), other=collector.other and not expected.by_source)
        elif rejected:
            self._reject(source, collector.pop_for(ALONE), rejected[0][1])
        elif other := mismatch(expected, self.tally.model):
            self._reject(source, [other], record_as_json(records[0]), other=True)
        else:
            yield self._batch(records, [source.name], lambda _: source)

    def _read_together(self, lines: Mapping[int, Source], records: dict[int, BaseModel]) -> dict[int, Reject]:
        """Read lines as one body, which is faster. Leave out lines that might be read differently one by one.

        Args:
            lines: the lines by their numbers.
            records: the records without errors are added here, by the numbers of the lines.

        Returns:
            The rejected records by the numbers of the lines.
        """
        together: dict[Expected, list[int]] = {}
        for number, source in lines.items():
            if source.record and _is_object(source):
                together.setdefault(self._expected(source), []).append(number)
        rejects: dict[int, Reject] = {}
        for expected, numbers in together.items():
            # each record is on a line of its own, with the columns that it has in JSON Lines
            body = body_of_records(b"\n" + b",\n".join(lines[number].read() for number in numbers))
            found = self._inspect(body, expected)
            values = {int(pointer.rpartition("/")[2]): value for pointer, value in found.rejected}
            following = iter(records_of(found.response))
            if len(values) + len(records_of(found.response)) != len(numbers):
                continue
            problems = _by_record(found.problems)
            for index, number in enumerate(numbers):
                of_line = problems.get(index, [])
                if index not in values:
                    record = next(following)
                    if type(record) is not self.tally.model or any(map(_is_irregular, of_line)):
                        continue
                    records[number] = record
                elif _fits(values[index], expected.models[0]):
                    rejects[number] = _reject_of(lines[number], of_line, values[index])
                else:
                    continue
                self._warn(lines[number], of_line)
        return rejects

    def _expected(self, source: Source) -> Expected:
        return expected_of(source, self.settings, self.tally.model)

    def _inspect(self, body: bytes, expected: Expected) -> Inspection:
        return BodyReader(body, expected._replace(models=expected.models[:1]), self.settings.limits).inspect()

    def _batch(self, records: Sequence[BaseModel], names: Sequence[str], source_of: Callable[[int], Source]) -> Batch:
        def reject(index: int, problem: Problem) -> None:
            self.tally.written -= 1
            self._reject(source_of(index), [problem], record_as_json(records[index]))

        return Batch(records, names, [0] * len(records), None, reject)

    def _warn(self, source: Source, problems: Iterable[Problem]) -> None:
        """Report the problems of a line that lose no data."""
        for problem in problems:
            if self.on_warning and problem.severity != "error":
                self.on_warning(source.name, replace(problem, line=source.first_line))

    def _reject(self, source: Source, problems: Iterable[Problem], value: object, *, other: bool = False) -> None:
        """Reject a line. The problems are located in a body that holds only this line."""
        located = (replace(source.unwrapped(problem), line=source.first_line) for problem in problems)
        self.on_reject(Reject(source.name, tuple(located), ALONE, value, other=other))


def _source_of(block: LineBlock, numbers: Sequence[int], index: int) -> Source:
    return cast(Source, block.source(numbers[index]))


def _by_record(problems: Iterable[Problem]) -> dict[int, list[Problem]]:
    """Return the problems of each record by its index, with pointers as in a body that holds only this record."""
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if match := RECORD.match(problem.pointer):
            alone = replace(problem, pointer=ALONE + problem.pointer[match.end(1) :])
            found.setdefault(int(match[1]), []).append(alone)
    return found


def _is_irregular(problem: Problem) -> bool:
    """Return whether a problem is an error, or shows that the record alone may belong to another endpoint."""
    other = problem.rule is rules.UNKNOWN_FIELD and fold(problem.pointer.rpartition("/")[2]) in _DOCUMENTED
    return other or problem.severity == "error"


def _fits(record: object, model: type[Response]) -> bool:
    """Return whether a record would also be read as the given response in a body of its own."""
    names = Fields([(name, None) for name in cast("dict[str, object]", record)])
    return endpoint_of(model) in candidates_of_items([names])


def _reject_of(source: Source, problems: Iterable[Problem], value: object) -> Reject:
    errors = (problem for problem in problems if problem.severity == "error")
    return Reject(source.name, tuple(replace(error, line=source.first_line) for error in errors), ALONE, value)


def _is_object(source: Source) -> bool:
    try:
        guard_stack(source.read())
        msgspec.json.decode(source.read(), type=dict[str, msgspec.Raw])
    except _FAULTS:
        return False
    return True


def _value_of(source: Source) -> object:
    """Return the JSON value on a line, or its text if it is not JSON."""
    data = source.read()
    try:
        guard_stack(data)
        return msgspec.json.decode(data)
    except _FAULTS:
        return data.decode("utf-8", "backslashreplace").strip()
