"""What is made of expat's events: a tree, or the places of some of its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NoReturn, cast
from xml.parsers import expat
from xml.parsers.expat import XMLParserType

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule
from ..tree import Fields, FlatFields, Node, Path
from . import Document, Kind
from .bounds import text_problem
from .text import body_head, declared_encoding, encoded, place, read_text

__all__ = [
    "DECLARATION",
    "Places",
    "TreeBuilder",
    "decode",
    "encode",
    "forbidden_character",
    "kind",
    "locate",
    "media_types",
    "member_name",
    "name",
    "refuse_html",
    "sniff",
    "spell",
    "suffixes",
]

_NAME = "xml"
_BLANKS = " \t\r\n"

_ABOUT_XML: Final = frozenset(("nil", "noNamespaceSchemaLocation", "schemaLocation", "type", "xmlns"))
"""Names of attributes, whatever their prefix, that say how an element is to be read."""

_ABOUT_ALL: Final = "version"
"""The name of an attribute that says nothing about an element around others."""


class TreeBuilder:
    """Builds the tree while the text is read, and stops at the first bound that is passed."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.attribute: str | None = None
        """An attribute that may hold data, if any element has one."""
        self.last: str | None = None
        """An attribute of the last element that began."""
        self._text = text
        self._limits = limits
        self._top: list[Node] = []

    @property
    def root(self) -> Fields:
        """The finished tree: fields with the one root element."""
        return FlatFields(self._top)

    def watch(self, parser: XMLParserType) -> None:
        """Attach to a parser; the handlers are closures, and make nothing for a leaf, as they run a million times."""
        self._parser = parser
        above: list[list[Node] | None] = []
        members: list[Node] | None = self._top
        texts: list[str] = []
        depth, records, longest = self._limits.depth, 2 * self._limits.records, self._limits.string

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal members
            if texts:
                self._check_blank(texts)
            self.last = self._note(attributes) if attributes else None
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
            members.append(name.rpartition(":")[2] if ":" in name else name)
            members.append(value)

        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = start
        parser.CharacterDataHandler = texts.append
        parser.EndElementHandler = end

    def release(self) -> None:
        """Let go of the parser, so that nothing but its tree outlives it."""
        del self._parser

    def _note(self, attributes: Iterable[str]) -> str | None:
        said = [name for name in attributes if _says_something(name)]
        if self.attribute is None:
            self.attribute = next((name for name in said if name != _ABOUT_ALL), None)
        return said[0] if said else None

    def _refuse(self, rule: Rule, message: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise DecodeError(Problem.of(rule, message, "", line, column), _NAME)

    def _refuse_start(self, name: str, depth: int) -> NoReturn:
        if depth > self._limits.depth:
            self._refuse(rules.TOO_DEEP, self._limits.passed("depth"))
        if len(name) > self._limits.string:
            self._refuse(rules.STRING_TOO_LONG, self._limits.passed("string", len(name)))
        self._refuse(rules.TOO_MANY_RECORDS, self._limits.passed("records"))

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> NoReturn:
        before = self._text.encode()[: self._parser.CurrentByteIndex].decode()
        begin = before.rfind("<!DOCTYPE")
        problem = Problem.of(
            rules.XML_DOCTYPE, "expected no document type declaration, got one", "", *place(before, begin)
        )
        raise DecodeError(problem, _NAME)

    def _check_blank(self, texts: list[str]) -> None:
        if "".join(texts).strip(_BLANKS):
            self._refuse(rules.XML_MIXED_CONTENT, "expected elements, got text beside them")
        texts.clear()


def _says_something(attribute: str) -> bool:
    """Tell whether an attribute may hold data."""
    prefix, _, local = attribute.rpartition(":")
    return prefix not in ("xml", "xmlns") and local not in _ABOUT_XML


class Places:
    """Finds the line and column of wanted elements by counting the members of every open one."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.found: dict[Path, tuple[int, int]] = {}
        self._wanted = set(paths)
        self._path: list[int] = []
        self._count = 0

    def watch(self, parser: XMLParserType) -> None:
        """Attach to a parser."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def release(self) -> None:
        """Let go of the parser."""
        del self._parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(self._count)
        self._count = 0
        path = tuple(self._path)
        if path in self._wanted:
            self.found[path] = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _end(self, name: str) -> None:
        self._count = self._path.pop() + 1


_PAGE = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+"
    r"<(?:!doctype\s+html\b|(?:html|head|body|title|meta|script|style|link|font|center|table|h[1-6]|div|p|pre|br|hr)[\s>/])",
    re.IGNORECASE | re.DOTALL,
)

_TITLE = re.compile(r"<(title|h1)(?:\s[^<>]*+)?>([^<]*+)</\1", re.IGNORECASE)


def refuse_html(head: bytes, format: str) -> None:
    """Raise a clear error when a body starts like an HTML page.

    Raises:
        DecodeError: it does; the message holds the title of the page.
    """
    text = head.decode("utf-8", "replace")
    if _PAGE.match(text):
        title = _TITLE.search(text)
        named = f" titled {format_value(' '.join(title[2].split()))}" if title else ""
        raise DecodeError(
            Problem.of(rules.HTML_PAGE, f"expected an answer of the API, got an HTML page{named}", "", 1, 1), format
        )


name: Final = "xml"

kind: Final[Kind] = "text"

suffixes: Final = (".xml",)

media_types: Final = ("application/xml", "text/xml")

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile("[&<>\r]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def sniff(head: bytes) -> bool:
    """Tell whether a body starts with a less-than sign."""
    return head.lstrip(b" \t\r\n")[:1] == b"<"


def decode(data: bytes | str, limits: Limits) -> Document:
    """Turn XML into a tree: `Fields` with the root element, whose value is `Fields` or a text like every element's.

    Raises:
        DecodeError: the encoding, the syntax, a DOCTYPE, an HTML page, text beside elements, or a limit.
    """
    refuse_html(body_head(data), name)
    text, problems = read_text(data, name, declared_encoding(data))
    builder = TreeBuilder(text, limits)
    _run(text, builder)
    beside = builder.attribute or builder.last
    return Document(builder.root, problems, beside if beside and _is_void(builder.root) else None)


def _is_void(node: Node) -> bool:
    """Tell whether there is nothing in an element, or nothing but one in which there is nothing."""
    if isinstance(node, Fields):
        return len(node.pairs) == 1 and _is_void(node.pairs[0][1])
    return not cast(str, node).strip()


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Find lines and columns in a body that `decode` has accepted."""
    places = Places(paths)
    _run(read_text(data, name, declared_encoding(data))[0], places)
    return places.found


def _run(text: str, target: TreeBuilder | Places) -> None:
    parser = expat.ParserCreate("utf-8")  # the text is UTF-8 by now, whatever its declaration says
    target.watch(parser)
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        message = f"expected XML, got a fault: {expat.errors.messages[error.code]}"
        raise DecodeError(Problem.of(rules.XML_SYNTAX, message, "", error.lineno, error.offset + 1), name) from None
    finally:
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None
        target.release()


def encode(root: Node) -> bytes:
    """Write a tree as XML under the root element `xml`; the members of a list get the singular of its name.

    Raises:
        EncodeError: a text holds a character that XML 1.0 cannot carry, or a name is no element name.
    """
    problem = None
    try:
        return encoded(_checked_pieces(root))
    except (_ForbiddenError, UnicodeEncodeError):
        problem = text_problem(root, forbidden_character, "XML 1.0")
    raise EncodeError(cast(Problem, problem), name)


class _ForbiddenError(Exception):
    pass


def _checked_pieces(root: Node) -> Iterator[str]:
    yield DECLARATION
    for piece in spell("xml", root):
        if not piece.isprintable() and _FORBIDDEN.search(piece):
            raise _ForbiddenError
        yield piece


def member_name(element: str) -> str:
    """Name the members of a list: the singular of its own name where that is plural, else item."""
    return element[:-1] if element.endswith("s") else "item"


def forbidden_character(text: str) -> int | None:
    """Find the first character that XML 1.0 cannot carry."""
    found = _FORBIDDEN.search(text)
    return found.start() if found else None


def spell(element: str, node: Node) -> Iterator[str]:
    """Write an element piece by piece.

    Raises:
        EncodeError: a name is no element name.
    """
    if isinstance(node, Fields):
        members: Iterable[tuple[str, Node]] = node.pairs
    elif isinstance(node, list):
        singular = member_name(element)
        members = ((singular, value) for value in node)
    else:
        text = "" if node is None else str(node)
        escaped = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
        yield f"<{element}>{escaped}</{element}>" if text else f"<{element}/>"
        return
    if not (node.pairs if isinstance(node, Fields) else node):
        yield f"<{element}/>"
        return
    yield f"<{element}>"
    for name, value in members:
        yield from spell(_checked(name), value)
    yield f"</{element}>"


def _checked(element: str) -> str:
    if _PLAIN_NAME.match(element) or _is_name(element):
        return element
    raise EncodeError(
        Problem.of(rules.CANNOT_CARRY, f"expected a field name that XML can carry, got {format_value(element)}"), name
    )


def _is_name(element: str) -> bool:
    """Ask the parser whether it reads a name as what it is; its tables decide which letters are allowed."""
    found: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: found.append(name)
    try:
        parser.Parse(f"<{element}/>", True)
    except (expat.ExpatError, UnicodeEncodeError):
        return False
    return found == [element] and ":" not in element
