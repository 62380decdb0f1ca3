"""What contradicts itself within one answer, though every value in it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ...models import CompletedResponse, ListResponse, Response, StatusResponse
from ...problems import Problem
from .pages import contradictions_in_pages
from .records import contradictions_in_records
from .requests import contradictions_in_requests

__all__ = ["inconsistencies"]

_LIMIT: Final = 100
_POINTER: Final = "/response"


def inconsistencies(response: Response, *, now: float, limit: int = _LIMIT) -> Iterator[Problem]:
    """Find what contradicts itself in an answer, with pointers into its canonical JSON and without lines.

    What is not said contradicts nothing, and neither does a word that nobody has seen.

    Args:
        response: the answer, read without errors.
        now: seconds since 1970; dates more than a day later are in the future.
        limit: how many problems of one code are given; the rest is not even counted.
    """
    given = Counter[str]()
    for problem in _contradictions(response, now, limit):
        if given[problem.code] < limit:
            given[problem.code] += 1
            yield problem


def _contradictions(response: Response, now: float, limit: int) -> Iterator[Problem]:
    if isinstance(response, CompletedResponse):
        yield from contradictions_in_records(response.records, _POINTER, limit)
    elif isinstance(response, StatusResponse):
        yield from contradictions_in_requests(response.requests, _POINTER, now)
    elif isinstance(response, ListResponse):
        yield from contradictions_in_pages(response, _POINTER)
        yield from contradictions_in_requests(response.requests, f"{_POINTER}/data", now)
