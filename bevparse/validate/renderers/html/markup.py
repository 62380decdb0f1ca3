"""HTML that is safe by construction: text is escaped when it is put into an element, unless it is `Markup`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape as escape_html
from typing import Final

from ....problems import escape
from ....problems.rules import Severity

__all__ = ["Markup", "badge", "clipped", "element", "joined", "scrollable", "source_hash", "table"]

_VOID: Final = frozenset({"input", "link", "meta"})
_LONGEST: Final = 240


class Markup(str):
    """HTML source, which is not escaped again. It is pure ASCII, so that no encoding can change it."""

    __slots__ = ()


def element(name: str, /, *inside: str, **attributes: str | int) -> Markup:
    """Return an element; in the names of attributes `_` means `-`, and a final `_` is dropped.

    >>> print(element("td", "<b>", class_="n", aria_label='"'))
    <td class="n" aria-label="&quot;">&lt;b&gt;</td>
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"' for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{''.join(map(_escaped, inside))}</{name}>")


def joined(*parts: str) -> Markup:
    """Return parts one after the other, escaped unless they are markup."""
    return Markup("".join(map(_escaped, parts)))


def table(
    caption: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], class_: str = "", sorted_by: str = ""
) -> Markup:
    """Return a table. The first cell of each row is its heading.

    `sorted_by` is the heading of the column by which the rows are sorted, the worst first. Then readers can sort the
    table by other columns, too.

    Every element has an explicit role, because style sheets with another `display` remove the implied role.
    """
    head = element("tr", *(_head(one, is_sorted=one == sorted_by) for one in heads), role="row")
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
        class_=f"{class_} sortable" if sorted_by else class_,
    )


def scrollable(content: Markup, label: str) -> Markup:
    """Return content in a box that scrolls it. The box can have the focus, so that the keyboard scrolls it, too."""
    return element("div", content, class_="scroll", role="group", aria_label=label, tabindex=0)


def _head(head: str, *, is_sorted: bool) -> Markup:
    if not head:
        return element("td", role="cell")
    order = {"aria_sort": "descending"} if is_sorted else {}
    return element("th", head, scope="col", role="columnheader", **order)


def clipped(text: str, longest: int = _LONGEST) -> str:
    r"""Return a text with invisible characters escaped, without its middle if it is long.

    >>> clipped("abcdefghij", 6), clipped(chr(10))
    ('abc…ij', '\\n')
    """
    text = escape(text)
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"


def badge(severity: Severity) -> Markup:
    """Return a severity as a badge, which has a different mark for each severity, not only a colour."""
    return element("span", severity, class_=f"badge {severity}")


def source_hash(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or a style sheet."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _escaped(text: str) -> str:
    if isinstance(text, Markup):
        return text
    return escape_html(escape(text)).encode("ascii", "xmlcharrefreplace").decode()
