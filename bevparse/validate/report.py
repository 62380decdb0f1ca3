"""What was found, as plain data that can be added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..models import EndpointName
from ..problems import Problem

__all__ = ["Checked", "Summary"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One body and what was found in it."""

    source: str
    format: str | None
    endpoint: EndpointName | None
    problems: tuple[Problem, ...]

    @property
    def readable(self) -> bool:
        """Whether the source could be read at all."""
        return all(problem.code != "BEV001" for problem in self.problems)


def _kinds() -> Counter[tuple[str, str]]:
    return Counter()


def _severities() -> Counter[str]:
    return Counter()


@dataclass(slots=True)
class Summary:
    """Counts over many bodies; two of them add up to one."""

    kinds: Counter[tuple[str, str]] = field(default_factory=_kinds)
    """Bodies by endpoint and format, "unknown" where one cannot be told."""
    severities: Counter[str] = field(default_factory=_severities)
    """Findings by severity."""
    sound: int = 0
    """Bodies without an error."""
    unreadable: int = 0
    """Sources that could not be read."""

    @classmethod
    def of(cls, checked: Checked, *, strict: bool = False) -> Summary:
        """Count one body; with strict a warning is enough to make it unsound."""
        severities = Counter[str](problem.severity for problem in checked.problems)
        if not checked.readable:
            return cls(severities=severities, unreadable=1)
        kind = checked.endpoint or "unknown", checked.format or "unknown"
        return cls(Counter({kind: 1}), severities, int(not (severities["error"] or (strict and severities["warning"]))))

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.kinds + other.kinds,
            self.severities + other.severities,
            self.sound + other.sound,
            self.unreadable + other.unreadable,
        )

    @property
    def bodies(self) -> int:
        """How many bodies were checked."""
        return sum(self.kinds.values())
