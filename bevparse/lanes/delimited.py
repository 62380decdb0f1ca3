"""RowCutter of JSON and XML, which are strings. The values in their slots are found by the delimiters around them.

The delimiters of a value are the same in every row, such as `"address":"` and `"`, or `<address>` and `</address>`.
A row begins with the value of the first slot: what is before that value is the same in every record, and is cut off.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, cast

from ..errors import DecodeError
from ..payloads.layout import Field, Layout
from ..tree import Fields, Node, fold
from ..wire import TEXT, Deviation, Note
from .chunks import NotStreamableError
from .examples import Division, RowCutter
from .slots import IRREGULAR, NumberSlot, Slot, TextSlot, require_value, token, token_like

__all__ = ["DelimitedRowCutter", "Delimiters"]

_SAMPLES: Final = 64
_FEW: Final = 8
"""A field with more values than this in the samples becomes a slot."""
_MOST_SLOTS: Final = 9
_SLOT: Final = "\0"
"""In a template, the first character of the placeholder of a slot. Neither JSON nor XML may contain it."""
_WHOLE: Final = _SLOT
"""The first character of a row with a whole record: what is before the first slot differs from other records."""
_DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")


class Delimiters(NamedTuple):
    """What is around a value in a row."""

    opening: str
    closing: str
    """Empty if the value is at the end of the row."""


class _ListDelimiters(NamedTuple):
    """What is around the members of a list."""

    before: str
    """What is before the first member."""
    between: str | None
    """What is between two members; None if no sample has two."""
    after: str
    """What is after the last member."""

    @classmethod
    def of(cls, text: str, members: Sequence[str]) -> _ListDelimiters | None:
        """Return what is around the members in the text of a list, or None if that differs between members."""
        begin, last = text.find(members[0]), text.rfind(members[-1])
        second = text.find(members[1], begin + len(members[0])) if len(members) > 1 else -1
        between = text[begin + len(members[0]) : second] if second >= 0 else None
        found = cls(text[:begin], between, text[last + len(members[-1]) :])
        return found if found.before + (between or "").join(members) + found.after == text else None


@dataclass(frozen=True, slots=True)
class _Place:
    """A slot and the delimiters around it."""

    slot: Slot
    opening: str
    closing: str
    to_last: bool = False
    """Whether the slot ends at the last closing delimiter of the row, and not at the first."""


class DelimitedRowCutter(RowCutter):
    """Cuts chunks of JSON or XML into rows.

    Args:
        opening: how a record begins.
        closing: how a record ends.
        gap: a regular expression for what is between two records.
        layout: the layout of records.
        longest: the bytes of the longest chunk that cannot exceed a limit.
    """

    def __init__(self, opening: str, closing: str, gap: str, layout: Layout, longest: int) -> None:
        self._opening = opening
        self._closing = closing
        self._gap = re.compile(f"{re.escape(closing)}({gap}){re.escape(opening)}")
        self._between = ""
        """The end of a record, what is between it and the next record, and the beginning of the next."""
        self._lead = ""
        """What is before the value of the first slot in a record. Empty before the slots are known."""
        self._layout = layout
        self._longest = longest
        self._guard_name = token()

    def cut(self, chunk: bytes) -> Sequence[str] | None:
        """Return the rows of a chunk, or None if it is irregular."""
        try:
            text = self.regular(chunk.decode()) if len(chunk) <= self._longest else None
        except UnicodeError:
            return None
        opening, closing = self._opening, self._closing
        if text is None or _SLOT in text or not (text.startswith(opening) and text.endswith(closing)):
            return None
        if not self._between:
            found = self._gap.search(text)
            self._between = found[0] if found else closing + opening
        between, lead = self._between, self._lead
        text = text[len(opening) : len(text) - len(closing)]
        if not lead:
            return text.split(between)
        begins = text.startswith(lead)
        rows = (text[len(lead) :] if begins else f"{_WHOLE}{text}").split(between + lead)
        is_regular = begins and text.count(between) == len(rows) - 1
        return rows if is_regular else self._separated(rows)

    def _separated(self, rows: Sequence[str]) -> Sequence[str]:
        """Give each record that does not begin with `_lead` a row of its own, whose first character is `_WHOLE`."""
        separated: list[str] = []
        for row in rows:
            first, *others = row.split(self._between)
            separated += (first, *(f"{_WHOLE}{other}" for other in others))
        return separated

    def regular(self, text: str) -> str | None:
        """Make all records of a chunk begin alike, and end alike. Return None if that is not possible."""
        return text

    def list_text(self, text: str) -> str:
        """Make the delimiters around all members in the text of a list alike."""
        return text

    def nodes(self, rows: Sequence[str]) -> Sequence[Node] | None:
        """Decode rows, and return the node of each, or None if one of them is not exactly one record."""
        # Between two rows is a guard, whose name no body contains. If all guards come back, each row is one record.
        lead = self._lead
        texts = [self.guard(self._guard_name)] * (2 * len(rows) - 1)
        texts[::2] = [row[1:] if row[:1] == _WHOLE else lead + row for row in rows] if lead else rows
        try:
            nodes = self.decoded(f"{self._opening}{self._between.join(texts)}{self._closing}")
        except (DecodeError, NotStreamableError):
            return None
        expected = Fields([(self._guard_name, "0")])
        is_whole = nodes is not None and len(nodes) == len(texts) and all(node == expected for node in nodes[1::2])
        return nodes[::2] if is_whole and nodes else None

    @abstractmethod
    def decoded(self, text: str) -> Sequence[Node] | None:
        """Decode the text of a chunk, or return None if the tolerant reader must read the chunk.

        Raises:
            DecodeError: the text is not well-formed, or exceeds a limit.
            NotStreamableError: the text contains something that is no record.
        """

    @abstractmethod
    def guard(self, name: str) -> str:
        """Return a row with one field, which has this name and the value "0"."""

    @abstractmethod
    def are_plain(self, text: str) -> bool:
        """Return whether a string is free of the syntax of the format, so that it is a value as it is."""

    @abstractmethod
    def delimiters(self, name: str, value: str | int, row: str) -> Delimiters | None:
        """Return the delimiters around the value of a field in a row, or None if they are not found."""

    @abstractmethod
    def find_list(self, name: str, row: str) -> re.Match[str] | None:
        """Find the list of a field in a row. The groups are what is before it, its text, and what is after it."""

    @abstractmethod
    def reader(self, field: Field) -> Callable[[Node], object]:
        """Return the function of the tolerant reader that reads a single value of a field."""

    @abstractmethod
    def is_reported_once(self, note: Note) -> bool:
        """Return whether the problem in a note is reported only once in a body, and not for each record."""

    def division(self, rows: Sequence[str]) -> _DelimitedDivision | None:
        """Find the slots of some rows and their delimiters. Return None if there are no slots, or too many."""
        samples = rows[:_SAMPLES]
        nodes = self.nodes(samples)
        if nodes is None or not all(isinstance(node, Fields) for node in nodes):
            return None
        found: dict[str, list[tuple[str, list[Node]]]] = {}
        for row, node in zip(samples, nodes, strict=True):
            values: dict[str, list[Node]] = {}
            for name, value in cast(Fields, node):
                values.setdefault(name, []).append(value)
            for name, some in values.items():
                found.setdefault(name, []).append((row, some))
        places: list[_Place] = []
        for name, fields in found.items():
            place = self._place(name, fields)
            if place and place.slot.attribute not in [other.slot.attribute for other in places]:
                places.append(place)
        if not 0 < len(places) <= _MOST_SLOTS:
            return None
        before = {row.partition(place.opening)[0] for row in samples for place in places[:1]}
        if len(before) == 1:
            self._lead = before.pop() + places[0].opening
        return _DelimitedDivision(places, has_lead=bool(self._lead))

    def _place(self, name: str, samples: list[tuple[str, list[Node]]]) -> _Place | None:
        """Return where the slot of a field is, or None if the field has few values or its delimiters are not found.

        Args:
            name: the name of the field.
            samples: rows with the field, each with the values of all fields of that name.
        """
        field = self._layout.by_fold.get(fold(name))
        if field and field.spelling.many:
            return self._list_place(name, field, samples)
        values = [(row, some[0]) for row, some in samples if len(some) == 1]
        distinct = {value for _, value in values if isinstance(value, (str, int))}
        if len(distinct) <= _FEW and not (field and field.required):
            return None
        for row, value in values:
            if value != "" and isinstance(value, (str, int)) and not isinstance(value, bool):
                delimiters = self.delimiters(name, value, row)
                if delimiters:
                    return _Place(self._slot(name, field, value), *delimiters)
        return None

    def _slot(self, name: str, field: Field | None, sample: str | int) -> Slot:
        attribute, is_extra = field.attribute if field else name, field is None
        if isinstance(sample, int) and field is None:
            return NumberSlot(name, token_like(str(sample)))
        if isinstance(sample, int):
            read = self.reader(cast(Field, field))
            return Slot(
                attribute,
                lambda text: read(int(text)) if _DIGITS.match(text) else IRREGULAR,
                token_like(str(sample)),
            )
        if field is None or field.spelling is TEXT:
            return TextSlot(attribute, self.are_plain, token(), is_extra=is_extra)
        return Slot(attribute, self._plain_reader(field), token_like(sample), is_reported_once=self.is_reported_once)

    def _plain_reader(self, field: Field) -> Callable[[str], object]:
        read, are_plain = self.reader(field), self.are_plain
        return require_value(field, lambda text: read(text) if are_plain(text) else IRREGULAR)

    def _list_place(self, name: str, field: Field, samples: list[tuple[str, list[Node]]]) -> _Place | None:
        longest = max((some for _, some in samples), key=_members_in)
        row = next(row for row, some in samples if some is longest)
        repeated = len(longest) > 1
        if repeated or not isinstance(longest[0], str):
            members = longest if repeated else _list_members(longest[0])
            texts = [member for member in members if isinstance(member, str)]
            found = self.find_list(name, row) if texts and len(texts) == len(members) else None
            inside = _ListDelimiters.of(self.list_text(found[2]), texts) if found else None
            if found is None or inside is None:
                return None
            read = _MemberReader(inside, self.list_text, self.are_plain, self.reader(field) if repeated else None)
            slot = Slot(field.attribute, read, read.example())
            return _Place(slot, found[1], found[3], to_last=repeated)
        for row, some in samples:
            value = some[0]
            around = self.delimiters(name, value, row) if isinstance(value, str) and value.strip() else None
            if around:
                read_text, once = self._plain_reader(field), self.is_reported_once
                return _Place(Slot(field.attribute, read_text, token(), is_reported_once=once), *around)
        return None


def _list_members(node: Node) -> list[Node]:
    """Return the members of a list, or the elements in an element. A string has none."""
    return node.values() if isinstance(node, Fields) else node if isinstance(node, list) else []


def _members_in(values: list[Node]) -> int:
    return max(len(values), *(len(_list_members(value)) for value in values))


class _MemberReader:
    """Splits the text of a list into its members, or returns `IRREGULAR` if a member is not plain.

    Args:
        delimiters: what is around the members.
        list_text: see `DelimitedRowCutter.list_text`.
        are_plain: see `DelimitedRowCutter.are_plain`. It gets all members, joined.
        read: reads a member that is a repeated field. It is None if the list is one field.
    """

    def __init__(
        self,
        delimiters: _ListDelimiters,
        list_text: Callable[[str], str],
        are_plain: Callable[[str], bool],
        read: Callable[[Node], object] | None,
    ) -> None:
        self._delimiters = delimiters
        self._list_text = list_text
        self._are_plain = are_plain
        self._read = read

    def __call__(self, text: str) -> object:
        text = self._list_text(text)
        before, between, after = self._delimiters
        if len(text) < len(before) + len(after) or not (text.startswith(before) and text.endswith(after)):
            return IRREGULAR
        inside = text[len(before) : len(text) - len(after)]
        members = (inside,) if between is None else tuple(inside.split(between))
        is_regular = (
            all(members)
            and self._are_plain("".join(members))
            and (self._read is None or all(map(self._is_host, members)))
        )
        return members if is_regular else IRREGULAR

    def _is_host(self, text: str) -> bool:
        value = cast("Callable[[Node], object]", self._read)(text)
        value = value.value if isinstance(value, Deviation) else value
        return value == (text,)

    def example(self) -> str:
        """Return the text of a list with members that no body contains."""
        before, between, after = self._delimiters
        return f"{before}{token() if between is None else f'{token()}{between}{token()}'}{after}"


class _DelimitedDivision(Division):
    """Divides rows at the delimiters of their slots.

    Args:
        places: where the slots are.
        has_lead: whether a row begins with the value of the first slot, because what is before it is cut off.
    """

    def __init__(self, places: Sequence[_Place], *, has_lead: bool) -> None:
        self._places = places
        self._has_lead = has_lead
        self.slots = [place.slot for place in places]

    def divide(self, rows: Sequence[str]) -> tuple[list[Hashable | None], list[Sequence[str | None]]]:
        """Take the text out of each slot, and leave a placeholder in the template."""
        templates: Sequence[str] = rows
        columns: list[Sequence[str | None]] = []
        for number, place in enumerate(self._places):
            texts: list[str | None] = []
            left: list[str] = []
            if self._has_lead and not number:
                self._begin(templates, texts, left)
            else:
                self._take(templates, place, f"{_SLOT}{number}", texts, left)
            templates = left
            columns.append(texts)
        whole = [index for index, text in enumerate(columns[0]) if text is None]
        if whole and self._has_lead:
            known: list[Hashable | None] = list(templates)
            for index in whole:
                known[index] = None
            return known, columns
        return cast("list[Hashable | None]", templates), columns

    def _begin(self, rows: Sequence[str], texts: list[str | None], left: list[str]) -> None:
        """Take the text of the first slot, with which rows begin. It needs no placeholder."""
        add, keep, closing = texts.append, left.append, self._places[0].closing
        for row in rows:
            text, found, after = row.partition(closing) if closing else (row, "", "")
            add(text if (found or not closing) and text[:1] != _WHOLE else None)
            keep(after)

    def _take(
        self, rows: Sequence[str], place: _Place, placeholder: str, texts: list[str | None], left: list[str]
    ) -> None:
        """Take the text of another slot, and leave a placeholder. A row without the slot is left as it is."""
        add, keep = texts.append, left.append
        opening, closing, to_last = place.opening, place.closing, place.to_last
        for row in rows:
            before, found, after = row.partition(opening)
            if found:
                if not closing:
                    text, after = after, ""
                elif to_last:
                    text, found, after = after.rpartition(closing)
                else:
                    text, found, after = after.partition(closing)
                if found and text:
                    add(text)
                    keep(f"{before}{placeholder}{after}")
                    continue
            add(None)
            keep(row)

    def example(self, template: Hashable) -> tuple[str, tuple[bool, ...]]:
        """Return the example of a template: a row with `Slot.text` in each slot."""
        row = cast(str, template)
        present: list[bool] = []
        for number, place in enumerate(self._places):
            if self._has_lead and not number:
                row = f"{place.slot.text}{place.closing}{row}"
                present.append(True)
                continue
            placeholder = f"{_SLOT}{number}"
            present.append(placeholder in row)
            row = row.replace(placeholder, f"{place.opening}{place.slot.text}{place.closing}")
        return row, tuple(present)
