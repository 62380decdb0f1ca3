"""Everything that one run has measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from .contest import Contest
from .facts import Facts
from .growth import Growth, Memory

__all__ = ["Results"]


@dataclass(slots=True)
class Results:
    """What has been measured, by what it is about."""

    groups: tuple[str, ...]
    """The groups that were asked for."""
    seed: int
    facts: Facts
    contests: dict[str, Contest] = field(default_factory=dict)
    memory: list[Memory] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)

    def add(self, contest: Contest) -> None:
        """Keep a contest under its key."""
        self.contests[contest.key] = contest

    def median(self, key: str, name: str) -> float | None:
        """Give the time of a contestant, where it was measured."""
        contest = self.contests.get(key)
        return contest.median(name) if contest else None

    def ratio(self, key: str, above: str, below: str) -> float | None:
        """Give the time of one contestant as a multiple of another's."""
        over, under = self.median(key, above), self.median(key, below)
        return over / under if over is not None and under else None

    def plain(self) -> dict[str, object]:
        """Give everything as plain data."""
        entries = {
            contest.key: [{**asdict(entry), "median": entry.median} for entry in contest.entries]
            for contest in self.contests.values()
        }
        return {
            "groups": self.groups,
            "seed": self.seed,
            "facts": self.facts,
            "contests": [{**asdict(one), "entries": entries[one.key]} for one in self.contests.values()],
            "memory": [{**asdict(one), "beside_strings": one.beside_strings} for one in self.memory],
            "growth": [
                {**asdict(one), "time_slope": one.time_slope, "memory_slope": one.memory_slope} for one in self.growth
            ],
        }
