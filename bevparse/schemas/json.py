"""Bodies in JSON as JSON Schema (2020-12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from pydantic import BaseModel

from ..endpoints import MODELS, RESPONSES
from ..models import BulkRequest, EmailRecord, ErrorResponse, FailedEmail, Response
from ..payloads.layout import Field, ItemsField, Layout, layout_of
from ..problems import shortened
from ..wire import (
    CHECK,
    CODE,
    END,
    EPOCH,
    FLAG,
    HOSTS,
    INTEGER,
    LAST_EPOCH,
    MAX_INTEGER,
    NO_ERRORS,
    RESULT,
    RESULTS,
    TEXT,
    WORDS,
    Spelling,
)

__all__ = ["ABOUT_NONE", "DIALECT", "BodySchemas", "Schema", "wire_schema"]

Schema: TypeAlias = dict[str, object]
"""A document of JSON values."""
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ABOUT_NONE: Final = "In the descriptions, None is a missing value."
_ABOUT: Final = (
    "This is the body as it is on the wire, in the documented spelling. If bevparse knows the endpoint, it reads "
    "without an error what this schema accepts. It also reads undocumented fields and other spellings, with warnings; "
    f"this schema refuses them. {ABOUT_NONE}"
)


def _digits_up_to(most: int) -> str:
    """Return a regular expression that matches the integers from 1 to `most`, which has two digits or more."""
    digits = str(most)
    shorter = f"[1-9][0-9]{{0,{len(digits) - 2}}}"
    less = (
        f"{digits[:place]}[{not place:d}-{int(digit) - 1}][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if int(digit) > (not place)
    )
    return f"^({'|'.join((shorter, *less, digits))})$"


def _any_case(words: Iterable[str]) -> str:
    """Return a regular expression that matches blanks, and words in any case. JSON Schema has no flag for this."""
    escaped = (re.sub(r"[\\()]", r"\\\g<0>", word) for word in sorted(filter(None, words)))
    patterns = (re.sub("[a-z]", lambda one: f"[{one[0]}{one[0].upper()}]", word) for word in escaped)
    return f"^(\\s*|{'|'.join(patterns)})$"


_TEXT: Final[Schema] = {"type": "string"}
_INTEGER: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
_SECONDS: Final[Schema] = {"type": "string", "pattern": _digits_up_to(LAST_EPOCH), "examples": ["1528204702"]}
_ERROR: Final[Schema] = {"type": "string", "not": {"pattern": _any_case(NO_ERRORS)}}
_VALUES: Final[dict[Spelling, Schema]] = {
    CHECK: {"type": "string", "enum": ["true", "false", "null"]},
    CODE: {"anyOf": [_INTEGER, _TEXT]},
    END: _SECONDS,
    EPOCH: _SECONDS,
    FLAG: {"type": "integer", "enum": [0, 1]},
    HOSTS: {"type": "array", "items": _TEXT, "minItems": 1},
    INTEGER: _INTEGER,
    RESULT: {"type": "string", "examples": sorted(RESULTS)},
    TEXT: _TEXT,
    WORDS: _TEXT,
}
"""The schema of a value, by its spelling."""
_NAMES: Final[dict[Spelling, str]] = {CHECK: "Check", END: "Seconds", EPOCH: "Seconds"}
"""The names of the schemas that are written once, and referenced by the fields."""


def wire_schema(model: type[Response | BulkRequest | EmailRecord | FailedEmail] = Response) -> Schema:
    """Return the JSON Schema (2020-12) of a JSON body as the service sends it.

    The schema accepts what `dump` writes for a model without undocumented fields. If it accepts a body, `inspect`
    finds no error with the same model. There is one exception: what JSON Schema cannot see, which is limits, names
    that repeat, strings with lone surrogates, and how a number is spelled, such as 1e16.

    Args:
        model: the model of an endpoint or of a record. The default is the body of any endpoint.

    Raises:
        TypeError: `model` is no model of bevparse.

    Examples:
        >>> wire_schema()["anyOf"][0]
        {'$ref': '#/$defs/CreateResponse'}
    """
    bodies = BodySchemas("#/$defs/")
    if model is Response:
        schema: Schema = {"title": "AnyResponse", "anyOf": [bodies.reference(one) for one in MODELS.values()]}
    elif model in MODELS.values() or model in RESPONSES:
        schema = bodies.schema(model)
    else:
        raise TypeError(f"expected a model of bevparse, got {shortened(repr(model), 100)}")
    about = " ".join(filter(None, (str(schema.pop("description", "")), _ABOUT)))
    definitions = {"$defs": bodies.schemas} if bodies.schemas else {}
    return {"$schema": DIALECT, "title": schema.pop("title"), "description": about, **schema, **definitions}


class BodySchemas:
    """The schemas of bodies, records and some values, by their names.

    Args:
        place: the beginning of a reference, before the name: "#/$defs/" in JSON Schema.
        is_open: whether objects may have undocumented fields.
    """

    def __init__(self, place: str, *, is_open: bool = False) -> None:
        self.schemas: dict[str, Schema] = {}
        """The schemas that are referenced."""
        self._place = place
        self._is_open = is_open

    def reference(self, model: type[BaseModel]) -> Schema:
        """Return a reference to the schema of a model, which is added to `schemas`."""
        return self._shared(model.__name__, self.schema(model))

    def schema(self, model: type[BaseModel]) -> Schema:
        """Return the schema of a body, or of a record."""
        layout = layout_of(model)
        if model is ErrorResponse:
            inside = self._error(layout)
        elif layout.items and not layout.items.wire_name:
            inside = self._array(layout.items)
        else:
            inside = self._object(layout)
        if issubclass(model, Response):
            inside = self._closed({"type": "object", "properties": {"response": inside}, "required": ["response"]})
        return {"title": model.__name__, "description": model.__doc__, **inside}

    def _closed(self, schema: Schema) -> Schema:
        return schema if self._is_open else {**schema, "additionalProperties": False}

    def _array(self, items: ItemsField) -> Schema:
        return {"type": "array", "items": self.reference(items.layout.model)}

    def _object(self, layout: Layout) -> Schema:
        properties = {field.wire.name: self._field(field) for field in layout.written}
        required = [field.wire.name for field in layout.written if _is_always_there(field)]
        if layout.items:
            properties[layout.items.wire_name] = self._array(layout.items)
            required.append(layout.items.wire_name)
        return self._closed({"type": "object", "properties": properties, "required": required})

    def _error(self, layout: Layout) -> Schema:
        code = {field.wire.name: self._field(field) for field in layout.written}
        text = self._shared("ErrorText", _ERROR)
        own = {
            "error": {"description": "The error message.", **text},
            "errors": {"description": "The error messages.", "type": "array", "items": text, "minItems": 1},
        }
        either = [
            self._closed({"type": "object", "properties": {name: one, **code}, "required": [name]})
            for name, one in own.items()
        ]
        return {"oneOf": either}

    def _field(self, field: Field) -> Schema:
        value, name = _VALUES[field.spelling], _NAMES.get(field.spelling)
        if name:
            value = self._shared(name, value)
        schema = {"anyOf": [value, {"type": "null"}]} if field.wire.nullable else value
        return {"description": f"{field.description} On the wire: {field.spelling.expected}.", **schema}

    def _shared(self, name: str, schema: Schema) -> Schema:
        self.schemas.setdefault(name, {"title": name, **schema})
        return {"$ref": f"{self._place}{name}"}


def _is_always_there(field: Field) -> bool:
    """Return whether every documented body has the field, perhaps with null or "null" as its value."""
    return field.required or (field.wire.always and not field.is_omitted(field.spelling.write(field.default)))
