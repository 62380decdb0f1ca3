"""Contradictions across bodies of the same bulk request.

Each body is reduced to facts, which are small enough to be kept for all bodies of a run.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Final, TypeAlias, cast
from zlib import crc32

from ..endpoints import endpoint_of
from ..models import (
    BulkRequest,
    CompletedResponse,
    EmailRecord,
    EndpointName,
    FailedResponse,
    ListResponse,
    StatusResponse,
)
from ..payloads.layout import layout_of
from ..problems import Problem, escape, format_value, rules
from ..sources import Source
from ..sources.requests import request_of
from ..wire import RESULTS
from .content import VERDICT, Content, Verdicts

__all__ = ["ACROSS", "Fact", "Facts", "facts_of"]

ACROSS: Final = frozenset({rules.COUNTS_DISAGREE, rules.FORMATS_DISAGREE, rules.UNREADY_AGAIN, rules.ORDER_DIFFERS})
"""Rules about several bodies, which are reported after all files."""
_NUMBER: Final = re.compile(r"([0-9]+)")
_values_of: Callable[[dict[str, object]], tuple[object, ...]] = itemgetter(*BulkRequest.model_fields)
"""Returns the documented values of a request."""
_WIRE_NAMES: Final = {field.attribute: field.wire.name for field in layout_of(EmailRecord).fields}
_MOST_DIFFERENCES: Final = 3
_ADDRESSES: Final = "addresses"
_HOSTS: Final = "mail servers"
_ERRORS: Final = "errors"
_HASHED: Final = {_ADDRESSES, _HOSTS, _ERRORS}
"""The names in `Fact.values` whose value is a hash."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one body contains about one bulk request."""

    request: str
    """The id of the request."""
    endpoint: EndpointName
    format: str
    file: str
    inner: str
    pointer: str
    """The pointer of the request or of the records."""
    digest: bytes
    """A hash of the documented values, which is the same in any format, and for records in any order."""
    values: str = ""
    """What can be compared, a name and a value on each line: the values of a request, or counts of records."""
    order: int = 0
    """A checksum of the order of the records; 0 for a request."""
    by_name: bool = False
    """Whether the id is the number in the name of the file, which may also be another number."""
    ready: bool | None = None
    """The value of `ready` in a status or list body; None for other bodies."""
    counts: tuple[int | None, int | None, int | None] | None = None
    """The numbers of invalid, processed and failed addresses in a status or list body; None for other bodies."""
    records: int | None = None
    """The number of records in a completed or failed body; None for other bodies."""


def facts_of(source: Source, content: Content, format: str | None) -> Iterator[Fact]:
    """Return what a body contains about each of its requests."""
    endpoint = endpoint_of(content.model)
    if content.model in (StatusResponse, ListResponse):
        pointer = "/response" if content.model is StatusResponse else "/response/data"
        for index, request in enumerate(cast("StatusResponse | ListResponse", content.response).requests):
            if request.ready is not None:
                yield Fact(
                    str(request.id),
                    endpoint,
                    format or "",
                    source.file,
                    source.inner,
                    f"{pointer}/{index}",
                    blake2b(repr(_values_of(vars(request))).encode(), digest_size=16).digest(),
                    "\n".join(map(_line, BulkRequest.model_fields, _values_of(vars(request)))),
                    ready=request.ready,
                    counts=(request.invalid_emails, request.processed_emails, request.failed_emails),
                )
    elif content.model in (CompletedResponse, FailedResponse):
        request_id, by_name = request_of(source)
        if request_id is not None and len(content.records):
            yield Fact(
                request_id,
                endpoint,
                format or "",
                source.file,
                source.inner,
                "/response",
                *_digests(content),
                by_name,
                records=len(content.records),
            )


def _line(name: str, value: object) -> str:
    """Return a line of `Fact.values`."""
    if value is None:
        return f"{name} missing"
    return f"{name} {value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else f"{name} {value:d}"


def _digests(content: Content) -> tuple[bytes, str, int]:
    """Return a digest of the records in the order of their addresses, counts of them, and a digest of their order."""
    addresses, digest = content.addresses, blake2b(digest_size=16)
    order = sorted(range(len(addresses)), key=addresses.__getitem__)

    def add(texts: Iterable[str]) -> int:
        data = "\0".join(texts).encode("utf-8", "surrogatepass")
        digest.update(data)
        return crc32(data)

    values = [f"{_ADDRESSES} {add([addresses[index] for index in order])}"]
    if content.model is CompletedResponse:
        words, numbers = list(map(repr, content.verdicts.distinct)), content.verdicts.numbers
        add([words[numbers[index]] for index in order])
        all_hosts = content.hosts
        hosts = [all_hosts[index] for index in order]
        values += _counts_by_value(content.verdicts)
        values.append(f"{_HOSTS} {add(chain.from_iterable(hosts))}")
        digest.update(array("I", map(len, hosts)).tobytes())
    else:
        errors = content.records.column("error")
        values.append(f"{_ERRORS} {add([repr(errors[index]) for index in order])}")
    return digest.digest(), "\n".join(values), crc32("\0".join(addresses).encode("utf-8", "surrogatepass"))


def _counts_by_value(verdicts: Verdicts) -> Iterator[str]:
    """Return lines of `Fact.values`: how many records have each value of each check, and each result."""
    counts, sums = Counter(verdicts.numbers), Counter[str]()
    for number, verdict in enumerate(verdicts.distinct):
        for attribute, value in zip(VERDICT, verdict, strict=True):
            sums[f"{_WIRE_NAMES[attribute]} {_word(value)}"] += counts[number]
    yield from (f"{name} {count}" for name, count in sums.items())


def _word(value: bool | str | None) -> str:
    if isinstance(value, str):
        return value if value in RESULTS else "(another word)"
    return format_value(value)


_Order: TypeAlias = tuple[str | tuple[int, str], ...]
_Key: TypeAlias = tuple[str, str, str, bool | None, str]


@lru_cache(maxsize=4096)
def _order_of(file: str, inner: str) -> _Order:
    """Return the sort key of a source: its name, with numbers by value, so that recorded entries are in time order."""
    names: list[str] = _NUMBER.split(f"{file}\0{inner}")
    parts: list[str | tuple[int, str]] = [*names]
    digits = (number.lstrip("0") for number in names[1::2])
    parts[1::2] = [(len(number), number) for number in digits]  # int refuses thousands of digits
    return tuple(parts)


def _order(fact: Fact) -> _Order:
    return _order_of(fact.file, fact.inner)


def _series(fact: Fact) -> str:
    """Return the name of a source with 0 for each number. It is the same for all sources of a series."""
    return _NUMBER.sub("0", f"{fact.file}\0{fact.inner}")


def _is_before(one: Fact, other: Fact) -> bool:
    """Return whether one source is before another by their names, whose first difference is a smaller number.

    Names that first differ in other characters, such as final.json and running.json, have no order.
    """
    mine, theirs = _order(one), _order(other)
    pairs = enumerate(zip(mine, theirs, strict=False))
    first = next((place for place, (part, another) in pairs if part != another), 0)
    return first % 2 == 1 and mine < theirs


@dataclass(slots=True)
class Facts:
    """What the bodies of a run contain about each request.

    Of the bodies with the same endpoint, format and `ready`, only the first and the last are kept, to save memory.
    Of status and list bodies, they are kept for each series of names that differ only in numbers.
    """

    _kept: dict[_Key, tuple[Fact, Fact]] = field(default_factory=dict[_Key, tuple[Fact, Fact]])

    def add(self, facts: Iterable[Fact]) -> None:
        """Add what another body contains."""
        for fact in facts:
            series = "" if fact.ready is None else _series(fact)
            key = fact.request, fact.endpoint, fact.format, fact.ready, series
            first, last = self._kept.setdefault(key, (fact, fact))
            if first is not fact:
                order = _order(fact)
                if order < _order(first):
                    self._kept[key] = fact, last
                elif order > _order(last):
                    self._kept[key] = first, fact

    def __add__(self, other: Facts) -> Facts:
        both = Facts(dict(self._kept))
        for pair in other._kept.values():
            both.add(pair)
        return both

    def contradictions(self) -> Iterator[tuple[Fact, Problem]]:
        """Return the contradictions across bodies, request by request, each with the fact that it is about."""
        requests: dict[str, list[tuple[Fact, Fact]]] = {}
        for key, pair in self._kept.items():
            requests.setdefault(key[0], []).append(pair)
        several = {request: pairs for request, pairs in requests.items() if len(pairs) > 1}
        for _, pairs in sorted(several.items(), key=lambda item: (len(item[0]), item[0])):
            ordered = sorted(pairs, key=lambda pair: _order(pair[1]))
            lasts = [last for _, last in ordered]
            yield from (*_counts(lasts), *_formats(lasts), *_unready(ordered))


def _counts(lasts: list[Fact]) -> Iterator[tuple[Fact, Problem]]:
    """Compare the numbers of records with the counts in the last status that is ready."""
    status = next((last for last in reversed(lasts) if last.ready), None)
    if status is None or status.counts is None:
        return
    invalid, processed, failed = status.counts
    # it is not documented whether a failed body has the invalid addresses, too
    both = invalid + failed if invalid is not None and failed is not None else None
    counts = {"completed": (processed,), "failed": (failed, invalid, both)}
    for last in lasts:
        expected = [count for count in counts.get(last.endpoint, ()) if count is not None]
        if expected and last.records not in expected:
            numbers = " or ".join(map(str, dict.fromkeys(expected)))
            expected_count = f"{numbers} records for {_request(last)}, the count in {_place(status)}"
            message = f"expected {expected_count}, got {last.records}"
            yield last, Problem.of(rules.COUNTS_DISAGREE, message, last.pointer)


def _formats(lasts: list[Fact]) -> Iterator[tuple[Fact, Problem]]:
    """Compare what one request returned in each format: the last body for each endpoint, except a status not ready.

    If only the names of files give the id of the request, they may mean something else by this number. Then only files
    are compared whose names differ in nothing but their suffixes.
    """
    is_known = not all(last.by_name for last in lasts)
    last_of_format = {(last.endpoint, last.format): last for last in lasts if last.ready is not False}
    by_endpoint: dict[str, Fact] = {}
    for last in sorted(last_of_format.values(), key=_order):
        other = by_endpoint.setdefault(last.endpoint, last)
        if other.format == last.format or (other.digest, other.order) == (last.digest, last.order):
            continue
        if not (is_known or _stem(other) == _stem(last)):
            continue
        rule, difference = rules.FORMATS_DISAGREE, ""
        if other.digest == last.digest:
            rule, difference = rules.ORDER_DIFFERS, "the records in another order"
        elif other.records != last.records:
            difference = f"{last.records} records instead of {other.records}"
        difference = difference or _difference(other, last)
        message = f"expected the same data for {_request(last)} as in {_place(other)}, got {difference}"
        yield last, Problem.of(rule, message, last.pointer)


def _difference(one: Fact, other: Fact) -> str:
    """Return the values in which a body differs from another body, for a message."""
    before, after = ({name: value for name, _, value in _split(fact.values)} for fact in (one, other))
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    describe = _changed if one.records is None else _recounted
    found = [describe(name, before.get(name, "0"), after.get(name, "0")) for name in changed[:_MOST_DIFFERENCES]]
    if len(changed) > _MOST_DIFFERENCES:
        found.append(f"and {len(changed) - _MOST_DIFFERENCES} more")
    return "; ".join(found) or "other checks or results"


def _split(values: str) -> Iterator[tuple[str, str, str]]:
    return (line.rpartition(" ") for line in values.split("\n"))


def _changed(name: str, before: str, after: str) -> str:
    return f"{name} {after} instead of {before}"


def _recounted(name: str, before: str, after: str) -> str:
    records = "record" if after == "1" else "records"
    return f"other {name}" if name in _HASHED else f"{name} in {after} {records} instead of {before}"


def _unready(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Return the problem of the last status that is not ready after an earlier one was, if there is such a status."""
    ready = sorted((first for first, _ in pairs if first.ready), key=_order, reverse=True)
    first_of_series = {_series(first): first for first in ready}
    for _, last in reversed(pairs):
        for first in (first_of_series.get(_series(last)), *ready[-1:]) if last.ready is False else ():
            if first is not None and _is_before(first, last):
                message = f"expected request {first.request} to stay ready as in {_place(first)}, got ready 0"
                yield last, Problem.of(rules.UNREADY_AGAIN, message, f"{last.pointer}/ready")
                return


def _request(fact: Fact) -> str:
    return f"request {fact.request}" + (" (the number in the name of the file)" if fact.by_name else "")


def _stem(fact: Fact) -> str:
    """Return the name of a source without its suffixes."""
    folder, _, name = (fact.file + fact.inner).rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


def _place(fact: Fact) -> str:
    return escape(fact.file + fact.inner)
