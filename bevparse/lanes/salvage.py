"""Bodies that are not well-formed: where their records begin, and which of them can be read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from .chunks import BLANKS, BLOCK, LARGEST, LONGEST_HEAD, Chunk, RecordBoundary

__all__ = ["Salvage", "damaged_head"]

_AHEAD: Final = 64
"""The number of pieces in which the end of a record is searched for when a chunk is not well-formed."""
_RUN: Final = 1024
"""The most pieces that are read together when a chunk is not well-formed."""
_T = TypeVar("_T")


def damaged_head(first: bytes, heads: Sequence[bytes], ends: re.Pattern[bytes], opening: bytes) -> int | None:
    """Return the offset of the first record if it or the head before it may have a wrong character, or None.

    Args:
        first: the first block.
        heads: the heads that a body may have, without white space.
        ends: what a head may end with.
        opening: the beginning of a record.
    """
    sizes = range(len(opening) - 1, len(opening) + 2)
    for found in ends.finditer(first, 0, LONGEST_HEAD):
        text, end = b"".join(first[: found.end()].split()), found.end()
        if any(_is_near(text, head) for head in heads) and any(
            _is_near(first[end : end + size], opening) for size in sizes
        ):
            return end
    return None


def _is_near(text: bytes, expected: bytes) -> bool:
    """Return whether at most one character of a text is wrong, missing or superfluous."""
    places = range(len(expected))
    same = next((place for place in places if text[: place + 1] != expected[: place + 1]), len(expected))
    rest, missing = text[same:], expected[same:]
    return missing[1:] in (rest, rest[1:]) or missing == rest[1:]


class Salvage(Generic[_T]):
    """Reads what is well-formed of a text that is not, and rejects the other records.

    The text is cut into pieces wherever a record may begin. Runs of pieces are halved until they can be read, and
    doubled after two that could be read. A piece that cannot be read alone may be the beginning of a record that
    contains such a place; else it is rejected. The result is the same for any chunks, as every record and every
    rejected piece begins where the one before it ends.

    The end of a record is searched for in 64 pieces. Then it is searched for in a much longer text, which is halved
    each time that there is none. So the work is linear, even if every record lacks its end.

    Args:
        boundary: the boundary of records.
        read: reads a chunk, or returns None if it is not well-formed.
        reject: rejects a piece. It gets the piece and a text that shows what is wrong with it, and returns None if
            that text is well-formed.
        record_end: returns the offset of the end of the first record in a text, see `Envelope.record_end`.
    """

    def __init__(
        self,
        boundary: RecordBoundary,
        read: Callable[[Chunk], _T | None],
        reject: Callable[[Chunk, bytes], _T | None],
        record_end: Callable[[bytes], int | None],
    ) -> None:
        self._boundary = boundary
        self._read = read
        self._reject = reject
        self._record_end = record_end
        self._longest = LARGEST // 2
        """The bytes in which the end of a record is searched for next."""
        self.rest = Chunk(b"", 1, 1)
        """The text after the last result."""
        self.is_over = False
        """Whether the records end before the rest, which is something else."""

    def results(self, text: Chunk, *, ended: bool = False) -> Iterator[_T]:
        """Return the results for the runs and the rejected pieces of a text.

        Args:
            text: the text. It is read up to the pieces that may belong to a record which ends after it.
            ended: whether it reaches to the end of the body. It is read up to the tail, or without a tail up to its
                last piece.
        """
        pieces, place = _BrokenText(text.text, self._boundary, ended=ended), text
        index, size, was_read = 0, pieces.count // 2, True
        while index < pieces.most and not self.is_over:
            size = max(1, min(size, pieces.most - index, _RUN))
            result, after = self._read_run(place, pieces, index, index + size), index + size
            if result is None and size > 1:
                size //= 2
                continue
            is_read = result is not None
            if not is_read:
                result, after = self._read_piece(place, pieces, index)
            if result is None:
                break
            yield result
            place = place._replace(text=pieces.text(index, after)).after(self._boundary)
            if is_read and was_read:  # the next fault is not near
                size *= 2
            index, was_read = after, is_read
        self.rest = place._replace(text=pieces.text(index, None))

    def _read_run(self, place: Chunk, pieces: _BrokenText, index: int, after: int) -> _T | None:
        """Read pieces that may be several records, or return None."""
        text = pieces.records(index, after)
        return None if text is None else self._read(place._replace(text=text))

    def _read_piece(self, place: Chunk, pieces: _BrokenText, index: int) -> tuple[_T | None, int]:
        """Read the record that begins with a piece which cannot be read alone, or reject the piece.

        Returns:
            The result, or None if more text is needed or the records end here, and the index of the next piece.
        """
        text = pieces.text(index, index + _AHEAD)
        end = self._record_end(text)
        if end is not None and end > len(text) and self._longest > BLOCK:
            after = pieces.index_before(index, self._longest)
            if after is None:
                return None, index
            text = pieces.text(index, after)
            end = self._record_end(text)
            if end is not None and end > len(text):
                self._longest //= 2
        if end is not None and end <= len(text):
            if self._boundary.over.match(text, end):
                self.is_over = True
                return None, index
            after = pieces.index_at(index, end)
        else:
            after = index + 1
        result = self._read_run(place, pieces, index, after) if after > index + 1 else None
        if result is None:
            record = place._replace(text=pieces.text(index, after))
            result = self._reject(record, pieces.evidence(index, after))
            self.is_over = result is None
        return result, after


class _BrokenText:
    """The pieces of a text that is not well-formed.

    Args:
        text: the text.
        boundary: the boundary of records.
        ended: whether the text reaches to the end of the body.
    """

    def __init__(self, text: bytes, boundary: RecordBoundary, *, ended: bool) -> None:
        tail = boundary.tail(text) if ended else None
        end = len(text) if tail is None else tail
        places = dict.fromkeys(found.end() for found in boundary.edges.finditer(text, 0, end))
        self._text = text
        self._boundary = boundary
        self._ended = ended
        self._edges = [0, *(place for place in places if 0 < place < end), *([end] if ended else ())]
        self.count = len(self._edges) - 1
        """The number of complete pieces."""
        self.most = self.count if tail is not None else self.count - (1 if ended else _AHEAD)
        """The number of pieces that can be read: what is after them is the tail, or has not been read completely."""

    def text(self, index: int, after: int | None) -> bytes:
        """Return the text of pieces, without `after` up to the end of the text."""
        return self._text[self._edges[index] : None if after is None else self._edges[min(after, self.count)]]

    def records(self, index: int, after: int) -> bytes | None:
        """Return the text of pieces without the separator after them, or None if it is missing."""
        text, separator = self.text(index, after), self._boundary.separator
        if not separator or self._is_last(after):
            return text
        text = text.rstrip(BLANKS)
        records = text.removesuffix(separator)
        return records if records and records != text else None

    def evidence(self, index: int, after: int) -> bytes:
        """Return pieces with a record after them, which shows what is wrong with the pieces."""
        separator = self._boundary.separator if self._is_last(after) else b""
        return self.text(index, after) + separator + self._boundary.sample

    def index_at(self, index: int, length: int) -> int:
        """Return the index of the first piece that begins some length after the beginning of another, or later."""
        return bisect_left(self._edges, self._edges[index] + length)

    def index_before(self, index: int, length: int) -> int | None:
        """Return the index of the last piece that begins within some length, or None if it is not known yet."""
        end = self._edges[index] + length
        return bisect_right(self._edges, end) - 1 if self._ended or end <= self._edges[-1] else None

    def _is_last(self, after: int) -> bool:
        return self._ended and after == self.count
