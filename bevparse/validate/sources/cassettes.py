"""Cassettes of VCR.py, in YAML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from ...errors import DecodeError
from ...limits import Limits
from ...problems import Problem
from .exchanges import Answer, Request, headers_of, sources_of
from .partial import NOTHING, Entry, entries_of, fields_of, small_value_of, text_of, utf8_of
from .source import Source, refused
from .undoing import from_base64
from .yamlevents import Interactions

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".yaml", ".yml")

_IN_JSON: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"version"\s*:\s*"?[0-9.]+"?\s*,\s*)?"interactions"\s*:\s*\['
)
_IN_YAML: Final = re.compile(rb"""interactions["']?[ \t]{0,9}:""")
_HEAD: Final = 512
_YAML: Final = 2
"""How much of `limits.body` a byte of YAML takes: libyaml holds several times what it reads."""
_Values = Mapping[str, object]


class _Request(msgspec.Struct):
    method: msgspec.Raw = NOTHING
    uri: msgspec.Raw = NOTHING
    body: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING


class _Response(msgspec.Struct):
    status: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    body: msgspec.Raw = NOTHING


class _Body(msgspec.Struct):
    string: msgspec.Raw = NOTHING
    base64_string: msgspec.Raw = NOTHING


def holds(head: bytes) -> bool:
    """Tell a cassette by the names at its beginning."""
    return _IN_JSON.match(head) is not None or head.startswith(b"interactions:")


def members(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Give the answers of the service, as `cassette.yaml#/interactions/3`, and the API keys in any request.

    Raises:
        DecodeError: this is no cassette though it was asked for by name, is not well-formed, or passes a limit.
    """
    if _IN_JSON.match(data[:_HEAD]):
        for index, entry in enumerate(entries_of(data, ("interactions",), "a cassette with its interactions", limits)):
            yield from _interaction(source.inside(f"#/interactions/{index}", b""), entry, limits)
    elif source.named or _IN_YAML.search(data):
        yield from _in_yaml(source, data, limits)


def _in_yaml(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Give what is in a cassette, or nothing for another file that was only found by looking around."""
    if len(data) > limits.body // _YAML:
        passed = limits.passed("body", len(data) * _YAML)
        raise DecodeError(Problem("BEV002", f"{passed}; in YAML a byte counts as two"))
    interactions = Interactions(data, limits)
    try:
        for index, value in enumerate(interactions):
            if index >= limits.archive_members:
                raise DecodeError(Problem("BEV009", limits.passed("archive_members")))
            yield from _interaction(source.inside(f"#/interactions/{index}", b""), value, limits)
        if source.named and not interactions.found:
            raise DecodeError(Problem("BEV011", "expected a cassette with interactions, got none"))
    except DecodeError as error:
        if source.named or interactions.found or error.problem.code == "BEV013":
            raise


def _interaction(place: Source, interaction: object, limits: Limits) -> Iterator[Source]:
    try:
        request = _request(interaction, limits)
    except DecodeError as error:
        yield refused(place, error)
    else:
        yield from sources_of(place, request, lambda: _answer(interaction), limits)


def _request(interaction: object, limits: Limits) -> Request:
    said = _values(interaction, "request", _Request)
    body = _sent(said.get("body"), limits)
    return Request(_text(said.get("method")), _text(said.get("uri")), headers_of(said.get("headers")), body)


def _sent(value: object, limits: Limits) -> bytes:
    """Give the body of a request; what aiohttp is to send is recorded as values, before it becomes JSON or a form."""
    body = _body_of(value)
    if body is not None or not isinstance(value, (dict, list)):
        return body or b""
    left = limits.body
    pieces: list[str] = []
    for piece in json.JSONEncoder(default=_latin).iterencode(value):  # aliases may make it longer than the cassette
        left -= len(piece)
        if left < 0:
            raise DecodeError(Problem("BEV002", limits.passed("body")))
        pieces.append(piece)
    return "".join(pieces).encode()


def _latin(value: bytes) -> str:
    return value.decode("iso-8859-1")


def _answer(interaction: object) -> Answer:
    said = _values(interaction, "response", _Response)
    status = said.get("status")
    code = cast(_Values, status).get("code") if isinstance(status, dict) else status
    return Answer(_text(code), headers_of(said.get("headers")), _body_of(said.get("body")))


def _values(interaction: object, name: str, kind: type[msgspec.Struct]) -> _Values:
    """Give the values of a request or a response, whichever format they were recorded in."""
    if isinstance(interaction, Entry):
        fields = fields_of(getattr(interaction, name), kind)
        sent = kind is _Request
        return {field: _plain(getattr(fields, field), field, sent=sent) for field in kind.__struct_fields__}
    found = cast(_Values, interaction).get(name) if isinstance(interaction, dict) else None
    return cast(_Values, found) if isinstance(found, dict) else {}


def _plain(raw: msgspec.Raw, name: str, *, sent: bool) -> object:
    first = bytes(memoryview(raw)[:1])
    if first == b"[" and name == "body":
        return bytes(raw) if sent else None
    if first == b"{" and name == "body":
        body = fields_of(raw, _Body)
        if sent and body == _Body():
            return bytes(raw)
        return {"string": utf8_of(body.string), "base64_string": utf8_of(body.base64_string)}
    return small_value_of(raw) if first in (b"{", b"[") else text_of(raw)


def _body_of(value: object) -> bytes | None:
    if isinstance(value, dict):
        body = cast(_Values, value)
        in_base64 = body.get("base64_string")
        if isinstance(in_base64, (str, bytes)):
            return from_base64(in_base64)
        value = body.get("string")
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
