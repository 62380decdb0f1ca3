"""The formats: what one is, those that are built in, and how to add another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Literal, Protocol, TypeAlias, cast, runtime_checkable

from ..errors import UnknownFormatError
from ..limits import Limits
from ..problems import Problem
from ..tree import Node, Path

__all__ = ["Document", "Format", "Kind", "Locator", "get", "known", "of_media_type", "of_suffix", "register", "sniff"]

Kind: TypeAlias = Literal["typed", "text", "table"]
"""What a format's tree can say: values with types, text in named elements, or text in rows under a header."""


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded body."""

    root: Node
    """The tree: `Fields` or a list for "typed", `Fields` with the root element for "text", a `Table` for "table"."""
    problems: tuple[Problem, ...] = ()
    """What the format itself accepted though it is unusual, such as a byte-order mark."""
    beside: str | None = None
    """Where there is nothing in the tree, something that stands there all the same: in XML, an attribute."""


@runtime_checkable
class Format(Protocol):
    """What a module must hold to be a format; its functions are pure and keep no state.

    A module may also hold `locate`, see `Locator`; without it problems have a pointer but no line.
    """

    @property
    def name(self) -> str:
        """What `format=` calls it."""
        ...

    @property
    def kind(self) -> Kind:
        """What its tree can say."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings, with the dot, in lower case."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Content types, in lower case, without parameters."""
        ...

    def sniff(self, head: bytes) -> bool:
        """Tell whether a body that starts so (up to 4,096 bytes of UTF-8, no byte-order mark) is surely this format."""
        ...

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        """Turn a body into a tree.

        Raises:
            DecodeError: the body is not well-formed, or passes a limit.
        """
        ...

    def encode(self, root: Node) -> bytes:
        """Turn a tree into a body, always spelled the same way.

        Raises:
            EncodeError: the format cannot carry what the tree holds.
        """
        ...


class Locator(Protocol):
    """A format whose problems get lines and columns."""

    def locate(self, data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Find the line and column, both from 1, of nodes in a body that `decode` has accepted."""
        ...


_BUILT_IN = {"json": "bevparse.formats.json", "xml": "bevparse.formats.xml", "csv": "bevparse.formats.csv"}

_registered: dict[str, Format] = {}


def register(module: Format) -> None:
    """Add a format, or put another in the place of one with the same name, for the whole process.

    Raises:
        TypeError: the module lacks a part of the `Format` protocol.
    """
    if not isinstance(cast("object", module), Format):
        raise TypeError(f"expected a module that satisfies bevparse.formats.Format, got {module!r}")
    _registered[module.name] = module
    of_suffix.cache_clear()


def get(name: str) -> Format:
    """Find a format by name: registered, built in, or installed with an entry point of the group `bevparse.formats`.

    Raises:
        UnknownFormatError: there is none of this name.
    """
    if name not in _registered:
        if name in _BUILT_IN:
            register(cast(Format, import_module(_BUILT_IN[name])))
        else:
            _register_installed(name)
    return _registered[name]


def _register_installed(name: str) -> None:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and needed only on a miss

    for entry_point in entry_points(group="bevparse.formats", name=name):
        register(cast(Format, entry_point.load()))
        return
    raise UnknownFormatError(name, known())


@lru_cache(maxsize=64)
def of_suffix(suffix: str) -> str | None:
    """Name the built-in or registered format whose files end so, or None."""
    return next((format.name for format in map(get, _order()) if suffix in format.suffixes), None)


def of_media_type(media_type: str) -> str | None:
    """Name the built-in or registered format with this content type, or None."""
    return next((format.name for format in map(get, _order()) if media_type in format.media_types), None)


def known() -> tuple[str, ...]:
    """Name the formats that are built in or registered, sorted."""
    return tuple(sorted({*_BUILT_IN, *_registered}))


def sniff(head: bytes) -> Format | None:
    """Find the format that a body which starts so surely has, or None when no format is sure."""
    return next((format for format in map(get, _order()) if format.sniff(head)), None)


def _order() -> list[str]:
    """Put csv last: nearly any text could be a table."""
    names = [*_BUILT_IN, *(name for name in _registered if name not in _BUILT_IN)]
    return sorted(names, key=lambda name: name == "csv")
