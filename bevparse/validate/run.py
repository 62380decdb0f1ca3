"""A run over many sources, one by one or with an executor; results are in the order of the sources."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Final, Generic, TypeAlias, TypeVar

from .. import __version__, formats
from ..files.compression import Budget
from ..files.paths import WorkingFolder, in_working_folder, working_folder
from ..problems import Problem, rules
from ..sources import LineBlock, Search, Source, is_streamed, open_blocks, sources_in
from .checks import check
from .lines import check_lines
from .report import Checked
from .results import compress, decode, decompress, encode
from .settings import Settings

__all__ = ["Unopened", "Work", "check_all"]

T = TypeVar("T")
_BATCH_BYTES: Final = 2**20
_BATCH_SOURCES: Final = 64
"""The maximum number of sources in a batch; the first batches are smaller, so that first results come soon."""
_WINDOW: Final = 256
"""The maximum number of submitted batches that have not ended: enough for 128 workers."""
_MOST_WAITING: Final = 4 * _WINDOW
"""The maximum number of batches whose results wait for those of an earlier one."""
_MOST_HELD: Final = 2**26
"""The maximum number of bytes in memory that waiting batches hold."""
_HELD_RESULT: Final = 2**10
"""The bytes that a known result counts as."""
_MOST_RESULTS: Final = 2**10
"""The maximum number of results that are decoded together."""
_PAUSE: Final = 0.1
"""Seconds after which a future that was not notified is looked at again."""
_MOST_OPENED: Final = 2**26
"""The maximum size of an archive that is opened where it is checked: its results are held."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """An archive in a store that is fetched and opened by the process that checks what is in it."""

    archive: Source
    search: Search

    @staticmethod
    def takes(source: Source) -> bool:
        """Return whether a source is an archive that another process can fetch, and is small enough."""
        stored = source.stored
        if stored is None or stored.content is not None or not stored.store.is_shared:
            return False
        return source.size <= _MOST_OPENED and is_streamed(source)

    @property
    def size(self) -> int:
        """The size of the archive in bytes."""
        return self.archive.size

    @property
    def budget(self) -> Budget:
        """What has been read of the archive."""
        return self.archive.budget


Work: TypeAlias = Source | LineBlock | Unopened | tuple[Checked, ...]
"""A source, lines or an archive to check, or the known results of one."""
_Part: TypeAlias = Source | LineBlock | Unopened


@dataclass(slots=True)
class _Batch(Generic[T]):
    owners: list[T]
    """What the caller passed with each source, see `check_all`."""
    sources: list[_Part]
    known: tuple[Checked, ...] | None = None
    """Known results, instead of sources; then there is one owner."""
    size: int = 0
    held: int = 0

    @classmethod
    def of_known(cls, owner: T, known: tuple[Checked, ...]) -> _Batch[T]:
        return cls([owner], [], known, held=_HELD_RESULT * len(known))

    def has_room(self, source: _Part) -> bool:
        return self.size + source.size <= _BATCH_BYTES

    def add(self, owner: T, source: _Part) -> None:
        self.owners.append(owner)
        self.sources.append(source)
        self.size += source.size
        self.held += _held(source)


def _held(source: _Part) -> int:
    """Return the bytes of a source that are in memory."""
    if isinstance(source, Source):
        fetched = source.stored.content if source.stored else None
        return len(source.data or fetched or b"")
    return source.size if isinstance(source, LineBlock) else 0


@dataclass(slots=True)
class _Outcome:
    parts: tuple[bytes, ...]
    """The results for one source as bytes, which take less memory than objects while they wait for earlier ones."""
    unpacked: int = 0
    """The bytes of decompressed data in the source."""
    since: int = 0
    """The bytes of decompressed data in other members of the file, as counted before the source was checked."""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a worker must have in common with the process that sends it batches."""

    registered: tuple[tuple[str, str], ...] = field(default_factory=formats.registered)
    folder: WorkingFolder = field(default_factory=working_folder)
    version: str = __version__


_Future: TypeAlias = Future[list[_Outcome] | Exception]


def check_all(
    work: Iterable[tuple[T, Work]], settings: Settings, executor: Executor | None
) -> Iterator[tuple[T, Iterable[Checked]]]:
    """Check sources and return the results of each in the order of the sources.

    An executor gets batches of about a megabyte. The number of submitted batches is limited, so that memory does not
    depend on the number of sources. If a batch fails, its sources are checked one by one to find the cause.

    Args:
        work: the sources, each with any value, which is returned with the results.
        settings: how bodies are read and what is reported.
        executor: runs the checks; None checks each source when its results are read.

    Raises:
        BrokenExecutor: the executor takes no more work, or its workers have another version of bevparse.
        TypeError: a format is registered that the workers cannot import.
    """
    if executor is None:
        for owner, one in work:
            yield owner, one if isinstance(one, tuple) else _checked(one, settings)
        return
    workers = _Workers(executor, settings)
    waiting: deque[tuple[_Batch[T], _Future]] = deque()
    try:
        for batch in _batches(work):
            waiting.append((batch, workers.submit(batch)))
            while _is_full(waiting):
                yield from workers.results(*waiting.popleft())
            while waiting and waiting[0][1].done():
                yield from workers.results(*waiting.popleft())
        while waiting:
            yield from workers.results(*waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()


def _batches(work: Iterable[tuple[T, Work]]) -> Iterator[_Batch[T]]:
    batch, most = _Batch[T]([], []), 1
    for owner, one in work:
        if batch.sources and (isinstance(one, tuple) or not batch.has_room(one)):
            yield batch
            batch, most = _Batch[T]([], []), min(most * 2, _BATCH_SOURCES)
        if isinstance(one, tuple):
            yield _Batch[T].of_known(owner, one)
            continue
        batch.add(owner, one)
        if len(batch.sources) == most:  # now, because the next source may take long
            yield batch
            batch, most = _Batch[T]([], []), min(most * 2, _BATCH_SOURCES)
    if batch.sources:
        yield batch


def _is_full(waiting: Sequence[tuple[_Batch[T], _Future]]) -> bool:
    """Return whether the first batch must end before another is submitted. If any other batch will do, wait for it."""
    if len(waiting) > _MOST_WAITING or sum(batch.held for batch, _ in waiting) > _MOST_HELD:
        return True
    while len(running := [future for _, future in waiting if not future.done()]) >= _WINDOW:
        wait(running, _PAUSE, FIRST_COMPLETED)
    return False


def _checked(source: _Part, settings: Settings) -> Iterator[Checked]:
    if isinstance(source, Unopened):
        opened = open_blocks(source.archive, source.search)
        return chain.from_iterable(_checked(one, settings) for one in opened)
    return check_lines(source, settings) if isinstance(source, LineBlock) else check(source, settings)


def _check_batch(
    sources: Sequence[_Part], settings: Settings, surroundings: _Surroundings
) -> list[_Outcome] | Exception:
    """Check a batch. An exception is returned: one that is raised would look like a failure of the executor."""
    try:
        if surroundings.version != __version__:
            message = f"expected workers with bevparse {surroundings.version}, got one with {__version__}"
            return BrokenExecutor(message)
        formats.load(settings.plugins)
        formats.load_registered(surroundings.registered)
        with in_working_folder(surroundings.folder):
            return [_check_in_worker(source, settings) for source in sources]
    except Exception as error:  # noqa: BLE001 - it is raised again by `_Workers`
        return error


def _check_in_worker(source: _Part, settings: Settings) -> _Outcome:
    """Check a source, and return how much it decompressed. Other workers may decompress parts of the same file."""
    budget = source.budget.detached()
    if isinstance(source, Unopened) or budget.whole is None:
        return _Outcome(tuple(_parts(_checked(source, settings))))
    since = budget.whole.later
    parts = tuple(_parts(_checked(replace(source, budget=budget), settings)))
    return _Outcome(parts, budget.whole.later - since, since)


def _parts(results: Iterator[Checked]) -> Iterator[bytes]:
    while part := tuple(islice(results, _MOST_RESULTS)):
        yield compress(encode(part))


class _Workers:
    """The executor of a run, and what every batch needs."""

    def __init__(self, executor: Executor, settings: Settings) -> None:
        self._executor = executor
        self._settings = settings
        self._surroundings = _Surroundings()

    def submit(self, batch: _Batch[T]) -> _Future:
        """Return the future of a batch.

        Raises:
            BrokenExecutor: the executor takes no more work.
        """
        if batch.known is not None:
            future = _Future()
            future.set_result([])
            return future
        try:
            return self._executor.submit(_check_batch, batch.sources, self._settings, self._surroundings)
        except BrokenExecutor as error:
            message = "expected an executor that goes on after a worker has died, such as bevparse.validate.WorkerPool"
            raise BrokenExecutor(f"{message}: {error}") from error

    def results(self, batch: _Batch[T], future: _Future) -> Iterator[tuple[T, Iterable[Checked]]]:
        """Return the results of each source of a batch when it has ended.

        If the executor fails, the batch is repeated, because another batch may have caused that. If it fails again, its
        sources are checked one by one.
        """
        if batch.known is not None:
            yield batch.owners[0], batch.known
            return
        outcomes = _outcomes(future)
        if isinstance(outcomes, _Failure):
            outcomes = _outcomes(self.submit(batch))
        if isinstance(outcomes, _Failure):
            for owner, part in zip(batch.owners, batch.sources, strict=True):
                alone = (part,) if isinstance(part, Unopened) else sources_in(part)
                yield owner, chain.from_iterable(map(self._results_of_one, alone))
            return
        for owner, source, outcome in zip(batch.owners, batch.sources, outcomes, strict=True):
            yield owner, self._accounted(source, outcome)

    def _results_of_one(self, source: Source | Unopened) -> Iterable[Checked]:
        outcomes = _outcomes(self.submit(_Batch([None], [source])))
        if isinstance(outcomes, _Failure):
            message = f"the worker failed while checking this source ({outcomes.name})"
            problem = Problem.of(rules.WORKER_DIED, message)
            failed = source.archive if isinstance(source, Unopened) else source
            return (Checked(failed.file, failed.inner, problems=(problem,), outcome="unreadable"),)
        return self._accounted(source, outcomes[0])

    def _accounted(self, source: _Part, outcome: _Outcome) -> Iterable[Checked]:
        """Return the results for a source, and add what it decompressed to the count of its file.

        If the count has changed meanwhile, so that the limit may apply, the source is checked again.
        """
        is_current = source.budget.takes(outcome.unpacked, outcome.since)
        results = (decode(decompress(part)) for part in outcome.parts)
        return chain.from_iterable(results) if is_current else _checked(source, self._settings)


@dataclass(slots=True)
class _Failure:
    """The executor could not return the outcomes of a batch."""

    name: str
    """The name of its exception."""


def _outcomes(future: _Future) -> list[_Outcome] | _Failure:
    try:
        outcomes = future.result()
    except Exception as error:  # noqa: BLE001 - each engine has its own, such as KilledWorker
        return _Failure(type(error).__name__)
    if isinstance(outcomes, Exception):
        raise outcomes
    return outcomes
