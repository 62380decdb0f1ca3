"""The differences between two responses, record by record. Their bodies may have different formats."""

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
from .models import ErrorResponse, Response
from .payloads.derived import plain
from .payloads.layout import Layout, layout_of
from .problems import Problem, join_pointer, rules
from .reader import BodyReader
from .reader.events import ROOT, Body, Inspection
from .wire import is_plainly_missing

__all__ = ["Difference", "Side", "differences", "errors_of", "inspect_pair", "is_untyped"]

_UNDECIDED: Final = {rules.AMBIGUOUS_ENDPOINT, rules.EMPTY_PAYLOAD}
"""The rules that a body breaks if its payload does not show its endpoint."""
_Pair: TypeAlias = tuple[int | None, int | None]
_Extra: TypeAlias = Mapping[str, JsonValue]
_Records: TypeAlias = Sequence[BaseModel]


class Side(NamedTuple):
    """The value in one of the two responses."""

    pointer: str
    """The location, as a JSON pointer into the canonical JSON spelling."""
    value: JsonValue = None
    """The value of a field as JSON, or the id or address of a record; None when a documented field is missing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two responses."""

    kind: Literal["endpoint", "value", "only", "order"]
    """Different endpoints, different values, a field or record in one response only, or a record in another order."""
    left: Side | None
    """The value in the left response; None when it lacks the undocumented field or the record."""
    right: Side | None
    """The value in the right response; None when it lacks the undocumented field or the record."""


def inspect_pair(
    bodies: tuple[Body, Body],
    declared: tuple[str | None, str | None],
    model: type[Response] = Response,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Inspection, Inspection]:
    """Inspect two bodies as responses of the same endpoint, if one fits both.

    Args:
        bodies: the bodies.
        declared: their formats; None to detect the format.
        model: the model of the endpoint; `Response` to detect it from the bodies.
        limits: limits on each body.

    Raises:
        UnknownFormatError: a format does not exist.
    """

    def inspect_as(model: type[Response]) -> tuple[Inspection, Inspection]:
        pairs = zip(bodies, declared, strict=True)
        one, other = (BodyReader(body, Expected((model,), format), limits).inspect() for body, format in pairs)
        return one, other

    found = inspect_as(model)
    undecided = all(problem.rule in _UNDECIDED for one in found for problem in errors_of(one))
    if model is Response and undecided and not _same_endpoint(*found):
        detected = (type(one.response) for one in found if one.response is not None)
        again = map(inspect_as, (*detected, *MODELS.values()))
        return next((pair for pair in again if _same_endpoint(*pair)), found)
    return found


def errors_of(found: Inspection) -> list[Problem]:
    """Return the errors that an inspection found. A body with errors cannot be compared."""
    return [problem for problem in found.problems if problem.severity == "error"]


def is_untyped(found: Inspection) -> bool:
    """Return whether the inspected body has a format without types, such as XML or CSV: every value is text."""
    return found.format is not None and formats.get(found.format).kind != "typed"


def _same_endpoint(one: Inspection, other: Inspection) -> bool:
    valid = not (errors_of(one) or errors_of(other))
    return valid and one.response is not None and type(one.response) is type(other.response)


def differences(left: Response, right: Response, *, as_text: bool = False) -> Iterator[Difference]:
    """Return the differences between two responses.

    Requests are matched by their ids and other records by their addresses, so that an inserted record does not make
    all later ones differ. A different order of the records is reported once.

    Args:
        left: one response.
        right: the other response.
        as_text: whether undocumented fields are compared as text, because one of the formats has only text. Then 5
            equals "5", and blank, null and missing fields are equal.

    >>> from bevparse import parse
    >>> list(differences(parse('{"response":{"id":5}}'), parse('{"response":{"id":6}}')))
    [Difference(kind='value', left=Side(pointer='/response/id', value=5), right=Side(pointer='/response/id', value=6))]
    """
    left, right = plain(left), plain(right)
    if type(left) is not type(right):
        yield Difference("endpoint", Side(ROOT, left.endpoint), Side(ROOT, right.endpoint))
        return
    comparison = _Comparison(as_text=as_text)
    layout = layout_of(type(left))
    is_array = layout.items is not None and not layout.items.wire_name
    pointer = "" if is_array else ROOT
    if isinstance(left, ErrorResponse) and isinstance(right, ErrorResponse) and left.errors != right.errors:
        errors = join_pointer(ROOT, "errors")
        yield Difference("value", Side(errors, list(left.errors)), Side(errors, list(right.errors)))
    yield from comparison.fields(layout, left, right, pointer, pointer)
    if layout.items:
        array = ROOT if is_array else join_pointer(ROOT, layout.items.wire_name)
        ours, theirs = (cast(_Records, getattr(one, layout.items.attribute)) for one in (left, right))
        yield from comparison.records(layout.items.layout, ours, theirs, array)


class _Comparison:
    def __init__(self, *, as_text: bool) -> None:
        self._as_text = as_text

    def fields(
        self, layout: Layout, left: BaseModel, right: BaseModel, left_pointer: str, right_pointer: str
    ) -> Iterator[Difference]:
        """Return the differences between the fields of two models, each of which has its own pointer."""
        for field in layout.fields:
            one, other = getattr(left, field.attribute), getattr(right, field.attribute)
            if one != other:
                name = field.wire.name
                ours = Side(join_pointer(left_pointer, name), _as_json(one))
                yield Difference("value", ours, Side(join_pointer(right_pointer, name), _as_json(other)))
        extra, others = left.model_extra or {}, right.model_extra or {}
        for name in dict.fromkeys((*extra, *others)):
            if self._token(extra, name) != self._token(others, name):
                own = Side(join_pointer(left_pointer, name), extra[name]) if name in extra else None
                foreign = Side(join_pointer(right_pointer, name), others[name]) if name in others else None
                yield Difference("value" if own and foreign else "only", own, foreign)

    def _token(self, extra: _Extra, name: str) -> str:
        """Return a string for an undocumented field, the same for equal values; "" if the field is missing."""
        if self._as_text:
            return json.dumps(_as_text(extra.get(name)), sort_keys=True)
        return json.dumps(extra[name], sort_keys=True) if name in extra else ""

    def _token_of_record(self, record: BaseModel) -> object:
        """Return a hashable value that is the same for equal records."""
        extra = record.model_extra or {}
        tokens = ((name, self._token(extra, name)) for name in sorted(extra))
        blank = '""' if self._as_text else None
        return tuple(record.__dict__.values()), tuple(pair for pair in tokens if pair[1] != blank)

    def _equal(self, left: BaseModel, right: BaseModel) -> bool:
        if not (left.model_extra or right.model_extra):
            return left.__dict__ == right.__dict__
        return self._token_of_record(left) == self._token_of_record(right)

    def records(self, layout: Layout, left: _Records, right: _Records, pointer: str) -> Iterator[Difference]:
        """Return the differences between the records of two responses."""
        key = layout.required[0]

        def side(records: _Records, index: int | None) -> Side | None:
            return None if index is None else Side(join_pointer(pointer, index), getattr(records[index], key))

        furthest = -1
        in_order = True
        for one, other in self._pairs(left, right, key):
            if one is None or other is None:
                yield Difference("only", side(left, one), side(right, other))
                continue
            if in_order and other < furthest:
                in_order = False
                yield Difference("order", side(left, one), side(right, other))
            furthest = max(furthest, other)
            locations = join_pointer(pointer, one), join_pointer(pointer, other)
            yield from self.fields(layout, left[one], right[other], *locations)

    def _pairs(self, left: _Records, right: _Records, key: str) -> Iterator[_Pair]:
        """Match records, and return the two indexes of each pair. An index is None if a record has no match.

        Equal records at the start and at the end of both arrays are left out.
        """
        first, last = 0, 0
        shorter = min(len(left), len(right))
        while first < shorter and self._equal(left[first], right[first]):
            first += 1
        while last < shorter - first and self._equal(left[-1 - last], right[-1 - last]):
            last += 1
        ours, theirs = range(first, len(left) - last), range(first, len(right) - last)
        matches = self._match(left, right, ours, theirs, key)
        yield from ((index, matches.get(index)) for index in ours)
        matched = set(matches.values())
        yield from ((None, index) for index in theirs if index not in matched)

    def _match(
        self,
        left: _Records,
        right: _Records,
        ours: Iterable[int],
        theirs: Iterable[int],
        key: str,
    ) -> dict[int, int]:
        """Match records by their key, and return the right index by the left one.

        Of several records with the same key, equal records are matched first.
        """
        indexes: defaultdict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for index in ours:
            indexes[getattr(left[index], key)][0].append(index)
        for index in theirs:
            indexes[getattr(right[index], key)][1].append(index)
        matches: dict[int, int] = {}
        for mine, others in indexes.values():
            if len(mine) == len(others) == 1:
                matches[mine[0]] = others[0]
            elif mine and others:
                matches |= self._match_equal_keys(left, right, mine, others)
        return matches

    def _match_equal_keys(self, left: _Records, right: _Records, mine: list[int], others: list[int]) -> dict[int, int]:
        waiting: defaultdict[object, deque[int]] = defaultdict(deque)
        for index in others:
            waiting[self._token_of_record(right[index])].append(index)
        matches: dict[int, int] = {}
        for index in mine:
            if equal := waiting.get(self._token_of_record(left[index])):
                matches[index] = equal.popleft()
        rest = sorted(chain.from_iterable(waiting.values()))
        return matches | dict(zip((index for index in mine if index not in matches), rest, strict=False))


def _as_json(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else cast(JsonValue, value)


def _as_text(value: JsonValue) -> JsonValue:
    """Return a JSON value as a format without types shows it.

    There, a list of one member looks like the member, and a blank value is missing.
    """
    if isinstance(value, dict):
        members = {name: _as_text(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member != ""} or ""
    if isinstance(value, list):
        return [_as_text(member) for member in value] if len(value) > 1 else _as_text(value[0]) if value else ""
    text = value if isinstance(value, str) else json.dumps(value)
    return "" if is_plainly_missing(text) else text
