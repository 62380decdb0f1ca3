"""Check saved response bodies, and return findings with their locations; nothing is printed or logged.

    from bevparse.validate import validate

    report = validate(["dumps/", "session.har"])
    for checked in report.findings:
        for problem in checked.problems:
            print(checked.source, problem)

`bevparse.validate.renderers` writes findings in other formats.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field

from ..files.paths import Paths, texts_of
from ..sources import ANYTHING, Search, Source, find_files, open_blocks
from .cache import Cache
from .checks import check
from .cross_checks import Facts
from .pool import WorkerPool
from .report import Checked, Excerpt, Summary
from .run import Work, check_all
from .settings import Selection, Settings, UnknownCodeError

__all__ = [
    "Cache",
    "Checked",
    "Excerpt",
    "Facts",
    "Report",
    "Search",
    "Selection",
    "Settings",
    "Source",
    "Summary",
    "UnknownCodeError",
    "WorkerPool",
    "check",
    "iter_checked",
    "validate",
]


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run; the reports of two parts of a dump add up to the report of the whole."""

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
        return (*self.bodies, *_contradictions(self.facts, self.settings))

    @property
    def summary(self) -> Summary:
        """Counts over all findings."""
        across = _contradictions(self.facts, self.settings)
        return sum((Summary.of(checked) for checked in across), self.counts)


def validate(
    paths: Paths,
    settings: Settings | None = None,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
    keep: int | None = None,
) -> Report:
    """Check every body in the paths and return a report of the findings.

    Args:
        paths: a path or several: of files, folders (searched recursively, in sorted order), archives or recordings,
            patterns, or "-".
        settings: how bodies are read and what is reported.
        search: what is searched for in folders and archives.
        executor: runs the checks, such as `WorkerPool`; by default this process does. It may be any other executor that
            goes on after a worker has died.
        cache: the results of earlier runs.
        keep: the maximum number of bodies with findings in the report; all are counted. By default it has all.

    Returns:
        The report. No exception is raised for the content of a source, nor for a source that cannot be read.

    Raises:
        BrokenExecutor: the executor takes no more work.
        TypeError: a registered format is not a module, which the workers of the executor could import.
    """
    settings = settings or Settings()
    found, left_out, counts, facts = list[Checked](), 0, Summary(), Facts()
    for checked in _checked(paths, settings, search, executor, cache):
        counts.add(checked, settings.fail_on)
        facts.add(checked.facts)
        if checked.problems and (keep is None or len(found) < keep):
            found.append(checked)
        elif checked.problems:
            left_out += 1
    return Report(settings, tuple(found), counts, facts, left_out)


def iter_checked(
    paths: Paths,
    settings: Settings,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
) -> Generator[Checked]:
    """Check every body in the paths and yield the results one by one, including those of valid bodies.

    Memory does not depend on the number of bodies.

    Args:
        paths: as for `validate`.
        settings: as for `validate`.
        search: as for `validate`.
        executor: as for `validate`.
        cache: as for `validate`.

    Returns:
        The result of each body, and at the end the contradictions across bodies.

    Raises:
        BrokenExecutor: as for `validate`.
        TypeError: as for `validate`.
    """
    facts = Facts()
    for checked in _checked(paths, settings, search, executor, cache):
        facts.add(checked.facts)
        yield checked
    yield from _contradictions(facts, settings)


def _contradictions(facts: Facts, settings: Settings) -> Iterator[Checked]:
    """Return the contradictions across bodies that are selected."""
    for fact, problem in facts.contradictions():
        if chosen := settings.selection.chosen((problem,), fact.file + fact.inner):
            yield Checked(fact.file, fact.inner, problems=chosen, outcome="notice")


def _checked(
    paths: Paths, settings: Settings, search: Search, executor: Executor | None, cache: Cache | None
) -> Iterator[Checked]:
    for checked in check_all(_work(paths, settings, search, cache), settings, executor):
        if cache:
            cache.add(checked)
        yield checked
    if cache:
        cache.flush()


def _work(paths: Paths, settings: Settings, search: Search, cache: Cache | None) -> Iterator[Work]:
    for source in find_files(texts_of(paths), search, settings.limits):
        known = cache.known(source) if cache else None
        if known is None:
            yield from open_blocks(source, search, settings.limits)
        else:
            yield known
