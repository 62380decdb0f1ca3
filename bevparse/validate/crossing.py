"""Bodies of one run beside each other: what they say about the same request must agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from ..problems import Problem, printable
from .facts import Fact
from .report import Checked
from .selection import Selection

__all__ = ["Facts"]

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

    def disagreements(self, selection: Selection) -> Iterator[Checked]:
        """Say where bodies contradict each other, request by request."""
        requests: dict[str, list[tuple[Fact, Fact]]] = {}
        for key, pair in self._kept.items():
            requests.setdefault(key[0], []).append(pair)
        for _, pairs in sorted(requests.items(), key=lambda item: (len(item[0]), item[0])):
            ordered = sorted(pairs, key=lambda pair: _order(pair[1]))
            for fact, problem in (*_counts(ordered), *_formats(ordered), *_unready(ordered)):
                if chosen := selection.chosen((problem,), fact.file + fact.inner):
                    yield Checked(fact.file, fact.inner, problems=chosen, outcome="remark")


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
            yield last, Problem("BEV420", message, last.pointer)


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
            yield last, Problem("BEV421", message, last.pointer)


def _unready(pairs: list[tuple[Fact, Fact]]) -> Iterator[tuple[Fact, Problem]]:
    """Look for a status that is not ready behind one that is."""
    ready = min((first for first, _ in pairs if first.ready), key=_order, default=None)
    unready = max((last for _, last in pairs if last.ready is False), key=_order, default=None)
    if ready is not None and unready is not None and _order(ready) < _order(unready):
        message = f"expected request {ready.request} to stay ready, as {_place(ready)} says it is, got ready 0"
        yield unready, Problem("BEV422", message, f"{unready.pointer}/ready")


def _place(fact: Fact) -> str:
    return printable(fact.file + fact.inner)
