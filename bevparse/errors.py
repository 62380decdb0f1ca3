"""The exceptions of bevparse.

    BevparseError(Exception)
    ├── DecodeError(ValueError)           not JSON, XML or CSV; wrong encoding; forbidden construct; a limit
    ├── PayloadError(ValueError)          well-formed, but not a payload of this endpoint
    ├── ApiError                          the service replied with an error
    ├── EncodeError(ValueError)           the format cannot represent the model
    ├── UnknownFormatError(LookupError)   no format of this name
    └── SourceError(OSError)              a file or archive member that cannot be read

All of them can be pickled with their attributes. bevparse raises no exception of another library.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .problems import Problem, escape, format_value, rules, shortened

if TYPE_CHECKING:
    from .models import ErrorResponse

__all__ = [
    "ApiError",
    "BevparseError",
    "DecodeError",
    "EncodeError",
    "PayloadError",
    "SourceError",
    "UnknownFormatError",
    "missing_extra",
    "reason",
]

_MOST_TEXTS = 5
_LONGEST_TEXT = 300


class BevparseError(Exception):
    """The base class of all exceptions for data that bevparse cannot read or write.

    The text of an exception and its `repr` show no API key.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class DecodeError(BevparseError, ValueError):
    """The body cannot be decoded: syntax, encoding, a forbidden construct, or a limit.

    Attributes:
        problem: what is wrong, and where.
        format: the format that was tried, or None if none was detected.
        source: the name of the body, if it is one of several, else None.
    """

    def __init__(self, problem: Problem, format: str | None = None, source: str | None = None) -> None:
        super().__init__(problem, format, source)
        self.problem = problem
        self.format = format
        self.source = source

    def __str__(self) -> str:
        return _in_source(self.source, str(self.problem))


class PayloadError(BevparseError, ValueError):
    """The body is well-formed, but is not the requested payload.

    Attributes:
        problems: all errors and warnings, in the order of the body.
        endpoint: the endpoint it was read as, or None if it could not be detected.
        source: the name of the body, if it is one of several, else None.
    """

    def __init__(self, problems: tuple[Problem, ...], endpoint: str | None = None, source: str | None = None) -> None:
        super().__init__(problems, endpoint, source)
        self.problems = problems
        self.endpoint = endpoint
        self.source = source

    def __str__(self) -> str:
        first = next((problem for problem in self.problems if problem.severity == "error"), self.problems[0])
        rest = len(self.problems) - 1
        return _in_source(self.source, f"{first} and {rest} more" if rest else str(first))


class ApiError(BevparseError):
    """The service replied with an error instead of the requested payload.

    Attributes:
        response: the error reply.
    """

    def __init__(self, response: ErrorResponse) -> None:
        super().__init__(response)
        self.response = response

    def __str__(self) -> str:
        code = "" if self.response.code is None else f" (code {self.response.code})"
        texts = "; ".join(_visible(text) for text in self.response.errors[:_MOST_TEXTS])
        more = len(self.response.errors) - _MOST_TEXTS
        return texts + (f" and {more} more" if more > 0 else "") + code


class EncodeError(BevparseError, ValueError):
    """The format cannot represent the model without loss.

    Attributes:
        problem: what cannot be represented, and where it is in the model.
        format: the requested format.
    """

    def __init__(self, problem: Problem, format: str) -> None:
        super().__init__(problem, format)
        self.problem = problem
        self.format = format

    def __str__(self) -> str:
        return str(self.problem)


class UnknownFormatError(BevparseError, LookupError):
    """No format of this name is built in, registered or installed.

    Attributes:
        name: the requested name.
        known: the known names, sorted.
    """

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"expected a format among {', '.join(self.known)}, got {format_value(self.name)}"


class SourceError(BevparseError, OSError):
    """A file or an archive member could not be read.

    Attributes:
        source: the file or member.
        reason: why it could not be read.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{_visible(self.reason)} ({_visible(self.source)})"


def missing_extra(purpose: str, package: str, extra: str) -> DecodeError:
    """Return the error for a package that is not installed, with the command that installs it."""
    return DecodeError(
        Problem.of(rules.MISSING_EXTRA, f"{purpose} requires {package}; run pip install 'bevparse[{extra}]'")
    )


def _in_source(source: str | None, text: str) -> str:
    return text if source is None else f"{_visible(source)}: {text}"


def _visible(text: str) -> str:
    """Return text that is safe to print: shortened and escaped, without API keys."""
    return escape(shortened(text, _LONGEST_TEXT))


def reason(error: Exception) -> str:
    """Return why a file could not be used, in the words of the operating system."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.errno and getattr(error, "winerror", None):
        return os.strerror(error.errno)  # for some calls, Windows has another text, in the language of the user
    return str(getattr(error, "strerror", None) or error)
