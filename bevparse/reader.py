"""One response body: opened once, read once, whole or record by record."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Final, Generic, NamedTuple, TypeAlias, cast

from pydantic import BaseModel
from typing_extensions import TypeVar

from . import formats
from .endpoints import ARRAY_MODELS, Expected, endpoint_of
from .errors import ApiError, DecodeError, PayloadError
from .files.compression import Budget
from .formats import Document, Format, Locator
from .formats.fronts import front_of
from .formats.objects import ElementObject, JsonObject
from .formats.text import body_head, is_blank
from .garbage import LARGE, without_collector
from .lanes import lane_of
from .lanes.chunks import BLOCK, Chunk, Envelope, NotStreamableError, blocks_of, joined
from .lanes.columns import Columns, Joined, in_columns
from .lanes.examples import ExampleReader, TolerantReader
from .lanes.salvage import Salvage
from .lanes.small import read_small
from .limits import DEFAULT_LIMITS, TOO_DEEP, Limits
from .models import EndpointName, ErrorResponse, Response
from .payloads import KINDS, Payload, read_payload
from .payloads.elements import report_attributes
from .payloads.labels import has_labels
from .payloads.layout import ItemsField, items_of, layout_of, response_of
from .payloads.tables import candidates_of_table
from .preambles import Preamble, preamble_of
from .problems import Position, Problem, format_value, join_pointer, rules
from .problems.collector import Collector, ProblemLimitError, with_positions
from .problems.rules import UNREAD, Group
from .tree import Node, Path, Table, to_builtins

__all__ = ["NO_RECORDS", "Body", "BodyReader", "Event", "Inspection", "Records", "RejectedRecord", "Survey"]

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A response body. Text is taken as it is: an encoding that it declares has no meaning."""
NO_RECORDS: Final = Problem.of(rules.OTHER_ENDPOINT, "expected records, got a response without any", "/response")
"""The problem of a response that holds no records where records are read."""
_ROOT: Final = "/response"
_RECORD: Final = re.compile(r"/response/([0-9]{1,9})(?=/|\Z)")


R_co = TypeVar("R_co", bound=Response, default=Response, covariant=True)


@dataclass(frozen=True, slots=True)
class Inspection(Generic[R_co]):
    """Everything that could be read of a body, and every problem."""

    response: R_co | None
    """The model, without the records that could not be read; None when nothing could."""
    problems: tuple[Problem, ...]
    """Errors and warnings in the order of the body, each with its position."""
    format: str | None
    """The format that the body has."""
    endpoint: EndpointName | None
    """The endpoint that it was read as, or "error"."""
    rejected: tuple[tuple[str, object], ...] = ()
    """The records that could not be read: the pointer of each, and what it holds in JSON values."""


class Survey(NamedTuple):
    """What could be read of a whole body, without models of the records that its lane has read."""

    found: Inspection
    """As of `BodyReader.inspect`, but it has no response if there are `records`."""
    records: Columns | None
    """The records that the lane has read; None if it has read none."""


class Records(NamedTuple):
    """Records that were read, in the order of the body."""

    records: Sequence[BaseModel]
    pointer: str = _ROOT
    """The pointer of their array."""


class RejectedRecord(NamedTuple):
    """A record that could not be read; its problems come before."""

    pointer: str
    record: object
    """What it holds in JSON values."""


Event: TypeAlias = Problem | RejectedRecord | Records
"""What is met while a body is read; problems come before the records that follow them."""


_Decoder: TypeAlias = Format | JsonObject | ElementObject


class _SourceFailedError(Exception):
    """The source of a body failed; unlike an error of the body it is no reason to read the body in another way."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class _OtherEndpointError(NotStreamableError):
    """The first records may be those of another endpoint."""


class BodyReader:
    """One response body.

    Args:
        body: the whole body, or an iterable of its blocks.
        expected: what it is expected to be.
        limits: the limits.
        lanes: whether fast paths are used.
        block_size: the bytes of a whole body that are taken at a time.
        budget: that of the file which contains the body, for a body in an HTTP encoding.
        salvage: whether a body that is not well-formed is read as far as possible: each fault rejects one record.
        errors_only: whether warnings about records that are read in chunks are left out.
    """

    def __init__(
        self,
        body: Body | Iterable[bytes],
        expected: Expected = Expected(),  # noqa: B008 - immutable
        limits: Limits = DEFAULT_LIMITS,
        *,
        lanes: bool = True,
        block_size: int = BLOCK,
        budget: Budget | None = None,
        salvage: bool = False,
        errors_only: bool = False,
    ) -> None:
        if isinstance(body, (bytearray, memoryview)):
            body = bytes(body)
        self._data: bytes | str = body if isinstance(body, (bytes, str)) else b""
        self._blocks: Iterable[bytes] = () if isinstance(body, (bytes, str)) else body
        self._expected = expected
        self._limits = limits
        self._lanes = lanes
        self._block_size = block_size
        self._salvage = salvage
        self._errors_only = errors_only
        self.format: str | None = None
        """The format of the body, as soon as it is known."""
        self._taken: list[bytes] | None = []
        """The blocks so far, until it is clear that they are not needed again."""
        self._budget = budget
        self._preamble: Preamble | None = None
        self._opened: tuple[_Decoder, Document] | None = None
        self._chunks: _ChunkReader | None = None
        self._without_models = False
        self._records: Columns | None = None

    @property
    def is_in_chunks(self) -> bool:
        """Whether a whole body has been read chunk by chunk, by its lane."""
        return self._chunks is not None

    def inspect(self, *, small: bool = True) -> Inspection:
        """Return everything that can be read of a whole body, and every problem.

        Args:
            small: whether it may be a small body that is read in one step.

        Raises:
            UnknownFormatError: there is no format of the declared name.
        """
        found = self._inspect_whole(small=small)
        stream = self._open_damaged(found)
        if stream:
            found = stream.inspect(found)
        return self._in_file(found)

    def survey(self) -> Survey:
        """Inspect a whole body, without models of the records that its lane reads."""
        self._without_models = True
        return Survey(self.inspect(), self._records)

    def _in_file(self, found: Inspection) -> Inspection:
        """Return what was read of a body, with the positions in its file."""
        preamble = self._preamble
        if preamble is None:
            return found
        return replace(found, problems=(*preamble.problems, *map(preamble.moved, found.problems)))

    def _inspect_whole(self, *, small: bool) -> Inspection:
        """Return what can be read of a whole body without what is before it, and every problem."""
        if small and self._lanes and len(self._data) <= self._block_size:
            expected = self._expected
            quick = read_small(self._data, expected.models[0], expected.format, self._limits)
            if quick is not None:
                return Inspection(quick[0], (), quick[1], endpoint_of(type(quick[0])))
        try:
            self._skip_preamble()
            read = partial(self._inspect_as_chosen, *self._choose_format(self._data))
            return read() if len(self._data) < LARGE else without_collector(read)
        except DecodeError as error:
            return Inspection(None, (error.problem,), error.format, None)
        except RecursionError:  # the limit is higher than an interpreter can go
            return Inspection(None, (Problem.of(rules.TOO_DEEP, TOO_DEEP),), None, None)

    def _inspect_as_chosen(self, chosen: Format, declared: Format | None) -> Inspection:
        by_lane = self._inspect_by_lane(chosen) if declared in (None, chosen) else None
        return by_lane or self._inspect_document(*self._decode(chosen, declared))

    def _open_damaged(self, found: Inspection) -> _Stream | None:
        """Return the chunks of a whole body that is not well-formed, or None if its records cannot be read."""
        data = self._data
        if not (self._salvage and found.problems) or isinstance(data, str) or is_blank(data):
            return None
        errors = (problem for problem in found.problems if problem.severity == "error")
        is_damaged = any(error.rule.group is Group.SYNTAX for error in errors)
        return self._open_stream(blocks_of(data, self._block_size), damaged=True) if is_damaged else None

    def _skip_preamble(self) -> None:
        """Remove what is before a whole body.

        Raises:
            DecodeError: the body is damaged, is in an unsupported HTTP encoding, or exceeds a limit.
        """
        found = preamble_of(self._data, self._limits, self._budget or Budget(self._limits, len(self._data)))
        if found:
            self._preamble, self._data = found, found.body
            self._expected = self._expected._replace(format=self._expected.format or found.format)

    def inspect_object(self, decoded: JsonObject | ElementObject) -> Inspection:
        """Return everything that can be read of a body that a program has decoded, and every problem."""
        try:
            self._opened = decoded, decoded.decode(self._limits)
        except DecodeError as error:
            return Inspection(None, (error.problem,), error.format, None)
        return self._inspect_document(*self._opened)

    def detect(self) -> tuple[str, EndpointName | None]:
        """Return the format of a whole body, and its endpoint if the payload fits one.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
        """
        self._skip_preamble()
        chosen, document = self._decode(*self._choose_format(self._data))
        try:
            payload = KINDS[chosen.kind].open(document.root, Collector(self._limits.problems))
        except ProblemLimitError:
            payload = None
        return chosen.name, payload.endpoint if payload else None

    def locate(self, pointers: Collection[str], model: type[Response]) -> dict[str, Position]:
        """Return the line and column of pointers into the canonical JSON of a whole body without errors.

        A missing field is located at its record, and a member that has no position of its own at its list. What
        cannot be found at all is left out.

        Args:
            pointers: the pointers.
            model: what the body was read as.
        """
        chunks = self._chunks
        if chunks is not None and all(map(_RECORD.match, pointers)):
            positions = self._locate_in_chunks(chunks, pointers, model)
        else:
            chosen, document = self._opened or self._decode(*self._choose_format(self._data))
            positions = self._locate_in(self._data, chosen, document, pointers, model)
        lines = self._preamble.lines if self._preamble else 0
        return {} if lines is None else {at: (line + lines, column) for at, (line, column) in positions.items()}

    def _locate_in_chunks(
        self, reader: _ChunkReader, pointers: Collection[str], model: type[Response]
    ) -> dict[str, Position]:
        """Return positions in the chunks that hold the records; only these are decoded."""
        data = self._data if isinstance(self._data, bytes) else self._data.encode()
        chosen = self._choose_format(self._data)[0]
        numbered = [(pointer, cast("re.Match[str]", _RECORD.match(pointer))) for pointer in pointers]
        positions: dict[str, Position] = {}
        for first, count, size, chunk in reader.index:
            inside = {pointer: int(found[1]) - first for pointer, found in numbered}
            indexes = {index for index in inside.values() if 0 <= index < count}
            if not indexes:
                continue
            start = reader.envelope.mark + chunk.start
            whole = chunk._replace(text=data[start : start + size])
            alone = reader.envelope.alone(whole, count, indexes)
            for index, part in alone.items() or ((None, whole),):
                body = reader.envelope.body(part.text)
                known = {
                    f"{_ROOT}/{inside[pointer] - (index or 0)}{pointer[found.end() :]}": pointer
                    for pointer, found in numbered
                    if inside[pointer] in ((index,) if alone else indexes)
                }
                places = self._locate_in(body, chosen, chosen.decode(body, self._limits), known.keys(), model)
                for pointer, position in places.items():
                    positions[known[pointer]] = reader.envelope.to_body_position(position, part)
        return positions

    def events(self) -> Iterator[Event]:
        """Return the records of a body, its problems and its rejected records, in the order of the body.

        Arrays of records that come in blocks are read chunk by chunk, in memory that does not depend on their number.
        Any other body is read as a whole.

        Raises:
            SourceError: the source of the blocks cannot be read.
            DecodeError: the body is not well-formed, or exceeds a limit.
            PayloadError: there are more errors than the limits allow, or the body holds no such records.
            ApiError: the body is an error reply.
            UnknownFormatError: there is no format of the declared name.
        """
        try:
            yield from self._events_of_whole() if self._data else self._events_of_blocks()
        except _SourceFailedError as failed:
            raise failed.error from None

    def _events_of_blocks(self) -> Iterator[Event]:
        blocks = self._watched()
        stream = self._open_stream(blocks)
        if stream is not None:
            self._taken = None
            yield from _in_file(stream.events(), self._preamble)
            return
        self._preamble = None
        for _ in blocks:  # the rest is taken, too, as far as the limits allow
            pass
        self._data = b"".join(self._taken or ())
        yield from self._events_of_whole()

    def _watched(self) -> Iterator[bytes]:
        """Return the blocks, kept until it is clear that they are not needed again.

        Raises:
            _SourceFailedError: the source failed.
        """
        size = 0
        try:
            for block in self._blocks:
                if self._taken is not None:
                    self._taken.append(block)
                    size += len(block)
                    if size > self._limits.body:
                        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, self._limits.passed("body")))
                yield block
        except Exception as error:  # noqa: BLE001 - a source may fail with any class
            raise _SourceFailedError(error) from None

    def _open_stream(self, blocks: Iterator[bytes], *, damaged: bool = False) -> _Stream | None:
        """Return the chunks of a body, or None if it must be read as a whole. Its beginning may be `damaged`."""
        first = next(blocks, b"")
        while is_blank(first) and len(longer := joined([first], blocks, 2 * len(first) + 1)) > len(first):
            first = longer
        found = None if self._preamble else preamble_of(first, self._limits)
        if found and is_blank(found.body):
            return None
        if found:
            self._preamble, first = found, cast(bytes, found.body)
            self._expected = self._expected._replace(format=self._expected.format or found.format)
        chosen, declared = self._choose_format(first)
        model = self._expected.models[0]
        blocks = chain([first], blocks)
        envelope = self._envelope(chosen, blocks, damaged=damaged) if declared in (None, chosen) else None
        settings = _StreamSettings(self._limits, self._block_size, self._salvage, self._errors_only)
        stream = _Stream(chosen, envelope, model, settings) if envelope else None
        return stream if stream and stream.begin() else None

    def _envelope(self, format: Format, blocks: Iterator[bytes], *, damaged: bool = False) -> Envelope | None:
        """Return the envelope of an array of records that the lane of a format can read."""
        lane = lane_of(format) if self._lanes and self._expected.models[0] in (Response, *ARRAY_MODELS) else None
        return lane.open_envelope(blocks, self._limits, damaged=damaged) if lane else None

    def _events_of_whole(self) -> Iterator[Event]:
        found = self._inspect_whole(small=True)
        stream = self._open_damaged(found)
        if stream:
            yield from _in_file(stream.events(), self._preamble)
            return
        found = self._in_file(found)
        errors = [problem for problem in found.problems if problem.severity == "error"]
        if errors and errors[0].rule.group in UNREAD:
            raise DecodeError(errors[0], found.format)
        if isinstance(found.response, ErrorResponse):
            raise ApiError(found.response)
        cut = found.response is None and found.problems[-1].rule is rules.PROBLEMS_CUT
        yield from found.problems[:-1] if cut else found.problems
        yield from (RejectedRecord(*rejected) for rejected in found.rejected)
        if found.response is None:
            raise PayloadError(found.problems[-1:] if cut else found.problems, found.endpoint)
        items = layout_of(type(found.response)).items
        if items is None:
            raise PayloadError((NO_RECORDS,))
        pointer = join_pointer(_ROOT, items.wire_name) if items.wire_name else _ROOT
        yield Records(getattr(found.response, items.attribute), pointer)

    def _choose_format(self, data: bytes | str) -> tuple[Format, Format | None]:
        """Return the format that a body surely has, else the declared one, else CSV; and the declared one.

        Raises:
            DecodeError: the body is empty, or too large.
        """
        name, limits = self._expected.format, self._limits
        declared = formats.get(name) if name else None
        if len(data) > limits.body:
            raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body", len(data))), name)
        if is_blank(data) and (declared is None or declared.kind != "table"):
            raise DecodeError(Problem.of(rules.EMPTY_BODY, "expected a response, got an empty body", "", 1, 1), name)
        head = body_head(data)
        sure = declared if declared and declared.sniff(head) else formats.sniff(head)
        chosen = sure or declared or formats.get("csv")
        self.format = chosen.name
        return chosen, declared

    def _decode(self, chosen: Format, declared: Format | None) -> tuple[Format, Document]:
        """Decode a whole body in a format, unless that was a mere guess.

        Raises:
            DecodeError: the body is not well-formed in any format, or exceeds a limit.
        """
        document = chosen.decode(self._data, self._limits) if chosen is declared else self._decode_guess(chosen)
        if document is None and declared is None:
            head = body_head(self._data).decode("utf-8", "backslashreplace")
            front = front_of(head)
            got = f"a text that starts {format_value(head)}" + (f": {front}" if front else "")
            raise DecodeError(Problem.of(rules.UNKNOWN_FORMAT, f"expected JSON, XML or CSV, got {got}", "", 1, 1))
        if document is None:
            chosen = cast(Format, declared)
            document = chosen.decode(self._data, self._limits)
        elif declared and chosen is not declared:
            message = f"expected {declared.name}, which was declared, accepted {chosen.name}"
            other = Problem.of(rules.OTHER_FORMAT, message, "", 1, 1)
            document = replace(document, problems=(other, *document.problems))
        self._opened = chosen, document
        return chosen, document

    def _decode_guess(self, chosen: Format) -> Document | None:
        """Decode a body in a format that was not declared, or return None for a table without labels of the service.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
        """
        try:
            document = chosen.decode(self._data, self._limits)
        except DecodeError as error:
            if error.problem.rule is rules.CSV_SYNTAX and not has_labels(_first_line(self._data)):
                return None
            raise
        return None if isinstance(document.root, Table) and not candidates_of_table(document.root) else document

    def _inspect_by_lane(self, chosen: Format) -> Inspection | None:
        """Read an array of records chunk by chunk, or return None if the whole body must be looked at."""
        try:
            data = self._data if isinstance(self._data, bytes) else self._data.encode()
        except UnicodeEncodeError:
            return None
        envelope = self._envelope(chosen, blocks_of(data, self._block_size))
        if envelope is None:
            return None
        collector = Collector(self._limits.problems)
        reader = _ChunkReader(envelope, self._expected.models[0], collector)
        records: list[BaseModel] = []
        parts: list[Columns] = []
        try:
            for some in reader.chunks():
                if self._without_models:
                    parts.append(in_columns(some))
                else:
                    records += some
                del some  # so that the next chunk uses its memory
                if reader.count > self._limits.records:
                    return None
        except (NotStreamableError, DecodeError, ProblemLimitError):
            return None
        if not reader.count:  # an empty array is soon read, and may be that of several endpoints
            return None
        self._chunks = reader
        self._records = Joined(parts) if self._without_models else None
        response = None if self._without_models else response_of(reader.model, records)
        problems = (*envelope.problems, *reader.problems, *collector.truncation())
        return Inspection(response, problems, chosen.name, endpoint_of(reader.model), _rejected(collector))

    def _inspect_document(self, chosen: _Decoder, document: Document) -> Inspection:
        """Read a decoded body as the first of the expected models, or as the next where it is that of another."""
        first, *others = self._expected.models
        found = self._inspect_as(first, chosen, document)
        for model in others:
            if any(problem.rule is rules.OTHER_ENDPOINT for problem in found.problems):
                found = self._inspect_as(model, chosen, document)
        return found

    def _inspect_as(self, model: type[Response], chosen: _Decoder, document: Document) -> Inspection:
        collector = Collector(self._limits.problems)
        response, endpoint = None, None
        payload: Payload | None = None
        kind = KINDS[chosen.kind]
        try:
            report_attributes(document.attributes, collector.cursor())
            payload = kind.open(document.root, collector, document.stray_attribute)
            if payload is not None:
                response, endpoint = read_payload(kind, payload, model)
        except ProblemLimitError:
            endpoint = endpoint_of(model) if model is not Response else payload.endpoint if payload else None
        positions = {}
        if collector.found and hasattr(chosen, "locate"):
            positions = cast(Locator, chosen).locate(self._data, {path for _, path in collector.found})
        found = with_positions(collector.found, positions)
        own = document.problems
        if endpoint == "error" and chosen.name == "json":  # inferred: errors are in JSON for any requested format
            own = tuple(_tolerate_other_format(problem) for problem in own)
        problems = (*own, *found, *collector.truncation())
        return Inspection(response, problems, chosen.name, endpoint, _rejected(collector))

    def _locate_in(
        self, body: bytes | str, chosen: _Decoder, document: Document, pointers: Collection[str], model: type[Response]
    ) -> dict[str, Position]:
        kind = KINDS[chosen.kind]
        payload = kind.open(document.root, Collector(self._limits.problems))
        if payload is None or not hasattr(chosen, "locate"):
            return {}
        finder = kind.finder(payload, layout_of(model))
        found = {pointer: finder.path(_steps(pointer)) for pointer in pointers if pointer.startswith(_ROOT)}
        paths = {pointer: path for pointer, path in found.items() if path is not None}
        positions = cast(Locator, chosen).locate(body, set(paths.values()))
        return {pointer: positions[path] for pointer, path in paths.items() if path in positions}


class _ChunkReader:
    """Reads chunk after chunk, each by the lane or by the tolerant reader."""

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
        """The model whose records these are; `Response` until the first chunk decides."""
        self.problems: list[Problem] = []
        """The problems of the chunks, with positions."""
        self.count = 0
        """How many records there have been, with those that could not be read."""
        self.index: list[tuple[int, int, int, Chunk]] = []
        """Of each chunk the number of its first record, how many it holds, its bytes, and its position."""
        self.begun = False
        """Whether the first records have been read, so that their endpoint is known."""
        self._salvage = salvage
        self._errors_only = errors_only
        self._failed: tuple[bytes, DecodeError | None] = b"", None
        """The last chunk that was not well-formed, and why."""
        self._collector = collector
        self._items: ItemsField | None = None
        self._tolerant: TolerantReader | None = None
        self._examples: ExampleReader | None = None

    def chunks(self, salvage: Salvage[Sequence[BaseModel]] | None = None) -> Iterator[Sequence[BaseModel]]:
        """Return the records of each chunk.

        Args:
            salvage: reads what is well-formed of a chunk that is not.

        Raises:
            DecodeError: something is not well-formed, or exceeds a limit.
            NotStreamableError: the body cannot be read in chunks.
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        return self.envelope.chunks(self.read_chunk, salvage)

    def read_chunk(self, chunk: Chunk) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if it is not well-formed.

        Raises:
            DecodeError: it exceeds a limit, or is the first and is not well-formed.
            NotStreamableError: it is the first, and cannot be read separately.
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        number = self.count
        try:
            records = self._read(chunk.text)
        except (DecodeError, NotStreamableError) as error:
            # nothing is known yet, so the whole body must be looked at
            if not self.begun and (not self._salvage or isinstance(error, _OtherEndpointError)):
                raise
            if isinstance(error, DecodeError) and not self._salvage:
                self._raise_limit(error, chunk)
            elif isinstance(error, DecodeError):
                self._failed = chunk.text, error
            return None  # problems of a header wait for a chunk that is well-formed
        except ProblemLimitError:
            self.place(self.envelope.body, chunk, number)
            raise
        self.place(self.envelope.body, chunk, number)
        self.begun = True
        self.index.append((number, self.count - number, len(chunk.text), chunk._replace(text=b"")))
        return records

    def _read(self, text: bytes) -> Sequence[BaseModel]:
        records = self.envelope.read(text, self._items) if self._items else self._read_first(text)
        if records is not None:
            self.count += len(records)
            return records
        with self._collector.muted(warnings=self._errors_only):
            found = cast(ExampleReader, self._examples).read(text, self.count)
        if found is None:
            return self.read_nodes(self.envelope.nodes(text))
        records, number = found
        self.count += number
        return records

    def read_nodes(self, nodes: Sequence[Node]) -> Sequence[BaseModel]:
        """Read records by the tolerant reader.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        number = self.count
        self.count += len(nodes)
        with self._collector.muted(warnings=self._errors_only):
            return cast(TolerantReader, self._tolerant)(nodes, number)

    def _raise_limit(self, fault: DecodeError, chunk: Chunk) -> None:
        """Raise the error of a chunk if a limit is exceeded, which more text would not mend."""
        if fault.problem.rule.group is Group.SOURCE:
            raise DecodeError(self.moved(fault.problem, chunk), fault.format) from None

    def reject_piece(self, piece: Chunk, evidence: bytes) -> Sequence[BaseModel] | None:
        """Reject a record if its evidence is not well-formed; otherwise return None."""
        fault = self._failed[1] if evidence == self._failed[0] else self._fault_in(evidence)
        if fault is None:
            return None
        self._raise_limit(fault, piece)
        problem, end = fault.problem, piece.after(self.envelope.boundary)
        position = self.envelope.to_body_position((problem.line or 1, problem.column or 1), piece)
        line, column = min(position, (end.line, end.column))
        message = problem.message.replace("the body ends", "the record ends")  # it was decoded as a body
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
        """Reject the text of a record because of a problem of the whole body.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        pointer = f"{_ROOT}/{self.count}"
        self.report_fault(replace(fault, pointer=pointer))
        self._collector.rejected.append((pointer, self.envelope.boundary.trimmed(piece.text)))
        self.count += 1

    def report_fault(self, fault: Problem) -> None:
        """Report a problem of the whole body.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        self.place(self.envelope.body, Chunk(b"", fault.line or 1, 1), self.count)  # the problems of a header
        self.problems.append(fault)
        self._collector.report_fault()

    def moved(self, problem: Problem, chunk: Chunk) -> Problem:
        """Return a problem of the body of the next chunk as one of the whole body."""
        line, column = self.envelope.to_body_position((problem.line or 1, problem.column or 1), chunk)
        pointer = _RECORD.sub(lambda found: f"{_ROOT}/{int(found[1]) + self.count}", problem.pointer)
        return replace(problem, pointer=pointer, line=line, column=column)

    def place(self, body: Callable[[bytes], bytes], chunk: Chunk, number: int) -> None:
        """Add positions to the problems of a chunk.

        Args:
            body: returns the body of the chunk.
            chunk: the chunk.
            number: the number of its first record.
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

    def _read_first(self, text: bytes) -> Sequence[BaseModel] | None:
        """Find out whose records these are, and read them if the lane can."""
        models = ARRAY_MODELS if self.model is Response else (self.model,)
        for model in models:
            records = self.envelope.read(text, items_of(model))
            if records:
                self._take_for(model)
                return records
        candidates = self.envelope.candidates(text, several=self._salvage)
        named = [model for model in models if endpoint_of(model) in candidates]
        if len(named) != 1 or (self.model is Response and len(candidates) != 1):
            raise _OtherEndpointError("records that might be those of another endpoint")
        self._take_for(named[0])
        return None

    def _take_for(self, model: type[Response]) -> None:
        self.model = model
        self._items = items_of(model)
        self._tolerant = self.envelope.tolerant(self._items, self._collector.cursor((), _ROOT))
        self._examples = self.envelope.examples(self._items, self._tolerant, self._collector)


class _StreamSettings(NamedTuple):
    """How a stream is read, see `BodyReader`."""

    limits: Limits
    block_size: int
    salvage: bool
    errors_only: bool


class _Stream:
    """The chunks of a body that comes block by block, and what follows the last chunk."""

    def __init__(self, chosen: Format, envelope: Envelope, model: type[Response], settings: _StreamSettings) -> None:
        self._chosen = chosen
        self._envelope = envelope
        self._limits = settings.limits
        self._block_size = settings.block_size
        self._collector = Collector(settings.limits.problems)
        self._reader = _ChunkReader(
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
        """The model whose records these are."""
        return self._reader.model

    def begin(self) -> bool:
        """Return whether there is a first chunk, and whether it can be read."""
        first: list[Sequence[BaseModel]] = []
        try:
            while not self._reader.begun:
                first.append(next(self._chunks))
        except (StopIteration, NotStreamableError, DecodeError, ProblemLimitError):
            return False
        self._chunks = chain(iter(first), self._chunks)  # an iterator does not keep what it has returned
        return True

    def events(self) -> Iterator[Event]:
        """Return the records, problems and rejected records of the chunks."""
        chunks, self._chunks = self._chunks, iter(())  # so that the blocks are closed when these events are
        yield from self._envelope.problems
        try:
            for records in chunks:
                if self._reader.count > self._limits.records:
                    raise DecodeError(Problem.of(rules.TOO_MANY_RECORDS, self._limits.passed("records"), _ROOT))
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
        """Return every problem of a body that is not well-formed, or the given inspection if it is well-formed."""
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
        """Read what could not be cut, as far as it is well-formed."""
        read = self._read_or_fault(rest, raises_limits=False)  # its records may be within the limits
        if isinstance(read, Problem):
            yield from salvage.results(rest, ended=True)
            yield from self._read_end(salvage.rest)
        else:
            yield read

    def _read_end(self, rest: Chunk) -> Iterator[Sequence[BaseModel]]:
        """Read the end of a body that is not well-formed: its tail, and what could not be cut into records."""
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
        """Return the records in what could not be cut, or what is wrong with it if it is not well-formed."""
        try:
            return self._read_rest(rest)
        except DecodeError as error:
            if raises_limits and error.problem.rule.group is Group.SOURCE:
                raise
            return error.problem

    def _found(self) -> Iterator[Event]:
        yield from self._reader.problems
        self._reader.problems.clear()
        yield from (RejectedRecord(*rejected) for rejected in _rejected(self._collector))
        self._collector.rejected.clear()

    def _read_rest(self, rest: Chunk, *, ended: bool = True) -> Sequence[BaseModel]:
        """Read what could not be cut: the end of a body that has more than its array, or is not well-formed.

        Raises:
            NotStreamableError: it is the whole body.
        """
        root, number = self._decode_rest(rest, ended=ended), self._reader.count
        if not self._reader.begun:
            raise NotStreamableError("a body with more than its array")
        try:
            return self._reader.read_nodes(self._nodes(root))
        except NotStreamableError as fault:
            problem = Problem.of(rules.UNKNOWN_PAYLOAD, f"expected records, got {fault}", f"{_ROOT}/{number}")
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
        message = f"expected records of at most {len(rest.text)} bytes in a stream, got a larger one"
        pointer = f"{_ROOT}/{self._reader.count}"
        problem = Problem.of(rules.BODY_TOO_LARGE, message, pointer, rest.line, rest.column)
        raise DecodeError(problem, self._chosen.name) from None

    def _fault(self, text: bytes) -> Problem | None:
        """Return what is wrong with the beginning of the rest: as with more of it, unless it only ends."""
        problem = None
        try:
            self._chosen.decode(self._unended(text), self._limits)
        except DecodeError as error:
            problem = error.problem
        return problem

    def _unended(self, text: bytes) -> bytes:
        return self._envelope.body(text, whole=False)

    def _nodes(self, root: Node) -> Sequence[Node]:
        """Return the records in what was made of the rest, unless that is an error reply."""
        kind = KINDS[self._chosen.kind]
        payload = kind.open(root, self._collector)
        if payload and payload.candidates == ("error",):
            response = kind.read(payload, ErrorResponse)
            if response is not None:
                raise ApiError(cast(ErrorResponse, response))
        single = payload is not None and not payload.enveloped  # one element is gone through, as any wrapper
        node = payload.node if payload else None
        return [node] if single else self._envelope.records_in(node)


def _in_file(events: Iterator[Event], preamble: Preamble | None) -> Iterator[Event]:
    """Return the events of a body, and raise its errors, with their lines in the file."""
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


def _first_line(data: bytes | str) -> str:
    return body_head(data).decode("utf-8", "backslashreplace").partition("\n")[0]


def _steps(pointer: str) -> list[str]:
    """Return the steps of a pointer after `/response`."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[2:]]


def _rejected(collector: Collector) -> tuple[tuple[str, object], ...]:
    return tuple((pointer, to_builtins(node)) for pointer, node in collector.rejected)


def _tolerate_other_format(problem: Problem) -> Problem:
    return replace(problem, code=rules.INFERRED_SPELLING.code) if problem.rule is rules.OTHER_FORMAT else problem
