"""Many bodies into one, record by record. Each record is either written or rejected with its problems."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from pydantic import BaseModel

from ..endpoints import Expected
from ..errors import DecodeError, SourceError
from ..files import read_blocks
from ..lanes.chunks import BLOCK, blocks_of
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem
from ..problems.rules import Group
from ..reader import NO_RECORDS, BodyReader
from ..sources import LineBlock, Recording, Source, recording_of, refused
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..writer import RecordWriter, record_as_json
from .lines import LineConverter
from .rejects import ALONE, OnReject, Reject, RejectCollector, Tally

__all__ = ["Tally", "convert_records"]

_CHUNK: Final = 1000
_UNBOUNDED: Final = 2**62
_SHOWN: Final = 20
"""The number of problems that are reported of a body of another endpoint."""


def convert_records(
    sources: Iterable[Source | LineBlock],
    writer: RecordWriter,
    settings: ReadSettings,
    on_reject: OnReject,
    *,
    skip_others: bool = False,
) -> Tally:
    """Read records from bodies, archives and recordings, and write them.

    Args:
        sources: bodies of any format, or lines, all with records of the same model.
        writer: writes the records.
        settings: the endpoint and format to expect, and the limits. A body may be of any length, unless it has a shape
            that is read as a whole.
        on_reject: is called with each record or body that is not written.
        skip_others: whether bodies of other endpoints are skipped.

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

    settings = replace(settings, limits=_unbounded(settings.limits))
    bodies = _BodyConverter(writer, settings, tally, reject)
    lines = LineConverter(writer, settings, tally, reject)
    for source in sources:
        if isinstance(source, LineBlock):
            lines.convert(source, bodies.convert)
        elif source.record:
            lines.convert_one(source)
        else:
            bodies.convert(source)
    return tally


def _unbounded(limits: Limits) -> Limits:
    """Return the limits, with none on records and problems unless they differ from the defaults."""
    usual = [name for name in ("records", "problems") if getattr(limits, name) == getattr(DEFAULT_LIMITS, name)]
    return replace(limits, **dict.fromkeys(usual, _UNBOUNDED))


class _BodyConverter:
    """Reads records from whole bodies and writes them."""

    def __init__(self, writer: RecordWriter, settings: ReadSettings, tally: Tally, on_reject: OnReject) -> None:
        self._writer = writer
        self._settings = settings
        self._limits = settings.limits
        self._tally = tally
        self._on_reject = on_reject

    def convert(self, source: Source) -> None:
        """Convert a body, or the bodies in a recording."""
        if source.outcome != "body":
            self._tally.skipped += source.skipped
            self._tally.other_urls += source.other_urls
            problems = tuple(problem for problem in source.problems if problem.rule.group is not Group.HYGIENE)
            if problems:  # else they are about keys in a request, which is no record
                self._on_reject(Reject(source.name, problems, unreadable=source.outcome == "unreadable"))
            return
        try:  # only around the source: an error of the writer ends the run
            if source.data is not None:
                blocks = iter(blocks_of(source.read(self._limits)))
            else:
                blocks = read_blocks(source.file, BLOCK, replace(self._limits, body=_UNBOUNDED))
            first = next(blocks, b"")
        except (SourceError, DecodeError) as error:
            self.convert(refused(source, error))
            return
        recording = recording_of(source, first)
        if recording is None:
            self._convert_body(source, chain([first], blocks))
            return
        for inner in self._members(recording, source):
            self.convert(inner)

    def _members(self, recording: Recording, source: Source) -> Iterator[Source]:
        """Return the bodies in a recording, and the error that ends it."""
        try:
            yield from recording.members(source, source.read(self._limits), self._limits)
        except (SourceError, DecodeError) as error:
            yield refused(source, error)

    def _convert_body(self, source: Source, blocks: Iterable[bytes]) -> None:
        """Convert one body as far as it can be read."""
        self._tally.bodies += 1
        expected = expected_of(source, self._settings, self._writer.model)
        if problem := mismatch(expected, self._writer.model):
            self._reject_body(source, blocks, expected, problem)
            return
        count = rejected = 0
        collector = RejectCollector(source.name, self._on_reject, source.first_line or 1, declared=expected.by_source)
        records = self._records(source, blocks, expected, collector)
        while chunk := list(islice(records, _CHUNK)):
            for index, problem in self._writer.write(chunk):
                pointer = collector.pointer(count + index)
                prefix = ALONE if problem.pointer.startswith(ALONE) else "/response"
                located = replace(problem, pointer=pointer + problem.pointer.removeprefix(prefix))
                rejected += 1
                self._on_reject(Reject(source.name, (located,), pointer, record_as_json(chunk[index])))
            count += len(chunk)
        collector.end()
        self._tally.written += count - rejected

    def _reject_body(self, source: Source, blocks: Iterable[bytes], expected: Expected, problem: Problem) -> None:
        """Reject a body of another endpoint as a whole, with its first errors."""
        errors: list[Problem] = []

        def collect(reject: Reject) -> None:
            if len(errors) < _SHOWN:
                errors.extend(problem for problem in reject.problems if problem != NO_RECORDS)

        collector = RejectCollector(source.name, collect, source.first_line or 1, declared=True)
        deque(self._records(source, blocks, expected, collector), maxlen=0)
        collector.end()
        self._on_reject(Reject(source.name, (problem, *errors), other=not errors))

    def _records(
        self, source: Source, blocks: Iterable[bytes], expected: Expected, collector: RejectCollector
    ) -> Iterator[BaseModel]:
        budget = source.budget if source.inner else None  # that of a file on disk has not counted these blocks
        reader = BodyReader(blocks, expected, self._limits, budget=budget, salvage=True, errors_only=True)
        return collector.records(reader.events())
