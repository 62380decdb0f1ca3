"""What is made of expat's events: a tree, or the places of some of its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn
from xml.parsers.expat import XMLParserType

from ..errors import DecodeError
from ..limits import Limits
from ..problems import Problem
from ..tree import Fields, FlatFields, Node, Path
from .text import place

__all__ = ["Places", "TreeBuilder"]

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
                    self._refuse("BEV005", self._limits.passed("string", len(value)))
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

    def _refuse(self, code: str, message: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise DecodeError(Problem(code, message, "", line, column), _NAME)

    def _refuse_start(self, name: str, depth: int) -> NoReturn:
        if depth > self._limits.depth:
            self._refuse("BEV003", self._limits.passed("depth"))
        if len(name) > self._limits.string:
            self._refuse("BEV005", self._limits.passed("string", len(name)))
        self._refuse("BEV004", self._limits.passed("records"))

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> NoReturn:
        before = self._text.encode()[: self._parser.CurrentByteIndex].decode()
        begin = before.rfind("<!DOCTYPE")
        problem = Problem("BEV121", "expected no document type declaration, got one", "", *place(before, begin))
        raise DecodeError(problem, _NAME)

    def _check_blank(self, texts: list[str]) -> None:
        if "".join(texts).strip(_BLANKS):
            self._refuse("BEV122", "expected elements, got text beside them")
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
