"""The lane for JSON: msgspec decodes documented records into structs. Other records are read by example.

The structs are compiled from the `Wire` annotations of the models. White space, the order of fields and escapes may be
any, because none of them is a problem. Of a repeated field msgspec keeps only the last value. To detect that, the lane
compares the number of colons in the text with the number of decoded fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from itertools import repeat
from json.encoder import encode_basestring as spell_text
from operator import attrgetter, setitem
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from pydantic import BaseModel

from ..formats.json import decode, locate, spell, value_end
from ..formats.text import without_mark
from ..limits import Limits
from ..models import EndpointName
from ..payloads.detection import candidates_of_items
from ..payloads.fields import FieldReader
from ..payloads.instances import build_all, run
from ..payloads.layout import Field, ItemsField, Layout
from ..problems import rules
from ..problems.collector import Collector
from ..tree import Fields, Node
from ..wire import MAX_INTEGER, Note
from . import IrregularRecordError
from .chunks import NotStreamableError, RecordBoundary
from .columns import Columns
from .delimited import DelimitedRowCutter, Delimiters
from .envelopes import FixedEnvelope
from .examples import RowCutter, TolerantReader
from .salvage import damaged_head
from .slots import UndocumentedError, ValueCache

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = [
    "DIALECTS",
    "FAULTS",
    "StructReader",
    "open_envelope",
    "struct_of",
    "struct_reader_of",
]

_HEAD: Final = re.compile(rb'[ \t\r\n]*+\{[ \t\r\n]*+"response"[ \t\r\n]*+:[ \t\r\n]*+\[[ \t\r\n]*+(?=[{\]])')
_HEADS: Final = (b'{"response":[',)
_HEAD_ENDS: Final = re.compile(rb"\[[ \t\r\n]*+|[^: \t\r\n][ \t\r\n]*+(?=\{)")
"""What a damaged head may end with. If the bracket is missing, an object after a colon is a value, and no record."""
_BETWEEN: Final = re.compile(rb"\}([ \t\r\n]*+,[ \t\r\n]*+)\{")
_EDGES: Final = re.compile(
    rb"\}[ \t\r\n]*+(?:,[ \t\r\n]*+|[:\[][ \t\r\n]*+(?=\{))"
    rb"|(?<![:\[ \t\r\n])[ \t\r\n]*+(?=\{)"
)
"""Before a record: `}` and a comma, or a wrong character for it; or a `{` that begins neither a value nor an array."""
_OVER: Final = re.compile(rb'[ \t\r\n]*+\][ \t\r\n]*+(?:\}|,[ \t\r\n]*+")')
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*+\Z')
_DEPTH: Final = 5
_MOST_LISTS: Final = 4096
_ESCAPED_COLON: Final = rb"\u003"
_encode: Final = msgspec.json.Encoder().encode
_decode_raw: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
FAULTS: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class StructReader:
    """Decodes records of one layout into structs, and reads their values."""

    struct: type[msgspec.Struct]
    decoder: msgspec.json.Decoder[list[msgspec.Struct]]
    """Decodes an array of records."""
    one: msgspec.json.Decoder[msgspec.Struct]
    """Decodes a single record."""
    readers: tuple[tuple[str, ValueCache], ...]
    """The attributes that have to be read from their string, such as dates, each with the values of its strings."""
    absences: tuple[Callable[[Sequence[msgspec.Struct]], int], ...]
    """Functions that count the missing fields of records."""
    names: int
    """The number of fields."""
    optional: int
    """The number of fields that may be missing."""
    lists: tuple[str, ...]
    """The attributes that are lists."""

    def read(self, rows: Sequence[msgspec.Struct]) -> dict[str, list[object]] | None:
        """Return the columns of the attributes in `readers`, or None if a spelling is not documented."""
        columns: dict[str, list[object]] = {}
        try:
            for attribute, known in self.readers:
                spelled = map(cast("Callable[[object], str | None]", attrgetter(attribute)), rows)
                columns[attribute] = [None if text is None else known[text] for text in spelled]
        except UndocumentedError:
            return None
        return columns

    def values(self, rows: Sequence[msgspec.Struct]) -> list[dict[str, object]] | None:
        """Return the values of each row by attribute, or None if a spelling is not documented."""
        values = list(map(msgspec.structs.asdict, rows))
        try:
            for attribute, known in self.readers:
                for one in values:
                    text = one[attribute]
                    if text is not None:
                        one[attribute] = known[text]
        except UndocumentedError:
            return None
        return values

    def has_all_keys(self, text: bytes, rows: Sequence[msgspec.Struct], others: int = 0) -> bool:
        """Return whether decoding lost no field: of several with the same name, only the last is kept.

        Args:
            text: the text of the rows.
            rows: the rows.
            others: the number of fields in the text that do not belong to a row, such as those of the envelope.
        """
        colons = text.count(b":") - others
        present = self.names * len(rows) - sum([count(rows) for count in self.absences])
        return colons == present or (colons == _encode(rows).count(b":") and _ESCAPED_COLON not in text)


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _JsonEnvelope | None:
    """Return the envelope of a body that starts as an array of records, or None if it does not."""
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
    """The object around the array of records, whose only key is `response`."""

    heads = _HEADS
    before = b'{"response":['
    after = b"]}"
    path = (0,)
    reader = FieldReader
    decode = staticmethod(decode)
    positions = staticmethod(locate)

    @cached_property
    def _lists(self) -> dict[object, object]:
        """The lists of earlier chunks, so that equal lists are one object."""
        return {}

    def row_cutter(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> RowCutter:
        """Return the cutter of chunks into rows."""
        return _JsonRowCutter(self, items.layout)

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first object of `text`."""
        return value_end(text)

    def spans(self, chunk: bytes, count: int) -> Sequence[tuple[int, int]] | None:
        """Return where each object of a chunk begins and ends, or None if the chunk cannot be decoded."""
        try:
            objects = _decode_raw(b"[" + chunk + b"]")
        except FAULTS:
            return None
        spans: list[tuple[int, int]] = []
        end = 0
        for one in objects:
            begin = chunk.index(one, end)
            end = begin + len(memoryview(one))
            spans.append((begin, end))
        return spans

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
        """Return the endpoints that the records fit. The first record with known fields decides."""
        return candidates_of_items(list(self.nodes(chunk)))

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if one of them is not as documented."""
        structs = struct_reader_of(items.layout)
        if len(chunk) > self.longest or structs is None:
            return None
        try:
            rows = structs.decoder.decode(b"[%b]" % chunk)
        except FAULTS:
            return None
        if not structs.has_all_keys(chunk, rows):
            return None
        if len(self._lists) > _MOST_LISTS:
            self._lists.clear()
        read = structs.read(rows)
        return None if read is None else _StructColumns(items.layout.model, rows, read, structs.lists, self._lists)


class _StructColumns(Columns):
    """Records that msgspec has decoded.

    Args:
        model: the model of the records.
        rows: the structs.
        read: the columns that `StructReader.read` returned.
        lists: the attributes that are lists.
        known: the lists of earlier chunks. Those of this chunk are added.
    """

    def __init__(
        self,
        model: type[BaseModel],
        rows: Sequence[msgspec.Struct],
        read: dict[str, list[object]],
        lists: Sequence[str],
        known: dict[object, object],
    ) -> None:
        self._model = model
        self._rows = rows
        self._read = read
        self._lists = lists
        self._known = known

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, attribute: str) -> Sequence[object]:
        """Return the value of an attribute in each record. Equal lists are one object."""
        if attribute in self._read:
            return self._read[attribute]
        values = list(map(attrgetter(attribute), self._rows))
        return list(map(self._known.setdefault, values, values)) if attribute in self._lists else values

    def rows(self, *attributes: str) -> Iterable[tuple[object, ...]]:
        """Return the values of several attributes in each record."""
        if self._read.keys() & attributes:
            return super().rows(*attributes)
        return map(attrgetter(*attributes), self._rows)

    def extras(self) -> None:
        """Return None: no record has undocumented fields."""

    def build(self) -> Sequence[BaseModel]:
        """Return the models of the records."""
        values = list(map(msgspec.structs.asdict, self._rows))
        for attribute in (*self._lists, *self._read):
            run(map(setitem, values, repeat(attribute), self.column(attribute)))
        return build_all(self._model, values)


class _JsonRowCutter(DelimitedRowCutter):
    """Cuts arrays of objects into rows."""

    def __init__(self, envelope: _JsonEnvelope, layout: Layout) -> None:
        super().__init__("{", "}", r"[ \t\r\n]*+,[ \t\r\n]*+", layout, envelope.longest)
        self._envelope = envelope

    def decoded(self, text: str) -> Sequence[Node]:
        """Decode objects that are separated by commas."""
        return self._envelope.nodes(text.encode())

    def guard(self, name: str) -> str:
        """Return the inside of an object with one key."""
        return f'"{name}":"0"'

    def are_plain(self, text: str) -> bool:
        """Return whether a string has no quotes, escapes or control characters."""
        return (text.isprintable() and not ('"' in text or "\\" in text)) or _PLAIN.match(text) is not None

    def delimiters(self, name: str, value: str | int, row: str) -> Delimiters | None:
        """Return the name before a value with its quote, and the quote, comma or line end after the value."""
        quote = '"' if isinstance(value, str) else ""
        after = '"' if quote else r"[,\r\n]|\Z"
        found = re.search(
            rf'"{re.escape(name)}"[ \t\r\n]*+:[ \t\r\n]*+{quote}(?={re.escape(str(value))}({after}))', row
        )
        return Delimiters(found[0], found[1]) if found else None

    def find_list(self, name: str, row: str) -> re.Match[str] | None:
        """Find an array of strings without escapes."""
        return re.search(rf'("{re.escape(name)}"[ \t\r\n]*+:[ \t\r\n]*+\[)([^\[\]{{}}\\]*+)(\])', row)

    def reader(self, field: Field) -> Callable[[Node], object]:
        """Return the reader of JSON values."""
        return field.typed

    def is_reported_once(self, note: Note) -> bool:
        """Return whether a note is about a spelling that is reported only once in a body."""
        return note.rule is rules.INFERRED_SPELLING


@cache
def struct_reader_of(layout: Layout) -> StructReader | None:
    """Compile a layout, or return None if `_lookup` does not work with this version of msgspec."""
    lookups = {field.attribute: _lookup(field.spelling.words) for field in layout.fields if field.spelling.words}
    if None in lookups.values():
        return None
    members = [_member(field, lookups.get(field.attribute)) for field in layout.fields]
    names = {field.attribute: field.wire.name for field in layout.fields}
    if layout.items:
        inner = struct_reader_of(layout.items.layout)
        members.append((layout.items.attribute, list[inner.struct] if inner else None))  # type: ignore[name-defined]
        names[layout.items.attribute] = layout.items.wire_name
    struct = struct_of(layout.model.__name__, members, names)
    optional: dict[object, list[str]] = {}
    for field in layout.fields:
        if not _always(field):
            optional.setdefault(field.default, []).append(field.attribute)
    return StructReader(
        struct,
        msgspec.json.Decoder(list[struct]),  # type: ignore[valid-type]
        msgspec.json.Decoder(struct),
        tuple((field.attribute, ValueCache(field.typed)) for field in layout.fields if _has_other_value(field)),
        tuple(_absences(attributes, default) for default, attributes in optional.items()),
        len(layout.fields),
        sum(map(len, optional.values())),
        layout.many,
    )


def _absences(attributes: list[str], default: Any) -> Callable[[Sequence[msgspec.Struct]], int]:
    """Return a function that counts how often these attributes have their default value in rows."""
    get: Callable[[object], Any] = attrgetter(*attributes)
    if len(attributes) == 1:
        return lambda rows: list(map(get, rows)).count(default)
    return lambda rows: sum([get(row).count(default) for row in rows])


def struct_of(name: str, members: Sequence[tuple[Any, ...]], names: dict[str, str]) -> type[msgspec.Struct]:
    """Define a struct that refuses unknown fields.

    Args:
        name: the name of the struct.
        members: the name of each attribute with its type, and with its default if the field may be missing.
        names: the name in JSON of each attribute.
    """
    return msgspec.defstruct(
        name, members, rename=names, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
    )


def _always(field: Field) -> bool:
    return field.required or field.wire.always


def _has_other_value(field: Field) -> bool:
    """Return whether the value of a field must be read from what msgspec decodes, as for dates."""
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
    """Return an enumeration with which msgspec decodes words to their values, or None if that does not work.

    msgspec looks up the members of an enumeration in a table of its class. Here the table has the values of the words
    instead, which saves a second pass over all records. That is undocumented, so the result is checked.
    """
    make = cast("Callable[[str, dict[str, str | int]], type[Enum]]", Enum)
    lookup = make("Words", {f"word{index}": word for index, word in enumerate(words)})
    lookup._value2member_map_.update(cast("Mapping[Any, Any]", words))
    found = [msgspec.convert(word, lookup) for word in words]
    return lookup if found == list(words.values()) else None


class _JsonDialect:
    """How JSON writes records."""

    opening, closing, between = "{", "}", ","

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields in the order of JSON."""
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the beginning and the end of the envelope."""
        return '{"response":[', "]}"

    def text(self, name: str) -> Callable[[str], str]:
        """Return a function that writes a member whose value is a string."""
        return lambda text: f'"{name}":{spell_text(text)}'

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str]:
        """Return the quotes around plain strings, with what is around and between the quotes."""
        opening, closing = ("[", "]") if field.spelling.many else ("", "")
        return f'{"" if first else ","}"{field.wire.name}":{opening}"', '","', f'"{closing}'

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Write a member of an object."""
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
        """Write the members. Their values may be any JSON."""
        try:
            return "".join(
                [
                    f",{spell_text(name)}:{spell_text(value) if isinstance(value, str) else spell(cast(Node, value))}"
                    for name, value in extra.items()
                ]
            )
        except (ValueError, RecursionError):
            raise IrregularRecordError from None


class _JsonLinesDialect(_JsonDialect):
    """How JSON Lines writes records: each on its own line, without an envelope."""

    closing, between = "}\n", ""

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return nothing: JSON Lines has no envelope."""
        return "", ""


DIALECTS: Final[dict[str, Dialect]] = {"json": _JsonDialect(), "jsonl": _JsonLinesDialect()}
"""The dialects by the name of their format."""
