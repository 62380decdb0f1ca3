"""The records of one body: in stretches while it comes in, or all at once where it is no plain array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Protocol, cast

from pydantic import BaseModel

from .api import Inspection, inspect
from .bodies import choose_format
from .endpoints import open_payload, read
from .errors import ApiError, DecodeError, PayloadError, SourceError
from .formats import Format
from .formats.text import is_blank
from .lanes import ARRAY_MODELS, Frame, lane_of
from .lanes import chunks as cutting
from .lanes.chunks import FrameError, Stretch
from .lanes.reader import StretchReader
from .limits import Limits
from .models import (
    ErrorResponse,
    Response,
)
from .payloads.layout import layout_of
from .problems import Problem, join_pointer, rules
from .problems.findings import Findings, ProblemLimitError
from .problems.rules import UNREAD
from .tree import Node, to_builtins

__all__ = ["NO_RECORDS", "Listener", "RecordReader"]

NO_RECORDS: Final = Problem.of(rules.OTHER_ENDPOINT, "expected records, got an answer without any", "/response")
"""What is said about an answer that is one of those without records."""


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


class _SourceFailedError(Exception):
    """The source of a body failed, whatever could be read of it before."""

    def __init__(self, error: DecodeError | SourceError) -> None:
        super().__init__(error)
        self.error = error


class RecordReader:
    """Reads the records of a body that has been opened.

    Args:
        blocks: the body, in blocks as `read_blocks` gives them.
        models: what the body may be the answer of, the model that is likeliest first.
        declared: the format, as for `parse`.
        limits: the bounds.
        listener: is told what is found.
    """

    def __init__(
        self,
        blocks: Iterable[bytes],
        models: tuple[type[Response], ...],
        declared: str | None,
        limits: Limits,
        listener: Listener,
    ) -> None:
        self._blocks = blocks
        self._models = models
        self._declared = declared
        self._limits = limits
        self._listener = listener
        self._taken: list[bytes] | None = []
        """The blocks so far, until it is clear that they will not be needed again."""

    def records(self) -> Iterator[BaseModel]:
        """Read them in stretches, if that can be done, else the whole body.

        Raises:
            BevparseError: as for `iter_records`.
        """
        blocks = self._noted()
        try:
            for records in self._stretches(blocks):
                self._taken = None
                yield from records
            if self._taken is not None:
                list(blocks)  # the rest is taken, too, as far as the limits allow
                yield from self._whole(b"".join(self._taken))
        except _SourceFailedError as failed:
            raise failed.error from None

    def _noted(self) -> Iterator[bytes]:
        """Return the blocks, kept until it is clear that they are not needed again.

        Raises:
            _SourceFailedError: the source failed; an error of the body itself would be taken for a reason to read it
                in another way, and the iterator of the blocks has ended by then.
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
        except (DecodeError, SourceError) as error:
            raise _SourceFailedError(error) from None

    def _stretches(self, blocks: Iterator[bytes]) -> Iterable[Sequence[BaseModel]]:
        """Read stretch after stretch, or none if the body had better be looked at as a whole."""
        first = next(blocks, b"")
        while is_blank(first) and (more := next(blocks, b"")):
            first += more
        chosen, named = choose_format(first, self._declared, self._limits)
        listed = self._models[0] in (Response, *ARRAY_MODELS)
        lane = lane_of(chosen) if listed and named in (None, chosen) else None
        frame = lane.open_frame(chain([first], blocks), self._limits) if lane else None
        if frame is None:
            return ()
        body = _StretchedBody(chosen, frame, self._models[0], self._limits, self._listener)
        return body if body.begin() else ()

    def _whole(self, body: bytes) -> Sequence[BaseModel]:
        """Read a body that is no plain array."""
        found = self._inspected(body)
        cut = found.problems[-1:] if found.response is None and found.problems[-1].rule is rules.PROBLEMS_CUT else ()
        _tell(self._listener, found.problems[: len(found.problems) - len(cut)])
        for pointer, held in found.rejected:
            self._listener.reject(pointer, held)
        if found.response is None:
            raise PayloadError(cut or found.problems, found.endpoint)
        items = layout_of(type(found.response)).items
        if items is None:
            raise PayloadError((NO_RECORDS,))
        if items.wire_name:
            self._listener.begin(join_pointer("/response", items.wire_name))
        return cast("tuple[BaseModel, ...]", getattr(found.response, items.attribute))

    def _inspected(self, body: bytes) -> Inspection:
        """Inspect it as an answer of the first model, or of the next where it is that of another endpoint."""
        found = inspect(body, self._models[0], format=self._declared, limits=self._limits)
        for model in self._models[1:]:
            if any(problem.rule is rules.OTHER_ENDPOINT for problem in found.problems):
                found = inspect(body, model, format=self._declared, limits=self._limits)
        errors = [problem for problem in found.problems if problem.severity == "error"]
        if errors and errors[0].rule.group in UNREAD:
            raise DecodeError(errors[0], found.format)
        if isinstance(found.response, ErrorResponse):
            raise ApiError(found.response)
        return found


class _StretchedBody:
    """Gives the records of each stretch, and of what stands behind the last, once their problems are told."""

    def __init__(self, chosen: Format, frame: Frame, model: type[Response], limits: Limits, listener: Listener) -> None:
        self._chosen = chosen
        self._frame = frame
        self._limits = limits
        self._listener = listener
        self._findings = Findings(limits.problems)
        self._reader = StretchReader(frame, model, self._findings)
        self._stretches = self._reader.stretches()

    def begin(self) -> bool:
        """Read the first stretch, if there is one that can be read."""
        try:
            first = next(self._stretches)
        except (StopIteration, FrameError, DecodeError, ProblemLimitError):
            return False
        self._stretches = chain(iter([first]), self._stretches)  # an iterator lets go of what it has given
        return True

    def __iter__(self) -> Iterator[Sequence[BaseModel]]:
        _tell(self._listener, self._frame.problems)
        try:
            for records in self._all():
                if self._reader.count > self._limits.records:
                    raise DecodeError(Problem.of(rules.TOO_MANY_RECORDS, self._limits.passed("records"), "/response"))
                self._tell_found()
                yield records
        except ProblemLimitError:
            self._tell_found()
            raise PayloadError((cast(Problem, self._findings.cut(self._limits.problems)),)) from None
        _tell(self._listener, filter(None, [self._findings.cut(self._limits.problems)]))

    def _all(self) -> Iterator[Sequence[BaseModel]]:
        try:
            yield from self._stretches
        except FrameError as error:
            yield self._read_rest(cast(Stretch, error.rest), ended=error.ended)

    def _tell_found(self) -> None:
        _tell(self._listener, self._reader.problems)
        self._reader.problems.clear()
        for pointer, node in self._reader.take_rejected():
            self._listener.reject(pointer, to_builtins(node))

    def _read_rest(self, rest: Stretch, *, ended: bool) -> Sequence[BaseModel]:
        """Read what could not be cut: the end of a body that has more than its array, or is not well-formed."""
        root, number = self._decode_rest(rest, ended=ended), self._reader.count
        try:
            return self._reader.read_nodes(self._nodes(root))
        except FrameError as fault:
            message = f"expected records, got {fault}"
        finally:
            self._reader.place(self._unended, rest, number)
        _tell(self._listener, self._reader.problems)
        raise PayloadError((Problem.of(rules.UNKNOWN_PAYLOAD, message, f"/response/{number}"),)) from None

    def _decode_rest(self, rest: Stretch, *, ended: bool) -> Node:
        try:
            return self._chosen.decode(self._unended(rest.text), self._limits).root
        except DecodeError as fault:
            if ended or self._fault(rest.text[: -cutting.BLOCK]) == fault.problem:
                raise DecodeError(self._reader.moved(fault.problem, rest), fault.format) from None
        message = f"expected records of at most {len(rest.text)} bytes in a stream, got a larger one"
        pointer = f"/response/{self._reader.count}"
        raise DecodeError(
            Problem.of(rules.BODY_TOO_LARGE, message, pointer, rest.line, rest.column), self._chosen.name
        ) from None

    def _fault(self, text: bytes) -> Problem | None:
        """Say what is wrong with the beginning of the rest: as with more of it, if it is not just that it ends."""
        problem = None
        try:
            self._chosen.decode(self._unended(text), self._limits)
        except DecodeError as error:
            problem = error.problem
        return problem

    def _unended(self, text: bytes) -> bytes:
        return self._frame.wrapped(text, whole=False)

    def _nodes(self, root: Node) -> Sequence[Node]:
        """Find the records in what was made of the rest, unless that is an error reply."""
        payload = open_payload(root, self._chosen.kind, self._findings)
        if payload and payload.candidates == ("error",):
            response = read(payload, self._chosen.kind, ErrorResponse, self._findings).response
            if response is not None:
                raise ApiError(cast(ErrorResponse, response))
        single = payload is not None and not payload.enveloped  # one element is gone through, as any wrapper
        node = payload.node if payload else None
        return [node] if single else self._frame.inside(node)


def _tell(listener: Listener, problems: Iterable[Problem]) -> None:
    for problem in problems:
        listener.problem(problem)
