"""The lane for XML: records in elements of any name, read by example (`examples.py`)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, cast
from xml.parsers import expat

from ..endpoints import ARRAY_MODELS
from ..formats.text import without_mark
from ..formats.xml import DECLARATION, decode, element_end, forbidden_character, locate, member_name, spell
from ..limits import Limits
from ..models import EndpointName
from ..payloads.detection import KNOWN_NAMES, candidates_of_items
from ..payloads.elements import ElementReader, holds_fields, report_repeated
from ..payloads.layout import Field, ItemsField, Layout, items_of
from ..payloads.replies import OWN_NAMES
from ..problems import Position, Problem, rules
from ..problems.collector import Collector, Cursor
from ..tree import Fields, Node, Path, fold
from ..wire import Note
from . import IrregularRecordError
from .chunks import Chunk, NotStreamableError, RecordBoundary
from .delimited import DelimitedRowCutter, Delimiters
from .envelopes import FixedEnvelope
from .examples import RowCutter, TolerantReader
from .salvage import damaged_head

if TYPE_CHECKING:
    from .writer import Dialect

__all__ = ["DIALECTS", "open_envelope"]

_DECLARED: Final = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["'](?i:utf-?8)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
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
_TAG: Final = re.compile(rb"""<[^<>"'/!?\s]++(?:\s[^<>"']*+(?:"[^<>"]*+"[^<>"']*+|'[^<>']*+'[^<>"']*+)*+)?(?<!/)>""")
"""The beginning of an element that is not empty."""
_BLANKS: Final = b" \t\r\n"
_NUMBER: Final = re.compile(rb"(?<=[A-Za-z_])[0-9]++(?=>)|(?<=\skey=[\"'])[0-9]++(?=[\"']>)")
_FIRST_NAMES: Final = frozenset(name for model in ARRAY_MODELS for name in items_of(model).layout.by_fold)
"""The folded names of the fields of records: one of them is the first field of a record."""
_OTHER_NAMES: Final = (KNOWN_NAMES | OWN_NAMES | {"exception", "fault"}) - {"response"}
"""The folded names of elements that cannot be around records."""
_PLAIN: Final = re.compile("[^<>&\x00-\x1f\ufffe\uffff]*+\\Z")
_DEPTH: Final = 5
_LEAST: Final = 2
"""The fewest elements that are certainly records, and not the fields of one."""
_LEAST_OPEN: Final = 3  # an element around the records, a record, and a field


class _Head(NamedTuple):
    """The beginning of a body, up to its first record."""

    begin: int
    """Where the first record begins."""
    around: tuple[bytes, ...] = (b"<xml>", b"<response>")
    """The tags of the elements around the records."""
    places: tuple[Position, ...] = ()
    """The positions of these elements; none if the body begins as documented."""
    record: bytes = b"<item>"
    """The tag of the first record."""
    first: bytes = b""
    """What is after that tag, up to the end of the tag of the first field."""


class _HeadEndError(Exception):
    """The parser has met the first field of a record, or something that cannot be before it."""


class _HeadFinder:
    """Finds the first field of the first record."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, int, Position]] = []
        """The open elements: the name, the offset and the position of each."""
        self._is_found = False
        self._least = sys.maxsize
        """The fewest elements that were still open after another one had ended."""
        self._with_text = 0
        """The number of elements that were open at the last text, or 0 if an element has ended since."""
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._stop

    def find(self, text: bytes) -> bool:
        """Return whether a known field is in the first record of the text, and that record is in another element."""
        try:
            self._parser.Parse(text, False)
        except (_HeadEndError, expat.ExpatError):
            pass
        finally:
            self._parser.StartElementHandler = self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = self._parser.StartDoctypeDeclHandler = None
        return self._is_found and _LEAST_OPEN <= len(self.starts) <= self._least + 1

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if self._with_text and self._with_text == len(self.starts):
            self._stop()
        parser = self._parser
        position = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        self.starts.append((name, parser.CurrentByteIndex, position))
        if fold(name.rpartition(":")[2]) in _FIRST_NAMES:
            self._is_found = True
            self._stop()

    def _end(self, _name: str) -> None:
        self.starts.pop()
        self._least = min(self._least, len(self.starts))
        self._with_text = 0

    def _text(self, text: str) -> None:
        if text.strip(" \t\r\n"):
            self._with_text = len(self.starts)

    def _stop(self, *_: object) -> NoReturn:
        raise _HeadEndError


def _head_of(first: bytes) -> _Head | None:
    """Return the beginning of a body, or None if it does not begin with records."""
    declared = first.lstrip(b" \t\r\n").startswith(b"<?xml")
    if declared and not _DECLARED.match(first.lstrip(b" \t\r\n")):
        return None
    finder = _HeadFinder()
    if not finder.find(first):
        return None
    *around, (record, begin, _), _ = finder.starts
    names = [fold(name.rpartition(":")[2]) for name, _, _ in around]
    tags = [_TAG.match(first, place) for _, place, _ in finder.starts]
    if fold(record.rpartition(":")[2]) in _OTHER_NAMES or not _OTHER_NAMES.isdisjoint(names) or None in tags:
        return None
    texts = [cast("re.Match[bytes]", tag)[0] for tag in tags]
    end = cast("re.Match[bytes]", tags[-1]).end()
    places = tuple(position for _, _, position in around)
    return _Head(begin, tuple(texts[:-2]), places, texts[-2], first[begin + len(texts[-2]) : end])


def _end_tag(tag: bytes) -> bytes:
    """Return the end tag for a start tag."""
    return b"</" + re.split(rb"[\s>]", tag[1:], maxsplit=1)[0] + b">"


def _numbered(text: bytes) -> bytes:
    """Return a regular expression for a tag with any number in place of its own."""
    return b"[0-9]++".join(map(re.escape, _NUMBER.split(text)))


def open_envelope(blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> _XmlEnvelope | None:
    """Return the envelope of a body that starts with records in elements, or None if it does not."""
    first, problems = without_mark(next(blocks, b""))
    documented = _HEAD.match(first)
    begin = None if documented else damaged_head(first, _HEADS, _HEAD_ENDS, b"<item>")
    if begin is not None:  # one character before the first record is wrong
        head = _Head(begin) if damaged else None
    else:
        head = _Head(documented.end()) if documented else _head_of(first)
    if head is None or limits.depth < _DEPTH:
        return None
    envelope = _XmlEnvelope(first, head, blocks, _boundary(first, head), limits, problems)
    return None if begin is not None and not envelope.accepts_head(first[:begin]) else envelope


def _boundary(first: bytes, head: _Head) -> RecordBoundary:
    """Return how records are separated. Each may have a number in its name or in an attribute."""
    tag, end_tag = head.record, _end_tag(head.record)
    name = _numbered(end_tag[2:-1] + b">")[:-1]
    same = re.compile(re.escape(end_tag) + rb"([ \t\r\n]*+)" + re.escape(tag)).search(first, head.begin)
    between, numbered = (same[0] if same else end_tag + tag), None
    if same is None and len(_NUMBER.findall(tag)) == 1 and head.first:
        between = head.first
        numbered = re.compile(rb"(%b)([ \t\r\n]*+)%b%b\Z" % (_numbered(end_tag), _numbered(tag), re.escape(head.first)))
    return RecordBoundary(
        between,
        len(end_tag),
        len(between) - len(tag),
        re.compile(rb"</%b\s*+>[ \t\r\n]*+|(?=<%b[\s>])" % (name, name)),
        closing=tuple(map(_end_tag, reversed(head.around))),
        over=re.compile(rb"[ \t\r\n]*+" + re.escape(_end_tag(head.around[-1]))),
        sample=tag[:-1] + b"/>",
        numbered=numbered,
    )


class _XmlEnvelope(FixedEnvelope):
    """The elements around the records."""

    heads = _HEADS
    reader = ElementReader
    decode = staticmethod(decode)
    positions = staticmethod(locate)

    def __init__(
        self,
        first: bytes,
        head: _Head,
        blocks: Iterator[bytes],
        boundary: RecordBoundary,
        limits: Limits,
        problems: tuple[Problem, ...],
    ) -> None:
        super().__init__(first, head.begin, blocks, boundary, limits, problems)
        self.before = b"".join([b" ".join(tag.split()) for tag in head.around])
        self.after = b"".join(boundary.closing)
        self.path = (0,) * len(head.around)
        self.head = head
        self._is_followed = boundary.last(first[head.begin :]) is not None

    def row_cutter(self, items: ItemsField, tolerant: TolerantReader, collector: Collector) -> RowCutter:
        """Return the cutter of chunks into rows."""
        return _XmlRowCutter(self, items.layout, collector)

    def record_end(self, text: bytes) -> int | None:
        """Return the offset after the first element of `text`."""
        return element_end(text)

    def spans(self, chunk: bytes, count: int) -> Sequence[tuple[int, int]] | None:
        """Return where each record of a chunk begins and ends.

        Returns:
            The offsets, or None if another element has the name of the records, or begins with it.
        """
        closing = _end_tag(self.head.record)
        opening = b"<" + closing[2:-1]
        before, *elements = chunk.split(opening)
        if before or len(elements) != count or not all(one.rstrip(_BLANKS).endswith(closing) for one in elements):
            return None
        ends = list(accumulate(len(opening) + len(one) for one in elements))
        return list(zip((0, *ends), ends, strict=False))

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Return the records of a chunk as nodes."""
        document = decode(self.body(chunk), self._limits)
        node, self.attributes = document.root, document.attributes
        for _ in self.path:
            pairs = node.pairs if isinstance(node, Fields) else []
            if len(pairs) != 1 or document.stray_attribute:
                raise NotStreamableError("elements next to the records")
            node = pairs[0][1]
        return self.records_in(node)

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the elements of a payload. They are records, and may have any names."""
        if not isinstance(payload, Fields) or holds_fields(payload):
            raise NotStreamableError("fields next to the items")
        return payload.values()

    def candidates(self, chunk: bytes, *, several: bool = False) -> tuple[EndpointName, ...]:
        """Return the endpoints that the records fit. The first record with known fields decides.

        A single element may also be something else. Then there are none.
        """
        nodes = self.nodes(chunk)
        several = several or len(nodes) >= _LEAST or self._is_followed
        return candidates_of_items(list(nodes)) if several else ()

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return the position in the whole body of each path that leads into the chunk or to an element around it."""
        wanted, places = set(paths), self.head.places
        around = {path for path in wanted if path == self.path[: len(path)]} if places else set[Path]()
        found = {path: places[max(len(path), 1) - 1] for path in around}
        return found | super().locate(body, chunk, number, wanted - around)

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of records."""
        if fold(_end_tag(self.head.record).decode()) == "response":
            report_repeated(items, at.to(self.path))
        return super().tolerant(items, at)


class _XmlRowCutter(DelimitedRowCutter):
    """Cuts elements into rows. The number that each may have in its name or in an attribute is removed."""

    def __init__(self, envelope: _XmlEnvelope, layout: Layout, collector: Collector) -> None:
        tag, end_tag = envelope.head.record, _end_tag(envelope.head.record)
        self._collector = collector
        self._envelope = envelope
        self._reader = ElementReader(layout)
        self._numbers = _Numbers(tag, end_tag) if envelope.boundary.numbered else None
        self.is_exact = not self._numbers
        opening, closing = tag.decode(), end_tag.decode()
        if self._numbers:
            opening, closing = self._numbers.tag, self._numbers.end_tag
        super().__init__(opening, closing, r"[ \t\r\n]*+", layout, envelope.longest)

    def regular(self, text: str) -> str | None:
        """Return a chunk without the numbers of its records, or None if they cannot be removed."""
        return self._numbers.removed(text) if self._numbers else text

    def list_text(self, text: str) -> str:
        """Return the text of a list without the numbers of its members."""
        return self._numbers.removed_from_members(text) if self._numbers else text

    def decoded(self, text: str) -> Sequence[Node] | None:
        """Decode elements, or return None if one of them has an attribute that must be reported."""
        nodes = self._envelope.nodes(text.encode())
        attributes, self._envelope.attributes = self._envelope.attributes, ()
        known = all(self._collector.is_known(rules.LOST_ATTRIBUTE, name) for name, _ in attributes)
        return nodes if known else None

    def guard(self, name: str) -> str:
        """Return an element with the value "0"."""
        return f"<{name}>0</{name}>"

    def are_plain(self, text: str) -> bool:
        """Return whether a string has no markup, and no characters that XML changes or forbids."""
        if "<" in text or "&" in text or ">" in text:
            return False
        return text.isprintable() or _PLAIN.match(text) is not None

    def delimiters(self, name: str, value: str | int, row: str) -> Delimiters | None:
        """Return the tags around a value. They include the delimiters of a CDATA section."""
        found = re.search(rf"{_tag(name)}(?:<!\[CDATA\[)?(?={re.escape(str(value))}((?:\]\]>)?</[^<>]++>))", row)
        return Delimiters(found[0], found[1]) if found else None

    def find_list(self, name: str, row: str) -> re.Match[str] | None:
        """Find an element with an element for each member, or the repeated elements of a list."""
        return re.search(rf"({_tag(name)})(.*)(</(?:[^<>:/\s]++:)?{re.escape(name)}\s*+>)", row, re.DOTALL)

    def reader(self, field: Field) -> Callable[[Node], object]:
        """Return the reader of the text in elements."""
        return self._reader.readers(field)[0]

    def is_reported_once(self, note: Note) -> bool:
        """Return whether a note is about a spelling that is reported only once in a body."""
        return note.rule in (rules.INFERRED_SPELLING, rules.LIST_SPELLING)


class _Numbers:
    """Removes the numbers of elements, from the name (`<item7>`) or from an attribute (`<item key="7">`).

    Args:
        tag: the start tag of the first record.
        end_tag: its end tag.
    """

    def __init__(self, tag: bytes, end_tag: bytes) -> None:
        self.tag, self.end_tag = _NUMBER.sub(b"0", tag).decode(), _NUMBER.sub(b"0", end_tag).decode()
        before, after = (re.escape(part.decode()) for part in _NUMBER.split(tag))
        name = re.escape(end_tag[2:-1].rstrip(b"0123456789").decode())
        self._in_name = before == f"<{name}"
        begin, end = f"{before}([0-9]++){after}", f"</{name}([0-9]*+)>"
        self._ends = re.compile(f"{begin}(.*){end}", re.DOTALL)
        self._between = re.compile(rf"{end}([ \t\r\n]*+){begin}(?=[ \t\r\n]*+<[^/])")
        """The end of a record and the beginning of another. Between two members of a list, no element follows it."""
        self._member = re.compile(
            rf"({before})([0-9]++)({after}[^<>]*+</{name})\2(?=>)"
            if self._in_name
            else rf"({before})[0-9]++({after})(?=[^<>]*+</{name}>)"
        )

    def removed(self, text: str) -> str | None:
        """Return a chunk in which each record has the number 0, or None if other elements look like records."""
        ends = None if "<!" in text or "<?" in text else self._ends.fullmatch(text)
        if ends is None:
            return None
        parts = self._between.split(ends[2])
        if self._in_name and [ends[1], *parts[3::4]] != [*parts[1::4], ends[3]]:
            return None
        others = len(parts) // 4
        parts[1::4], parts[3::4] = [self.end_tag] * others, [self.tag] * others
        return "".join([self.tag, *parts, self.end_tag])

    def removed_from_members(self, text: str) -> str:
        """Return the text of a list without the numbers of its members."""
        return self._member.sub(r"\1\3" if self._in_name else r"\1\2", text)


def _tag(name: str) -> str:
    """Return a regular expression for the tag of an element, with any prefix and attributes."""
    return rf"<(?:[^<>:/\s]++:)?{re.escape(name)}(?:\s[^<>]*+)?>"


class _XmlDialect:
    """How XML writes records."""

    opening, closing, between = "<item>", "</item>", ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Return the fields in the order of XML."""
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        """Return the declaration with the start tags around the items, and the end tags."""
        return f"{DECLARATION}<xml><response>", "</response></xml>"

    def text(self, name: str) -> Callable[[str], str]:
        """Return the function that writes an element with a string."""
        return partial(_element, name)

    def frame(self, field: Field, *, first: bool) -> tuple[str, str, str]:
        """Return the tags around and between plain strings."""
        name = field.wire.name
        if not field.spelling.many:
            return f"<{name}>", "", f"</{name}>"
        member = member_name(name)
        return f"<{name}><{member}>", f"</{member}><{member}>", f"</{member}></{name}>"

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Write an element. A list has an element in it for each member."""
        if field.is_omitted(node):
            return ""
        name = field.wire.name
        if not isinstance(node, list):
            return _element(name, "" if node is None else str(node))
        member = member_name(name)
        return f"<{name}>{''.join(_element(member, str(text)) for text in node)}</{name}>"

    def undocumented(self, extra: Mapping[str, object], columns: Sequence[str]) -> str:
        """Write an element with text for each field."""
        if not all(isinstance(value, str) for value in extra.values()):
            raise IrregularRecordError
        return "".join([_element(name, cast(str, value)) for name, value in extra.items()])


def _element(name: str, text: str) -> str:
    """Write an element with a string.

    Raises:
        IrregularRecordError: XML cannot carry the string.
    """
    if text.isalnum() or (text.isprintable() and not ("&" in text or "<" in text or ">" in text)):
        return f"<{name}>{text}</{name}>" if text else f"<{name}/>"
    if forbidden_character(text) is not None:
        raise IrregularRecordError
    return "".join(spell(name, text))


DIALECTS: Final[dict[str, Dialect]] = {"xml": _XmlDialect()}
"""The dialects by the name of their format."""
