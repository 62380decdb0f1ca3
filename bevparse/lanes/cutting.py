"""A body in blocks to stretches of whole records, each with the place where it begins."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

__all__ = ["BLOCK", "Cut", "FrameError", "Stretch", "Stretches", "blocks_of", "cut_stretches", "moved"]

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
