"""A run over many sources, one by one or with an executor; results are in the order of the sources."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeAlias

from .. import formats
from ..problems import Problem, rules
from ..sources import LineBlock, Source, sources_in
from .checks import check
from .lines import check_lines
from .report import Checked
from .settings import Settings

__all__ = ["Work", "check_all"]

_BATCH_BYTES: Final = 2**20
_BATCH_SOURCES: Final = 64
"""The maximum number of sources in a batch; the first batches are smaller, so that first results come soon."""
_WINDOW: Final = 16
"""The maximum number of batches that are submitted at the same time."""
_MOST_HELD: Final = 2**26
"""The maximum number of bytes from archives in these batches."""
Work: TypeAlias = Source | LineBlock | tuple[Checked, ...]
"""A source or lines to check, or the known results of one."""


@dataclass(slots=True)
class _Batch:
    sources: list[Source | LineBlock]
    known: tuple[Checked, ...] | None = None
    size: int = 0
    held: int = 0

    def has_room(self, source: Source | LineBlock) -> bool:
        return self.size + source.size <= _BATCH_BYTES

    def add(self, source: Source | LineBlock) -> None:
        self.sources.append(source)
        self.size += source.size
        self.held += source.size if isinstance(source, LineBlock) else len(source.data or b"")


@dataclass(slots=True)
class _Outcome:
    checked: list[Checked]
    """The results for one source."""
    unpacked: int = 0
    """The bytes of decompressed data in it."""
    since: int = 0
    """Those of other members of its file that were known before it was checked."""


def check_all(work: Iterable[Work], settings: Settings, executor: Executor | None) -> Iterator[Checked]:
    """Check sources and return the results in the order of the sources.

    An executor gets batches of about a megabyte. The number of submitted batches is limited, so that memory does not
    depend on the number of sources. If a worker dies, its batch is repeated source by source to find the cause.
    """
    if executor is None:
        for one in work:
            yield from one if isinstance(one, tuple) else _checked(one, settings)
        return
    waiting: deque[tuple[_Batch, Future[list[_Outcome]]]] = deque()
    try:
        for batch in _batches(work):
            waiting.append((batch, _submit(executor, batch, settings)))
            while waiting and (waiting[0][1].done() or _too_many(waiting)):
                yield from _result(*waiting.popleft(), settings, executor)
        while waiting:
            yield from _result(*waiting.popleft(), settings, executor)
    finally:
        for _, future in waiting:
            future.cancel()


def _batches(work: Iterable[Work]) -> Iterator[_Batch]:
    batch, most = _Batch([]), 1
    for one in work:
        if batch.sources and (isinstance(one, tuple) or not batch.has_room(one)):
            yield batch
            batch, most = _Batch([]), min(most * 2, _BATCH_SOURCES)
        if isinstance(one, tuple):
            yield _Batch([], known=one)
            continue
        batch.add(one)
        if len(batch.sources) == most:  # now, because the next source may take long
            yield batch
            batch, most = _Batch([]), min(most * 2, _BATCH_SOURCES)
    if batch.sources:
        yield batch


def _too_many(waiting: Sequence[tuple[_Batch, object]]) -> bool:
    return len(waiting) > _WINDOW or sum(batch.held for batch, _ in waiting) > _MOST_HELD


def _checked(source: Source | LineBlock, settings: Settings) -> Iterator[Checked]:
    return check_lines(source, settings) if isinstance(source, LineBlock) else check(source, settings)


def _check_batch(sources: Sequence[Source | LineBlock], settings: Settings) -> list[_Outcome]:
    formats.load(settings.plugins)
    return [_check_apart(source, settings) for source in sources]


def _check_apart(source: Source | LineBlock, settings: Settings) -> _Outcome:
    """Check a source, and count apart what it decompresses: other workers may do the same for the same file."""
    budget = source.budget.apart()
    if budget.whole is None:
        return _Outcome(list(_checked(source, settings)))
    since = budget.whole.later
    checked = list(_checked(replace(source, budget=budget), settings))
    return _Outcome(checked, budget.whole.later - since, since)


def _submit(executor: Executor, batch: _Batch, settings: Settings) -> Future[list[_Outcome]]:
    future = Future[list[_Outcome]]()
    if batch.known is not None:
        future.set_result([])
        return future
    try:
        return executor.submit(_check_batch, batch.sources, settings)
    except BrokenExecutor as error:
        future.set_exception(error)
        return future


def _result(batch: _Batch, future: Future[list[_Outcome]], settings: Settings, executor: Executor) -> Iterator[Checked]:
    yield from batch.known or ()
    try:
        outcomes = future.result()
    except BrokenExecutor:
        for alone in chain.from_iterable(map(sources_in, batch.sources)):
            yield from _result_of_one(alone, settings, executor)
        return
    for source, outcome in zip(batch.sources, outcomes, strict=True):
        yield from _accounted(source, outcome, settings)


def _accounted(source: Source | LineBlock, outcome: _Outcome, settings: Settings) -> Iterable[Checked]:
    """Return the results for a source, and count what it decompresses for its file."""
    is_current = source.budget.takes(outcome.unpacked, outcome.since, settings.limits)
    return outcome.checked if is_current else _checked(source, settings)


def _result_of_one(source: Source, settings: Settings, executor: Executor) -> Iterator[Checked]:
    try:
        (outcome,) = _submit(executor, _Batch([source]), settings).result()
    except BrokenExecutor:
        problem = Problem.of(rules.WORKER_DIED, "worker process died while checking this source")
        yield Checked(source.file, source.inner, problems=(problem,), outcome="unreadable")
    else:
        yield from _accounted(source, outcome, settings)
