"""The protocol of a format: what its module defines, and what it decodes a body to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from ..limits import Limits
from ..problems import Problem
from ..tree import Node, Path

__all__ = ["Document", "Format", "Kind", "Locator"]

Kind: TypeAlias = Literal["typed", "text", "table"]
"""What the tree of a format holds: typed values, text in named elements, or text in rows under a header."""


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded body."""

    root: Node
    """The tree: `Fields` or a list for "typed", `Fields` with the root element for "text", a `Table` for "table"."""
    problems: tuple[Problem, ...] = ()
    """Warnings of the format itself, such as one about a byte-order mark."""
    stray_attribute: str | None = None
    """The name of an attribute that may hold data, if the body has no other data. Only XML has attributes."""
    attributes: tuple[tuple[str, Path], ...] = ()
    """The names of all attributes that may hold data, each with the path of the first element that has it."""


@runtime_checkable
class Format(Protocol):
    """What a module must define to be a format. Its functions are pure and keep no state.

    A module may also define `locate`, see `Locator`. Without it, problems have a pointer but no line.
    """

    @property
    def name(self) -> str:
        """The name, as in `format=`."""
        ...

    @property
    def kind(self) -> Kind:
        """What its tree holds, see `Kind`."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name suffixes, with the dot, in lower case."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Content types, in lower case, without parameters."""
        ...

    def sniff(self, head: bytes) -> bool:
        """Return whether a body certainly has this format.

        Args:
            head: its first 4,096 bytes, as UTF-8 without a byte-order mark.
        """
        ...

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        """Decode a body to a tree.

        Raises:
            DecodeError: the body is not well-formed, or exceeds a limit.
        """
        ...

    def encode(self, root: Node) -> bytes:
        """Encode a tree to a body. The same tree always gives the same bytes.

        Raises:
            EncodeError: the format cannot represent something in the tree.
        """
        ...


@runtime_checkable
class Locator(Protocol):
    """A format that finds lines and columns."""

    def locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Return the lines and columns, both from 1, of nodes in a body that `decode` has accepted."""
        ...
