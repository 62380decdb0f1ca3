"""Envelopes: what is around the records of a body. They cut it into chunks, and read these."""

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
from .examples import ExampleReader, Rows, TolerantReader
from .salvage import Salvage

__all__ = ["Envelope", "FixedEnvelope"]

_FEW: Final = 8
"""The records for each of which it is worth looking at one alone."""
_T = TypeVar("_T")


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
            NotStreamableError: the last record is not followed by the tail, or one record is larger than 64 MiB.
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
        (line, column), before = position, len(self.before)  # which is on one line
        if line > 1:
            return chunk.line + line - 1, column
        return (chunk.line, chunk.column + column - before - 1) if column > before else position

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
