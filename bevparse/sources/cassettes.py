"""Cassettes in YAML and JSON: those of VCR.py, go-vcr, VCR, Betamax and php-vcr.

They differ in the names of some values. VCR.py calls the list `interactions` and the address `uri`. VCR and Betamax
have `http_interactions`. go-vcr has `url`, and a `code` next to the status line. VCR.py 4 and 5 have `content` and
`status_code` in what httpx received. The cassettes of php-vcr, of VCR.py before 1.0 and of VCR before 2.0 are only the
list; those of VCR have tags for the classes of Ruby.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from ..errors import DecodeError
from ..files.encodings import encoded, from_base64
from ..limits import Limits
from ..problems import Problem, rules
from .exchanges import Exchanges, RecordedRequest, RecordedResponse, headers_of, mapping_of, request_headers_of
from .interactions import YAML_LIST, Interactions
from .lazy_json import NOTHING, Entry, entries_of, fields_of, is_large, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".yaml", ".yml")
_IN_JSON: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"version"\s*:\s*"?[0-9.]+"?\s*,\s*)?"((?:http_)?interactions)"\s*:\s*\['
)
_JSON_LIST: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"request"\s*:\s*\{')
_YAML_START: Final = re.compile(rb"(?:---[ \t]*\r?\n)?(?:version: *[0-9.]+[ \t]*\r?\n)?(?:http_)?interactions:")
_AT_TOP: Final = re.compile(rb"""^["']?(?:http_)?interactions["']?[ \t]{0,9}:""", re.MULTILINE)
_IN_YAML: Final = re.compile(rb"""interactions["']?[ \t]{0,9}:""")
_HEAD: Final = 512
_YAML_WEIGHT: Final = 2
"""How much a byte of YAML counts for `limits.body`: libyaml needs a multiple of its input."""


def _struct_of(*names: str) -> type[msgspec.Struct]:
    return msgspec.defstruct("Values", [(name, msgspec.Raw, NOTHING) for name in names])


_REQUEST: Final = _struct_of("method", "uri", "url", "body", "form", "headers")
_RESPONSE: Final = _struct_of("status", "status_code", "code", "headers", "body", "content")


class _EncodedBody(msgspec.Struct):
    encoding: msgspec.Raw = NOTHING
    string: msgspec.Raw = NOTHING
    base64_string: msgspec.Raw = NOTHING


_BODIES: Final = ("body", "content", "form")


def holds(head: bytes) -> bool:
    """Return whether data begins with the names of a cassette."""
    return any(start.match(head) for start in (_IN_JSON, _YAML_START, _JSON_LIST, YAML_LIST))


def members(source: Source, data: bytes) -> Iterator[Source]:
    """Iterate over the responses of the service, such as `cassette.yaml#/interactions/3`, and the API keys in requests.

    Raises:
        DecodeError: the source is named and not a cassette, is not well-formed, or exceeds a limit.
    """
    exchanges = Exchanges(source)
    in_json = _IN_JSON.match(data[:_HEAD])
    if in_json or _JSON_LIST.match(data[:_HEAD]):
        path = (in_json[1].decode(),) if in_json else ()
        for index, entry in enumerate(entries_of(data, path, "cassette", source.budget.limits)):
            if isinstance(entry, Problem):
                yield refused(source, DecodeError(entry))
            else:
                yield from _interaction(source, "/".join((*path, str(index))), entry, exchanges)
    elif source.named or _IN_YAML.search(data) or YAML_LIST.match(data):
        yield from _in_yaml(source, data, exchanges)
    yield from exchanges.notice()


def _in_yaml(source: Source, data: bytes, exchanges: Exchanges) -> Iterator[Source]:
    """Iterate over the sources in a cassette. Another YAML file is skipped, unless the user named it."""
    limits = source.budget.limits
    if len(data) > limits.body // _YAML_WEIGHT:
        passed = limits.passed("body", len(data) * _YAML_WEIGHT)
        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, f"{passed}; in YAML a byte counts as two"))
    interactions = Interactions(data, limits)
    try:
        for index, value in enumerate(interactions):
            if index >= limits.archive_members:
                raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
            if isinstance(value, Problem):
                yield refused(source, DecodeError(value))
                continue
            pointer = f"{interactions.found}/{index}" if interactions.found else str(index)
            yield from _interaction(source, pointer, value, exchanges)
        if source.named and interactions.found is None:
            raise DecodeError(Problem.of(rules.BAD_CONTAINER, "invalid cassette: no interactions"))
    except DecodeError as error:
        is_cassette = source.named or interactions.found is not None or _AT_TOP.search(data)
        if is_cassette or error.problem.rule is rules.MISSING_EXTRA:
            raise


def _interaction(source: Source, pointer: str, value: object, exchanges: Exchanges) -> Iterator[Source]:
    place = source.inside(f"#/{pointer}")
    return exchanges.sources_of(place, partial(_request, value, source.budget.limits), partial(_response, value))


def _request(interaction: object, limits: Limits) -> RecordedRequest:
    values = _values(interaction, "request", _REQUEST)
    name = "body" if values.get("body") else "form"  # a form, if the body was not recorded
    body = _request_body(values.get(name), limits)
    headers = values.get("headers")
    large = ((rules.KEY_IN_HEADER, "/request/headers", headers),) if isinstance(headers, bytes) else ()
    url = _text(values.get("uri")) or _text(values.get("url"))
    method = _text(values.get("method")).removeprefix(":")  # a symbol of Ruby
    return RecordedRequest(method, url, request_headers_of(headers), body, f"/request/{name}", large)


def _request_body(value: object, limits: Limits) -> bytes:
    """Return the body of a request; requests of aiohttp are recorded as values before they are encoded."""
    body = _body_of(value)
    if body is not None or not isinstance(value, (dict, list)):
        return body or b""
    left = limits.body
    pieces: list[str] = []
    for piece in json.JSONEncoder(default=_latin).iterencode(value):  # with aliases it may be longer than the cassette
        left -= len(piece)
        if left < 0:
            raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
        pieces.append(piece)
    return "".join(pieces).encode()


def _latin(value: bytes) -> str:
    return value.decode("iso-8859-1")


def _response(interaction: object) -> RecordedResponse:
    values = _values(interaction, "response", _RESPONSE)
    status = values.get("status")
    in_status = mapping_of(status)
    code = values.get("code") or values.get("status_code") or (in_status.get("code") if in_status else status)
    body = _body_of(values.get("body"))
    if body is None:
        body = _body_of(values.get("content"))
    return RecordedResponse(_text(code), headers_of(values.get("headers")), body)


def _values(interaction: object, name: str, kind: type[msgspec.Struct]) -> Mapping[object, object]:
    """Return the values of a request or a response in a cassette, whether it is JSON or YAML."""
    if isinstance(interaction, Entry):
        fields = fields_of(getattr(interaction, name), kind)
        of_request = kind is _REQUEST
        return {name: _decoded(getattr(fields, name), name, of_request=of_request) for name in kind.__struct_fields__}
    return mapping_of((mapping_of(interaction) or {}).get(name)) or {}


def _decoded(raw: msgspec.Raw, name: str, *, of_request: bool) -> object:
    first = bytes(memoryview(raw)[:1])
    if first == b"[" and name in _BODIES:
        return bytes(raw) if of_request else None
    if first == b"{" and name in _BODIES:
        body = fields_of(raw, _EncodedBody)
        if of_request and body == _EncodedBody():
            return bytes(raw)
        string = utf8_of(body.string, halves=of_request)
        in_encoding = string if string is None else encoded(string, text_of(body.encoding) or "")
        return {"string": in_encoding, "base64_string": utf8_of(body.base64_string)}
    if of_request and name == "headers" and is_large(raw):
        return bytes(raw)
    return small_value_of(raw) if first in (b"{", b"[") else text_of(raw, halves=of_request)


def _body_of(value: object) -> bytes | None:
    body = mapping_of(value)
    if body is not None:
        in_base64 = body.get("base64_string")
        if isinstance(in_base64, (str, bytes)):
            return from_base64(in_base64)
        value = body.get("string")
        if isinstance(value, str):
            return encoded(value.encode(), _text(body.get("encoding")))
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
