"""Contradictions within one body: addresses, hosts and results of records, page numbers, counts and dates of requests.

There may be a million records, so each check looks at a chunk of records, and at single records only if it has to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import Any, Final, TypeAlias

from ..models import BulkRequest, CompletedResponse, EmailRecord, ListResponse, Response, StatusResponse
from ..problems import Problem, format_value, rules

__all__ = ["inconsistencies"]

_LIMIT: Final = 100
_CHUNK: Final = 128
_DAY: Final = 86_400
"""Seconds by which the clocks or the time zones of two machines may differ."""
_FIRST_YEAR: Final = 2018
"""The year of the earliest documented dates."""

# The grammar is that of RFC 5321 and RFC 6531, which allows letters of any script. Two things are more tolerant: names
# may have any length, which RFC 5321 (4.5.3.1) recommends, and the underscore counts as a letter.
_BLANK: Final = r"\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LABEL: Final = rf"(?!-)[^\x00-,./:-@\[-^`{{-\xa0{_BLANK}]++(?<!-)"
_DOMAIN: Final = rf"{_LABEL}(?:\.{_LABEL})*+\.?"
_ATOM: Final = rf'[^\x00-\x20"(),.:;<>@\[-\]\x7f-\xa0{_BLANK}]++'
_QUOTED: Final = r'"(?:[^\x00-\x08\x0a-\x1f"\\\x7f]|\\[\t\x20-\x7e])*+"'
_LITERAL: Final = r"\[[0-9A-Za-z.:-]++\]"
_ADDRESS: Final = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*+|{_QUOTED})@(?:{_DOMAIN}|{_LITERAL})\Z")
_HOST: Final = re.compile(rf"(?![0-9.]+\Z){_DOMAIN}\Z")
"""A host name, but no IP address, which is not allowed for a mail exchanger."""

# Nearly all addresses and hosts fit these narrower patterns, which check many of them at once, one on each line.
_PLAIN: Final = r"[A-Za-z0-9_+-]++"
_NAME: Final = r"[A-Za-z0-9]++(?:[.-][A-Za-z0-9]++)*+"
_PLAIN_ADDRESSES: Final = re.compile(rf"(?:{_PLAIN}(?:\.{_PLAIN})*+@{_NAME}\n)*+\Z")
_PLAIN_HOSTS: Final = re.compile(rf"(?:(?![0-9.]+\n){_NAME}\.?\n)*+\Z")
_NULL_MX: Final = (".",)
"""The mail exchangers of a domain that accepts no mail (RFC 7505), as in the sample of the service."""
_Values: TypeAlias = Mapping[str, Any]
_RecordCheck: TypeAlias = Callable[[list[_Values], int], Iterator[Problem]]


def inconsistencies(response: Response, *, now: float, limit: int = _LIMIT) -> Iterator[Problem]:
    """Return the contradictions within a response, with pointers into its canonical JSON and without lines.

    A missing value contradicts nothing, and neither does an undocumented one.

    Args:
        response: the response, read without errors.
        now: seconds since 1970; dates more than a day later are in the future.
        limit: the maximum number of problems of one code.
    """
    if isinstance(response, CompletedResponse):
        yield from _in_records(response.records, limit)
    elif isinstance(response, StatusResponse):
        yield from _limited(_in_requests(response.requests, "/response", now), limit)
    elif isinstance(response, ListResponse):
        yield from _in_page(response)
        yield from _limited(_in_requests(response.requests, "/response/data", now), limit)


def _limited(problems: Iterable[Problem], limit: int) -> Iterator[Problem]:
    counts = Counter[str]()
    for problem in problems:
        counts[problem.code] += 1
        if counts[problem.code] <= limit:
            yield problem


# Records.


def _in_records(records: Sequence[EmailRecord], limit: int) -> Iterator[Problem]:
    checks: list[_RecordCheck] = [_addresses, partial(_hosts, {(), _NULL_MX}), _results]
    left = dict.fromkeys(checks, limit)
    for start in range(0, len(records), _CHUNK):
        chunk: list[_Values] = [record.__dict__ for record in records[start : start + _CHUNK]]
        for check in tuple(left):
            problems = list(islice(check(chunk, start), left[check]))
            yield from problems
            left[check] -= len(problems)
            if not left[check]:
                del left[check]


def _addresses(chunk: list[_Values], start: int) -> Iterator[Problem]:
    if _all_plain([values["email_address"] for values in chunk if values["format_check"]], _PLAIN_ADDRESSES):
        return
    for number, values in enumerate(chunk, start):
        address = values["email_address"]
        # blanks around an address, as in submitted lists, do not contradict the check
        if values["format_check"] and not _ADDRESS.match(address.strip()):
            message = f"expected an email address because formatCheck is true, got {format_value(address)}"
            yield Problem.of(rules.BAD_ADDRESS, message, f"/response/{number}/emailAddress")


def _hosts(valid: set[tuple[str, ...]], chunk: list[_Values], start: int) -> Iterator[Problem]:
    new = {values["mx_records"] for values in chunk} - valid
    if not new:
        return
    if _all_plain(list(chain.from_iterable(new)), _PLAIN_HOSTS):
        valid.update(new)
        return
    for number, values in enumerate(chunk, start):
        if values["mx_records"] in valid:
            continue
        for index, host in enumerate(values["mx_records"]):
            if not _HOST.match(host):
                message = f"expected a host name, got {format_value(host)}"
                yield Problem.of(rules.BAD_HOST, message, f"/response/{number}/mxRecords/{index}")


def _all_plain(texts: list[str], plain: re.Pattern[str]) -> bool:
    lines = "\n".join(texts) + "\n"
    return not texts or (plain.match(lines) is not None and lines.count("\n") == len(texts))


def _results(chunk: list[_Values], start: int) -> Iterator[Problem]:
    for number, values in enumerate(chunk, start):
        result = values["result"]
        if result == "ok":
            if values["format_check"] is False or values["smtp_check"] is False or values["dns_check"] is False:
                message = f"expected no check to be false because result is 'ok', got {_failed_checks(values)} false"
                yield Problem.of(rules.RESULT_CONTRADICTS, message, f"/response/{number}/result")
        elif result == "smtp-failed" and values["smtp_check"]:
            message = "expected smtpCheck not to be true because result is 'smtp-failed', got true"
            yield Problem.of(rules.RESULT_CONTRADICTS, message, f"/response/{number}/result")


def _failed_checks(values: _Values) -> str:
    checks = {"formatCheck": "format_check", "smtpCheck": "smtp_check", "dnsCheck": "dns_check"}
    return " and ".join(name for name, attribute in checks.items() if values[attribute] is False)


# Pages.


def _in_page(page: ListResponse) -> Iterator[Problem]:
    """Return the first contradiction of a page only: its numbers depend on each other, so that others would follow."""
    checks: dict[str, Callable[[ListResponse], str | None]] = {
        "current_page": _current_page,
        "last_page": _last_page,
        "data": _data,
        "from": _from,
        "to": _to,
    }
    for name, check in checks.items():
        message = check(page)
        if message:
            yield Problem.of(rules.PAGES_CONTRADICT, message, f"/response/{name}")
            return


def _current_page(page: ListResponse) -> str | None:
    """A page after the last page is empty."""
    current, last = page.current_page, page.last_page
    if page.requests and current is not None and last is not None and current > last:
        return f"expected no requests after the last page {last}, got {_requests(page)} on page {current}"
    return None


def _last_page(page: ListResponse) -> str | None:
    last, total, size = page.last_page, page.total, page.per_page
    if last is None or total is None or not size:
        return None
    expected = -(-total // size)
    if last == expected or (last == 1 and not total):  # without any request there is one page, or none
        return None
    return f"expected {expected} pages for {total} requests with {size} per page, got {last}"


def _data(page: ListResponse) -> str | None:
    """All pages are full, except the last one."""
    count, size = len(page.requests), page.per_page
    if not size:
        return None
    if page.total is None or not page.current_page:
        return f"expected at most {size} requests on a page, got {count}" if count > size else None
    expected = max(0, min(size, page.total - (page.current_page - 1) * size))
    if count == expected:
        return None
    where = f"on page {page.current_page} of {page.total} requests with {size} per page"
    return f"expected {expected} requests {where}, got {count}"


def _from(page: ListResponse) -> str | None:
    if not page.requests or page.from_ is None or not page.current_page or not page.per_page:
        return None
    expected = (page.current_page - 1) * page.per_page + 1
    if page.from_ == expected:
        return None
    where = f"page {page.current_page} with {page.per_page} requests per page"
    return f"expected {where} to begin at {expected}, got {page.from_}"


def _to(page: ListResponse) -> str | None:
    first, last = page.from_, page.to
    if first is None or last is None or not (page.requests or first or last):  # an empty page may have 0 for null
        return None
    expected = first + len(page.requests) - 1
    if last != expected:
        return f"expected {_requests(page)} that begin at {first} to end at {expected}, got {last}"
    if page.requests and page.total is not None and last > page.total:
        return f"expected a position up to the total of {page.total}, got {last}"
    return None


def _requests(page: ListResponse) -> str:
    count = len(page.requests)
    return "1 request" if count == 1 else f"{count} requests"


# Requests.


def _in_requests(requests: Iterable[BulkRequest], pointer: str, now: float) -> Iterator[Problem]:
    first_places: dict[int, str] = {}
    for number, request in enumerate(requests):
        place = f"{pointer}/{number}"
        first = first_places.setdefault(request.id, place)
        if first != place:
            message = f"expected a unique id, got {request.id} again, first at {first}"
            yield Problem.of(rules.DUPLICATE_ID, message, f"{place}/id")
        yield from _dates(request, place, now)
        yield from _counts(request, place)


def _dates(request: BulkRequest, place: str, now: float) -> Iterator[Problem]:
    start, end = request.date_start, request.date_end
    for name, moment in (("date_start", start), ("date_end", end)):
        if moment is None:
            continue
        if moment.timestamp() > now + _DAY:
            message = f"expected a date that is not in the future, got {_iso(moment)}"
            yield Problem.of(rules.FUTURE_DATE, message, f"{place}/{name}")
        elif moment.year < _FIRST_YEAR:
            message = f"expected a date of {_FIRST_YEAR} or later, got {_iso(moment)}"
            yield Problem.of(rules.EARLY_DATE, message, f"{place}/{name}")
    if start and end and end < start:
        message = f"expected date_end not to be before date_start {_iso(start)}, got {_iso(end)}"
        yield Problem.of(rules.DATES_REVERSED, message, f"{place}/date_end")


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _counts(request: BulkRequest, place: str) -> Iterator[Problem]:
    """Compare the total of a finished request with its parts; those of a running request need not add up."""
    total, invalid = request.total_emails, request.invalid_emails
    processed, failed = request.processed_emails, request.failed_emails
    if not request.ready or total is None or invalid is None or processed is None or failed is None:
        return
    if total != invalid + processed + failed:
        parts = f"{invalid} invalid, {processed} processed and {failed} failed emails"
        message = f"expected total_emails of a ready request to be the sum of {parts}, got {total}"
        yield Problem.of(rules.COUNTS_DIFFER, message, f"{place}/total_emails")
