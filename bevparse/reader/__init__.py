"""One response body, read as a whole or record by record.

`BodyReader` decides how a body is read: `arrays` reads the records of an array chunk by chunk, `streams` a body that
comes block by block. `events` has what they return.

A chunk is some hundred whole records. A lane is the fast path of a format for chunks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeAlias, cast

from pydantic import BaseModel

from .. import formats
from ..endpoints import ARRAY_MODELS, Expected, endpoint_of
from ..errors import ApiError, DecodeError, PayloadError
from ..files.compression import Budget
from ..formats import Document, Format, Locator
from ..formats.fronts import front_of
from ..formats.objects import ElementObject, JsonObject
from ..formats.text import body_head, is_blank
from ..garbage import LARGE, without_collector
from ..lanes import lane_of
from ..lanes.chunks import BLOCK, NotStreamableError, blocks_of, joined
from ..lanes.columns import Columns, Joined, in_columns
from ..lanes.envelopes import Envelope
from ..lanes.small import read_small
from ..limits import DEFAULT_LIMITS, TOO_DEEP, Limits
from ..models import EndpointName, ErrorResponse, Response
from ..payloads import KINDS, Payload, read_payload
from ..payloads.detection import candidates_of_table
from ..payloads.elements import report_attributes
from ..payloads.labels import has_labels
from ..payloads.layout import layout_of, response_of
from ..preambles import Preamble, preamble_of
from ..problems import Position, Problem, format_value, join_pointer, rules
from ..problems.collector import Collector, ProblemLimitError, with_positions
from ..problems.rules import UNREAD, Group
from ..tree import Path, Table
from .arrays import ArrayReader
from .events import NO_RECORDS, RECORD, ROOT, Body, Event, Inspection, Records, RejectedRecord, Survey
from .streams import Stream, StreamSettings, in_file

__all__ = ["BodyReader"]

_Decoder: TypeAlias = Format | JsonObject | ElementObject


class _SourceFailedError(Exception):
    """The source of a body failed. After an error of the body itself, it would be read in another way."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class BodyReader:
    """Reads one response body.

    Args:
        body: the whole body, or an iterable of its blocks.
        expected: the endpoint and the format that are expected.
        limits: the limits of the body.
        lanes: whether fast paths are used.
        block_size: how many bytes of a whole body are read at a time.
        budget: the budget of the file that contains the body, for a body in an HTTP encoding.
        salvage: whether a body that is not well-formed is read as far as possible. Each fault rejects one record.
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
        """The blocks so far; None when they are not needed again."""
        self._budget = budget
        self._preamble: Preamble | None = None
        self._opened: tuple[_Decoder, Document] | None = None
        self._chunks: ArrayReader | None = None

    @property
    def is_in_chunks(self) -> bool:
        """Whether a whole body has been read chunk by chunk, by its lane."""
        return self._chunks is not None

    def inspect(self, *, small: bool = True) -> Inspection:
        """Return everything that can be read of a whole body, and every problem.

        Args:
            small: whether to try the fast path for small bodies first.

        Raises:
            UnknownFormatError: there is no format of the declared name.
        """
        return self._read_whole(small=small).found

    def survey(self) -> Survey:
        """Inspect a whole body. Records that a lane reads stay in columns, without models."""
        return self._read_whole(with_models=False)

    def _read_whole(self, *, small: bool = True, with_models: bool = True) -> Survey:
        survey = self._read_well_formed(small=small, with_models=with_models)
        stream = self._open_damaged(survey.found)
        return survey._replace(found=self._in_file(stream.inspect(survey.found) if stream else survey.found))

    def _in_file(self, found: Inspection) -> Inspection:
        """Return what was read of a body, with the positions in its file."""
        preamble = self._preamble
        if preamble is None:
            return found
        return replace(found, problems=(*preamble.problems, *map(preamble.moved, found.problems)))

    def _read_well_formed(self, *, small: bool = True, with_models: bool = True) -> Survey:
        """Return what can be read of a whole body as if it were well-formed. Lines count from after its preamble."""
        if small and self._lanes and len(self._data) <= self._block_size:
            expected = self._expected
            quick = read_small(self._data, expected.models[0], expected.format, self._limits)
            if quick is not None:
                return Survey(Inspection(quick[0], (), quick[1], endpoint_of(type(quick[0]))))
        try:
            self._skip_preamble()
            read = partial(self._read_as_chosen, *self._choose_format(self._data), with_models=with_models)
            return read() if len(self._data) < LARGE else without_collector(read)
        except DecodeError as error:
            return Survey(Inspection(None, (error.problem,), error.format, None))
        except RecursionError:  # `limits.depth` is higher than Python's recursion limit
            return Survey(Inspection(None, (Problem.of(rules.TOO_DEEP, TOO_DEEP),), None, None))

    def _read_as_chosen(self, chosen: Format, declared: Format | None, *, with_models: bool) -> Survey:
        by_lane = self._read_by_lane(chosen, with_models=with_models) if declared in (None, chosen) else None
        return by_lane or Survey(self._inspect_document(*self._decode(chosen, declared)))

    def _open_damaged(self, found: Inspection) -> Stream | None:
        """Return the chunks of a whole body that is not well-formed, or None if its records cannot be read."""
        data = self._data
        if not (self._salvage and found.problems) or isinstance(data, str) or is_blank(data):
            return None
        errors = (problem for problem in found.problems if problem.severity == "error")
        is_damaged = any(error.rule.group is Group.SYNTAX for error in errors)
        return self._open_stream(blocks_of(data, self._block_size), damaged=True) if is_damaged else None

    def _skip_preamble(self) -> None:
        """Remove the preamble of a whole body, which is text before it.

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
            model: the model as which the body was read.
        """
        numbers = {pointer: int(found[1]) for pointer in pointers if (found := RECORD.match(pointer))}
        if self._chunks and all(pointer in numbers for pointer in pointers):
            positions = self._locate_in_chunks(self._chunks, numbers, model)
        else:
            chosen, document = self._opened or self._decode(*self._choose_format(self._data))
            positions = self._locate_in(self._data, chosen, document, pointers, model)
        lines = self._preamble.lines if self._preamble else 0
        return {} if lines is None else {at: (line + lines, column) for at, (line, column) in positions.items()}

    def _locate_in_chunks(
        self, reader: ArrayReader, numbers: dict[str, int], model: type[Response]
    ) -> dict[str, Position]:
        """Return the line and column of each pointer, whose record has the given number.

        Only the chunks with these records are decoded.
        """
        data = self._data if isinstance(self._data, bytes) else self._data.encode()
        chosen = self._choose_format(self._data)[0]
        positions: dict[str, Position] = {}
        for part, indexes in reader.parts(data, set(numbers.values())):
            body = reader.envelope.body(part.text)
            inside = {
                RECORD.sub(f"{ROOT}/{indexes[number]}", pointer): pointer
                for pointer, number in numbers.items()
                if number in indexes
            }
            found = self._locate_in(body, chosen, chosen.decode(body, self._limits), inside.keys(), model)
            for pointer, position in found.items():
                positions[inside[pointer]] = reader.envelope.to_body_position(position, part)
        return positions

    def events(self) -> Iterator[Event]:
        """Return the records of a body, its problems and its rejected records, in the order of the body.

        Arrays of records that come in blocks are read chunk by chunk, in memory that does not depend on their number.
        Any other body is read as a whole.

        Raises:
            SourceError: the source of the blocks cannot be read.
            DecodeError: the body is not well-formed, or exceeds a limit.
            PayloadError: there are more errors than the limits allow, or the body has no records of the expected model.
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
            yield from in_file(stream.events(), self._preamble)
            return
        self._preamble = None
        for _ in blocks:  # adds the rest to `_taken`, as far as the limits allow
            pass
        self._data = b"".join(self._taken or ())
        yield from self._events_of_whole()

    def _watched(self) -> Iterator[bytes]:
        """Return the blocks, and keep them until it is clear that they are not needed again.

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

    def _open_stream(self, blocks: Iterator[bytes], *, damaged: bool = False) -> Stream | None:
        """Return the chunks of a body, or None if it must be read as a whole.

        Args:
            blocks: the body.
            damaged: whether the body is known to be not well-formed, perhaps at its beginning.
        """
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
        settings = StreamSettings(self._limits, self._block_size, self._salvage, self._errors_only)
        stream = Stream(chosen, envelope, model, settings) if envelope else None
        return stream if stream and stream.begin() else None

    def _envelope(self, format: Format, blocks: Iterator[bytes], *, damaged: bool = False) -> Envelope | None:
        """Return the envelope of an array of records that the lane of a format can read, or None."""
        lane = lane_of(format) if self._lanes and self._expected.models[0] in (Response, *ARRAY_MODELS) else None
        return lane.open_envelope(blocks, self._limits, damaged=damaged) if lane else None

    def _events_of_whole(self) -> Iterator[Event]:
        found = self._read_well_formed().found
        stream = self._open_damaged(found)
        if stream:
            yield from in_file(stream.events(), self._preamble)
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
        pointer = join_pointer(ROOT, items.wire_name) if items.wire_name else ROOT
        yield Records(getattr(found.response, items.attribute), pointer)

    def _choose_format(self, data: bytes | str) -> tuple[Format, Format | None]:
        """Return the format in which to read a body, and the declared format.

        The first of these is chosen: the format that the body certainly has, the declared one, CSV.

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
        """Decode a whole body in a format. If that was only a guess and fails, decode it in the declared format.

        Raises:
            DecodeError: the body is not well-formed in any format, or exceeds a limit.
        """
        document = chosen.decode(self._data, self._limits) if chosen is declared else self._decode_guess(chosen)
        if document is None and declared is None:
            head = self._head()
            front = front_of(head)
            got = f"text that starts with {format_value(head)}" + (f": {front}" if front else "")
            raise DecodeError(Problem.of(rules.UNKNOWN_FORMAT, f"expected JSON, XML or CSV, got {got}", "", 1, 1))
        if document is None:
            chosen = cast(Format, declared)
            document = chosen.decode(self._data, self._limits)
        elif declared and chosen is not declared:
            message = f"expected the declared format {declared.name}, accepted {chosen.name}"
            other = Problem.of(rules.OTHER_FORMAT, message, "", 1, 1)
            document = replace(document, problems=(other, *document.problems))
        self._opened = chosen, document
        return chosen, document

    def _head(self) -> str:
        return body_head(self._data).decode("utf-8", "backslashreplace")

    def _decode_guess(self, chosen: Format) -> Document | None:
        """Decode a body in a format that was not declared. Return None if that is CSV without labels of the service.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
        """
        try:
            document = chosen.decode(self._data, self._limits)
        except DecodeError as error:
            if error.problem.rule is rules.CSV_SYNTAX and not has_labels(self._head().partition("\n")[0]):
                return None
            raise
        return None if isinstance(document.root, Table) and not candidates_of_table(document.root) else document

    def _read_by_lane(self, chosen: Format, *, with_models: bool) -> Survey | None:
        """Read an array of records chunk by chunk, or return None if the body must be read as a whole."""
        try:
            data = self._data if isinstance(self._data, bytes) else self._data.encode()
        except UnicodeEncodeError:
            return None
        envelope = self._envelope(chosen, blocks_of(data, self._block_size))
        if envelope is None:
            return None
        collector = Collector(self._limits.problems)
        reader = ArrayReader(envelope, self._expected.models[0], collector)
        records: list[BaseModel] = []
        parts: list[Columns] = []
        try:
            for some in reader.chunks():
                if with_models:
                    records += some
                else:
                    parts.append(in_columns(some))
                del some  # so that the next chunk uses its memory
                if reader.count > self._limits.records:
                    return None
        except (NotStreamableError, DecodeError, ProblemLimitError):
            return None
        if not reader.count:  # an empty array may belong to several endpoints
            return None
        self._chunks = reader
        response = response_of(reader.model, records) if with_models else None
        problems = (*envelope.problems, *reader.problems, *collector.truncation())
        rejected = tuple(collector.rejected)
        found = Inspection(response, problems, chosen.name, endpoint_of(reader.model), rejected)
        return Survey(found, None if with_models else Joined(parts))

    def _inspect_document(self, chosen: _Decoder, document: Document) -> Inspection:
        """Read a decoded body as the first expected model. If it is of another endpoint, try the next model."""
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
        positions: dict[Path, Position] = {}
        if collector.found and isinstance(chosen, Locator):
            positions = chosen.locate(self._data, {path for _, path in collector.found})
        found = with_positions(collector.found, positions)
        own = document.problems
        if endpoint == "error" and chosen.name == "json":  # inferred: errors are in JSON for any requested format
            own = tuple(
                replace(problem, code=rules.INFERRED_SPELLING.code) if problem.rule is rules.OTHER_FORMAT else problem
                for problem in own
            )
        problems = (*own, *found, *collector.truncation())
        return Inspection(response, problems, chosen.name, endpoint, tuple(collector.rejected))

    def _locate_in(
        self, body: bytes | str, chosen: _Decoder, document: Document, pointers: Collection[str], model: type[Response]
    ) -> dict[str, Position]:
        kind = KINDS[chosen.kind]
        payload = kind.open(document.root, Collector(self._limits.problems))
        if payload is None or not isinstance(chosen, Locator):
            return {}
        finder = kind.finder(payload, layout_of(model))
        found = {pointer: finder.path(_steps(pointer)) for pointer in pointers if pointer.startswith(ROOT)}
        paths = {pointer: path for pointer, path in found.items() if path is not None}
        positions = chosen.locate(body, set(paths.values()))
        return {pointer: positions[path] for pointer, path in paths.items() if path in positions}


def _steps(pointer: str) -> list[str]:
    """Return the steps of a pointer after `/response`."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[2:]]
