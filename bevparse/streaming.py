"""Records one by one, from bodies of any length."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import BinaryIO, TypeVar, cast

from pydantic import BaseModel

from . import formats
from .api import Inspection, inspect
from .bodies import choose_format
from .errors import ApiError, DecodeError, PayloadError
from .files import body_suffix, read_blocks
from .lanes import Frame, lane_of
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
from .problems import Problem
from .shapes.findings import EnoughError, Findings
from .shapes.layout import layout_of

__all__ = ["iter_records"]

M = TypeVar("M", BulkRequest, EmailRecord, FailedEmail)

_RESPONSES: dict[type[BaseModel], tuple[type[Response], ...]] = {
    BulkRequest: (StatusResponse, ListResponse),
    EmailRecord: (CompletedResponse,),
    FailedEmail: (FailedResponse,),
}
_NUMBER = re.compile(r"/response/([0-9]+)")


def iter_records(
    source: str | os.PathLike[str] | BinaryIO,
    model: type[M],
    *,
    format: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_problem: Callable[[Problem], object] | None = None,
) -> Iterator[M]:
    r"""Read the records of a body one by one, in memory that does not depend on how many they are.

    That holds for an array of records in JSON, for `item` elements in XML, and for CSV; a body of another shape is
    read as a whole, within `limits.body`. The limits are those of `parse`: raise `body` and `records` for a long one.

    Args:
        source: a path, also of a gzipped file whose name ends in .gz, or a binary file object, which is left open.
        model: what the records are.
        format: as for `parse`.
        limits: as for `parse`.
        on_problem: is called with every problem, errors and warnings, before the records that follow. Without it the
            first error is raised, and warnings are passed over.

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
    declared = format
    if isinstance(source, (str, os.PathLike)) and format is None:
        declared = formats.of_suffix(body_suffix(source))
    streamer = _Streamer(read_blocks(source, BLOCK, limits), model, declared, limits, on_problem)
    return cast("Iterator[M]", streamer.records())


class _Streamer:
    def __init__(
        self,
        blocks: Iterator[bytes],
        model: type[BaseModel],
        declared: str | None,
        limits: Limits,
        on_problem: Callable[[Problem], object] | None,
    ) -> None:
        self._blocks = blocks
        self._models = _RESPONSES[model]
        self._declared = declared
        self._limits = limits
        self._on_problem = on_problem
        self._taken: list[bytes] | None = []
        """The blocks so far, until it is clear that they will not be needed again."""

    def records(self) -> Iterator[BaseModel]:
        """Read them in stretches, if that can be done, else the whole body."""
        first = next(self._noted(), b"")
        chosen, named = choose_format(first, self._declared, self._limits)
        lane = lane_of(chosen) if named in (None, chosen) else None
        frame = lane.open_frame(chain([first], self._noted()), self._limits) if lane else None
        if frame is not None:
            yield from self._stretches(frame)
        if self._taken is not None:
            yield from self._whole(b"".join(chain(self._taken, self._blocks)))

    def _noted(self) -> Iterator[bytes]:
        for block in self._blocks:
            if self._taken is not None:
                self._taken.append(block)
            yield block

    def _stretches(self, frame: Frame) -> Iterator[BaseModel]:
        findings = Findings(self._limits.problems)
        reader = StretchReader(frame, self._models[0], findings)
        try:
            for records in reader.stretches():
                if self._taken is not None:
                    self._taken = None
                    self._tell(frame.problems)
                self._check_count(reader.count)
                self._tell(reader.problems)
                reader.problems.clear()
                yield from records
        except (FrameError, DecodeError) as error:
            if self._taken is None:
                yield from self._rest(frame, error, reader.count)
        except EnoughError:
            self._taken = None
            self._tell(reader.problems)
            raise PayloadError(tuple(filter(None, [findings.cut(self._limits.problems)]))) from None
        else:
            self._tell(filter(None, [findings.cut(self._limits.problems)]))

    def _check_count(self, count: int) -> None:
        if count > self._limits.records:
            raise DecodeError(Problem("BEV004", self._limits.passed("records"), "/response"))

    def _tell(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if self._on_problem is not None:
                self._on_problem(problem)
            elif problem.severity == "error":
                raise PayloadError((problem,), self._models[0].model_fields["endpoint"].default)

    def _whole(self, body: bytes) -> Iterator[BaseModel]:
        """Read a body that is no plain array."""
        for model in self._models:
            found = inspect(body, model, format=self._declared, limits=self._limits)
            if all(problem.code != "BEV212" for problem in found.problems):
                break
        yield from self._of(found, model)

    def _of(self, found: Inspection, model: type[Response]) -> Iterator[BaseModel]:
        if found.endpoint is None and found.problems:
            raise DecodeError(found.problems[0], found.format)
        if isinstance(found.response, ErrorResponse):
            raise ApiError(found.response)
        self._tell(found.problems)
        if found.response is None:
            raise PayloadError(found.problems, found.endpoint)
        items = layout_of(model).items
        yield from getattr(found.response, items.attribute) if items else ()

    def _rest(self, frame: Frame, error: FrameError | DecodeError, number: int) -> Iterator[BaseModel]:
        """Read what could not be cut: the end of a body that has more than its array, or is not well-formed."""
        if isinstance(error, DecodeError):
            raise error
        if error.rest is None:
            raise PayloadError((Problem("BEV201", f"expected records, got {error}", f"/response/{number}"),))
        found = inspect(frame.rest(error.rest), self._models[0], format=self._declared, limits=self._limits)
        problems = tuple(_moved(problem, frame, error.rest, number) for problem in found.problems)
        yield from self._of(replace(found, problems=problems), self._models[0])


def _moved(problem: Problem, frame: Frame, rest: Stretch, number: int) -> Problem:
    """Turn a problem of the rest of a body into one of the body."""
    pointer = _NUMBER.sub(lambda found: f"/response/{int(found[1]) + number}", problem.pointer, count=1)
    if problem.line is None or problem.column is None:
        return replace(problem, pointer=pointer)
    line, column = frame.moved((problem.line, problem.column), rest)
    return replace(problem, pointer=pointer, line=line, column=column)
