"""Sources: bodies that have not been read yet, containers of bodies, and files that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from .. import formats
from ..errors import DecodeError, SourceError
from ..files import read_body, unzip
from ..files.compression import Budget
from ..files.paths import body_suffix, plain_name
from ..models import EndpointName
from ..problems import Problem, rules
from ..stores import StorePath

__all__ = ["STDIN", "UNREADABLE", "NameFilter", "Outcome", "Source", "body_of_records", "refused"]

Outcome: TypeAlias = Literal["body", "unreadable", "notice"]
"""What findings are about. "body" is a body that was checked, and "unreadable" a source that could not be read.
"notice" is anything else, such as a recorded request, a comparison of bodies, or the baseline."""
STDIN: Final = "<stdin>"
NameFilter: TypeAlias = Callable[[str], bool]
"""Returns whether the member of an archive with this full name is read."""
UNREADABLE: Final = frozenset({rules.SOURCE_UNREADABLE, rules.MISSING_EXTRA, rules.WORKER_DIED})
"""Rules of sources that could not be read."""


@dataclass(slots=True)  # creating a frozen object takes several times as long, and archives have many bodies
class Source:
    """A file, a member of a container, or data in memory, and what its container records about it."""

    file: str
    """The path, or `<stdin>`."""
    inner: str = ""
    """The location inside the file, such as `!/july/session.har#/log/entries/3`."""
    data: bytes | None = None
    """The content, if it is in memory already; None for a file on disk or in a store."""
    size: int = 0
    """Stored size in bytes, or 0 if it is not known."""
    named: bool = False
    """Whether the user named this source; otherwise it was found in a folder or container."""
    first_line: int | None = None
    """The line in the JSON Lines file that contains the body, from 1; None for other bodies."""
    record: bool = False
    """Whether the data is one record rather than a body."""
    outcome: Outcome = "body"
    """"body" if there is a body to read; otherwise only `problems` are to be reported."""
    problems: tuple[Problem, ...] = ()
    """Problems that were found in the container."""
    format: str | None = None
    """The format that a content type declares."""
    endpoint: EndpointName | None = None
    """The endpoint of the recorded URL."""
    request: str | None = None
    """The id of the bulk request, if a recorded request contains it."""
    unpacked: bool = False
    """Whether the data is decompressed already, although the name has the suffix of a compression."""
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)
    """The limits, and what has been read of the file; all sources in it share it."""
    attachments: Mapping[str, bytes] | None = None
    """The files of an archive that a HAR in it names, by their names; None if they are next to it on disk."""
    depends_on_files: bool = False
    """Whether the content is in other files, too."""
    recorded: bool = False
    """Whether this is the response of a recorded exchange."""
    url_patterns: tuple[str, ...] = ()
    """Patterns of the URLs whose recorded responses are read, in addition to the URLs of the service."""
    skipped: int = 0
    """How many files in this folder or archive have other names and are not read. Such a source has no data."""
    other_urls: int = 0
    """How many exchanges of this recording have other URLs and are not read. Such a source has no data."""
    stored: StorePath | None = None
    """The object in a store that the file is; None for a file on disk."""

    @property
    def name(self) -> str:
        """The file and the location inside it."""
        return self.file + self.inner

    @property
    def place(self) -> str | StorePath:
        """Where the file is opened: its path, or its object in a store."""
        return self.stored or self.file

    @property
    def alone(self) -> bool:
        """Whether this is certainly one body: a line of JSON Lines, or a recorded response."""
        return self.first_line is not None or self.recorded

    @property
    def declared(self) -> str | None:
        """The format that a content type or the name declares."""
        return self.format or formats.of_suffix(body_suffix(self.name))

    def inside(self, step: str, data: bytes | None = None, attachments: Mapping[str, bytes] | None = None) -> Source:
        """Return the source of a member of this container, whose location ends with a step such as `!/status.json`."""
        # `dataclasses.replace` would take five times as long
        attached = 0 if attachments is None else sum(map(len, attachments.values()))
        return Source(
            self.file,
            self.inner + step,
            data,
            len(data or b"") + attached,
            budget=self.budget,
            attachments=self.attachments if attachments is None else attachments,
            depends_on_files=self.depends_on_files,
            url_patterns=self.url_patterns,
            stored=self.stored,
        )

    def wrapped(self, data: bytes) -> bytes:
        """Return data as a body. If it is a single record, this is a body with only this record."""
        return body_of_records(data) if self.record else data

    def unwrapped(self, problem: Problem) -> Problem:
        """Return a problem of a `wrapped` body with its column in the data."""
        return replace(problem, column=max(problem.column - _SHIFT, 1)) if self.record and problem.column else problem

    def moved(self, problem: Problem) -> Problem:
        """Return a problem of the body with its line in the JSON Lines file instead of its line in the body.

        For any other body, the problem is returned unchanged.
        """
        if not (problem.line and self.first_line):
            return problem
        return replace(problem, line=problem.line + self.first_line - 1)

    def read(self) -> bytes:
        """Return the data, decompressed.

        Raises:
            SourceError: the source cannot be read.
            DecodeError: the source has no body, or exceeds a limit.
        """
        if self.outcome == "unreadable":
            raise SourceError(self.name, self.problems[0].message)
        if self.outcome == "notice":
            raise DecodeError(self.problems[0])
        if self.data is None:
            return read_body(self.place, self.budget)
        if self.unpacked or plain_name(self.name) == self.name:
            self.budget.add(0)
            return self.data
        return unzip(self.data, self.name, self.budget)


def body_of_records(records: bytes) -> bytes:
    """Return a JSON body with records that are separated by commas."""
    return b'{"response":[' + records + b"]}"


_SHIFT: Final = body_of_records(b" ").index(b" ")
"""The length of the text before the first record of a body."""


def refused(source: Source, error: SourceError | DecodeError, otherwise: Outcome = "notice") -> Source:
    """Return a source that reports an error in place of its content.

    Args:
        source: the source that could not be processed.
        error: the reason.
        otherwise: the outcome of a source that could be read, but has content that is refused.
    """
    problem = error.problem if isinstance(error, DecodeError) else Problem.of(rules.SOURCE_UNREADABLE, error.reason)
    outcome = "unreadable" if problem.rule in UNREADABLE else otherwise
    return replace(source, data=None, stored=None, outcome=outcome, problems=(problem,))
