"""The lane for XML: elements as `dump` writes them, cut at the tags of the documented fields.

A regular expression, compiled from the wire marks, matches everything after the first field of a record. Texts must
not contain references or characters that XML forbids. So a parser would read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from pydantic import BaseModel

from ..formats.text import without_mark
from ..formats.xml import DECLARATION, decode, element_end, forbidden_character, locate, member_name, spell
from ..limits import Limits
from ..models import EndpointName
from ..payloads.candidates import candidates_of_items
from ..payloads.elements import ElementReader, holds_fields
from ..payloads.instances import build_all
from ..payloads.layout import Field, ItemsField, Layout
from ..problems import Problem
from ..tree import Fields, Node
from ..wire import Deviation
from . import IrregularRecordError, Memo, Values, read_documented, with_first
from .chunks import FixedEnvelope, NotStreamableError, RecordBoundary, damaged_head

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = ["DIALECTS", "XmlDialect", "open_envelope"]

_HEAD: Final = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="[Uu][Tt][Ff]-8"\?>)?'
    rb"[ \t\r\n]*+<xml>[ \t\r\n]*+<response>[ \t\r\n]*+(?=<item>)"
)
_HEADS: Final = tuple(
    declaration + b"<xml><response>"
    for declaration in (
        b'<?xmlversion="1.0"encoding="utf-8"?>',
        b'<?xmlversion="1.0"encoding="UTF-8"?>',
        b"",
    )
)
_HEAD_ENDS: Final = re.compile(rb"<response>[ \t\r\n]*+|(?=<item>)")
_BETWEEN: Final = re.compile(rb"</item>([ \t\r\n]*+)<item>")
_EDGES: Final = re.compile(rb"</item>[ \t\r\n]*+|(?=<item>)")
_OVER: Final = re.compile(rb"[ \t\r\n]*+</response>")
_ITEM, _END = "<item>", "</item>"
_Memos: TypeAlias = tuple[Memo[str, Values], Memo[str, tuple[str, ...]]]
_DEPTH: Final = 5
_LEAST: Final = 2


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _XmlEnvelope | None:
    """Return the envelope of a body that starts with items in a response, or None."""
    first, problems = without_mark(next(blocks, b""))
    head = _HEAD.match(first)
    begin = damaged_head(first, _HEADS, _HEAD_ENDS, b"<item>") if damaged else head and head.end()
    if begin is None or limits.depth < _DEPTH:
        return None
    found = _BETWEEN.search(first, begin)
    between = found[0] if found else b"</item><item>"
    closing = (b"</response>", b"</xml>")
    boundary = RecordBoundary(
        between, len(_END), len(between) - len(_ITEM), _EDGES, closing=closing, over=_OVER, sample=b"<item/>"
    )
    envelope = _XmlEnvelope(first, begin, blocks, boundary, limits, problems)
    return None if damaged and not envelope.accepts_head(first[:begin]) else envelope


class _XmlEnvelope(FixedEnvelope):
    """Items in a response in the root element."""

    heads = _HEADS
    before = b"<xml><response>"
    after = b"</response></xml>"
    path = (0, 0)
    reader = ElementReader
    decode = staticmethod(decode)
    positions = staticmethod(locate)

    def __init__(
        self,
        first: bytes,
        begin: int,
        blocks: Iterator[bytes],
        boundary: RecordBoundary,
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(first, begin, blocks, boundary, limits, problems)
        self._memos: dict[_ItemsReader, _Memos] = {}

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first element of a text."""
        return element_end(text)

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes."""
        document = decode(self.body(chunk), self._limits)
        root, self.attributes = cast(Fields, document.root), document.attributes
        responses = cast(Fields, root.pairs[0][1]).pairs
        if len(responses) != 1:
            raise NotStreamableError("elements next to the response")
        return self.records_in(responses[0][1])

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the elements of a payload that contains only records, of any name."""
        if not isinstance(payload, Fields) or holds_fields(payload):
            raise NotStreamableError("fields next to the items")
        return payload.values()

    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints of the first record with known fields. A single element may not be a record."""
        nodes = self.nodes(chunk)
        return candidates_of_items(list(nodes)) if several or len(nodes) >= _LEAST else ()

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Return the records of a chunk, or None if the tolerant reader must read it."""
        plan = _plan(items.layout)
        if plan not in self._memos:
            self._memos[plan] = plan.memos()
        if len(chunk) > self._longest:
            return None
        try:
            return build_all(items.layout.model, plan.values(chunk.decode(), *self._memos[plan]))
        except (IrregularRecordError, UnicodeError):
            return None


@cache
def _plan(layout: Layout) -> _ItemsReader:
    return _ItemsReader(layout)


class _ItemsReader:
    """Reads items of one layout."""

    def __init__(self, layout: Layout) -> None:
        fields = layout.written
        self._defaults = layout.defaults
        self._first = fields[0]
        self._steps = [(field.attribute, field.spelling.text, field) for field in fields[1:] if not field.spelling.many]
        self._list = next((field for field in fields if field.spelling.many), None)
        self._expression = re.compile("".join(map(_expression, fields[1:])))
        self._start, self._stop = f"{_ITEM}<{self._first.wire.name}>", f"</{self._first.wire.name}>"

    def memos(self) -> _Memos:
        """Return the caches of rests and lists for one body."""
        return Memo(self._rest), Memo(self._members)

    def values(self, text: str, rests: Mapping[str, Values], lists: Mapping[str, tuple[str, ...]]) -> list[Values]:
        """Read items.

        Raises:
            IrregularRecordError: an item is irregular.
        """
        attribute, start, stop = self._first.attribute, self._start, self._stop
        if not (text.startswith(start) and text.endswith(_END)):
            raise IrregularRecordError
        found: list[Values] = []
        firsts: list[str] = []
        many, opening, closing = _list_tags(self._list)
        for row in text[len(start) : -len(_END)].split(_END + start):
            first, mark, rest = row.partition(stop)
            before, begun, after = rest.partition(opening)
            if begun:
                members, mark, end = after.partition(closing)
                values = rests[before + opening + end].copy()
                values[many] = lists[members]
            else:
                values = rests[rest].copy()
            if not mark:
                raise IrregularRecordError
            values[attribute] = first
            firsts.append(first)
            found.append(values)
        _check_plain("".join(firsts))
        return with_first(self._first, found)

    def _rest(self, text: str) -> Values:
        """Read the fields after the first. Of a list there is only the opening tag."""
        found = self._expression.fullmatch(text)
        if found is None:
            raise IrregularRecordError
        values = self._defaults.copy()
        for (attribute, read, field), caught in zip(self._steps, found.groups(), strict=True):
            if caught is not None:
                value = read(caught)
                if value is None or value.__class__ is Deviation:
                    value = read_documented(field, caught)
                elif value.__class__ is str:  # other values cannot contain such characters
                    _check_plain(caught)
                values[attribute] = value
            elif field.required or field.wire.nullable:
                values[attribute] = read_documented(field, "")
        return values

    def _members(self, text: str) -> tuple[str, ...]:
        member = member_name(cast(Field, self._list).wire.name)
        members = text.split(f"</{member}><{member}>")
        for one in members:
            _check_plain(one)
        return tuple(members)


def _check_plain(text: str) -> None:
    """Check that a parser would return a text unchanged.

    Raises:
        IrregularRecordError: it contains markup, a carriage return, or a character that XML forbids.
    """
    if "<" in text or ">" in text or "&" in text:
        raise IrregularRecordError
    if not text.isprintable() and ("\r" in text or forbidden_character(text) is not None):
        raise IrregularRecordError


def _list_tags(field: Field | None) -> tuple[str, str, str]:
    """Return the attribute of a list and the tags around its members; without a list, tags that never occur."""
    if field is None:
        return "", "<>", "</>"
    name, member = field.wire.name, member_name(field.wire.name)
    return field.attribute, f"<{name}><{member}>", f"</{member}></{name}>"


def _expression(field: Field) -> str:
    """Return the expression for a field as the writer spells it: with a text, empty, or left out."""
    name = field.wire.name
    if field.spelling.many:
        return f"(?:{_list_tags(field)[1]})?+"
    present = f"<{name}>([^<>]++)</{name}>"
    if field.required or field.wire.nullable:
        return f"(?:{present}|<{name}/>)"
    return present if field.wire.always else f"(?:{present})?+"


class XmlDialect:
    """How XML spells records."""

    opening, closing, between = _ITEM, _END, ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields as XML orders them."""
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the declaration and the elements around the items."""
        return f"{DECLARATION}<xml><response>", "</response></xml>"

    def text(self, name: str) -> Callable[[str], str]:
        """Return what spells an element with a text."""
        return partial(_element, name)

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str]:
        """Return the tags around plain texts."""
        name = field.wire.name
        if not field.spelling.many:
            return f"<{name}>", "", f"</{name}>"
        member = member_name(name)
        return f"<{name}><{member}>", f"</{member}><{member}>", f"</{member}></{name}>"

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Spell an element, with an element in it for each member of a list."""
        if field.is_omitted(node):
            return ""
        name = field.wire.name
        if not isinstance(node, list):
            return _element(name, "" if node is None else str(node))
        member = member_name(name)
        return f"<{name}>{''.join(_element(member, str(text)) for text in node)}</{name}>"

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Spell the elements, if all hold text."""
        if not all(isinstance(value, str) for value in extra.values()):
            raise IrregularRecordError
        return "".join(_element(name, cast(str, value)) for name, value in extra.items())


def _element(name: str, text: str) -> str:
    """Spell an element with a text.

    Raises:
        IrregularRecordError: XML cannot carry the text.
    """
    if text.isalnum() or (text.isprintable() and not ("&" in text or "<" in text or ">" in text)):
        return f"<{name}>{text}</{name}>" if text else f"<{name}/>"
    if forbidden_character(text) is not None:
        raise IrregularRecordError
    return "".join(spell(name, text))


DIALECTS: Final[dict[str, Dialect]] = {"xml": XmlDialect()}
"""The dialects by the names of the formats."""
