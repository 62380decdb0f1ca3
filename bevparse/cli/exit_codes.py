"""Exit codes, and the errors that lead to them. The module of a command decides which code it returns."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..validate import Summary

__all__ = [
    "BROKEN_PIPE",
    "BUG",
    "INTERRUPTED",
    "NOTHING",
    "OK",
    "PROBLEMS",
    "UNREADABLE",
    "USAGE",
    "CommandError",
    "UsageError",
    "describe_codes",
    "fail",
    "fail_without_bodies",
]

OK: Final = 0
PROBLEMS: Final = 1
USAGE: Final = 2
UNREADABLE: Final = 3
NOTHING: Final = 4
BUG: Final = 70
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
_TERMINATED: Final = 143
_ALWAYS: Final = {
    USAGE: "usage error",
    BUG: "a bug of bevparse",
    INTERRUPTED: "interrupted",
    BROKEN_PIPE: "the reader of the output closed it",
    _TERMINATED: "terminated by a signal (129 if the terminal was closed)",
}


class CommandError(Exception):
    """A command cannot do what it was asked to.

    Attributes:
        code: the exit code.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class UsageError(CommandError, ValueError):
    """The command line or the configuration file is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message, USAGE)


def describe_codes(meanings: Mapping[int, str]) -> str:
    """Return the part of a help text that lists exit codes: the given codes, and the codes of every command."""
    lines = (f"  {code:<4} {meaning}" for code, meaning in sorted({**_ALWAYS, **meanings}.items()))
    return "\n".join(("exit codes:", *lines))


def fail(message: str, code: int) -> int:
    """Write a message to standard error, without API keys and credentials, and return the exit code."""
    from ..apikeys import masked  # noqa: PLC0415 - most runs do without it
    from ..stores import without_credentials  # noqa: PLC0415

    with contextlib.suppress(OSError):  # the exit code holds even if standard error cannot be written
        print(f"bevparse: {without_credentials(masked(message))}", file=sys.stderr, flush=True)
    return code


def fail_without_bodies(summary: Summary) -> int:
    """Write to standard error that no body was found, with the counts of what was skipped, and return the exit code."""
    from ..validate.renderers.phrases import passed_over  # noqa: PLC0415 - most runs find bodies

    skipped = "".join(f"; {part}" for part in passed_over(summary.skipped, summary.other_urls))
    return fail(f"no bodies found (.json, .xml, .csv and more; --include GLOB finds others){skipped}", NOTHING)
