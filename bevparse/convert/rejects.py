"""What is not converted: records and bodies, each joined with the problems that are about it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeAlias

from pydantic import BaseModel

from ..errors import ApiError, DecodeError, PayloadError, SourceError
from ..problems import Problem, escape, rules
from ..reader import Event, Records, RejectedRecord

__all__ = ["Reject", "RejectCollector"]

_RECORD: Final = re.compile(r"(/response(?:/data)?/[0-9]+)(/|\Z)")
"""How the pointer to a record, or into one, begins."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record, or a body or the rest of one, that was not written."""

    source: str
    problems: tuple[Problem, ...]
    """Why, with the places."""
    pointer: str = ""
    """The record in its body; empty for a body."""
    record: object = None
    """What the record holds, in values that JSON knows (a text where it is no JSON itself); None for a body."""
    unreadable: bool = False
    """Whether it is a file that could not be opened."""
    other: bool = False
    """Whether it is a body of another endpoint."""


_OnReject: TypeAlias = Callable[[Reject], object]


class RejectCollector:
    """Joins the problems of a body with the records that they are about."""

    def __init__(self, source: str, on_reject: _OnReject, first_line: int = 1, *, declared: bool = False) -> None:
        self.rest: list[Problem] = []
        """Those that are about no record."""
        self._source = source
        self._on_reject = on_reject
        self._first_line = first_line
        self._first: Problem | None = None
        self._about: dict[str, list[Problem]] = {}
        self._gaps = array("q")
        """How many good records stand before each that was rejected."""
        self._base = "/response"
        self._at_fault = declared
        """Whether it is a fault if this is the answer of another endpoint."""
        self._unreadable = False
        """Whether the source failed on the way."""

    @property
    def other(self) -> bool:
        """Whether all there is to tell is that the body is the answer of another endpoint, and no error reply."""
        errors = {problem.rule for problem in self.rest if problem.severity == "error"}
        return errors == {rules.OTHER_ENDPOINT} and not self._about and not self._at_fault

    def records(self, events: Iterator[Event]) -> Iterator[BaseModel]:
        """Return the records of a body up to its end, or to where it cannot be read any further."""
        try:
            for event in events:
                if isinstance(event, Records):
                    self._base = event.pointer
                    yield from event.records
                elif isinstance(event, RejectedRecord):
                    self._reject(event)
                else:
                    self.problem(event)
        except ApiError as error:
            self._at_fault = True
            text = escape(str(error))
            self.problem(Problem.of(rules.OTHER_ENDPOINT, f"expected records, got an error reply: {text}", "/response"))
        except DecodeError as error:
            self.problem(error.problem)
        except SourceError as error:
            self._unreadable = True
            self.problem(Problem.of(rules.SOURCE_UNREADABLE, error.reason))
        except PayloadError as error:
            if error.problems[0] != self._first:  # else all of them have been told
                for problem in error.problems:
                    self.problem(problem)

    def problem(self, problem: Problem) -> None:
        """Hold a problem until it is known what it is about, if something is lost with it."""
        self._first = self._first or problem
        if not _loses(problem):
            return
        found = _RECORD.match(problem.pointer)
        here = problem if problem.line is None else replace(problem, line=problem.line + self._first_line - 1)
        (self._about.setdefault(found[1], []) if found else self.rest).append(here)

    def pop_for(self, pointer: str) -> list[Problem]:
        """Take the problems of a record."""
        return self._about.pop(pointer, [])

    def remaining(self) -> list[Problem]:
        """Give the problems that no record has taken."""
        return [*self.rest, *chain.from_iterable(self._about.values())]

    def _reject(self, rejected: RejectedRecord) -> None:
        """Set a record aside with its problems."""
        number = int(rejected.pointer.rpartition("/")[2])
        self._gaps.append(number - len(self._gaps))
        problems = tuple(self.pop_for(rejected.pointer))
        self._on_reject(Reject(self._source, problems, rejected.pointer, rejected.record))

    def pointer(self, index: int) -> str:
        """Give the pointer of the good record of which there are so many before."""
        return f"{self._base}/{index + bisect_right(self._gaps, index)}"

    def end(self) -> None:
        """Set the body aside, or its rest, if there are problems that are about no record."""
        if problems := self.remaining():
            self._on_reject(Reject(self._source, tuple(problems), unreadable=self._unreadable, other=self.other))


def _loses(problem: Problem) -> bool:
    """Tell whether something is lost with a problem: an error, or an undocumented field that stands beside records.

    An empty body loses nothing, whatever it is the answer of; in CSV an undocumented field stands in the records.
    """
    if problem.rule is rules.UNKNOWN_FIELD:
        found = _RECORD.match(problem.pointer)
        return problem.pointer != "/response" and not (found and found[2])
    return problem.severity == "error" and problem.rule is not rules.EMPTY_PAYLOAD
