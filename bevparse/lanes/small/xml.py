"""Small bodies in XML: the texts of elements, and the rest.

Texts must not contain references or characters that XML forbids or changes, so that a parser would return the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Final, cast

from ...formats import xml
from ...tree import Fields, Node, Path
from .spellings import Cut, Cuts, Spellings

__all__ = ["XmlCuts", "read"]

_TEXT: Final = "\0"
"""The place of a text in a rest."""
_SHORT: Final = 2048
_split: Final = re.compile(r">([^<>&\x00-\x20][^<>&\x00-\x08\x0b-\x1f]*+)</").split
_FORBIDDEN: Final = re.compile("[\ud800-\udfff\ufffe-\uffff]")
_BETWEEN: Final = re.compile(r"</([^<>\s]++)>[ \t\r\n]*+(<\1(?: [^<>]*+)?>)")
"""The end of an element with elements in it, and the beginning of another one of the same name."""


class XmlCuts(Cuts):
    """Cuts bodies between elements of the same name."""

    format = xml

    def cut(self, text: str) -> Cut | None:
        """Cut a body."""
        if _TEXT in text or not (text.isascii() or _FORBIDDEN.search(text) is None):
            return None
        pieces = _split(text)
        rest, texts = _TEXT.join(pieces[::2]), pieces[1::2]
        frame, rests = _short_parts(rest) if len(rest) <= _SHORT else _parts(rest)
        return frame, rests, texts

    def size(self, rest: Hashable) -> int:
        """Return the number of texts in a part."""
        return cast(str, rest).count(_TEXT)

    def join(self, cut: Cut) -> str:
        """Return the body with its texts."""
        frame, rests, texts = cast("tuple[tuple[str, str, str], Sequence[str], Sequence[str]]", cut)
        rest = f"{rests[0]}{frame[1].join(rests[1:-1])}{rests[-1]}" if len(rests) > 1 else rests[0]
        first, *pieces = rest.split(_TEXT)
        return first + "".join([f">{text}</{piece}" for text, piece in zip(texts, pieces, strict=True)])

    def leaves(self, root: Node) -> Iterator[tuple[Path, str]]:
        """Return the texts in elements that are not blank."""
        yield from _leaves(root, ())


def _parts(rest: str) -> tuple[Hashable, Sequence[str]]:
    """Return the frame and the parts of the rest of a body."""
    found = _BETWEEN.search(rest)
    if found is None:
        return rest, (rest,)
    begin, end = rest.index(found[2]) + len(found[2]), rest.rindex(f"</{found[1]}>")
    head, between, tail = rest[:begin], found[0], rest[end:]
    return (head, between, tail), (head, *rest[begin:end].split(between), tail)


_short_parts: Final = lru_cache(maxsize=256)(_parts)


def _leaves(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Fields):
        for index, value in enumerate(node.values()):
            yield from _leaves(value, (*path, index))
    elif (text := str(node)).strip(" \t\r\n"):
        yield path, text


_spellings: Final = Spellings(XmlCuts())
read: Final = _spellings.read
