"""Small bodies in XML. The texts of a part are those of its elements, and its template is the markup between them.

A text must not contain references, or characters that XML forbids or changes, so that a parser returns it unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Final, cast

from ...formats import xml
from ...tree import Fields, Node, Path
from .templates import CutBody, Cutter, TemplateReader

__all__ = ["XmlCutter", "read"]

_TEXT: Final = "\0"
"""In the place of a text in a template."""
_SHORT: Final = 2048
_split: Final = re.compile(r">([^<>&\x00-\x20][^<>&\x00-\x08\x0b-\x1f]*+)</").split
_FORBIDDEN: Final = re.compile("[\ud800-\udfff\ufffe-\uffff]")
_BETWEEN: Final = re.compile(r"</([^<>\s]++)>[ \t\r\n]*+(<\1(?: [^<>]*+)?>)")
"""The end of an element with elements in it, and the start of another element of the same name."""


class XmlCutter(Cutter):
    """Cuts bodies between elements of the same name."""

    format = xml

    def cut(self, text: str) -> CutBody | None:
        """Cut a body, or return None if a character in it is forbidden."""
        if _TEXT in text or not (text.isascii() or _FORBIDDEN.search(text) is None):
            return None
        pieces = _split(text)
        markup, texts = _TEXT.join(pieces[::2]), pieces[1::2]
        frame, templates = _short_parts(markup) if len(markup) <= _SHORT else _parts(markup)
        return frame, templates, texts

    def size(self, template: Hashable) -> int:
        """Return the number of texts in a part with this template."""
        return cast(str, template).count(_TEXT)

    def join(self, cut: CutBody) -> str:
        """Return the body that was cut."""
        frame, parts, texts = cast("tuple[tuple[str, str, str], Sequence[str], Sequence[str]]", cut)
        markup = f"{parts[0]}{frame[1].join(parts[1:-1])}{parts[-1]}" if len(parts) > 1 else parts[0]
        first, *pieces = markup.split(_TEXT)
        return first + "".join([f">{text}</{piece}" for text, piece in zip(texts, pieces, strict=True)])

    def leaves(self, root: Node) -> Iterator[tuple[Path, str]]:
        """Return the text of each element that has text, with its path."""
        yield from _leaves(root, ())


def _parts(markup: str) -> tuple[Hashable, Sequence[str]]:
    """Return the frame and the templates of a body, from its markup without the texts."""
    found = _BETWEEN.search(markup)
    if found is None:
        return markup, (markup,)
    begin, end = markup.index(found[2]) + len(found[2]), markup.rindex(f"</{found[1]}>")
    head, between, tail = markup[:begin], found[0], markup[end:]
    return (head, between, tail), (head, *markup[begin:end].split(between), tail)


_short_parts: Final = lru_cache(maxsize=256)(_parts)


def _leaves(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Fields):
        for index, value in enumerate(node.values()):
            yield from _leaves(value, (*path, index))
    elif (text := str(node)).strip(" \t\r\n"):
        yield path, text


_reader: Final = TemplateReader(XmlCutter())
read: Final = _reader.read
