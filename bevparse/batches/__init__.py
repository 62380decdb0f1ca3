"""The records of many bodies, in batches. A record that cannot be read is rejected with its problems."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from pydantic import BaseModel

from ..endpoints import Expected
from ..errors import DecodeError, SourceError
from ..files import read_blocks
from ..lanes.chunks import BLOCK, blocks_of
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem
from ..problems.rules import Group
from ..reader import BodyReader
from ..reader.events import NO_RECORDS
from ..sources import DocumentKind, LineBlock, Source, document_kind, refused
from ..sources.expected import ReadSettings, expected_of, mismatch
from ..sources.requests import request_of
from ..wire import MAX_INTEGER
from ..writer import record_as_json
from .batch import Batch
from .lines import LineReader
from .rejects import ALONE, OnProblem, OnReject, Reject, RejectCollector, Tally

__all__ = ["Batch", "OnProblem", "OnReject", "Reject", "Tally", "read_batches"]

_MOST: Final = 2**14
"""The maximum number of records in a batch."""
_UNBOUNDED: Final = 2**62
_LONGEST: Final = len(str(MAX_INTEGER))
_SHOWN: Final = 20
"""The most errors that are reported for a body of another endpoint."""


def read_batches(
    sources: Iterable[Source | LineBlock],
    settings: ReadSettings,
    tally: Tally,
    on_reject: OnReject,
    *,
    skip_others: bool = False,
    on_warning: OnProblem | None = None,
) -> Iterator[Batch]:
    """Read records from bodies, archives and recordings.

    Args:
        sources: bodies of any format, or lines, all with records of the same model.
        settings: the endpoint and format to expect, and the limits. `limits.body` is ignored for arrays of records,
            which are read in chunks.
        tally: counts what is read. Its model is that of the expected records, if it is known.
        on_reject: is called with each record or body that is not read.
        skip_others: whether bodies of other endpoints are skipped.
        on_warning: is called with each problem that loses no data.
    """

    def reject(rejected: Reject) -> None:
        if rejected.other and skip_others:
            tally.others += 1
            tally.bodies -= 1
            return
        tally.rejected += 1
        tally.unreadable += rejected.unreadable
        on_reject(rejected)

    settings = replace(settings, limits=_unbounded(settings.limits))
    bodies = _Bodies(settings, tally, reject, on_warning)
    lines = LineReader(settings, tally, reject, on_warning)
    for source in sources:
        if isinstance(source, LineBlock):
            batches = lines.read(source, bodies.read)
        elif source.record:
            batches = lines.read_one(source)
        else:
            batches = bodies.read(source)
        for batch in batches:
            tally.model = tally.model or type(batch.records[0])
            tally.written += len(batch.records)
            yield batch


def _unbounded(limits: Limits) -> Limits:
    """Return limits without bounds on records and problems, unless these bounds differ from the defaults."""
    usual = [name for name in ("records", "problems") if getattr(limits, name) == getattr(DEFAULT_LIMITS, name)]
    return replace(limits, **dict.fromkeys(usual, _UNBOUNDED))


class _Bodies:
    """Reads records from whole bodies."""

    def __init__(self, settings: ReadSettings, tally: Tally, on_reject: OnReject, on_warning: OnProblem | None) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._tally = tally
        self._on_reject = on_reject
        self._on_warning = on_warning

    def read(self, source: Source) -> Iterator[Batch]:
        """Return the records of a body, or of the bodies in a recording."""
        if source.outcome != "body":
            self._tally.skipped += source.skipped
            self._tally.other_urls += source.other_urls
            problems = tuple(problem for problem in source.problems if problem.rule.group is not Group.HYGIENE)
            if problems:  # a problem about a key in a request rejects no record
                self._on_reject(Reject(source.name, problems, unreadable=source.outcome == "unreadable"))
            return
        try:
            if source.data is not None:
                blocks = iter(blocks_of(source.read()))
            else:
                blocks = read_blocks(source.place, BLOCK, replace(self._limits, body=_UNBOUNDED))
            first = next(blocks, b"")
        except (SourceError, DecodeError) as error:
            yield from self.read(refused(source, error))
            return
        document = document_kind(source, first)
        if document is None:
            yield from self._read_body(source, chain([first], blocks))
            return
        for inner in self._members(document, source):
            yield from self.read(inner)

    def _members(self, document: DocumentKind, source: Source) -> Iterator[Source]:
        """Return the bodies in a recording, and the error that ends it."""
        try:
            yield from document.members(source, source.read())
        except (SourceError, DecodeError) as error:
            yield refused(source, error)

    def _read_body(self, source: Source, blocks: Iterable[bytes]) -> Iterator[Batch]:
        """Read one body as far as possible."""
        self._tally.bodies += 1
        expected = expected_of(source, self._settings, self._tally.model)
        if problem := mismatch(expected, self._tally.model):
            self._reject_body(source, blocks, expected, problem)
            return
        count = 0
        on_warning = self._on_warning
        collector = RejectCollector(
            source.name,
            self._on_reject,
            source.first_line or 1,
            declared=expected.by_source,
            on_warning=on_warning and (lambda problem: on_warning(source.name, source.moved(problem))),
        )
        records = self._records(source, blocks, expected, collector)
        request = _request(source)
        for some in chain.from_iterable(map(_parts, records)):
            yield self._batch(source, some, collector, collector.numbers(count, len(some)), request)
            count += len(some)
        collector.end()

    def _batch(
        self,
        source: Source,
        records: Sequence[BaseModel],
        collector: RejectCollector,
        numbers: Sequence[int],
        request: int | None,
    ) -> Batch:
        def reject(index: int, problem: Problem) -> None:
            self._tally.written -= 1
            pointer = collector.pointer(numbers[index])
            prefix = ALONE if problem.pointer.startswith(ALONE) else "/response"
            located = replace(problem, pointer=pointer + problem.pointer.removeprefix(prefix))
            self._on_reject(Reject(source.name, (located,), pointer, record_as_json(records[index])))

        return Batch(records, [source.name] * len(records), numbers, request, reject)

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
    ) -> Iterator[Sequence[BaseModel]]:
        budget = source.budget if source.inner else None  # the budget of a file on disk did not count them
        errors_only = self._on_warning is None
        reader = BodyReader(blocks, expected, self._limits, budget=budget, salvage=True, errors_only=errors_only)
        return collector.records(reader.events())


def _parts(records: Sequence[BaseModel]) -> Iterator[Sequence[BaseModel]]:
    """Return records in parts of at most `_MOST`. A single part is returned unchanged, and so stays in columns."""
    if 0 < len(records) <= _MOST:
        yield records
    else:
        yield from (records[start : start + _MOST] for start in range(0, len(records), _MOST))


def _request(source: Source) -> int | None:
    request, _ = request_of(source)
    number = int(request) if request and len(request) <= _LONGEST else None
    return number if number is None or number <= MAX_INTEGER else None
