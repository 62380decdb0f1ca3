"""What bodies contain, in counts that add up: requests, records, results, checks, dates, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final, cast

from ..apikeys import masked
from ..endpoints import endpoint_of
from ..models import BulkRequest, CompletedResponse, ErrorResponse, ListResponse, StatusResponse
from ..payloads.layout import layout_of
from .content import CHECKS, Content, Verdicts

__all__ = ["MISSING", "Profile", "day_of", "profile_of"]

MISSING: Final = "missing"
"""The word for a value that is None."""
_MOST_KEYS: Final = 2_000
"""The maximum number of words that are counted separately. The service has few, but an attacker may send any number."""
_OTHERS: Final = "(others)"
_LONGEST: Final = 80


@dataclass(slots=True)
class Profile:
    """What bodies contain; two profiles add up to one."""

    requests: Counter[str] = field(default_factory=Counter[str])
    """Requests in status and list bodies: "ready", "not ready" or "missing"."""
    records: Counter[str] = field(default_factory=Counter[str])
    """Records in bodies by endpoint, such as "completed"."""
    results: Counter[str] = field(default_factory=Counter[str])
    """Completed records by their `result`."""
    checks: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Completed records by check and "true", "false" or "missing"."""
    errors: Counter[str] = field(default_factory=Counter[str])
    """Error replies by their texts."""
    days: Counter[str] = field(default_factory=Counter[str])
    """Requests by the day of their start in UTC, such as 2018-06-05."""
    findings: Counter[str] = field(default_factory=Counter[str])
    """Findings in bodies by the day of the first start in the body."""
    sizes: Counter[int] = field(default_factory=Counter[int])
    """Bodies by the number of binary digits of their size in bytes."""

    def add(self, other: Profile) -> None:
        """Add the counts of other bodies."""
        for one in fields(self):
            counts = cast("Counter[object]", getattr(self, one.name))
            for key, count in cast("Counter[object]", getattr(other, one.name)).items():
                counts[key if key in counts or len(counts) < _MOST_KEYS else _merged(key)] += count

    def __add__(self, other: Profile) -> Profile:
        both = Profile()
        both.add(self)
        both.add(other)
        return both


def _merged(key: object) -> object:
    """Return the key that replaces another when there are too many: the year of a day, or "(others)"."""
    return key[:4] if isinstance(key, str) and key[:4].isdecimal() and key[4:5] == "-" else _OTHERS


def profile_of(content: Content | None, size: int, findings: int) -> Profile:
    """Return what one body contains.

    Args:
        content: what could be read, or None if the body could not be read.
        size: the number of bytes of the body.
        findings: the number of problems in the body.
    """
    profile = Profile(sizes=Counter({size.bit_length(): 1}))
    if content is None:
        return profile
    if content.model in (StatusResponse, ListResponse):
        _count_requests(profile, cast("StatusResponse | ListResponse", content.response).requests, findings)
    elif content.model is ErrorResponse:
        profile.errors.update(masked(text, 0, _LONGEST) for text in cast(ErrorResponse, content.response).errors)
    elif layout_of(content.model).items:
        profile.records[endpoint_of(content.model)] = len(content.records)
        if content.model is CompletedResponse:
            _count_verdicts(profile, content.verdicts)
    return profile


def _count_requests(profile: Profile, requests: Iterable[BulkRequest], findings: int) -> None:
    for request in requests:
        profile.requests[_word(request.ready, "ready", "not ready")] += 1
        if request.date_start is not None:
            day = request.date_start.date().isoformat()
            if findings and not profile.findings:
                profile.findings[day] = findings
            profile.days[day] += 1


def _count_verdicts(profile: Profile, verdicts: Verdicts) -> None:
    for number, count in Counter(verdicts.numbers).items():
        *checks, result = verdicts.distinct[number]
        profile.results[MISSING if result is None else masked(str(result), 0, _LONGEST)] += count
        for name, value in zip(CHECKS, checks, strict=True):
            profile.checks[name, _word(value, "true", "false")] += count


def _word(value: object, true: str, false: str) -> str:
    return MISSING if value is None else true if value else false


def day_of(text: str) -> date:
    """Return the date for a key of `Profile.days`, such as 2018-06-05, or for a year, its first day."""
    return date.fromisoformat(text if len(text) > 4 else f"{text}-01-01")
