"""The interface of each kind of tree, and what the kinds of JSON and XML have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import cast

from pydantic import BaseModel

from ..endpoints import endpoint_of
from ..models import ErrorResponse, Response
from ..problems import format_value, join_pointer, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, fold
from ..wire import UNREAD
from .detection import ENVELOPE_NAMES, Item, Payload, also_if_requested, candidates_of_items, candidates_of_object
from .fields import ExtraFields, FieldReader, FieldWriter, cannot_carry, finish
from .instances import build
from .layout import UNSET, Field, ItemsField, Layout, layout_of, records_of, response_of
from .replies import OWN_NAMES, REPLIES, read_reply, report_no_error

__all__ = ["FieldTrees", "Finder", "TreeKind", "hosts_in", "member_path", "named", "number_of", "record_steps"]

_DIGITS = 9
"""The most digits of an index. No body has so many records."""
_REPLY = REPLIES | {"code"}


class Finder(ABC):
    """Finds nodes of one payload by JSON pointers. A pointer leads into the canonical JSON of the payload."""

    @abstractmethod
    def path(self, names: list[str]) -> Path | None:
        """Return the path of a node, or of the nearest node around it, or None if the record does not exist.

        Args:
            names: the steps of the pointer after `/response`.
        """


class TreeKind(ABC):
    """One kind of tree: how to find the payload, read it, write it, and find nodes in it."""

    @abstractmethod
    def open(self, root: Node, collector: Collector, stray_attribute: str | None = None) -> Payload | None:
        """Return the payload of a tree with the endpoints that it fits, or report why there is none and return None.

        Args:
            root: the tree.
            collector: where problems are reported.
            stray_attribute: the name of an attribute in XML, if there may be nothing but attributes.
        """

    @abstractmethod
    def read(self, payload: Payload, model: type[Response]) -> Response | None:
        """Read a payload as a model, or report why it cannot be read and return None."""

    @abstractmethod
    def write(self, response: Response, format: str) -> Node:
        """Return a response as a tree.

        Args:
            response: the response.
            format: the name of the format, for messages.

        Raises:
            EncodeError: the format cannot carry a value of the response.
        """

    @abstractmethod
    def finder(self, payload: Payload, layout: Layout) -> Finder:
        """Return an object that finds nodes of a payload by JSON pointers. The layout is that of the response."""


def named(node: Node, path: Path, name: str) -> list[Item]:
    """Return the value and the path of each field of a node that has this name, in any spelling."""
    pairs = node.pairs if isinstance(node, Fields) else []
    return [(value, (*path, position)) for position, (other, value) in enumerate(pairs) if fold(other) == fold(name)]


def number_of(name: str, count: int) -> int | None:
    """Return a step of a pointer as an index, or None if it is no number below `count`."""
    number = int(name) if name.isdecimal() and len(name) <= _DIGITS else count
    return number if number < count else None


def record_steps(items: ItemsField | None, names: list[str]) -> list[str] | None:
    """Return the steps of a pointer after the array of records, or None if it does not lead into the array."""
    if items is None or (items.wire_name and names[:1] != [items.wire_name]):
        return None
    return names[1:] if items.wire_name else names


def hosts_in(field: Field, text: str) -> tuple[object, ...]:
    """Return the members of a list that is written as one string, or nothing if the string is no list."""
    value = field.spelling.text(text)
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()


def member_path(paths: list[Path], names: list[str], around: Path) -> Path:
    """Return the path of the member of a list that a pointer leads to, or the path of the list if it names no member.

    Args:
        paths: the paths of the members.
        names: the steps of the pointer after the list. The first is the index of the member.
        around: the path of the list.
    """
    number = number_of(names[0], len(paths)) if names else None
    return around if number is None else paths[number]


class FieldTrees(TreeKind):
    """What the kinds of JSON and XML have in common: a record consists of fields."""

    reader: type[FieldReader] = FieldReader
    writer: type[FieldWriter]

    @abstractmethod
    def array(self, payload: Payload, items: ItemsField) -> Iterable[Item] | None:
        """Return the records of a payload that is an array, or report that it is no array and return None."""

    @abstractmethod
    def members(
        self, payload: Payload, layout: Layout, items: ItemsField, under: list[Item], at: Cursor
    ) -> Iterable[Item]:
        """Return the records of a payload that is an object.

        Args:
            payload: the payload.
            layout: the layout of its model.
            items: the field with the records.
            under: the fields that have the name of the array of records: several if the name repeats.
            at: the cursor of the object, with the pointer of the array of records.
        """

    def read(self, payload: Payload, model: type[Response]) -> Response | None:
        """Read a payload as a model, or report why it cannot be read and return None."""
        layout = layout_of(model)
        if layout.items is not None and not layout.items.wire_name:
            return self._array(model, layout.items, payload)
        node, at = payload.node, payload.at
        if not isinstance(node, Fields):
            at.report(rules.WRONG_KIND, f"expected an object, got {format_value(node)}")
            return None
        if model is ErrorResponse:
            return read_reply(node, at, payload.envelope, untyped=self.reader.repeats)
        return self._object(model, layout, node, payload)

    def _array(self, model: type[Response], items: ItemsField, payload: Payload) -> Response | None:
        nodes = self.array(payload, items)
        if nodes is None:
            return None
        records = self._records(items, nodes, payload.at)
        return response_of(model, records, payload.envelope.of(model))

    def _object(self, model: type[Response], layout: Layout, node: Fields, payload: Payload) -> Response | None:
        items, at = layout.items, payload.at
        for position, (name, value) in enumerate(node.pairs):
            if fold(name) in OWN_NAMES:  # with any other error, the payload would be an error reply
                report_no_error(name, value, at.child(position, name))
        skip = OWN_NAMES | ({fold(items.wire_name)} if items else set[str]())
        values, inner, _ = self.reader(layout).fields(node, at, skip)
        complete = finish(layout, values, at)
        values["endpoint"] = endpoint_of(model)
        if items:
            values[items.attribute] = self._members(node, layout, items, payload)
        complete = complete and all(values[field.attribute] is not UNREAD for field in layout.fields if field.required)
        values = {name: None if value is UNREAD or value is UNSET else value for name, value in values.items()}
        extra, outside = payload.envelope, list(payload.envelope.values)
        extra.merge(inner or ExtraFields(), at.root)
        return build(model, values, extra.of(model, outside)) if complete else None

    def _members(self, node: Fields, layout: Layout, items: ItemsField, payload: Payload) -> tuple[BaseModel, ...]:
        """Read the records of a response that is an object."""
        at = payload.at
        for position, (name, _) in enumerate(node.pairs):
            if fold(name) == items.wire_name and name != items.wire_name:
                message = f"expected the name {items.wire_name}, accepted {format_value(name)}"
                at.child(position, items.wire_name).report(rules.NAME_SPELLING, message)
        inside = at.at(at.path, items.wire_name)
        under = named(node, at.path, items.wire_name)
        return self._records(items, self.members(payload, layout, items, under, inside), inside)

    def _records(self, items: ItemsField, nodes: Iterable[Item], at: Cursor) -> tuple[BaseModel, ...]:
        reader = self.reader(items.layout)
        read = (reader.record(node, at.at(path, index)) for index, (node, path) in enumerate(nodes))
        return tuple(record for record in read if record is not None)

    def write(self, response: Response, format: str) -> Fields:
        """Return a response as fields.

        Raises:
            EncodeError: the format cannot carry an undocumented field, or the field would be read as something else.
        """
        writer, layout = self.writer(format), layout_of(type(response))
        if layout.items is None or layout.items.wire_name:
            pairs = self._pairs(writer, layout, response)
            candidates = candidates_of_object(pairs)
            candidates += also_if_requested(candidates)
            outside = writer.extra_pairs(response, ENVELOPE_NAMES, "", outside=True)
            tree = Fields([("response", Fields(pairs)), *outside])
        else:
            records = writer.records(layout.items.layout, records_of(response), "/response")
            candidates = candidates_of_items(records)
            tree = Fields([("response", records), *writer.extra_pairs(response, ENVELOPE_NAMES, "")])
        if response.endpoint not in candidates:
            cannot_carry(format, "the names of undocumented fields make the endpoint ambiguous", "/response")
        return tree

    def _pairs(self, writer: FieldWriter, layout: Layout, response: Response) -> list[tuple[str, Node]]:
        """Return the fields of a response that is an object."""
        pairs = layout.pairs(response)
        reserved = frozenset(layout.by_fold) | OWN_NAMES
        if isinstance(response, ErrorResponse):
            several: list[Node] = list(response.errors)
            pairs.insert(0, ("errors", several) if len(several) > 1 else ("error", several[0]))
            reserved |= _REPLY
        elif layout.items is not None:
            first = sum(1 for field in layout.fields if field.wire.rank < 0 and field.wire.name == pairs[0][0])
            name = layout.items.wire_name
            records = writer.records(layout.items.layout, records_of(response), join_pointer("/response", name))
            pairs.insert(first, (name, records))
            reserved |= {name}
        return pairs + writer.extra_pairs(response, reserved, "/response", outside=False)
