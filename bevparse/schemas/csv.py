"""Bodies in CSV as Table Schema (Frictionless)."""

from __future__ import annotations

from typing import Final

from ..endpoints import MODELS
from ..models import ErrorResponse, Response
from ..payloads.layout import Field, layout_of
from ..problems import shortened
from ..wire import CHECK, CODE, END, EPOCH, FLAG, HOSTS, INTEGER, LAST_EPOCH, MAX_INTEGER, RESULT, TEXT, WORDS, Spelling
from .json import ABOUT_NONE, Schema

__all__ = ["table_schema"]

_TEXT: Final[Schema] = {"type": "string"}
_INTEGER: Final[Schema] = {"type": "integer"}
_TYPES: Final[dict[Spelling, Schema]] = {
    CHECK: _TEXT,
    CODE: _TEXT,
    END: _INTEGER,
    EPOCH: _INTEGER,
    FLAG: {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]},
    HOSTS: _TEXT,
    INTEGER: _INTEGER,
    RESULT: _TEXT,
    TEXT: _TEXT,
    WORDS: _TEXT,
}
"""The type of a column, by the spelling of its field."""
_SECONDS: Final[Schema] = {"minimum": 1, "maximum": LAST_EPOCH}
_CONSTRAINTS: Final[dict[Spelling, Schema]] = {
    CHECK: {"enum": ["true", "false", "null"]},
    END: _SECONDS,
    EPOCH: _SECONDS,
    INTEGER: {"minimum": 0, "maximum": MAX_INTEGER},
}


def table_schema(model: type[Response]) -> Schema:
    """Return the Table Schema of a body in CSV, for Frictionless and other validators of tables.

    It accepts what `dump` writes for a model without undocumented fields. No CSV body of the service is public.

    Args:
        model: the model of the endpoint.

    Raises:
        TypeError: `model` is not the model of an endpoint.

    Examples:
        >>> from bevparse import FailedResponse
        >>> [field["name"] for field in table_schema(FailedResponse)["fields"]]
        ['Email Address', 'Error']
    """
    if model not in MODELS.values():
        raise TypeError(f"expected the model of an endpoint, got {shortened(repr(model), 100)}")
    layout = layout_of(model)
    is_page = layout.items is not None and bool(layout.items.wire_name)  # an empty page is a row without a record
    layouts = (layout.items.layout, layout) if layout.items else (layout,)
    fields = [_column(field, is_optional=is_page) for one in layouts for field in one.fields]
    schema: Schema = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "title": model.__name__,
        "description": f"{model.__doc__} {ABOUT_NONE}",
        "fields": fields,
        "missingValues": [""],
    }
    if model is ErrorResponse:
        error = {"name": "Error", "description": "The error message.", **_TEXT, "constraints": {"required": True}}
        schema |= {"fields": [error, *fields], "fieldsMatch": "superset"}  # a table has no column for a missing code
    return schema


def _column(field: Field, *, is_optional: bool) -> Schema:
    schema: Schema = {"name": field.label, "description": field.description, **_TYPES[field.spelling]}
    constraints = _CONSTRAINTS.get(field.spelling, {})
    if field.required and field.spelling is not TEXT and not is_optional:  # a cell of text may be empty
        constraints = {"required": True, **constraints}
    return {**schema, "constraints": constraints} if constraints else schema
