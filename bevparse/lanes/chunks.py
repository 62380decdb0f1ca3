"""The envelope of a body, and how the body is cut into chunks of whole records."""

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
"""The size of a block in bytes. It fits into the cache of the processor."""
LARGEST: Final = 512 * BLOCK
"""The size in bytes from which a chunk that cannot be read is no longer extended."""
LONGEST_HEAD: Final = 256
"""The bytes in which the first record is searched for if the head before it is damaged."""
BLANKS: Final = b" \t\r\n"
_NEVER: Final = re.compile(rb"(?!)")


class NotStreamableError(Exception):
    """The body, or what is left of it, cannot be cut into chunks of records.

    Attributes:
        rest: the part of the body that could not be cut; None if a chunk could not be read separately.
        ended: whether `rest` reaches to the end of the body. Otherwise, blocks after it have not been read yet.
    """

    def __init__(self, message: str, rest: Chunk | None = None, *, ended: bool = True) -> None:
        super().__init__(message)
        self.rest = rest
        self.ended = ended


class Chunk(NamedTuple):
    """A part of a body, usually some whole records."""

    text: bytes
    line: int
    """The line in which it starts, from 1."""
    column: int
    """The column in which it starts, in characters from 1."""
    start: int = 0
    """The offset at which it starts, in bytes from 0. A byte-order mark is not counted."""

    def after(self, boundary: RecordBoundary, text: bytes = b"") -> Chunk:
        """Return the chunk with `text` that starts where this one ends."""
        passed = self.text
        last = passed.rfind(b"\n")
        lines = passed.count(b"\n") if last >= 0 else 0  # CPython counts much more slowly than it searches
        if boundary.returns and b"\r" in passed:
            lines += passed.count(b"\r") - passed.count(b"\r\n")
            last = max(last, passed.rfind(b"\r"))
        after = passed[last + 1 :]
        characters = len(after) if after.isascii() else len(after.decode("utf-8", "replace"))
        column = characters + (1 if lines else self.column)
        return Chunk(text, self.line + lines, column, self.start + len(passed))


@dataclass(frozen=True, slots=True)
class RecordBoundary:
    """How records are separated, and what follows the last one."""

    between: bytes
    """The end of a record, what is between it and the next record, and the start of the next."""
    ends: int
    """The offset in `between` where the record ends."""
    begins: int
    """The offset in `between` where the next record begins."""
    edges: re.Pattern[bytes]
    """A match ends where a record may begin, even if one character between two records is wrong."""
    closing: tuple[bytes, ...] = ()
    """What is after the last record, such as `]` and `}`, each with white space around it."""
    over: re.Pattern[bytes] = _NEVER
    """What is after the last record if other fields follow the array."""
    separator: bytes = b""
    """What is between two records, with white space around it."""
    sample: bytes = b""
    """A short record. It follows text that is not well-formed, so that the parser reports the fault in that text."""
    returns: bool = True
    """Whether a carriage return without a line feed ends a line."""
    numbered: re.Pattern[bytes] | None = None
    """What separates records that have a number in their tags: the end tag (the first group), blanks (the second), the
    next start tag, and then `between`, which is only the beginning of the first field."""

    def last(self, text: bytes) -> tuple[int, int] | None:
        """Return where the last record but one ends in `text`, and where the last begins; None if there is only one."""
        place = text.rfind(self.between)
        if self.numbered is None or place < 0:
            return None if place < 0 else (place + self.ends, place + self.begins)
        found = self.numbered.search(text, max(0, place - LONGEST_HEAD), place + len(self.between))
        return found and (found.end(1), found.end(2))

    def closes(self, text: bytes) -> bool:
        """Return whether `text` begins with what is after the last record."""
        return text.lstrip(BLANKS).startswith(self.closing[:1])

    def trimmed(self, text: bytes) -> str:
        """Return a record as a string, without separator and blanks around it. Bytes that are not UTF-8 are escaped."""
        record = text.strip(BLANKS).removesuffix(self.separator) if self.closing else text.strip(b"\r\n")
        return record.decode("utf-8", "backslashreplace")

    def tail(self, text: bytes) -> int | None:
        """Return the offset after the last record, or None if `text` does not end as a body should."""
        end = len(text)
        for closing in reversed(self.closing):
            end = _stripped(text, end)
            if not text.endswith(closing, 0, end):
                return None
            end -= len(closing)
        return _stripped(text, end) if self.closing else end


def _stripped(text: bytes, end: int) -> int:
    """Return the offset at which the white space before `end` begins, or `end` if there is none."""
    while end and text[end - 1] in BLANKS:
        start = max(0, end - BLOCK)
        end = start + len(text[start:end].rstrip(BLANKS))
    return end


def blocks_of(data: bytes, size: int = BLOCK) -> Iterator[bytes]:
    """Split a body into blocks."""
    return (data[start : start + size] for start in range(0, len(data), size))


def joined(texts: list[bytes], blocks: Iterator[bytes], least: int) -> bytes:
    """Join texts, and add the next blocks until the result has at least `least` bytes or the blocks end."""
    size = sum(map(len, texts))
    while size < least and (block := next(blocks, b"")):
        texts.append(block)
        size += len(block)
    return b"".join(texts)


def first_chunk(first: bytes, begin: int, boundary: RecordBoundary) -> Chunk:
    """Return the first block from the offset at which the first record begins, with its position."""
    return Chunk(first[:begin], 1, 1).after(boundary, first[begin:])
