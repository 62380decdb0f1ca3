"""The records of an array in a body, chunk by chunk.

The lane of a format reads a chunk in which everything is documented. Other records are read by example, or by the
tolerant reader, which accepts every plausible spelling and reports the undocumented ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple, cast

from pydantic import BaseModel

from ..endpoints import ARRAY_MODELS, endpoint_of
from ..errors import DecodeError
from ..lanes.chunks import Chunk, NotStreamableError
from ..lanes.envelopes import Envelope
from ..lanes.examples import ExampleReader, TolerantReader
from ..lanes.salvage import Salvage
from ..models import Response
from ..payloads.layout import ItemsField, items_of
from ..problems import Position, Problem
from ..problems.collector import Collector, ProblemLimitError, with_positions
from ..problems.rules import Group
from ..tree import Node, Path
from .events import RECORD, ROOT

__all__ = ["ArrayReader"]


class _OtherEndpointError(NotStreamableError):
    """The first records do not show their endpoint, or it is not the expected one."""


class _ReadChunk(NamedTuple):
    """A chunk that has been read."""

    number: int
    """The number of the first record in it, from 0."""
    records: int
    """The number of records in it."""
    size: int
    """The length in bytes."""
    place: Chunk
    """The chunk with its position, but without its text."""


class _Readers(NamedTuple):
    """The readers for records of one model."""

    items: ItemsField
    tolerant: TolerantReader
    examples: ExampleReader


class ArrayReader:
    """Reads chunk after chunk, each by the lane, by example or by the tolerant reader."""

    def __init__(
        self,
        envelope: Envelope,
        model: type[Response],
        collector: Collector,
        *,
        salvage: bool = False,
        errors_only: bool = False,
    ) -> None:
        self.envelope = envelope
        self.model = model
        """The model of the response; `Response` until the first chunk decides."""
        self.problems: list[Problem] = []
        """The problems of the chunks, with positions."""
        self.count = 0
        """The number of records so far, including those that could not be read."""
        self.index: list[_ReadChunk] = []
        """The chunks so far."""
        self.begun = False
        """Whether the first records have been read, so that their endpoint is known."""
        self._salvage = salvage
        self._errors_only = errors_only
        self._failed: tuple[bytes, DecodeError | None] = b"", None
        """The last chunk that was not well-formed, and why."""
        self._collector = collector
        self._readers: _Readers | None = None

    def chunks(self, salvage: Salvage[Sequence[BaseModel]] | None = None) -> Iterator[Sequence[BaseModel]]:
        """Return the records of each chunk.

        Args:
            salvage: reads the well-formed parts of a chunk that is not well-formed; None to stop there.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
            NotStreamableError: the body cannot be read in chunks.
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        return self.envelope.chunks(self.read_chunk, salvage)

    def read_chunk(self, chunk: Chunk) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if it is not well-formed.

        Raises:
            DecodeError: the chunk exceeds a limit, or it is the first one and is not well-formed.
            NotStreamableError: it is the first chunk, and cannot be read separately.
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        number = self.count
        try:
            records = self._read(chunk.text)
        except (DecodeError, NotStreamableError) as error:
            # nothing is known yet, so the body must be read as a whole
            if not self.begun and (not self._salvage or isinstance(error, _OtherEndpointError)):
                raise
            if isinstance(error, DecodeError) and not self._salvage:
                self._raise_limit(error, chunk)
            elif isinstance(error, DecodeError):
                self._failed = chunk.text, error
            return None  # problems of a header are reported with the first well-formed chunk
        except ProblemLimitError:
            self.place(self.envelope.body, chunk, number)
            raise
        self.place(self.envelope.body, chunk, number)
        self.begun = True
        self.index.append(_ReadChunk(number, self.count - number, len(chunk.text), chunk._replace(text=b"")))
        return records

    def _read(self, text: bytes) -> Sequence[BaseModel]:
        if self._readers is None:
            readers, records = self._read_first(text)
        else:
            readers, records = self._readers, self.envelope.read(text, self._readers.items)
        if records is not None:
            self.count += len(records)
            return records
        with self._collector.muted(warnings=self._errors_only):
            found = readers.examples.read(text, self.count)
        if found is None:
            return self.read_nodes(self.envelope.nodes(text))
        records, number = found
        self.count += number
        return records

    def _read_first(self, text: bytes) -> tuple[_Readers, Sequence[BaseModel] | None]:
        """Detect the model of the records. Return its readers and the records, or None if the lane cannot read them."""
        models = ARRAY_MODELS if self.model is Response else (self.model,)
        for model in models:
            records = self.envelope.read(text, items_of(model))
            if records:
                return self._take_for(model), records
        candidates = self.envelope.candidates(text, several=self._salvage)
        named = [model for model in models if endpoint_of(model) in candidates]
        if len(named) != 1 or (self.model is Response and len(candidates) != 1):
            raise _OtherEndpointError("records whose endpoint is not certain")
        return self._take_for(named[0]), None

    def _take_for(self, model: type[Response]) -> _Readers:
        items = items_of(model)
        tolerant = self.envelope.tolerant(items, self._collector.cursor((), ROOT))
        self.model = model
        self._readers = _Readers(items, tolerant, self.envelope.examples(items, tolerant, self._collector))
        return self._readers

    def read_nodes(self, nodes: Sequence[Node]) -> Sequence[BaseModel]:
        """Read records by the tolerant reader.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        number = self.count
        self.count += len(nodes)
        with self._collector.muted(warnings=self._errors_only):
            return cast(_Readers, self._readers).tolerant(nodes, number)

    def _raise_limit(self, fault: DecodeError, chunk: Chunk) -> None:
        """Raise the error of a chunk if a limit is exceeded: more text cannot change that."""
        if fault.problem.rule.group is Group.SOURCE:
            raise DecodeError(self.moved(fault.problem, chunk), fault.format) from None

    def reject_piece(self, piece: Chunk, evidence: bytes) -> Sequence[BaseModel] | None:
        """Reject the text of a record if it is not well-formed.

        Args:
            piece: the text of the record.
            evidence: the text that is examined.

        Returns:
            No records if it was rejected; None if it is well-formed.
        """
        fault = self._failed[1] if evidence == self._failed[0] else self._fault_in(evidence)
        if fault is None:
            return None
        self._raise_limit(fault, piece)
        problem, end = fault.problem, piece.after(self.envelope.boundary)
        position = self.envelope.to_body_position((problem.line or 1, problem.column or 1), piece)
        line, column = min(position, (end.line, end.column))
        message = problem.message.replace("the body ends", "the record ends")  # the record was decoded as a body
        self.reject(piece, replace(problem, message=message, line=line, column=column))
        return ()

    def _fault_in(self, text: bytes) -> DecodeError | None:
        """Return why a chunk is not well-formed, or None."""
        try:
            self.envelope.nodes(text)
        except DecodeError as fault:
            return fault
        except NotStreamableError:
            pass
        return None

    def reject(self, piece: Chunk, fault: Problem) -> None:
        """Reject the text of a record because of a problem, whose position is in the whole body.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        pointer = f"{ROOT}/{self.count}"
        self.report_fault(replace(fault, pointer=pointer))
        self._collector.rejected.append((pointer, self.envelope.boundary.trimmed(piece.text)))
        self.count += 1

    def report_fault(self, fault: Problem) -> None:
        """Report a problem whose position is in the whole body.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        self.place(self.envelope.body, Chunk(b"", fault.line or 1, 1), self.count)  # problems of a header come first
        self.problems.append(fault)
        self._collector.report_fault()

    def moved(self, problem: Problem, chunk: Chunk) -> Problem:
        """Return a problem in the next chunk with its pointer and its position in the whole body."""
        line, column = self.envelope.to_body_position((problem.line or 1, problem.column or 1), chunk)
        pointer = RECORD.sub(lambda found: f"{ROOT}/{int(found[1]) + self.count}", problem.pointer)
        return replace(problem, pointer=pointer, line=line, column=column)

    def place(self, body: Callable[[bytes], bytes], chunk: Chunk, number: int) -> None:
        """Add positions to the problems of a chunk.

        Args:
            body: returns the text of the chunk as a whole body.
            chunk: the chunk.
            number: the number of the first record in it.
        """
        if not self._collector.found:
            return
        found, self._collector.found = self._collector.found, []
        paths = {path for _, path in found}
        records = {index - number for index in map(self.envelope.record_at, paths) if index is not None}
        positions: dict[Path, Position] = {}
        for index, one in self.envelope.alone(chunk, self.count - number, records).items():
            inside = {path for path in paths if self.envelope.record_at(path) == number + index}
            positions |= self.envelope.locate(body(one.text), one, number + index, inside)
            paths -= inside
        if paths:
            positions |= self.envelope.locate(body(chunk.text), chunk, number, paths)
        self.problems += with_positions(found, positions)

    def parts(self, data: bytes, numbers: AbstractSet[int]) -> Iterator[tuple[Chunk, dict[int, int]]]:
        """Return the smallest parts of a body that contain some records, to decode these again.

        Args:
            data: the whole body.
            numbers: the numbers of the records.

        Returns:
            Each part, and the index in it of each record, by the number of the record.
        """
        for first, count, size, place in self.index:
            indexes = {number - first for number in numbers if 0 <= number - first < count}
            if not indexes:
                continue
            start = self.envelope.mark + place.start
            whole = place._replace(text=data[start : start + size])
            alone = self.envelope.alone(whole, count, indexes)
            parts = [(part, {first + index: 0}) for index, part in alone.items()]
            yield from parts or [(whole, {first + index: index for index in indexes})]
