"""Check saved response bodies, and return findings with their locations; nothing is printed or logged.

    from bevparse.validate import validate

    report = validate(["dumps/", "session.har"])
    for checked in report.findings:
        for problem in checked.problems:
            print(checked.source, problem)

`bevparse.validate.renderers` writes findings in other formats.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

from ..files.paths import Paths, texts_of
from ..sources import ANYTHING, Search, Source, fetched, find_files, open_blocks
from ..sources.stored import SMALL
from .cache import Cache
from .checks import check
from .cross_checks import Facts
from .pool import WorkerPool
from .report import Checked, Excerpt, Summary, compared, contradictions
from .run import Unopened, Work, check_all
from .saved import ListedFile, OtherRunError, RunFile, SavedPart, SavedRun, SavedRuns
from .settings import Selection, Settings, UnknownCodeError

__all__ = [
    "Cache",
    "Checked",
    "Excerpt",
    "Facts",
    "OtherRunError",
    "Report",
    "SavedRun",
    "Search",
    "Selection",
    "Settings",
    "Source",
    "Summary",
    "UnknownCodeError",
    "WorkerPool",
    "check",
    "iter_checked",
    "merged",
    "validate",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run. The sum of the reports of two parts of a dump is the report of the whole dump."""

    settings: Settings = field(default_factory=Settings)
    bodies: tuple[Checked, ...] = ()
    """Bodies and other sources with findings, in the order of the sources."""
    counts: Summary = field(default_factory=Summary)
    """Counts without the contradictions across bodies."""
    facts: Facts = field(default_factory=Facts)
    """What the bodies contain about requests."""
    left_out: int = 0
    """The number of bodies with findings that are not in `bodies`, see `keep` of `validate`."""

    def __add__(self, other: Report) -> Report:
        return Report(
            self.settings,
            self.bodies + other.bodies,
            self.counts + other.counts,
            self.facts + other.facts,
            self.left_out + other.left_out,
        )

    @property
    def findings(self) -> tuple[Checked, ...]:
        """All findings: by body first, then across bodies."""
        return (*self.bodies, *contradictions(self.facts, self.settings))

    @property
    def summary(self) -> Summary:
        """Counts over all findings."""
        across = contradictions(self.facts, self.settings)
        return sum((Summary.of(checked) for checked in across), self.counts)


def validate(
    paths: Paths,
    settings: Settings | None = None,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
    saved: SavedRun | None = None,
    keep: int | None = None,
) -> Report:
    """Check every body in the paths and return a report of the findings.

    Args:
        paths: a path or several: of files, folders (searched recursively, in sorted order), archives or recordings,
            patterns, "-", or URLs of objects in stores (extra `remote`).
        settings: how bodies are read and what is reported.
        search: what is searched for in folders and archives.
        executor: runs the checks, such as `WorkerPool`; by default this process does. It may be any other executor that
            goes on after a worker has died.
        cache: the results of earlier runs.
        saved: the file that the results are saved to as they come. Files with results in it are not checked again.
        keep: the maximum number of bodies with findings in the report. All are counted. By default, all are in it.

    Returns:
        The report. No exception is raised for the content of a source, nor for a source that cannot be read.

    Raises:
        BrokenExecutor: the executor takes no more work, or its workers have another version of bevparse.
        OtherRunError: the saved run has other paths or settings.
        SourceError: the saved run cannot be read or written.
        TypeError: a registered format is not a module, which the workers of the executor could import.
        ValueError: the search has limits, and the settings have others.
    """
    settings = settings or Settings()
    return _report(_checked(paths, settings, search, executor, cache, saved), settings, keep)


def iter_checked(
    paths: Paths,
    settings: Settings,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
    saved: SavedRun | None = None,
) -> Generator[Checked]:
    """Check every body in the paths and yield the results one by one, including those of valid bodies.

    Memory does not depend on the number of bodies.

    Args:
        paths: as for `validate`.
        settings: as for `validate`.
        search: as for `validate`.
        executor: as for `validate`.
        cache: as for `validate`.
        saved: as for `validate`.

    Returns:
        The result of each body, and at the end the contradictions across bodies.

    Raises:
        BrokenExecutor: as for `validate`.
        OtherRunError: as for `validate`.
        SourceError: as for `validate`.
        TypeError: as for `validate`.
        ValueError: as for `validate`.
    """
    return compared(_checked(paths, settings, search, executor, cache, saved), settings)


def merged(paths: Paths, *, keep: int | None = None) -> Report:
    """Return the report of a saved run, or of all shards of one, as if one process had checked everything.

    A missing shard and a run that has not ended are findings, and so are files that not all shards have found.

    Args:
        paths: the files that `SavedRun` has written: one, or one for each shard, in any order.
        keep: as for `validate`.

    Raises:
        OtherRunError: the files are not shards of the same run.
        SourceError: a file cannot be read, is damaged, is not a saved run, or was saved by a newer version.
    """
    runs = SavedRuns(tuple(os.fspath(path) for path in texts_of(paths)))
    return _report(runs.results(), runs.settings, keep)


def _report(results: Generator[Checked], settings: Settings, keep: int | None) -> Report:
    found, left_out, counts, facts = list[Checked](), 0, Summary(), Facts()
    with closing(results):
        for checked in results:
            counts.add(checked, settings.fail_on)
            facts.add(checked.facts)
            if checked.problems and (keep is None or len(found) < keep):
                found.append(checked)
            elif checked.problems:
                left_out += 1
    return Report(settings, tuple(found), counts, facts, left_out)


def _checked(
    paths: Paths,
    settings: Settings,
    search: Search,
    executor: Executor | None,
    cache: Cache | None,
    saved: SavedRun | None,
) -> Generator[Checked]:
    with saved.continued(paths, settings, search) if saved else nullcontext() as run:
        settings = run.settings if run else settings
        search = search.within(settings.limits)
        found = _files_left(run, find_files(texts_of(paths), search))
        work = _work(found, search, cache, shared=executor is not None)
        for owner, results in check_all(work, settings, executor):
            if run and isinstance(owner, SavedPart):
                run.add_again(owner)
                yield from results
                continue
            for checked in results:
                if cache:
                    cache.add(checked)
                if run and isinstance(owner, ListedFile):
                    run.add(owner, checked)
                yield checked
        if run:
            run.end()
    if cache:
        cache.flush()


def _files_left(
    run: RunFile | None, found: Iterable[Source]
) -> Iterator[tuple[SavedPart | ListedFile | None, Source | tuple[Checked, ...]]]:
    """Return the files to check, or their results if these are saved. Each comes with its entry in the saved run."""
    if run is None:
        yield from ((None, source) for source in found)
        return
    for file, source in run.files(found):
        parts = run.parts_of(file)
        if parts is None:
            yield file, source
        else:
            yield from parts


def _work(
    found: Iterable[tuple[T, Source | tuple[Checked, ...]]],
    search: Search,
    cache: Cache | None,
    *,
    shared: bool,
) -> Iterator[tuple[T, Work]]:
    """Return what is to be checked. If the work is shared with other processes, they open archives in stores."""
    known = ((owner, _known(one, cache)) for owner, one in found)
    for owner, one in fetched(known, search.limits.body if shared else SMALL):
        if isinstance(one, tuple):
            yield owner, one
        elif shared and Unopened.takes(one):
            yield owner, Unopened(one, search)
        else:
            yield from ((owner, part) for part in open_blocks(one, search))


def _known(one: Source | tuple[Checked, ...], cache: Cache | None) -> Source | tuple[Checked, ...]:
    """Return the results of a file, or the file itself if they are not known."""
    known = cache.known(one) if cache and isinstance(one, Source) else None
    return one if known is None else known
