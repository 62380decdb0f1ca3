"""Which model answers which path, which one a payload is the answer of, and the way from a tree to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, cast, get_args

from pydantic import BaseModel

from .formats import Kind
from .models import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EndpointName,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from .payloads.candidates import Item, Payload
from .payloads.elements import items_of, open_elements
from .payloads.fields import Keeper, RecordReader, finish, fits
from .payloads.instances import build
from .payloads.layout import UNSET, ItemsField, layout_of
from .payloads.replies import read_reply
from .payloads.tables import read_table, table_candidates
from .payloads.typed import open_typed
from .problems import format_value, join_pointer, rules
from .problems.findings import Findings
from .tree import Fields, Node, Path, Table, drain, fold
from .wire import UNREAD

__all__ = ["MODELS", "RESPONSES", "Answer", "endpoint_of", "model_of_url", "open_payload", "read"]

MODELS: Final[dict[EndpointName, type[Response]]] = {
    "create": CreateResponse,
    "list": ListResponse,
    "status": StatusResponse,
    "completed": CompletedResponse,
    "failed": FailedResponse,
    "error": ErrorResponse,
}
"""The model of each endpoint, and of the reply that any of them may give."""

RESPONSES: Final[dict[type[BaseModel], tuple[type[Response], ...]]] = {
    BulkRequest: (StatusResponse, ListResponse),
    EmailRecord: (CompletedResponse,),
    FailedEmail: (FailedResponse,),
}
"""The answers that hold records of a model, the likeliest first."""

_ALSO: Final[dict[tuple[EndpointName, ...], tuple[EndpointName, ...]]] = {
    ("create",): ("status", "list"),
    ("status",): ("list",),
}
"""What a table may be when it is asked for: its columns alone do not tell a list whose pages are left out."""

_PATH = re.compile(r"/bevService/request(?:/(list|status|completed|failed))?/?\Z", re.IGNORECASE)
_BEHIND_PATH = re.compile(r"[?#].*", re.DOTALL)
_ARRAY_EXPECTED: Final = "an array of records"


class Answer(NamedTuple):
    """What could be read of a payload."""

    response: Response | None
    endpoint: EndpointName | None


def model_of_url(url: str) -> type[Response] | None:
    """Tell by the path of a request which model its answer has; None for paths of other services.

    >>> model_of_url("https://emailverification.whoisxmlapi.com/api/bevService/request/status").__name__
    'StatusResponse'
    """
    found = _PATH.search(_BEHIND_PATH.sub("", url))
    return MODELS[cast(EndpointName, (found[1] or "create").lower())] if found else None


def endpoint_of(model: type[Response]) -> EndpointName:
    """Give the name of a model's endpoint."""
    return cast(EndpointName, get_args(model.model_fields["endpoint"].annotation)[0])


def open_payload(root: Node, kind: Kind, findings: Findings, beside: str | None = None) -> Payload | None:
    """Find the payload in a tree and the endpoints that answer so, or note that there is none.

    Args:
        root: the tree.
        kind: of which kind it is.
        findings: takes what is found.
        beside: something that stands there though there is nothing in the tree, as in `Document`.
    """
    if isinstance(root, Table):
        found = table_candidates(root)
        return Payload(root, (), "", found, also=_ALSO.get(found, ()), empty=not root.rows)
    payload = open_elements(cast(Fields, root), findings) if kind == "text" else open_typed(root, findings)
    if payload and payload.empty and beside and payload.candidates != ("error",):
        message = f"expected an answer, got nothing but attributes such as {format_value(beside)}"
        findings.add(rules.ONLY_ATTRIBUTES, message, "/response", payload.path)
        return None
    return payload


def read(payload: Payload, kind: Kind, model: type[Response] | None, findings: Findings) -> Answer:
    """Turn a payload into the model that was asked for, an error reply, or, with None, whatever it holds."""
    chosen = _choose(payload, model, findings)
    if chosen is None:
        return Answer(None, None)
    if isinstance(payload.node, Table):
        response = read_table(chosen, payload.node, findings)
    else:
        response = _PayloadReader(payload, kind, findings).read(chosen)
    return Answer(response, endpoint_of(chosen))


def _choose(payload: Payload, model: type[Response] | None, findings: Findings) -> type[Response] | None:
    """Settle on a model, or note why there is none."""
    candidates, path = payload.candidates, payload.path
    names = " or ".join(candidates)
    if model is None:
        if len(candidates) == 1:
            return MODELS[candidates[0]]
        if candidates:
            rule, what = (rules.EMPTY_PAYLOAD, "an empty one") if payload.empty else (rules.AMBIGUOUS_ENDPOINT, "one")
            message = f"expected one endpoint's answer, got {what} that fits {names}; name the endpoint"
            findings.add(rule, message, "/response", path)
        else:
            findings.add(
                rules.UNKNOWN_PAYLOAD, "expected an endpoint's answer, got one that fits none", "/response", path
            )
        return None
    endpoint = endpoint_of(model)
    if candidates == ("error",):
        return ErrorResponse
    if not candidates or endpoint in candidates or endpoint in payload.also:
        return model
    findings.add(rules.OTHER_ENDPOINT, f"expected the answer of {endpoint}, got that of {names}", "/response", path)
    return None


def _blank(node: Node) -> bool:
    return isinstance(node, str) and not node.strip(" \t\r\n")


class _PayloadReader:
    """Reads the payload of a tree that is no table."""

    def __init__(self, payload: Payload, kind: Kind, findings: Findings) -> None:
        self._payload = payload
        self._kind: Kind = kind
        self._findings = findings

    def read(self, model: type[Response]) -> Response | None:
        """Read it as one model, or note why that cannot be done."""
        layout = layout_of(model)
        if layout.items is not None and not layout.items.wire_name:
            return self._array(model, layout.items)
        node, path, pointer = self._payload.node, self._payload.path, self._payload.pointer
        if not isinstance(node, Fields):
            self._findings.add(rules.WRONG_KIND, f"expected an object, got {format_value(node)}", pointer, path)
            return None
        if model is ErrorResponse:
            return read_reply(node, self._kind, path, pointer, self._findings, self._payload.envelope)
        return self._object(model, node)

    def _array(self, model: type[Response], items: ItemsField) -> Response | None:
        payload = self._payload
        if self._kind == "text":
            nodes: Iterable[Item] = [] if payload.enveloped and _blank(payload.node) else [(payload.node, payload.path)]
            if payload.repeated:
                self._repeated(items, payload.path)
        elif isinstance(payload.node, list):
            nodes = ((node, (*payload.path, index)) for index, node in enumerate(drain(payload.node)))
        else:
            message = f"expected {_ARRAY_EXPECTED}, got {format_value(payload.node)}"
            self._findings.add(rules.WRONG_KIND, message, payload.pointer, payload.path)
            return None
        values: dict[str, object] = {"endpoint": endpoint_of(model)}
        values[items.attribute] = self._records(items, nodes, payload.pointer)
        sound = fits(model, payload.envelope, payload.path, self._findings)
        return build(model, values, payload.envelope) if sound else None

    def _object(self, model: type[Response], node: Fields) -> Response | None:
        layout, payload = layout_of(model), self._payload
        items = layout.items
        apart = frozenset({fold(items.wire_name)} if items else ())
        reader = RecordReader(layout, self._kind, self._findings)
        values, extra, _ = reader.fields(node, payload.path, payload.pointer, apart)
        sound = finish(layout, values, payload.path, payload.pointer, self._findings)
        values["endpoint"] = endpoint_of(model)
        if items:
            values[items.attribute] = self._members(items, node)
        sound = sound and all(values[field.attribute] is not UNREAD for field in layout.fields if field.required)
        values = {name: None if value is UNREAD or value is UNSET else value for name, value in values.items()}
        extra = Keeper(self._kind, self._findings).merge(payload.envelope, extra)
        sound = fits(model, extra, payload.path, self._findings) and sound
        return build(model, values, extra) if sound else None

    def _members(self, items: ItemsField, node: Fields) -> tuple[BaseModel, ...]:
        """Read the records that stand under a name."""
        path, pointer = self._payload.path, join_pointer(self._payload.pointer, items.wire_name)
        under = [
            (value, (*path, position))
            for position, (name, value) in enumerate(node.pairs)
            if fold(name) == items.wire_name
        ]
        for position, (name, _) in enumerate(node.pairs):
            if fold(name) == items.wire_name and name != items.wire_name:
                message = f"expected the name {items.wire_name}, accepted {format_value(name)}"
                self._findings.add(rules.NAME_SPELLING, message, pointer, (*path, position))
        if self._kind == "text":
            if len(under) > 1:
                self._repeated(items, under[1][1])
            if not under and not any(fold(name) in layout_of(ListResponse).by_fold for name, _ in node.pairs):
                self._findings.add(rules.MISSING_FIELD, f"expected {items.wire_name}, got none", pointer, path)
            return self._records(items, [] if len(under) == 1 and _blank(under[0][0]) else under, pointer)
        for _, again in under[1:]:
            self._findings.add(rules.DUPLICATE_FIELD, f"expected {items.wire_name} once, got it again", pointer, again)
        value: Node = under[0][0] if under else None
        if not isinstance(value, list):
            rule, came = (rules.WRONG_KIND, format_value(value)) if under else (rules.MISSING_FIELD, "none")
            message = f"expected {items.wire_name} with {_ARRAY_EXPECTED}, got {came}"
            self._findings.add(rule, message, pointer, under[0][1] if under else path)
            return ()
        return self._records(items, ((member, (*under[0][1], i)) for i, member in enumerate(drain(value))), pointer)

    def _repeated(self, items: ItemsField, path: Path) -> None:
        message = "expected one element with a member for each record, accepted several"
        self._findings.add_once(rules.LIST_SPELLING, items.attribute, message, self._payload.pointer, path)

    def _records(self, items: ItemsField, nodes: Iterable[Item], pointer: str) -> tuple[BaseModel, ...]:
        if self._kind == "text":
            nodes = items_of(list(nodes), frozenset(items.layout.by_fold))
        reader = RecordReader(items.layout, self._kind, self._findings)
        read = (reader.record(node, path, join_pointer(pointer, index)) for index, (node, path) in enumerate(nodes))
        return tuple(record for record in read if record is not None)
