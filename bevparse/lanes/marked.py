"""Rows of JSON and XML: the text of each record, and the marks around the values in it."""

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
from .examples import Division, Rows
from .holes import IRREGULAR, Hole, NumberHole, PlainHole, alike, present, token

__all__ = ["MarkedRows", "Marks"]

_SAMPLES: Final = 64
_FEW: Final = 8
"""A field with more values in the samples is a hole."""
_MOST_HOLES: Final = 9
_MARK: Final = "\0"
"""The first character of a mark in a row. Neither JSON nor XML may contain it."""
_WHOLE: Final = _MARK
"""The beginning of a row that is a whole record."""
_DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")


class Marks(NamedTuple):
    """The texts around a value."""

    opening: str
    closing: str
    """It is empty if the value is at the end of the row."""


class _ListMarks(NamedTuple):
    """The texts around the members of a list."""

    lead: str
    """What is before the first member."""
    link: str | None
    """What is between two members, None if no sample has several."""
    trail: str
    """What is after the last member."""

    @classmethod
    def of(cls, text: str, members: Sequence[str]) -> _ListMarks | None:
        """Return the texts around the members of a list, or None if they differ from member to member."""
        begin, last = text.find(members[0]), text.rfind(members[-1])
        second = text.find(members[1], begin + len(members[0])) if len(members) > 1 else -1
        link = text[begin + len(members[0]) : second] if second >= 0 else None
        marks = cls(text[:begin], link, text[last + len(members[-1]) :])
        return marks if marks.lead + (link or "").join(members) + marks.trail == text else None


@dataclass(frozen=True, slots=True)
class _Place:
    """A hole and the texts around it."""

    hole: Hole
    opening: str
    closing: str
    to_last: bool = False
    """Whether the hole ends at the last closing text."""


class MarkedRows(Rows):
    """The rows of JSON or XML: what is after the first value of a record, which begins the row.

    A row that begins in another way is the whole record, after a control character.

    Args:
        opening: the beginning of a record.
        closing: the end of a record.
        gap: an expression for what is between two records.
        layout: the layout of records.
        longest: the bytes of the longest chunk that cannot exceed a limit.
    """

    def __init__(self, opening: str, closing: str, gap: str, layout: Layout, longest: int) -> None:
        self._opening = opening
        self._closing = closing
        self._gap = re.compile(f"{re.escape(closing)}({gap}){re.escape(opening)}")
        self._between = ""
        """The end of a record, what is between it and the next, and the beginning of that."""
        self._lead = ""
        """What is before the first value of a record."""
        self._layout = layout
        self._longest = longest
        self._fence = token()

    def of(self, chunk: bytes) -> Sequence[str] | None:
        """Return the rows of a chunk."""
        try:
            text = self.regular(chunk.decode()) if len(chunk) <= self._longest else None
        except UnicodeError:
            return None
        opening, closing = self._opening, self._closing
        if text is None or _MARK in text or not (text.startswith(opening) and text.endswith(closing)):
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
        """Return rows of which some contain records that begin in another way."""
        separated: list[str] = []
        for row in rows:
            first, *others = row.split(self._between)
            separated += (first, *(f"{_WHOLE}{other}" for other in others))
        return separated

    def regular(self, text: str) -> str | None:
        """Return a chunk in which all records begin and end with the same texts, or None."""
        return text

    def list_text(self, text: str) -> str:
        """Return the text of a list in which the same texts are around all members."""
        return text

    def nodes(self, rows: Sequence[str]) -> Sequence[Node] | None:
        """Return rows as nodes. Each is decoded between two records that it cannot contain, so it is one record."""
        lead = self._lead
        texts = [self.fence(self._fence)] * (2 * len(rows) - 1)
        texts[::2] = [row[1:] if row[:1] == _WHOLE else lead + row for row in rows] if lead else rows
        try:
            nodes = self.decoded(f"{self._opening}{self._between.join(texts)}{self._closing}")
        except (DecodeError, NotStreamableError):
            return None
        expected = Fields([(self._fence, "0")])
        is_whole = nodes is not None and len(nodes) == len(texts) and all(node == expected for node in nodes[1::2])
        return nodes[::2] if is_whole and nodes else None

    @abstractmethod
    def decoded(self, text: str) -> Sequence[Node] | None:
        """Decode the text of a chunk, or return None if the tolerant reader must read the chunk of the body.

        Raises:
            DecodeError: it is not well-formed, or exceeds a limit.
            NotStreamableError: it cannot be read separately.
        """

    @abstractmethod
    def fence(self, name: str) -> str:
        """Return a row with a field that has a name, and the text "0"."""

    @abstractmethod
    def are_plain(self, text: str) -> bool:
        """Return whether a text is free of everything that has a meaning in the format."""

    @abstractmethod
    def marks(self, name: str, value: str | int, row: str) -> Marks | None:
        """Return the marks around the value of a field in a row."""

    @abstractmethod
    def list_in(self, name: str, row: str) -> re.Match[str] | None:
        """Find a list. The groups are the mark before it, its text, and the mark after it."""

    @abstractmethod
    def reader(self, field: Field) -> Callable[[Node], object]:
        """Return the tolerant reader of a text or a number."""

    @abstractmethod
    def is_once(self, note: Note) -> bool:
        """Return whether a note about a value is a problem that runs through the whole body."""

    def division(self, rows: Sequence[str]) -> _MarkedDivision | None:
        """Learn the marks from some rows."""
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
            if place and place.hole.attribute not in [other.hole.attribute for other in places]:
                places.append(place)
        if not 0 < len(places) <= _MOST_HOLES:
            return None
        before = {row.partition(place.opening)[0] for row in samples for place in places[:1]}
        if len(before) == 1:
            self._lead = before.pop() + places[0].opening
        return _MarkedDivision(places, has_lead=bool(self._lead))

    def _place(self, name: str, samples: list[tuple[str, list[Node]]]) -> _Place | None:
        """Return the hole of a field that varies, or None."""
        field = self._layout.by_fold.get(fold(name))
        if field and field.spelling.many:
            return self._list_place(name, field, samples)
        values = [(row, some[0]) for row, some in samples if len(some) == 1]
        distinct = {value for _, value in values if isinstance(value, (str, int))}
        if len(distinct) <= _FEW and not (field and field.required):
            return None
        for row, value in values:
            if value != "" and isinstance(value, (str, int)) and not isinstance(value, bool):
                marks = self.marks(name, value, row)
                if marks:
                    return _Place(self._hole(name, field, value), *marks)
        return None

    def _hole(self, name: str, field: Field | None, sample: str | int) -> Hole:
        attribute, is_extra = field.attribute if field else name, field is None
        if isinstance(sample, int) and field is None:
            return NumberHole(name, alike(str(sample)))
        if isinstance(sample, int):
            read = self.reader(cast(Field, field))
            return Hole(
                attribute, lambda text: read(int(text)) if _DIGITS.match(text) else IRREGULAR, alike(str(sample))
            )
        if field is None or field.spelling is TEXT:
            return PlainHole(attribute, self.are_plain, token(), is_extra=is_extra)
        return Hole(attribute, self._plain_reader(field), alike(sample), is_once=self.is_once)

    def _plain_reader(self, field: Field) -> Callable[[str], object]:
        read, are_plain = self.reader(field), self.are_plain
        return present(field, lambda text: read(text) if are_plain(text) else IRREGULAR)

    def _list_place(self, name: str, field: Field, samples: list[tuple[str, list[Node]]]) -> _Place | None:
        longest = max((some for _, some in samples), key=_members_in)
        row = next(row for row, some in samples if some is longest)
        repeated = len(longest) > 1
        if repeated or not isinstance(longest[0], str):
            members = longest if repeated else _list_members(longest[0])
            texts = [member for member in members if isinstance(member, str)]
            found = self.list_in(name, row) if texts and len(texts) == len(members) else None
            marks = _ListMarks.of(self.list_text(found[2]), texts) if found else None
            if found is None or marks is None:
                return None
            read = _MemberReader(marks, self.list_text, self.are_plain, self.reader(field) if repeated else None)
            hole = Hole(field.attribute, read, read.example())
            return _Place(hole, found[1], found[3], to_last=repeated)
        for row, some in samples:
            value = some[0]
            marks_ = self.marks(name, value, row) if isinstance(value, str) and value.strip() else None
            if marks_:
                return _Place(Hole(field.attribute, self._plain_reader(field), token(), is_once=self.is_once), *marks_)
        return None


def _list_members(node: Node) -> list[Node]:
    """Return the members of a list."""
    return node.values() if isinstance(node, Fields) else node if isinstance(node, list) else []


def _members_in(values: list[Node]) -> int:
    return max(len(values), *(len(_list_members(value)) for value in values))


class _MemberReader:
    """Reads the text of a list whose members are plain.

    Args:
        marks: the marks of the list.
        list_text: see `MarkedRows.list_text`.
        are_plain: returns whether texts, joined, are plain.
        read: the reader of a member that is a field of its own; None if members need not be read.
    """

    def __init__(
        self,
        marks: _ListMarks,
        list_text: Callable[[str], str],
        are_plain: Callable[[str], bool],
        read: Callable[[Node], object] | None,
    ) -> None:
        self._marks = marks
        self._list_text = list_text
        self._are_plain = are_plain
        self._read = read

    def __call__(self, text: str) -> object:
        text = self._list_text(text)
        lead, link, trail = self._marks
        if len(text) < len(lead) + len(trail) or not (text.startswith(lead) and text.endswith(trail)):
            return IRREGULAR
        inside = text[len(lead) : len(text) - len(trail)]
        members = (inside,) if link is None else tuple(inside.split(link))
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
        """Return the text of a list that no body contains."""
        lead, link, trail = self._marks
        return f"{lead}{token() if link is None else f'{token()}{link}{token()}'}{trail}"


class _MarkedDivision(Division):
    """The marks around the values.

    Args:
        places: the places.
        has_lead: whether a row begins with the value of the first place.
    """

    def __init__(self, places: Sequence[_Place], *, has_lead: bool) -> None:
        self._places = places
        self._has_lead = has_lead
        self.holes = [place.hole for place in places]

    def divide(self, rows: Sequence[str]) -> tuple[list[Hashable | None], list[Sequence[str | None]]]:
        """Replace each hole by a mark."""
        rests: Sequence[str] = rows
        columns: list[Sequence[str | None]] = []
        for number, place in enumerate(self._places):
            texts: list[str | None] = []
            left: list[str] = []
            if self._has_lead and not number:
                self._begin(rests, texts, left)
            else:
                self._take(rests, place, f"{_MARK}{number}", texts, left)
            rests = left
            columns.append(texts)
        whole = [index for index, text in enumerate(columns[0]) if text is None]
        if whole and self._has_lead:
            known: list[Hashable | None] = list(rests)
            for index in whole:
                known[index] = None
            return known, columns
        return cast("list[Hashable | None]", rests), columns

    def _begin(self, rows: Sequence[str], texts: list[str | None], left: list[str]) -> None:
        """Take the text of the first place, with which rows begin."""
        add, keep, closing = texts.append, left.append, self._places[0].closing
        for row in rows:
            text, found, after = row.partition(closing) if closing else (row, "", "")
            add(text if (found or not closing) and text[:1] != _WHOLE else None)
            keep(after)

    def _take(self, rows: Sequence[str], place: _Place, mark: str, texts: list[str | None], left: list[str]) -> None:
        """Take the text of another place, and leave a mark."""
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
                    keep(f"{before}{mark}{after}")
                    continue
            add(None)
            keep(row)

    def example(self, rest: Hashable) -> tuple[str, tuple[bool, ...]]:
        """Return a row with the texts of examples."""
        row = cast(str, rest)
        present: list[bool] = []
        for number, place in enumerate(self._places):
            if self._has_lead and not number:
                row = f"{place.hole.text}{place.closing}{row}"
                present.append(True)
                continue
            mark = f"{_MARK}{number}"
            present.append(mark in row)
            row = row.replace(mark, f"{place.opening}{place.hole.text}{place.closing}")
        return row, tuple(present)
