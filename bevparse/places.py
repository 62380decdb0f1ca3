"""From canonical pointers to lines and columns, in a body of any format."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, Protocol, cast

from .bodies import choose_format, decode
from .endpoints import open_payload
from .errors import DecodeError
from .formats import Format, Locator
from .lanes import ARRAY_MODELS, Frame, lane_of
from .lanes.chunks import FrameError, Stretch, blocks_of
from .limits import Limits
from .models import Response
from .payloads.candidates import Item, Payload
from .payloads.elements import items_of
from .payloads.layout import Field, ItemsField, Layout, layout_of
from .payloads.tables import Columns, match_columns
from .problems.findings import Findings
from .tree import Fields, Node, Path, Table, fold

__all__ = ["places_of"]

_HEADER: Final[Path] = (-1,)
_RECORD: Final = re.compile(r"/response/([0-9]{1,9})(?:/|\Z)")

_SMALL: Final = 2**18
"""Bytes of a body that is read as a whole, and of the stretches that a longer one is cut into."""

_DIGITS: Final = 9
"""More than any number of records has."""


def places_of(
    body: bytes | str, model: type[Response], pointers: Collection[str], *, format: str | None, limits: Limits
) -> dict[str, tuple[int, int]]:
    """Find the line and column of each pointer, by reading the body once more and asking its format once.

    A field that the body does not have is where its record is, and a member that has no place of its own is where its
    list is. What cannot be found at all is left out.

    Args:
        body: a body that can be read without errors.
        model: what it was read as.
        pointers: pointers into its canonical JSON.
        format: the format that it has.
        limits: the bounds under which it was read.
    """
    chosen, named = choose_format(body, format, limits)
    if isinstance(body, bytes) and len(body) > _SMALL and model in ARRAY_MODELS:
        quick = _in_stretches(body, chosen, model, pointers, limits)
        if quick is not None:
            return quick
    return _in_whole(body, chosen, named, model, pointers, limits)


def _in_whole(
    body: bytes | str,
    chosen: Format,
    named: Format | None,
    model: type[Response],
    pointers: Collection[str],
    limits: Limits,
) -> dict[str, tuple[int, int]]:
    chosen, document = decode(body, chosen, named, limits)
    payload = open_payload(document.root, chosen.kind, Findings(limits.problems))
    if payload is None or not hasattr(chosen, "locate"):
        return {}
    finder = _finder(payload, layout_of(model), chosen.kind == "typed", limits)
    found = {pointer: finder.path(_names(pointer)) for pointer in pointers if pointer.startswith("/response")}
    paths = {pointer: path for pointer, path in found.items() if path is not None}
    places = cast(Locator, chosen).locate(body, set(paths.values()))
    return {pointer: places[path] for pointer, path in paths.items() if path in places}


def _in_stretches(
    body: bytes, chosen: Format, model: type[Response], pointers: Collection[str], limits: Limits
) -> dict[str, tuple[int, int]] | None:
    """Find places in the stretches of a long array that hold them, or give None and leave it to the whole body."""
    wanted = {pointer: _RECORD.match(pointer) for pointer in pointers}
    numbers = {pointer: int(found[1]) for pointer, found in wanted.items() if found}
    lane = lane_of(chosen)
    frame = lane.open_frame(blocks_of(body), limits) if lane else None
    if frame is None or len(numbers) < len(wanted):
        return None
    places: dict[str, tuple[int, int]] = {}
    try:
        for stretch, first, count in _counted(frame, cast(ItemsField, layout_of(model).items)):
            inside = {
                f"/response/{number - first}{pointer[len(f'/response/{number}') :]}": pointer
                for pointer, number in numbers.items()
                if first <= number < first + count
            }
            if inside:
                small = frame.wrapped(stretch.text)
                found = _in_whole(small, chosen, chosen, model, inside.keys(), limits)
                places |= {inside[pointer]: frame.moved(place, stretch) for pointer, place in found.items()}
    except FrameError:
        return None
    return places


def _counted(frame: Frame, items: ItemsField) -> Iterator[tuple[Stretch, int, int]]:
    """Give stretches with the number of their first record and how many there are."""
    stretches = frame.stretches()
    stretch, first = next(stretches, None), 0
    while stretch is not None:
        try:
            records = frame.read(stretch.text, items)
            count = len(records) if records is not None else len(frame.nodes(stretch.text))
        except DecodeError:
            stretch = stretches.send(False)
        else:
            yield stretch, first, count
            first += count
            stretch = next(stretches, None)


def _names(pointer: str) -> list[str]:
    """Take a pointer apart, without the response in front."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[2:]]


class _Finder(Protocol):
    def path(self, names: list[str]) -> Path | None:
        """Find the path of a node, or of the nearest node around it; None where there is no such record."""
        ...


def _finder(payload: Payload, layout: Layout, typed: bool, limits: Limits) -> _Finder:
    if isinstance(payload.node, Table):
        return _Rows(payload.node, layout, limits)
    return _Values(payload) if typed else _Elements(payload, layout)


def _named(node: Node, path: Path, name: str) -> list[Item]:
    """Find the fields of a name in whatever spelling; nothing but fields has any."""
    pairs = node.pairs if isinstance(node, Fields) else []
    return [(value, (*path, position)) for position, (other, value) in enumerate(pairs) if fold(other) == fold(name)]


def _number(name: str, count: int) -> int | None:
    number = int(name) if name.isdecimal() and len(name) <= _DIGITS else count
    return number if number < count else None


def _numbered(items: ItemsField | None, names: list[str]) -> list[str] | None:
    """Take off what leads to the array of records; None where the names lead elsewhere."""
    if items is None or (items.wire_name and names[:1] != [items.wire_name]):
        return None
    return names[1:] if items.wire_name else names


def _hosts(field: Field, text: str) -> tuple[str, ...]:
    """Give the members of a list that is spelled as one text; no other text has any."""
    value = field.spelling.text(text)
    return cast("tuple[str, ...]", value) if isinstance(value, tuple) else ()


def _member(paths: list[Path], names: list[str], around: Path) -> Path:
    """Find a member by the first of the names, or stay where its list is."""
    number = _number(names[0], len(paths)) if names else None
    return around if number is None else paths[number]


class _Values:
    """Finds nodes in trees that say themselves what is a list."""

    def __init__(self, payload: Payload) -> None:
        self._node = payload.node
        self._path = payload.path

    def path(self, names: list[str]) -> Path | None:
        """Go down as far as the tree goes."""
        node, path = self._node, self._path
        for name in names:
            if isinstance(node, list):
                number = _number(name, len(node))
                if number is None:
                    return None
                node, path = node[number], (*path, number)
                continue
            found = _named(node, path, name)
            if not found:
                return path
            node, path = found[0]
        return path


class _Elements:
    """Finds nodes in trees of elements, where the model says what is a list, whatever it is spelled like."""

    def __init__(self, payload: Payload, layout: Layout) -> None:
        self._around: Item = payload.node, payload.path
        self._layout = layout
        items = layout.items
        nodes = _named(*self._around, items.wire_name) if items and items.wire_name else [self._around]
        self._list = nodes[0][1] if nodes else payload.path
        self._records = list(items_of(nodes, frozenset(items.layout.by_fold))) if items else []

    def path(self, names: list[str]) -> Path | None:
        """Find a record by its number, and a field in it by its name."""
        items = self._layout.items
        numbered = _numbered(items, names)
        if items is None or numbered is None:
            return _in_fields(self._around, self._layout, names)
        if not numbered:
            return self._list
        number = _number(numbered[0], len(self._records))
        return None if number is None else _in_fields(self._records[number], items.layout, numbered[1:])


def _in_fields(around: Item, layout: Layout, names: list[str]) -> Path:
    found = _named(*around, names[0]) if names else []
    if not found:
        return around[1]
    field = layout.by_fold.get(fold(names[0]))
    members = list(_members(field, found)) if field else []
    return _member(members, names[1:], found[0][1])


def _members(field: Field, found: list[Item]) -> Iterator[Path]:
    """Find the members of a list: in one element, in several, or in the text of one."""
    for node, path in found:
        if isinstance(node, Fields):
            yield from ((*path, position) for position in range(len(node.pairs)))
        else:
            yield from [path] * len(_hosts(field, cast(str, node)))


class _Rows:
    """Finds cells in tables, where each row repeats what a response has beside its records."""

    def __init__(self, table: Table, layout: Layout, limits: Limits) -> None:
        self._rows = table.rows
        self._items = layout.items
        layouts = (layout.items.layout, layout) if layout.items else (layout,)
        matched = match_columns(table.header, layouts, Findings(limits.problems))
        self._columns, self._unknown = matched[:2] if matched else ([Columns(layout, (), Findings(1))], {})

    def path(self, names: list[str]) -> Path | None:
        """Find a row by its number, and a cell in it by the field."""
        numbered = _numbered(self._items, names)
        if numbered is None:
            return self._cell(0, self._columns[-1], names) if names and self._rows else _HEADER
        if not numbered:
            return _HEADER
        number = _number(numbered[0], len(self._rows))
        return None if number is None else self._cell(number, self._columns[0], numbered[1:])

    def _cell(self, row: int, columns: Columns, names: list[str]) -> Path:
        field = columns.layout.by_fold.get(fold(names[0])) if names else None
        cells = [(row, position) for position, known in columns.places if known is field]
        if field is None or not cells:
            position = self._unknown.get(names[0]) if names else None
            return (row,) if position is None else (row, position)
        members: list[Path] = [cell for cell in cells for _ in _hosts(field, self._rows[row][cell[1]])]
        return _member(members, names[1:], cells[0])
