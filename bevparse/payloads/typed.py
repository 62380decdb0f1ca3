"""Payloads of typed trees, such as those of JSON, in which lists, numbers and texts are different nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue

from ..problems import format_value, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, fold
from .candidates import (
    Item,
    Payload,
    candidates_of_items,
    candidates_of_names,
    error_outside,
    folded_names,
)
from .fields import FieldWriter
from .layout import ItemsField, Layout
from .replies import OWN_NAMES, REPLIES
from .responses import FieldTrees, Finder, named, number_of

__all__ = ["TypedTrees"]

_ARRAY = "an array of records"


class _TypedWriter(FieldWriter):
    """Writes undocumented fields with any JSON value."""

    def pairs(self, name: str, value: JsonValue, pointer: str) -> list[tuple[str, Node]]:
        """Return the field with its value as a tree."""
        return [(name, _tree(value))]


class TypedTrees(FieldTrees):
    """The kind "typed"."""

    writer = _TypedWriter

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the payload under the key `response`, or report that there is none."""
        at = collector.cursor()
        pairs = root.pairs if isinstance(root, Fields) else []
        inside = [position for position, (name, _) in enumerate(pairs) if fold(name) == "response"]
        if not inside:
            if isinstance(root, Fields) and folded_names(root) & REPLIES:
                at.report(rules.ERROR_SHAPE, "expected the key response, accepted an error without it")
                return Payload(root, at, ("error",))
            got = "one without" if isinstance(root, Fields) else _shape(root)
            at.report(rules.MISSING_ENVELOPE, f"expected an object with the key response, got {got}")
            return None
        name, node = pairs[inside[0]]
        inside_at = at.child(inside[0], "response")
        if name != "response":
            inside_at.report(rules.NAME_SPELLING, f"expected the name response, accepted {format_value(name)}")
        for again in inside[1:]:
            at.child(again, "response").report(rules.DUPLICATE_FIELD, "expected response once, got it again")
        others = [(position, *pair) for position, pair in enumerate(pairs) if fold(pair[0]) != "response"]
        if any(fold(other) in OWN_NAMES for _, other, _ in others):
            return error_outside(root, at)
        if isinstance(node, Fields):
            candidates = candidates_of_names(folded_names(node), array=False)
        else:
            candidates = candidates_of_items(node) if isinstance(node, list) else ()
        payload = Payload(node, inside_at, candidates, empty=node == [])
        payload.envelope.keep_all(others, at)
        return payload

    def array(self, payload: Payload, items: ItemsField) -> Iterable[Item] | None:
        """Return the members of the list."""
        node, at = payload.node, payload.at
        if isinstance(node, list):
            return _members(node, at.path)
        at.report(rules.WRONG_KIND, f"expected {_ARRAY}, got {format_value(node)}")
        return None

    def members(self, payload: Payload, layout: Layout, under: list[Item], at: Cursor) -> Iterable[Item]:
        """Return the members of the first list."""
        items = cast(ItemsField, layout.items)
        for _, path in under[1:]:
            at.to(path).report(rules.DUPLICATE_FIELD, f"expected {items.wire_name} once, got it again")
        if not under:
            at.report(rules.MISSING_FIELD, f"expected {items.wire_name} with {_ARRAY}, got none")
            return ()
        value, path = under[0]
        if isinstance(value, list):
            return _members(value, path)
        at.to(path).report(rules.WRONG_KIND, f"expected {items.wire_name} with {_ARRAY}, got {format_value(value)}")
        return ()

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return a finder that follows a pointer as far as the tree goes."""
        return _TypedFinder(payload)


class _TypedFinder(Finder):
    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def path(self, names: list[str]) -> Path | None:
        node, path = self._payload.node, self._payload.at.path
        for name in names:
            if isinstance(node, list):
                number = number_of(name, len(node))
                if number is None:
                    return None
                node, path = node[number], (*path, number)
                continue
            found = named(node, path, name)
            if not found:
                return path
            node, path = found[0]
        return path


def _shape(root: Node) -> str:
    """Return what a body holds in place of an object, and how to unpack the responses in it."""
    if isinstance(root, str) and root.lstrip()[:1] in ("{", "["):
        return "a text with JSON in it; `jq fromjson` unpacks it"
    if isinstance(root, list) and root and isinstance(root[0], Fields) and "response" in folded_names(root[0]):
        return "an array of such objects; `jq -c '.[]'` writes each on its own line, as JSON Lines (.jsonl)"
    return format_value(root)


def _members(nodes: list[Node], path: Path) -> Iterable[Item]:
    return ((node, (*path, index)) for index, node in enumerate(nodes))


def _tree(value: JsonValue) -> Node:
    if isinstance(value, dict):
        return Fields([(name, _tree(member)) for name, member in value.items()])
    if isinstance(value, list):
        return [_tree(member) for member in value]
    return value
