"""HTML that is safe by construction: whatever is not markup already is escaped where it is put into an element."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape as escape_html
from typing import Final

from ....problems import escape

__all__ = ["Markup", "clipped", "data_block", "element", "joined", "source_hash", "table"]

_VOID: Final = frozenset({"input", "link", "meta"})
_LONGEST: Final = 240
_SCRIPT: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Markup(str):
    """Text that is markup already, and pure ASCII, so that no encoding on the way can change it."""

    __slots__ = ()


def element(name: str, /, *inside: str, **attributes: str | int) -> Markup:
    """Write an element; in the names of attributes `_` stands for `-`, but for one at the end.

    >>> print(element("td", "<b>", class_="n", aria_label='"'))
    <td class="n" aria-label="&quot;">&lt;b&gt;</td>
    """
    spelled = "".join(f' {key.rstrip("_").replace("_", "-")}="{_escaped(str(of))}"' for key, of in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{spelled}>")
    return Markup(f"<{name}{spelled}>{''.join(map(_escaped, inside))}</{name}>")


def joined(*parts: str) -> Markup:
    """Put parts one after the other, which are escaped unless they are markup."""
    return Markup("".join(map(_escaped, parts)))


def table(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]], class_: str = "") -> Markup:
    """Write a table whose first cells are the heads of their rows.

    Every element says its role, since style sheets that lay rows out otherwise take it away.
    """
    head = element("tr", *map(_head, heads), role="row")
    body = (
        element(
            "tr",
            element("th", first, scope="row", role="rowheader"),
            *(element("td", one, role="cell") for one in rest),
            role="row",
        )
        for first, *rest in rows
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", head, role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        role="table",
        class_=class_,
    )


def _head(head: str) -> Markup:
    if not head:
        return element("td", role="cell")
    return element("th", head, scope="col", role="columnheader")


def clipped(text: str, longest: int = _LONGEST) -> str:
    r"""Make everything in a text visible, and leave out its middle if it is long.

    >>> clipped("abcdefghij", 6), clipped(chr(10))
    ('abc…ij', '\\n')
    """
    text = escape(text)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"


def data_block(value: object, name: str) -> Markup:
    """Write data for scripts; nothing in it can end the element or begin another."""
    spelled = Markup(json.dumps(value, separators=(",", ":")).translate(_SCRIPT))
    return element("script", spelled, type="application/json", id=name)


def source_hash(text: str) -> str:
    """Give what a Content-Security-Policy calls a script or a style sheet by."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _escaped(text: str) -> str:
    if isinstance(text, Markup):
        return text
    return escape_html(escape(text)).encode("ascii", "xmlcharrefreplace").decode()
