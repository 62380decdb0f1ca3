"""Blocks of a body to chunks of whole records with their positions."""

from __future__ import annotations

import codecs
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from ..errors import DecodeError
from ..formats import Document
from ..limits import Limits
from ..models import EndpointName
from ..payloads.elements import report_attributes
from ..payloads.fields import FieldReader
from ..payloads.layout import ItemsField
from ..problems import Position, Problem
from ..problems.collector import Collector, Cursor, ExampleCollector
from ..tree import Node, Path
from .examples import ExampleReader, Rows, TolerantReader

if TYPE_CHECKING:
    from .salvage import Salvage

__all__ = [
    "BLANKS",
    "BLOCK",
    "LARGEST",
    "LONGEST_HEAD",
    "Chunk",
    "Envelope",
    "FixedEnvelope",
    "NotStreamableError",
    "RecordBoundary",
    "blocks_of",
    "first_chunk",
    "joined",
    "to_body_position",
]

BLOCK: Final = 2**17
"""The bytes of a block: few enough for the cache of the processor."""
LARGEST: Final = 512 * BLOCK
"""The bytes at which a chunk that cannot be read is no longer extended."""
LONGEST_HEAD: Final = 256
"""The bytes in which the first record is searched for if something before it is wrong."""
_FEW: Final = 8
"""The records for each of which it is worth looking at one alone."""
BLANKS: Final = b" \t\r\n"
_NEVER: Final = re.compile(rb"(?!)")
_T = TypeVar("_T")


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


def _read_chunks(
    rest: Chunk,
    blocks: Iterator[bytes],
    boundary: RecordBoundary,
    read: Callable[[Chunk], _T | None],
    salvage: Salvage[_T] | None,
) -> Iterator[_T]:
    """Cut a body into chunks that seem to hold whole records, and read each.

    Args:
        rest: the first block from the first record on.
        blocks: the blocks after it.
        boundary: where records end.
        read: as for `Envelope.chunks`.
        salvage: as for `Envelope.chunks`.

    Returns:
        The result of `read` for each chunk.

    Raises:
        NotStreamableError: the last record is not followed by the tail, or one record is larger than 64 MiB.
    """
    block = next(blocks, b"")
    while block:
        last = boundary.last(rest.text)
        chunk = rest._replace(text=rest.text[: last[0]]) if last else rest
        result = read(chunk) if last else None
        if last and result is not None:
            yield result
            result = None
            ends, begins = last
            rest = chunk.after(boundary, rest.text[ends:begins]).after(boundary, rest.text[begins:])
            least = 0
        else:
            if salvage and not salvage.is_over:
                yield from salvage.results(rest)
                rest = salvage.rest
            if len(rest.text) > LARGEST:
                raise NotStreamableError("records that are very large", rest, ended=False)
            least = min(2 * len(rest.text), LARGEST + 1)  # so that the number of attempts is logarithmic
        rest = rest._replace(text=joined([rest.text, block], blocks, least))
        block = next(blocks, b"")
    tail = boundary.tail(rest.text)
    if tail is None:
        raise NotStreamableError("something after the last record", rest)
    if tail:
        result = read(rest._replace(text=rest.text[:tail]))
        if result is None:
            raise NotStreamableError("something that is no record", rest)
        yield result


def first_chunk(first: bytes, begin: int, boundary: RecordBoundary) -> Chunk:
    """Return the first block of a body from the first record on."""
    return Chunk(first[:begin], 1, 1).after(boundary, first[begin:])


def to_body_position(position: Position, chunk: Chunk, before: int) -> Position:
    """Return a position in the body of a chunk as a position in the whole body.

    Args:
        position: the position in the body of the chunk.
        chunk: the chunk.
        before: the length of what is before it in that body, on one line.
    """
    line, column = position
    if line > 1:
        return chunk.line + line - 1, column
    return (chunk.line, chunk.column + column - before - 1) if column > before else position


class Envelope(ABC):
    """The envelope of the records of one body, which cuts and reads chunks."""

    mark = 0
    """The length of the byte-order mark, if `Chunk.start` does not count it."""

    def __init__(
        self,
        first: Chunk,
        blocks: Iterator[bytes],
        boundary: RecordBoundary,
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        self.boundary = boundary
        """The boundary of records."""
        self.problems = problems
        """The warnings of the format."""
        self.attributes: tuple[tuple[str, Path], ...] = ()
        """The attributes in the chunk that was decoded last, with the paths of their elements in its body."""
        self._first = first
        self._blocks = blocks
        self._limits = limits
        self.longest = min(limits.string, limits.records)
        """The bytes of the longest chunk that cannot exceed a limit: it has no more characters or members."""

    def chunks(self, read: Callable[[Chunk], _T | None], salvage: Salvage[_T] | None = None) -> Iterator[_T]:
        """Cut where records seem to end, and return the result of `read` for each chunk.

        Args:
            read: reads a chunk, or returns None if it was not cut between records. Then it is called with more text.
            salvage: reads what is well-formed of a chunk that is not.

        Raises:
            NotStreamableError: the end of the body does not match its beginning.
        """
        return _read_chunks(self._first, self._blocks, self.boundary, read, salvage)

    @abstractmethod
    def record_end(self, text: bytes) -> int | None:
        """Return the offset of the end of the first record in a text.

        Returns:
            The offset. It is greater than the length of the text if the record may end after it, and None if the text
            does not begin with a record.
        """

    @abstractmethod
    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints that the first chunk fits.

        Args:
            chunk: the chunk.
            several: whether the body certainly has more records than one.

        Raises:
            DecodeError: the chunk is not well-formed, or exceeds a limit.
            NotStreamableError: it cannot be read separately.
        """

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk in the documented spelling, or None."""
        return None

    def examples(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> ExampleReader:
        """Return the reader of records in any other regular spelling.

        Args:
            items: the field of the records.
            tolerant: the tolerant reader of irregular records.
            collector: where that reports problems.
        """
        tallies = ExampleCollector()
        other = self.tolerant(items, tallies.cursor((), "/response"))
        return ExampleReader(self.rows(items, tolerant, collector), items, tolerant, collector, other, tallies)

    @abstractmethod
    def rows(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> Rows:
        """Return the rows of the chunks, see `examples`."""

    @abstractmethod
    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body with the records of a chunk. If it is not `whole`, the chunk includes the end of the body."""

    @abstractmethod
    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes.

        Raises:
            DecodeError: the chunk is not well-formed, or exceeds a limit.
            NotStreamableError: it cannot be read separately.
        """

    @abstractmethod
    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the records of a payload.

        Raises:
            NotStreamableError: it is not a list of records.
        """

    @abstractmethod
    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return a position in the body of a chunk as a position in the whole body."""

    @abstractmethod
    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the positions of paths in the whole body.

        Args:
            body: the body of the chunk that contains them.
            chunk: the chunk.
            number: the index of its first record.
            paths: the paths in the whole body.
        """

    @abstractmethod
    def record_at(self, path: Path) -> int | None:
        """Return the index of the record that a path in the whole body leads to, or None if it leads to none."""

    @abstractmethod
    def spans(self, chunk: bytes, count: int) -> Sequence[tuple[int, int]] | None:
        """Return where each record of a chunk begins and ends, or None if that is not certain.

        Args:
            chunk: the chunk, which has been read.
            count: the number of its records.
        """

    def alone(self, chunk: Chunk, count: int, indexes: Collection[int]) -> dict[int, Chunk]:
        """Return some records of a chunk as chunks of their own, or none if it is faster or safer to look at it whole.

        Args:
            chunk: the chunk, which has been read.
            count: the number of its records.
            indexes: the indexes of the records in it.
        """
        spans = self.spans(chunk.text, count) if 0 < len(indexes) * _FEW <= count else None
        alone: dict[int, Chunk] = {}
        for index in indexes if spans else ():
            begin, end = cast("Sequence[tuple[int, int]]", spans)[index]
            alone[index] = chunk._replace(text=chunk.text[:begin]).after(self.boundary, chunk.text[begin:end])
        return alone

    @abstractmethod
    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of records.

        Args:
            items: the field of the records.
            at: the cursor of their array.

        Raises:
            NotStreamableError: the header of a table cannot be read.
        """


class FixedEnvelope(Envelope):
    """An envelope with a fixed text before and after the records, as in JSON and XML.

    Args:
        first: the first block, without a byte-order mark.
        begin: the offset in it where the first record begins.
        blocks: the blocks after it.
        boundary: the boundary of records.
        limits: the limits.
        problems: the warning about a byte-order mark.
    """

    heads: ClassVar[tuple[bytes, ...]]
    """What may be before the first record in a documented body, without white space."""
    before: bytes
    after: bytes
    path: Path
    """The path of the node with the records."""
    reader: ClassVar[type[FieldReader]]

    def __init__(
        self,
        first: bytes,
        begin: int,
        blocks: Iterator[bytes],
        boundary: RecordBoundary,
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(first_chunk(first, begin, boundary), blocks, boundary, limits, problems)
        self.mark = len(codecs.BOM_UTF8) if problems else 0

    def accepts_head(self, head: bytes) -> bool:
        """Return whether a text before the first record is the head of a body, and report what is wrong with it.

        If it is well-formed but no head, the body is something else.
        """
        if b"".join(head.split()) in self.heads:
            return True
        try:
            self.decode(head + self.boundary.sample + self.after, self._limits)
        except DecodeError as error:
            fault, end = error.problem, self._first
            line, column = min((fault.line or 1, fault.column or 1), (end.line, end.column))
            self.problems = (*self.problems, replace(fault, line=line, column=column))
            return True
        return False

    @staticmethod
    @abstractmethod
    def decode(data: bytes | str, limits: Limits) -> Document:
        """Decode a body of the format."""

    @staticmethod
    @abstractmethod
    def positions(data: bytes | str, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the positions of paths in a body of the format."""

    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body with the records of a chunk."""
        return self.before + chunk + (self.after if whole else b"")

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return a position in the body of a chunk as a position in the whole body."""
        return to_body_position(position, chunk, len(self.before))

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the positions of paths in the whole body, which are in the chunk."""
        parent, depth = self.path, len(self.path)
        inside = {
            (*parent, path[depth] - number, *path[depth + 1 :])
            if path[:depth] == parent and path[depth:]
            else path: path
            for path in paths
        }
        found = self.positions(body, inside)
        return {inside[path]: self.to_body_position(position, chunk) for path, position in found.items()}

    def record_at(self, path: Path) -> int | None:
        """Return the index of the record that a path leads to."""
        depth = len(self.path)
        return path[depth] if path[:depth] == self.path and len(path) > depth else None

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the reader of records that the lane itself cannot read."""
        reader, parent = self.reader(items.layout), at.to(self.path)

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            report_attributes(self._moved_attributes(number), at.root)
            records = (
                reader.record(node, parent.child(index, index)) for index, node in enumerate(nodes, start=number)
            )
            return [record for record in records if record is not None]

        return read

    def _moved_attributes(self, number: int) -> Iterator[tuple[str, Path]]:
        """Return the attributes of a chunk with the paths of their elements in the whole body."""
        attributes, self.attributes, length = self.attributes, (), len(self.path)
        for name, path in attributes:
            inside = path[:length] == self.path and len(path) > length
            yield name, (*self.path, path[length] + number, *path[length + 1 :]) if inside else path
