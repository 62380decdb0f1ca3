"""Two answers beside each other: what differs, record by record, whatever format each of them came in."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from pydantic import BaseModel, JsonValue

from . import formats
from .endpoints import MODELS, Expected
from .limits import DEFAULT_LIMITS, Limits
from .models import BulkRequest, EmailRecord, ErrorResponse, FailedEmail, Response
from .payloads.layout import Layout, layout_of
from .problems import Problem, join_pointer, rules
from .reader import Body, BodyReader, Inspection
from .wire import is_unsaid

__all__ = ["Difference", "Side", "differences", "errors_of", "inspect_pair", "is_untyped"]

_RESPONSE: Final = "/response"

_UNTOLD: Final = {rules.AMBIGUOUS_ENDPOINT, rules.EMPTY_PAYLOAD}
"""What is said of a body that may be several endpoints' answer."""

_Pair: TypeAlias = tuple[int | None, int | None]

_Extra: TypeAlias = Mapping[str, JsonValue]


class Side(NamedTuple):
    """What one of the two holds."""

    pointer: str
    """The place, in the canonical JSON spelling."""
    value: JsonValue = None
    """What stands there, in values that JSON knows, None where a documented field is not said; of a record its name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two answers differ."""

    kind: Literal["endpoint", "value", "only", "order"]
    """Answers of different endpoints, another value, what only one of them holds, or a record that stands elsewhere."""
    left: Side | None
    right: Side | None


def inspect_pair(
    bodies: tuple[Body, Body],
    declared: tuple[str | None, str | None],
    model: type[Response] = Response,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Inspection, Inspection]:
    """Read two bodies, and where they by themselves do not tell of the same endpoint, as one that both can be of.

    Args:
        bodies: the bodies.
        declared: their formats, None where the body tells.
        model: the model of the endpoint; without it the bodies decide.
        limits: bounds on each.

    Raises:
        UnknownFormatError: there is no such format.
    """

    def read(model: type[Response]) -> tuple[Inspection, Inspection]:
        pairs = zip(bodies, declared, strict=True)
        one, other = (BodyReader(body, Expected((model,), format), limits).inspect() for body, format in pairs)
        return one, other

    found = read(model)
    untold = all(problem.rule in _UNTOLD for one in found for problem in errors_of(one))
    if model is Response and untold and not _alike(*found):
        told = (type(one.response) for one in found if one.response is not None)
        return next((again for again in map(read, (*told, *MODELS.values())) if _alike(*again)), found)
    return found


def errors_of(found: Inspection) -> list[Problem]:
    """Give the errors of a body; one that has any cannot be compared."""
    return [problem for problem in found.problems if problem.severity == "error"]


def is_untyped(found: Inspection) -> bool:
    """Tell whether a body is in a format whose values are all text."""
    return found.format is not None and formats.get(found.format).kind != "typed"


def _alike(one: Inspection, other: Inspection) -> bool:
    sound = not (errors_of(one) or errors_of(other))
    return sound and one.response is not None and type(one.response) is type(other.response)


def differences(left: Response, right: Response, *, as_text: bool = False) -> Iterator[Difference]:
    """Compare two answers.

    Requests are found again by their ids and other records by their addresses, so that one that was put in does not
    make all behind it differ; the order of records counts, and is told once.

    Args:
        left: one answer.
        right: the other.
        as_text: whether undocumented fields are equal when their texts are, as where one answer came from a format that
            knows nothing but text; what is blank, null or not there is then one thing.

    >>> from bevparse import parse
    >>> list(differences(parse('{"response":{"id":5}}'), parse('{"response":{"id":6}}')))
    [Difference(kind='value', left=Side(pointer='/response/id', value=5), right=Side(pointer='/response/id', value=6))]
    """
    if type(left) is not type(right):
        yield Difference("endpoint", Side(_RESPONSE, left.endpoint), Side(_RESPONSE, right.endpoint))
        return
    comparison = _Comparison(as_text=as_text)
    layout = layout_of(type(left))
    under = "" if layout.items and not layout.items.wire_name else _RESPONSE
    if isinstance(left, ErrorResponse) and isinstance(right, ErrorResponse) and left.errors != right.errors:
        place = join_pointer(_RESPONSE, "errors")
        yield Difference("value", Side(place, list(left.errors)), Side(place, list(right.errors)))
    yield from comparison.fields(layout, left, right, under, under)
    if layout.items:
        place = join_pointer(_RESPONSE, layout.items.wire_name) if layout.items.wire_name else _RESPONSE
        ours, theirs = (cast(Sequence[BaseModel], getattr(one, layout.items.attribute)) for one in (left, right))
        yield from comparison.records(layout.items.layout, ours, theirs, place)


class _Comparison:
    def __init__(self, *, as_text: bool) -> None:
        self._as_text = as_text

    def fields(self, layout: Layout, left: BaseModel, right: BaseModel, at: str, there: str) -> Iterator[Difference]:
        """Compare the fields of one model, which stand at two places."""
        for field in layout.fields:
            one, other = getattr(left, field.attribute), getattr(right, field.attribute)
            if one != other:
                name = field.wire.name
                yield Difference(
                    "value", Side(join_pointer(at, name), _plain(one)), Side(join_pointer(there, name), _plain(other))
                )
        yield from self._undocumented(left.model_extra or {}, right.model_extra or {}, at, there)

    def _undocumented(self, left: _Extra, right: _Extra, at: str, there: str) -> Iterator[Difference]:
        for name in dict.fromkeys((*left, *right)):
            if self._token(left, name) == self._token(right, name):
                continue
            one = Side(join_pointer(at, name), left[name]) if name in left else None
            other = Side(join_pointer(there, name), right[name]) if name in right else None
            yield Difference("value" if one and other else "only", one, other)

    def _token(self, extra: _Extra, name: str) -> str:
        """Give what is equal for equal values."""
        if self._as_text:
            return json.dumps(_text(extra.get(name)), sort_keys=True)
        return json.dumps(extra[name], sort_keys=True) if name in extra else ""

    def _whole(self, record: BaseModel) -> object:
        """Give what is equal, and hashed alike, for equal records."""
        extra = record.model_extra or {}
        tokens = ((name, self._token(extra, name)) for name in sorted(extra))
        blank = '""' if self._as_text else None
        return tuple(record.__dict__.values()), tuple(pair for pair in tokens if pair[1] != blank)

    def records(
        self, layout: Layout, left: Sequence[BaseModel], right: Sequence[BaseModel], at: str
    ) -> Iterator[Difference]:
        """Compare the records of two answers."""
        furthest = -1
        in_order = True
        for one, other in self._pairs(left, right):
            if one is None or other is None:
                yield Difference("only", _side(left, one, at), _side(right, other, at))
                continue
            if in_order and other < furthest:
                in_order = False
                yield Difference("order", _side(left, one, at), _side(right, other, at))
            furthest = max(furthest, other)
            yield from self.fields(layout, left[one], right[other], join_pointer(at, one), join_pointer(at, other))

    def _pairs(self, left: Sequence[BaseModel], right: Sequence[BaseModel]) -> Iterator[_Pair]:
        """Find the records of the one among those of the other, and give those that differ in whatever way."""
        first, last = 0, 0
        shorter = min(len(left), len(right))
        while first < shorter and self._equal(left[first], right[first]):
            first += 1
        while last < shorter - first and self._equal(left[-1 - last], right[-1 - last]):
            last += 1
        ours, theirs = range(first, len(left) - last), range(first, len(right) - last)
        found = self._matched(left, right, ours, theirs)
        yield from ((index, found.get(index)) for index in ours)
        taken = set(found.values())
        yield from ((None, index) for index in theirs if index not in taken)

    def _equal(self, left: BaseModel, right: BaseModel) -> bool:
        if not (left.model_extra or right.model_extra):
            return left.__dict__ == right.__dict__
        return self._whole(left) == self._whole(right)

    def _matched(
        self, left: Sequence[BaseModel], right: Sequence[BaseModel], ours: Iterable[int], theirs: Iterable[int]
    ) -> dict[int, int]:
        """Match records by what names them, and among several of one name the equal ones before the others."""
        places: defaultdict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for records, indices, side in ((left, ours, 0), (right, theirs, 1)):
            for index in indices:
                places[_name_of(records[index])][side].append(index)
        found: dict[int, int] = {}
        for mine, other in places.values():
            if len(mine) == len(other) == 1:
                found[mine[0]] = other[0]
            elif mine and other:
                found |= self._matched_alike(left, right, mine, other)
        return found

    def _matched_alike(
        self, left: Sequence[BaseModel], right: Sequence[BaseModel], mine: list[int], other: list[int]
    ) -> dict[int, int]:
        waiting: defaultdict[object, deque[int]] = defaultdict(deque)
        for index in other:
            waiting[self._whole(right[index])].append(index)
        found: dict[int, int] = {}
        for index in mine:
            if equals := waiting.get(self._whole(left[index])):
                found[index] = equals.popleft()
        rest = sorted(chain.from_iterable(waiting.values()))
        return found | dict(zip((index for index in mine if index not in found), rest, strict=False))


def _side(records: Sequence[BaseModel], index: int | None, at: str) -> Side | None:
    return None if index is None else Side(join_pointer(at, index), _name_of(records[index]))


def _name_of(record: BaseModel) -> int | str:
    """Give what a record is found again by: the id of a request, or else the address."""
    return record.id if isinstance(record, BulkRequest) else cast(EmailRecord | FailedEmail, record).email_address


def _plain(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else cast(JsonValue, value)


def _text(value: JsonValue) -> JsonValue:
    """Spell a value as formats do that know text only, where one member is no list and a blank is nothing."""
    if isinstance(value, dict):
        members = {name: _text(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member != ""} or ""
    if isinstance(value, list):
        return [_text(member) for member in value] if len(value) > 1 else _text(value[0]) if value else ""
    text = value if isinstance(value, str) else json.dumps(value)
    return "" if is_unsaid(text) else text
