"""How each format spells an array of records, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from json.encoder import encode_basestring as json_text
from operator import itemgetter
from typing import Final, Protocol, cast

from pydantic import BaseModel

from ..formats import Format, csv, json, xml
from ..models import Response
from ..payloads.layout import Field, Layout, layout_of
from ..tree import Node
from ..wire import TEXT, join_hosts
from . import IrregularRecordError, Memo

__all__ = ["DIALECTS", "Dialect", "RecordSpeller", "Undocumented", "dump_by_lane", "frame_of", "safe_cell"]

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
            raise IrregularRecordError from None


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
            raise IrregularRecordError
        return "".join(self._element(name, cast(str, value)) for name, value in held.items())

    def _element(self, name: str, text: str) -> str:
        if text.isalnum() or (text.isprintable() and not ("&" in text or "<" in text or ">" in text)):
            return f"<{name}>{text}</{name}>" if text else f"<{name}/>"
        if xml.forbidden_character(text) is not None:
            raise IrregularRecordError
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
            raise IrregularRecordError
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

_SLICE: Final = 1000


@dataclass(frozen=True, slots=True)
class Undocumented:
    """What is known about undocumented fields where records are written."""

    together: set[tuple[str, ...]]
    """Names that one record may have together."""
    columns: list[str]
    """The columns of a table that they stand in."""


_NONE: Final = Undocumented(set(), [])
_BY_MODULE: Final = {module.__name__: DIALECTS[module.name] for module in (csv, json, xml)}


def dump_by_lane(format: Format, response: Response) -> bytes | None:
    """Write an array of records, or give None and leave it to the tree.

    Args:
        format: the format.
        response: a response that is an array, or another, which no lane writes.
    """
    dialect = _BY_MODULE.get(getattr(format, "__name__", ""))
    items = layout_of(type(response)).items
    if dialect is None or items is None or items.wire_name or response.model_extra:
        return None
    records = cast("tuple[BaseModel, ...]", getattr(response, items.attribute))
    if not records:
        return None
    written = BytesIO()  # its value is the buffer itself, so that there is no second copy of the body
    try:
        for piece in _pieces(dialect, items.layout, records):
            written.write(piece.encode())
    except (IrregularRecordError, UnicodeEncodeError):
        return None
    return written.getvalue()


class RecordSpeller:
    """Spells records without what stands around them.

    Args:
        name: "json", "xml", "csv", "jsonl" (a line for each record) or "csv-safe" (for spreadsheets).
        layout: the layout of their model.
        undocumented: what undocumented fields they may have, which may change from one call to the next.
    """

    def __init__(self, name: str, layout: Layout, undocumented: Undocumented) -> None:
        self._between = DIALECTS[name].record[2]
        self._speller = _Speller(DIALECTS[name], layout, undocumented)

    def spell(self, records: Iterable[BaseModel]) -> bytes | None:
        """Spell records, or give None and leave it to the tree."""
        try:
            return self._between.join(self._speller.spell(records)).encode()
        except (IrregularRecordError, UnicodeEncodeError):
            return None


def frame_of(name: str, layout: Layout) -> tuple[str, str, str]:
    """Give what stands before the first record, between two, and behind the last."""
    before, behind = DIALECTS[name].around(layout)
    return before, DIALECTS[name].record[2], behind


def _pieces(dialect: Dialect, layout: Layout, records: Sequence[BaseModel]) -> Iterator[str]:
    before, behind = dialect.around(layout)
    speller = _Speller(dialect, layout)
    separator = ""
    yield before
    for start in range(0, len(records), _SLICE):
        yield separator + dialect.record[2].join(speller.spell(records[start : start + _SLICE]))
        separator = dialect.record[2]
    yield behind


class _Speller:
    """Spells records of one layout."""

    def __init__(self, dialect: Dialect, layout: Layout, undocumented: Undocumented = _NONE) -> None:
        fields = dialect.fields(layout)
        self._model = layout.model
        self._dialect = dialect
        self._undocumented = undocumented
        self._first = fields[0]
        self._list = next((field for field in fields if field.spelling.many), None)
        place = fields.index(self._list) if self._list else len(fields)
        self._before = list(fields[1:place])
        self._behind = list(fields[place + 1 :])
        self._rests: Memo[object, tuple[str, str]] = Memo(self._rest)
        self._lists: Memo[object, str] = Memo(self._members)

    def spell(self, records: Iterable[BaseModel]) -> Iterator[str]:
        """Spell records.

        Raises:
            SurpriseError: one has undocumented fields that it may not have, or holds what the format cannot carry.
        """
        opening, closing, _ = self._dialect.record
        first = self._first.attribute
        spell_first = self._dialect.text(self._first.wire.name) if self._first.spelling is TEXT else self._spell_first
        many = self._list.attribute if self._list else first
        rest_of = itemgetter(*(field.attribute for field in (*self._before, *self._behind)))
        rests, lists = self._rests, self._lists
        together, columns = self._undocumented.together, self._undocumented.columns
        blank = self._dialect.undocumented({}, columns)
        for record in records:
            if record.__class__ is not self._model:
                raise IrregularRecordError
            if extra := record.__pydantic_extra__:
                if tuple(extra) not in together:
                    raise IrregularRecordError
                tail = self._dialect.undocumented(extra, columns)
            else:
                tail = blank
            values = record.__dict__
            before, behind = rests[rest_of(values)]
            listed = lists[values[many]] if self._list else ""
            yield f"{opening}{spell_first(values[first])}{before}{listed}{behind}{tail}{closing}"

    def _spell_first(self, value: object) -> str:
        return self._dialect.field(self._first, self._first.spelling.write(value), first=True)

    def _spell(self, field: Field, value: object) -> str:
        return self._dialect.field(field, field.spelling.write(value), first=False)

    def _rest(self, values: object) -> tuple[str, str]:
        """Spell what stands around the list."""
        several = len(self._before) + len(self._behind) > 1
        left = list(cast("tuple[object, ...]", values) if several else (values,))
        before = "".join(map(self._spell, self._before, left))
        return before, "".join(map(self._spell, self._behind, left[len(self._before) :]))

    def _members(self, values: object) -> str:
        return self._spell(cast(Field, self._list), values)
