"""What was found, as plain data that can be added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ..models import EndpointName
from ..problems import Problem
from ..problems.rules import RULES, Severity
from ..sources.source import Outcome
from .cross_checks import Fact
from .profile import Profile

__all__ = ["SEVERITIES", "Checked", "Excerpt", "Seen", "Summary"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""The severities, the worst first."""

Seen: TypeAlias = Literal["all", "alone", "form", "part"]
"""How much was looked at: everything; all but how it fits to others; all but what a body says that has no error; or a
part only."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line that a problem points at, cut to what fits a screen."""

    text: str
    """At most 120 characters around the place, with everything escaped that is not plainly visible."""
    caret: int
    """Where in the text the place is, from 0."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One body, or another thing that findings are about, and what was found in it."""

    file: str
    """The path as it was given or found, or `<stdin>`."""
    inner: str = ""
    """The way inside the file, such as `!/july/session.har#/log/entries/3`; empty when the file is the body."""
    format: str | None = None
    endpoint: EndpointName | None = None
    problems: tuple[Problem, ...] = ()
    excerpts: tuple[Excerpt | None, ...] = ()
    """The lines that the problems point at, in their order; empty when nobody asked for them."""
    outcome: Outcome = "body"
    size: int = 0
    """Bytes of the body, after decompression."""
    in_file: bool = False
    """Whether lines are those of the file itself, though the body stands inside it, as in JSON Lines."""
    facts: tuple[Fact, ...] = ()
    """What it says about requests, to be compared with what other bodies say."""
    profile: Profile | None = None
    """What it contains, where that was asked for."""
    known: int = 0
    """Findings that a baseline left out."""
    seen: Seen = "all"
    """How much of it was looked at, whatever is reported about it."""

    @property
    def source(self) -> str:
        """The whole place: the file and the way inside it."""
        return self.file + self.inner


def _counter() -> Counter[str]:
    return Counter()


def _kinds() -> Counter[tuple[str, str]]:
    return Counter()


@dataclass(slots=True)
class Summary:
    """Counts over many bodies; two of them add up to one."""

    kinds: Counter[tuple[str, str]] = field(default_factory=_kinds)
    """Bodies by endpoint and format, "unknown" where one cannot be told."""
    codes: Counter[str] = field(default_factory=_counter)
    """Findings by code."""
    known: int = 0
    """Findings that a baseline left out."""
    sound: int = 0
    """Bodies about which nothing is reported that a run is to fail on."""
    unreadable: int = 0
    """Sources that could not be read."""
    foreign: int = 0
    """Recordings of other services only, with nothing to say about them."""
    size: int = 0
    """Bytes of the bodies, after decompression."""
    profile: Profile = field(default_factory=Profile)
    """What the bodies contain, where that was asked for."""
    interrupted: bool = False
    """Whether there was more to check."""

    @classmethod
    def of(cls, checked: Checked, fail_on: Severity = "error") -> Summary:
        """Count one body alone."""
        counts = cls()
        counts.add(checked, fail_on)
        return counts

    def add(self, checked: Checked, fail_on: Severity = "error") -> None:
        """Count one body more; it is sound if nothing in it is as bad as what the run is to fail on."""
        for problem in checked.problems:
            self.codes[problem.code] += 1
        self.known += checked.known
        if checked.outcome != "body":
            self.unreadable += checked.outcome == "unreadable"
            self.foreign += checked.outcome == "notice" and not checked.problems
            return
        self.kinds[checked.endpoint or "unknown", checked.format or "unknown"] += 1
        self.size += checked.size
        if checked.profile is not None:
            self.profile.add(checked.profile)
        bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        self.sound += not any(problem.severity in bad for problem in checked.problems)

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.kinds + other.kinds,
            self.codes + other.codes,
            self.known + other.known,
            self.sound + other.sound,
            self.unreadable + other.unreadable,
            self.foreign + other.foreign,
            self.size + other.size,
            self.profile + other.profile,
            self.interrupted or other.interrupted,
        )

    @property
    def bodies(self) -> int:
        """How many bodies were checked."""
        return sum(self.kinds.values())

    def faults(self, fail_on: Severity) -> int:
        """How many findings are as bad as this, or worse."""
        counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return sum(count for severity, count in self.severities.items() if severity in counted)

    @property
    def severities(self) -> Counter[Severity]:
        """Findings by severity."""
        counts = Counter[Severity]()
        for code, count in self.codes.items():
            counts[RULES[code].severity] += count
        return counts
