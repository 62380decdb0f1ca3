"""The lane for XML: elements as `dump` writes them, cut at tags that the wire marks tell.

Everything between the tags is compared with what an expression of the same wire marks matches, and the texts hold
no reference and no character that XML refuses, so there is nothing that a parser would see differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from pydantic import BaseModel

from ..formats.text import without_mark
from ..formats.xml import decode, forbidden_character, locate, member_name
from ..limits import Limits
from ..models import EndpointName
from ..problems import Problem
from ..shapes.building import build_all
from ..shapes.findings import Findings
from ..shapes.layout import Field, ItemsField, Layout
from ..shapes.payloads import candidates_of_items
from ..shapes.records import RecordReader
from ..tree import Fields, Node, Path
from ..wire import TEXT
from . import TolerantReader
from .cutting import Cut, FrameError, Stretch, Stretches, cut_stretches, moved
from .rows import Memo, SurpriseError, Values, said

__all__ = ["open_frame"]

_HEAD: Final = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="[Uu][Tt][Ff]-8"\?>)?'
    rb"[ \t\r\n]*+<xml>[ \t\r\n]*+<response>[ \t\r\n]*+(?=<item>)"
)
_TAIL: Final = re.compile(rb"[ \t\r\n]*+</response>[ \t\r\n]*+</xml>[ \t\r\n]*+\Z")
_BETWEEN: Final = re.compile(rb"</item>([ \t\r\n]*+)<item>")
_ITEM, _END = "<item>", "</item>"
_BEFORE, _BEHIND = b"<xml><response>", b"</response></xml>"
_DEPTH: Final = 5
_LEAST: Final = 2


def open_frame(blocks: Iterator[bytes], limits: Limits) -> _Frame | None:
    """Look at the beginning of a body, and say whether items in a response follow."""
    first, problems = without_mark(next(blocks, b""))
    head = _HEAD.match(first)
    return _Frame(first, head.end(), blocks, limits, problems) if head and limits.depth >= _DEPTH else None


class _Frame:
    """Items in a response in the root element."""

    def __init__(
        self, first: bytes, begin: int, blocks: Iterator[bytes], limits: Limits, problems: tuple[Problem, ...]
    ) -> None:
        self.problems = problems
        self._first = first
        self._begin = begin
        self._blocks = blocks
        self._limits = limits
        self._longest = min(limits.string, limits.records)  # a text of no more bytes has no more characters or members
        self._readers: dict[str, _ItemsReader] = {}

    def stretches(self) -> Stretches:
        """Cut between two items."""
        found = _BETWEEN.search(self._first, self._begin)
        between = found[0] if found else b"</item><item>"
        cut = Cut(between, len(_END), len(between) - len(_ITEM), _TAIL, returns=True)
        return cut_stretches(self._first, self._begin, self._blocks, cut)

    def _nodes(self, stretch: bytes) -> list[Node]:
        root = cast(Fields, decode(_BEFORE + stretch + _BEHIND, self._limits).root)
        responses = cast(Fields, root.pairs[0][1]).pairs
        node = responses[0][1]
        pairs = node.pairs if isinstance(node, Fields) else []
        if len(responses) != 1 or not pairs or any(name != "item" for name, _ in pairs):
            raise FrameError("elements beside the items")
        return [value for _, value in pairs]

    def candidates(self, stretch: bytes) -> tuple[EndpointName, ...]:
        """Let the first record that says anything decide; a single one may be something else than a record."""
        nodes = self._nodes(stretch)
        return candidates_of_items(nodes) if len(nodes) >= _LEAST else ()

    def read(self, stretch: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Read a stretch about which there is nothing to say, or give None."""
        model = items.layout.model
        if model.__name__ not in self._readers:
            self._readers[model.__name__] = _ItemsReader(items.layout)
        if len(stretch) > self._longest:
            return None
        try:
            return build_all(model, self._readers[model.__name__].values(stretch.decode()))
        except (SurpriseError, UnicodeError):
            return None

    def rest(self, stretch: Stretch) -> bytes:
        """Make a body of what could not be cut."""
        return _BEFORE + stretch.text

    def moved(self, place: tuple[int, int], stretch: Stretch) -> tuple[int, int]:
        """Turn a place in a stretch made to a body into the place in the whole body."""
        return moved(place, stretch, len(_BEFORE))

    def places(self, stretch: Stretch, number: int, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Find lines and columns in a stretch."""
        inside = {(*path[:2], path[2] - number, *path[3:]): path for path in paths}
        found = locate(_BEFORE + stretch.text + _BEHIND, inside)
        return {inside[path]: self.moved(place, stretch) for path, place in found.items()}

    def tolerant(self, items: ItemsField, findings: Findings) -> TolerantReader:
        """Give the tolerant reader of stretches."""
        reader = RecordReader(items.layout, "text", findings)

        def read(stretch: bytes, number: int) -> tuple[Sequence[BaseModel], int]:
            nodes = self._nodes(stretch)
            records = [
                reader.record(node, (0, 0, index), f"/response/{index}")
                for index, node in enumerate(nodes, start=number)
            ]
            return [record for record in records if record is not None], len(nodes)

        return read


class _ItemsReader:
    """Reads items of one layout."""

    def __init__(self, layout: Layout) -> None:
        fields = layout.written
        self._defaults = dict.fromkeys(layout.template) | {field.attribute: field.default for field in fields}
        self._first = fields[0]
        self._fields = [field for field in fields[1:] if not field.spelling.many]
        self._list = next((field for field in fields if field.spelling.many), None)
        self._expression = re.compile("".join(map(_expression, fields[1:])))
        self._rests: Memo[str, Values] = Memo(self._rest)
        self._lists: Memo[str, tuple[str, ...]] = Memo(self._members)

    def values(self, text: str) -> list[Values]:
        """Read items.

        Raises:
            SurpriseError: some item is not so regular.
        """
        name, attribute = self._first.wire.name, self._first.attribute
        start, stop = f"{_ITEM}<{name}>", f"</{name}>"
        if not (text.startswith(start) and text.endswith(_END)):
            raise SurpriseError
        found: list[Values] = []
        firsts: list[str] = []
        many, opening, closing = _list_tags(self._list)
        rests, lists = self._rests, self._lists
        for row in text[len(start) : -len(_END)].split(_END + start):
            first, mark, rest = row.partition(stop)
            before, begun, after = rest.partition(opening)
            if begun:
                members, mark, end = after.partition(closing)
                values = rests[before + opening + end].copy()
                values[many] = lists[members]
            else:
                values = rests[rest].copy()
            if not mark:
                raise SurpriseError
            values[attribute] = first
            firsts.append(first)
            found.append(values)
        _check_plain("".join(firsts))
        return found if self._first.spelling is TEXT else self._with_first(found)

    def _with_first(self, found: list[Values]) -> list[Values]:
        field = self._first
        for values in found:
            values[field.attribute] = said(field, cast(str, values[field.attribute]))
        return found

    def _rest(self, text: str) -> Values:
        """Read what is behind the first field, with the opening tags of the list for the list."""
        found = self._expression.fullmatch(text)
        if found is None:
            raise SurpriseError
        values = self._defaults.copy()
        for field, caught in zip(self._fields, found.groups(), strict=True):
            if caught is not None:
                _check_plain(caught)
                values[field.attribute] = said(field, caught)
            elif field.required or field.wire.nullable:
                values[field.attribute] = said(field, "")
        return values

    def _members(self, text: str) -> tuple[str, ...]:
        member = member_name(cast(Field, self._list).wire.name)
        members = text.split(f"</{member}><{member}>")
        for one in members:
            _check_plain(one)
        return tuple(members)


def _check_plain(text: str) -> None:
    """See that a text is read by a parser as it stands.

    Raises:
        SurpriseError: it holds markup, a carriage return, or a character that XML refuses.
    """
    if "<" in text or ">" in text or "&" in text:
        raise SurpriseError
    if not text.isprintable() and ("\r" in text or forbidden_character(text) is not None):
        raise SurpriseError


def _list_tags(field: Field | None) -> tuple[str, str, str]:
    """Give the attribute of the list of a record, and the tags around its members; a record without has none."""
    if field is None:
        return "", "<>", "</>"
    name, member = field.wire.name, member_name(field.wire.name)
    return field.attribute, f"<{name}><{member}>", f"</{member}></{name}>"


def _expression(field: Field) -> str:
    """Match a field as the writer spells it: always there, empty, or left out."""
    name = field.wire.name
    if field.spelling.many:
        return f"(?:{_list_tags(field)[1]})?+"
    there = f"<{name}>([^<>]++)</{name}>"
    if field.required or field.wire.nullable:
        return f"(?:{there}|<{name}/>)"
    return there if field.wire.always else f"(?:{there})?+"
