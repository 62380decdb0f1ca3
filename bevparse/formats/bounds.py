"""Walks over a whole tree: which bound it passes, which text in it cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..limits import Limits
from ..problems import Problem, join_pointer, rules
from ..problems.rules import Rule
from ..tree import Fields, Node, Path
from .text import lone_surrogate

__all__ = ["check_bounds", "text_problem"]

_Step = tuple[Path, str, Node]


def check_bounds(root: Node, limits: Limits, *, surrogates: bool = True) -> tuple[Problem, Path] | None:
    """Find the first bound that a tree passes and the path to where it does, or None when it keeps them all.

    Args:
        root: the tree.
        limits: the bounds.
        surrogates: whether the texts may hold lone surrogates and are to be searched for them.
    """
    if _within(root, limits) and not surrogates:
        return None
    for path, pointer, node in _walk(root):
        fault = _fault(node, len(path), limits)
        if fault is not None:
            return Problem.of(*fault, pointer), path
    return None


def _within(root: Node, limits: Limits) -> bool:
    """Tell quickly, without keeping count of where it is, whether a tree keeps every bound."""
    longest, level = limits.string, [root]
    for _ in range(limits.depth + 1):
        below: list[Node] = []
        for node in level:
            if isinstance(node, Fields):
                for name, value in node.pairs:
                    if len(name) > longest or (isinstance(value, str) and len(value) > longest):
                        return False
                    if not isinstance(value, str):
                        below.append(value)
            elif isinstance(node, list):
                below += node
            if isinstance(node, (list, str)) and len(node) > (limits.records if isinstance(node, list) else longest):
                return False
        if not below:
            return True
        level = below
    return False


def _fault(node: Node, depth: int, limits: Limits) -> tuple[Rule, str] | None:
    if depth > limits.depth:
        return rules.TOO_DEEP, limits.passed("depth")
    if isinstance(node, list) and len(node) > limits.records:
        return rules.TOO_MANY_RECORDS, limits.passed("records", len(node))
    texts = [name for name, _ in node.pairs] if isinstance(node, Fields) else [node] if isinstance(node, str) else []
    for text in texts:
        if len(text) > limits.string:
            return rules.STRING_TOO_LONG, limits.passed("string", len(text))
        if lone_surrogate(text) is not None:
            return rules.LONE_SURROGATE, "expected characters, got half of a surrogate pair"
    return None


def _walk(root: Node) -> Iterator[_Step]:
    """Visit every node in the order of the document, however deep it is, keeping only the way to the current one."""
    yield (), "", root
    open_nodes = [_members((), "", root)]
    while open_nodes:
        visited = next(open_nodes[-1], None)
        if visited is None:
            open_nodes.pop()
        else:
            yield visited
            open_nodes.append(_members(*visited))


def _members(path: Path, pointer: str, node: Node) -> Iterator[_Step]:
    if isinstance(node, Fields):
        for position, (name, value) in enumerate(node.pairs):
            yield (*path, position), join_pointer(pointer, name), value
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield (*path, position), join_pointer(pointer, position), value


def text_problem(root: Node, find: Callable[[str], int | None], format: str) -> Problem | None:
    """Say which text of a tree holds a character that the format cannot carry, and where in it."""
    for _, pointer, node in _walk(root):
        texts = [name for name, _ in node.pairs] if isinstance(node, Fields) else [node]
        for text in texts:
            index = find(text) if isinstance(text, str) else None
            if isinstance(text, str) and index is not None:
                message = f"expected characters that {format} can carry, got U+{ord(text[index]):04X} at index {index}"
                return Problem.of(rules.CANNOT_CARRY, message, pointer)
    return None
