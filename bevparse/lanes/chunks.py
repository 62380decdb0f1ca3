"""Blocks of a body to chunks of whole records with their positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = [
    "BLANKS",
    "BLOCK",
    "LARGEST",
    "LONGEST_HEAD",
    "Chunk",
    "NotStreamableError",
    "RecordBoundary",
    "blocks_of",
    "first_chunk",
    "joined",
]

BLOCK: Final = 2**17
"""The bytes of a block: few enough for the cache of the processor."""
LARGEST: Final = 512 * BLOCK
"""The bytes at which a chunk that cannot be read is no longer extended."""
LONGEST_HEAD: Final = 256
"""The bytes in which the first record is searched for if something before it is wrong."""
BLANKS: Final = b" \t\r\n"
_NEVER: Final = re.compile(rb"(?!)")


class NotStreamableError(Exception):
    """The body, or the rest of it, cannot be cut into chunks of records.

    Attributes:
        rest: what could not be cut, as far as it was read.
        ended: whether it reaches to the end of the body.
    """

    def __init__(self, message: str, rest: Chunk | None = None, *, ended: bool = True) -> None:
        super().__init__(message)
        self.rest = rest
        self.ended = ended


class Chunk(NamedTuple):
    """Some records of a body."""

    text: bytes
    line: int
    """The line of its start, from 1."""
    column: int
    """The column of its start in characters, from 1."""
    start: int = 0
    """The offset of its start in bytes, from 0, without a byte-order mark."""

    def after(self, boundary: RecordBoundary, text: bytes = b"") -> Chunk:
        """Return the text after this one, with its position."""
        passed = self.text
        last = passed.rfind(b"\n")
        lines = passed.count(b"\n") if last >= 0 else 0  # to count takes CPython much longer than to search
        if boundary.returns and b"\r" in passed:
            lines += passed.count(b"\r") - passed.count(b"\r\n")
            last = max(last, passed.rfind(b"\r"))
        after = passed[last + 1 :]
        characters = len(after) if after.isascii() else len(after.decode("utf-8", "replace"))
        column = characters + (1 if lines else self.column)
        return Chunk(text, self.line + lines, column, self.start + len(passed))


@dataclass(frozen=True, slots=True)
class RecordBoundary:
    """The text between records, and after the last one."""

    between: bytes
    """The end of a record, what is between it and the next, and the start of that."""
    ends: int
    """The offset in `between` where the record ends."""
    begins: int
    """The offset in `between` where the next record begins."""
    edges: re.Pattern[bytes]
    """What ends where a record may begin, even if one character between two records is wrong."""
    closing: tuple[bytes, ...] = ()
    """What is after the last record, with white space around each."""
    over: re.Pattern[bytes] = _NEVER
    """What is after the last record if the body has more than its records."""
    separator: bytes = b""
    """What is between two records, with white space around it."""
    sample: bytes = b""
    """A record. After another text, it shows what is wrong with that."""
    returns: bool = True
    """Whether a carriage return without a line feed ends a line."""
    numbered: re.Pattern[bytes] | None = None
    """What ends a record and begins the next, if both have a number. It ends where `between` does, which then is the
    beginning of the first field. The group is what ends the record."""

    def last(self, text: bytes) -> tuple[int, int] | None:
        """Return where the last record but one ends in a text, and where the last begins, or None."""
        place = text.rfind(self.between)
        if self.numbered is None or place < 0:
            return None if place < 0 else (place + self.ends, place + self.begins)
        found = self.numbered.search(text, max(0, place - LONGEST_HEAD), place + len(self.between))
        return found and (found.end(1), found.end(2))

    def closes(self, text: bytes) -> bool:
        """Return whether a text begins with what is after the last record."""
        return text.lstrip(BLANKS).startswith(self.closing[:1])

    def trimmed(self, text: bytes) -> str:
        """Return the text of a record without what is around it. Bytes that are not UTF-8 are escaped."""
        record = text.strip(BLANKS).removesuffix(self.separator) if self.closing else text.strip(b"\r\n")
        return record.decode("utf-8", "backslashreplace")

    def tail(self, text: bytes) -> int | None:
        """Return the offset after the last record, or None if a text does not end as a body should."""
        end = len(text)
        for mark in reversed(self.closing):
            end = _stripped(text, end)
            if not text.endswith(mark, 0, end):
                return None
            end -= len(mark)
        return _stripped(text, end) if self.closing else end


def _stripped(text: bytes, end: int) -> int:
    """Return the offset before the white space that ends at an offset."""
    while end and text[end - 1] in BLANKS:
        start = max(0, end - BLOCK)
        end = start + len(text[start:end].rstrip(BLANKS))
    return end


def blocks_of(data: bytes, size: int = BLOCK) -> Iterator[bytes]:
    """Return the blocks of a body."""
    return (data[start : start + size] for start in range(0, len(data), size))


def joined(texts: list[bytes], blocks: Iterator[bytes], least: int) -> bytes:
    """Return texts with as many blocks after them as they need for a length."""
    size = sum(map(len, texts))
    while size < least and (block := next(blocks, b"")):
        texts.append(block)
        size += len(block)
    return b"".join(texts)


def first_chunk(first: bytes, begin: int, boundary: RecordBoundary) -> Chunk:
    """Return the first block of a body from the first record on."""
    return Chunk(first[:begin], 1, 1).after(boundary, first[begin:])
