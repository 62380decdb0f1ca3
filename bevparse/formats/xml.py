"""XML: elements and text; attributes, comments and processing instructions carry no data.

The parser is expat, which the standard library holds: it stops at a DOCTYPE before anything in it is read,
counts depth and records while it goes, and knows the line and column of everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, cast
from xml.parsers import expat

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, shown
from ..tree import Fields, Node, Path
from . import Document, Kind
from ._html import refuse_html
from ._xmlevents import Places, TreeBuilder
from .bounds import text_problem
from .text import body_head, declared_encoding, encoded, read_text

__all__ = [
    "DECLARATION",
    "decode",
    "encode",
    "forbidden_character",
    "kind",
    "locate",
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
        raise DecodeError(Problem("BEV120", message, "", error.lineno, error.offset + 1), name) from None
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
    raise EncodeError(Problem("BEV150", f"expected a field name that XML can carry, got {shown(element)}"), name)


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
