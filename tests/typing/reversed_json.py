"""A minimal plug-in format: JSON written backwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bevparse.formats import Document, Kind, json
from bevparse.limits import Limits
from bevparse.tree import Node, Path

__all__ = ["decode", "encode", "kind", "locate", "media_types", "name", "sniff", "suffixes"]

name: Final = "nosj"
kind: Final[Kind] = "typed"
suffixes: Final = (".nosj",)
media_types: Final = ("application/x-nosj",)


def sniff(head: bytes) -> bool:
    """Return whether a body starts with a closing brace."""
    return head.lstrip().startswith(b"}")


def decode(data: bytes | str, limits: Limits) -> Document:
    """Reverse the body and decode it as JSON."""
    return json.decode(data[::-1], limits)


def encode(root: Node) -> bytes:
    """Encode as JSON and reverse it."""
    return json.encode(root)[::-1]


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the start of the body for every path."""
    return dict.fromkeys(paths, (1, 1))
