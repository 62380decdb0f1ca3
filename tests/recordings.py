"""The recordings in fixtures/, and functions to read them."""

from __future__ import annotations

from types import ModuleType

from bevparse.files.compression import Budget
from bevparse.limits import DEFAULT_LIMITS, Limits
from bevparse.sources.source import Source
from bevparse.validate import Settings, iter_checked

from .paths import FIXTURES

RECORDINGS = FIXTURES / "recordings"
KEY = "at_0123456789ABCDEFGHIJabcdefghi"
"""A made-up key of the right shape."""
API = "https://emailverification.whoisxmlapi.com/api/bevService/request"


def validated(name: str) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    """Validate a recording, and return location, outcome, endpoint and codes of each body in it."""
    found = [one for one in iter_checked([str(RECORDINGS / name)], Settings()) if not one.only_counts]
    return [(one.inner, one.outcome, one.endpoint, tuple(p.code for p in one.problems)) for one in found]


def members(module: ModuleType, data: object, limits: Limits = DEFAULT_LIMITS, *, named: bool = True) -> list[Source]:
    """Return the sources in a recording, other than the count of exchanges with other URLs."""
    found: list[Source] = list(module.members(Source("x", named=named, budget=Budget(limits)), data))
    return [one for one in found if one.problems or not one.other_urls]


def codes(sources: list[Source]) -> list[tuple[str, ...]]:
    return [tuple(problem.code for problem in source.problems) for source in sources]
