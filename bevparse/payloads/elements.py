"""TODO doc."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..models import EndpointName
from ..problems.findings import Findings
from ..tree import Fields, Path, fold
from .candidates import (
    ARRAYS,
    KNOWN,
    LISTS,
    Item,
    Payload,
    candidates_of_items,
    candidates_of_names,
    candidates_of_object,
    folded_names,
    keep_envelope,
    reply_outside,
)
from .replies import OWN_NAMES

__all__ = ["holds_fields", "items_of", "open_elements"]

_FAULTS: Final = frozenset(("error", "errors", "exception", "fault"))
"""Names of a root element that is no answer, however empty it is."""


def _holds(fields: Fields, known: frozenset[str]) -> bool:
    """Tell whether some element is a field of this name, so a text, unless it is a list."""
    return any(fold(name) in known and (isinstance(value, str) or fold(name) in LISTS) for name, value in fields.pairs)


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
                return reply_outside(node, path, findings)
            envelope |= keep_envelope(others, path, findings, "text")
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
        found = candidates_of_object(folded_names(node), "text")
        payload.also = ("status",) if found == ("create",) else ()
        return found
    return candidates_of_names(folded_names(node), array=True)


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
