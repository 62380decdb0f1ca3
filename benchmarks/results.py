"""All measurements of one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from .contest import Contest
from .facts import Facts
from .growth import Growth, Memory
from .regularity import Comparison, Spelled

__all__ = ["Results"]


@dataclass(slots=True)
class Results:
    """The measurements by kind."""

    groups: tuple[str, ...]
    """The requested groups."""
    seed: int
    facts: Facts
    contests: dict[str, Contest] = field(default_factory=dict)
    memory: list[Memory] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    spellings: list[Spelled] = field(default_factory=list)
    irregular: list[Comparison] = field(default_factory=list)
    unlike: list[Comparison] = field(default_factory=list)

    def add(self, contest: Contest) -> None:
        """Store a contest by its key."""
        self.contests[contest.key] = contest

    def median(self, key: str, name: str) -> float | None:
        """Return the median time of a contestant, or None if it was not measured."""
        contest = self.contests.get(key)
        return contest.median(name) if contest else None

    def ratio(self, key: str, above: str, below: str) -> float | None:
        """Return the time of one contestant as a multiple of another's."""
        over, under = self.median(key, above), self.median(key, below)
        return over / under if over is not None and under else None

    def plain(self) -> dict[str, object]:
        """Return all measurements as plain data."""
        entries = {
            contest.key: [{**asdict(entry), "median": entry.median} for entry in contest.entries]
            for contest in self.contests.values()
        }
        return {
            "groups": self.groups,
            "seed": self.seed,
            "facts": self.facts,
            "contests": [{**asdict(one), "entries": entries[one.key]} for one in self.contests.values()],
            "memory": [{**asdict(one), "excluding_strings": one.excluding_strings} for one in self.memory],
            "growth": [
                {**asdict(one), "time_slope": one.time_slope, "memory_slope": one.memory_slope} for one in self.growth
            ],
            "spellings": [{**asdict(one), "excluding_strings": one.excluding_strings} for one in self.spellings],
            "irregular": [asdict(one) for one in self.irregular],
            "unlike": [asdict(one) for one in self.unlike],
        }
