"""Which codes are reported: chosen, left out, and left out for some files."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from ..files.paths import matches
from ..problems import Problem, format_value, rules
from ..problems.rules import RULES, Rule, Severity, nearest
from ..sources.expected import ReadSettings
from ..sources.source import UNREADABLE

__all__ = ["ALL", "DEFAULT_SELECTION", "UNSEEN", "Selection", "Settings", "UnknownCodeError", "expanded"]

ALL = "BEV"
"""The prefix of all codes."""

UNSEEN = frozenset(
    {
        rules.BODY_TOO_LARGE,
        rules.ARCHIVE_RATIO,
        rules.ARCHIVE_TOO_LARGE,
        rules.TOO_MANY_MEMBERS,
        rules.ARCHIVE_TOO_NESTED,
        rules.BAD_CONTAINER,
    }
)
"""Rules of what could not be checked, which are reported though not selected, unless they are ignored."""


class UnknownCodeError(ValueError):
    """What was given is no code, no name and no prefix of codes.

    Attributes:
        code: what was given.
        near: the nearest code or name, or None.
    """

    def __init__(self, code: str, near: str | None) -> None:
        super().__init__(code, near)
        self.code = code
        self.near = near

    def __str__(self) -> str:
        hint = f"; did you mean {self.near}?" if self.near else "; bevparse rule lists them"
        return f"expected a code of bevparse or a prefix such as BEV3, got {format_value(self.code)}{hint}"


def expanded(codes: Iterable[str]) -> tuple[str, ...]:
    """Give codes and prefixes for codes, prefixes and names, such as BEV3, BEV203, bad-check and all.

    Raises:
        UnknownCodeError: one of them is none.
    """
    return tuple(_expanded(code.strip()) for code in codes)


def _expanded(code: str) -> str:
    names = {rule.slug.upper(): rule.code for rule in RULES.values()} | {"ALL": ALL}
    upper = code.upper()
    if upper in names:
        return names[upper]
    if upper.startswith(ALL) and any(known.startswith(upper) for known in RULES):
        return upper
    raise UnknownCodeError(code, nearest(code))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which codes are reported; of two prefixes that fit a code the longer decides, and of equals the one to ignore.

    >>> selection = Selection(select=(ALL, rules.UNKNOWN_FIELD.code), ignore=(f"{ALL}3",))
    >>> [selection.takes(rule.code) for rule in (rules.BAD_CHECK, rules.INTEGER_SPELLING, rules.UNKNOWN_FIELD)]
    [True, False, True]
    """

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns of paths with what is ignored in them."""

    def takes(self, code: str) -> bool:
        """Return whether a code is reported at all; what could not be read decides the exit code, and always is."""
        return RULES.get(code) in UNREADABLE or _takes(code, self.select, self.ignore)

    def chosen(self, problems: tuple[Problem, ...], source: str) -> tuple[Problem, ...]:
        """Give the problems of a source that are reported; what could not be gone through is, unless it is ignored."""
        if self == DEFAULT_SELECTION or not problems:
            return problems
        here = tuple(code for pattern, codes in self.per_file if matches(pattern, source) for code in codes)
        unseen = UNSEEN - {rules.BAD_CONTAINER} if "#/" in source else UNSEEN  # a damaged answer hides only itself
        always = {rule for rule in unseen if not rule.code.startswith(self.ignore)}
        return tuple(problem for problem in problems if self._is_chosen(problem.rule, here, always))

    def _is_chosen(self, rule: Rule, ignored: tuple[str, ...], always: Collection[Rule]) -> bool:
        selected = self.takes(rule.code) or rule in always
        return rule in UNREADABLE or (selected and not rule.code.startswith(ignored))


@lru_cache(maxsize=4096)
def _takes(code: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    return _longest(code, select) > _longest(code, ignore)


def _longest(code: str, prefixes: tuple[str, ...]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


DEFAULT_SELECTION = Selection()


@dataclass(frozen=True, slots=True)
class Settings(ReadSettings):
    """What is asked of every body; it pickles, so that other processes can ask the same."""

    selection: Selection = DEFAULT_SELECTION
    """Which codes are reported."""
    excerpts: bool = False
    """Whether the lines are shown that problems point at."""
    profile: bool = False
    """Whether it is counted what bodies contain."""
    cross: bool | None = None
    """Whether bodies are compared with each other; None for those that were found in folders and containers."""
    fail_on: Severity = "error"
    """What is bad enough for a body not to be sound."""
    now: float = field(default_factory=time.time)
    """Seconds since 1970: later dates are in the future."""
