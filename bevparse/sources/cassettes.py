"""Cassettes of VCR.py, in YAML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, NoReturn, Protocol, TypeAlias, cast

import msgspec

from ..errors import DecodeError
from ..files.encodings import from_base64
from ..limits import Limits
from ..problems import Problem, rules
from .exchanges import Answer, Request, headers_of, sources_of
from .lazy_json import NOTHING, Entry, entries_of, fields_of, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "Interactions", "Value", "holds", "members"]

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
        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, f"{passed}; in YAML a byte counts as two"))
    interactions = Interactions(data, limits)
    try:
        for index, value in enumerate(interactions):
            if index >= limits.archive_members:
                raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
            yield from _interaction(source.inside(f"#/interactions/{index}", b""), value, limits)
        if source.named and not interactions.found:
            raise DecodeError(Problem.of(rules.BAD_CONTAINER, "expected a cassette with interactions, got none"))
    except DecodeError as error:
        if source.named or interactions.found or error.problem.rule is rules.MISSING_EXTRA:
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
            raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
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


Value: TypeAlias = "str | bytes | list[Value] | dict[str, Value] | None"
"""What a cassette holds; numbers and truth values stay the text that they are written as."""

_STANDARD: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {"str", "int", "float", "bool", "timestamp", "python/str", "python/unicode"}
_COLLECTIONS: Final = {"seq", "map", "python/tuple"}
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_UTF16: Final = (b"\xfe\xff", b"\xff\xfe")

_DIRECTIVE: Final = re.compile(rb"%TAG(?<![^\n\r\x85\xa8\xa9]%TAG)")
"""Each of these is compared with all before it, so that many take hours."""

_VALUES_EACH: Final = 50
"""Values that a cassette may hold for each interaction that it may have."""

_FEWEST: Final = 100_000
"""Values that it may hold whatever the limits are."""


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
    """What is used of PyYAML."""

    CSafeLoader: type
    YAMLError: type[Exception]

    def parse(self, stream: bytes, Loader: type) -> Iterator[_Event]: ...  # noqa: N803 - as PyYAML calls it


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end has not come."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    before: int
    """How many values there had been."""
    name: Value = None
    """The name that waits for its value."""
    named: bool = False


class Interactions:
    """Iterates over the interactions of a cassette.

    Nothing is built but text, bytes, lists and mappings. What aliases stand for is shared, and counted each time.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.found = False
        """Whether the list of interactions has begun."""
        self._data = data
        self._limits = limits
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._values = 0
        self._most = max(_VALUES_EACH * limits.archive_members, _FEWEST)
        self._documents = 0
        self._interactions: list[Value] | None = None

    def __iter__(self) -> Iterator[Value]:
        """Give each when its end has come.

        Raises:
            DecodeError: what follows is not well-formed, no plain data, or passes a limit.
        """
        yaml = _pyyaml()
        if self._data.startswith(_UTF16):
            _refuse("got UTF-16")
        if _DIRECTIVE.search(self._data):
            _refuse("got a %TAG directive")
        try:
            for event in yaml.parse(self._data, Loader=yaml.CSafeLoader):
                yield from self._take(type(event).__name__, event)
        except yaml.YAMLError as error:
            _refuse_fault(error)

    def _take(self, kind: str, event: _Event) -> Sequence[Value]:
        """Take one event, and give the interaction that ends with it, if one does."""
        if kind == "ScalarEvent":
            self._count(event)
            return self._add(_scalar(event), event.anchor, 1)
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            ended = self._open.pop()
            return self._add(ended.value, ended.anchor, self._values - ended.before)
        if kind == "AliasEvent":
            return self._add(*self._behind(event))
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._begin([] if kind == "SequenceStartEvent" else {}, event)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                _refuse("got more than one document", event)
        return ()

    def _begin(self, value: list[Value] | dict[str, Value], event: _Event) -> None:
        self._count(event)
        tag = event.tag
        if tag is not None and tag.removeprefix(_STANDARD) not in _COLLECTIONS:
            _refuse("got a tag that is not for plain data", event)
        if len(self._open) == self._limits.depth:
            _refuse(f"got one that is nested deeper than {self._limits.depth} levels (limits.depth)", event)
        top = self._open[0] if len(self._open) == 1 else None
        if top and top.named and top.name == "interactions" and isinstance(value, list):
            if self.found:
                _refuse("got interactions twice", event)
            self.found, self._interactions = True, value
        self._open.append(_Open(value, event.anchor, self._values - 1))

    def _add(self, value: Value, anchor: str | None, size: int) -> Sequence[Value]:
        """Put a value where it belongs, or give it where it is an interaction."""
        if anchor is not None:
            self._anchors[anchor] = value, size
        if not self._open:
            return ()
        parent = self._open[-1]
        if parent.value is self._interactions:
            return (value,)
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.named:
            if isinstance(parent.name, str):
                parent.value[parent.name] = value
            parent.named = False
        else:
            parent.name, parent.named = value, True
        return ()

    def _behind(self, event: _Event) -> tuple[Value, None, int]:
        """Give what an alias stands for, which is known once its end has come."""
        value, size = self._anchors.get(event.anchor or "", (None, 0))
        if not size:
            _refuse("got an alias of nothing before it", event)
        self._values += size
        if self._values > self._most:
            _refuse(f"got aliases that stand for more than {self._most} values", event)
        return value, None, size

    def _count(self, event: _Event) -> None:
        self._values += 1
        if self._values > self._most:
            raise DecodeError(
                Problem.of(
                    rules.TOO_MANY_MEMBERS, self._limits.passed("archive_members"), "", *_place(event.start_mark)
                )
            )


def _pyyaml() -> _Yaml:
    """Import PyYAML, with libyaml: its own parser takes a minute for some megabytes."""
    try:
        yaml = import_module("yaml")
    except ImportError:
        message = "expected the package PyYAML for cassettes, got none; pip install 'bevparse[vcr]' brings it"
        raise DecodeError(Problem.of(rules.MISSING_EXTRA, message)) from None
    if not hasattr(yaml, "CSafeLoader"):
        message = "expected the package PyYAML with libyaml for cassettes, got one without; its wheels bring it"
        raise DecodeError(Problem.of(rules.MISSING_EXTRA, message))
    return cast(_Yaml, yaml)


def _scalar(event: _Event) -> Value:
    tag = event.tag
    if tag is None:
        return None if event.implicit[0] and event.value in _NULLS else event.value
    kind = tag.removeprefix(_STANDARD)
    if kind == "binary":
        try:
            return from_base64(event.value)
        except DecodeError:
            _refuse("got !!binary that is not in base64", event)
    if kind not in _SCALARS and kind != "null":
        _refuse("got a tag that is not for plain data", event)
    return None if kind == "null" else event.value


def _refuse(came: str, event: _Event | None = None) -> NoReturn:
    raise DecodeError(
        Problem.of(
            rules.BAD_CONTAINER,
            f"expected a cassette in YAML, {came}",
            "",
            *_place(event.start_mark if event else None),
        )
    )


def _refuse_fault(error: Exception) -> NoReturn:
    """Word an error of PyYAML; libyaml puts nothing of the file into its texts."""
    fault: object = getattr(error, "problem", None) or getattr(error, "reason", None)
    mark = cast("_Mark | None", getattr(error, "problem_mark", None))
    message = f"expected a cassette in YAML, got a fault: {fault or 'text that is not readable'}"
    raise DecodeError(Problem.of(rules.BAD_CONTAINER, message, "", *_place(mark))) from None


def _place(mark: _Mark | None) -> tuple[int | None, int | None]:
    return (mark.line + 1, mark.column + 1) if mark else (None, None)
