"""XML: elements with text or elements in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Final, NoReturn, cast
from xml.parsers import expat

from ..errors import DecodeError, EncodeError
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Position, Problem, format_value, rules
from ..problems.rules import Rule
from ..tree import Fields, FlatFields, Node, Path
from .bounds import name_problem, text_problem
from .parsers import (
    ExpatNames,
    LxmlNames,
    LxmlParser,
    Place,
    UnsureError,
    check_namespaces,
    lxml_names,
    parse_with_expat,
    refuse,
)
from .protocol import Document, Kind
from .text import body_head, declared_encoding, decode_error, encode_pieces, read_text

__all__ = [
    "DECLARATION",
    "ElementLocator",
    "TreeBuilder",
    "decode",
    "element_end",
    "encode",
    "forbidden_character",
    "is_element_name",
    "kind",
    "locate",
    "media_types",
    "member_name",
    "name",
    "read_with_expat",
    "read_with_lxml",
    "refuse_html",
    "sniff",
    "spell",
    "suffixes",
]

name: Final = "xml"
kind: Final[Kind] = "text"
suffixes: Final = (".xml",)
media_types: Final = ("application/xml", "text/xml")
_BLANKS: Final = " \t\r\n"
_ENVELOPE_HINT: Final = "version"
"""The name of an attribute that holds no data if its element contains other elements."""
_HTML = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+"
    r"<(?:!doctype\s+html\b|(?:html|head|body|title|meta|script|style|link|font|center|table|h[1-6]|div|p|pre|br|hr)[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<(title|h1)(?:\s[^<>]*+)?>([^<]*+)</\1", re.IGNORECASE)


def sniff(head: bytes) -> bool:
    """Return whether a body starts with a less-than sign."""
    return head.lstrip(b" \t\r\n")[:1] == b"<"


def decode(data: bytes | str, limits: Limits) -> Document:
    """Decode XML to a tree: `Fields` with the root element. The value of an element is `Fields` or a string.

    Raises:
        DecodeError: the encoding or the syntax is wrong, there is a DOCTYPE or text next to elements, the body is an
            HTML page, or a limit is exceeded.
    """
    refuse_html(body_head(data))
    text, problems = read_text(data, name, declared_encoding(data), returns=True)
    document = _read(text, limits)
    return replace(document, problems=problems) if problems else document


def _read(text: str, limits: Limits) -> Document:
    try:
        return read_with_lxml(text, limits)
    except UnsureError:
        fault = None
    except DecodeError as error:
        fault = error.problem  # the error itself would keep the unfinished tree in memory
    document = read_with_expat(text, limits)  # reports the same fault, with its position
    if fault is not None:
        raise DecodeError(fault, name)
    return document


def read_with_lxml(text: str, limits: Limits) -> Document:
    """Return the tree of a text, which lxml parses.

    Raises:
        DecodeError: lxml does not accept the text, or a limit is exceeded. There may be no line and column.
        UnsureError: only expat should read the text.
    """
    try:
        reader = _idle.pop()
    except IndexError:
        reader = _LxmlReader()
    try:
        document = reader.read(text, limits)
    except (DecodeError, UnsureError):
        _idle.append(reader)
        raise
    _idle.append(reader)
    return document


class _LxmlReader:
    """A parser of lxml with its builder.

    It is used again and again: to create a parser takes longer than to parse a small text, and garbage collection has
    to find a parser that is no longer used.
    """

    def __init__(self) -> None:
        self._builder = TreeBuilder(DEFAULT_LIMITS, lxml_names)
        self._parser = LxmlParser(self._builder, self._builder.texts)

    def read(self, text: str, limits: Limits) -> Document:
        """Return the tree of a text.

        Raises:
            DecodeError: lxml does not accept the text, or a limit is exceeded.
            UnsureError: only expat should read the text.
        """
        self._builder.begin(limits)
        try:
            self._parser.parse(text)
            return self._builder.document()
        finally:
            self._builder.begin(limits)  # drops the tree


_idle: Final[list[_LxmlReader]] = []
"""The parsers that no thread uses."""


def read_with_expat(text: str, limits: Limits) -> Document:
    """Return the tree of a text, which expat parses.

    Raises:
        DecodeError: expat does not accept the text, or a limit is exceeded.
    """
    builder = TreeBuilder(limits, ExpatNames())
    parse_with_expat(text, builder)
    check_namespaces(text)
    return builder.document()


def refuse_html(head: bytes) -> None:
    """Refuse a body that begins like an HTML page.

    Raises:
        DecodeError: the body is an HTML page.
    """
    text = head.decode("utf-8", "replace")
    if _HTML.match(text):
        title = _TITLE.search(text)
        titled = f" titled {format_value(' '.join(title[2].split()))}" if title else ""
        raise decode_error(name, rules.HTML_PAGE, f"expected a response of the API, got an HTML page{titled}")


def _is_void(node: Node) -> bool:
    """Return whether an element is empty, or contains only one element that is void."""
    if isinstance(node, Fields):
        return len(node.pairs) == 1 and _is_void(node.pairs[0][1])
    return not cast(str, node).strip()


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, Position]:
    """Return the lines and columns of elements in a body that `decode` has accepted."""
    locator = ElementLocator(paths)
    parse_with_expat(read_text(data, name, declared_encoding(data), returns=True)[0], locator)
    return locator.found


class _ElementEndError(Exception):
    """The end of the first element has been found."""


def element_end(text: bytes) -> int | None:
    """Return the offset after the first element of a text.

    Returns:
        The offset. It is greater than the length of the text if the element is not closed in it. None if the text does
        not begin with an element.
    """
    parser = expat.ParserCreate("iso-8859-1")  # one character a byte
    depth, last = 0, None

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1

    def end(_name: str) -> None:
        nonlocal depth, last
        depth -= 1
        if not depth:
            last = parser.CurrentByteIndex
            raise _ElementEndError

    def refuse_doctype(*_: object) -> NoReturn:
        raise expat.ExpatError

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(text, False)
    except _ElementEndError:
        return text.index(b">", last) + 1
    except expat.ExpatError:
        return None
    else:
        return len(text) + 1
    finally:
        parser.StartElementHandler = parser.EndElementHandler = parser.StartDoctypeDeclHandler = None


# From events to a tree


class TreeBuilder:
    """Builds the tree from the parser's events, and stops at the first limit that is exceeded.

    No object is created for a leaf, as there are millions.
    """

    def __init__(self, limits: Limits, names: LxmlNames | ExpatNames) -> None:
        self.place: Place = _unknown_place
        self.texts: list[str] = []
        """The pieces of the current text."""
        self.data = self.texts.append
        self._names = names
        self.begin(limits)

    def begin(self, limits: Limits) -> None:
        """Begin a new tree."""
        self._limits = limits
        self._depth, self._most, self._longest = limits.depth, 2 * limits.records, limits.string
        self._attribute: str | None = None
        """The first attribute that may hold data, if any element has one."""
        self._attributes: list[tuple[str, Path]] = []
        """Each attribute that may hold data, with the path of the first element that has it."""
        self._known: dict[str, bool] = {}
        """Whether an attribute may hold data, for each name so far."""
        self._last: str | None = None
        """An attribute of the last element that began, if it may hold data."""
        self._above: list[list[Node] | None] = []
        """The members so far of the elements around the current one."""
        self._top: list[Node] = []
        self._members: list[Node] | None = self._top
        """The members so far of the current element, as alternating names and values."""
        self.texts.clear()

    def document(self) -> Document:
        """Return the finished tree: fields with the one root element."""
        root = FlatFields(self._top)
        stray = self._attribute or self._last
        stray = stray if stray and _is_void(root) else None
        return Document(root, (), stray, () if stray else tuple(self._attributes))

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        if self.texts:
            self._check_blank()
        members, above = self._members, self._above
        self._last = self._note(attributes) if attributes else None
        above.append(members)
        if (
            len(above) > self._depth
            or len(element) > self._longest
            or (members is not None and len(members) >= self._most)
        ):
            self._check_start(self._names[element], len(members or ()))
        self._members = None

    def end(self, element: str) -> None:
        """End an element."""
        value: Node
        members, texts = self._members, self.texts
        if members is not None:
            if texts:
                self._check_blank()
            value = FlatFields(members)
        elif texts:
            value = texts[0] if len(texts) == 1 else "".join(texts)
            texts.clear()
            if len(value) > self._longest:
                self._refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(value)))
        else:
            value = ""
        members = self._above.pop()
        if members is None:
            members = []
        members.append(self._names[element])
        members.append(value)
        self._members = members

    def _note(self, attributes: Iterable[str]) -> str | None:
        """Return an attribute of an element that may hold data, or None. Keep the path where each name is first met."""
        found = None
        for name in attributes:
            if name not in self._known:
                self._known[name] = self._names.may_hold_data(name)
                if self._known[name]:
                    path = tuple(len(level or ()) // 2 for level in (*self._above, self._members))
                    self._attributes.append((name, path))
            if self._known[name]:
                found = found or name
                if self._attribute is None and name != _ENVELOPE_HINT:
                    self._attribute = name
        return found

    def _check_start(self, element: str, members: int) -> None:
        if len(self._above) > self._depth:
            self._refuse(rules.TOO_DEEP, self._limits.passed("depth"))
        if len(element) > self._longest:
            self._refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(element)))
        if members >= self._most:
            self._refuse(rules.TOO_MANY_RECORDS, self._limits.passed("records"))

    def _check_blank(self) -> None:
        if "".join(self.texts).strip(_BLANKS):
            self._refuse(rules.XML_MIXED_CONTENT, "expected only elements, got text next to them")
        self.texts.clear()

    def _refuse(self, rule: Rule, message: str) -> NoReturn:
        line, column = self.place()
        refuse(rule, message, line or None, column or None)


def _unknown_place() -> Position:
    return 0, 0


class ElementLocator:
    """Finds the line and column of wanted elements by counting the members of every open element."""

    data = None

    def __init__(self, paths: Iterable[Path]) -> None:
        self.found: dict[Path, Position] = {}
        self.place: Place = _unknown_place
        self._wanted = set(paths)
        self._path: list[int] = []
        self._count = 0

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        self._path.append(self._count)
        self._count = 0
        path = tuple(self._path)
        if path == (0,) and () in self._wanted:  # the tree itself begins where its root element begins
            self.found[()] = self.place()
        if path in self._wanted:
            self.found[path] = self.place()

    def end(self, element: str) -> None:
        """End an element."""
        self._count = self._path.pop() + 1


# Writing

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile("[&<>\r]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class _ForbiddenError(Exception):
    """XML cannot represent a name or a string."""


def encode(root: Node) -> bytes:
    """Write a tree as XML in the root element `xml`. The name of a list's members is the singular of its own name.

    Raises:
        EncodeError: a string contains a character that XML 1.0 cannot represent, or a name is not an element name.
    """
    problem = None
    try:
        return encode_pieces(_checked_pieces(root))
    except (_ForbiddenError, UnicodeEncodeError):
        problem = name_problem(root, is_element_name, "XML") or text_problem(root, forbidden_character, "XML 1.0")
    raise EncodeError(cast(Problem, problem), name)


def _checked_pieces(root: Node) -> Iterator[str]:
    yield DECLARATION
    for piece in spell("xml", root):
        if not piece.isprintable() and _FORBIDDEN.search(piece):
            raise _ForbiddenError
        yield piece


def member_name(element: str) -> str:
    """Return the name of a list's members: the singular of its own name if that is plural, else item."""
    return element[:-1] if element.endswith("s") else "item"


def forbidden_character(text: str) -> int | None:
    """Return the index of the first character that XML 1.0 cannot represent, or None."""
    found = _FORBIDDEN.search(text)
    return found.start() if found else None


def spell(element: str, node: Node) -> Iterator[str]:
    """Return an element as text, piece by piece.

    Raises:
        _ForbiddenError: a name is not an element name.
    """
    if not isinstance(node, (Fields, list)):
        text = "" if node is None else str(node)
        escaped = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
        yield f"<{element}>{escaped}</{element}>" if text else f"<{element}/>"
        return
    pairs = node.pairs if isinstance(node, Fields) else zip(repeat(member_name(element)), node, strict=False)
    is_empty = True
    for member, value in pairs:
        if is_empty:
            yield f"<{element}>"
            is_empty = False
        if not is_element_name(member):
            raise _ForbiddenError
        yield from spell(member, value)
    yield f"<{element}/>" if is_empty else f"</{element}>"


def is_element_name(text: str) -> bool:
    """Return whether expat accepts a string as the name of an element. Its tables decide which letters are allowed."""
    if _PLAIN_NAME.match(text):
        return True
    found: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: found.append(name)
    try:
        parser.Parse(f"<{text}/>", True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return found == [text] and ":" not in text
