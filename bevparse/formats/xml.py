"""XML: elements with text or elements in them, read by expat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from typing import Final, NoReturn, Protocol, cast
from xml.parsers import expat
from xml.parsers.expat import XMLParserType

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule
from ..tree import Fields, FlatFields, Node, Path
from . import Document, Kind
from .bounds import name_problem, text_problem
from .fronts import front_of
from .text import body_head, declared_encoding, decode_error, encode_pieces, read_text

__all__ = [
    "DECLARATION",
    "Element",
    "decode",
    "decode_element",
    "element_end",
    "encode",
    "forbidden_character",
    "kind",
    "locate",
    "locate_element",
    "media_types",
    "member_name",
    "name",
    "sniff",
    "spell",
    "suffixes",
]

name: Final = "xml"
kind: Final[Kind] = "text"
suffixes: Final = (".xml",)
media_types: Final = ("application/xml", "text/xml")
_BLANKS: Final = " \t\r\n"
_READING_HINTS: Final = frozenset(("key", "nil", "noNamespaceSchemaLocation", "schemaLocation", "type", "xmlns"))
"""Local names of attributes that describe how to read an element, in any namespace."""
_READING_PREFIXES: Final = frozenset(("xml", "xmlns", "xsi"))
_ENVELOPE_HINT: Final = "version"
"""The name of an attribute that holds no data if the element contains others."""
_CUT: Final = "the body ends before its last element is closed"
_FAULTS: Final = {
    expat.errors.XML_ERROR_NO_ELEMENTS: _CUT,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _CUT,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: _CUT,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "something after the body, such as another body",
    expat.errors.XML_ERROR_UNBOUND_PREFIX: "a namespace prefix without a declaration (xmlns)",
}
"""The faults of bodies that were cut, joined or taken out of another document."""
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
    """Decode XML to a tree: `Fields` with the root element. The value of an element is `Fields` or a text.

    Raises:
        DecodeError: the encoding, the syntax, a DOCTYPE, an HTML page, text next to elements, or a limit.
    """
    _refuse_html(body_head(data))
    text, problems = read_text(data, name, declared_encoding(data), returns=True)
    builder = _TreeBuilder(text, limits)
    _parse(text, builder)
    if builder.has_prefixes:
        _check_prefixes(text)
    return builder.document(problems)


def _refuse_html(head: bytes) -> None:
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


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the lines and columns of elements in a body that `decode` has accepted."""
    locator = _ElementLocator(paths)
    _parse(read_text(data, name, declared_encoding(data), returns=True)[0], locator)
    return locator.found


def _parse(text: str, target: _TreeBuilder | _ElementLocator) -> None:
    parser = expat.ParserCreate("utf-8")  # expat encodes the text, so its declaration has no effect
    target.attach(parser)
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise DecodeError(_syntax_problem(text, error), name) from None
    finally:
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None
        target.detach()


def _check_prefixes(text: str) -> None:
    """Parse a text again to check that namespace prefixes are declared.

    The first parser does not look at namespaces: with them, each name would include a URI of any length.
    """
    try:
        expat.ParserCreate("utf-8", " ").Parse(text, True)
    except expat.ExpatError as error:
        raise DecodeError(_syntax_problem(text, error), name) from None


def _syntax_problem(text: str, error: expat.ExpatError) -> Problem:
    fault = expat.errors.messages[error.code]
    front = front_of(text)
    if front:
        start = len(text) - len(text.lstrip(_BLANKS))
        return decode_error(name, rules.XML_SYNTAX, f"invalid XML: {front}", text, start).problem
    message = f"invalid XML: {_FAULTS.get(fault, fault)}"
    return Problem.of(rules.XML_SYNTAX, message, "", error.lineno, error.offset + 1)


class _ElementEndError(Exception):
    """The end of the first element has been found."""


def element_end(text: bytes) -> int | None:
    """Return the offset after the first element of a text.

    Returns:
        The offset, which is greater than the length of the text if the element may end after it, or None if the text
        does not begin with an element.
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


class _TreeBuilder:
    """Builds the tree from the parser's events, and stops at the first limit that is exceeded."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.attribute: str | None = None
        """The first attribute that may hold data, if any element has one."""
        self.attributes: list[tuple[str, Path]] = []
        """Each attribute that may hold data, with the path of the first element that has it."""
        self._known: dict[str, bool] = {}
        """Whether an attribute may hold data, for each name so far."""
        self.last: str | None = None
        """An attribute of the last element that began."""
        self.has_prefixes = False
        """Whether the name of an element or an attribute has a namespace prefix."""
        self._text = text
        self._limits = limits
        self._top: list[Node] = []

    @property
    def root(self) -> Fields:
        """The finished tree: fields with the one root element."""
        return FlatFields(self._top)

    def document(self, problems: tuple[Problem, ...] = ()) -> Document:
        """Return the finished tree, with the problems of the text."""
        stray = self.attribute or self.last
        stray = stray if stray and _is_void(self.root) else None
        return Document(self.root, problems, stray, () if stray else tuple(self.attributes))

    def attach(self, parser: XMLParserType) -> None:
        """Set the handlers: closures that create no object for a leaf, as they run a million times."""
        self._parser = parser
        above: list[list[Node] | None] = []
        members: list[Node] | None = self._top
        texts: list[str] = []
        depth, records, longest = self._limits.depth, 2 * self._limits.records, self._limits.string

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal members
            if texts:
                self._check_blank(texts)
            self.last = self._note(attributes, above, members) if attributes else None
            above.append(members)
            if len(above) > depth or len(name) > longest or (members is not None and len(members) >= records):
                self._refuse_start(name, len(above))
            members = None

        def end(name: str) -> None:
            nonlocal members
            value: Node
            if members is not None:
                if texts:
                    self._check_blank(texts)
                value = FlatFields(members)
            elif texts:
                value = texts[0] if len(texts) == 1 else "".join(texts)
                texts.clear()
                if len(value) > longest:
                    self._refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(value)))
            else:
                value = ""
            members = above.pop()
            if members is None:
                members = []
            members.append(self._local(name) if ":" in name else name)
            members.append(value)

        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = start
        parser.CharacterDataHandler = texts.append
        parser.EndElementHandler = end

    def detach(self) -> None:
        """Drop the reference to the parser, so that only the tree outlives it."""
        del self._parser

    def _local(self, element: str) -> str:
        self.has_prefixes = True
        return element.rpartition(":")[2]

    def _note(
        self, attributes: Iterable[str], above: list[list[Node] | None], members: list[Node] | None
    ) -> str | None:
        """Return an attribute of an element that may hold data, and note each name where it is met first."""
        found = None
        for name in attributes:
            if name not in self._known:
                self._known[name] = _may_hold_data(name)
                self.has_prefixes = self.has_prefixes or ":" in name
                if self._known[name]:
                    self.attributes.append((name, tuple(len(level or ()) // 2 for level in (*above, members))))
            if self._known[name]:
                found = found or name
                if self.attribute is None and name != _ENVELOPE_HINT:
                    self.attribute = name
        return found

    def _refuse(self, rule: Rule, message: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise DecodeError(Problem.of(rule, message, "", line, column), name)

    def _refuse_start(self, element: str, depth: int) -> NoReturn:
        if depth > self._limits.depth:
            self._refuse(rules.TOO_DEEP, self._limits.passed("depth"))
        if len(element) > self._limits.string:
            self._refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(element)))
        self._refuse(rules.TOO_MANY_RECORDS, self._limits.passed("records"))

    def _refuse_doctype(self, root: str, system: str | None, public: str | None, internal: bool) -> NoReturn:
        before = self._text.encode()[: self._parser.CurrentByteIndex].decode()
        message = "document type declaration (DOCTYPE) in the body"
        raise decode_error(name, rules.XML_DOCTYPE, message, before, before.rfind("<!DOCTYPE"), returns=True)

    def _check_blank(self, texts: list[str]) -> None:
        if "".join(texts).strip(_BLANKS):
            self._refuse(rules.XML_MIXED_CONTENT, "expected only elements, got text next to them")
        texts.clear()


def _may_hold_data(attribute: str) -> bool:
    prefix, _, local = attribute.rpartition(":")
    return prefix not in _READING_PREFIXES and local not in _READING_HINTS


class _ElementLocator:
    """Finds the line and column of wanted elements by counting the members of every open element."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.found: dict[Path, tuple[int, int]] = {}
        self._wanted = set(paths)
        self._path: list[int] = []
        self._count = 0

    def attach(self, parser: XMLParserType) -> None:
        """Set the handlers of a parser."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def detach(self) -> None:
        """Drop the reference to the parser."""
        del self._parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(self._count)
        self._count = 0
        path = tuple(self._path)
        if path == (0,) and () in self._wanted:  # the tree around the root element is where that begins
            self.found[()] = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        if path in self._wanted:
            self.found[path] = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _end(self, name: str) -> None:
        self._count = self._path.pop() + 1


# Elements that lxml or ElementTree has parsed


class Element(Protocol):
    """What elements of lxml and ElementTree have in common; lxml also has `sourceline`."""

    @property
    def tag(self) -> object:
        """The name, with a namespace in braces, or a function for a comment."""
        ...

    @property
    def attrib(self) -> Mapping[str, str]:
        """The attributes."""
        ...

    @property
    def text(self) -> object:
        """The text before the first child."""
        ...

    @property
    def tail(self) -> object:
        """The text after the element."""
        ...

    def __getitem__(self, index: int, /) -> Element:
        """Return a child."""
        ...


def decode_element(root: Element, limits: Limits) -> Document:
    """Return the tree of an element, as `decode` returns that of its text.

    Raises:
        DecodeError: a DOCTYPE, an HTML page, text next to elements, a text that XML cannot carry, or a limit.
    """
    builder, replay = _TreeBuilder("", limits), _Replay(limits)
    try:
        replay.run(root, builder)
    except DecodeError as error:
        raise DecodeError(replace(error.problem, line=replay.CurrentLineNumber or None, column=None), name) from None
    return builder.document()


def locate_element(root: Element, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the lines of elements that `decode_element` has accepted, with 1 as column, if they are known."""
    locator = _ElementLocator(paths)
    _Replay(None).run(root, locator)
    return {path: position for path, position in locator.found.items() if position[0]}


class _Replay:
    """Replays elements as the events of a parser, so that these are read as a text is."""

    def __init__(self, limits: Limits | None) -> None:
        self.buffer_text = True
        self.StartElementHandler: Callable[[str, dict[str, str]], object]
        self.EndElementHandler: Callable[[str], object]
        self.CharacterDataHandler: Callable[[str], object] = len
        self.StartDoctypeDeclHandler: object = None
        self.CurrentLineNumber = 0
        self.CurrentColumnNumber = 0
        self._limits = limits
        self._left = limits.body if limits else 0
        """The characters of XML that may follow; elements may be shared, so that there are more than memory holds."""

    def run(self, root: Element, target: _TreeBuilder | _ElementLocator) -> None:
        """Replay an element with everything in it.

        Raises:
            DecodeError: XML cannot carry something, or a limit is exceeded.
        """
        target.attach(cast(XMLParserType, self))
        self._refuse_foreign(root)
        open_elements: list[tuple[str, Element, Iterator[Element]]] = [self._start(root)]
        while open_elements:
            tag, element, children = open_elements[-1]
            child = next(children, None)
            if child is None:
                open_elements.pop()
                self.EndElementHandler(tag)
                if open_elements:
                    self._text(element.tail)
            elif callable(child.tag):
                if getattr(child.tag, "__name__", "") == "Entity":
                    _refuse(rules.XML_DOCTYPE, "entity of a document type declaration (DOCTYPE) in the body")
                self._text(child.tail)
            else:
                open_elements.append(self._start(child))
        target.detach()

    def _start(self, element: Element) -> tuple[str, Element, Iterator[Element]]:
        self.CurrentLineNumber = cast("int | None", getattr(element, "sourceline", None)) or 0
        tag = str(element.tag).rpartition("}")[2]
        if not _is_element_name(tag):
            _refuse(rules.XML_SYNTAX, f"expected the name of an element, got {format_value(tag)}")
        self._spend(2 * len(tag))
        self.StartElementHandler(tag, {_prefixed(attribute): value for attribute, value in element.attrib.items()})
        self._text(element.text)
        children: object = getattr(element, "iterchildren", None)  # lxml.objectify iterates over siblings
        return tag, element, cast("Iterator[Element]", children() if callable(children) else iter(element))

    def _text(self, text: object) -> None:
        if text is None:
            return
        if not isinstance(text, str):
            _refuse(rules.XML_SYNTAX, f"expected a text in an element, got {type(text).__name__}")
        index = forbidden_character(text)
        if index is not None:
            _refuse(rules.XML_SYNTAX, f"expected characters that XML 1.0 can carry, got U+{ord(text[index]):04X}")
        self._spend(len(text))
        self.CharacterDataHandler(text)

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._limits and self._left < 0:
            _refuse(rules.BODY_TOO_LARGE, self._limits.passed("body"))

    def _refuse_foreign(self, root: Element) -> None:
        _refuse_html(f"<{str(root.tag).rpartition('}')[2]}>".encode("utf-8", "replace"))
        tree: object = getattr(root, "getroottree", None)
        information: object = getattr(tree(), "docinfo", None) if callable(tree) else None
        if getattr(information, "doctype", ""):
            _refuse(rules.XML_DOCTYPE, "document type declaration (DOCTYPE) in the body")


def _prefixed(attribute: str) -> str:
    """Return the name of an attribute with a prefix instead of its namespace."""
    namespace, brace, local = attribute.rpartition("}")
    return f"{'xml' if namespace == _XML_NAMESPACE else 'other'}:{local}" if brace else attribute


_XML_NAMESPACE: Final = "{http://www.w3.org/XML/1998/namespace"


def _refuse(rule: Rule, message: str) -> NoReturn:
    raise DecodeError(Problem.of(rule, message), name)


# Writing

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile("[&<>\r]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


class _ForbiddenError(Exception):
    """XML cannot carry a name or a text."""


def encode(root: Node) -> bytes:
    """Write a tree as XML in the root element `xml`. Members of a list have the singular of its name.

    Raises:
        EncodeError: a text holds a character that XML 1.0 cannot carry, or a name is not an element name.
    """
    problem = None
    try:
        return encode_pieces(_checked_pieces(root))
    except (_ForbiddenError, UnicodeEncodeError):
        problem = name_problem(root, _is_element_name, "XML") or text_problem(root, forbidden_character, "XML 1.0")
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
    """Return the index of the first character that XML 1.0 cannot carry, or None."""
    found = _FORBIDDEN.search(text)
    return found.start() if found else None


def spell(element: str, node: Node) -> Iterator[str]:
    """Write an element piece by piece.

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
        if not _is_element_name(member):
            raise _ForbiddenError
        yield from spell(member, value)
    yield f"<{element}/>" if is_empty else f"</{element}>"


def _is_element_name(text: str) -> bool:
    """Return whether the parser reads a text as an element's name; its tables decide which letters are allowed."""
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
