"""Models that a program derives from those of bevparse. A body is read as the models of bevparse first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import cast

from pydantic import BaseModel

from .errors import PayloadError
from .limits import Limits
from .models import Response
from .payloads.derived import Derived, derived_of
from .payloads.layout import layout_of
from .problems import Position, Problem, join_pointer
from .problems.collector import Collector, ProblemLimitError
from .reader.events import ROOT, Event, Inspection, Records, RejectedRecord
from .writer import record_as_json

__all__ = ["derived_events", "derived_inspection"]


def derived_inspection(
    found: Inspection, model: type[Response], limits: Limits, locate: Callable[[Collection[str]], dict[str, Position]]
) -> Inspection:
    """Return the inspection of a body with the derived model. What this model refuses becomes a problem.

    Args:
        found: the inspection with the model of bevparse.
        model: the requested model, which may be derived.
        limits: the limits of the body.
        locate: returns the positions of pointers in the body.
    """
    derived = derived_of(model)
    if derived is None:
        return found
    problems = [problem for problem in found.problems if not derived.is_declared(problem)]
    response = found.response
    if not isinstance(response, derived.base):
        return replace(found, problems=tuple(problems))
    collector, rejected = Collector(limits.problems), list(found.rejected)
    try:
        response = _made(response, derived, collector, rejected)
    except ProblemLimitError:
        response = None
    rejected.sort(key=lambda one: int(one[0].rpartition("/")[2]))
    refused = [problem for problem, _ in collector.found]
    positions = locate([problem.pointer for problem in refused]) if refused else {}
    for problem in refused:
        line, column = positions.get(problem.pointer, (None, None))
        problems.append(replace(problem, line=line, column=column))
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    return replace(found, response=response, problems=(*problems, *collector.truncation()), rejected=tuple(rejected))


def _made(
    response: Response, derived: Derived, collector: Collector, rejected: list[tuple[str, object]]
) -> Response | None:
    """Return a response as the derived model, without the records that it refuses.

    None means that the model refuses the fields of the response itself.
    """
    items = layout_of(type(response)).items
    made: tuple[BaseModel, ...] | None = None
    at = collector.cursor((), "" if items and not items.wire_name else ROOT)
    if items and derived.record:
        array = join_pointer(ROOT, items.wire_name) if items.wire_name else ROOT
        records = Records(getattr(response, items.attribute), array)
        numbers = _ReadPointers([pointer for pointer, _ in rejected])
        made = tuple(_made_records(records, numbers, derived.record, collector, rejected))
    return cast("Response | None", derived.make(response, at, made))


def derived_events(events: Iterator[Event], derived: Derived, limits: Limits) -> Iterator[Event]:
    """Return the events of a body with records of the derived model. What this model refuses becomes a problem.

    Raises:
        PayloadError: there are more errors than the limits allow.
    """
    collector, numbers = Collector(limits.problems), _ReadPointers(())
    for event in events:
        if isinstance(event, Records):
            yield from _derived_records(event, numbers, derived, collector)
        elif not (isinstance(event, Problem) and derived.is_declared(event)):
            if isinstance(event, RejectedRecord):
                numbers.skip(event.pointer)
            yield event


def _derived_records(event: Records, numbers: _ReadPointers, derived: Derived, collector: Collector) -> Iterator[Event]:
    rejected: list[tuple[str, object]] = []
    made: list[BaseModel] = []
    try:
        made.extend(_made_records(event, numbers, derived, collector, rejected))
    except ProblemLimitError:
        yield from (problem for problem, _ in collector.found)
        raise PayloadError(collector.truncation()) from None
    yield from (problem for problem, _ in collector.found)
    collector.found.clear()
    yield from (RejectedRecord(*one) for one in rejected)
    yield Records(made, event.pointer)


def _made_records(
    event: Records, numbers: _ReadPointers, derived: Derived, collector: Collector, rejected: list[tuple[str, object]]
) -> Iterator[BaseModel]:
    for record in event.records:
        pointer = numbers.next(event.pointer)
        made = derived.make(record, collector.cursor((), pointer))
        if made is None:
            rejected.append((pointer, record_as_json(record)))
        else:
            yield made


class _ReadPointers:
    """Counts the records of an array, and returns the pointers of those that were not rejected."""

    def __init__(self, skipped: Collection[str]) -> None:
        self._skipped = set(skipped)
        self._number = -1

    def skip(self, pointer: str) -> None:
        """Leave out the pointer of a rejected record."""
        self._skipped.add(pointer)

    def next(self, array: str) -> str:
        """Return the pointer of the next record that was read, in the array with the given pointer."""
        while True:
            self._number += 1
            pointer = join_pointer(array, self._number)
            if pointer not in self._skipped:
                return pointer
            self._skipped.remove(pointer)
