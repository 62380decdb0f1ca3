"""Envelopes: what is around the records of a body. An envelope cuts the body into chunks, and reads them."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final, TypeVar, cast

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
from .chunks import LARGEST, Chunk, NotStreamableError, RecordBoundary, first_chunk, joined
from .examples import ExampleReader, RowCutter, TolerantReader
from .salvage import Salvage

__all__ = ["Envelope", "FixedEnvelope"]

_SHARE: Final = 8
"""At most one record in so many is looked at alone. For more of them, the whole chunk is faster."""
_T = TypeVar("_T")


class Envelope(ABC):
    """What is around the records of one body. It cuts the body into chunks, and reads them."""

    mark = 0
    """The length of the byte-order mark; 0 if `Chunk.start` counts it."""

    def __init__(
        self,
        first: Chunk,
        blocks: Iterator[bytes],
        boundary: RecordBoundary,
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        self.boundary = boundary
        """How records are separated."""
        self.problems = problems
        """The problems of what is before the first record."""
        self.attributes: tuple[tuple[str, Path], ...] = ()
        """The attributes in the chunk that was decoded last, each with the path of its element in `body(chunk)`."""
        self._first = first
        self._blocks = blocks
        self._limits = limits
        self.longest = min(limits.string, limits.records)
        """The bytes of the longest chunk that cannot exceed a limit. Each character or record has a byte at least."""

    def chunks(self, read: Callable[[Chunk], _T | None], salvage: Salvage[_T] | None = None) -> Iterator[_T]:
        """Cut the body where records seem to end, and return the result of `read` for each chunk.

        Args:
            read: reads a chunk. If it returns None, the chunk was not cut between records, and a longer one is tried.
            salvage: reads the records of a chunk that is not well-formed; None if such a chunk is an error.

        Raises:
            NotStreamableError: the body does not end after its records as it should, or a record is larger than 64 MiB.
        """
        rest, blocks, boundary = self._first, self._blocks, self.boundary
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

    @abstractmethod
    def record_end(self, text: bytes) -> int | None:
        """Return the offset at which the first record in `text` ends.

        Returns:
            The offset. It is greater than the length of `text` if the record does not end in it. It is None if `text`
            does not begin with a record.
        """

    @abstractmethod
    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints that the first chunk fits.

        Args:
            chunk: the chunk.
            several: whether the body certainly has several records.

        Raises:
            DecodeError: the chunk is not well-formed, or exceeds a limit.
            NotStreamableError: the chunk cannot be read separately.
        """

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk if all are in the documented spelling, or else None."""
        return None

    def examples(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> ExampleReader:
        """Return the reader of chunks that `read` cannot read. It learns their spelling by example.

        Args:
            items: the field of the records.
            tolerant: the tolerant reader of records.
            collector: where `tolerant` reports problems.
        """
        tallies = ExampleCollector()
        other = self.tolerant(items, tallies.cursor((), "/response"))
        return ExampleReader(self.row_cutter(items, tolerant, collector), items, tolerant, collector, other, tallies)

    @abstractmethod
    def row_cutter(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> RowCutter:
        """Return the cutter of chunks into rows. The arguments are as for `examples`."""

    @abstractmethod
    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body with the records of a chunk.

        Args:
            chunk: the records. Without `whole`, the end of the body is part of them.
            whole: whether the end of the body is added.
        """

    @abstractmethod
    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes.

        Raises:
            DecodeError: the chunk is not well-formed, or exceeds a limit.
            NotStreamableError: the chunk contains something that is no record.
        """

    @abstractmethod
    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the records of a payload.

        Raises:
            NotStreamableError: the payload is not a list of records.
        """

    @abstractmethod
    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return the position in the whole body for a position in the body of a chunk."""

    @abstractmethod
    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the position in the whole body of each path.

        Args:
            body: the body of the chunk.
            chunk: the chunk, which contains the nodes of all paths.
            number: the index of the first record in the chunk.
            paths: the paths in the whole body.
        """

    @abstractmethod
    def record_at(self, path: Path) -> int | None:
        """Return the index of the record that a path in the whole body leads into, or None if it leads elsewhere."""

    @abstractmethod
    def spans(self, chunk: bytes, count: int) -> Sequence[tuple[int, int]] | None:
        """Return where each record of a chunk begins and ends, or None if that is not certain.

        Args:
            chunk: a chunk that has been read.
            count: the number of records in the chunk.
        """

    def alone(self, chunk: Chunk, count: int, indexes: Collection[int]) -> dict[int, Chunk]:
        """Cut single records out of a chunk.

        Args:
            chunk: a chunk that has been read.
            count: the number of records in the chunk.
            indexes: the indexes of the records that are asked for.

        Returns:
            A chunk for each index. Empty if the ends of the records are not certain, or if the whole chunk is read
            faster.
        """
        spans = self.spans(chunk.text, count) if 0 < len(indexes) * _SHARE <= count else None
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
            at: the cursor of the array of records.

        Raises:
            NotStreamableError: the header of a table cannot be read.
        """


class FixedEnvelope(Envelope):
    """An envelope with fixed text before and after the records, as in JSON and XML.

    Args:
        first: the first block, without a byte-order mark.
        begin: the offset in the first block at which the first record begins.
        blocks: the other blocks.
        boundary: how records are separated.
        limits: the limits.
        problems: the warning about a byte-order mark, if there is one.
    """

    heads: ClassVar[tuple[bytes, ...]]
    """What may be before the first record in a documented body, without white space."""
    before: bytes
    """What is before the records in the body of a chunk."""
    after: bytes
    """What is after the records in the body of a chunk."""
    path: Path
    """The path of the node that contains the records."""
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
        """Return whether `head` may be before the first record of a body, and report its fault if it is damaged.

        Anything else that is well-formed is not accepted: the body is something else.
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
        """Return the position of each path in a body of the format."""

    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body with the records of a chunk, see `Envelope.body`."""
        return self.before + chunk + (self.after if whole else b"")

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return the position in the whole body for a position in the body of a chunk."""
        (line, column), before = position, len(self.before)  # which is on one line
        if line > 1:
            return chunk.line + line - 1, column
        return (chunk.line, chunk.column + column - before - 1) if column > before else position

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the position in the whole body of each path that leads into the chunk."""
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
        """Return the index of the record that a path leads into, or None if it leads elsewhere."""
        depth = len(self.path)
        return path[depth] if path[:depth] == self.path and len(path) > depth else None

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of records."""
        reader, parent = self.reader(items.layout), at.to(self.path)

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            report_attributes(self._moved_attributes(number), at.root)
            records = (
                reader.record(node, parent.child(index, index)) for index, node in enumerate(nodes, start=number)
            )
            return [record for record in records if record is not None]

        return read

    def _moved_attributes(self, number: int) -> Iterator[tuple[str, Path]]:
        """Return the attributes in the last chunk, each with the path of its element in the whole body."""
        attributes, self.attributes, length = self.attributes, (), len(self.path)
        for name, path in attributes:
            inside = path[:length] == self.path and len(path) > length
            yield name, (*self.path, path[length] + number, *path[length + 1 :]) if inside else path
