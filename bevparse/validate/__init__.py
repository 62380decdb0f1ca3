"""The validator: saved response bodies in, findings with their places out; silent, and importable.

    from bevparse.validate import validate

    report = validate(["dumps/", "session.har"])
    for checked in report.findings:
        for problem in checked.problems:
            print(checked.source, problem)

Sources, rules, what is reported and how it is shown are modules of their own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field

from ..sources import ANYTHING, Search, Source, find_files, open_source
from .cache import Cache
from .checks import check
from .cross_checks import Facts
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
    "check",
    "iter_checked",
    "validate",
]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found; the reports of two parts of a dump add up to that of the whole."""

    settings: Settings = field(default_factory=Settings)
    bodies: tuple[Checked, ...] = ()
    """Bodies, and whatever else, that there is something to say about, in the order of the sources."""
    counts: Summary = field(default_factory=Summary)
    """Counts over the bodies by themselves."""
    facts: Facts = field(default_factory=Facts)
    """What the bodies say about requests."""

    def __add__(self, other: Report) -> Report:
        return Report(self.settings, self.bodies + other.bodies, self.counts + other.counts, self.facts + other.facts)

    @property
    def findings(self) -> tuple[Checked, ...]:
        """What there is something to say about: each by itself, and at the end the bodies beside each other."""
        return (*self.bodies, *_contradictions(self.facts, self.settings))

    @property
    def summary(self) -> Summary:
        """Counts over all findings."""
        across = _contradictions(self.facts, self.settings)
        return sum((Summary.of(checked) for checked in across), self.counts)


def validate(
    paths: Iterable[str],
    settings: Settings | None = None,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
) -> Report:
    """Check every body under the paths, and report those that there is something to say about.

    Args:
        paths: files, folders (searched to the bottom, in sorted order), archives, recordings, patterns, or "-".
        settings: what is asked of the bodies.
        search: what is looked at in folders and archives.
        executor: where the work is done, such as a pool of processes; without one it is done here.
        cache: results of earlier runs.

    Returns:
        What was found; nothing is raised for what a source holds, or for one that cannot be read.
    """
    asked = settings or Settings()
    found, counts, facts = list[Checked](), Summary(), Facts()
    for checked in _checked(paths, asked, search, executor, cache):
        counts.add(checked, asked.fail_on)
        facts.add(checked.facts)
        if checked.problems:
            found.append(checked)
    return Report(asked, tuple(found), counts, facts)


def iter_checked(
    paths: Iterable[str],
    settings: Settings,
    *,
    search: Search = ANYTHING,
    executor: Executor | None = None,
    cache: Cache | None = None,
) -> Generator[Checked]:
    """Check every body under the paths and give each as it comes, sound ones too, in memory that they do not change.

    Args:
        paths: as for `validate`.
        settings: as for `validate`.
        search: as for `validate`.
        executor: as for `validate`.
        cache: as for `validate`.

    Returns:
        What was found in each body, and at the end what bodies say against each other.
    """
    facts = Facts()
    for checked in _checked(paths, settings, search, executor, cache):
        facts.add(checked.facts)
        yield checked
    yield from _contradictions(facts, settings)


def _contradictions(facts: Facts, settings: Settings) -> Iterator[Checked]:
    """Return what bodies say against each other, as far as it is selected."""
    for fact, problem in facts.contradictions():
        if chosen := settings.selection.chosen((problem,), fact.file + fact.inner):
            yield Checked(fact.file, fact.inner, problems=chosen, outcome="notice")


def _checked(
    paths: Iterable[str], settings: Settings, search: Search, executor: Executor | None, cache: Cache | None
) -> Iterator[Checked]:
    for checked in check_all(_work(paths, settings, search, cache), settings, executor):
        if cache:
            cache.saw(checked)
        yield checked
    if cache:
        cache.keep()


def _work(paths: Iterable[str], settings: Settings, search: Search, cache: Cache | None) -> Iterator[Work]:
    for source in find_files(paths, search, settings.limits):
        known = cache.known(source) if cache else None
        if known is None:
            yield from open_source(source, search, settings.limits)
        else:
            yield known
