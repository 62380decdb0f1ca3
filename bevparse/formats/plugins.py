"""Formats of plug-ins, whose results are checked and whose exceptions become those of bevparse."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from ..errors import BevparseError, DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, rules
from ..tree import Fields, Node, Path
from .protocol import Document, Format, Kind, Locator

__all__ = ["PlugIn"]

_T = TypeVar("_T")


class PlugIn:
    """A format of a plug-in. Any exception that the plug-in raises becomes one of bevparse.

    Args:
        module: the plug-in.
        by_name: whether the format must be named, because it is never detected.
    """

    def __init__(self, module: Format, *, by_name: bool = False) -> None:
        self.by_name = by_name
        self.name = module.name
        self.kind: Kind = module.kind
        self.suffixes = module.suffixes
        self.media_types = module.media_types
        self.module = _importable_name(module)
        self._module = module
        if hasattr(module, "locate"):
            self.locate = self._locate

    def sniff(self, head: bytes) -> bool:
        """Return whether a body certainly has this format."""
        return self._call(lambda: bool(self._module.sniff(head)))

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        """Decode a body to a tree."""
        document = cast(object, self._call(lambda: self._module.decode(data, limits)))
        if not isinstance(document, Document):
            raise self._failed(f"expected a Document, got {type(document).__name__}")
        if fault := self._call(lambda: _fault_of(document)):
            raise self._failed(fault)
        return document

    def encode(self, root: Node) -> bytes:
        """Encode a tree to a body."""
        try:
            body = cast(object, self._call(lambda: self._module.encode(root)))
        except DecodeError as error:
            message = error.problem.message
        else:
            if isinstance(body, bytes):
                return body
            message = self._failed(f"expected bytes, got {type(body).__name__}").problem.message
        raise EncodeError(Problem.of(rules.CANNOT_CARRY, message), self.name)

    def _locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        found = cast(object, self._call(lambda: cast(Locator, self._module).locate(data, paths)))
        if not isinstance(found, dict):
            raise self._failed(f"expected a dict, got {type(found).__name__}")
        positions = cast("dict[Path, tuple[int, int]]", found)
        if not all(map(_is_position, positions.values())):
            raise self._failed("expected lines and columns from 1, got other positions")
        return positions

    def _call(self, function: Callable[[], _T]) -> _T:
        try:
            return function()
        except (BevparseError, MemoryError):
            raise
        except Exception as error:
            raise self._failed(type(error).__name__) from error

    def _failed(self, fault: str) -> DecodeError:
        message = f"the plug-in of the format {self.name} failed: {fault}"
        return DecodeError(Problem.of(rules.FORMAT_SYNTAX, message), self.name)


def _importable_name(module: object) -> str:
    """Return the name by which another process imports a module, or "" if it cannot."""
    name = getattr(module, "__name__", "")
    return name if name != "__main__" and sys.modules.get(name) is module else ""


def _fault_of(document: Document) -> str | None:
    """Return what is wrong with a document of a plug-in, or None if it can be read."""
    problems = cast("tuple[object, ...]", document.problems)
    others = [problem for problem in problems if not isinstance(problem, Problem)]
    if others:
        return f"expected a Problem, got {type(others[0]).__name__}"
    seen: set[int] = set()  # a list may be in itself
    nodes: list[Node] = [document.root]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, (Fields, list)) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Fields):
            pairs = cast("Iterable[tuple[object, object]]", node)
            names = [name for name, _ in pairs if not isinstance(name, str)]
            if names:
                return f"expected a string as name, got {type(names[0]).__name__}"
        nodes += node.values() if isinstance(node, Fields) else node
    return None


def _is_position(position: object) -> bool:
    match position:
        case (int(line), int(column)):
            return line > 0 and column > 0
        case _:
            return False
