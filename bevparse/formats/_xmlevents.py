"""What is made of expat's events: a tree, or the places of some of its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn
from xml.parsers.expat import XMLParserType

from ..errors import DecodeError
from ..limits import Limits
from ..problems import Problem
from ..tree import Fields, Node, Path

__all__ = ["Places", "TreeBuilder"]

_NAME = "xml"


class TreeBuilder:
    """Builds the tree while the text is read, and stops at the first bound that is passed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[tuple[str, list[tuple[str, Node]]]] = []
        self._members: list[tuple[str, Node]] = []
        self._texts: list[str] = []

    @property
    def root(self) -> Fields:
        """The finished tree: fields with the one root element."""
        return Fields(self._members)

    def watch(self, parser: XMLParserType) -> None:
        """Attach to a parser."""
        self._parser = parser
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._texts.append
        parser.EndElementHandler = self._end

    def _refuse(self, code: str, message: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        pointer = "".join(f"/{name[:100]}" for name, _ in self._open)
        raise DecodeError(Problem(code, message, pointer, line, column), _NAME)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> NoReturn:
        self._refuse("BEV121", "expected no document type declaration, got one")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._texts:
            self._check_blank()
        if len(self._open) >= self._limits.depth:
            self._refuse("BEV003", self._limits.passed("depth"))
        if len(self._members) >= self._limits.records:
            self._refuse("BEV004", self._limits.passed("records"))
        if len(name) > self._limits.string:
            self._refuse("BEV005", self._limits.passed("string", len(name)))
        self._open.append((name, self._members))
        self._members = []

    def _end(self, name: str) -> None:
        value: Node
        if self._members:
            if self._texts:
                self._check_blank()
            value = Fields(self._members)
        else:
            value = "".join(self._texts)
            self._texts.clear()
            if len(value) > self._limits.string:
                self._refuse("BEV005", self._limits.passed("string", len(value)))
        self._members = self._open.pop()[1]
        self._members.append((name.rpartition(":")[2] if ":" in name else name, value))

    def _check_blank(self) -> None:
        if not all(map(str.isspace, self._texts)):
            self._refuse("BEV122", "expected elements, got text beside them")
        self._texts.clear()


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

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(self._count)
        self._count = 0
        path = tuple(self._path)
        if path in self._wanted:
            self.found[path] = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _end(self, name: str) -> None:
        self._count = self._path.pop() + 1
