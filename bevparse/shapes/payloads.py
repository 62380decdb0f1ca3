"""From the root of a tree to the payload in it, and which endpoints it could be the answer of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..formats import Kind
from ..models import BulkRequest, CreateResponse, EmailRecord, EndpointName, FailedEmail, ListResponse
from ..problems import shown, step
from ..tree import Fields, Node, Path, fold
from .findings import Findings
from .keeping import Keeper
from .layout import layout_of
from .replies import OWN_NAMES, REPLIES, REPLY_LISTS

__all__ = [
    "ARRAYS",
    "ENVELOPE_NAMES",
    "KNOWN",
    "Item",
    "Payload",
    "candidates_of_items",
    "candidates_of_names",
    "candidates_of_object",
    "holds_fields",
    "items_of",
    "open_elements",
    "open_typed",
]

Item: TypeAlias = tuple[Node, Path]
"""A record that has not been read yet, and its path."""

ENVELOPE_NAMES: Final = OWN_NAMES | {"response"}
"""The folded names that cannot stand beside the response as undocumented fields."""
ARRAYS: Final[tuple[EndpointName, ...]] = ("status", "completed", "failed")
"""The endpoints that answer with an array, so that an empty one could be any of theirs."""

_RECORD: Final = frozenset(layout_of(EmailRecord).by_fold) - {"emailaddress"}
_CHECKS: Final = _RECORD - {"result", "mxrecords"}
_FAILED: Final = frozenset(layout_of(FailedEmail).by_fold) - {"emailaddress"}
_REQUEST: Final = frozenset(layout_of(BulkRequest).by_fold) - {"id"}
_PAGE: Final = (frozenset(layout_of(ListResponse).by_fold) | {"data"}) - {"from", "to", "total"}
_CREATE: Final = frozenset(layout_of(CreateResponse).by_fold)
_LISTS: Final = REPLY_LISTS | {"data", "mxrecords"}
KNOWN: Final = _RECORD | _FAILED | _REQUEST | _PAGE | _CREATE | REPLIES | _LISTS | {"emailaddress"}

_FAULTS: Final = frozenset(("error", "errors", "exception", "fault"))
"""Names of a root element that is no answer, however empty it is."""


@dataclass(slots=True)
class Payload:
    """What is in the envelope."""

    node: Node
    """For "typed" the value of `response`; for "text" the first element below the root that holds fields or items."""
    path: Path
    pointer: str
    candidates: tuple[EndpointName, ...]
    """The endpoints that answer so: one, several where the payload is too bare to tell, none where nothing fits."""
    envelope: dict[str, object] = field(default_factory=dict[str, object])
    """Undocumented fields beside the response."""
    enveloped: bool = True
    """Whether nothing but the envelope is around the node; otherwise it is itself the one item of a list."""
    also: tuple[EndpointName, ...] = ()
    """The endpoints that could answer so when they are asked for, though another is likelier."""
    empty: bool = False
    """Whether there is nothing in it, so that it tells nothing about the endpoint."""
    repeated: bool = False
    """Whether the items are repeated envelopes."""

    @property
    def endpoint(self) -> EndpointName | None:
        """The one endpoint that answers so, if it is one."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def candidates_of_names(names: frozenset[str], *, array: bool) -> tuple[EndpointName, ...]:
    """Tell by folded field names which endpoints answer so.

    Args:
        names: the folded names of a record, or of a response that is an object.
        array: whether they are a record's.
    """
    if "emailaddress" in names:
        if names & _CHECKS or (names & _RECORD and not names & _FAILED):
            return ("completed",)
        return ("failed",) if names & _FAILED else ("completed", "failed")
    if array:
        if names & (_REQUEST | {"id"}):
            return ("status",)
        return ("completed",) if names & _RECORD else ("failed",) if names & _FAILED else ()
    if names & OWN_NAMES:
        return ("error",)
    if names & _PAGE:
        return ("list",)
    return ("create",) if "id" in names else ("error",) if names & REPLIES else ()


def candidates_of_object(names: frozenset[str], kind: Kind) -> tuple[EndpointName, ...]:
    """Tell by the folded names in the envelope which endpoints answer so; in elements it may be a single record."""
    found = candidates_of_names(names, array=False)
    return ("status",) if found == ("create",) and kind == "text" and names & _REQUEST else found


def _names(fields: Fields) -> frozenset[str]:
    return frozenset(fold(name) for name, _ in fields.pairs)


def candidates_of_items(items: list[Node]) -> tuple[EndpointName, ...]:
    """Let the first record that says anything decide."""
    for item in items:
        found = candidates_of_names(_names(item), array=True) if isinstance(item, Fields) else ()
        if found:
            return found
    return () if items else ARRAYS


def open_typed(root: Node, findings: Findings) -> Payload | None:
    """Find the payload of a JSON-like tree, or note that there is none."""
    pairs = root.pairs if isinstance(root, Fields) else []
    inside = [position for position, (name, _) in enumerate(pairs) if fold(name) == "response"]
    if not inside:
        if isinstance(root, Fields) and _names(root) & (REPLIES):
            findings.add("BEV310", "expected the key response, accepted an error without it", "", ())
            return Payload(root, (), "", ("error",))
        findings.add("BEV211", f"expected an object with the key response, got {_without(root)}", "", ())
        return None
    position = inside[0]
    name, node = pairs[position]
    pointer = "/response"
    if name != "response":
        findings.add("BEV308", f"expected the name response, accepted {shown(name)}", pointer, (position,))
    for again in inside[1:]:
        findings.add("BEV209", "expected response once, got it again", pointer, (again,))
    others = [(place, *pair) for place, pair in enumerate(pairs) if fold(pair[0]) != "response"]
    if any(fold(other) in OWN_NAMES for _, other, _ in others):
        return _error_beside(root, (), findings)
    envelope = _envelope(others, (), findings, "typed")
    if isinstance(node, Fields):
        candidates = candidates_of_names(_names(node), array=False)
    else:
        candidates = candidates_of_items(node) if isinstance(node, list) else ()
    return Payload(node, (position,), pointer, candidates, envelope, empty=node == [])


def _error_beside(root: Node, path: Path, findings: Findings) -> Payload:
    """Let an error that stands beside the response win: whatever the response holds, it is not to be relied on."""
    findings.add("BEV310", "expected an error in response, accepted one beside it", "", path)
    return Payload(root, path, "", ("error",))


def _without(root: Node) -> str:
    return "one without" if isinstance(root, Fields) else shown(root)


def _envelope(others: list[tuple[int, str, Node]], path: Path, findings: Findings, kind: Kind) -> dict[str, object]:
    envelope: dict[str, object] = {}
    keeper = Keeper(kind, findings)
    for position, name, value in others:
        keeper.keep(envelope, name, value, (*path, position), step("", name))
    return envelope


def _holds(fields: Fields, known: frozenset[str]) -> bool:
    """Tell whether some element is a field of this name, so a text, unless it is a list."""
    return any(fold(name) in known and (isinstance(value, str) or fold(name) in _LISTS) for name, value in fields.pairs)


def open_elements(root: Fields, findings: Findings) -> Payload:
    """Go down from the root element, through wrappers with a single child, to the payload."""
    node, enveloped = root.pairs[0][1], True
    path: Path = (0,)
    envelope: dict[str, object] = {}
    opened = fold(root.pairs[0][0]) == "response"
    while isinstance(node, Fields):
        inside = [position for position, (name, _) in enumerate(node.pairs) if fold(name) == "response"]
        if len(inside) == 1 and enveloped and not (opened and _holds(node, KNOWN)):
            others = [(place, *pair) for place, pair in enumerate(node.pairs) if place != inside[0]]
            if any(fold(name) in OWN_NAMES for _, name, _ in others):
                return _error_beside(node, path, findings)
            envelope |= _envelope(others, path, findings, "text")
            node, path, opened = node.pairs[inside[0]][1], (*path, inside[0]), True
        elif len(node.pairs) == 1 and not _holds(node, KNOWN):
            node, path, enveloped = node.pairs[0][1], (*path, 0), False
        else:
            break
    payload = Payload(node, path, "/response", (), envelope, enveloped)
    payload.candidates = _of_elements(payload)
    if payload.empty and path == (0,) and fold(root.pairs[0][0]) in _FAULTS:
        payload.candidates = ("error",)  # which says nothing, so it is a fault, and no empty answer
    return payload


def _of_elements(payload: Payload) -> tuple[EndpointName, ...]:
    node = payload.node
    if not isinstance(node, Fields):
        payload.empty = node == "" or str(node).isspace()
        return ARRAYS if payload.empty else ()
    if not _holds(node, KNOWN):
        payload.repeated = all(fold(name) == "response" for name, _ in node.pairs)
        return candidates_of_items([value for _, value in node.pairs])
    if payload.enveloped:
        found = candidates_of_object(_names(node), "text")
        payload.also = ("status",) if found == ("create",) else ()
        return found
    return candidates_of_names(_names(node), array=True)


def holds_fields(fields: Fields) -> bool:
    """Tell whether elements are the fields of a record or of a response, and no list of records."""
    return _holds(fields, KNOWN)


def items_of(nodes: list[Item], known: frozenset[str]) -> Iterable[Item]:
    """Find the records in the elements of a list: repeated elements, one that holds them, or one that is one."""
    if len(nodes) != 1:
        return nodes
    node, path = nodes[0]
    while isinstance(node, Fields) and not _holds(node, known):
        if len(node.pairs) != 1:
            return ((value, (*path, position)) for position, value in enumerate(node.drain()))
        node, path = node.pairs[0][1], (*path, 0)
    return [(node, path)]
