"""A problem of a body: its rule, message and location, and the formatting of messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from ..apikeys import masked
from .rules import RULES, Rule, Severity

__all__ = [
    "COMMANDS",
    "Position",
    "Problem",
    "escape",
    "format_value",
    "join_pointer",
    "line_of",
    "message_of",
    "shortened",
    "unicode_of",
]

_MOST_CHARACTERS = 40
_MOST_NAME_CHARACTERS = 100
_HUGE = 10**100
COMMANDS = re.compile(r"\A *:(?=:)|#(?=#\[)")
"""Finds workflow commands, such as `::error`. GitHub and Azure runners obey commands that they find in output."""
Position: TypeAlias = tuple[int, int]
"""A line and a column, both from 1; columns count characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, warning or note about a body. API keys in the message and the pointer are masked.

    Examples:
        >>> from bevparse.problems.rules import BAD_EPOCH
        >>> print(Problem.of(BAD_EPOCH, "expected seconds since 1970, got 'soon'", "/response/2/date_start", 7))
        expected seconds since 1970, got 'soon' (line 7, /response/2/date_start)
    """

    code: str
    """The code of the rule, a key of `bevparse.problems.rules.RULES`."""
    message: str
    """The message without the location."""
    pointer: str = ""
    """The location, for every format: a JSON pointer into the JSON that bevparse writes for the payload."""
    line: int | None = None
    """The line, from 1; None when it is not known."""
    column: int | None = None
    """The character in the line, from 1; None when it is not known."""

    def __post_init__(self) -> None:
        for name in ("message", "pointer"):
            text: str = getattr(self, name)
            if (shown := masked(text)) != text:
                object.__setattr__(self, name, shown)

    @classmethod
    def of(
        cls, rule: Rule, message: str, pointer: str = "", line: int | None = None, column: int | None = None
    ) -> Problem:
        """Return a problem with the code of a rule, see the fields."""
        return cls(rule.code, message, pointer, line, column)

    @property
    def rule(self) -> Rule:
        """The rule of the code."""
        return RULES[self.code]

    @property
    def severity(self) -> Severity:
        """The severity of the rule: error, warning or info."""
        return RULES[self.code].severity

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}"
        column = "" if self.column is None else f"column {self.column}"
        place = ", ".join(filter(None, (line, column, escape(self.pointer))))
        return f"{self.message} ({place})" if place else self.message


def format_value(value: object) -> str:
    """Return a value for a message: at most 40 characters, without control characters.

    Examples:
        >>> format_value("maybe"), format_value(True), format_value(None), format_value([1])
        ("'maybe'", 'true', 'null', 'an array')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        is_huge = isinstance(value, int) and abs(value) >= _HUGE  # repr refuses so many digits
        return "a number of many digits" if is_huge else shortened(repr(value))
    if isinstance(value, str):
        return f"'{escape(shortened(value))}'"
    return "an array" if isinstance(value, list) else "an object"


def escape(text: str) -> str:
    r"""Return text that is safe to show: API keys are masked, invisible characters and workflow commands escaped.

    Controls, bidirectional marks and surrogates are invisible. Workflow commands begin with `::` or `##[`. GitHub and
    Azure runners obey commands that they find in output.

    Examples:
        >>> print(escape("a" + chr(27) + "[0m"))
        a\x1b[0m
    """
    text = masked(text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return COMMANDS.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text)


def unicode_of(name: str) -> str:
    r"""Return a file name as valid Unicode, without API keys: undecodable bytes are written as `\udcff`."""
    return masked(name).encode("utf-8", "backslashreplace").decode()


def join_pointer(pointer: str, name: str | int) -> str:
    """Return a JSON pointer with one more step. A name is cut to 100 characters."""
    if isinstance(name, int):
        return f"{pointer}/{name}"
    short = shortened(name, _MOST_NAME_CHARACTERS)
    return f"{pointer}/{short.replace('~', '~0').replace('/', '~1')}"


def shortened(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return text cut to a number of characters. API keys are masked first, while they are whole and can be found."""
    return masked(text) if len(text) <= most else masked(text, 0, most - 3) + "..."


def line_of(source: str, problem: Problem) -> str:
    """Return a problem as one line from which editors open the file: `path:line:column: severity: code message`.

    Examples:
        >>> from bevparse.problems.rules import INTEGER_SPELLING
        >>> print(line_of("a.json", Problem.of(INTEGER_SPELLING, "expected text, accepted 5", "/response/id", 1, 15)))
        a.json:1:15: warning: BEV301 expected text, accepted 5 (/response/id)
    """
    place = "".join(f":{number}" for number in (problem.line, problem.column) if number is not None)
    return f"{escape(source)}{place}: {problem.severity}: {problem.code} {message_of(problem)}"


def message_of(problem: Problem) -> str:
    """Return the message with its pointer, without line and column."""
    pointer = f" ({escape(problem.pointer)})" if problem.pointer else ""
    return escape(problem.message) + pointer
