"""The lane for JSON: msgspec decodes records into structs that are compiled from the wire marks.

It reads any white space, order of fields and escapes, as none of these is a problem. Of a repeated field msgspec keeps
only the last value. To detect this, the lane compares the number of colons with that of the decoded fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from itertools import chain, islice, repeat
from json.encoder import encode_basestring as spell_text
from operator import attrgetter, setitem
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from pydantic import BaseModel

from ..endpoints import ENDPOINTS, endpoint_of
from ..formats.json import decode, locate, spell, value_end
from ..formats.text import without_mark
from ..limits import Limits
from ..models import EndpointName, Response
from ..payloads.candidates import candidates_of_items
from ..payloads.fields import FieldReader
from ..payloads.instances import build, build_all, run
from ..payloads.layout import Field, ItemsField, Layout, layout_of, records_of
from ..tree import Fields, Node
from ..wire import MAX_INTEGER, Deviation
from . import IrregularRecordError, LineRecords, Values
from .chunks import FixedEnvelope, NotStreamableError, RecordBoundary, damaged_head

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = ["DIALECTS", "JsonDialect", "JsonLinesDialect", "open_envelope", "read_lines", "read_small"]

_HEAD: Final = re.compile(rb'[ \t\r\n]*+\{[ \t\r\n]*+"response"[ \t\r\n]*+:[ \t\r\n]*+\[[ \t\r\n]*+(?=[{\]])')
_HEADS: Final = (b'{"response":[',)
_HEAD_ENDS: Final = re.compile(rb"\[[ \t\r\n]*+|[^: \t\r\n][ \t\r\n]*+(?=\{)")
"""What a damaged head may end with. Without a bracket, an object after a colon is not a record."""
_BETWEEN: Final = re.compile(rb"\}([ \t\r\n]*+,[ \t\r\n]*+)\{")
_EDGES: Final = re.compile(
    rb"\}[ \t\r\n]*+(?:,[ \t\r\n]*+|[:\[][ \t\r\n]*+(?=\{))"
    rb"|(?<![:\[ \t\r\n])[ \t\r\n]*+(?=\{)"
)
"""The end of an object with a comma, or what is before an object that is neither a value nor first in an array."""
_OVER: Final = re.compile(rb'[ \t\r\n]*+\][ \t\r\n]*+(?:\}|,[ \t\r\n]*+")')
_ENDPOINTS: Final = sorted(ENDPOINTS.values(), key=lambda endpoint: not endpoint.is_array)
_MODELS: Final = tuple(endpoint.model for endpoint in _ENDPOINTS if endpoint.path is not None)
_DEPTH: Final = 5
_MOST_LISTS: Final = 4096
_ESCAPED_COLON: Final = rb"\u003"
_encode: Final = msgspec.json.Encoder().encode
_FAULTS: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How records of one layout are read."""

    struct: type[msgspec.Struct]
    decoder: msgspec.json.Decoder[list[msgspec.Struct]]
    one: msgspec.json.Decoder[msgspec.Struct]
    """Decodes a record alone."""
    readers: tuple[tuple[str, Callable[[Node], object]], ...]
    """The attributes whose documented spelling differs from their value, and their readers."""
    absences: tuple[Callable[[Sequence[msgspec.Struct]], int], ...]
    """Functions that count missing fields."""
    names: int
    lists: tuple[tuple[str, Callable[[object], object]], ...]
    """The attributes that are lists, and their getters."""

    def values(self, rows: Sequence[msgspec.Struct], known: dict[object, object]) -> list[dict[str, object]]:
        """Return the values of rows, with one object for equal lists. The known lists are updated."""
        values = list(map(msgspec.structs.asdict, rows))
        for attribute, get in self.lists:
            lists = list(map(get, rows))
            run(map(setitem, values, repeat(attribute), map(known.setdefault, lists, lists)))
        return values

    def has_all_keys(self, text: bytes, rows: Sequence[msgspec.Struct], others: int = 0) -> bool:
        """Return whether no field of a text is missing in the rows that were decoded from it.

        Args:
            text: the text.
            rows: the rows.
            others: the number of fields around the rows.
        """
        colons = text.count(b":") - others
        present = self.names * len(rows) - sum([count(rows) for count in self.absences])
        return colons == present or (colons == _encode(rows).count(b":") and _ESCAPED_COLON not in text)

    def replace_spellings(self, values: list[dict[str, object]]) -> bool:
        """Replace spellings with their values, and return whether all of them are documented."""
        for attribute, read in self.readers:
            for one in values:
                if one[attribute] is not None:
                    one[attribute] = read(cast(Node, one[attribute]))
                    if isinstance(one[attribute], Deviation):
                        return False
        return True


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _JsonEnvelope | None:
    """Return the envelope of a body that starts as an array of records, or None."""
    first, problems = without_mark(next(blocks, b""))
    head = _HEAD.match(first)
    begin = damaged_head(first, _HEADS, _HEAD_ENDS, b"{") if damaged else head and head.end()
    if begin is None or limits.depth < _DEPTH:
        return None
    found = _BETWEEN.search(first, begin)
    between = found[0] if found else b"},{"
    boundary = RecordBoundary(
        between,
        1,
        len(between) - 1,
        _EDGES,
        closing=(b"]", b"}"),
        over=_OVER,
        separator=b",",
        sample=b"{}",
        returns=False,
    )
    envelope = _JsonEnvelope(first, begin, blocks, boundary, limits, problems)
    return None if damaged and not envelope.accepts_head(first[:begin]) else envelope


class _JsonEnvelope(FixedEnvelope):
    """An object with one key, which has the array."""

    heads = _HEADS
    before = b'{"response":['
    after = b"]}"
    path = (0,)
    reader = FieldReader
    decode = staticmethod(decode)
    positions = staticmethod(locate)

    @cached_property
    def _lists(self) -> dict[object, object]:
        """The lists of earlier chunks."""
        return {}

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first object of a text."""
        return value_end(text)

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes."""
        pairs = cast(Fields, decode(self.body(chunk), self._limits).root).pairs
        if len(pairs) != 1:
            raise NotStreamableError("an array that ends early")
        return self.records_in(pairs[0][1])

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the members of a payload that is an array."""
        if not isinstance(payload, list):
            raise NotStreamableError("no array")
        return payload

    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints of the first record with known fields."""
        return candidates_of_items(list(self.nodes(chunk)))

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if the tolerant reader must read it."""
        plan = _plan(items.layout)
        if len(chunk) > self._longest or plan is None:
            return None
        try:
            rows = plan.decoder.decode(b"[" + chunk + b"]")
        except _FAULTS:
            return None
        if not plan.has_all_keys(chunk, rows):
            return None
        if len(self._lists) > _MOST_LISTS:
            self._lists.clear()
        values = plan.values(rows, self._lists)
        return build_all(items.layout.model, values) if plan.replace_spellings(values) else None


def read_small(data: bytes | str, model: type[Response]) -> Response | None:
    """Read a small body as a whole, or return None.

    Args:
        data: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
    """
    for candidate in _MODELS if model is Response else (model,):
        whole = _whole(candidate)
        response = whole.read(data, sure=model is not Response) if whole else None
        if response is not None:
            return response
    return None


def read_lines(
    lines: Sequence[bytes], are_records: Sequence[bool], model: type[Response], limits: Limits
) -> list[LineRecords | None]:
    """Read lines that are arrays of records, or records, and return None for those that another reader must read."""
    found: list[LineRecords | None] = [None] * len(lines)
    around = len(_JsonEnvelope.before + _JsonEnvelope.after)
    most = min(limits.body, limits.string, limits.records) - around if limits.depth >= _DEPTH else 0
    for kind in {*are_records}:
        left = [
            number
            for number, (line, is_record) in enumerate(zip(lines, are_records, strict=True))
            if is_record is kind and len(line) <= most
        ]
        for candidate in _MODELS if model is Response else (model,):
            whole = _whole(candidate)
            if whole and not whole.own and left:
                some = [lines[number] for number in left]
                read = whole.read_lines(some, sure=model is not Response, are_records=kind)
                for number, values in zip(left, read, strict=True):
                    found[number] = None if values is None else (candidate, values)
                left = [number for number in left if found[number] is None]
    return found


@dataclass(frozen=True, slots=True)
class _Whole:
    """How a whole body is read."""

    model: type[Response]
    endpoint: str
    decoder: msgspec.json.Decoder[Any]
    own: _Plan | None
    """How the object in the envelope is read; None for an array."""
    items: ItemsField | None
    inner: _Plan | None
    """How the records are read; None if the response has none."""

    def read(self, data: bytes | str, *, sure: bool) -> Response | None:
        """Read a body, or return None. An empty array is read only if it is `sure` to be of this endpoint."""
        try:
            payload = self.decoder.decode(data).response
        except _FAULTS:
            return None
        body = data if isinstance(data, bytes) else data.encode()
        if _encode(payload).count(b":") + 1 != body.count(b":") or _ESCAPED_COLON in body:
            return None
        values: dict[str, Any] = {"endpoint": self.endpoint}
        if self.own:
            values = dict.fromkeys(self.model.model_fields) | msgspec.structs.asdict(payload) | values
        if self.items and self.inner:
            rows = values[self.items.attribute] if self.own else payload
            members = list(map(msgspec.structs.asdict, rows))
            if not ((rows or self.own or sure) and self.inner.replace_spellings(members)):
                return None
            values[self.items.attribute] = tuple(build_all(self.items.layout.model, members))
        return build(self.model, values, {})

    def read_lines(self, lines: Sequence[bytes], *, sure: bool, are_records: bool) -> Sequence[Sequence[Values] | None]:
        """Read lines that are arrays of records, or records, each as `read` does."""
        plan = cast(_Plan, self.inner)
        payloads = _decode_all(plan.one.decode if are_records else self.decoder.decode, lines)
        read = [line for line, payload in zip(lines, payloads, strict=True) if payload is not None]
        rows = [payload for payload in payloads if payload is not None]
        if not are_records:
            rows = list(chain.from_iterable(payload.response for payload in rows))
        values = list(map(msgspec.structs.asdict, rows))
        envelopes = 0 if are_records else len(read)
        if not (plan.has_all_keys(b"\n".join(read), rows, envelopes) and plan.replace_spellings(values)):
            before, after = (_JsonEnvelope.before, _JsonEnvelope.after) if are_records else (b"", b"")
            responses = [self.read(before + line + after, sure=sure) for line in lines]
            return [list(map(vars, records_of(response))) if response else None for response in responses]
        left = iter(values)
        if are_records:
            return [None if payload is None else (next(left),) for payload in payloads]
        return [
            [*islice(left, len(payload.response))] if payload is not None and (sure or payload.response) else None
            for payload in payloads
        ]


def _decode_all(decode: Callable[[bytes], Any], lines: Sequence[bytes]) -> Sequence[Any]:
    """Return the decoded lines, and None for those that are something else."""
    try:
        return list(map(decode, lines))
    except _FAULTS:
        return [_decode_one(decode, line) for line in lines]


def _decode_one(decode: Callable[[bytes], Any], line: bytes) -> Any:
    try:
        return decode(line)
    except _FAULTS:
        return None


@cache
def _whole(model: type[Response]) -> _Whole | None:
    """Return a compiled model, or None for an error reply and if `_lookup` fails."""
    layout = layout_of(model)
    items = layout.items
    inner = _plan(items.layout) if items else None
    own = None if items and not items.wire_name else _plan(layout)
    if model not in _MODELS or (items and inner is None) or not (own or inner):
        return None
    payload: Any = own.struct if own else list[inner.struct]  # type: ignore[name-defined]
    decoder = msgspec.json.Decoder(_struct("Envelope", [("response", payload)], {"response": "response"}))
    return _Whole(model, endpoint_of(model), decoder, own, items, inner)


@cache
def _plan(layout: Layout) -> _Plan | None:
    """Return a compiled layout, or None if `_lookup` fails."""
    lookups = {field.attribute: _lookup(field.spelling.words) for field in layout.fields if field.spelling.words}
    if None in lookups.values():
        return None
    members = [_member(field, lookups.get(field.attribute)) for field in layout.fields]
    names = {field.attribute: field.wire.name for field in layout.fields}
    if layout.items:
        inner = _plan(layout.items.layout)
        members.append((layout.items.attribute, list[inner.struct] if inner else None))  # type: ignore[name-defined]
        names[layout.items.attribute] = layout.items.wire_name
    struct = _struct(layout.model.__name__, members, names)
    optional: dict[object, list[str]] = {}
    for field in layout.fields:
        if not _always(field):
            optional.setdefault(field.default, []).append(field.attribute)
    return _Plan(
        struct,
        msgspec.json.Decoder(list[struct]),  # type: ignore[valid-type]
        msgspec.json.Decoder(struct),
        tuple((field.attribute, field.typed) for field in layout.fields if _is_read(field)),
        tuple(_absences(attributes, default) for default, attributes in optional.items()),
        len(layout.fields),
        tuple((attribute, attrgetter(attribute)) for attribute in layout.many),
    )


def _absences(attributes: list[str], default: Any) -> Callable[[Sequence[msgspec.Struct]], int]:
    """Return a function that counts attributes with the default value in rows."""
    get: Callable[[object], Any] = attrgetter(*attributes)
    if len(attributes) == 1:
        return lambda rows: list(map(get, rows)).count(default)
    return lambda rows: sum([get(row).count(default) for row in rows])


def _struct(name: str, members: Sequence[tuple[Any, ...]], names: dict[str, str]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name, members, rename=names, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
    )


def _always(field: Field) -> bool:
    return field.required or field.wire.always


def _is_read(field: Field) -> bool:
    return not (field.spelling.plain or field.spelling.words)


def _member(field: Field, lookup: type[Enum] | None) -> tuple[Any, ...]:
    """Return the name and documented type of a field, and its default if the field may be missing."""
    kind: Any = lookup or field.spelling.kind
    if kind is int:
        kind = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
    if field.spelling.many:
        kind = Annotated[tuple[kind, ...], msgspec.Meta(min_length=1)]
    if field.wire.nullable:
        kind = kind | None
    return (field.attribute, kind) if _always(field) else (field.attribute, kind, field.default)


def _lookup(words: Mapping[str | int, object]) -> type[Enum] | None:
    """Return a type that msgspec decodes words as, to their values, or None if this does not work.

    msgspec looks up the members of an enumeration in a table of its class. Here the table has the values themselves,
    which saves a second pass over all records. This is undocumented, so it is tested here.
    """
    make = cast("Callable[[str, dict[str, str | int]], type[Enum]]", Enum)
    lookup = make("Words", {f"word{index}": word for index, word in enumerate(words)})
    lookup._value2member_map_.update(cast("Mapping[Any, Any]", words))
    found = [msgspec.convert(word, lookup) for word in words]
    return lookup if found == list(words.values()) else None


class JsonDialect:
    """How JSON spells records."""

    opening, closing, between = "{", "}", ","

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields as JSON orders them."""
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the envelope."""
        return '{"response":[', "]}"

    def text(self, name: str) -> Callable[[str], str]:
        """Return what spells a member with a text."""
        return lambda text: f'"{name}":{spell_text(text)}'

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Spell a member of an object."""
        if field.is_omitted(node):
            return ""
        if isinstance(node, str):
            text = spell_text(node)
        elif isinstance(node, list):
            text = f"[{','.join(map(spell_text, cast('list[str]', node)))}]"
        else:
            text = "null" if node is None else str(node)
        return f'{"" if first else ","}"{field.wire.name}":{text}'

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Spell the members with any JSON value."""
        try:
            return "".join(f",{spell_text(name)}:{spell(cast(Node, value))}" for name, value in extra.items())
        except (ValueError, RecursionError):
            raise IrregularRecordError from None


class JsonLinesDialect(JsonDialect):
    """How JSON Lines spells records: each on its own line, without an envelope."""

    closing, between = "}\n", ""

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return nothing: JSON Lines has no envelope."""
        return "", ""


DIALECTS: Final[dict[str, Dialect]] = {"json": JsonDialect(), "jsonl": JsonLinesDialect()}
"""The dialects by the names of the formats."""
