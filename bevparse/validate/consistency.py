"""Contradictions within one body: addresses, hosts and results of records, page numbers, counts and dates of requests.

There may be a million records, so each check looks at many of them at once, and at single records only if it has to.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv6Address
from itertools import chain
from operator import itemgetter
from typing import Any, Final, TypeAlias, cast

from ..models import BulkRequest, CompletedResponse, ListResponse, StatusResponse
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule
from .content import VERDICT, Content, Verdict, Verdicts

__all__ = ["are_consistent", "inconsistencies"]

_LIMIT: Final = 100
_BLOCK: Final = 2**14
"""The number of texts that are matched at once."""
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
_DOTTED: Final = re.compile(rf"(?:{_ATOM}|\.)++@(?:{_DOMAIN}|{_LITERAL})\Z")
"""An address with dots anywhere, as docomo and other providers in Japan have assigned them."""
_HOST: Final = re.compile(rf"(?![0-9.]+\Z){_DOMAIN}\Z")
"""A host name, but no IP address, which is not allowed for a mail exchanger."""
_BYTE: Final = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IP: Final = re.compile(
    rf"\[?(?:(?P<v4>{_BYTE}(?:\.{_BYTE}){{3}})|(?:IPv6:)?(?P<v6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*))\]?\.?\Z"
)
"""An IP address, also as an address literal or with the dot of a host name. IPv6 has further rules."""

# Nearly all addresses and hosts fit these narrower patterns, which check many of them at once, one on each line.
_PLAIN: Final = r"[A-Za-z0-9_+-]++"
_NAME: Final = r"[A-Za-z0-9]++(?:[.-][A-Za-z0-9]++)*+"
_PLAIN_ADDRESSES: Final = re.compile(rf"(?:{_PLAIN}(?:\.{_PLAIN})*+@{_NAME}\n)*+")
_PLAIN_HOSTS: Final = re.compile(rf"(?:(?![0-9.]+\n){_NAME}\.?\n)*+")
_NULL_MX: Final = (".",)
"""The mail exchangers of a domain that accepts no mail (RFC 7505). Source: observed."""
_FORMAT: Final = VERDICT.index("format_check")
_CONTRADICTING: Final = tuple(map(VERDICT.index, ("format_check", "smtp_check", "dns_check", "result")))
_Values: TypeAlias = Mapping[str, Any]
_Numbered: TypeAlias = tuple[int, Problem]
"""The index of a record, and a problem of it."""
_address_of: Callable[[_Values], str] = itemgetter("email_address")
_hosts_of: Callable[[_Values], tuple[str, ...]] = itemgetter("mx_records")
_verdict_of: Callable[[_Values], Verdict] = itemgetter(*VERDICT)


def inconsistencies(content: Content, *, now: float, limit: int = _LIMIT) -> Iterator[Problem]:
    """Return the contradictions within a body, with pointers into its canonical JSON and without lines.

    A missing value contradicts nothing, and neither does an undocumented one.

    Args:
        content: what the body contains; it was read without errors.
        now: seconds since 1970; dates more than a day later are in the future.
        limit: the maximum number of problems of one code.
    """
    if content.model is CompletedResponse:
        found = _in_records(content.addresses, content.hosts, content.verdicts, limit)
        yield from (problem for _, problem in found)
    elif content.model is StatusResponse:
        requests = cast(StatusResponse, content.response).requests
        yield from _limited(_in_requests(requests, "/response", now), limit)
    elif content.model is ListResponse:
        page = cast(ListResponse, content.response)
        yield from _in_page(page)
        yield from _limited(_in_requests(page.requests, "/response/data", now), limit)


def are_consistent(bodies: Sequence[Sequence[_Values]]) -> list[bool]:
    """Return for each of several completed bodies whether it has no contradictions. `inconsistencies` is slower.

    Args:
        bodies: the values of the records of each body.
    """
    found = [True] * len(bodies)
    owners = [number for number, records in enumerate(bodies) for _ in records]
    records = list(chain.from_iterable(bodies))
    columns = list(map(_address_of, records)), list(map(_hosts_of, records)), Verdicts(map(_verdict_of, records))
    for number, _ in _in_records(*columns, sys.maxsize):
        found[owners[number]] = False
    return found


def _limited(problems: Iterable[Problem], limit: int) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.code] = counts.get(problem.code, 0) + 1
        if counts[problem.code] <= limit:
            yield problem


# Records.


class _Room:
    """How many problems of each rule may still be reported."""

    def __init__(self, limit: int) -> None:
        self._left: defaultdict[Rule, int] = defaultdict(lambda: limit)

    def is_left(self, rule: Rule) -> bool:
        """Return whether a problem of a rule may still be reported."""
        return self._left[rule] > 0

    def filled(self, rule: Rule, number: int, message: str, place: str) -> _Numbered:
        """Return a problem of a record, and count it.

        Args:
            rule: the rule.
            number: the index of the record.
            message: the message.
            place: the pointer in the record.
        """
        self._left[rule] -= 1
        return number, Problem.of(rule, message, f"/response/{number}{place}")


def _in_records(
    addresses: Sequence[str], hosts: Sequence[tuple[str, ...]], verdicts: Verdicts, limit: int
) -> list[_Numbered]:
    """Return the contradictions in records, in the order of the records."""
    room = _Room(limit)
    found = [*_addresses(addresses, verdicts, room), *_hosts(hosts, room), *_results(verdicts, room)]
    return sorted(found, key=itemgetter(0))


def _addresses(addresses: Sequence[str], verdicts: Verdicts, room: _Room) -> Iterator[_Numbered]:
    for number in _unusual(addresses, _PLAIN_ADDRESSES):
        address = addresses[number]
        stripped = address.strip()  # blanks around an address, as in submitted lists, do not contradict the check
        if not verdicts.distinct[verdicts.numbers[number]][_FORMAT] or _ADDRESS.match(stripped):
            continue
        is_dotted = _DOTTED.match(stripped) is not None
        rule = rules.DOTTED_ADDRESS if is_dotted else rules.BAD_ADDRESS
        if room.is_left(rule):
            expected = "single dots between letters" if is_dotted else "an email address"
            message = f"expected {expected} because formatCheck is true, got {format_value(address)}"
            yield room.filled(rule, number, message, "/emailAddress")
        elif rule is rules.BAD_ADDRESS:
            return


def _hosts(hosts: Sequence[tuple[str, ...]], room: _Room) -> Iterator[_Numbered]:
    distinct = list(set(hosts) - {_NULL_MX})
    names = list(chain.from_iterable(distinct))
    wrong = {names[number] for number in _unusual(names, _PLAIN_HOSTS) if not _HOST.match(names[number])}
    lists = {some for some in distinct if not wrong.isdisjoint(some)} if wrong else set[tuple[str, ...]]()
    for number, some in enumerate(hosts) if lists else ():
        for index, host in enumerate(some) if some in lists else ():
            rule = rules.IP_HOST if _is_ip(host) else rules.BAD_HOST
            if host in wrong and room.is_left(rule):
                message = f"expected a host name, got {format_value(host)}"
                yield room.filled(rule, number, message, f"/mxRecords/{index}")
            elif host in wrong and rule is rules.BAD_HOST:
                return


def _is_ip(host: str) -> bool:
    found = _IP.match(host)
    if found is None or found["v4"]:
        return found is not None
    try:
        IPv6Address(found["v6"])
    except ValueError:
        return False
    return True


def _unusual(texts: Sequence[str], plain: re.Pattern[str]) -> Iterator[int]:
    """Return the indexes of texts that are not plain.

    Args:
        texts: the texts.
        plain: matches as many plain texts as possible, each with a line feed.
    """
    for start in range(0, len(texts), _BLOCK):
        some = texts[start : start + _BLOCK]
        lines = "\n".join(some) + "\n"
        if lines.count("\n") != len(some):
            yield from range(start, start + len(some))
            continue
        number, begin = start, 0
        while (end := cast("re.Match[str]", plain.match(lines, begin)).end()) < len(lines):
            number += lines.count("\n", begin, end)
            yield number
            number, begin = number + 1, lines.index("\n", end) + 1


def _results(verdicts: Verdicts, room: _Room) -> Iterator[_Numbered]:
    messages = list(map(_contradiction, verdicts.distinct))
    for number, verdict in enumerate(verdicts.numbers) if any(messages) else ():
        message = messages[verdict]
        if message and not room.is_left(rules.RESULT_CONTRADICTS):
            return
        if message:
            yield room.filled(rules.RESULT_CONTRADICTS, number, message, "/result")


def _contradiction(verdict: Verdict) -> str | None:
    """Return why a result contradicts the checks of format, SMTP and DNS, or None."""
    *checks, result = (verdict[place] for place in _CONTRADICTING)
    if result == "ok" and False in checks:
        names = zip(("formatCheck", "smtpCheck", "dnsCheck"), checks, strict=True)
        failed = " and ".join(name for name, value in names if value is False)
        return f"expected no check to be false because result is 'ok', got {failed} false"
    if result == "smtp-failed" and checks[1]:
        return "expected smtpCheck not to be true because result is 'smtp-failed', got true"
    return None


# Pages.


def _in_page(page: ListResponse) -> Iterator[Problem]:
    """Return the first contradiction of a page only. Its numbers depend on each other: one error causes several."""
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
    """Return the contradiction if a page after the last page has requests, or None."""
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
    """Return the contradiction if a page is not full and not the last one, or None."""
    count, size = len(page.requests), page.per_page
    if not size:
        return None
    if page.total is None or not page.current_page:
        return f"expected at most {size} requests on a page, got {count}" if count > size else None
    expected = max(0, min(size, page.total - (page.current_page - 1) * size))
    if count == expected:
        return None
    where = f"on page {page.current_page}, with {page.total} requests in total and {size} per page"
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
        return f"expected the page to end at most at {page.total}, the total, got {last}"
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
    """Compare the total of a request with the sum of its parts, which may be less while the request is running."""
    total, invalid = request.total_emails, request.invalid_emails
    processed, failed = request.processed_emails, request.failed_emails
    parts = (invalid, processed, failed)
    known = [count for count in parts if count is not None]
    if total is None or not known:
        return
    is_whole = bool(request.ready) and len(known) == len(parts)
    if sum(known) > total or (is_whole and sum(known) != total):
        named = zip(parts, ("invalid", "processed", "failed"), strict=True)
        *some, last = (f"{count} {name}" for count, name in named if count is not None)
        least = "of a ready request to be" if is_whole else "to be at least"
        shown = f"{', '.join(some)} and {last}" if some else last
        message = f"expected total_emails {least} the sum of {shown} emails, got {total}"
        yield Problem.of(rules.COUNTS_DIFFER, message, f"{place}/total_emails")
