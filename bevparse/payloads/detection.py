"""Where the endpoint of a body is decided, unless its model is given.

The names of the fields in the payload give the endpoints that it fits (`candidates_of_...`). How well a name
identifies its endpoint is in its annotation in `models.py`. The kinds of trees add what their formats cannot say, such
as whether a single row is an array (`tables.py`, `elements.py`). `chosen_model` chooses one of the endpoints, or
compares them with the requested model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from ..endpoints import ENDPOINTS, endpoint_of
from ..models import EndpointName, ErrorResponse, Response
from ..problems import rules
from ..problems.collector import Cursor
from ..tree import Fields, Node, Path, Table, fold
from .fields import ExtraFields
from .layout import Layout, layout_of
from .replies import OWN_NAMES, REPLIES, REPLY_LISTS, FoldedField, is_no_error, is_reply, report_no_error

__all__ = [
    "ARRAY_ENDPOINTS",
    "ENVELOPE_NAMES",
    "IDS_ONLY",
    "KNOWN_NAMES",
    "LIST_NAMES",
    "Item",
    "Payload",
    "also_if_requested",
    "candidates_of_items",
    "candidates_of_names",
    "candidates_of_object",
    "candidates_of_table",
    "chosen_model",
    "error_outside",
    "errors_outside",
    "folded_names",
]

Item: TypeAlias = tuple[Node, Path]
"""A record that has not been read, and its path."""
_Weights: TypeAlias = dict[EndpointName, dict[str, int]]
"""For each endpoint the folded names of its fields, and how well each name identifies the endpoint."""


class _Names(NamedTuple):
    """The folded names of the fields of an endpoint, by how well they identify it."""

    endpoint: EndpointName
    by_itself: frozenset[str]
    """Names that only this endpoint has. Each of them is enough to identify it."""
    unless_surer: frozenset[str]
    """Names that identify this endpoint if no field is in `by_itself` of another endpoint."""
    shared: frozenset[str]
    """Names that other endpoints also have."""
    all: frozenset[str]
    """All of these."""


def _weights(layout: Layout) -> dict[str, int]:
    """Return the folded names of a layout, each with its `Wire.identifies`: how well it identifies the endpoint."""
    items = {fold(layout.items.wire_name): 2} if layout.items and layout.items.wire_name else {}
    return {folded: known.wire.identifies for folded, known in layout.by_fold.items()} | items


def _names(endpoint: EndpointName, own: dict[str, int], others: AbstractSet[str]) -> _Names:
    by_itself, unless_surer = (
        frozenset(name for name, weight in own.items() if weight == level and name not in others) for level in (2, 1)
    )
    shared = frozenset(own) & others
    return _Names(endpoint, by_itself, unless_surer, shared, by_itself | unless_surer | shared)


_RECORDS: Final[_Weights] = {one.name: _weights(layout_of(one.record)) for one in ENDPOINTS.values() if one.record}
_ARRAY_RECORDS: Final[_Weights] = {name: names for name, names in _RECORDS.items() if ENDPOINTS[name].is_array}
_RESPONSES: Final[_Weights] = {
    one.name: _weights(layout_of(one.model)) for one in ENDPOINTS.values() if one.path is not None and not one.is_array
}


def _others(endpoint: EndpointName, *weights: _Weights) -> AbstractSet[str]:
    """Return the folded names of the fields of all other endpoints."""
    return frozenset(name for one in weights for other, names in one.items() if other != endpoint for name in names)


_OBJECT_NAMES: Final[tuple[_Names, ...]] = tuple(
    _names(name, names, _others(name, _RESPONSES, _RECORDS)) for name, names in _RESPONSES.items()
)
"""The names that identify a response that is an object."""
_ARRAY_NAMES: Final[tuple[_Names, ...]] = tuple(
    _names(name, names, _others(name, _ARRAY_RECORDS)) for name, names in _ARRAY_RECORDS.items()
)
"""The names that identify a record of a response that is an array."""
_ADDRESS: Final = fold("emailAddress")
_WITH_ADDRESS: Final = tuple(names for names in _ARRAY_NAMES if _ADDRESS in names.all)
"""The same as `_ARRAY_NAMES`, for records that have an address."""
ENVELOPE_NAMES: Final = OWN_NAMES | {"response"}
"""The folded names that undocumented fields next to the response must not have."""
ARRAY_ENDPOINTS: Final[tuple[EndpointName, ...]] = tuple(names.endpoint for names in _ARRAY_NAMES)
"""The endpoints whose response is an array. An empty array fits each of them."""
IDS_ONLY: Final[tuple[EndpointName, ...]] = ("list", "status")
"""The endpoints that a table of several ids fits. Like an empty array, it does not show which of them it is."""
LIST_NAMES: Final = REPLY_LISTS.union(
    *(layout_of(model).lists for one in ENDPOINTS.values() for model in (one.model, one.record) if model)
)
"""The folded names of fields that are lists."""
KNOWN_NAMES: Final = (
    REPLIES | LIST_NAMES | frozenset[str]().union(*(names.all for names in (*_OBJECT_NAMES, *_ARRAY_NAMES)))
)
"""The folded names of the fields of all endpoints."""


@dataclass(slots=True)
class Payload:
    """The content of the envelope of a body, before it is read as a model."""

    node: Node
    """In JSON the value of `response`, in XML the first element with fields or records, in CSV the whole table."""
    at: Cursor
    """The cursor of the node."""
    candidates: tuple[EndpointName, ...]
    """The endpoints that the payload fits: several if it has too few fields, none if it fits no endpoint."""
    envelope: ExtraFields = field(default_factory=ExtraFields)
    """Undocumented fields next to the response."""
    enveloped: bool = True
    """Whether the node is directly in the envelope. Otherwise, it is the only member of a list in the envelope."""
    also_if_requested: tuple[EndpointName, ...] = ()
    """Less likely endpoints. The payload is read as one of them only if its model is requested."""
    empty: bool = False
    """Whether the payload is empty, so that it does not identify an endpoint."""
    repeated: bool = False
    """Whether each record is in an element named `response`, instead of one such element around all records."""

    @property
    def endpoint(self) -> EndpointName | None:
        """The endpoint, or None if there is not exactly one candidate."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def candidates_of_names(names: frozenset[str], *, array: bool) -> tuple[EndpointName, ...]:
    """Return the endpoints that have fields of these names.

    Args:
        names: the folded names of the fields of a record, or of a response that is an object.
        array: whether they are the names of a record.
    """
    addressed = _ADDRESS in names
    known = _WITH_ADDRESS if addressed else _ARRAY_NAMES if array else _OBJECT_NAMES
    for one in known:
        if names & one.by_itself:
            return (one.endpoint,)
    for one in known:
        if names & one.unless_surer:
            return (one.endpoint,)
    return tuple(one.endpoint for one in known if names & one.shared)


def candidates_of_object(fields: Iterable[tuple[str, Node]]) -> tuple[EndpointName, ...]:
    """Return the endpoints of an object with these fields, which may be the only record of an array."""
    return _candidates_of_folded([(name, fold(name), value) for name, value in fields])


def _candidates_of_folded(fields: Sequence[FoldedField]) -> tuple[EndpointName, ...]:
    """Return what `candidates_of_object` does, for fields whose names are folded already."""
    names = frozenset(folded for _, folded, _ in fields)
    errors = [value for _, folded, value in fields if folded in OWN_NAMES and _ADDRESS not in names]
    if errors and not all(map(is_no_error, errors)) and is_reply(fields):
        return ("error",)
    found = candidates_of_names(names, array=False)
    own = next((one.all for one in _OBJECT_NAMES if found == (one.endpoint,)), None)
    if own is not None:
        return tuple(one.endpoint for one in _ARRAY_NAMES if one.all & own and names & (one.by_itself - own)) or found
    return found or (("error",) if is_reply(fields) else ())


def also_if_requested(found: tuple[EndpointName, ...]) -> tuple[EndpointName, ...]:
    """Return `("create",)` for an object that fits status: a create response may have the fields of a request."""
    return ("create",) if found == ("status",) else ()


def folded_names(fields: Fields) -> frozenset[str]:
    """Return the folded names of fields."""
    return frozenset(fold(name) for name, _ in fields.pairs)


def candidates_of_items(items: Iterable[Node]) -> tuple[EndpointName, ...]:
    """Return the endpoints that an array of records fits. The first record with known fields decides."""
    empty, before = True, None
    for item in items:
        empty = False
        names = folded_names(item) if isinstance(item, Fields) else None
        if names is not None and names != before:
            found = candidates_of_names(names, array=True)
            if found:
                return found
        before = names
    return ARRAY_ENDPOINTS if empty else ()


def chosen_model(payload: Payload, model: type[Response]) -> type[Response] | None:
    """Return the model to read a payload as, or report that no model fits and return None.

    Args:
        payload: the payload.
        model: the requested model; for `Response`, the endpoint is detected.
    """
    candidates, at = payload.candidates, payload.at.root.at(payload.at.path, "response")
    names = " or ".join(candidates)
    if model is Response:
        if len(candidates) == 1:
            return ENDPOINTS[candidates[0]].model
        if candidates:
            rule, what = rules.AMBIGUOUS_ENDPOINT, "a response"
            if payload.empty:
                is_table = isinstance(payload.node, Table) and payload.node.rows
                rule, what = rules.EMPTY_PAYLOAD, "a table of ids only" if is_table else "an empty response"
            at.report(rule, f"expected the response of one endpoint, got {what} that fits {names}; name the endpoint")
        else:
            at.report(rules.UNKNOWN_PAYLOAD, "expected the response of an endpoint, got a body that fits no endpoint")
        return None
    endpoint = endpoint_of(model)
    if candidates == ("error",):
        return ErrorResponse
    if not candidates or endpoint in (*candidates, *payload.also_if_requested):
        return model
    at.report(rules.OTHER_ENDPOINT, f"expected a response of {endpoint}, got a response of {names}")
    return None


def candidates_of_table(table: Table) -> tuple[EndpointName, ...]:
    """Return the endpoints that a table fits by its labels and the number of its rows."""
    if not table.header:
        return ARRAY_ENDPOINTS
    folded = list(map(fold, table.header))
    names = frozenset(folded)
    values = (_column(table, place, name) for place, name in enumerate(folded))
    found = _candidates_of_folded(list(zip(table.header, folded, values, strict=True)))
    if found == ("create",) and names == frozenset(("id",)) and len(table.rows) != 1:
        return IDS_ONLY
    if found == ("create",) and len(table.rows) != 1:
        return ("status",)
    return found or candidates_of_names(names, array=True)


def _column(table: Table, place: int, folded: str) -> Node:
    """Return all cells of a column of errors, or only the first cell of any other column."""
    if folded in OWN_NAMES:
        return [row[place] for row in table.rows if place < len(row)]
    return table.rows[0][place] if table.rows and place < len(table.rows[0]) else None


def errors_outside(others: Iterable[tuple[int, str, Node]], at: Cursor) -> bool:
    """Return whether a field next to the response is an error. A field that says there is no error is reported."""
    errors = [(position, name, value) for position, name, value in others if fold(name) in OWN_NAMES]
    if not all(is_no_error(value) for _, _, value in errors):
        return True
    for position, name, value in errors:
        report_no_error(name, value, at.child(position, name))
    return False


def error_outside(node: Node, at: Cursor) -> Payload:
    """Return the error next to the response as the payload. The response may be incomplete, so it is not read."""
    at.report(rules.ERROR_SHAPE, "expected the error in response, accepted an error next to response")
    return Payload(node, at, ("error",))
