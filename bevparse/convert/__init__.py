"""Many bodies into one, record by record: what is good is written, what is not is set aside, and nothing vanishes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from typing import Final, TypeAlias

from pydantic import BaseModel

from ..endpoints import Expected
from ..errors import DecodeError, SourceError
from ..files import read_blocks
from ..lanes.chunks import BLOCK, blocks_of
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem
from ..problems.rules import Group
from ..reader import NO_RECORDS, BodyReader
from ..sources import Recording, Source, recording_of, refused
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..writer import RecordWriter, record_as_json
from .lines import LineConverter
from .rejects import Reject, RejectCollector

__all__ = ["Tally", "convert_records"]

_CHUNK: Final = 1000

_LARGE: Final = 2**20
"""Bytes of lines that are read at once."""

_UNBOUNDED: Final = 2**62

_ALONE: Final = "/response/0"
"""The pointer of a record that stands on a line of its own."""

_SHOWN: Final = 20
"""Faults that are told of a body that is not converted."""


@dataclass(slots=True)
class Tally:
    """How many records there were; a body that could not be read, or its rest, counts as one."""

    written: int = 0
    rejected: int = 0
    unreadable: int = 0
    """How many of the rejected are files that could not be opened."""
    bodies: int = 0
    """How many bodies the records came from, each line of JSON Lines being one."""
    others: int = 0
    """How many bodies of other endpoints were passed over."""

    @property
    def read(self) -> int:
        """All of them."""
        return self.written + self.rejected


_OnReject: TypeAlias = Callable[[Reject], object]


def convert_records(
    sources: Iterable[Source],
    writer: RecordWriter,
    settings: ReadSettings,
    on_reject: _OnReject,
    *,
    skip_others: bool = False,
) -> Tally:
    """Read records from bodies, archives and recordings, and write them.

    Args:
        sources: bodies of any format, all with records of the same model.
        writer: takes the records.
        settings: the endpoint and format to expect, and the limits; a body may be of any length, unless it is of a
            shape that is read as a whole.
        on_reject: is called with whatever is not written.
        skip_others: whether bodies of other endpoints are passed over.

    Raises:
        SourceError: the writer has no room.
    """
    tally = Tally()

    def reject(rejected: Reject) -> None:
        if rejected.other and skip_others:
            tally.others += 1
            tally.bodies -= 1
            return
        tally.rejected += 1
        tally.unreadable += rejected.unreadable
        on_reject(rejected)

    def written(count: int) -> None:
        tally.written += count

    converter = _Converter(writer, settings, tally, reject)
    by_line = LineConverter(writer, settings, converter.limits, written, reject)
    for (lines, _), group in groupby(sources, key=lambda source: (source.record, source.name.rpartition("#/")[0])):
        if lines:
            for some in _line_chunks(group):
                tally.bodies += len(some)
                by_line.convert(some)
        else:
            for source in group:
                converter.source(source)
    return tally


def _line_chunks(lines: Iterable[Source]) -> Iterator[list[Source]]:
    some: list[Source] = []
    size = 0
    for line in lines:
        some.append(line)
        size += line.size
        if len(some) == _CHUNK or size > _LARGE:
            yield some
            some, size = [], 0
    if some:
        yield some


class _Converter:
    def __init__(self, writer: RecordWriter, settings: ReadSettings, tally: Tally, on_reject: _OnReject) -> None:
        self._writer = writer
        self._settings = settings
        self._tally = tally
        self._on_reject = on_reject
        unbounded = {name: _unless_set(settings.limits, name) for name in ("records", "problems")}
        self.limits = replace(settings.limits, **unbounded)

    def source(self, source: Source) -> None:
        """Convert a body, or what is in a recording."""
        if source.outcome != "body":
            problems = tuple(problem for problem in source.problems if problem.rule.group is not Group.HYGIENE)
            if problems:  # else they are about keys in a request, which is no record
                self._on_reject(Reject(source.name, problems, unreadable=source.outcome == "unreadable"))
            return
        try:  # what the writer raises is no fault of the source, and ends the run
            if source.data is not None:
                blocks = iter(blocks_of(source.read(self.limits)))
            else:
                blocks = read_blocks(source.file, BLOCK, replace(self.limits, body=_UNBOUNDED))
            first = next(blocks, b"")
        except (SourceError, DecodeError) as error:
            self.source(refused(source, error))
            return
        recording = recording_of(source, first)
        if recording is None:
            self._body(source, chain([first], blocks))
            return
        for inner in self._members(recording, source):
            self.source(inner)

    def _members(self, recording: Recording, source: Source) -> Iterator[Source]:
        """Return what is in a recording, and the fault that ends it."""
        try:
            yield from recording.members(source, source.read(self.limits), self.limits)
        except (SourceError, DecodeError) as error:
            yield refused(source, error)

    def _body(self, source: Source, blocks: Iterable[bytes]) -> None:
        """Convert one body, as far as it can be read."""
        self._tally.bodies += 1
        expected = expected_of(source, self._settings, self._writer.model)
        if unfit := mismatch(expected, self._writer.model):
            self._pass_over(source, blocks, expected, unfit)
            return
        read = rejected = 0
        told = RejectCollector(source.name, self._on_reject, source.first_line or 1, declared=expected.by_source)
        records = self._records(blocks, expected, told)
        while some := list(islice(records, _CHUNK)):
            for position, problem in self._writer.write(some):
                pointer = told.pointer(read + position)
                alone = _ALONE if problem.pointer.startswith(_ALONE) else "/response"
                here = replace(problem, pointer=pointer + problem.pointer.removeprefix(alone))
                rejected += 1
                self._on_reject(Reject(source.name, (here,), pointer, record_as_json(some[position])))
            read += len(some)
        told.end()
        self._tally.written += read - rejected

    def _pass_over(self, source: Source, blocks: Iterable[bytes], expected: Expected, unfit: Problem) -> None:
        """Set a body of another endpoint aside as a whole; what is wrong with it is told."""
        faults: list[Problem] = []

        def note(reject: Reject) -> None:
            if len(faults) < _SHOWN:
                faults.extend(problem for problem in reject.problems if problem != NO_RECORDS)

        told = RejectCollector(source.name, note, source.first_line or 1, declared=True)
        deque(self._records(blocks, expected, told), maxlen=0)
        told.end()
        self._on_reject(Reject(source.name, (unfit, *faults), other=not faults))

    def _records(self, blocks: Iterable[bytes], expected: Expected, told: RejectCollector) -> Iterator[BaseModel]:
        return told.records(BodyReader(blocks, expected, self.limits).events())


def _unless_set(limits: Limits, name: str) -> int:
    """Give a bound that somebody has moved, or none."""
    value: int = getattr(limits, name)
    return _UNBOUNDED if value == getattr(DEFAULT_LIMITS, name) else value
