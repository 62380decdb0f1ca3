"""What contradicts itself in a completed record: addresses, hosts, and verdicts against checks.

There may be a million records, so each rule looks at some dozens of them at once, and closer only where it has to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any, Final, TypeAlias

from ..models import BulkRequest, CompletedResponse, EmailRecord, ListResponse, Response, StatusResponse
from ..problems import Problem, format_value, join_pointer, rules

__all__ = ["contradictions_in_pages", "contradictions_in_records", "contradictions_in_requests", "inconsistencies"]

_Values: TypeAlias = Mapping[str, Any]

_Rule: TypeAlias = Callable[[list[_Values], int, str], Iterator[Problem]]

_TOGETHER: Final = 128

# The grammar is that of RFC 5321 and RFC 6531, which lets in letters of any script. Lengths are not looked at, for
# RFC 5321 (4.5.3.1) wants longer names taken where that can be done, and the low line is taken for a letter.
_BLANK: Final = r"\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LABEL: Final = rf"(?!-)[^\x00-,./:-@\[-^`{{-\xa0{_BLANK}]++(?<!-)"
_DOMAIN: Final = rf"{_LABEL}(?:\.{_LABEL})*+\.?"
_ATOM: Final = rf'[^\x00-\x20"(),.:;<>@\[-\]\x7f-\xa0{_BLANK}]++'
_QUOTED: Final = r'"(?:[^\x00-\x08\x0a-\x1f"\\\x7f]|\\[\t\x20-\x7e])*+"'
_LITERAL: Final = r"\[[0-9A-Za-z.:-]++\]"
_ADDRESS: Final = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*+|{_QUOTED})@(?:{_DOMAIN}|{_LITERAL})\Z")

_HOST: Final = re.compile(rf"(?![0-9.]+\Z){_DOMAIN}\Z")
"""A name, and no IP address, which a mail exchanger cannot be."""

_PLAIN: Final = r"[A-Za-z0-9_+-]++"
_NAME: Final = r"[A-Za-z0-9]++(?:[.-][A-Za-z0-9]++)*+"
_ORDINARY_ADDRESSES: Final = re.compile(rf"(?:{_PLAIN}(?:\.{_PLAIN})*+@{_NAME}\n)*+\Z")

_ORDINARY_HOSTS: Final = re.compile(rf"(?:(?![0-9.]+\n){_NAME}\.?\n)*+\Z")
"""What nearly every address and host is, one on each line: a narrower grammar, for all of them in one go."""

_NULL_MX: Final = (".",)
"""What a domain has that takes no mail (RFC 7505), as in the service's own sample."""


def contradictions_in_records(records: Sequence[EmailRecord], pointer: str, limit: int) -> Iterator[Problem]:
    """Compare each record with itself.

    Args:
        records: the records of one answer.
        pointer: the pointer of their array.
        limit: how many problems are enough for a rule, so that it may be left out from then on.
    """
    rules: list[_Rule] = [_addresses, partial(_hosts, {(), _NULL_MX}), _verdicts]
    left = dict.fromkeys(rules, limit)
    for start in range(0, len(records), _TOGETHER):
        stretch: list[_Values] = [record.__dict__ for record in records[start : start + _TOGETHER]]
        for rule in tuple(left):
            for problem in rule(stretch, start, pointer):
                left[rule] -= 1
                yield problem
            if left[rule] <= 0:
                del left[rule]


def _all_ordinary(texts: list[str], ordinary: re.Pattern[str]) -> bool:
    lines = "\n".join(texts) + "\n"
    return not texts or (ordinary.match(lines) is not None and lines.count("\n") == len(texts))


def _addresses(stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    if _all_ordinary([values["email_address"] for values in stretch if values["format_check"]], _ORDINARY_ADDRESSES):
        return
    for number, values in enumerate(stretch, start):
        address = values["email_address"]
        # blanks around an address, as submitted lists have them, say nothing about the check
        if values["format_check"] and not _ADDRESS.match(address.strip()):
            message = f"expected an address, as formatCheck is true, got {format_value(address)}"
            yield Problem.of(rules.BAD_ADDRESS, message, join_pointer(join_pointer(pointer, number), "emailAddress"))


def _hosts(sound: set[tuple[str, ...]], stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    new = {values["mx_records"] for values in stretch} - sound
    if not new:
        return
    if _all_ordinary(list(chain.from_iterable(new)), _ORDINARY_HOSTS):
        sound.update(new)
        return
    for number, values in enumerate(stretch, start):
        if values["mx_records"] in sound:
            continue
        for index, host in enumerate(values["mx_records"]):
            if not _HOST.match(host):
                place = join_pointer(join_pointer(join_pointer(pointer, number), "mxRecords"), index)
                yield Problem.of(rules.BAD_HOST, f"expected a host name, got {format_value(host)}", place)


def _verdicts(stretch: list[_Values], start: int, pointer: str) -> Iterator[Problem]:
    for number, values in enumerate(stretch, start):
        verdict = values["result"]
        if verdict == "ok":
            if values["format_check"] is False or values["smtp_check"] is False or values["dns_check"] is False:
                message = f"expected no check to be false, as result is 'ok', got {_failed(values)} false"
                yield Problem.of(
                    rules.RESULT_CONTRADICTS, message, join_pointer(join_pointer(pointer, number), "result")
                )
        elif verdict == "smtp-failed" and values["smtp_check"]:
            message = "expected smtpCheck not to be true, as result is 'smtp-failed', got true"
            yield Problem.of(rules.RESULT_CONTRADICTS, message, join_pointer(join_pointer(pointer, number), "result"))


def _failed(values: _Values) -> str:
    checks = {"formatCheck": "format_check", "smtpCheck": "smtp_check", "dnsCheck": "dns_check"}
    return " and ".join(name for name, attribute in checks.items() if values[attribute] is False)


def contradictions_in_pages(page: ListResponse, pointer: str) -> Iterator[Problem]:
    """Find the first contradiction, if there is one: the numbers hang together, so the others would follow from it."""
    for check in (_current_page, _last_page, _data, _from, _to):
        found = check(page)
        if found:
            name, message = found
            yield Problem.of(rules.PAGES_CONTRADICT, message, join_pointer(pointer, name))
            return


def _current_page(page: ListResponse) -> tuple[str, str] | None:
    """A page behind the last one is empty."""
    current, last = page.current_page, page.last_page
    if page.requests and current is not None and last is not None and current > last:
        return "current_page", f"expected no requests behind the last page, {last}, got {_some(page)} on page {current}"
    return None


def _last_page(page: ListResponse) -> tuple[str, str] | None:
    last, total, size = page.last_page, page.total, page.per_page
    if last is None or total is None or not size:
        return None
    expected = -(-total // size)
    if last == expected or (last == 1 and not total):  # nothing at all still fills one page, or none
        return None
    return "last_page", f"expected {expected} pages for {total} requests, {size} on each, got {last}"


def _data(page: ListResponse) -> tuple[str, str] | None:
    """All pages are full but the last one."""
    count, size = len(page.requests), page.per_page
    if not size:
        return None
    if page.total is None or not page.current_page:
        return ("data", f"expected at most {size} requests on a page, got {count}") if count > size else None
    expected = max(0, min(size, page.total - (page.current_page - 1) * size))
    if count == expected:
        return None
    where = f"on page {page.current_page} of {page.total} requests, {size} on each"
    return "data", f"expected {expected} requests {where}, got {count}"


def _from(page: ListResponse) -> tuple[str, str] | None:
    if not page.requests or page.from_ is None or not page.current_page or not page.per_page:
        return None
    expected = (page.current_page - 1) * page.per_page + 1
    if page.from_ == expected:
        return None
    return (
        "from",
        f"expected page {page.current_page}, {page.per_page} on each, to begin at {expected}, got {page.from_}",
    )


def _to(page: ListResponse) -> tuple[str, str] | None:
    first, last = page.from_, page.to
    if first is None or last is None or not (page.requests or first or last):  # an empty page may say 0 for null
        return None
    expected = first + len(page.requests) - 1
    if last != expected:
        return "to", f"expected {_some(page)} that begin at {first} to end at {expected}, got {last}"
    if page.requests and page.total is not None and last > page.total:
        return "to", f"expected a position among the {page.total} requests there are, got {last}"
    return None


def _some(page: ListResponse) -> str:
    count = len(page.requests)
    return "1 request" if count == 1 else f"{count} requests"


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
        place = join_pointer(pointer, number)
        first = seen.setdefault(request.id, number)
        if first != number:
            message = f"expected each request once, got {request.id} again, first at {join_pointer(pointer, first)}"
            yield Problem.of(rules.DUPLICATE_ID, message, join_pointer(place, "id"))
        yield from _dates(request, place, now)
        yield from _counters(request, place)


def _dates(request: BulkRequest, place: str, now: float) -> Iterator[Problem]:
    start, end = request.date_start, request.date_end
    for name, moment in (("date_start", start), ("date_end", end)):
        seconds = moment.timestamp() if moment else 0
        if not moment or not seconds:  # zero is how a date is spelled that is not known
            continue
        if seconds > now + _DAY:
            yield Problem.of(
                rules.FUTURE_DATE,
                f"expected a date that is not in the future, got {_iso(moment)}",
                join_pointer(place, name),
            )
        elif moment.year < _FIRST_YEAR:
            message = f"expected a date of {_FIRST_YEAR} or later, got {_iso(moment)}"
            yield Problem.of(rules.EARLY_DATE, message, join_pointer(place, name))
    if start and end and end < start:
        message = f"expected date_end not to be before date_start, {_iso(start)}, got {_iso(end)}"
        yield Problem.of(rules.DATES_REVERSED, message, join_pointer(place, "date_end"))


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
        yield Problem.of(rules.COUNTS_DIFFER, message, join_pointer(place, "total_emails"))


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


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
