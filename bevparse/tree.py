"""The tree that every format decodes to, and the folding of names to a common spelling."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, TypeAlias, cast

__all__ = [
    "Fields",
    "FlatFields",
    "Node",
    "Path",
    "RoundedNumber",
    "Table",
    "fold",
    "guard_stack",
    "name_fault",
    "to_builtins",
    "value_fault",
]

Node: TypeAlias = "str | int | float | bool | list[Node] | Fields | Table | None"
"""A value or a container of values. Leaves are plain values: wrapping each would make decoding several times slower."""
Path: TypeAlias = tuple[int, ...]
"""The path from the root to a node. Each step is the index of a member in a list, or of a field in `Fields`.

In a `Table` the first step is the row (-1 for the header) and the second is the column.
"""


class RoundedNumber(float):
    """A number that a float can only hold rounded, with its digits."""

    digits: str
    """The number as it is spelled in the body."""

    @classmethod
    def of(cls, digits: str) -> RoundedNumber:
        """Return the nearest float, with the digits."""
        number = cls(digits)
        number.digits = digits
        return number

    def __repr__(self) -> str:
        return self.digits


class Fields:
    """Named values in the order of the document. Names may repeat, as in XML or in JSON with duplicate keys."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Node]]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return iter(self.pairs)

    def values(self) -> list[Node]:
        """Return the values without their names."""
        return [value for _, value in self.pairs]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self.pairs == other.pairs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Fields({self.pairs!r})"


class FlatFields(Fields):
    """Fields that are stored as alternating names and values. The garbage collector has no tuple per value to visit."""

    __slots__ = ("flat",)

    def __init__(self, flat: list[Node]) -> None:
        self.flat = flat

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return zip(cast("list[str]", self.flat[::2]), self.flat[1::2], strict=True)

    def values(self) -> list[Node]:
        """Return the values without their names."""
        return self.flat[1::2]

    @property
    def pairs(self) -> list[tuple[str, Node]]:  # type: ignore[override]
        """The names with their values."""
        return list(self)


def to_builtins(node: Node | list[str]) -> object:
    """Return a node as lists, dicts and values. The values of a repeated name become one list."""
    if isinstance(node, list):
        return [to_builtins(member) for member in node]
    if isinstance(node, Table):
        return [node.header, *node.rows]
    if not isinstance(node, Fields):
        return node
    times = Counter(name for name, _ in node)
    members: dict[str, object] = {}
    for name, value in node:
        if times[name] > 1:
            cast("list[object]", members.setdefault(name, [])).append(to_builtins(value))
        else:
            members[name] = to_builtins(value)
    return members


class Table:
    """A header and rows of text, as in CSV. A row may be longer or shorter than the header."""

    __slots__ = ("header", "rows")

    def __init__(self, header: list[str], rows: list[list[str]]) -> None:
        self.header = header
        self.rows = rows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.header == other.header and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table({self.header!r}, {self.rows!r})"


_MOST_BITS: Final = 14_284
"""The bits of the largest integers that Python writes as digits by default."""
_HALF: Final = re.compile("[\ud800-\udfff]")


def value_fault(value: object) -> str | None:
    """Return why JSON cannot represent a value, or None if it can. Lists and dicts are not expected.

    >>> value_fault(float("inf")), value_fault(1.5), value_fault(b"a")
    ('expected a number that JSON allows, got inf', None, 'expected a JSON value, got bytes')
    """
    if isinstance(value, str):
        return "expected characters, got half of a surrogate pair" if _HALF.search(value) else None
    if isinstance(value, float):
        return None if math.isfinite(value) else f"expected a number that JSON allows, got {value}"
    if isinstance(value, int):
        return "expected an integer of at most 4300 digits, got more" if value.bit_length() > _MOST_BITS else None
    return None if value is None else f"expected a JSON value, got {type(value).__name__}"


def name_fault(name: object) -> str | None:
    """Return why an object cannot be the name of a field in JSON, or None if it can."""
    return value_fault(name) if isinstance(name, str) else f"expected a string as name, got {type(name).__name__}"


_LOWER_CASE: Final = bytes(range(256)).lower()
_PUNCTUATION: Final = bytes(code for code in range(128) if not chr(code).isalnum())


def fold(name: str) -> str:
    """Return a field name without case and punctuation, the same for all its spellings.

    >>> fold("Email Address") == fold("emailAddress") == fold("EMAIL-ADDRESS") == fold("email_address")
    True
    """
    return _fold_short(name) if len(name) <= 32 else _fold(name)


def _fold(name: str) -> str:
    if name.isascii():
        return name.encode().translate(_LOWER_CASE, _PUNCTUATION).decode()
    return "".join(filter(str.isalnum, name.casefold()))


_fold_short = lru_cache(maxsize=1024)(_fold)  # long names are not cached, as their number and size have no bound


_SAFE_LEVELS: Final = 1000
"""The default recursion limit of Python."""
_NO_BRACKETS: Final = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^"\[\]{}]++'
_NO_BRACKETS_IN_TEXT: Final = re.compile(_NO_BRACKETS, re.DOTALL)
_NO_BRACKETS_IN_BYTES: Final = re.compile(_NO_BRACKETS.encode(), re.DOTALL)


def guard_stack(data: str | bytes | memoryview) -> None:
    """Check the nesting of a JSON text before it is decoded.

    A decoder in C raises RecursionError at the recursion limit. If a program has raised that limit, the decoder
    overflows the stack first, which ends the process.

    Raises:
        RecursionError: the text is nested more deeply than a decoder with the usual recursion limit can go.
    """
    if sys.getrecursionlimit() <= _SAFE_LEVELS:
        return
    if isinstance(data, str):
        brackets = _NO_BRACKETS_IN_TEXT.sub("", data)
    else:
        brackets = _NO_BRACKETS_IN_BYTES.sub(b"", data).decode()
    level = 0
    for bracket in brackets:
        level += 1 if bracket in "[{" else -1
        if level > _SAFE_LEVELS:
            raise RecursionError
