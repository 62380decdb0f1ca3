"""What is wrong with a body, and where: one dataclass, and the wording that its messages share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .rules import RULES, Rule, Severity

__all__ = ["Position", "Problem", "escape", "format_value", "join_pointer", "line_of", "message_of"]

_SHOWN = 40
_NAME_SHOWN = 100
_HUGE = 10**100

Position: TypeAlias = tuple[int, int]
"""A line and a column, both from 1; columns count characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or that was accepted though it is not documented.

    >>> from bevparse.problems.rules import BAD_EPOCH
    >>> print(Problem.of(BAD_EPOCH, "expected seconds since 1970, got 'soon'", "/response/2/date_start", 7))
    expected seconds since 1970, got 'soon' (line 7, /response/2/date_start)
    """

    code: str
    """The code of the rule, a key of `bevparse.problems.rules.RULES`."""
    message: str
    """What was expected and what came, without the place."""
    pointer: str = ""
    """The place as a JSON pointer into the canonical JSON spelling of the payload, whatever its format."""
    line: int | None = None
    """The line, from 1, or None where the format has none."""
    column: int | None = None
    """The character in the line, from 1."""

    @classmethod
    def of(
        cls, rule: Rule, message: str, pointer: str = "", line: int | None = None, column: int | None = None
    ) -> Problem:
        """Return a problem of a rule."""
        return cls(rule.code, message, pointer, line, column)

    @property
    def rule(self) -> Rule:
        """The rule that was broken."""
        return RULES[self.code]

    @property
    def severity(self) -> Severity:
        """How bad it is: an error, a warning or an info."""
        return RULES[self.code].severity

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}"
        column = "" if self.column is None else f"column {self.column}"
        place = ", ".join(filter(None, (line, column, escape(self.pointer))))
        return f"{self.message} ({place})" if place else self.message


def format_value(value: object) -> str:
    """Word a value for a message: at most 40 characters of it, nothing that a terminal would obey.

    >>> format_value("maybe"), format_value(True), format_value(None), format_value([1])
    ("'maybe'", 'true', 'null', 'an array')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _cut(repr(value)) if abs(value) < _HUGE else "a number of many digits"  # repr itself has a bound
    if isinstance(value, str):
        return f"'{escape(_cut(value))}'"
    return "an array" if isinstance(value, list) else "an object"


def escape(text: str) -> str:
    r"""Escape every character that is not plainly visible: controls, bidirectional marks, surrogates.

    >>> print(escape("a" + chr(27) + "[0m"))
    a\x1b[0m
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def join_pointer(pointer: str, name: str | int) -> str:
    """Add a step to a JSON pointer; of a name of any length no more than 100 characters."""
    if isinstance(name, int):
        return f"{pointer}/{name}"
    short = name if len(name) <= _NAME_SHOWN else name[: _NAME_SHOWN - 3] + "..."
    return f"{pointer}/{short.replace('~', '~0').replace('/', '~1')}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def line_of(source: str, problem: Problem) -> str:
    """Write one finding as compilers do, so that editors know what it is: `path:line:column: severity: code message`.

    >>> from bevparse.problems.rules import INTEGER_SPELLING
    >>> print(line_of("a.json", Problem.of(INTEGER_SPELLING, "expected a text, accepted 5", "/response/id", 1, 15)))
    a.json:1:15: warning: BEV301 expected a text, accepted 5 (/response/id)
    """
    place = "".join(f":{number}" for number in (problem.line, problem.column) if number is not None)
    return f"{escape(source)}{place}: {problem.severity}: {problem.code} {message_of(problem)}"


def message_of(problem: Problem) -> str:
    """Write what was found and the pointer to it, without line and column."""
    pointer = f" ({escape(problem.pointer)})" if problem.pointer else ""
    return escape(problem.message) + pointer
