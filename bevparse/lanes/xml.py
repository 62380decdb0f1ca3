"""The lane for XML: an array of records as `dump` writes it, read by one expression for each model.

The expression is compiled from the wire marks. Its matches must tile the text between the first and the last tag
without a gap, and the text must hold no reference and no character that XML refuses, so there is nothing in it
that a parser would see differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from ..formats.xml import member_name
from ..limits import Limits
from ..models import CompletedResponse, FailedResponse, Response, StatusResponse
from ..shapes.building import build
from ..shapes.layout import Field, Layout, layout_of
from ..wire import Deviation

__all__ = ["read_lane"]

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n<xml><response>'
_TAIL: Final = "</response></xml>"
_DEPTH: Final = 5
_PLAIN: Final = bytes(set(range(0x20, 0x100)) - {ord("&")} | {ord("\t"), ord("\n")})
_REFUSED: Final = ("\ufffe", "\uffff")
_MODELS: Final = (CompletedResponse, FailedResponse, StatusResponse)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the records of one layout are read."""

    layout: Layout
    expression: re.Pattern[str]
    steps: tuple[tuple[str, Callable[[str], object], object], ...]
    """For each group the attribute, the reader of what it caught, and the value when it caught nothing."""


def read_lane(data: bytes | str, model: type[Response], limits: Limits) -> Response | None:
    """Read a body, or give None and leave it to the tolerant reader.

    Args:
        data: the body, not over `limits.body`.
        model: the model that was asked for, or `Response` when the payload decides.
        limits: the bounds.
    """
    text = _plain_text(data)
    if text is None or limits.depth < _DEPTH:
        return None
    for candidate in _MODELS if model is Response else (model,):
        items = layout_of(candidate).items
        if candidate in _MODELS and items is not None:
            records = _records(text, _plan(items.layout), limits)
            if records:
                endpoint: object = candidate.model_fields["endpoint"].default
                return build(candidate, {"endpoint": endpoint, items.attribute: tuple(records)}, {})
    return None


def _plain_text(data: bytes | str) -> str | None:
    """Decode a body between our own tags, unless something in it needs a parser."""
    ours = data.startswith(_HEAD) if isinstance(data, str) else data.startswith(_HEAD.encode())
    if not ours:
        return None
    try:
        text, body = (data, data.encode()) if isinstance(data, str) else (data.decode(), data)
    except UnicodeError:
        return None
    plain = text.endswith(_TAIL) and not body.translate(None, _PLAIN)
    refused = not text.isascii() and any(character in text for character in _REFUSED)
    return text if plain and not refused else None


def _records(text: str, plan: _Plan, limits: Limits) -> list[object] | None:
    """Read records that tile the text; None where one is not canonical, or a bound may be passed."""
    records: list[object] = []
    position, end = len(_HEAD), len(text) - len(_TAIL)
    template, model = plan.layout.template, plan.layout.model
    longest = min(limits.string, limits.records)  # a record of no more characters has no more members either
    for found in plan.expression.finditer(text, position, end):
        if found.start() != position or found.end() - position > longest:
            return None
        position = found.end()
        values = template.copy()
        for (attribute, read, otherwise), caught in zip(plan.steps, found.groups(), strict=True):
            value = otherwise if caught is None else read(caught)
            if isinstance(value, Deviation):
                return None
            values[attribute] = value
        records.append(build(model, values, {}))
    return records if position == end and len(records) <= limits.records else None


@cache
def _plan(layout: Layout) -> _Plan:
    fields = layout.written
    expression = "<item>" + "".join(map(_expression, fields)) + "</item>"
    steps = tuple((field.attribute, _reader(field), _otherwise(field)) for field in fields)
    return _Plan(layout, re.compile(expression), steps)


def _expression(field: Field) -> str:
    """Match a field as the writer spells it: always there, empty, or left out."""
    name = field.wire.name
    if field.spelling.many:
        member = member_name(name)
        return f"(?:<{name}>((?:<{member}>[^<>]++</{member}>)++)</{name}>)?+"
    there = f"<{name}>([^<>]++)</{name}>"
    if field.required or field.wire.nullable:
        return f"(?:{there}|<{name}/>)"
    return there if field.wire.always else f"(?:{there})?+"


def _reader(field: Field) -> Callable[[str], object]:
    read = field.spelling.text
    if field.spelling.many:
        member = member_name(field.wire.name)
        opening, closing = f"<{member}>", f"</{member}>"
        return lambda caught: tuple(caught[len(opening) : -len(closing)].split(closing + opening))
    return (lambda caught: _said(read(caught))) if field.required else read


def _otherwise(field: Field) -> object:
    """Give the value of a field that is left out or empty; what needs a word to it is a deviation."""
    if field.required:
        return _said(field.spelling.text(""))
    return field.spelling.text("") if field.wire.nullable else field.default


def _said(value: object) -> object:
    """Make a deviation of a required value that says nothing."""
    return Deviation(value) if value is None else value
