"""Payloads of trees of elements, such as those of XML.

Such a tree does not show which elements are lists. Only the model does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, cast

from pydantic import BaseModel, JsonValue

from ..models import EndpointName
from ..problems import format_value, join_pointer, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, fold
from ..wire import UNREAD, Deviation, Note, is_missing, is_plainly_missing
from .detection import (
    ARRAY_ENDPOINTS,
    KNOWN_NAMES,
    LIST_NAMES,
    Item,
    Payload,
    also_if_requested,
    candidates_of_items,
    candidates_of_names,
    candidates_of_object,
    error_outside,
    errors_outside,
    folded_names,
)
from .fields import ExtraFields, FieldReader, FieldWriter, cannot_carry
from .layout import Field, ItemsField, Layout
from .replies import OWN_NAMES
from .responses import FieldTrees, Finder, hosts_in, member_path, named, number_of, record_steps

__all__ = ["ElementReader", "ElementTrees", "holds_fields", "report_attributes", "report_repeated"]

_ERROR_ROOTS: Final = frozenset(("error", "errors", "exception", "fault"))
"""Folded names of root elements that are error replies even if they are empty."""


class ElementReader(FieldReader):
    """Reads fields from elements: the text in an element, or a list in one element or in repeated elements."""

    repeats = True

    def readers(self, field: Field) -> tuple[Callable[[Node], object], Callable[[Node], object]]:
        """Return the reader of text in an element, and the reader of elements in an element."""
        if field.spelling.many:
            read = _list_reader(field)
            return read, read
        return cast("Callable[[Node], object]", field.spelling.text), _no_list_reader(field)

    def record(self, node: Node, at: Cursor) -> BaseModel | None:
        """Read one record, as `FieldReader.record` does. An empty element is a record without fields."""
        empty = isinstance(node, str) and is_plainly_missing(node)
        return super().record(Fields([]) if empty else node, at)


def _no_list_reader(field: Field) -> Callable[[Node], object]:
    problem = Note(rules.WRONG_KIND, f"expected {field.spelling.expected}, got elements")
    return lambda node: Deviation(UNREAD, problem)


def _list_reader(field: Field) -> Callable[[Node], object]:
    read = field.spelling.text

    def read_list(node: Node) -> object:
        if isinstance(node, str):
            value = read(node)
            if is_missing(node) or isinstance(value, Deviation):
                return value
            expected = f"{field.spelling.expected}, each in an element of its own"
            message = f"expected {expected}, accepted {format_value(node)}"
            is_single = len(cast("tuple[object, ...]", value)) == 1  # like a repeated element that occurs once
            return Deviation(value, Note(rules.INFERRED_SPELLING if is_single else rules.LIST_SPELLING, message))
        members = cast(Fields, node).values()
        texts = tuple([value for value in members if value.__class__ is str])
        if len(texts) == len(members):
            return texts
        index = next(i for i, value in enumerate(members) if not isinstance(value, str))
        return Deviation(UNREAD, Note(rules.WRONG_KIND, "expected text, got elements", index))

    return read_list


class _ElementWriter(FieldWriter):
    """Writes an undocumented field as an element with text or fields, or as repeated elements."""

    def pairs(self, name: str, value: JsonValue, pointer: str) -> list[tuple[str, Node]]:
        """Return the field as one element, or as several for a list."""
        if isinstance(value, list) and len(value) > 1:
            return [(name, self._element(member, join_pointer(pointer, index))) for index, member in enumerate(value)]
        return [(name, self._element(value, pointer))]

    def _element(self, value: JsonValue, pointer: str) -> Node:
        if isinstance(value, str):
            return value
        pairs: list[tuple[str, Node]] = []
        for name, member in value.items() if isinstance(value, dict) else ():
            pairs += self.pairs(name, member, join_pointer(pointer, name))
        if not pairs:
            message = f"expected text, because {self.format} has no other values, got {format_value(value)}"
            cannot_carry(self.format, message, pointer)
        return Fields(pairs)


class ElementTrees(FieldTrees):
    """The kind "text": trees of elements, in which all values are text."""

    reader = ElementReader
    writer = _ElementWriter

    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the payload. It may be in any number of elements that contain only one element."""
        name, node = cast(Fields, root).pairs[0]
        path: Path = (0,)
        if fold(name) in _ERROR_ROOTS and not (isinstance(node, Fields) and "response" in folded_names(node)):
            reply = Fields([(fold(name) if fold(name) in OWN_NAMES else "error", node)])
            return Payload(reply, collector.cursor((), "/response"), ("error",))
        envelope = ExtraFields(repeats=True)
        enveloped, opened = True, fold(name) == "response"
        while isinstance(node, Fields):
            inside = [position for position, (child, _) in enumerate(node.pairs) if fold(child) == "response"]
            if len(inside) == 1 and enveloped and not (opened and holds_fields(node)):
                others = [(place, *pair) for place, pair in enumerate(node.pairs) if place != inside[0]]
                at = collector.cursor(path)
                if errors_outside(others, at):
                    return error_outside(node, at)
                envelope.keep_all([other for other in others if fold(other[1]) not in OWN_NAMES], at)
                node, path, opened = node.pairs[inside[0]][1], (*path, inside[0]), True
            elif len(node.pairs) == 1 and not holds_fields(node) and fold(node.pairs[0][0]) not in OWN_NAMES:
                node, path, enveloped = node.pairs[0][1], (*path, 0), False
            else:
                break
        payload = Payload(node, collector.cursor(path, "/response"), (), envelope, enveloped)
        payload.candidates = _candidates(payload)
        if payload.empty and stray_attribute:
            message = f"expected a response, got nothing but attributes such as {format_value(stray_attribute)}"
            payload.at.report(rules.ONLY_ATTRIBUTES, message)
            return None
        return payload

    def array(self, payload: Payload, items: ItemsField) -> Iterable[Item] | None:
        """Return the records in the payload. If the payload is a record itself, return it alone."""
        if payload.repeated:
            report_repeated(items, payload.at)
        empty = payload.enveloped and _is_blank(payload.node)
        return _records([] if empty else [(payload.node, payload.at.path)], items)

    def members(
        self, payload: Payload, layout: Layout, items: ItemsField, under: list[Item], at: Cursor
    ) -> Iterable[Item]:
        """Return the records in one element, or in repeated elements. A page may have no records."""
        if len(under) > 1:
            report_repeated(items, payload.at.to(under[1][1]))
        if not under and folded_names(cast(Fields, payload.node)).isdisjoint(layout.by_fold):
            at.report(rules.MISSING_FIELD, f"expected {items.wire_name}, got none")
        return _records([] if len(under) == 1 and _is_blank(under[0][0]) else under, items)

    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return an object that finds nodes by JSON pointers: a record by its index, a field by its name."""
        return _ElementFinder(payload, layout)


def report_attributes(attributes: Iterable[tuple[str, Path]], at: Cursor) -> None:
    """Report that attributes are left out, once for each name.

    Args:
        attributes: the name of each attribute, with the path of an element that has it.
        at: the cursor of the root.
    """
    for name, path in attributes:
        message = f"expected no attributes with data, left out the attributes named {format_value(name)}"
        at.to(path).report_once(rules.LOST_ATTRIBUTE, name, message)


def holds_fields(fields: Fields, known: frozenset[str] = KNOWN_NAMES) -> bool:
    """Return whether elements are the fields of a record or response, and not the records of a list."""
    pairs = fields.pairs
    found = any(fold(name) in known and (isinstance(value, str) or fold(name) in LIST_NAMES) for name, value in pairs)
    return found and not _contains_records(fields)


def _contains_records(fields: Fields) -> bool:
    """Return whether repeated elements are records, although a field is next to them, which must not be an error."""
    inside = [
        (name, value) for name, value in fields.pairs if isinstance(value, Fields) and fold(name) not in LIST_NAMES
    ]
    records = [name.rstrip("0123456789") for name, value in inside if holds_fields(value)]
    return len(set(records)) < len(records) and OWN_NAMES.isdisjoint(folded_names(fields))


def _candidates(payload: Payload) -> tuple[EndpointName, ...]:
    node = payload.node
    if not isinstance(node, Fields):
        payload.empty = node == "" or str(node).isspace()
        return ARRAY_ENDPOINTS if payload.empty else ()
    if not holds_fields(node):
        payload.repeated = fold(node.pairs[0][0]) == "response"
        found = candidates_of_items([value for _, value in node.pairs])
        return found or (("error",) if OWN_NAMES & folded_names(node) else ())
    if payload.enveloped:
        found = candidates_of_object(node.pairs)
        payload.also_if_requested = ("status",) if found == ("create",) else also_if_requested(found)
        return found
    return candidates_of_names(folded_names(node), array=True)


def _records(nodes: list[Item], items: ItemsField) -> Iterable[Item]:
    """Return the records of a list: repeated elements, the elements in one element, or a single record."""
    if len(nodes) != 1:
        return nodes
    node, path = nodes[0]
    known = frozenset(items.layout.by_fold)
    while isinstance(node, Fields) and not holds_fields(node, known):
        if len(node.pairs) != 1:
            return ((value, (*path, position)) for position, value in enumerate(node.values()))
        node, path = node.pairs[0][1], (*path, 0)
    return [(node, path)]


def report_repeated(items: ItemsField, at: Cursor) -> None:
    """Report that the element around all records is missing, and each record has its name instead."""
    message = "expected one element with a member for each record, accepted several elements"
    at.report_once(rules.INFERRED_SPELLING, items.attribute, message)


def _is_blank(node: Node) -> bool:
    return isinstance(node, str) and not node.strip(" \t\r\n")


class _ElementFinder(Finder):
    def __init__(self, payload: Payload, layout: Layout) -> None:
        self._around: Item = payload.node, payload.at.path
        self._layout = layout
        items = layout.items
        nodes = named(*self._around, items.wire_name) if items and items.wire_name else [self._around]
        self._list = nodes[0][1] if nodes else payload.at.path
        self._records = list(_records(nodes, items)) if items else []

    def path(self, names: list[str]) -> Path | None:
        items = self._layout.items
        steps = record_steps(items, names)
        if items is None or steps is None:
            return _path_in(self._around, self._layout, names)
        if not steps:
            return self._list
        number = number_of(steps[0], len(self._records))
        return None if number is None else _path_in(self._records[number], items.layout, steps[1:])


def _path_in(around: Item, layout: Layout, names: list[str]) -> Path:
    found = named(*around, names[0]) if names else []
    if not found:
        return around[1]
    field = layout.by_fold.get(fold(names[0]))
    return member_path(list(_members(field, found)) if field else [], names[1:], found[0][1])


def _members(field: Field, found: list[Item]) -> Iterator[Path]:
    """Return the path of each member of a list. Members in the text of one element have the path of the element."""
    for node, path in found:
        if isinstance(node, Fields):
            yield from ((*path, position) for position in range(len(node.pairs)))
        else:
            yield from [path] * len(hosts_in(field, cast(str, node)))
