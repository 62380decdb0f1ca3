"""A body in blocks to stretches of whole records, each with the place where it begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from pydantic import BaseModel

from ..formats import Kind
from ..limits import Limits
from ..payloads.fields import RecordReader
from ..payloads.layout import ItemsField
from ..problems import Problem
from ..problems.findings import Findings
from ..tree import Node, Path

__all__ = [
    "BLOCK",
    "Cut",
    "FrameError",
    "Stretch",
    "Stretches",
    "TolerantReader",
    "Wrapped",
    "Wrapping",
    "blocks_of",
    "cut_stretches",
    "moved",
]

TolerantReader: TypeAlias = Callable[[Sequence[Node], int], Sequence[BaseModel]]
"""Reads nodes, the first of which has the given number, as records, and notes what there is to say about them.

Raises `ProblemLimitError` after as many errors as the limits allow.
"""

BLOCK: Final = 2**17
"""How many bytes are taken at a time: few enough to stay in the processor's cache."""

_MOST_BLOCKS: Final = 512


class FrameError(Exception):
    """The body is not cut into records so easily.

    Attributes:
        rest: what could not be cut, as much of it as was taken.
        ended: whether that is all to the end of the body.
    """

    def __init__(self, message: str, rest: Stretch | None = None, *, ended: bool = True) -> None:
        super().__init__(message)
        self.rest = rest
        self.ended = ended


class Stretch(NamedTuple):
    """Some records, as they stand in the body."""

    text: bytes
    line: int
    """The line on which it begins, from 1."""
    column: int
    """The character in that line with which it begins, from 1."""


Stretches: TypeAlias = Generator[Stretch, bool | None, None]
"""Gives stretch after stretch, and takes False for one that could not be read."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How records follow each other."""

    between: bytes
    """What stands where one record ends and the next begins."""
    ends: int
    """How many bytes of that belong to the record before."""
    begins: int
    """Where in it the next record begins."""
    tail: re.Pattern[bytes]
    """What follows the last record."""
    returns: bool
    """Whether a carriage return by itself ends a line."""


def blocks_of(data: bytes) -> Iterator[bytes]:
    """Give a body block by block."""
    return (data[start : start + BLOCK] for start in range(0, len(data), BLOCK))


def cut_stretches(first: bytes, begin: int, blocks: Iterator[bytes], cut: Cut) -> Stretches:
    """Cut a body into stretches that seem to hold whole records.

    Who cannot read one sends False, and gets it again with more behind it, as it may have been cut inside a record.

    Args:
        first: the first block.
        begin: where in it the first record begins.
        blocks: those that follow.
        cut: where records end.

    Raises:
        FrameError: the last record is not followed by the tail, or records are larger than some blocks together.
    """
    line, column = _place(1, 1, first[:begin], cut)
    rest, block, least = first[begin:], next(blocks, b""), 0
    while block:
        end = rest.rfind(cut.between) if len(rest) >= least else -1
        if end < 0 or (yield Stretch(rest[: end + cut.ends], line, column)) is False:
            if end >= 0:
                least = 2 * len(rest)  # what is tried again grows, so that it is not tried often
            if len(rest) > _MOST_BLOCKS * BLOCK:
                raise FrameError("records that are very large", Stretch(rest, line, column), ended=False)
        else:
            line, column = _place(line, column, rest[: end + cut.begins], cut)
            rest, least = rest[end + cut.begins :], 0
        rest, block = rest + block, next(blocks, b"")
    tail = cut.tail.search(rest, max(0, len(rest) - BLOCK))
    whole = Stretch(rest, line, column)
    if tail is None:
        raise FrameError("something behind the last record", whole)
    if tail.start() and (yield Stretch(rest[: tail.start()], line, column)) is False:
        raise FrameError("something that is no record", whole)


def _place(line: int, column: int, passed: bytes, cut: Cut) -> tuple[int, int]:
    """Give the place behind some text."""
    lines = passed.count(b"\n")
    last = passed.rfind(b"\n")
    if cut.returns and b"\r" in passed:
        lines += passed.count(b"\r") - passed.count(b"\r\n")
        last = max(last, passed.rfind(b"\r"))
    behind = passed[last + 1 :]
    characters = len(behind) if behind.isascii() else len(behind.decode("utf-8", "replace"))
    return line + lines, characters + (1 if lines else column)


def moved(place: tuple[int, int], stretch: Stretch, before: int) -> tuple[int, int]:
    """Turn a place in a stretch that has something put before it, on one line, into the place in the body."""
    line, column = place
    if line > 1:
        return stretch.line + line - 1, column
    return (stretch.line, stretch.column + column - before - 1) if column > before else place


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What stands around records in one format."""

    kind: Kind
    before: bytes
    behind: bytes
    path: Path
    """The path of what holds the records."""
    locate: Callable[[bytes, Iterable[Path]], dict[Path, tuple[int, int]]]
    """The format's way to find lines and columns."""


class Wrapped:
    """Records of one body in their wrapping."""

    wrapping: Wrapping

    def __init__(
        self, first: bytes, begin: int, blocks: Iterator[bytes], limits: Limits, problems: tuple[Problem, ...]
    ) -> None:
        self.problems = problems
        self._first = first
        self._begin = begin
        self._blocks = blocks
        self._limits = limits
        self._longest = min(limits.string, limits.records)  # a text of no more bytes has no more characters or members

    def wrapped(self, stretch: bytes, *, whole: bool = True) -> bytes:
        """Make a body of a stretch."""
        return self.wrapping.before + stretch + (self.wrapping.behind if whole else b"")

    def moved(self, place: tuple[int, int], stretch: Stretch) -> tuple[int, int]:
        """Turn a place in a stretch made to a body into the place in the whole body."""
        return moved(place, stretch, len(self.wrapping.before))

    def places(self, body: bytes, stretch: Stretch, number: int, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Find lines and columns in a body that was made of a stretch."""
        holder, depth = self.wrapping.path, len(self.wrapping.path)
        inside = {
            (*holder, path[depth] - number, *path[depth + 1 :])
            if path[:depth] == holder and path[depth:]
            else path: path
            for path in paths
        }
        return {inside[path]: self.moved(place, stretch) for path, place in self.wrapping.locate(body, inside).items()}

    def tolerant(self, items: ItemsField, findings: Findings) -> TolerantReader:
        """Give the tolerant reader of nodes."""
        reader = RecordReader(items.layout, self.wrapping.kind, findings)
        holder = self.wrapping.path

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            records = (
                reader.record(node, (*holder, index), f"/response/{index}")
                for index, node in enumerate(nodes, start=number)
            )
            return [record for record in records if record is not None]

        return read
