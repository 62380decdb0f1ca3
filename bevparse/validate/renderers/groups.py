"""Equal findings as one group: what SARIF and HTML show of a million findings, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ...problems import Problem
from ..report import Checked

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
        """Return whether a whole text fits already, which is the fast path for most of many texts."""
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


@dataclass(slots=True)
class FindingGroup:
    """Findings that have the same key."""

    key: tuple[str, ...]
    """The code, the pattern of the pointers, and more; the last parts are missing when there were too many groups."""
    message: CommonText
    count: int = 0
    bodies: int = 1
    """The number of bodies with such findings; a lower bound if the groups are `inexact`."""
    places: list[Place] = field(default_factory=list[Place])
    """The first places of the first body, and one place of each of the next bodies."""


class Groups:
    """Groups of findings by their keys; when there are too many, all keys lose their last parts."""

    def __init__(
        self,
        key: Callable[[Checked, Problem], tuple[str, ...]],
        key_lengths: tuple[int, ...],
        *,
        groups: int,
        places: int,
        places_of_body: int,
    ) -> None:
        """Create an empty collection.

        Args:
            key: returns the whole key of a finding; the code comes first, the source or its folder last.
            key_lengths: the numbers of parts that keys may have, from all parts down to 1.
            groups: the maximum number of groups, unless there are more codes.
            places: the maximum number of places of a group.
            places_of_body: the maximum number of places of a group that are in the same body.
        """
        self._key = key
        self._key_lengths = key_lengths
        self._folds = 0
        self._most_groups, self._most_places, self._most_of_body = groups, places, places_of_body
        self._groups: dict[tuple[str, ...], FindingGroup] = {}
        self.inexact = False
        """Whether findings of one body were in several groups that are now one, so that bodies are a lower bound."""

    def __iter__(self) -> Iterator[FindingGroup]:
        return iter(self._groups.values())

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, checked: Checked) -> None:
        """Add the findings of one body."""
        own: dict[tuple[str, ...], FindingGroup] = {}
        place = Checked(checked.file, checked.inner, checked.format, in_file=checked.in_file)
        for problem in checked.problems:
            key = self._key(checked, problem)[: self._key_lengths[self._folds]]
            group = own.get(key) or own.setdefault(key, FindingGroup(key, CommonText(problem.message)))
            group.count += 1
            group.message.add(problem.message)
            if len(group.places) < self._most_of_body:
                group.places.append(Place(place, problem))
        for group in own.values():
            self._join(group, overlap=False)
        while len(self) > self._most_groups and self.fold():
            pass

    def fold(self) -> bool:
        """Shorten all keys, so that groups become equal, and return whether there was anything to leave out."""
        if self._folds + 1 == len(self._key_lengths):
            return False
        self.inexact = self._folds > 0  # only the part that goes first is the same for all findings of a body
        self._folds += 1
        groups, self._groups = self._groups, {}
        for group in groups.values():
            group.key = group.key[: self._key_lengths[self._folds]]
            self._join(group, overlap=self.inexact)
        return True

    def thin(self) -> bool:
        """Keep one place of each group, and return whether there were more."""
        thick = [group for group in self if len(group.places) > 1]
        for group in thick:
            del group.places[1:]
        return bool(thick)

    def _join(self, group: FindingGroup, *, overlap: bool) -> None:
        joined = self._groups.setdefault(group.key, group)
        if joined is group:
            return
        joined.count += group.count
        joined.bodies = max(joined.bodies, group.bodies) if overlap else joined.bodies + group.bodies
        joined.message.merge(group.message)
        if len(joined.places) < self._most_places:
            joined.places.append(group.places[0])
