"""Records one by one, from bodies of any length."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Protocol, TypeVar, cast

from pydantic import BaseModel

from . import formats
from .api import inspect
from .bodies import choose_format
from .compression import Readable
from .endpoints import endpoint_of, open_payload, read
from .errors import ApiError, DecodeError, PayloadError
from .files import body_suffix, read_blocks
from .formats import Format
from .formats.text import is_blank
from .lanes import ARRAY_MODELS, Frame, lane_of
from .lanes.cutting import BLOCK, FrameError, Stretch
from .lanes.reading import StretchReader
from .limits import DEFAULT_LIMITS, Limits
from .models import (
    BulkRequest,
    CompletedResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from .problems import Problem, step
from .shapes.findings import EnoughError, Findings
from .shapes.layout import layout_of
from .tree import plain

__all__ = ["Listener", "iter_any", "iter_records"]

M = TypeVar("M", BulkRequest, EmailRecord, FailedEmail)

_RESPONSES: dict[type[BaseModel], tuple[type[Response], ...]] = {
    BulkRequest: (StatusResponse, ListResponse),
    EmailRecord: (CompletedResponse,),
    FailedEmail: (FailedResponse,),
}


def iter_records(
    source: str | os.PathLike[str] | Readable,
    model: type[M],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_problem: Callable[[Problem], object] | None = None,
    on_reject: Callable[[str, object], object] | None = None,
) -> Iterator[M]:
    r"""Read the records of a body one by one, in memory that does not depend on how many they are.

    That holds for an array of records in JSON, for `item` elements in XML, and for CSV; a body of another shape is
    read as a whole, within `limits.body`. The limits are those of `parse`: raise `body` and `records` for a long one.

    Args:
        source: a path, also of a compressed file as in `parse_file`, or a binary file object, which is left open.
        model: what the records are.
        format: as for `parse`.
        limits: as for `parse`.
        on_problem: is called with every problem, errors and warnings, before the records that follow. Without it the
            first error is raised, and warnings are passed over.
        on_reject: is called, after its problems, with every record that could not be read: its pointer, and what it
            holds in values that JSON knows (in CSV texts by their labels).

    Returns:
        The records in the order of the body, without those that could not be read. The errors below are raised while
        they are taken.

    Raises:
        SourceError: the file cannot be read.
        DecodeError: the body is no JSON, XML or CSV, or passes a limit; that may show only after many records.
        PayloadError: a record cannot be read and there is no `on_problem`, there are more errors than
            `limits.problems`, or the body holds other records.
        ApiError: the body is an error reply.
        UnknownFormatError: there is no such format.

    >>> import io
    >>> body = io.BytesIO(b'Email Address,Error\nfoo.bar,Invalid format\n')
    >>> [failed.email_address for failed in iter_records(body, FailedEmail)]
    ['foo.bar']
    """
    if model not in _RESPONSES:
        raise TypeError(f"expected BulkRequest, EmailRecord or FailedEmail, got {model!r:.100}")
    named = format is None and isinstance(source, (str, os.PathLike))
    declared = formats.of_suffix(body_suffix(cast(str, source))) if named else format
    streamer = _Streamer(read_blocks(source, BLOCK, limits), _RESPONSES[model], declared, limits)
    return cast("Iterator[M]", streamer.listened(on_problem, on_reject).records())


class Listener(Protocol):
    """Who is told what is found in a body while its records are read."""

    def problem(self, problem: Problem) -> None:
        """Take a problem, before the records that follow."""
        ...

    def reject(self, pointer: str, held: object) -> None:
        """Take a record that could not be read, after its problems."""
        ...

    def begin(self, base: str) -> None:
        """Take the pointer of the array of records, before these, if it is not `/response`."""
        ...


def iter_any(
    blocks: Iterable[bytes],
    model: type[Response],
    declared: str | None,
    limits: Limits,
    listener: Listener,
) -> Iterator[BaseModel]:
    """Read the records of a body that has been opened, whatever they are.

    Args:
        blocks: the body, in blocks as `read_blocks` gives them.
        model: the model of the endpoint, or `Response` where the body decides.
        declared: the format, as for `parse`.
        limits: as for `iter_records`.
        listener: is told problems and what is rejected, as `iter_records` does, and where the records stand.

    Raises:
        BevparseError: as for `iter_records`.
    """
    streamer = _Streamer(iter(blocks), (model,), declared, limits)
    return streamer.listened(listener.problem, listener.reject, listener.begin).records()


class _Streamer:
    def __init__(
        self,
        blocks: Iterator[bytes],
        models: tuple[type[Response], ...],
        declared: str | None,
        limits: Limits,
    ) -> None:
        self._blocks = blocks
        self._models = models
        self._declared = declared
        self._limits = limits
        self._on_problem: Callable[[Problem], object] | None = None
        self._on_reject: Callable[[str, object], object] | None = None
        self._on_begin: Callable[[str], object] | None = None
        self._taken: list[bytes] | None = []
        """The blocks so far, until it is clear that they will not be needed again."""

    def listened(
        self,
        on_problem: Callable[[Problem], object] | None,
        on_reject: Callable[[str, object], object] | None,
        on_begin: Callable[[str], object] | None = None,
    ) -> _Streamer:
        """Tell problems and what is rejected to whoever listens."""
        self._on_problem, self._on_reject, self._on_begin = on_problem, on_reject, on_begin
        return self

    def records(self) -> Iterator[BaseModel]:
        """Read them in stretches, if that can be done, else the whole body."""
        blocks = self._noted()
        first = next(blocks, b"")
        while is_blank(first) and (more := next(blocks, b"")):
            first += more
        chosen, named = choose_format(first, self._declared, self._limits)
        listed = self._models[0] in (Response, *ARRAY_MODELS)
        lane = lane_of(chosen) if listed and named in (None, chosen) else None
        frame = lane.open_frame(chain([first], blocks), self._limits) if lane else None
        if frame is not None:
            yield from self._stretches(chosen, frame)
        if self._taken is not None:
            list(blocks)  # the rest is taken, too, as far as the limits allow
            yield from self._whole(b"".join(self._taken))

    def _noted(self) -> Iterator[bytes]:
        size = 0
        for block in self._blocks:
            if self._taken is not None:
                self._taken.append(block)
                size += len(block)
                if size > self._limits.body:
                    raise DecodeError(Problem("BEV002", self._limits.passed("body")))
            yield block

    def _stretches(self, chosen: Format, frame: Frame) -> Iterator[BaseModel]:
        findings = Findings(self._limits.problems)
        reader = StretchReader(frame, self._models[0], findings)
        try:
            try:
                for records in reader.stretches():
                    if self._taken is not None:
                        self._taken = None
                        self._tell(frame.problems)
                    yield from self._told(reader, records)
            except (FrameError, DecodeError) as error:
                if self._taken is not None:
                    return
                yield from self._told(reader, self._rest(chosen, frame, reader, findings, error))
        except EnoughError:
            if self._taken is not None:
                return
            self._tell(reader.problems)
            raise PayloadError(tuple(filter(None, [findings.cut(self._limits.problems)]))) from None
        self._tell(filter(None, [findings.cut(self._limits.problems)]))

    def _told(self, reader: StretchReader, records: Iterable[BaseModel]) -> Iterable[BaseModel]:
        """Tell the problems of some records before they are taken."""
        if reader.count > self._limits.records:
            raise DecodeError(Problem("BEV004", self._limits.passed("records"), "/response"))
        self._tell(reader.problems)
        reader.problems.clear()
        self._reject((pointer, plain(node)) for pointer, node in reader.take_rejected())
        return records

    def _reject(self, rejected: Iterable[tuple[str, object]]) -> None:
        for pointer, held in rejected:
            if self._on_reject is not None:
                self._on_reject(pointer, held)

    def _tell(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if self._on_problem is not None:
                self._on_problem(problem)
            elif problem.severity == "error":
                raise PayloadError((problem,), endpoint_of(self._models[0]))

    def _rest(
        self, chosen: Format, frame: Frame, reader: StretchReader, findings: Findings, error: FrameError | DecodeError
    ) -> Iterable[BaseModel]:
        """Read what could not be cut: the end of a body that has more than its array, or is not well-formed."""
        if isinstance(error, DecodeError):
            raise error
        stretch, number = cast(Stretch, error.rest), reader.count
        unended = partial(frame.wrapped, whole=False)
        try:
            root = chosen.decode(unended(stretch.text), self._limits).root
        except DecodeError as fault:
            if not error.ended and self._fault(chosen, unended(stretch.text[:-BLOCK])) != fault.problem:
                message = f"expected records of at most {len(stretch.text)} bytes in a stream, got a larger one"
                raise DecodeError(
                    Problem("BEV002", message, f"/response/{number}", stretch.line, stretch.column), chosen.name
                ) from None
            raise DecodeError(reader.moved(fault.problem, stretch), fault.format) from None
        try:
            payload = open_payload(root, chosen.kind, findings)
            if payload and payload.candidates == ("error",):
                response = read(payload, chosen.kind, ErrorResponse, findings).response
                if response is not None:
                    raise ApiError(cast(ErrorResponse, response))
            single = payload is not None and not payload.enveloped  # one element is gone through, as any wrapper
            node = payload.node if payload else None
            return reader.read_nodes([node] if single else frame.inside(node))
        except FrameError as fault:
            reader.place(unended, stretch, number)
            self._tell(reader.problems)
            raise PayloadError((Problem("BEV201", f"expected records, got {fault}", f"/response/{number}"),)) from None
        finally:
            reader.place(unended, stretch, number)

    def _fault(self, chosen: Format, body: bytes) -> Problem | None:
        """Say what is wrong with the beginning of a body: as with more of it, if it is not just that it ends."""
        problem = None
        try:
            chosen.decode(body, self._limits)
        except DecodeError as error:
            problem = error.problem
        return problem

    def _whole(self, body: bytes) -> Iterator[BaseModel]:
        """Read a body that is no plain array."""
        found = inspect(body, self._models[0], format=self._declared, limits=self._limits)
        for model in self._models[1:]:
            if any(problem.code == "BEV212" for problem in found.problems):
                found = inspect(body, model, format=self._declared, limits=self._limits)
        errors = [problem for problem in found.problems if problem.severity == "error"]
        if errors and errors[0].code < "BEV2":
            raise DecodeError(errors[0], found.format)
        if isinstance(found.response, ErrorResponse):
            raise ApiError(found.response)
        cut = found.problems[-1:] if found.response is None and found.problems[-1].code == "BEV006" else ()
        self._tell(found.problems[: len(found.problems) - len(cut)])
        self._reject(found.rejected)
        if found.response is None:
            raise PayloadError(cut or found.problems, found.endpoint)
        items = layout_of(type(found.response)).items
        if items is None:
            raise PayloadError((Problem("BEV212", "expected records, got an answer without any", "/response"),))
        if items.wire_name and self._on_begin is not None:
            self._on_begin(step("/response", items.wire_name))
        yield from getattr(found.response, items.attribute)
