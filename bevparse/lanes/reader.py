"""The way of a body through its lane: cut, read, and where something is unusual read again by the tolerant reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, cast

from pydantic import BaseModel

from ..errors import DecodeError
from ..limits import Limits
from ..models import Response
from ..payloads.instances import build
from ..payloads.layout import ItemsField, layout_of
from ..problems import Problem
from ..problems.findings import Findings, ProblemLimitError
from ..problems.rules import Group
from ..tree import Node, to_builtins
from . import ARRAY_MODELS, Frame, Lane
from .chunks import FrameError, Stretch, TolerantReader, blocks_of

__all__ = ["Reading", "StretchReader", "read_by_lane"]

_NUMBER: Final = re.compile(r"\A/response/([0-9]+)")


class Reading(NamedTuple):
    """A model, and what is to be said about its body."""

    response: Response
    problems: tuple[Problem, ...] = ()
    rejected: tuple[tuple[str, object], ...] = ()


class StretchReader:
    """Reads stretch after stretch, each by the lane or by the tolerant reader."""

    def __init__(self, frame: Frame, model: type[Response], findings: Findings) -> None:
        self.model = model
        """The model whose records these are; `Response` until the first stretch has told."""
        self.problems: list[Problem] = []
        """What there was to say about them, with places."""
        self.count = 0
        """How many records there have been, with those that could not be read."""
        self._frame = frame
        self._findings = findings
        self._items: ItemsField | None = None
        self._tolerant: TolerantReader | None = None

    def take_rejected(self) -> list[tuple[str, Node]]:
        """Give the records that could not be read since this was asked last."""
        rejected = self._findings.rejected.copy()
        self._findings.rejected.clear()
        return rejected

    def stretches(self) -> Iterator[Sequence[BaseModel]]:
        """Read all stretches, one after the other.

        Raises:
            DecodeError: something is not well-formed, or passes a limit.
            FrameError: the body cannot be read in stretches.
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        stretches = self._frame.stretches()
        stretch, begun = next(stretches, None), False
        while stretch is not None:
            try:
                records = self._read(stretch)
            except (DecodeError, FrameError) as error:
                if not begun:  # nothing is known yet, so the whole body had better be looked at
                    raise
                if (
                    isinstance(error, DecodeError) and error.problem.rule.group is Group.SOURCE
                ):  # more would not mend it
                    raise DecodeError(self.moved(error.problem, stretch), error.format) from None
                stretch = stretches.send(False)
            else:
                begun = True
                yield records
                stretch = next(stretches, None)

    def _read(self, stretch: Stretch) -> Sequence[BaseModel]:
        number = self.count
        try:
            records = self._frame.read(stretch.text, self._items) if self._items else self._settle(stretch.text)
            if records is not None:
                self.count += len(records)
                return records
            return self.read_nodes(self._frame.nodes(stretch.text))
        finally:
            self.place(self._frame.wrapped, stretch, number)

    def read_nodes(self, nodes: Sequence[Node]) -> Sequence[BaseModel]:
        """Read records by the tolerant reader.

        Raises:
            ProblemLimitError: as many errors as the limits allow have been found.
        """
        number = self.count
        self.count += len(nodes)
        return cast(TolerantReader, self._tolerant)(nodes, number)

    def moved(self, problem: Problem, stretch: Stretch) -> Problem:
        """Turn a problem in a body that was made of the next stretch into one of the whole body."""
        line, column = self._frame.moved((problem.line or 1, problem.column or 1), stretch)
        pointer = _NUMBER.sub(lambda found: f"/response/{int(found[1]) + self.count}", problem.pointer)
        return replace(problem, pointer=pointer, line=line, column=column)

    def place(self, body: Callable[[bytes], bytes], stretch: Stretch, number: int) -> None:
        """Add lines and columns to what was found in a stretch.

        Args:
            body: makes a body of it.
            stretch: the stretch.
            number: the number of its first record.
        """
        found = self._findings.found.copy()
        if not found:
            return
        self._findings.found.clear()
        places = self._frame.places(body(stretch.text), stretch, number, {path for _, path in found})
        self.problems += sorted(
            (
                replace(problem, line=places[path][0], column=places[path][1]) if path in places else problem
                for problem, path in found
            ),
            key=lambda problem: (problem.line or 0, problem.column or 0),
        )

    def _settle(self, stretch: bytes) -> Sequence[BaseModel] | None:
        """Find out whose records these are, and read them if the lane can."""
        models = ARRAY_MODELS if self.model is Response else (self.model,)
        for model in models:
            items = cast(ItemsField, layout_of(model).items)
            records = self._frame.read(stretch, items)
            if records:
                self.settle(model)
                return records
        candidates = self._frame.candidates(stretch)
        named = [model for model in models if model.model_fields["endpoint"].default in candidates]
        if len(named) != 1 or (self.model is Response and len(candidates) != 1):
            raise FrameError("records that might be those of another endpoint")
        self.settle(named[0])
        return None

    def settle(self, model: type[Response]) -> None:
        """Take the records for those of a model."""
        self.model = model
        self._items = cast(ItemsField, layout_of(model).items)
        self._tolerant = self._frame.tolerant(self._items, self._findings)


def read_by_lane(lane: Lane, data: bytes, model: type[Response], limits: Limits) -> Reading | None:
    """Read a body, or give None and leave it to the tolerant reader.

    Args:
        lane: the lane of its format.
        data: the body, not over `limits.body`.
        model: the model that was asked for, or `Response` when the payload decides.
        limits: the bounds.
    """
    if model is not Response and model not in ARRAY_MODELS:
        return None
    frame = lane.open_frame(blocks_of(data), limits)
    return _read_array(frame, model, limits) if frame else None


def _read_array(frame: Frame, model: type[Response], limits: Limits) -> Reading | None:
    findings = Findings(limits.problems)
    reader = StretchReader(frame, model, findings)
    records: list[BaseModel] = []
    try:
        for some in reader.stretches():
            records += some
            if reader.count > limits.records:
                return None
    except (FrameError, DecodeError, ProblemLimitError):
        return None
    if not reader.count:  # an empty array is soon read, and may be whose it likes
        return None
    items = cast(ItemsField, layout_of(reader.model).items)
    endpoint: object = reader.model.model_fields["endpoint"].default
    response = build(reader.model, {"endpoint": endpoint, items.attribute: tuple(records)}, {})
    cut = findings.cut(limits.problems)
    rejected = tuple((pointer, to_builtins(node)) for pointer, node in reader.take_rejected())
    return Reading(response, (*frame.problems, *reader.problems, *([cut] if cut else ())), rejected)
