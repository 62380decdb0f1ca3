"""What is checked: one body that has not been read yet, or a recording that holds several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from .. import formats
from ..errors import DecodeError, SourceError
from ..files import read_body, unzip
from ..files.paths import body_suffix, plain_name
from ..limits import Limits
from ..models import EndpointName
from ..problems import Problem, rules

__all__ = ["STDIN", "UNREADABLE", "Outcome", "Source", "Takes", "body_of_records", "everything", "refused"]

Outcome: TypeAlias = Literal["body", "unreadable", "notice"]
"""What findings are about: a body that was checked, a source that could not be read, or anything else (a recorded
request, bodies beside each other, the baseline)."""

STDIN: Final = "<stdin>"

Takes: TypeAlias = Callable[[str], bool]
"""Tells by the whole name of a member of an archive whether it is looked at."""


def everything(_name: str) -> bool:
    """Take every member."""
    return True


UNREADABLE: Final = frozenset({rules.SOURCE_UNREADABLE, rules.MISSING_EXTRA, rules.WORKER_DIED})
"""Rules of sources that could not be read."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something to check."""

    file: str
    """The path, or `<stdin>`."""
    inner: str = ""
    """The way inside the file, such as `!/july/session.har#/log/entries/3`."""
    data: bytes | None = None
    """What it holds, where that is in memory already."""
    size: int = 0
    """Bytes as they are stored, as far as they are known."""
    named: bool = False
    """Whether it was asked for by its own name, and not found by looking around."""
    first_line: int | None = None
    """The line of the JSON Lines that the body stands on, so that its own lines are told as theirs."""
    record: bool = False
    """Whether the data is one record, and no body."""
    outcome: Outcome = "body"
    """"body" where there is one to be read; else the problems are all there is."""
    problems: tuple[Problem, ...] = ()
    """What the container says about it."""
    format: str | None = None
    """The format that a content type declares."""
    endpoint: EndpointName | None = None
    """The endpoint that the URL of a request declares."""
    request: str | None = None
    """The id of the bulk request it is about, where a recorded request tells it."""

    @property
    def name(self) -> str:
        """The whole place."""
        return self.file + self.inner

    @property
    def alone(self) -> bool:
        """Whether this is a body for sure: a line of JSON Lines, or an answer that was recorded."""
        return self.first_line is not None or self.endpoint is not None

    @property
    def declared(self) -> str | None:
        """The format that a content type, or else the name, declares."""
        return self.format or formats.of_suffix(body_suffix(self.name))

    def inside(self, step: str, data: bytes) -> Source:
        """Give what stands at a step inside this."""
        return replace(self, inner=self.inner + step, data=data, size=len(data), named=False)

    def unwrapped(self, problem: Problem) -> Problem:
        """Give a problem with its place in the record, where the body was made of one."""
        return replace(problem, column=max(problem.column - _SHIFT, 1)) if self.record and problem.column else problem

    def moved(self, problem: Problem) -> Problem:
        """Give a problem with its line in the file, where the body is a line of JSON Lines."""
        return replace(problem, line=problem.line + (self.first_line or 1) - 1) if problem.line else problem

    def read(self, limits: Limits) -> bytes:
        """Read the body, decompressed.

        Raises:
            SourceError: it cannot be read.
            DecodeError: it passes a limit.
        """
        if self.outcome == "unreadable":
            raise SourceError(self.name, self.problems[0].message)
        if self.outcome == "notice":
            raise DecodeError(self.problems[0])
        if self.data is None:
            return read_body(self.file, limits)
        return self.data if plain_name(self.name) == self.name else unzip(self.data, self.name, limits)


def body_of_records(records: bytes) -> bytes:
    """Make a JSON body of records with commas between them."""
    return b'{"response":[' + records + b"]}"


_SHIFT: Final = body_of_records(b" ").index(b" ")
"""Characters that a body has before its first record."""


def refused(source: Source, error: SourceError | DecodeError, otherwise: Outcome = "notice") -> Source:
    """Give what is left of a source that cannot be gone through: what is wrong with it."""
    problem = error.problem if isinstance(error, DecodeError) else Problem.of(rules.SOURCE_UNREADABLE, error.reason)
    outcome = "unreadable" if problem.rule in UNREADABLE else otherwise
    return replace(source, data=None, outcome=outcome, problems=(problem,))
