"""Groups of findings that are alike, by which SARIF and HTML show a million findings in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from ...problems import Problem
from ..report import Checked, Excerpt

__all__ = ["CommonText", "FindingGroup", "Groups", "Place", "pointer_pattern"]

_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")
_PART_OF_WORD: Final = re.compile(r"\w+\Z")


def pointer_pattern(pointer: str) -> str:
    """Return a pointer with `*` for each index.

    >>> pointer_pattern("/response/3/smtpCheck")
    '/response/*/smtpCheck'
    """
    return _INDEX.sub("/*", pointer)


class CommonText:
    """The beginning and the end that several texts share."""

    def __init__(self, text: str) -> None:
        self._head = text
        self._tail: str | None = None  # None while all texts are equal to the head

    def __str__(self) -> str:
        """Return the text, with `…` for the part in which the texts differ."""
        return self._head if self._tail is None else f"{self._head}…{self._tail}"

    def add(self, text: str) -> None:
        """Shorten the common beginning and end to what this text has, too."""
        self._merge(text, None)

    def merge(self, other: CommonText) -> None:
        """Shorten the common beginning and end to what the other texts have, too."""
        self._merge(other._head, other._tail)

    def _merge(self, head: str, tail: str | None) -> None:
        if (head, tail) == (self._head, self._tail) or self._covers(head, tail):
            return
        begin = _PART_OF_WORD.sub("", _common_prefix(self._head, head))
        ends = (text[len(begin) :] if end is None else end for text, end in ((self._head, self._tail), (head, tail)))
        one, other = (end[::-1] for end in ends)
        self._head, self._tail = begin, _PART_OF_WORD.sub("", _common_prefix(one, other))[::-1]

    def _covers(self, head: str, tail: str | None) -> bool:
        """Return whether a text has the common beginning and end already. This is the fast path for most texts."""
        if self._tail is None or tail is not None or len(head) < len(self._head) + len(self._tail):
            return False
        return head.startswith(self._head) and head.endswith(self._tail)


def _common_prefix(one: str, other: str) -> str:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return one[:index]
    return min(one, other, key=len)


@dataclass(frozen=True, slots=True)
class Place:
    """The location of one finding."""

    checked: Checked
    """The body, without its problems."""
    problem: Problem
    number: int
    """The number of the finding in the run, from 0."""
    excerpt: Excerpt | None = None


@dataclass(slots=True)
class FindingGroup:
    """Findings that have the same key."""

    key: tuple[str, ...]
    """The code, the pattern of the pointers, and more. If there were too many groups, the last parts are left out."""
    message: CommonText
    count: int = 0
    bodies: int = 1
    """The number of bodies with such findings; a lower bound if the groups are `inexact`."""
    places: list[Place] = field(default_factory=list[Place])
    """The first places of such findings. Their number is limited, also for each body."""


class Groups:
    """Findings grouped by their keys.

    When there are too many groups, all keys are shortened, and groups whose keys have become equal are joined.
    """

    def __init__(
        self,
        key: Callable[[Checked, Problem], tuple[str, ...]],
        key_lengths: tuple[int, ...],
        *,
        groups: int,
        places: int,
        places_of_body: int,
        places_in_all: int | None = None,
    ) -> None:
        """Create an empty collection.

        Args:
            key: returns the whole key of a finding; the code comes first, the source or its folder last.
            key_lengths: the numbers of parts that keys may have, from all parts down to 1.
            groups: the maximum number of groups, unless there are more codes.
            places: the maximum number of places of a group.
            places_of_body: the maximum number of places of a group that are in the same body.
            places_in_all: the maximum number of places of all groups together, but one of each group is always kept;
                None means no limit.
        """
        self._key = key
        self._key_lengths = key_lengths
        self._folds = 0
        self._most_groups, self._most_places, self._most_of_body = groups, places, places_of_body
        self._most_in_all = places_in_all
        self._wanted_places = places
        self._findings = 0
        self._groups: dict[tuple[str, ...], FindingGroup] = {}
        self.places = 0
        """The number of places that are kept."""
        self.inexact = False
        """Whether groups with findings of the same body may have been joined: `bodies` of a group is a lower bound."""

    def __iter__(self) -> Iterator[FindingGroup]:
        return iter(self._groups.values())

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, checked: Checked) -> None:
        """Add the findings of one body."""
        own: dict[tuple[str, ...], FindingGroup] = {}
        place = Checked(checked.file, checked.inner, checked.format, in_file=checked.in_file)
        for problem, excerpt in zip_longest(checked.problems, checked.excerpts):
            key = self._key(checked, problem)[: self._key_lengths[self._folds]]
            group = own.get(key) or own.setdefault(key, FindingGroup(key, CommonText(problem.message)))
            group.count += 1
            group.message.add(problem.message)
            if len(group.places) < self._most_of_body:
                group.places.append(Place(place, problem, self._findings, excerpt))
            self._findings += 1
        for group in own.values():
            self._join(group, overlap=False)
        while len(self) > self._most_groups and self.fold():
            pass
        while self._most_in_all is not None and self.places > self._most_in_all and self.thin():
            pass

    def fold(self) -> bool:
        """Shorten all keys to join groups, and return whether the keys could be shortened."""
        if self._folds + 1 == len(self._key_lengths):
            return False
        self.inexact = self._folds > 0  # only the part that is removed first is the same for all findings of a body
        self._folds += 1
        groups, self._groups, self.places = self._groups, {}, 0
        self._most_places = self._wanted_places
        for group in groups.values():
            group.key = group.key[: self._key_lengths[self._folds]]
            self._join(group, overlap=self.inexact)
        return True

    def reduce(self, places: int) -> bool:
        """Keep at most a number of places if possible, and return whether any place was removed."""
        before = self.places
        while self.places > places and (self.thin() or self.fold()):
            pass
        return self.places < before

    def thin(self) -> bool:
        """Remove places from the groups that have the most, and return whether any group had more than one."""
        longest = max((len(group.places) for group in self), default=0)
        self._most_places = max(1, min(self._most_places, longest) * 3 // 4)
        for group in self:
            self.places -= len(group.places[self._most_places :])
            del group.places[self._most_places :]
        return longest > 1

    def _join(self, group: FindingGroup, *, overlap: bool) -> None:
        joined = self._groups.setdefault(group.key, group)
        if joined is group:
            del group.places[self._most_places :]
            self.places += len(group.places)
            return
        joined.count += group.count
        joined.bodies = max(joined.bodies, group.bodies) if overlap else joined.bodies + group.bodies
        joined.message.merge(group.message)
        added = group.places[: self._most_places - len(joined.places)]
        joined.places += added
        self.places += len(added)
