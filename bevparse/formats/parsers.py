"""The two parsers of XML: lxml reads text, and expat also knows line and column of each element.

expat also reads text that lxml would not read correctly, see `UnsureError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Final, NoReturn, Protocol, TypeAlias, cast
from xml.parsers import expat

from ..errors import DecodeError
from ..problems import Position, Problem, rules
from ..problems.rules import Rule
from .fronts import front_of
from .text import decode_error

__all__ = [
    "DOCTYPE",
    "XML_NAMESPACE",
    "ExpatNames",
    "LxmlNames",
    "LxmlParser",
    "Place",
    "Target",
    "UnsureError",
    "check_namespaces",
    "lxml_names",
    "parse_with_expat",
    "refuse",
]

DOCTYPE: Final = "document type declaration (DOCTYPE) in the body"
"""The message about a DOCTYPE."""
XML_NAMESPACE: Final = "{http://www.w3.org/XML/1998/namespace}"
"""The namespace of the prefix xml, as lxml writes it in names."""
Place: TypeAlias = Callable[[], Position]
"""Returns the line and column of the current event, which are 0 if the parser does not know them."""
_NAME: Final = "xml"
_BLANKS: Final = " \t\r\n"
_BLOCK: Final = 2**16
_MOST_NAMES: Final = 1000
"""The most names whose local names are kept."""
_LONGEST_NAME: Final = 256
"""The length of the longest name, with its namespace, that lxml may read."""
_MOST_CHARACTERS: Final = 2**20
"""The total length of the names that lxml may read in this process. After that, only expat is used."""
_MOST_PIECES: Final = 10_000
"""The most pieces of one text that lxml may read. Comments, references and CDATA sections split a text."""
_READING_HINTS: Final = frozenset(("key", "nil", "noNamespaceSchemaLocation", "schemaLocation", "type", "xmlns"))
"""Local names of attributes that describe how to read an element, in any namespace."""
_READING_PREFIXES: Final = frozenset(("xml", "xmlns", "xsi"))
_SEPARATOR: Final = "!"
"""What expat writes between a namespace and a name.

Were it a character that no URI has, expat would refuse namespaces that contain it.
"""
_DISAGREE: Final = "invalid XML: expat accepts the body, but lxml does not"
_CUT: Final = "the body ends before its last element is closed"
_FAULTS: Final = {
    expat.errors.XML_ERROR_NO_ELEMENTS: _CUT,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _CUT,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: _CUT,
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "something after the body, such as another body",
    expat.errors.XML_ERROR_UNBOUND_PREFIX: "a namespace prefix without a declaration (xmlns)",
}
"""Messages for faults of bodies that were cut, joined or taken out of another document, by the message of expat."""


class Target(Protocol):
    """The methods that a parser calls while it reads."""

    place: Place

    @property
    def data(self) -> Callable[[str], object] | None:
        """A function that takes a piece of text; None if text is skipped."""
        ...

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        ...

    def end(self, element: str) -> None:
        """End an element."""
        ...


def refuse(rule: Rule, message: str, line: int | None = None, column: int | None = None) -> NoReturn:
    """Raise the error for a body.

    Raises:
        DecodeError: always.
    """
    raise DecodeError(Problem.of(rule, message, "", line, column), _NAME)


# lxml


class UnsureError(Exception):
    """lxml would read a text differently from expat, or would take too much memory or time.

    - lxml allows more letters in names than expat does.
    - It does not know the prefix of an attribute, by which messages name it.
    - It writes the namespace of an element or attribute into each name.
    - It keeps each name and namespace until the process ends.
    - It ignores what follows the root element if a namespace is no URI, and a second declaration of the prefix xml.
    - A tag with a million attributes, and a text of a million pieces, take ten times the memory of expat.
    """


class LxmlNames(dict[str, str]):
    """The local names of elements and attributes, such as `id`, by the names that lxml uses, such as `{urn:x}id`."""

    characters = 0
    """The length of all names so far."""

    def __missing__(self, name: str) -> str:
        """Return the local name of a new name.

        Raises:
            UnsureError: only expat should read a text with this name.
        """
        self.characters += len(name)
        self.check()
        local = name.rpartition("}")[2]
        if not local.isascii() or len(name) > _LONGEST_NAME:
            raise UnsureError
        if len(self) < _MOST_NAMES:
            self[name] = local
        return local

    def check(self) -> None:
        """Check that lxml may read a text.

        Raises:
            UnsureError: lxml has read too many names in this process.
        """
        if self.characters > _MOST_CHARACTERS:
            raise UnsureError

    def may_hold_data(self, attribute: str) -> bool:
        """Return whether an attribute may hold data.

        Raises:
            UnsureError: the attribute may hold data, and only expat knows its prefix.
        """
        local = self[attribute]
        if local in _READING_HINTS or attribute.startswith(XML_NAMESPACE):
            return False
        if local != attribute:
            raise UnsureError
        return True


lxml_names: Final = LxmlNames()
"""The names that lxml has read in this process."""


class _LogEntry(Protocol):
    level_name: str
    type_name: str
    line: int
    column: int


class _LxmlParser(Protocol):
    feed_error_log: Iterable[_LogEntry]

    def feed(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class _Lxml(Protocol):
    """The part of lxml that is used here."""

    def XMLParser(self, **options: object) -> _LxmlParser: ...  # noqa: N802 - as lxml calls it


class LxmlParser:
    """A parser of lxml that can be used for one text after the other.

    Args:
        target: the object whose methods are called.
        texts: the list in which the target keeps the pieces of the current text.
    """

    def __init__(self, target: Target, texts: list[str]) -> None:
        lxml = cast(_Lxml, import_module("lxml.etree"))  # imported with the first XML body
        called = SimpleNamespace(
            start=target.start,
            end=target.end,
            data=target.data,
            start_ns=_meet_namespace,
            pi=_meet_target,
            doctype=_refuse_doctype,
            close=_finish,
        )
        self._texts = texts
        self._parser = lxml.XMLParser(
            target=called,
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,  # the limits of `Limits` apply, not those of lxml
        )

    def parse(self, text: str) -> None:
        """Parse a text.

        Args:
            text: the text. It is decoded already, so an encoding that it declares has no meaning.

        Raises:
            DecodeError: the text has a DOCTYPE or is not well-formed. The message does not say more.
            UnsureError: only expat should read the text.
        """
        lxml_names.check()
        if "xmlns:xml" in text:
            raise UnsureError
        try:
            self._feed(text)
        except SyntaxError as error:
            refuse(rules.XML_SYNTAX, _DISAGREE, error.lineno, cast(int, error.offset) + 1)
        except (DecodeError, UnsureError):
            with suppress(SyntaxError, DecodeError, UnsureError):  # makes the parser ready for the next text
                self._parser.close()
            raise
        self._check_log()

    def _feed(self, text: str) -> None:
        for start in range(0, len(text) or 1, _BLOCK):
            block = text[start : start + _BLOCK]
            if (len(block) == _BLOCK and "<" not in block) or len(self._texts) > _MOST_PIECES:
                raise UnsureError
            self._parser.feed(block.encode())
            self._check_log()
        self._parser.close()

    def _check_log(self) -> None:
        """Check that lxml has found no fault in namespaces. After such a fault it would go on."""
        for entry in self._parser.feed_error_log:
            if entry.type_name == "WAR_NS_URI":
                raise UnsureError
            if entry.level_name != "WARNING":
                refuse(rules.XML_SYNTAX, _DISAGREE, entry.line, entry.column)


def _meet_namespace(prefix: str | None, namespace: str) -> None:
    lxml_names[f"{{{namespace}}}{prefix or ''}"]


def _meet_target(target: str, _data: str | None) -> None:
    lxml_names[target]


def _refuse_doctype(*_: str | None) -> NoReturn:
    refuse(rules.XML_DOCTYPE, DOCTYPE)


def _finish() -> None:
    """Return None as the result of the parser when it is closed."""


# expat


class ExpatNames(dict[str, str]):
    """The local names of elements and attributes, by the names that a text gives them: with their prefixes."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < _MOST_NAMES:
            self[name] = local
        return local

    def may_hold_data(self, attribute: str) -> bool:
        """Return whether an attribute may hold data."""
        return self[attribute] not in _READING_HINTS and attribute.rpartition(":")[0] not in _READING_PREFIXES


def parse_with_expat(text: str, target: Target) -> None:
    """Parse a text.

    Args:
        text: the text.
        target: the object whose methods are called. Its `place` then returns the position of the parser.

    Raises:
        DecodeError: the text has a DOCTYPE or is not well-formed.
    """
    parser = expat.ParserCreate("utf-8")  # expat encodes the text, so its declaration has no effect

    def refuse_doctype(*_: object) -> NoReturn:
        before = text.encode()[: parser.CurrentByteIndex].decode()
        raise decode_error(_NAME, rules.XML_DOCTYPE, DOCTYPE, before, before.rfind("<!DOCTYPE"), returns=True)

    target.place = lambda: (parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = target.start, target.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = target.data, refuse_doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise DecodeError(_syntax_problem(text, error), _NAME) from None
    finally:
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None


def check_namespaces(text: str) -> None:
    """Parse a text again to check its namespaces.

    `parse_with_expat` does not look at namespaces: with them, each name would include a URI of any length.

    Raises:
        DecodeError: a prefix is not declared, or a namespace is reserved.
    """
    try:
        expat.ParserCreate("utf-8", _SEPARATOR).Parse(text, True)
    except expat.ExpatError as error:
        raise DecodeError(_syntax_problem(text, error), _NAME) from None


def _syntax_problem(text: str, error: expat.ExpatError) -> Problem:
    fault = expat.errors.messages[error.code]
    front = front_of(text)
    if front:
        start = len(text) - len(text.lstrip(_BLANKS))
        return decode_error(_NAME, rules.XML_SYNTAX, f"invalid XML: {front}", text, start).problem
    message = f"invalid XML: {_FAULTS.get(fault, fault)}"
    return Problem.of(rules.XML_SYNTAX, message, "", error.lineno, error.offset + 1)
