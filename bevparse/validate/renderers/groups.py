"""Equal findings as one result: what SARIF shows of a million of them, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ...problems import Problem
from ..report import Checked

__all__ = ["MOST_GROUPS", "MOST_PLACES", "Group", "Groups", "Place"]

MOST_GROUPS: Final = 5000
"""Results of a run that code scanning shows; it refuses a run of more than 25,000."""

MOST_PLACES: Final = 10
"""Places that are kept of each group."""

_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one finding is."""

    checked: Checked
    problem: Problem


@dataclass(slots=True)
class Group:
    """Findings that are equal but for their place."""

    key: tuple[str, ...]
    """What they have in common: the code, the pattern of their pointers, and the file and the way inside it; the
    later parts are left out when there are too many groups."""
    count: int = 0
    bodies: int = 0
    """In how many bodies they are, at least."""
    places: list[Place] = field(default_factory=list[Place])
    """The first of them."""


class Groups:
    """Groups by code, pattern and source; past the most, by code and pattern; past it again, by code alone."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], Group] = {}
        self._parts = 4

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def add(self, checked: Checked) -> None:
        """Add the findings of one body."""
        own: dict[tuple[str, ...], Group] = {}
        light = _without_problems(checked)
        for problem in checked.problems:
            key = problem.code, _INDEX.sub("/*", problem.pointer), checked.file, checked.inner
            group = own.setdefault(key[: self._parts], Group(key[: self._parts], bodies=1))
            group.count += 1
            if len(group.places) < MOST_PLACES:
                group.places.append(Place(light, problem))
        for group in own.values():
            self._join(group)
        while len(self._groups) > MOST_GROUPS and self._parts > 1:
            self._fold()

    def _join(self, group: Group, *, overlap: bool = False) -> None:
        joined = self._groups.setdefault(group.key, group)
        if joined is not group:
            joined.count += group.count
            joined.bodies = max(joined.bodies, group.bodies) if overlap else joined.bodies + group.bodies
            joined.places += group.places[: MOST_PLACES - len(joined.places)]

    def _fold(self) -> None:
        """Leave out what tells most groups apart: their sources, then the patterns of their pointers."""
        overlap = self._parts == 2  # a body has several pointers
        self._parts = 2 if self._parts > 2 else 1
        groups, self._groups = self._groups, {}
        for group in groups.values():
            group.key = group.key[: self._parts]
            self._join(group, overlap=overlap)


def _without_problems(checked: Checked) -> Checked:
    """Keep of a body no more than what tells its place."""
    return Checked(checked.file, checked.inner, checked.format)
