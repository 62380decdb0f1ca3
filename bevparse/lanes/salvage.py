"""Bodies that are not well-formed: where their records begin, and which of them can be read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from .chunks import BLANKS, BLOCK, LARGEST, LONGEST_HEAD, Chunk, RecordBoundary

__all__ = ["Salvage", "damaged_head"]

_AHEAD: Final = 64
"""The number of pieces in which the end of a record is searched for first."""
_RUN: Final = 1024
"""The most pieces that are read together."""
_T = TypeVar("_T")


def damaged_head(first: bytes, heads: Sequence[bytes], ends: re.Pattern[bytes], opening: bytes) -> int | None:
    """Return the offset of the first record, or None if more than one character of the head or the opening is wrong.

    Args:
        first: the first block.
        heads: the heads that a body may have, without white space.
        ends: a regular expression for what a head may end with.
        opening: how a record begins.
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
    """Return whether `text` is `expected`, or one character of it is wrong, missing or superfluous."""
    places = range(len(expected))
    same = next((place for place in places if text[: place + 1] != expected[: place + 1]), len(expected))
    found, missing = text[same:], expected[same:]
    return missing[1:] in (found, found[1:]) or missing == found[1:]


class Salvage(Generic[_T]):
    """Reads the well-formed records of a body that is not well-formed, and rejects what is between them.

    The text is cut into pieces wherever a record may begin. A run of pieces is halved until it can be read. After two
    runs that could be read, the next one is twice as long. A piece that cannot be read alone may be the beginning of a
    record with such a place in it. Otherwise it is rejected. The result is the same for any chunks, because every
    record and every rejected piece begins where the one before it ends.

    The end of a record is searched for in 64 pieces first, and then in a much longer text. The length of that text is
    halved each time that it does not contain the end. So the work is linear, even if every record lacks its end.

    Args:
        boundary: how records are separated.
        read: reads a chunk, or returns None if it is not well-formed.
        reject: rejects a piece. It gets the piece, and the piece with a short record after it, which shows a parser
            what is wrong. It returns None if nothing is wrong.
        record_end: see `Envelope.record_end`.
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
        """The bytes in which the end of a record is searched for if the first pieces do not contain it."""
        self.rest = Chunk(b"", 1, 1)
        """The text after the last result."""
        self.is_over = False
        """Whether there are no records in `rest`."""

    def results(self, text: Chunk, *, ended: bool = False) -> Iterator[_T]:
        """Return the result of `read` or `reject` for each run or piece. What is not read is in `rest` afterwards.

        Args:
            text: the text. Pieces that may belong to a record which ends after the text are not read.
            ended: whether the text reaches to the end of the body. Then all of it is read, but for the end of the
                envelope.
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
            if is_read and was_read:  # after two results of `read`, the next fault is not near
                size *= 2
            index, was_read = after, is_read
        self.rest = place._replace(text=pieces.text(index, None))

    def _read_run(self, place: Chunk, pieces: _BrokenText, index: int, after: int) -> _T | None:
        """Read pieces together, or return None if they are not whole records."""
        text = pieces.records(index, after)
        return None if text is None else self._read(place._replace(text=text))

    def _read_piece(self, place: Chunk, pieces: _BrokenText, index: int) -> tuple[_T | None, int]:
        """Read the record that begins with a piece that cannot be read alone, or reject the piece.

        Returns:
            The result and the index of the next piece. The result is None if more text is needed or the records end.
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
    """Text that is not well-formed, cut into pieces wherever a record may begin.

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
        """The number of pieces that can be read now. The others are the end of the body, or may be incomplete."""

    def text(self, index: int, after: int | None) -> bytes:
        """Return the text of the pieces from `index` to before `after`, or to the end of the text for None."""
        return self._text[self._edges[index] : None if after is None else self._edges[min(after, self.count)]]

    def records(self, index: int, after: int) -> bytes | None:
        """Return the text of pieces without the separator after them, or None if the separator is missing."""
        text, separator = self.text(index, after), self._boundary.separator
        if not separator or self._is_last(after):
            return text
        text = text.rstrip(BLANKS)
        records = text.removesuffix(separator)
        return records if records and records != text else None

    def evidence(self, index: int, after: int) -> bytes:
        """Return pieces with a short record after them, so that a parser finds the fault of the pieces."""
        separator = self._boundary.separator if self._is_last(after) else b""
        return self.text(index, after) + separator + self._boundary.sample

    def index_at(self, index: int, length: int) -> int:
        """Return the index of the first piece that begins at least `length` bytes after the piece at `index` begins."""
        return bisect_left(self._edges, self._edges[index] + length)

    def index_before(self, index: int, length: int) -> int | None:
        """Return the index of the last piece that begins within `length` bytes after the piece at `index` begins.

        It is None if more text is needed.
        """
        end = self._edges[index] + length
        return bisect_right(self._edges, end) - 1 if self._ended or end <= self._edges[-1] else None

    def _is_last(self, after: int) -> bool:
        return self._ended and after == self.count
