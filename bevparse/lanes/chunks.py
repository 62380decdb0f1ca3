"""Blocks of a body to chunks of whole records with their positions."""

from __future__ import annotations

import codecs
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel

from ..limits import Limits
from ..models import EndpointName
from ..payloads.fields import FieldReader
from ..payloads.layout import ItemsField
from ..problems import Position, Problem
from ..problems.collector import Cursor
from ..tree import Node, Path

__all__ = [
    "BLOCK",
    "LARGEST",
    "Chunk",
    "Envelope",
    "FixedEnvelope",
    "NotStreamableError",
    "RecordBoundary",
    "TolerantReader",
    "blocks_of",
    "read_chunks",
    "to_body_position",
]

TolerantReader: TypeAlias = Callable[[Sequence[Node], int], Sequence[BaseModel]]
"""Reads nodes as records and reports their problems. Its second argument is the index of the first record."""
BLOCK: Final = 2**17
"""The bytes of a block: few enough for the cache of the processor."""
LARGEST: Final = 512 * BLOCK
"""The bytes at which a chunk that cannot be read is no longer extended."""
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


@dataclass(frozen=True, slots=True)
class RecordBoundary:
    """The text between records, and after the last one."""

    between: bytes
    """The end of a record, what is between it and the next, and the start of that."""
    ends: int
    """The offset in `between` where the record ends."""
    begins: int
    """The offset in `between` where the next record begins."""
    tail: re.Pattern[bytes]
    """What is after the last record."""
    returns: bool
    """Whether a carriage return without a line feed ends a line."""


def blocks_of(data: bytes, size: int = BLOCK) -> Iterator[bytes]:
    """Return the blocks of a body."""
    return (data[start : start + size] for start in range(0, len(data), size))


def read_chunks(
    first: bytes, begin: int, blocks: Iterator[bytes], boundary: RecordBoundary, read: Callable[[Chunk], _T | None]
) -> Iterator[_T]:
    """Cut a body into chunks that seem to hold whole records, and read each.

    Args:
        first: the first block.
        begin: the offset in it where the first record begins.
        blocks: the blocks after it.
        boundary: where records end.
        read: reads a chunk, or returns None if it was cut inside a record. Then it is called with more text.

    Returns:
        The result of `read` for each chunk.

    Raises:
        NotStreamableError: the last record is not followed by the tail, or one record is larger than 64 MiB.
    """
    line, column = _advance(1, 1, first[:begin], boundary)
    start, rest, block, least = begin, first[begin:], next(blocks, b""), 0
    while block:
        end = rest.rfind(boundary.between) if len(rest) >= least else -1
        result = read(Chunk(rest[: end + boundary.ends], line, column, start)) if end >= 0 else None
        if result is None:
            if end >= 0:
                least = 2 * len(rest)  # so that the number of attempts is logarithmic
            if len(rest) > LARGEST:
                raise NotStreamableError("records that are very large", Chunk(rest, line, column), ended=False)
        else:
            yield result
            line, column = _advance(line, column, rest[: end + boundary.begins], boundary)
            start, rest, least = start + end + boundary.begins, rest[end + boundary.begins :], 0
        rest, block = rest + block, next(blocks, b"")
    tail = boundary.tail.search(rest, max(0, len(rest) - BLOCK))
    whole = Chunk(rest, line, column)
    if tail is None:
        raise NotStreamableError("something after the last record", whole)
    if tail.start():
        result = read(Chunk(rest[: tail.start()], line, column, start))
        if result is None:
            raise NotStreamableError("something that is no record", whole)
        yield result


def _advance(line: int, column: int, passed: bytes, boundary: RecordBoundary) -> Position:
    """Return the position after some text."""
    lines = passed.count(b"\n")
    last = passed.rfind(b"\n")
    if boundary.returns and b"\r" in passed:
        lines += passed.count(b"\r") - passed.count(b"\r\n")
        last = max(last, passed.rfind(b"\r"))
    after = passed[last + 1 :]
    characters = len(after) if after.isascii() else len(after.decode("utf-8", "replace"))
    return line + lines, characters + (1 if lines else column)


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

    def __init__(self, first: bytes, blocks: Iterator[bytes], limits: Limits, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        """The warnings of the format."""
        self._first = first
        self._blocks = blocks
        self._limits = limits
        self._longest = min(limits.string, limits.records)  # a text of no more bytes has no more characters or members

    @abstractmethod
    def chunks(self, read: Callable[[Chunk], _T | None]) -> Iterator[_T]:
        """Cut where records seem to end, and return the result of `read` for each chunk.

        Args:
            read: reads a chunk, or returns None if it was not cut between records. Then it is called with more text.

        Raises:
            NotStreamableError: the end of the body does not match its beginning.
        """

    @abstractmethod
    def candidates(self, chunk: bytes) -> tuple[EndpointName, ...]:
        """Return the endpoints that the first chunk fits.

        Raises:
            DecodeError: the chunk is not well-formed, or exceeds a limit.
            NotStreamableError: it cannot be read separately.
        """

    @abstractmethod
    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if the tolerant reader must read it."""

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
        limits: the limits.
        problems: the warning about a byte-order mark.
    """

    before: ClassVar[bytes]
    after: ClassVar[bytes]
    path: ClassVar[Path]
    """The path of the node with the records."""
    reader: ClassVar[type[FieldReader]]

    def __init__(
        self, first: bytes, begin: int, blocks: Iterator[bytes], limits: Limits, problems: tuple[Problem, ...]
    ) -> None:
        super().__init__(first, blocks, limits, problems)
        self.mark = len(codecs.BOM_UTF8) if problems else 0
        self._begin = begin

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

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the reader of records that the lane itself cannot read."""
        reader, parent = self.reader(items.layout), at.to(self.path)

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            records = (
                reader.record(node, parent.child(index, index)) for index, node in enumerate(nodes, start=number)
            )
            return [record for record in records if record is not None]

        return read
