"""What contradicts itself in the requests of a list or status answer: numbers, dates and counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from ...models import BulkRequest
from ...problems import Problem, step

__all__ = ["contradictions_in_requests"]

_DAY: Final = 86_400
"""Seconds by which the clocks of two machines, or the time zones of two careless ones, may differ."""
_FIRST_YEAR: Final = 2018
"""The year of the earliest documented dates."""


def contradictions_in_requests(requests: Iterable[BulkRequest], pointer: str, now: float) -> Iterator[Problem]:
    """Compare each request with itself, and with those before it.

    Args:
        requests: the requests of one answer.
        pointer: the pointer of their array.
        now: seconds since 1970; dates more than a day later are in the future.
    """
    seen: dict[int, int] = {}
    for number, request in enumerate(requests):
        place = step(pointer, number)
        first = seen.setdefault(request.id, number)
        if first != number:
            message = f"expected each request once, got {request.id} again, first at {step(pointer, first)}"
            yield Problem("BEV405", message, step(place, "id"))
        yield from _dates(request, place, now)
        yield from _counters(request, place)


def _dates(request: BulkRequest, place: str, now: float) -> Iterator[Problem]:
    start, end = request.date_start, request.date_end
    for name, moment in (("date_start", start), ("date_end", end)):
        seconds = moment.timestamp() if moment else 0
        if not moment or not seconds:  # zero is how a date is spelled that is not known
            continue
        if seconds > now + _DAY:
            yield Problem("BEV403", f"expected a date that is not in the future, got {_iso(moment)}", step(place, name))
        elif moment.year < _FIRST_YEAR:
            message = f"expected a date of {_FIRST_YEAR} or later, got {_iso(moment)}"
            yield Problem("BEV404", message, step(place, name))
    if start and end and end < start:
        message = f"expected date_end not to be before date_start, {_iso(start)}, got {_iso(end)}"
        yield Problem("BEV402", message, step(place, "date_end"))


def _counters(request: BulkRequest, place: str) -> Iterator[Problem]:
    """Add up the counters of a finished request; those of one that runs need not add up."""
    total, invalid = request.total_emails, request.invalid_emails
    processed, failed = request.processed_emails, request.failed_emails
    if not request.ready or total is None or invalid is None or processed is None or failed is None:
        return
    if total != invalid + processed + failed:
        message = (
            f"expected total_emails of a ready request to be {invalid} invalid, {processed} processed "
            f"and {failed} failed ones together, got {total}"
        )
        yield Problem("BEV401", message, step(place, "total_emails"))


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
