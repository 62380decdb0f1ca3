"""The results of checks, as plain data that can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ..models import EndpointName
from ..problems import Problem
from ..problems.rules import RULES, Severity
from ..sources.source import Outcome
from .cross_checks import Fact, Facts
from .profile import Profile
from .settings import Settings

__all__ = ["SEVERITIES", "Checked", "Coverage", "Excerpt", "Summary", "compared", "contradictions"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""The severities, the worst first."""
Coverage: TypeAlias = Literal["full", "no_cross_checks", "no_consistency", "partial"]
"""How much of a body was checked: everything; everything but contradictions with other bodies; everything but
contradictions; or only a part of the body."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line that a problem points at, cut to the width of a screen."""

    text: str
    """At most 120 characters around the position, with invisible characters escaped."""
    caret: int
    """The index of the position in the text."""


@dataclass(slots=True)  # creating a frozen object takes three times as long, and each line of JSON Lines has one
class Checked:
    """One body, or another source of findings, and what was found in it."""

    file: str
    """The path as it was given or found, or `<stdin>`."""
    inner: str = ""
    """The location inside the file, such as `!/july/session.har#/log/entries/3`; empty if the file is the body."""
    format: str | None = None
    endpoint: EndpointName | None = None
    problems: tuple[Problem, ...] = ()
    excerpts: tuple[Excerpt | None, ...] = ()
    """The lines that the problems point at, in the same order; empty unless `Settings.excerpts` is set."""
    outcome: Outcome = "body"
    size: int = 0
    """Bytes of the body, after decompression."""
    in_file: bool = False
    """Whether lines are lines of the file, although the body is inside the file, as in JSON Lines."""
    facts: tuple[Fact, ...] = ()
    """What the body contains about requests, for comparison with other bodies."""
    profile: Profile | None = None
    """What the body contains; None unless `Settings.profile` is set."""
    known: int = 0
    """Findings that the baseline left out."""
    coverage: Coverage = "full"
    """How much of the body was checked, including rules that are not selected."""
    depends_on_files: bool = False
    """Whether the result depends on other files, too."""
    skipped: int = 0
    """How many files of a folder or an archive have other names and were not read."""
    other_urls: int = 0
    """How many exchanges of a recording have other URLs and were not read."""

    @property
    def only_counts(self) -> bool:
        """Whether this only counts what was not read."""
        return bool(self.skipped or self.other_urls) and not self.problems

    @property
    def source(self) -> str:
        """The whole location: the file and the location inside it."""
        return self.file + self.inner


@dataclass(slots=True)
class Summary:
    """Counts over many bodies; two summaries add up to one."""

    kinds: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Bodies by endpoint and format, each "unknown" if it could not be determined."""
    codes: Counter[str] = field(default_factory=Counter[str])
    """Findings by code."""
    known: int = 0
    """Findings that a baseline left out."""
    valid: int = 0
    """Bodies without a finding of the severity that makes a run fail."""
    unreadable: int = 0
    """Sources that could not be read."""
    skipped: int = 0
    """Files in folders and archives that have other names and were not read."""
    other_urls: int = 0
    """Exchanges in recordings that have other URLs and were not read."""
    foreign: int = 0
    """Recordings without a body of the service and without a finding."""
    size: int = 0
    """Bytes of the bodies, after decompression."""
    profile: Profile = field(default_factory=Profile)
    """What the bodies contain; empty unless `Settings.profile` is set."""
    interrupted: bool = False
    """Whether the run ended before everything was checked."""

    @classmethod
    def of(cls, checked: Checked, fail_on: Severity = "error") -> Summary:
        """Return the counts of one body."""
        counts = cls()
        counts.add(checked, fail_on)
        return counts

    def add(self, checked: Checked, fail_on: Severity = "error") -> None:
        """Count one more body, as valid unless a finding is at least as bad as `fail_on`."""
        for problem in checked.problems:
            self.codes[problem.code] += 1
        self.known += checked.known
        if checked.outcome != "body":
            self.unreadable += checked.outcome == "unreadable"
            self.skipped += checked.skipped
            self.other_urls += checked.other_urls
            self.foreign += checked.outcome == "notice" and not checked.problems and not checked.only_counts
            return
        self.kinds[checked.endpoint or "unknown", checked.format or "unknown"] += 1
        self.size += checked.size
        if checked.profile is not None:
            self.profile.add(checked.profile)
        if checked.problems:
            failing = _at_least(fail_on)
            self.valid += not any(problem.severity in failing for problem in checked.problems)
        else:
            self.valid += 1

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.kinds + other.kinds,
            self.codes + other.codes,
            self.known + other.known,
            self.valid + other.valid,
            self.unreadable + other.unreadable,
            self.skipped + other.skipped,
            self.other_urls + other.other_urls,
            self.foreign + other.foreign,
            self.size + other.size,
            self.profile + other.profile,
            self.interrupted or other.interrupted,
        )

    @property
    def bodies(self) -> int:
        """The number of bodies that were checked."""
        return sum(self.kinds.values())

    @property
    def severities(self) -> Counter[Severity]:
        """Findings by severity."""
        counts = Counter[Severity]()
        for code, count in self.codes.items():
            counts[RULES[code].severity] += count
        return counts

    def failures(self, fail_on: Severity) -> int:
        """Return the number of findings that are at least as bad as `fail_on`."""
        return sum(self.severities[severity] for severity in _at_least(fail_on))


def _at_least(severity: Severity) -> tuple[Severity, ...]:
    return SEVERITIES[: SEVERITIES.index(severity) + 1]


def compared(results: Generator[Checked], settings: Settings) -> Generator[Checked]:
    """Yield results, and then the contradictions across their bodies."""
    facts = Facts()
    with closing(results):
        for checked in results:
            facts.add(checked.facts)
            yield checked
    yield from contradictions(facts, settings)


def contradictions(facts: Facts, settings: Settings) -> Iterator[Checked]:
    """Return the contradictions across bodies whose rules are selected."""
    for fact, problem in facts.contradictions():
        if chosen := settings.selection.chosen((problem,), fact.file + fact.inner):
            yield Checked(fact.file, fact.inner, problems=chosen, outcome="notice")
