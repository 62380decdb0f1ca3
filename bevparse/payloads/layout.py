"""Layouts: the `Wire` annotations of a model, compiled once for reading and writing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, cast, get_args

from pydantic import BaseModel

from ..endpoints import endpoint_of
from ..models import Response
from ..tree import Node, fold
from ..wire import Items, Spelling, Wire
from .instances import build, sharing_dict

__all__ = ["UNSET", "Field", "ItemsField", "Layout", "items_of", "label", "layout_of", "records_of", "response_of"]

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ACRONYMS: Final = frozenset({"api", "dns", "id", "mx", "smtp"})
UNSET: Final = object()
"""The value of a field that has not been read. A dict with nothing but such bare objects is not tracked by the
garbage collector."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model that has a `Wire` annotation."""

    attribute: str
    wire: Wire
    required: bool
    default: object
    typed: Callable[[Node], object]
    """Reads the value from a format whose values have types, such as JSON."""
    label: str
    """The label of the column in CSV."""
    description: str
    """The meaning of the field, on one line."""

    @property
    def spelling(self) -> Spelling:
        """How the value is spelled."""
        return self.wire.spelling

    def node(self, model: BaseModel) -> Node:
        """Return the value of the field in a model as JSON has it, or None if it is missing."""
        return self.wire.spelling.write(model.__dict__[self.attribute])

    def is_omitted(self, node: Node) -> bool:
        """Return whether JSON and XML leave the field out."""
        return node is None and not self.wire.nullable


@dataclass(frozen=True, slots=True)
class ItemsField:
    """The field of a response that contains its records."""

    attribute: str
    wire_name: str
    """The name of the array in JSON; empty if the whole response is the array."""
    layout: Layout
    """The layout of the records."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The fields of one model that have a `Wire` annotation, by their names."""

    model: type[BaseModel]
    fields: tuple[Field, ...]
    items: ItemsField | None
    by_name: dict[str, Field]
    """The fields by their documented names."""
    by_fold: dict[str, Field]
    """The fields by their folded names."""
    required: tuple[str, ...]
    """The attributes of required fields."""
    many: tuple[str, ...]
    """The attributes that are lists of values."""
    unset: dict[str, object]
    """Every attribute with the value `UNSET`, in the order of the model. Its copies share their keys."""

    @property
    def lists(self) -> frozenset[str]:
        """The folded names of fields that are lists, of values or of records."""
        many = {folded for folded, field in self.by_fold.items() if field.spelling.many}
        return frozenset(many | ({fold(self.items.wire_name)} if self.items and self.items.wire_name else set()))

    @property
    def defaults(self) -> dict[str, object]:
        """Every attribute with its default, in the order of the model. Copies share their keys."""
        values = self.unset.copy()
        for name in values:
            values[name] = None
        for field in self.fields:
            values[field.attribute] = field.default
        return values

    @property
    def written(self) -> list[Field]:
        """The fields in the order in which JSON and XML write them."""
        return sorted(self.fields, key=lambda field: field.wire.rank)

    def pairs(self, model: BaseModel) -> list[tuple[str, Node]]:
        """Return the name and the value of each field of an instance, as JSON and XML write them."""
        nodes = ((field, field.node(model)) for field in self.written)
        return [(field.wire.name, node) for field, node in nodes if not field.is_omitted(node)]


def label(wire_name: str) -> str:
    """Return the Title Case label of a field in CSV.

    >>> label("emailAddress"), label("mxRecords"), label("date_start")
    ('Email Address', 'MX Records', 'Date Start')
    """
    words = (word.lower() for word in _WORDS.findall(wire_name))
    return " ".join(word.upper() if word in _ACRONYMS else word.capitalize() for word in words)


@cache
def layout_of(model: type[BaseModel]) -> Layout:
    """Compile the `Wire` annotations of a model."""
    fields: list[Field] = []
    items: ItemsField | None = None
    unset: dict[str, object] = {}
    for attribute, info in model.model_fields.items():
        unset[attribute] = UNSET
        for meta in info.metadata:
            if isinstance(meta, Wire):
                required = info.is_required()
                default = None if required else info.default
                described = " ".join((info.description or "").split())
                fields.append(Field(attribute, meta, required, default, _typed(meta), label(meta.name), described))
            elif isinstance(meta, Items):
                items = ItemsField(attribute, meta.name, layout_of(get_args(info.annotation)[0]))
    return Layout(
        model,
        tuple(fields),
        items,
        {field.wire.name: field for field in fields},
        {fold(field.wire.name): field for field in fields},
        tuple(field.attribute for field in fields if field.required),
        tuple(field.attribute for field in fields if field.spelling.many),
        sharing_dict(unset),
    )


def items_of(model: type[Response]) -> ItemsField:
    """Return the field with the records of a response. Its model must have records."""
    return cast(ItemsField, layout_of(model).items)


def records_of(response: Response | None) -> tuple[BaseModel, ...]:
    """Return the records of a response, or an empty tuple if there is no response or its model has no records."""
    items = layout_of(type(response)).items if response else None
    return cast("tuple[BaseModel, ...]", getattr(response, items.attribute)) if items else ()


def response_of(
    model: type[Response], records: Iterable[BaseModel], extra: dict[str, object] | None = None
) -> Response:
    """Return a response that is an array of these records, with `extra` as its undocumented fields."""
    return build(model, {"endpoint": endpoint_of(model), items_of(model).attribute: tuple(records)}, extra or {})


def _typed(wire: Wire) -> Callable[[Node], object]:
    read = wire.spelling.typed
    return (lambda value: None if value is None else read(value)) if wire.nullable else read
