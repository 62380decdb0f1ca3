"""One model in JSON, spelled in the many ways that mean the same."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from random import Random

from pydantic import BaseModel

from bevparse import ErrorResponse, Response

from .facets import (
    Facet,
    are_clean,
    facets,
    joined_hosts,
    looks_like_success,
    missing_texts,
    records_of,
    respelled_name,
    respelled_text,
)

__all__ = ["noisy_json"]

_BLANKS = ("", "", " ", "\n", "\r\n", "\t", "\r", " \n  ")


def noisy_json(random: Random, model: Response) -> bytes:
    """Write a model with noise."""
    return _encoded(random, _blank(random) + _body(random, model) + _blank(random))


def _encoded(random: Random, text: str) -> bytes:
    utf16 = random.choice(((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")))
    mark, encoding = random.choice(((b"", "utf-8"), (b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), utf16))
    return mark + text.encode(encoding)


def _body(random: Random, model: Response) -> str:
    if isinstance(model, ErrorResponse):
        return _reply(random, model)
    records = records_of(model)
    bare = model.endpoint in ("completed", "failed", "list")
    array = None if records is None else _records(random, records, bare=bare)
    no_error = [("error", random.choice(('""', "null", "false", "[]", '"NULL"')))]
    if model.endpoint in ("create", "list"):
        members = _members(random, model)
        if array is not None:
            members.append((respelled_name(random, "data"), array))
        members += random.choice(([], [], no_error))
        payload = _object(random, members)
    else:
        payload = array or "[]"
    return _object(random, [(respelled_name(random, "response"), payload), *random.choice(([], [], no_error))])


def _records(random: Random, records: Sequence[BaseModel], *, bare: bool) -> str:
    """Write records as an array, or as tools write one that they do not know for an array."""
    members = [_object(random, _members(random, record)) for record in records]
    shapes = [_array(random, members)]
    if members:
        numbered = [(str(2 * number), member) for number, member in enumerate(members)]
        counted = [("value", shapes[0]), ("Count", str(len(members)))]
        shapes += [shapes[0], _object(random, numbered, shuffled=False), _object(random, counted)]
    if bare and len(members) == 1:
        shapes += members
    return random.choice(shapes)


def _blank(random: Random) -> str:
    return random.choice(_BLANKS)


def _text(random: Random, text: str) -> str:
    return json.dumps(text, ensure_ascii=bool(random.randint(0, 1)))


def _array(random: Random, members: list[str]) -> str:
    return "[" + ",".join(_blank(random) + member + _blank(random) for member in members) + _blank(random) + "]"


def _object(random: Random, members: list[tuple[str, str]], *, shuffled: bool = True) -> str:
    ordered = random.sample(members, len(members)) if shuffled else members
    pairs = (
        f"{_blank(random)}{_text(random, name)}{_blank(random)}:{_blank(random)}{value}" for name, value in ordered
    )
    return "{" + ",".join(pairs) + _blank(random) + "}"


def _members(random: Random, model: BaseModel) -> list[tuple[str, str]]:
    members: list[tuple[str, str]] = []
    for facet in facets(model):
        value = _spelled(random, facet)
        if value is not None:
            members.append((facet.name if facet.kind == "extra" else respelled_name(random, facet.name), value))
    return members


def _spelled(random: Random, facet: Facet) -> str | None:
    """Spell a value, or None to leave it out."""
    if facet.kind == "extra":
        return json.dumps(facet.value)
    if facet.value is None or facet.value == ():
        texts = [json.dumps(text) for text in missing_texts(facet.kind)]
        also = {"epoch": random.choice(("0", "0.0")), "hosts": "[]"}.get(facet.kind, "null")
        return random.choice([None, None, "null", also, *texts])
    if facet.kind == "hosts":
        return _hosts(random, facet.value)
    text = respelled_text(random, facet)
    if facet.kind in ("text", "words") or (facet.kind == "code" and isinstance(facet.value, str)):
        return _text(random, text)
    bare = text.lower() if facet.kind in ("check", "flag") else text
    return random.choice((json.dumps(text), bare))


def _hosts(random: Random, hosts: object) -> str:
    assert isinstance(hosts, tuple)
    if are_clean(hosts) and random.randint(0, 1):
        return json.dumps(joined_hosts(random, hosts))
    return _array(random, [_text(random, host) for host in hosts])


def _reply(random: Random, model: ErrorResponse) -> str:
    """Write an error reply as this service does, or as those around it."""
    texts = [_text(random, text) for text in model.errors]
    several = _array(random, texts)
    rest = _members(random, model)
    shapes = [[(random.choice(("errors", "Errors", "error", "messages", "message")), several)]]
    if len(texts) == 1:
        name = random.choice(("error", "Error", "errors", "message", "messages", "msg"))
        inner = _object(random, [(random.choice(("Error", "msg")), texts[0])])
        shapes += [[(name, texts[0])], [("ErrorMessage", inner)], [("ErrorMessage", texts[0])]]
    else:
        field = _object(random, [("emails", _array(random, texts[1:]))])
        shapes.append([("message", texts[0]), ("errors", field)])
    shape = [(random.choice(("errors", "Errors", "error")), several)]
    shape = shape if looks_like_success(model) else random.choice(shapes)
    reply = _object(random, [*rest, *shape], shuffled=len(shape) == 1)
    return random.choice((reply, _object(random, [("response", reply)])))
