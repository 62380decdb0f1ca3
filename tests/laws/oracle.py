"""The reference for the laws: models down to the types of their values, and what a format cannot carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from bevparse import CompletedResponse, FailedResponse, ListResponse, Response, StatusResponse
from bevparse.testing import responses

__all__ = ["CARRIED", "FORMATS", "facts", "obstacles", "rebuilt"]

FORMATS = ("json", "xml", "csv")
CARRIED: dict[str, SearchStrategy[Response]] = {
    "json": responses(extras="json", kinds=("typed",)),
    "xml": responses(extras="json", kinds=("text",)),
    "csv": responses(extras="json", kinds=("table",)),
}
"""Models that each format can carry."""

_ARRAYS = (CompletedResponse, FailedResponse, ListResponse, StatusResponse)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENT = re.compile(r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*\Z")


def facts(value: object) -> object:
    """Return everything in a model with its types, so that True differs from 1 and `==` sees every field."""
    if isinstance(value, BaseModel):
        return type(value).__name__, facts(_fields(value)), facts(value.model_extra)
    if isinstance(value, dict):
        return "dict", sorted((name, facts(member)) for name, member in value.items())
    if isinstance(value, (list, tuple)):
        return "tuple" if isinstance(value, tuple) else "list", [facts(member) for member in value]
    return type(value).__name__, repr(value)


def rebuilt(model: BaseModel) -> BaseModel:
    """Return the model built again by the public, validating constructors."""
    values = {
        name: tuple(map(_again, value)) if isinstance(value, tuple) else value for name, value in _fields(model).items()
    }
    return type(model)(**values, **(model.model_extra or {}))


def _fields(model: BaseModel) -> dict[str, object]:
    return {name: getattr(model, name) for name in type(model).model_fields}


def _again(member: object) -> object:
    return rebuilt(member) if isinstance(member, BaseModel) else member


def obstacles(model: Response, format: str) -> list[str]:
    """Return the reasons why a format may be unable to carry a model with undocumented fields."""
    if format == "json":
        return []
    if format == "csv":
        return list(_of_table(model))
    return [f"{text!r} is forbidden in XML 1.0" for text in _texts(model) if _FORBIDDEN.search(text)] + [
        reason for extra in _extras(model) for reason in _of_elements(extra)
    ]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from _texts([_fields(value), value.model_extra or {}])
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts(member)


def _extras(model: BaseModel) -> Iterator[dict[str, object]]:
    yield model.model_extra or {}
    for value in _fields(model).values():
        for member in value if isinstance(value, tuple) else ():
            if isinstance(member, BaseModel):
                yield from _extras(member)


def _of_elements(value: object, *, repeats: bool = True) -> Iterator[str]:
    """Return why elements and text alone cannot represent a value."""
    if isinstance(value, dict):
        for name, member in value.items():
            if not _ELEMENT.match(name):
                yield f"{name!r} is no element name"
            if member == {}:
                yield "an object without members is the same element as a blank text"
            yield from _of_elements(member)
    elif isinstance(value, list) and len(value) > 1 and repeats:
        for member in value:
            if member == {}:
                yield "an object without members is the same element as a blank text"
            yield from _of_elements(member, repeats=False)
    elif not isinstance(value, str):
        yield f"{value!r} is neither text, nor members, nor a list of several"


def _of_table(model: Response) -> Iterator[str]:
    if isinstance(model, _ARRAYS) and model.model_extra:
        yield "a table has no room next to its rows"
    for extra in _extras(model):
        for name, value in extra.items():
            if not isinstance(value, str) or not value:
                yield f"{name!r} is {value!r}, which a cell spells like a blank or a text"
