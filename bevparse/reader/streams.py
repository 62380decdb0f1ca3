"""Bodies that come block by block: the chunks of an array of records, and what follows the last chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple, cast

from pydantic import BaseModel

from ..endpoints import endpoint_of
from ..errors import ApiError, DecodeError, PayloadError
from ..formats import Format
from ..lanes.chunks import Chunk, NotStreamableError
from ..lanes.envelopes import Envelope
from ..lanes.salvage import Salvage
from ..limits import Limits
from ..models import ErrorResponse, Response
from ..payloads import KINDS
from ..preambles import Preamble
from ..problems import Problem, rules
from ..problems.collector import Collector, ProblemLimitError
from ..problems.rules import Group
from ..tree import Node
from .arrays import ArrayReader
from .events import ROOT, Event, Inspection, Records, RejectedRecord

__all__ = ["Stream", "StreamSettings", "in_file"]


class StreamSettings(NamedTuple):
    """How a stream is read, see the arguments of `BodyReader`."""

    limits: Limits
    block_size: int
    salvage: bool
    errors_only: bool


class Stream:
    """The chunks of a body that comes block by block, and what follows the last chunk."""

    def __init__(self, chosen: Format, envelope: Envelope, model: type[Response], settings: StreamSettings) -> None:
        self._chosen = chosen
        self._envelope = envelope
        self._limits = settings.limits
        self._block_size = settings.block_size
        self._collector = Collector(settings.limits.problems)
        self._reader = ArrayReader(
            envelope, model, self._collector, salvage=settings.salvage, errors_only=settings.errors_only
        )
        self._salvage = (
            Salvage(envelope.boundary, self._reader.read_chunk, self._reader.reject_piece, envelope.record_end)
            if settings.salvage
            else None
        )
        self._chunks = self._all()

    @property
    def model(self) -> type[Response]:
        """The model of the response."""
        return self._reader.model

    def begin(self) -> bool:
        """Read the first chunk, and return whether there is one that can be read."""
        first: list[Sequence[BaseModel]] = []
        try:
            while not self._reader.begun:
                first.append(next(self._chunks))
        except (StopIteration, NotStreamableError, DecodeError, ProblemLimitError):
            return False
        self._chunks = chain(iter(first), self._chunks)  # unlike a list, an iterator does not keep the records
        return True

    def events(self) -> Iterator[Event]:
        """Return the records, problems and rejected records of the chunks."""
        chunks, self._chunks = self._chunks, iter(())  # so that closing these events also closes the blocks
        yield from self._envelope.problems
        try:
            for records in chunks:
                if self._reader.count > self._limits.records:
                    raise DecodeError(Problem.of(rules.TOO_MANY_RECORDS, self._limits.passed("records"), ROOT))
                self._reader.index.clear()
                yield from self._found()
                yield Records(records)
        except ProblemLimitError:
            yield from self._found()
            raise PayloadError(self._collector.truncation()) from None
        except PayloadError:
            yield from self._found()
            raise
        yield from self._collector.truncation()

    def inspect(self, found: Inspection) -> Inspection:
        """Return an inspection with every problem of a body that is not well-formed. Else return the given one."""
        problems: list[Problem] = []
        try:
            problems += (event for event in self.events() if isinstance(event, Problem))
        except PayloadError as error:
            problems += error.problems
        except DecodeError as error:
            problems.append(error.problem)
        except ApiError:
            return found
        is_found = any(problem.rule.group is Group.SYNTAX for problem in problems)
        return Inspection(None, tuple(problems), found.format, endpoint_of(self.model)) if is_found else found

    def _all(self) -> Iterator[Sequence[BaseModel]]:
        try:
            yield from self._reader.chunks(self._salvage)
        except NotStreamableError as error:
            rest = error.rest
            if rest is None or not (self._reader.begun or self._salvage):
                raise
            if self._salvage and error.ended:
                yield from self._salvage_rest(rest, self._salvage)
            else:
                yield self._read_rest(rest, ended=error.ended)

    def _salvage_rest(self, rest: Chunk, salvage: Salvage[Sequence[BaseModel]]) -> Iterator[Sequence[BaseModel]]:
        """Read the text that could not be cut into chunks, as far as it is well-formed."""
        read = self._read_or_fault(rest, raises_limits=False)  # a single record may be within the limits
        if isinstance(read, Problem):
            yield from salvage.results(rest, ended=True)
            yield from self._read_end(salvage.rest)
        else:
            yield read

    def _read_end(self, rest: Chunk) -> Iterator[Sequence[BaseModel]]:
        """Read the end of a body that is not well-formed: the text after the last record that could be cut."""
        boundary = self._envelope.boundary
        if boundary.tail(rest.text) == 0:
            return
        if boundary.separator and boundary.closes(rest.text):  # a separator without a record after it
            before = boundary.sample + boundary.separator
            shifted = rest._replace(text=before + rest.text, column=rest.column - len(before))
            self._reader.report_fault(cast(Problem, self._read_or_fault(shifted)))
            yield ()
            return
        read = self._read_or_fault(rest)
        if not isinstance(read, Problem):
            yield read
            return
        end = self._envelope.record_end(rest.text)
        records = self._reader.read_chunk(rest._replace(text=rest.text[:end])) if end else None
        if records is None and rest.text.strip() and not boundary.closes(rest.text):
            self._reader.reject(rest, read)
        else:
            yield records or ()
            self._reader.report_fault(read)
        yield ()

    def _read_or_fault(self, rest: Chunk, *, raises_limits: bool = True) -> Sequence[BaseModel] | Problem:
        """Return the records in the text that could not be cut, or its problem if it is not well-formed."""
        try:
            return self._read_rest(rest)
        except DecodeError as error:
            if raises_limits and error.problem.rule.group is Group.SOURCE:
                raise
            return error.problem

    def _found(self) -> Iterator[Event]:
        yield from self._reader.problems
        self._reader.problems.clear()
        yield from (RejectedRecord(*rejected) for rejected in self._collector.rejected)
        self._collector.rejected.clear()

    def _read_rest(self, rest: Chunk, *, ended: bool = True) -> Sequence[BaseModel]:
        """Read the text that could not be cut: the end of a body with more than its array, or not well-formed.

        Raises:
            NotStreamableError: nothing was read before, so the text is the whole body.
        """
        root, number = self._decode_rest(rest, ended=ended), self._reader.count
        if not self._reader.begun:
            raise NotStreamableError("a body with more than its array")
        try:
            return self._reader.read_nodes(self._nodes(root))
        except NotStreamableError as fault:
            problem = Problem.of(rules.UNKNOWN_PAYLOAD, f"expected records, got {fault}", f"{ROOT}/{number}")
            raise PayloadError((problem,)) from None
        finally:
            self._reader.place(self._unended, rest, number)

    def _decode_rest(self, rest: Chunk, *, ended: bool) -> Node:
        try:
            document = self._chosen.decode(self._unended(rest.text), self._limits)
        except DecodeError as fault:
            if ended or self._fault(rest.text[: -self._block_size]) == fault.problem:
                raise DecodeError(self._reader.moved(fault.problem, rest), fault.format) from None
        else:
            self._envelope.attributes = document.attributes
            return document.root
        message = f"expected records of at most {len(rest.text)} bytes in a stream, got a larger record"
        pointer = f"{ROOT}/{self._reader.count}"
        problem = Problem.of(rules.BODY_TOO_LARGE, message, pointer, rest.line, rest.column)
        raise DecodeError(problem, self._chosen.name) from None

    def _fault(self, text: bytes) -> Problem | None:
        """Return the problem of the first part of a text, or None.

        If the whole text has the same problem, the problem is not that its end is missing.
        """
        problem = None
        try:
            self._chosen.decode(self._unended(text), self._limits)
        except DecodeError as error:
            problem = error.problem
        return problem

    def _unended(self, text: bytes) -> bytes:
        return self._envelope.body(text, whole=False)

    def _nodes(self, root: Node) -> Sequence[Node]:
        """Return the records in the decoded text that could not be cut.

        Raises:
            ApiError: the text is an error reply.
        """
        kind = KINDS[self._chosen.kind]
        payload = kind.open(root, self._collector)
        if payload and payload.candidates == ("error",):
            response = kind.read(payload, ErrorResponse)
            if response is not None:
                raise ApiError(cast(ErrorResponse, response))
        single = payload is not None and not payload.enveloped  # a single element was taken for a wrapper
        node = payload.node if payload else None
        return [node] if single else self._envelope.records_in(node)


def in_file(events: Iterator[Event], preamble: Preamble | None) -> Iterator[Event]:
    """Return the events of a body with the lines of its file. Errors that it raises have these lines, too."""
    if preamble is None:
        yield from events
        return
    yield from preamble.problems
    try:
        for event in events:
            yield preamble.moved(event) if isinstance(event, Problem) else event
    except DecodeError as error:
        raise DecodeError(preamble.moved(error.problem), error.format) from None
    except PayloadError as error:
        raise PayloadError(tuple(map(preamble.moved, error.problems)), error.endpoint) from None
