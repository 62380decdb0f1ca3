"""What bodies contain, in counts that add up: requests, records, verdicts, checks, dates, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Final, TypeAlias, cast

from ..models import (
    BulkRequest,
    CompletedResponse,
    EmailRecord,
    ErrorResponse,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)

__all__ = ["CHECKS", "Profile", "profile_of"]

CHECKS: Final = tuple(name for name in EmailRecord.model_fields if name.endswith("_check"))
"""The attributes of the six checks."""

_Combination: TypeAlias = tuple[bool | str | None, ...]

_COMBINATION: Final = attrgetter(*CHECKS, "result")
_UNSAID: Final = "not said"
_WORDS: Final = {True: "true", False: "false", None: _UNSAID}

_MOST_KEYS: Final = 2_000
"""Different words that are counted each by itself; the service has a handful, and an attack as many as it likes."""

_OTHERS: Final = "(others)"
_LONGEST: Final = 80


def _texts() -> Counter[str]:
    return Counter()


def _pairs() -> Counter[tuple[str, str]]:
    return Counter()


def _numbers() -> Counter[int]:
    return Counter()


@dataclass(slots=True)
class Profile:
    """What bodies contain; two of them add up to one."""

    requests: Counter[str] = field(default_factory=_texts)
    """Requests in status and list bodies: "ready", "not ready" or "not said"."""
    records: Counter[str] = field(default_factory=_texts)
    """Records in bodies: "completed" or "failed"."""
    results: Counter[str] = field(default_factory=_texts)
    """Completed records by their `result`."""
    checks: Counter[tuple[str, str]] = field(default_factory=_pairs)
    """Completed records by check and "true", "false" or "not said"."""
    errors: Counter[str] = field(default_factory=_texts)
    """Error replies by their texts."""
    days: Counter[str] = field(default_factory=_texts)
    """Requests by the day that they started on, as 2018-06-05, in UTC."""
    findings: Counter[str] = field(default_factory=_texts)
    """Findings in bodies by the day of the first start in them."""
    sizes: Counter[int] = field(default_factory=_numbers)
    """Bodies by size: the number of binary digits that it takes to write their bytes."""

    def add(self, other: Profile) -> None:
        """Take in what other bodies contain."""
        for one in fields(self):
            counts = cast("Counter[object]", getattr(self, one.name))
            for key, count in cast("Counter[object]", getattr(other, one.name)).items():
                counts[key if key in counts or len(counts) < _MOST_KEYS else _other(key)] += count

    def __add__(self, other: Profile) -> Profile:
        both = Profile()
        both.add(self)
        both.add(other)
        return both


def _other(key: object) -> object:
    """Give what a key is counted as when there are too many: a day as its year, anything else as one of the others."""
    return key[:4] if isinstance(key, str) and key[:4].isdecimal() and key[4:5] == "-" else _OTHERS


def profile_of(response: Response | None, size: int, findings: int) -> Profile:
    """Count what one body contains.

    Args:
        response: the model, None where it could not be read.
        size: the bytes of the body.
        findings: how many problems were found in it.
    """
    profile = Profile(sizes=Counter({size.bit_length(): 1}))
    if isinstance(response, (StatusResponse, ListResponse)):
        _count_requests(profile, response.requests, findings)
    elif isinstance(response, CompletedResponse):
        profile.records["completed"] = len(response.records)
        _count_records(profile, response.records)
    elif isinstance(response, FailedResponse):
        profile.records["failed"] = len(response.failures)
    elif isinstance(response, ErrorResponse):
        profile.errors.update(text[:_LONGEST] for text in response.errors)
    return profile


def _count_requests(profile: Profile, requests: Iterable[BulkRequest], findings: int) -> None:
    for request in requests:
        profile.requests[{True: "ready", False: "not ready", None: _UNSAID}[request.ready]] += 1
        if request.date_start is not None:
            day = request.date_start.date().isoformat()
            if findings and not profile.findings:
                profile.findings[day] = findings
            profile.days[day] += 1


def _count_records(profile: Profile, records: Iterable[EmailRecord]) -> None:
    combinations = cast("Counter[_Combination]", Counter(map(_COMBINATION, records)))
    for (*checks, result), count in combinations.items():
        profile.results[_UNSAID if result is None else str(result)[:_LONGEST]] += count
        for name, value in zip(CHECKS, checks, strict=True):
            profile.checks[name, _WORDS[cast("bool | None", value)]] += count
