"""Contradictions across bodies of the same bulk request.

Each body is reduced to facts, which are small enough to be kept for all bodies of a run.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Final, TypeAlias

from pydantic import BaseModel

from ..files.paths import plain_name
from ..models import (
    BulkRequest,
    CompletedResponse,
    EmailRecord,
    EndpointName,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from ..problems import Problem, escape, rules
from ..sources import Source

__all__ = ["Fact", "Facts", "facts_of", "request_of"]

_NUMBER: Final = re.compile(r"(\d+)")
_SEPARATOR: Final = re.compile(r"!?/")
_CHUNK: Final = 1000
_values_of: Final[dict[type[BaseModel], Callable[[dict[str, object]], object]]] = {
    model: itemgetter(*model.model_fields) for model in (BulkRequest, EmailRecord, FailedEmail)
}
"""For each record model, a function that returns the documented values of a record."""


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
    """Equal for equal documented values in any format."""
    ready: bool | None = None
    """The value in a status or list body."""
    counts: tuple[int | None, int | None, int | None] | None = None
    """The numbers of invalid, processed and failed addresses in a status or list body."""
    records: int | None = None
    """The number of records in a completed or failed body."""


def request_of(name: str) -> str | None:
    """Return the request id in a file name, if it has exactly one number, or in the name of its folder.

    >>> request_of("dumps/completed-544.json.gz"), request_of("dumps/544/failed.csv"), request_of("2018-06-05.json")
    ('544', '544', None)
    """
    *folders, last = _SEPARATOR.split(plain_name(name))
    numbers: list[str] = _NUMBER.findall(last.partition(".")[0])
    if len(numbers) == 1:
        return numbers[0].lstrip("0") or None
    folder = folders[-1] if folders else ""
    return (folder.lstrip("0") or None) if not numbers and folder.isdecimal() and folder.isascii() else None


def facts_of(source: Source, response: Response | None, format: str | None) -> Iterator[Fact]:
    """Return what a body contains about each of its requests."""
    if isinstance(response, (StatusResponse, ListResponse)):
        pointer = "/response" if isinstance(response, StatusResponse) else "/response/data"
        for index, request in enumerate(response.requests):
            if request.ready is not None:
                yield Fact(
                    str(request.id),
                    response.endpoint,
                    format or "",
                    source.file,
                    source.inner,
                    f"{pointer}/{index}",
                    blake2b(repr(_values_of[BulkRequest](vars(request))).encode(), digest_size=16).digest(),
                    ready=request.ready,
                    counts=(request.invalid_emails, request.processed_emails, request.failed_emails),
                )
    elif isinstance(response, (CompletedResponse, FailedResponse)):
        name = source.inner if source.inner and "#" not in source.inner else source.file
        request_id = source.request or ("#" not in source.inner and request_of(name)) or None
        records = response.records if isinstance(response, CompletedResponse) else response.failures
        if request_id is not None and records:
            yield Fact(
                request_id,
                response.endpoint,
                format or "",
                source.file,
                source.inner,
                "/response",
                _digest(records),
                records=len(records),
            )


def _digest(records: Sequence[BaseModel]) -> bytes:
    values_of = _values_of[type(records[0])]
    digest = blake2b(digest_size=16)
    for start in range(0, len(records), _CHUNK):
        values = [values_of(vars(record)) for record in records[start : start + _CHUNK]]
        digest.update(marshal.dumps(values, 0))  # version 0 does not depend on which strings are interned
    return digest.digest()


_Key: TypeAlias = tuple[str, str, str, bool | None]
_Order: TypeAlias = tuple[str | int, ...]


@lru_cache(maxsize=4096)
def _order_of(file: str, inner: str) -> _Order:
    """Return the sort key of a source: its name, with numbers by value, so that recorded entries are in time order."""
    parts: list[str | int] = [*_NUMBER.split(f"{file}\0{inner}")]
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def _order(fact: Fact) -> _Order:
    return _order_of(fact.file, fact.inner)


@dataclass(slots=True)
class Facts:
    """The first and the last body of each kind for each request, so that memory depends on the requests only."""

    _kept: dict[_Key, tuple[Fact, Fact]] = field(default_factory=dict[_Key, tuple[Fact, Fact]])

    def add(self, facts: Iterable[Fact]) -> None:
        """Add what another body contains."""
        for fact in facts:
            key = fact.request, fact.endpoint, fact.format, fact.ready
            first, last = self._kept.setdefault(key, (fact, fact))
            if first is not fact:
                self._kept[key] = min(first, fact, key=_order), max(last, fact, key=_order)

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
        for _, pairs in sorted(requests.items(), key=lambda item: (len(item[0]), item[0])):
            ordered = sorted(pairs, key=lambda pair: _order(pair[1]))
            yield from (*_counts(ordered), *_formats(ordered), *_unready(ordered))


def _counts(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Compare the numbers of records with the counts in the last status that is ready."""
    status = next((last for _, last in reversed(pairs) if last.ready), None)
    if status is None or status.counts is None:
        return
    invalid, processed, failed = status.counts
    # it is not documented whether a failed body has the invalid addresses, too
    both = invalid + failed if invalid is not None and failed is not None else None
    counts = {"completed": (processed,), "failed": (failed, invalid, both)}
    for _, last in pairs:
        expected = [count for count in counts.get(last.endpoint, ()) if count is not None]
        if expected and last.records not in expected:
            numbers = " or ".join(map(str, dict.fromkeys(expected)))
            message = f"expected {numbers} records of request {last.request} as in {_place(status)}, got {last.records}"
            yield last, Problem.of(rules.COUNTS_DISAGREE, message, last.pointer)


def _formats(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Compare the last bodies of the same endpoint in each format, except a status that is not ready."""
    by_endpoint: dict[str, Fact] = {}
    for _, last in pairs:
        if last.ready is False:
            continue
        other = by_endpoint.setdefault(last.endpoint, last)
        if other.format != last.format and other.digest != last.digest:
            difference = f"{last.records} records instead of {other.records}"
            if other.records == last.records:
                difference = "other values"
            message = f"expected the same data of request {last.request} as in {_place(other)}, got {difference}"
            yield last, Problem.of(rules.FORMATS_DISAGREE, message, last.pointer)


def _unready(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Find a status that is not ready after one that is."""
    ready = min((first for first, _ in pairs if first.ready), key=_order, default=None)
    unready = max((last for _, last in pairs if last.ready is False), key=_order, default=None)
    if ready is not None and unready is not None and _order(ready) < _order(unready):
        message = f"expected request {ready.request} to stay ready as in {_place(ready)}, got ready 0"
        yield unready, Problem.of(rules.UNREADY_AGAIN, message, f"{unready.pointer}/ready")


def _place(fact: Fact) -> str:
    return escape(fact.file + fact.inner)
