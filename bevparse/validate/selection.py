"""Which codes are reported: chosen, left out, and left out for some files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..catalogue import CATALOGUE, nearest
from ..problems import Problem, shown
from .globs import matches

__all__ = ["ALL", "DEFAULT_SELECTION", "UNSEEN", "Selection", "UnknownCodeError", "expanded"]

ALL = "BEV"
"""The prefix of all codes."""
_UNREAD = frozenset({"BEV001", "BEV013", "BEV014"})
"""Codes of what could not be read, which decide the exit code, and so are always told."""
UNSEEN = frozenset({"BEV002", "BEV007", "BEV008", "BEV009", "BEV010", "BEV011"})
"""Codes of what could not be gone through, which are told whatever is selected, unless they are ignored."""


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
        return f"expected a code of bevparse or a prefix such as BEV3, got {shown(self.code)}{hint}"


def expanded(codes: Iterable[str]) -> tuple[str, ...]:
    """Give codes and prefixes for codes, prefixes and names, such as BEV3, BEV203, bad-check and all.

    Raises:
        UnknownCodeError: one of them is none.
    """
    return tuple(_expanded(code.strip()) for code in codes)


def _expanded(code: str) -> str:
    names = {rule.slug.upper(): rule.code for rule in CATALOGUE.values()} | {"ALL": ALL}
    upper = code.upper()
    if upper in names:
        return names[upper]
    if upper.startswith(ALL) and any(known.startswith(upper) for known in CATALOGUE):
        return upper
    raise UnknownCodeError(code, nearest(code))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which codes are reported; of two prefixes that fit a code the longer decides, and of equals the one to ignore.

    >>> selection = Selection(select=("BEV", "BEV307"), ignore=("BEV3",))
    >>> [code for code in ("BEV203", "BEV301", "BEV307") if selection.takes(code)]
    ['BEV203', 'BEV307']
    """

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns of paths with what is ignored in them."""

    def takes(self, code: str) -> bool:
        """Tell whether a code is reported at all."""
        return code in _UNREAD or _takes(code, self.select, self.ignore)

    def chosen(self, problems: tuple[Problem, ...], source: str) -> tuple[Problem, ...]:
        """Give the problems of a source that are reported; what could not be gone through is, unless it is ignored."""
        if self == DEFAULT_SELECTION or not problems:
            return problems
        here = tuple(code for pattern, codes in self.per_file if matches(pattern, source) for code in codes)
        unseen = UNSEEN - {"BEV011"} if "#/" in source else UNSEEN  # one damaged answer hides nothing of its recording
        always = tuple(code for code in unseen if not code.startswith(self.ignore))
        return tuple(
            problem
            for problem in problems
            if problem.code in _UNREAD
            or ((self.takes(problem.code) or problem.code in always) and not problem.code.startswith(here))
        )


@lru_cache(maxsize=4096)
def _takes(code: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    return _longest(code, select) > _longest(code, ignore)


def _longest(code: str, prefixes: tuple[str, ...]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


DEFAULT_SELECTION = Selection()
