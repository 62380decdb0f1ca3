"""What a run reports: the selection of codes, excerpts, the profile, and the severity to fail on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from ..files.paths import matches
from ..problems import Problem, format_value, rules
from ..problems.rules import RULES, Severity, nearest
from ..sources.expected import ReadSettings
from ..sources.source import UNREADABLE

__all__ = ["ALL", "DEFAULT_SELECTION", "UNSEEN", "Selection", "Settings", "UnknownCodeError", "expanded"]

ALL: Final = "BEV"
"""The prefix of all codes."""
UNSEEN: Final = frozenset(
    {
        rules.BODY_TOO_LARGE,
        rules.ARCHIVE_RATIO,
        rules.ARCHIVE_TOO_LARGE,
        rules.TOO_MANY_MEMBERS,
        rules.ARCHIVE_TOO_NESTED,
        rules.BAD_CONTAINER,
        rules.LINK_OUTSIDE,
    }
)
"""Rules about content that could not be checked; they are reported unless they are ignored."""


class UnknownCodeError(ValueError):
    """A word is not a code, a prefix of codes or a name of a rule.

    Attributes:
        code: the word.
        near: the most similar code or name, or None if none is similar.
    """

    def __init__(self, code: str, near: str | None) -> None:
        super().__init__(code, near)
        self.code = code
        self.near = near

    def __str__(self) -> str:
        hint = f"did you mean {self.near}?" if self.near else "`bevparse rule` lists all codes"
        return f"expected a code of bevparse or a prefix such as BEV3, got {format_value(self.code)}; {hint}"


def expanded(words: Iterable[str]) -> tuple[str, ...]:
    """Return a code, or a prefix of codes, for each word: for bad-check it is BEV203, for bev3 BEV3, and for all BEV.

    Raises:
        UnknownCodeError: a word is unknown.
    """
    return tuple(_expanded(word.strip()) for word in words)


def _expanded(word: str) -> str:
    names = {rule.slug.upper(): rule.code for rule in RULES.values()} | {"ALL": ALL}
    upper = word.upper()
    if upper in names:
        return names[upper]
    if upper.startswith(ALL) and any(known.startswith(upper) for known in RULES):
        return upper
    raise UnknownCodeError(word, nearest(word))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which codes are reported.

    The longest prefix of a code in `select` or `ignore` decides. If it is in both, the code is ignored.

    Examples:
        >>> selection = Selection(select=(ALL, rules.UNKNOWN_FIELD.code), ignore=(f"{ALL}3",))
        >>> [selection.takes(rule.code) for rule in (rules.BAD_CHECK, rules.INTEGER_SPELLING, rules.UNKNOWN_FIELD)]
        [True, False, True]
    """

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns of paths, each with the codes and prefixes to ignore in them."""

    def takes(self, code: str) -> bool:
        """Return whether a code is selected. Codes of unreadable sources always are: they decide the exit code."""
        return RULES.get(code) in UNREADABLE or _takes(code, self.select, self.ignore)

    def chosen(self, problems: tuple[Problem, ...], source: str) -> tuple[Problem, ...]:
        """Return the problems of a source that are reported.

        Content that could not be checked is reported although it is not selected, unless it is ignored.
        """
        if self == DEFAULT_SELECTION or not problems:
            return problems
        ignored_here = tuple(code for pattern, codes in self.per_file if matches(pattern, source) for code in codes)
        # a damaged response of one recorded exchange hides nothing else
        unseen = UNSEEN - {rules.BAD_CONTAINER} if "#/" in source else UNSEEN
        always = {rule.code for rule in unseen if not rule.code.startswith(self.ignore)}
        return tuple(
            problem
            for problem in problems
            if problem.rule in UNREADABLE
            or ((self.takes(problem.code) or problem.code in always) and not problem.code.startswith(ignored_here))
        )


@lru_cache(maxsize=4096)
def _takes(code: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    return _longest(code, select) > _longest(code, ignore)


def _longest(code: str, prefixes: tuple[str, ...]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


DEFAULT_SELECTION: Final = Selection()


@dataclass(frozen=True, slots=True)
class Settings(ReadSettings):
    """How bodies are read and what is reported; settings can be pickled for other processes."""

    selection: Selection = DEFAULT_SELECTION
    """The codes that are reported."""
    excerpts: bool = False
    """Whether to return the lines that problems point at."""
    profile: bool = False
    """Whether to count what bodies contain."""
    cross: bool | None = None
    """Whether to compare bodies with each other; None compares those that are found in folders and containers."""
    fail_on: Severity = "error"
    """The lowest severity that makes a body invalid."""
    now: float = field(default_factory=time.time)
    """Seconds since 1970; dates more than a day later are in the future."""
