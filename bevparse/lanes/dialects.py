"""How each format spells an array of records, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from json.encoder import encode_basestring as json_text
from typing import Final, Protocol, cast

from ..formats import csv, json, xml
from ..hosts import join_hosts
from ..shapes.layout import Field, Layout
from ..tree import Node
from .rows import SurpriseError

__all__ = ["DIALECTS", "Dialect", "safe_cell"]

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Dialect(Protocol):
    """How a format spells an array of records."""

    def fields(self, layout: Layout) -> Sequence[Field]:
        """Give the fields in the order in which they are written."""
        ...

    def around(self, layout: Layout) -> tuple[str, str]:
        """Give what stands before the first record and behind the last."""
        ...

    @property
    def record(self) -> tuple[str, str, str]:
        """What stands before a record, behind it, and between two."""
        ...

    def text(self, name: str) -> Callable[[str], str]:
        """Give what spells a text that is the first field.

        Raises:
            SurpriseError: (when it spells) the text holds what the format cannot carry.
        """
        ...

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        """Spell a field with what separates it from the one before.

        Raises:
            SurpriseError: it holds what the format cannot carry.
        """
        ...

    def undocumented(self, held: Mapping[str, object], columns: Sequence[str]) -> str:
        """Spell the undocumented fields of a record, with what separates them from the others.

        Raises:
            SurpriseError: one holds what the format cannot carry.
        """
        ...


class _Json:
    record = "{", "}", ","

    def fields(self, layout: Layout) -> Sequence[Field]:
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        return '{"response":[', "]}"

    def text(self, name: str) -> Callable[[str], str]:
        return lambda text: f'"{name}":{json_text(text)}'

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        if node is None and not field.wire.nullable:
            return ""
        if isinstance(node, str):
            text = json_text(node)
        elif isinstance(node, list):
            text = f"[{','.join(map(json_text, cast('list[str]', node)))}]"
        else:
            text = "null" if node is None else str(node)
        return f'{"" if first else ","}"{field.wire.name}":{text}'

    def undocumented(self, held: Mapping[str, object], columns: Sequence[str]) -> str:
        try:
            return "".join(f",{json_text(name)}:{json.spell(cast(Node, value))}" for name, value in held.items())
        except (ValueError, RecursionError):
            raise SurpriseError from None


class _Xml:
    record = "<item>", "</item>", ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        return layout.written

    def around(self, layout: Layout) -> tuple[str, str]:
        return f"{xml.DECLARATION}<xml><response>", "</response></xml>"

    def text(self, name: str) -> Callable[[str], str]:
        return partial(self._element, name)

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        if node is None and not field.wire.nullable:
            return ""
        name = field.wire.name
        if not isinstance(node, list):
            return self._element(name, "" if node is None else str(node))
        member = xml.member_name(name)
        return f"<{name}>{''.join(self._element(member, str(text)) for text in node)}</{name}>"

    def undocumented(self, held: Mapping[str, object], columns: Sequence[str]) -> str:
        if not all(isinstance(value, str) for value in held.values()):
            raise SurpriseError
        return "".join(self._element(name, cast(str, value)) for name, value in held.items())

    def _element(self, name: str, text: str) -> str:
        if text.isalnum() or (text.isprintable() and not ("&" in text or "<" in text or ">" in text)):
            return f"<{name}>{text}</{name}>" if text else f"<{name}/>"
        if xml.forbidden_character(text) is not None:
            raise SurpriseError
        return "".join(xml.spell(name, text))


class _Csv:
    record = "", "\n", ""

    def fields(self, layout: Layout) -> Sequence[Field]:
        return layout.fields

    def around(self, layout: Layout) -> tuple[str, str]:
        return ",".join(csv.spell_cell(field.label) for field in layout.fields) + "\n", ""

    def text(self, name: str) -> Callable[[str], str]:
        return self._cell

    def field(self, field: Field, node: Node, *, first: bool) -> str:
        text = "" if node is None else join_hosts(cast("list[str]", node)) if isinstance(node, list) else str(node)
        return ("" if first else ",") + self._cell(text)

    def undocumented(self, held: Mapping[str, object], columns: Sequence[str]) -> str:
        if not all(isinstance(value, str) and value for value in held.values()):
            raise SurpriseError
        return "".join(f",{self._cell(cast(str, held.get(name, '')))}" for name in columns)

    def _cell(self, text: str) -> str:
        return csv.spell_cell(text)


class _JsonLines(_Json):
    record = "{", "}\n", ""

    def around(self, layout: Layout) -> tuple[str, str]:
        return "", ""


class _SafeCsv(_Csv):
    """Cells that no spreadsheet takes for formulas."""

    def _cell(self, text: str) -> str:
        return csv.spell_cell(safe_cell(text))


def safe_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    >>> safe_cell("=1+1"), safe_cell("ann@mail.example")
    ("'=1+1", 'ann@mail.example')
    """
    return f"'{text}" if text.startswith(_FORMULAS) else text


DIALECTS: Final[dict[str, Dialect]] = {
    "csv": _Csv(), "csv-safe": _SafeCsv(), "json": _Json(), "jsonl": _JsonLines(), "xml": _Xml()
}  # fmt: skip
"""By the names of the formats; "csv-safe" is for spreadsheets."""
