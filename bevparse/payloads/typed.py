"""Payloads of typed trees, such as those of JSON, in which lists, numbers and strings are different nodes."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from ..models import EndpointName
from ..problems import format_value, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, fold
from ..wire import list_in_object
from .detection import (
    Item,
    Payload,
    also_if_requested,
    candidates_of_items,
    candidates_of_object,
    error_outside,
    errors_outside,
    folded_names,
)
from .fields import FieldWriter
from .layout import ItemsField, Layout
from .replies import OWN_NAMES, is_reply
from .responses import FieldTrees, Finder, named, number_of

__all__ = ["TypedTrees"]

_ARRAY = "an array of records"


class _TypedWriter(FieldWriter):
    """Writes undocumented fields with any JSON value."""

    def pairs(self, name: str, value: JsonValue, pointer: str) -> list[tuple[str, Node]]:
        """Return the field with its value as a tree."""
        return [(name, _tree(value))]


class TypedTrees(FieldTrees):
    """The kind "typed": trees in which values have types."""

    writer = _TypedWriter

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the payload under the key `response`, or report that there is none and return None."""
        at = collector.cursor()
        pairs = root.pairs if isinstance(root, Fields) else []
        inside = [position for position, (name, _) in enumerate(pairs) if fold(name) == "response"]
        if not inside:
            if is_reply([(name, fold(name), value) for name, value in pairs]):
                at.report(rules.ERROR_SHAPE, "expected the key response, accepted an error reply without it")
                return Payload(root, at, ("error",))
            got = "an object without this key" if isinstance(root, Fields) else _shape(root)
            at.report(rules.MISSING_ENVELOPE, f"expected an object with the key response, got {got}")
            return None
        name, node = pairs[inside[0]]
        inside_at = at.child(inside[0], "response")
        if name != "response":
            inside_at.report(rules.NAME_SPELLING, f"expected the name response, accepted {format_value(name)}")
        for again in inside[1:]:
            at.child(again, "response").report(rules.DUPLICATE_FIELD, "expected response once, got a second one")
        others = [(position, *pair) for position, pair in enumerate(pairs) if fold(pair[0]) != "response"]
        has_payload = node is not None or all(fold(other) not in OWN_NAMES for _, other, _ in others)
        if not has_payload or errors_outside(others, at):
            return error_outside(root, at)
        payload = Payload(node, inside_at, _candidates(node), empty=node == [])
        if isinstance(node, Fields):
            payload.also_if_requested = also_if_requested(payload.candidates)
        payload.envelope.keep_all([other for other in others if fold(other[1]) not in OWN_NAMES], at)
        return payload

    def array(self, payload: Payload, items: ItemsField) -> Iterable[Item] | None:
        """Return the members of the array."""
        return _records((payload.node, payload.at.path), payload.at, items, _ARRAY)

    def members(
        self, payload: Payload, layout: Layout, items: ItemsField, under: list[Item], at: Cursor
    ) -> Iterable[Item]:
        """Return the members of the array. If its name repeats, report that and take the first."""
        for _, path in under[1:]:
            at.to(path).report(rules.DUPLICATE_FIELD, f"expected {items.wire_name} once, got a second one")
        if not under:
            at.report(rules.MISSING_FIELD, f"expected {items.wire_name} with {_ARRAY}, got no such field")
            return ()
        return _records(under[0], at.to(under[0][1]), items, f"{items.wire_name} with {_ARRAY}") or ()

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return an object that finds nodes by following JSON pointers in the tree."""
        return _TypedFinder(payload, layout)


class _TypedFinder(Finder):
    def __init__(self, payload: Payload, layout: Layout) -> None:
        self._payload = payload
        self._items = layout.items

    def path(self, names: list[str]) -> Path | None:
        node, path = self._payload.node, self._payload.at.path
        for number, name in enumerate(names):
            is_list = self._items is not None and number == bool(self._items.wire_name)
            members = _members((node, path)) or ([(node, path)] if is_list else None)
            if members is not None:
                index = number_of(name, len(members))
                if index is None:
                    return None
                node, path = members[index]
                continue
            found = named(node, path, name)
            if not found:
                return path
            node, path = found[0]
        return path


def _shape(root: Node) -> str:
    """Describe a body that is no object for a message, and say how to unpack the responses in it."""
    if isinstance(root, str) and root.lstrip()[:1] in ("{", "["):
        return "a string with JSON in it; `jq fromjson` unpacks it"
    if isinstance(root, list) and root and isinstance(root[0], Fields) and "response" in folded_names(root[0]):
        return "an array of such objects; `jq -c '.[]'` writes each on its own line, as JSON Lines (.jsonl)"
    return format_value(root)


def _candidates(node: Node) -> tuple[EndpointName, ...]:
    if isinstance(node, list):
        return candidates_of_items(node)  # a list of members with their paths would take more memory than the tree
    members = _members((node, ()))
    if members is not None:
        return candidates_of_items(member for member, _ in members)
    return candidates_of_object(node.pairs) if isinstance(node, Fields) else ()


def _members(item: Item) -> list[Item] | None:
    """Return the members of a list, also if a tool wrote it as an object. Return None for any other node."""
    node, path = item
    if isinstance(node, list):
        return [(member, (*path, index)) for index, member in enumerate(node)]
    listed = list_in_object(node) if isinstance(node, Fields) else None
    return None if listed is None else [(member, (*path, *step)) for member, step in listed]


def _records(item: Item, at: Cursor, items: ItemsField, expected: str) -> Iterable[Item] | None:
    """Return the members of an array of records, or the single record in its place.

    If the node is neither, report that and return None.
    """
    node, path = item
    if isinstance(node, list):
        return ((member, (*path, index)) for index, member in enumerate(node))
    members = _members(item)
    if members is None and isinstance(node, Fields) and not folded_names(node).isdisjoint(items.layout.by_fold):
        members = [item]
    if members is None:
        at.report(rules.WRONG_KIND, f"expected {expected}, got {format_value(node)}")
    else:
        what = "a single record" if members == [item] else "an object with the members of an array"
        at.report(rules.LIST_SPELLING, f"expected {expected}, accepted {what}")
    return members


def _tree(value: JsonValue) -> Node:
    if isinstance(value, dict):
        return Fields([(name, _tree(member)) for name, member in value.items()])
    if isinstance(value, list):
        return [_tree(member) for member in value]
    return value
