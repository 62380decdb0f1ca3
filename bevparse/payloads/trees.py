"""Models to trees: one canonical spelling for each kind of tree."""

from __future__ import annotations

from typing import NoReturn, cast

from pydantic import BaseModel, JsonValue

from ..errors import EncodeError
from ..formats import Kind
from ..models import ErrorResponse, Response
from ..problems import Problem, format_value, join_pointer, rules
from ..tree import Fields, Node, fold
from .candidates import ENVELOPE_NAMES, candidates_of_items, candidates_of_object
from .layout import ItemsField, Layout, layout_of
from .replies import REPLIES

__all__ = ["fail", "write_tree"]

_REPLY: frozenset[str] = REPLIES | {"code"}


def fail(format: str, message: str, pointer: str) -> NoReturn:
    """Say that a format cannot carry something.

    Raises:
        EncodeError: always.
    """
    raise EncodeError(Problem.of(rules.CANNOT_CARRY, message, pointer), format)


def write_tree(response: Response, kind: Kind, format: str) -> Fields:
    """Turn a response into fields, for the formats that are no table.

    Raises:
        EncodeError: an undocumented field cannot be carried, or would be read as something else.
    """
    writer = _TreeWriter(kind, format)
    layout = layout_of(type(response))
    if layout.items is None or layout.items.wire_name:
        pairs = writer.response(layout, response)
        candidates = candidates_of_object(frozenset(fold(name) for name, _ in pairs), kind)
        tree = Fields([("response", Fields(pairs))])
    else:
        records = writer.records(layout.items, response, "/response")
        candidates = candidates_of_items(records)
        tree = Fields([("response", records), *writer.undocumented(response, ENVELOPE_NAMES, "")])
    if response.endpoint not in candidates:
        fail(format, "expected undocumented fields that leave the endpoint clear, got others", "/response")
    return tree


class _TreeWriter:
    def __init__(self, kind: Kind, format: str) -> None:
        self._kind = kind
        self._format = format

    def response(self, layout: Layout, response: Response) -> list[tuple[str, Node]]:
        """Write a response that is an object."""
        pointer = "/response"
        pairs = self._fields(layout, response)
        reserved = frozenset(layout.by_fold)
        if isinstance(response, ErrorResponse):
            several: list[Node] = list(response.errors)
            pairs.insert(0, ("errors", several) if len(several) > 1 else ("error", several[0]))
            reserved |= _REPLY
        elif layout.items is not None:
            first = sum(1 for field in layout.fields if field.wire.rank < 0 and field.wire.name == pairs[0][0])
            name = layout.items.wire_name
            pairs.insert(first, (name, self.records(layout.items, response, join_pointer(pointer, name))))
            reserved |= {name}
        return pairs + self.undocumented(response, reserved, pointer)

    def records(self, items: ItemsField, response: Response, pointer: str) -> list[Node]:
        """Write the records of a response."""
        inner = items.layout
        records = cast("tuple[BaseModel, ...]", getattr(response, items.attribute))
        reserved = frozenset(inner.by_fold)
        return [
            Fields(self._fields(inner, record) + self.undocumented(record, reserved, join_pointer(pointer, index)))
            for index, record in enumerate(records)
        ]

    def _fields(self, layout: Layout, model: BaseModel) -> list[tuple[str, Node]]:
        pairs: list[tuple[str, Node]] = []
        values = model.__dict__
        for field in layout.written:
            node = field.spelling.write(values[field.attribute])
            if node is not None or field.wire.nullable:
                pairs.append((field.wire.name, node))
        return pairs

    def undocumented(self, model: BaseModel, reserved: frozenset[str], pointer: str) -> list[tuple[str, Node]]:
        """Write undocumented fields under names that are nobody else's."""
        pairs: list[tuple[str, Node]] = []
        for name, value in (model.model_extra or {}).items():
            place = join_pointer(pointer, name)
            if fold(name) in reserved:
                fail(self._format, f"expected an undocumented name, got {format_value(name)}", place)
            pairs += self._members(name, value, place) if self._kind == "text" else [(name, _typed(value))]
        return pairs

    def _members(self, name: str, value: JsonValue, pointer: str) -> list[tuple[str, Node]]:
        """Write a value into elements so that it is read as the same: text, fields, or a name that repeats."""
        if isinstance(value, list) and len(value) > 1:
            return [(name, self._element(member, join_pointer(pointer, index))) for index, member in enumerate(value)]
        return [(name, self._element(value, pointer))]

    def _element(self, value: JsonValue, pointer: str) -> Node:
        if isinstance(value, str):
            return value
        pairs: list[tuple[str, Node]] = []
        for name, member in value.items() if isinstance(value, dict) else ():
            pairs += self._members(name, member, join_pointer(pointer, name))
        if pairs:
            return Fields(pairs)
        fail(
            self._format, f"expected a text, which is all that {self._format} knows, got {format_value(value)}", pointer
        )


def _typed(value: JsonValue) -> Node:
    if isinstance(value, dict):
        return Fields([(name, _typed(member)) for name, member in value.items()])
    if isinstance(value, list):
        return [_typed(member) for member in value]
    return value
