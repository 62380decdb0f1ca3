"""What a body says about the bulk requests it is about, small enough to be kept for all bodies of a run."""

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

_NUMBER: Final = re.compile(r"\d+")
_STEPS: Final = re.compile(r"!?/")

_VALUES: Final[dict[type[BaseModel], Callable[[dict[str, object]], object]]] = {
    model: itemgetter(*model.model_fields) for model in (BulkRequest, EmailRecord, FailedEmail)
}

_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """What one body says about one bulk request."""

    request: str
    """The id of the request."""
    endpoint: EndpointName
    format: str
    file: str
    inner: str
    pointer: str
    """Where in the body."""
    ready: bool | None
    """What a status says."""
    counts: tuple[int | None, int | None, int | None] | None
    """The invalid, processed and failed addresses that a status tells."""
    records: int | None
    """How many records a completed or failed body holds."""
    digest: bytes
    """Equal for equal content, whatever the format; undocumented fields are left out."""


def request_of(name: str) -> str | None:
    """Tell the id of a request by the one number in the name of a file, or else by a folder that is named by it.

    >>> request_of("dumps/completed-544.json.gz"), request_of("dumps/544/failed.csv"), request_of("2018-06-05.json")
    ('544', '544', None)
    """
    *folders, last = _STEPS.split(plain_name(name))
    numbers = _NUMBER.findall(last.partition(".")[0])
    if len(numbers) == 1:
        return str(numbers[0]).lstrip("0") or None
    folder = folders[-1] if folders else ""
    return (folder.lstrip("0") or None) if not numbers and folder.isdecimal() and folder.isascii() else None


def facts_of(source: Source, response: Response | None, format: str | None) -> Iterator[Fact]:
    """Give what a body says about each of its requests."""
    if isinstance(response, (StatusResponse, ListResponse)):
        at = "/response" if isinstance(response, StatusResponse) else "/response/data"
        for index, request in enumerate(response.requests):
            if request.ready is not None:
                yield _of_request(source, request, format or "", f"{at}/{index}", response.endpoint)
    elif isinstance(response, (CompletedResponse, FailedResponse)):
        name = source.inner if source.inner and "#" not in source.inner else source.file
        request_id = source.request or ("#" not in source.inner and request_of(name)) or None
        records = response.records if isinstance(response, CompletedResponse) else response.failures
        if request_id is not None and records:
            yield Fact(
                request_id, response.endpoint, format or "", source.file, source.inner, "/response",
                None, None, len(records), _digest(records),
            )  # fmt: skip


def _of_request(source: Source, request: BulkRequest, format: str, pointer: str, endpoint: EndpointName) -> Fact:
    counts = request.invalid_emails, request.processed_emails, request.failed_emails
    values = repr(_VALUES[BulkRequest](vars(request))).encode()
    digest = blake2b(values, digest_size=16).digest()
    return Fact(
        str(request.id), endpoint, format, source.file, source.inner, pointer, request.ready, counts, None, digest
    )


def _digest(records: Sequence[BaseModel]) -> bytes:
    values_of = _VALUES[type(records[0])]
    digest = blake2b(digest_size=16)
    for start in range(0, len(records), _CHUNK):
        values = [values_of(vars(record)) for record in records[start : start + _CHUNK]]
        digest.update(marshal.dumps(values, 0))  # version 0: without marks of what is interned
    return digest.digest()


_Key: TypeAlias = tuple[str, str, str, bool | None]

_Order: TypeAlias = tuple[str | int, ...]

_NUMBERS: Final = re.compile(r"(\d+)")


@lru_cache(maxsize=4096)
def _order_of(file: str, inner: str) -> _Order:
    """Order places by their names, with numbers by their size; entries of a recording are in the order of time."""
    parts: list[str | int] = [*_NUMBERS.split(f"{file}\0{inner}")]
    parts[1::2] = map(int, parts[1::2])
    return tuple(parts)


def _order(fact: Fact) -> _Order:
    return _order_of(fact.file, fact.inner)


@dataclass(slots=True)
class Facts:
    """The first and the last body of each kind for each request, so that memory grows with the requests only."""

    _kept: dict[_Key, tuple[Fact, Fact]] = field(default_factory=dict[_Key, tuple[Fact, Fact]])

    def add(self, facts: Iterable[Fact]) -> None:
        """Take in what another body says."""
        for fact in facts:
            key = fact.request, fact.endpoint, fact.format, fact.ready
            kept = self._kept.setdefault(key, (fact, fact))
            if kept[0] is not fact:
                self._kept[key] = min(kept[0], fact, key=_order), max(kept[1], fact, key=_order)

    def __add__(self, other: Facts) -> Facts:
        both = Facts(dict(self._kept))
        for pair in other._kept.values():
            both.add(pair)
        return both

    def contradictions(self) -> Iterator[tuple[Fact, Problem]]:
        """Return what bodies say against each other, request by request, each with the fact that it is about."""
        requests: dict[str, list[tuple[Fact, Fact]]] = {}
        for key, pair in self._kept.items():
            requests.setdefault(key[0], []).append(pair)
        for _, pairs in sorted(requests.items(), key=lambda item: (len(item[0]), item[0])):
            ordered = sorted(pairs, key=lambda pair: _order(pair[1]))
            yield from (*_counts(ordered), *_formats(ordered), *_unready(ordered))


def _counts(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Compare the number of records with what the last status says that is ready."""
    status = next((last for _, last in reversed(pairs) if last.ready), None)
    if status is None or status.counts is None:
        return
    invalid, processed, failed = status.counts
    said = {"completed": (processed,), "failed": (failed, invalid, None if None in (invalid, failed) else _sum(status))}
    for _, last in pairs:
        expected = [count for count in said.get(last.endpoint, ()) if count is not None]
        if expected and last.records not in expected:
            words = " or ".join(map(str, dict.fromkeys(expected)))
            message = (
                f"expected {words} records of request {last.request}, as {_place(status)} says, got {last.records}"
            )
            yield last, Problem.of(rules.COUNTS_DISAGREE, message, last.pointer)


def _sum(status: Fact) -> int:
    invalid, _, failed = status.counts or (None, None, None)
    return (invalid or 0) + (failed or 0)


def _formats(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Compare the last bodies in each format of the same endpoint, a status only where it is ready."""
    by_kind: dict[str, Fact] = {}
    for _, last in pairs:
        if last.ready is False:
            continue
        before = by_kind.setdefault(last.endpoint, last)
        if before.format != last.format and before.digest != last.digest:
            came = "other values" if before.records == last.records else f"{last.records} records, not {before.records}"
            message = f"expected the same of request {last.request} as in {_place(before)}, got {came}"
            yield last, Problem.of(rules.FORMATS_DISAGREE, message, last.pointer)


def _unready(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Look for a status that is not ready behind one that is."""
    ready = min((first for first, _ in pairs if first.ready), key=_order, default=None)
    unready = max((last for _, last in pairs if last.ready is False), key=_order, default=None)
    if ready is not None and unready is not None and _order(ready) < _order(unready):
        message = f"expected request {ready.request} to stay ready, as {_place(ready)} says it is, got ready 0"
        yield unready, Problem.of(rules.UNREADY_AGAIN, message, f"{unready.pointer}/ready")


def _place(fact: Fact) -> str:
    return escape(fact.file + fact.inner)
