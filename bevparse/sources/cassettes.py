"""Cassettes in YAML and JSON: those of VCR.py, go-vcr, VCR, Betamax and php-vcr.

They differ in the names of some values. VCR.py calls the list `interactions` and the address `uri`. VCR and Betamax
have `http_interactions`. go-vcr has `url`, and a `code` next to the status line. VCR.py 4 and 5 have `content` and
`status_code` in what httpx received. The cassettes of php-vcr, of VCR.py before 1.0 and of VCR before 2.0 are only the
list; those of VCR have tags for the classes of Ruby.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Final, NoReturn, Protocol, TypeAlias, cast

import msgspec

from ..errors import DecodeError, missing_extra
from ..files.encodings import encoded, from_base64
from ..limits import Limits
from ..problems import Problem, rules
from .exchanges import Exchanges, RecordedRequest, RecordedResponse, headers_of, request_headers_of
from .lazy_json import NOTHING, Entry, entries_of, fields_of, is_large, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "Interactions", "Value", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".yaml", ".yml")
_LISTS: Final = ("interactions", "http_interactions")
"""The names of the list of interactions."""
_IN_JSON: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"version"\s*:\s*"?[0-9.]+"?\s*,\s*)?"((?:http_)?interactions)"\s*:\s*\['
)
_JSON_LIST: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"request"\s*:\s*\{')
_YAML_LIST: Final = re.compile(
    rb"(?:---[ \t]*\r?\n)?(?:[ \t]*\r?\n)*+-[ \t]*+(?:!ruby/struct:VCR::\w{1,99}[ \t]*+)?(?:\r?\n[ \t]*+)?request:"
)
_YAML_START: Final = re.compile(rb"(?:---[ \t]*\r?\n)?(?:version: *[0-9.]+[ \t]*\r?\n)?(?:http_)?interactions:")
_AT_TOP: Final = re.compile(rb"""^["']?(?:http_)?interactions["']?[ \t]{0,9}:""", re.MULTILINE)
_IN_YAML: Final = re.compile(rb"""interactions["']?[ \t]{0,9}:""")
_HEAD: Final = 512
_YAML_WEIGHT: Final = 2
"""How much a byte of YAML counts for `limits.body`: libyaml needs a multiple of its input."""
_Values: TypeAlias = Mapping[str, object]


class _CassetteRequest(msgspec.Struct):
    method: msgspec.Raw = NOTHING
    uri: msgspec.Raw = NOTHING
    url: msgspec.Raw = NOTHING
    body: msgspec.Raw = NOTHING
    form: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING


class _CassetteResponse(msgspec.Struct):
    status: msgspec.Raw = NOTHING
    status_code: msgspec.Raw = NOTHING
    code: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    body: msgspec.Raw = NOTHING
    content: msgspec.Raw = NOTHING


class _CassetteBody(msgspec.Struct):
    encoding: msgspec.Raw = NOTHING
    string: msgspec.Raw = NOTHING
    base64_string: msgspec.Raw = NOTHING


_BODIES: Final = ("body", "content", "form")


def holds(head: bytes) -> bool:
    """Return whether data begins with the names of a cassette."""
    return any(start.match(head) for start in (_IN_JSON, _YAML_START, _JSON_LIST, _YAML_LIST))


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
    elif source.named or _IN_YAML.search(data) or _YAML_LIST.match(data):
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
            _refuse("no interactions")
    except DecodeError as error:
        is_cassette = source.named or interactions.found is not None or _AT_TOP.search(data)
        if is_cassette or error.problem.rule is rules.MISSING_EXTRA:
            raise


def _interaction(source: Source, pointer: str, value: object, exchanges: Exchanges) -> Iterator[Source]:
    place = source.inside(f"#/{pointer}")
    return exchanges.sources_of(place, partial(_request, value, source.budget.limits), partial(_response, value))


def _request(interaction: object, limits: Limits) -> RecordedRequest:
    values = _values(interaction, "request", _CassetteRequest)
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
    values = _values(interaction, "response", _CassetteResponse)
    status = values.get("status")
    code = cast(_Values, status).get("code") if isinstance(status, dict) else status
    code = values.get("code") or values.get("status_code") or code
    body = _body_of(values.get("body"))
    if body is None:
        body = _body_of(values.get("content"))
    return RecordedResponse(_text(code), headers_of(values.get("headers")), body)


def _values(interaction: object, name: str, kind: type[msgspec.Struct]) -> _Values:
    """Return the values of a request or a response in a cassette, whether it is JSON or YAML."""
    if isinstance(interaction, Entry):
        fields = fields_of(getattr(interaction, name), kind)
        of_request = kind is _CassetteRequest
        return {name: _decoded(getattr(fields, name), name, of_request=of_request) for name in kind.__struct_fields__}
    found = cast(_Values, interaction).get(name) if isinstance(interaction, dict) else None
    return cast(_Values, found) if isinstance(found, dict) else {}


def _decoded(raw: msgspec.Raw, name: str, *, of_request: bool) -> object:
    first = bytes(memoryview(raw)[:1])
    if first == b"[" and name in _BODIES:
        return bytes(raw) if of_request else None
    if first == b"{" and name in _BODIES:
        body = fields_of(raw, _CassetteBody)
        if of_request and body == _CassetteBody():
            return bytes(raw)
        string = utf8_of(body.string, halves=of_request)
        in_encoding = string if string is None else encoded(string, text_of(body.encoding) or "")
        return {"string": in_encoding, "base64_string": utf8_of(body.base64_string)}
    if of_request and name == "headers" and is_large(raw):
        return bytes(raw)
    return small_value_of(raw) if first in (b"{", b"[") else text_of(raw, halves=of_request)


def _body_of(value: object) -> bytes | None:
    if isinstance(value, dict):
        body = cast(_Values, value)
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


Value: TypeAlias = "str | bytes | list[Value] | dict[str, Value] | None"
"""A value in a cassette; numbers and booleans stay the text that is in the file."""
_STANDARD: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {"str", "int", "float", "bool", "timestamp", "python/str", "python/unicode"}
_COLLECTIONS: Final = {"seq", "map", "python/tuple", "!tape"}
"""Tags of lists and mappings. Betamax for Java writes `!tape`."""
_RUBY: Final = "!ruby/struct:VCR::"
"""The beginning of the tags of VCR for Ruby before 2.0."""
_BINARY: Final = {"binary", "!binary"}
"""Tags of base64. Ruby writes `!binary`."""
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_UTF16: Final = (b"\xfe\xff", b"\xff\xfe")
_DIRECTIVE: Final = re.compile(rb"%TAG(?<![^\n\r\x85\xa8\xa9]%TAG)")
"""A directive %TAG. libyaml compares each of them with all before it, so that many take hours."""
_VALUES_EACH: Final = 50
"""The number of values that a cassette may have for each interaction that the limits allow."""
_FEWEST: Final = 100_000
"""The number of values that a cassette may have, even if the limits allow few interactions."""


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


class _Yaml(Protocol):
    """The part of PyYAML that is used here."""

    CSafeLoader: type
    YAMLError: type[Exception]

    def parse(self, stream: bytes, Loader: type) -> Iterator[_Event]: ...  # noqa: N803 - as PyYAML calls it


@dataclass(slots=True)
class _OpenValue:
    """A list or a mapping that has not ended."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    values_before: int
    """How many values there were before it."""
    name: Value = None
    """The name in a mapping whose value is next."""
    has_name: bool = False


class Interactions:
    """Iterates over the interactions of a cassette.

    Only text, bytes, lists and mappings are built. Aliases share the value that they refer to, but count each time.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.found: str | None = None
        """The name of the list of interactions, once it has begun; empty if it is the whole cassette."""
        self._data = data
        self._limits = limits
        self._open: list[_OpenValue] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._values = 0
        self._most_values = max(_VALUES_EACH * limits.archive_members, _FEWEST)
        self._documents = 0
        self._interactions: list[Value] | None = None
        self._fault: DecodeError | None = None
        """The error for the first value of the current interaction that cannot be read."""

    def __iter__(self) -> Iterator[Value | Problem]:
        """Iterate over the interactions, each as soon as it ends. One with an unreadable value is a problem instead.

        Raises:
            DecodeError: the cassette is not well-formed, is not plain data, or exceeds a limit.
        """
        yaml = _pyyaml()
        if self._data.startswith(_UTF16):
            _refuse("UTF-16 is not supported")
        if _DIRECTIVE.search(self._data):
            _refuse("%TAG is not supported")
        try:
            for event in yaml.parse(self._data, Loader=yaml.CSafeLoader):
                yield from self._process(type(event).__name__, event)
        except yaml.YAMLError as error:
            _refuse_yaml(error)
        if self._fault is not None:  # the unreadable value is after the interactions
            raise self._fault

    def _process(self, kind: str, event: _Event) -> Sequence[Value | Problem]:
        """Process an event of the parser, and return the interaction that ends with it; empty if there is none."""
        if kind == "ScalarEvent":
            self._count(event)
            value: Value = None
            try:
                value = _scalar(event)
            except DecodeError as error:
                self._blame(error)
            return self._add(value, event.anchor, 1)
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            ended = self._open.pop()
            return self._add(ended.value, ended.anchor, self._values - ended.values_before)
        if kind == "AliasEvent":
            return self._add(*self._aliased(event))
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin([] if kind == "SequenceStartEvent" else {}, event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                _refuse("more than one document", event)
        return ()

    def _begin(self, value: list[Value] | dict[str, Value], event: _Event) -> None:
        self._count(event)
        tag = event.tag
        if tag is not None and tag.removeprefix(_STANDARD) not in _COLLECTIONS and not tag.startswith(_RUBY):
            self._blame(_fault("a tag is not for plain data", event))
        if len(self._open) == self._limits.depth:
            _refuse(f"nested deeper than {self._limits.depth} levels (limits.depth)", event)
        top = self._open[0] if len(self._open) == 1 else None
        if not self._open and isinstance(value, list) and _YAML_LIST.match(self._data):
            self.found, self._interactions = "", value
        elif top and top.has_name and top.name in _LISTS and isinstance(value, list):
            if self.found is not None:
                _refuse("more than one list of interactions", event)
            self.found, self._interactions = top.name, value
        self._open.append(_OpenValue(value, event.anchor, self._values - 1))

    def _blame(self, error: DecodeError) -> None:
        """Note that a value in the current interaction cannot be read. Before the interactions, raise the error."""
        if self._interactions is None:
            raise error
        self._fault = self._fault or error

    def _add(self, value: Value, anchor: str | None, size: int) -> Sequence[Value | Problem]:
        """Add a value to the list or mapping around it. If it is an interaction, return it instead, or its problem."""
        if anchor is not None and self._fault is None:
            self._anchors[anchor] = value, size
        if not self._open:
            return ()
        parent = self._open[-1]
        if parent.value is self._interactions:
            fault, self._fault = self._fault, None
            return (fault.problem if fault else value,)
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.has_name:
            if isinstance(parent.name, bytes):  # Ruby writes some names of headers so
                parent.name = _latin(parent.name)
            if isinstance(parent.name, str):
                parent.value[parent.name] = value
            parent.has_name = False
        else:
            parent.name, parent.has_name = value, True
        return ()

    def _aliased(self, event: _Event) -> tuple[Value, None, int]:
        """Return the value that an alias refers to, which must have ended."""
        value, size = self._anchors.get(event.anchor or "", (None, 0))
        if not size:
            self._blame(_fault("an alias refers to no value before it", event))
        self._values += size
        if self._values > self._most_values:
            _refuse(f"aliases expand to more than {self._most_values} values", event)
        return value, None, size

    def _count(self, event: _Event) -> None:
        self._values += 1
        if self._values > self._most_values:
            passed = self._limits.passed("archive_members")
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, passed, "", *_position(event.start_mark)))


def _pyyaml() -> _Yaml:
    """Import PyYAML with libyaml. Without libyaml, it takes a minute for some megabytes."""
    try:
        yaml = import_module("yaml")
    except ImportError:
        raise missing_extra("reading cassettes", "PyYAML", "vcr") from None
    if not hasattr(yaml, "CSafeLoader"):
        raise missing_extra("reading cassettes", "a wheel of PyYAML, which contains libyaml", "vcr")
    return cast(_Yaml, yaml)


def _scalar(event: _Event) -> Value:
    tag = event.tag
    if tag is None:
        return None if event.implicit[0] and event.value in _NULLS else event.value
    kind = tag.removeprefix(_STANDARD)
    if kind in _BINARY:
        try:
            return from_base64(event.value)
        except DecodeError:
            _refuse("!!binary is not base64", event)
    if kind not in _SCALARS and kind != "null":
        _refuse("a tag is not for plain data", event)
    return None if kind == "null" else event.value


def _refuse_yaml(error: Exception) -> NoReturn:
    """Raise the DecodeError for an error of PyYAML; the texts of libyaml contain no part of the file."""
    reason: object = getattr(error, "problem", None) or getattr(error, "reason", None)
    mark = cast("_Mark | None", getattr(error, "problem_mark", None))
    _refuse(str(reason or "unreadable text"), mark=mark)


def _refuse(reason: str, event: _Event | None = None, mark: _Mark | None = None) -> NoReturn:
    raise _fault(reason, event, mark) from None


def _fault(reason: str, event: _Event | None = None, mark: _Mark | None = None) -> DecodeError:
    position = _position(event.start_mark if event else mark)
    return DecodeError(Problem.of(rules.BAD_CONTAINER, f"invalid cassette: {reason}", "", *position))


def _position(mark: _Mark | None) -> tuple[int | None, int | None]:
    return (mark.line + 1, mark.column + 1) if mark else (None, None)
