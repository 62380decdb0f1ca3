"""Rejects: the records and bodies that are not written, each with its problems."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, TypeAlias

from pydantic import BaseModel

from ..errors import ApiError, DecodeError, PayloadError, SourceError
from ..problems import Problem, escape, rules
from ..reader.events import Event, Records, RejectedRecord

__all__ = ["ALONE", "OnProblem", "OnReject", "Reject", "RejectCollector", "Tally"]

ALONE: Final = "/response/0"
"""The pointer of the only record of a body."""
_RECORD: Final = re.compile(r"(/response(?:/data)?/[0-9]+)(/|\Z)")
"""The pointer of a record, or the start of a pointer into one."""


@dataclass(slots=True)
class Tally:
    """Counts records. A body that cannot be read to its end counts as one more rejected record."""

    written: int = 0
    rejected: int = 0
    unreadable: int = 0
    """How many of the rejects are files that could not be opened."""
    bodies: int = 0
    """The number of bodies with the records. Each line of JSON Lines is a body."""
    others: int = 0
    """The number of skipped bodies of other endpoints."""
    skipped: int = 0
    """The number of files in folders and archives that were not read, because no pattern matches their names."""
    other_urls: int = 0
    """The number of exchanges in recordings that were not read, because their URLs are not those of the service."""
    model: type[BaseModel] | None = field(default=None, compare=False)
    """The model of the records; None until the first record decides, if none was requested."""

    @property
    def read(self) -> int:
        """The number of all records, written or rejected."""
        return self.written + self.rejected


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not written, or a body that could not be read to its end."""

    source: str
    """The name of the body."""
    problems: tuple[Problem, ...]
    """Why it was not written, with locations."""
    pointer: str = ""
    """The pointer of the record in its body; empty for a body."""
    record: object = None
    """The content of the record in JSON values, or its text if it is not JSON; None for a body."""
    unreadable: bool = False
    """Whether the body is a file that could not be opened."""
    other: bool = False
    """Whether the body is a response of another endpoint."""


OnReject: TypeAlias = Callable[[Reject], object]
OnProblem: TypeAlias = Callable[[str, Problem], object]
"""A function that is called with the name of a body, and one of its problems."""


class RejectCollector:
    """Collects the problems of a body, and reports each rejected record with its own problems.

    Args:
        source: the name of the body.
        on_reject: is called with each reject.
        first_line: the line of the file on which the body begins.
        declared: whether the URL or path of the body names its endpoint. Then another endpoint is an error.
        on_warning: is called with each problem that loses no data.
    """

    def __init__(
        self,
        source: str,
        on_reject: OnReject,
        first_line: int = 1,
        *,
        declared: bool = False,
        on_warning: Callable[[Problem], object] | None = None,
    ) -> None:
        self.of_body: list[Problem] = []
        """The problems of the body rather than of one record."""
        self._source = source
        self._on_reject = on_reject
        self._first_line = first_line
        self._on_warning = on_warning
        self._first: Problem | None = None
        self._of_records: dict[str, list[Problem]] = {}
        self._gaps = array("q")
        """For each rejected record, the number of valid records before it."""
        self._base = "/response"
        self._must_fit = declared
        self._unreadable = False
        """Whether the source failed while it was read."""

    @property
    def other(self) -> bool:
        """Whether the only error is that the body is the response of another endpoint, and no error reply."""
        errors = {problem.rule for problem in self.of_body if problem.severity == "error"}
        return errors == {rules.OTHER_ENDPOINT} and not self._of_records and not self._must_fit

    def records(self, events: Iterator[Event]) -> Iterator[Sequence[BaseModel]]:
        """Return the records of a body, up to its end or to an error that ends it."""
        for event in self._until_error(events):
            if isinstance(event, Records):
                self._base = event.pointer
                yield event.records
            elif isinstance(event, RejectedRecord):
                self._reject(event)
            else:
                self.add(event)

    def _until_error(self, events: Iterator[Event]) -> Iterator[Event]:
        """Return the events up to an error, and keep its problems. Errors of the callbacks are not caught here."""
        try:
            yield from events
        except ApiError as error:
            self._must_fit = True
            text = escape(str(error))
            self.add(Problem.of(rules.OTHER_ENDPOINT, f"expected records, got an error reply: {text}", "/response"))
        except DecodeError as error:
            self.add(error.problem)
        except SourceError as error:
            self._unreadable = True
            self.add(Problem.of(rules.SOURCE_UNREADABLE, error.reason))
        except PayloadError as error:
            if error.problems[0] != self._first:  # otherwise they have been added already
                for problem in error.problems:
                    self.add(problem)

    def add(self, problem: Problem) -> None:
        """Keep a problem that loses data until its record is rejected, or until `end`. Report any other at once."""
        self._first = self._first or problem
        if not _loses_data(problem):
            if self._on_warning:
                self._on_warning(problem)
            return
        match = _RECORD.match(problem.pointer)
        located = problem if problem.line is None else replace(problem, line=problem.line + self._first_line - 1)
        (self._of_records.setdefault(match[1], []) if match else self.of_body).append(located)

    def pop_for(self, pointer: str) -> list[Problem]:
        """Return the problems of a record, and forget them."""
        return self._of_records.pop(pointer, [])

    def remaining(self) -> list[Problem]:
        """Return the problems that have not been reported with a record."""
        return [*self.of_body, *chain.from_iterable(self._of_records.values())]

    def _reject(self, rejected: RejectedRecord) -> None:
        number = int(rejected.pointer.rpartition("/")[2])
        self._gaps.append(number - len(self._gaps))
        problems = tuple(self.pop_for(rejected.pointer))
        self._on_reject(Reject(self._source, problems, rejected.pointer, rejected.record))

    def numbers(self, first: int, count: int) -> Sequence[int]:
        """Return the indexes that valid records have in their body, which also counts rejected records.

        Args:
            first: the number of valid records before these.
            count: the number of these records.
        """
        indexes = range(first, first + count)
        return [index + bisect_right(self._gaps, index) for index in indexes] if self._gaps else indexes

    def pointer(self, number: int) -> str:
        """Return the pointer of the record with an index in the body."""
        return f"{self._base}/{number}"

    def end(self) -> None:
        """Reject the body, or what follows the last record that was read, if problems remain."""
        if problems := self.remaining():
            self._on_reject(Reject(self._source, tuple(problems), unreadable=self._unreadable, other=self.other))


def _loses_data(problem: Problem) -> bool:
    """Return whether a problem means that data is lost: an error, or an undocumented field outside of the records.

    An empty body loses nothing, even if its endpoint is unknown. In CSV an undocumented field is in the records.
    """
    if problem.rule is rules.UNKNOWN_FIELD:
        match = _RECORD.match(problem.pointer)
        return problem.pointer != "/response" and not (match and match[2])
    return problem.severity == "error" and problem.rule is not rules.EMPTY_PAYLOAD
