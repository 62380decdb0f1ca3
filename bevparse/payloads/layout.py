"""The wire marks of a model, compiled once for reading and writing."""

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
"""The value of a field that has not been read; a bare object, so that the garbage collector need not track records."""


@dataclass(frozen=True, slots=True)
class Field:
    """One wire-marked field of a model."""

    attribute: str
    wire: Wire
    required: bool
    default: object
    typed: Callable[[Node], object]
    label: str
    description: str
    """Its meaning, on one line."""

    @property
    def spelling(self) -> Spelling:
        """How its value is spelled."""
        return self.wire.spelling

    def node(self, model: BaseModel) -> Node:
        """Return its value in a model as it is on the wire, None if it is missing."""
        return self.wire.spelling.write(model.__dict__[self.attribute])

    def is_omitted(self, node: Node) -> bool:
        """Return whether JSON and XML leave the field out."""
        return node is None and not self.wire.nullable


@dataclass(frozen=True, slots=True)
class ItemsField:
    """The field of a response that holds its records."""

    attribute: str
    wire_name: str
    layout: Layout


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The wire-marked fields of one model, by each name that they may have."""

    model: type[BaseModel]
    fields: tuple[Field, ...]
    items: ItemsField | None
    by_name: dict[str, Field]
    """Fields by their documented names."""
    by_fold: dict[str, Field]
    """Fields by their folded names."""
    required: tuple[str, ...]
    """The attributes of required fields."""
    many: tuple[str, ...]
    """The attributes that are lists of values."""
    template: dict[str, object]
    """Every attribute in the order of the model, unset."""

    @property
    def lists(self) -> frozenset[str]:
        """The folded names of fields that are lists, of values or of records."""
        many = {folded for folded, field in self.by_fold.items() if field.spelling.many}
        return frozenset(many | ({fold(self.items.wire_name)} if self.items and self.items.wire_name else set()))

    @property
    def defaults(self) -> dict[str, object]:
        """Every attribute with its default; copies share their keys."""
        values = self.template.copy()
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
        """Return the names and values of a model's fields as JSON and XML write them."""
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
    """Return the compiled wire marks of a model."""
    fields: list[Field] = []
    items: ItemsField | None = None
    template: dict[str, object] = {}
    for attribute, info in model.model_fields.items():
        template[attribute] = UNSET
        for mark in info.metadata:
            if isinstance(mark, Wire):
                required = info.is_required()
                default = None if required else info.default
                described = " ".join((info.description or "").split())
                fields.append(Field(attribute, mark, required, default, _typed(mark), label(mark.name), described))
            elif isinstance(mark, Items):
                items = ItemsField(attribute, mark.name, layout_of(get_args(info.annotation)[0]))
    return Layout(
        model,
        tuple(fields),
        items,
        {field.wire.name: field for field in fields},
        {fold(field.wire.name): field for field in fields},
        tuple(field.attribute for field in fields if field.required),
        tuple(field.attribute for field in fields if field.spelling.many),
        sharing_dict(template),
    )


def items_of(model: type[Response]) -> ItemsField:
    """Return the field with the records of a response that has records."""
    return cast(ItemsField, layout_of(model).items)


def records_of(response: Response | None) -> tuple[BaseModel, ...]:
    """Return the records of a response; none if it is a response without records."""
    items = layout_of(type(response)).items if response else None
    return cast("tuple[BaseModel, ...]", getattr(response, items.attribute)) if items else ()


def response_of(
    model: type[Response], records: Iterable[BaseModel], extra: dict[str, object] | None = None
) -> Response:
    """Return a response that is an array of these records."""
    return build(model, {"endpoint": endpoint_of(model), items_of(model).attribute: tuple(records)}, extra or {})


def _typed(wire: Wire) -> Callable[[Node], object]:
    read = wire.spelling.typed
    return (lambda value: None if value is None else read(value)) if wire.nullable else read
