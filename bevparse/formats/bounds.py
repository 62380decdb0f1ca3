"""Checks of a whole tree: which limit it exceeds, and which of its names and strings cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..limits import Limits
from ..problems import Problem, format_value, join_pointer, rules
from ..problems.rules import Rule
from ..tree import Fields, Node, Path
from .text import lone_surrogate

__all__ = ["check_bounds", "name_problem", "text_problem"]

_Step = tuple[Path, str, Node]


def check_bounds(root: Node, limits: Limits, *, surrogates: bool = True) -> tuple[Problem, Path] | None:
    """Return the first problem of a tree and the path of its node, or None if the tree exceeds no limit.

    Args:
        root: the tree.
        limits: the limits.
        surrogates: whether lone surrogates are searched for, too.
    """
    if _is_within(root, limits) and not surrogates:
        return None
    for path, pointer, node in _walk(root):
        exceeded = _exceeded(node, len(path), limits)
        if exceeded is not None:
            return Problem.of(*exceeded, pointer), path
    return None


def _is_within(root: Node, limits: Limits) -> bool:
    """Return whether a tree exceeds no limit. This is fast, as it keeps no paths."""
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


def _exceeded(node: Node, depth: int, limits: Limits) -> tuple[Rule, str] | None:
    if depth > limits.depth:
        return rules.TOO_DEEP, limits.passed("depth")
    if isinstance(node, list) and len(node) > limits.records:
        return rules.TOO_MANY_RECORDS, limits.passed("records", len(node))
    for text in _texts(node):
        if len(text) > limits.string:
            return rules.STRING_TOO_LONG, limits.passed("string", len(text))
        if lone_surrogate(text) is not None:
            return rules.LONE_SURROGATE, "expected characters, got half of a surrogate pair"
    return None


def _texts(node: Node) -> list[str]:
    """Return the strings in a node: the names of its fields, or the node itself if it is a string."""
    return [name for name, _ in node.pairs] if isinstance(node, Fields) else [node] if isinstance(node, str) else []


def _walk(root: Node) -> Iterator[_Step]:
    """Return every node in the order of the document, with its path and pointer. The depth has no limit."""
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


def name_problem(root: Node, is_name: Callable[[str], bool], format: str) -> Problem | None:
    """Return the problem of the first field whose name a format cannot represent, or None.

    Args:
        root: the tree.
        is_name: returns whether the format can represent a name.
        format: the name of the format, for the message.
    """
    for _, pointer, node in _walk(root):
        for field, _ in node.pairs if isinstance(node, Fields) else ():
            if not is_name(field):
                message = f"expected a field name that {format} can carry, got {format_value(field)}"
                return Problem.of(rules.CANNOT_CARRY, message, join_pointer(pointer, field))
    return None


def text_problem(root: Node, find: Callable[[str], int | None], format: str) -> Problem | None:
    """Return the problem of the first string with a character that a format cannot represent, or None.

    Args:
        root: the tree.
        find: returns the index of such a character in a string, or None.
        format: the name of the format, for the message.
    """
    for _, pointer, node in _walk(root):
        for text in _texts(node):
            index = find(text)
            if index is not None:
                message = f"expected characters that {format} can carry, got U+{ord(text[index]):04X} at index {index}"
                return Problem.of(rules.CANNOT_CARRY, message, pointer)
    return None
