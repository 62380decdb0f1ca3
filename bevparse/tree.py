"""The tree that every format decodes to, and the folding that makes one name of many spellings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias, cast

__all__ = ["Fields", "FlatFields", "Node", "Path", "Table", "drain", "fold", "to_builtins"]

Node: TypeAlias = "str | int | float | bool | list[Node] | Fields | Table | None"
"""A value, or something that holds values. Leaves are bare: wrapping each would make decoding several times slower."""

Path: TypeAlias = tuple[int, ...]
"""The way from the root to a node: at each step the position in the list, among the fields, or in the table.

In a `Table` the first step is the row (-1 for the header) and the second the column.
"""


class Fields:
    """Named values in the order of the document; names may repeat, as they may in XML and in careless JSON."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Node]]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return iter(self.pairs)

    def values(self) -> list[Node]:
        """Give the values without their names."""
        return [value for _, value in self.pairs]

    def drain(self) -> Iterator[Node]:
        """Give the values and let go of each as it is taken, so that a large tree need not outlive its reading."""
        return drain(self.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self.pairs == other.pairs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Fields({self.pairs!r})"


def drain(nodes: list[Node]) -> Iterator[Node]:
    """Give the nodes of a list and let go of each as it is taken; the list is empty of them afterwards."""
    for index, node in enumerate(nodes):
        nodes[index] = None
        yield node


class FlatFields(Fields):
    """The same, kept as names and values in turn: the garbage collector has nothing to walk over for a leaf."""

    __slots__ = ("flat",)

    def __init__(self, flat: list[Node]) -> None:
        self.flat = flat

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return zip(cast("list[str]", self.flat[::2]), self.flat[1::2], strict=True)

    def values(self) -> list[Node]:
        """Give the values without their names."""
        return self.flat[1::2]

    def drain(self) -> Iterator[Node]:
        """Give the values and let go of each as it is taken."""
        values = self.values()
        self.flat = []
        return drain(values)

    @property
    def pairs(self) -> list[tuple[str, Node]]:  # type: ignore[override]
        """The names with their values."""
        return list(self)


def to_builtins(node: Node) -> object:
    """Give what a node holds in lists, dicts and values; where a name repeats, its values become one list."""
    if isinstance(node, list):
        return [to_builtins(member) for member in node]
    if isinstance(node, Table):
        return [node.header, *node.rows]
    if not isinstance(node, Fields):
        return node
    times = Counter(name for name, _ in node)
    held: dict[str, object] = {}
    for name, value in node:
        if times[name] > 1:
            cast("list[object]", held.setdefault(name, [])).append(to_builtins(value))
        else:
            held[name] = to_builtins(value)
    return held


class Table:
    """A header and rows of text: all that CSV can say. A row may be longer or shorter than the header."""

    __slots__ = ("header", "rows")

    def __init__(self, header: list[str], rows: list[list[str]]) -> None:
        self.header = header
        self.rows = rows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.header == other.header and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table({self.header!r}, {self.rows!r})"


def fold(name: str) -> str:
    """Reduce a field name to what all its spellings share.

    >>> fold("Email Address") == fold("emailAddress") == fold("EMAIL-ADDRESS") == fold("email_address")
    True
    """
    return _fold_short(name) if len(name) <= 64 else _fold(name)


def _fold(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


_fold_short = lru_cache(maxsize=1024)(_fold)  # long names are not kept: they may be anything
