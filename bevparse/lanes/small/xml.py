"""Small bodies in XML: one regular expression for each kind of record, learned from bodies with the same elements.

The white space between elements, the texts in them and the numbers of records may differ, as may the digits of numbered
elements. Texts must not contain references or characters that XML forbids, so that a parser would return the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

from ...endpoints import endpoint_of
from ...formats import xml as format
from ...models import ErrorResponse, Response
from ...payloads.instances import build_all, builder_of
from ...payloads.layout import Field, Layout, layout_of
from .holes import Hole, Remembered, UndocumentedError, fill, hole_of, read_error
from .tolerant import Attempts, read_valid

__all__ = ["Spellings", "read"]

_GAP: Final = r"[ \t\r\n]*+"
_PROLOG: Final = (
    r"""(?:<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?+"""
    rf"""(?: standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?+\?>)?+{_GAP}"""
)
_BLANKS: Final = re.compile(r">[ \t\r\n]++<[^/]")
_start: Final = re.compile(_PROLOG).match
_CHARACTER: Final = r"[^&<>\x00-\x08\x0b-\x1f]"
"""A character of a text. Those above U+007F are checked for a whole body."""
_FORBIDDEN: Final = re.compile("[\ud800-\udfff\ufffe-\uffff]")
_TAG: Final = re.compile(
    r"""<(/?+)([^\s<>/&"'=!?]++)((?:[ \t\r\n]++[^\s<>/&"'=]++="[^"<>&]*+")*+)(/?+)>([^<>&]*+)""",
)
_NUMBER: Final = re.compile(r'="[0-9]++"')
_NUMBERED: Final = re.compile(r"(.*?[^0-9])([0-9]++)\Z", re.DOTALL)
_MEMBER: Final = re.compile(r">([^<>]*+)</")
_MOST: Final = 16
"""The spellings that are remembered for one requested model, and the kinds of records in one."""
_LONGEST: Final = 4096
"""The characters of an expression, as compiling takes a microsecond for each."""


def read(data: bytes | str, model: type[Response]) -> Response | None:
    """Return the response in a body without problems, or None.

    Args:
        data: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError:
        return None
    known = _known.get(model)
    if known is None:
        known = _known[model] = Spellings(model)
    return known.read(text)


class Spellings:
    """The known spellings of the responses to a requested model."""

    def __init__(self, model: type[Response]) -> None:
        self._model = model
        self.known: tuple[_Spelling, ...] = ()
        """The last that were learned come first."""
        self._attempts = Attempts()

    def read(self, text: str) -> Response | None:
        """Return the response in a body, or None."""
        if not text.isascii() and _FORBIDDEN.search(text):
            return None
        for spelling in self.known:
            try:
                response = spelling.read(text)
            except UndocumentedError:
                continue
            if response is not None:
                return response
        return self._learn(text) if self._attempts.is_due() else None

    def _learn(self, text: str) -> Response | None:
        root = _root(text)
        response = read_valid(format, text, self._model) if root else None
        if root is None or response is None:
            return None
        try:
            gap = _GAP if _BLANKS.search(text, text.index(f"<{root.tag}")) else ""
            spelling = _Spelling(root, gap, response)
            if spelling.read(text) == response:
                self.known = (spelling, *self.known[: _MOST - 1])
        except UndocumentedError:
            pass
        return response


_known: Final[dict[type[Response], Spellings]] = {}


class _Element:
    """An element with its children, or with a text.

    Args:
        name: its name.
        tag: its name and attributes.
        text: the text that follows its tag.
        is_closed: whether its tag closes it.
    """

    __slots__ = ("children", "is_closed", "name", "tag", "text")

    def __init__(self, name: str, tag: str, text: str, *, is_closed: bool = False) -> None:
        self.name = name
        self.tag = tag
        self.text = text
        self.is_closed = is_closed
        self.children: list[_Element] = []


def _root(text: str) -> _Element | None:
    """Return the root element of a body, or None if there is more than elements and texts."""
    start = cast("re.Match[str]", _start(text)).end()
    around = _Element("", "", "")
    above = [around]
    while start < len(text):
        found = _TAG.match(text, start)
        if found is None or not above:
            return None
        closing, name, attributes, empty, after = found.groups()
        start = found.end()
        if closing:
            above.pop()
            continue
        element = _Element(name, name + attributes, "" if empty else after, is_closed=bool(empty))
        above[-1].children.append(element)
        if not empty:
            above.append(element)
    return around.children[0] if len(around.children) == 1 else None


class _Pattern:
    """A part of a body that is always spelled with the same elements.

    Args:
        pattern: its regular expression. Groups with a name hold no values.
        holes: the holes of the other groups.

    Raises:
        UndocumentedError: the expression is too long.
    """

    def __init__(self, pattern: str, holes: list[Hole]) -> None:
        if len(pattern) > _LONGEST:
            raise UndocumentedError
        compiled = re.compile(pattern)
        named = compiled.groupindex.values()
        self.match = compiled.match
        self.holes = holes
        self.places = [place for place in range(compiled.groups) if place + 1 not in named] if named else None

    def texts(self, found: re.Match[str]) -> Sequence[str | None]:
        """Return the text of each hole in a match."""
        texts = found.groups()
        return texts if self.places is None else [texts[place] for place in self.places]


class _Writer:
    """Writes the regular expressions of elements, and collects their holes.

    Args:
        gap: the expression for what is between elements.
    """

    def __init__(self, gap: str) -> None:
        self.gap = gap
        self.holes: list[Hole] = []
        self._numbers = 0

    def record(self, element: _Element, layout: Layout) -> str:
        """Return the expression for a record.

        Raises:
            UndocumentedError: it contains more than the fields of its layout.
        """
        inside = "".join(self.gap + self._field(child, layout.by_name[child.name]) for child in element.children)
        opening, closing = self._tags(element)
        return f"{self.gap}{opening}>{inside}{self.gap}{closing}"

    def _field(self, element: _Element, field: Field) -> str:
        if not field.spelling.many:
            return self.leaf(element, hole_of(field, _CHARACTER))
        return self.members(element, field.attribute, _members) if element.children else _blank(element)

    def leaf(self, element: _Element, hole: Hole) -> str:
        """Return the expression for an element with a text.

        Raises:
            UndocumentedError: it has children.
        """
        if element.children:
            raise UndocumentedError
        self.holes.append(hole)
        opening, closing = _opening(element.tag), f"</{re.escape(element.name)}>"
        filled = f">{hole.group}{closing}"
        return f"{opening}(?:{filled}|/>)" if element.is_closed else opening + filled

    def members(self, element: _Element, attribute: str, read: Callable[[str], object]) -> str:
        """Return the expression for an element with an element for each member of a list."""
        opening, closing = self._tags(element.children[0])
        hole = Hole(attribute, f"(?:{self.gap}{opening}>{_CHARACTER}*+{closing})++", read)
        self.holes.append(hole)
        return f"{_opening(element.tag)}>{hole.group}{self.gap}</{re.escape(element.name)}>"

    def _tags(self, element: _Element) -> tuple[str, str]:
        """Return the expressions for the tags of one of several elements, which may be numbered."""
        numbered = _NUMBERED.match(element.name)
        if numbered is None:
            return _opening(element.tag), f"</{re.escape(element.name)}>"
        self._numbers += 1
        stem, group = re.escape(numbered[1]), f"n{self._numbers}"
        attributes = _opening(element.tag.removeprefix(element.name))[1:]
        return f"<{stem}(?P<{group}>[0-9]++){attributes}", f"</{stem}(?P={group})>"


def _opening(tag: str) -> str:
    """Return the expression for the tag of an element up to its end."""
    return "<" + _NUMBER.sub('="[0-9]++"', re.escape(tag))


def _blank(element: _Element) -> str:
    """Return the expression for an element without a text.

    Raises:
        UndocumentedError: it has one.
    """
    if element.text.strip():
        raise UndocumentedError
    return f"{_opening(element.tag)}(?:>{_GAP}</{re.escape(element.name)}>|/>)"


def _members_of(elements: str) -> tuple[str, ...]:
    return tuple(_MEMBER.findall(elements))


_members: Final = Remembered(_members_of).__getitem__


def _one_error(text: str) -> tuple[str, ...]:
    return (read_error(text),)


def _several_errors(elements: str) -> tuple[str, ...]:
    return tuple(map(read_error, _MEMBER.findall(elements)))


_RECORD: Final = "\0"
"""The place of a record in the expression for what is around it."""


class _Frame(_Writer):
    """Writes the regular expression of what is around the records."""

    def __init__(self, gap: str, layout: Layout, records: list[_Element]) -> None:
        super().__init__(gap)
        self.before = 0
        """The number of holes before the records."""
        self._layout = layout
        self._records = records

    def around(self, element: _Element) -> str:
        """Return the expression for an element with everything in it but the records.

        Raises:
            UndocumentedError: there is more than fields and records.
        """
        field = self._layout.by_name.get(element.name)
        if element in self._records:
            self.before = len(self.holes)
            return _RECORD
        if field:
            return self.leaf(element, hole_of(field, _CHARACTER))
        if self._layout.model is ErrorResponse and element.name == "error":
            return self.leaf(element, Hole("errors", f"{_CHARACTER}++", _one_error))
        if not element.children:
            return _blank(element)
        if self._layout.model is ErrorResponse and element.name == "errors":
            return self.members(element, "errors", _several_errors)
        inside = "".join(self.gap + self.around(child) for child in element.children)
        return f"{_opening(element.tag)}>{inside}{self.gap}</{re.escape(element.name)}>"


class _Spelling:
    """Reads bodies with the elements of one that the tolerant reader has read.

    Args:
        root: the root element of that body.
        gap: the expression for what is between elements.
        response: the response in it.

    Raises:
        UndocumentedError: the bodies cannot be read in this way.
    """

    def __init__(self, root: _Element, gap: str, response: Response) -> None:
        model = type(response)
        layout = layout_of(model)
        self._items = layout.items
        self._build = builder_of(model)
        self._blank = layout.defaults | {"endpoint": endpoint_of(model)}
        records: list[_Element] = []
        kinds: dict[str, list[Hole]] = {}
        if self._items:
            self._blank[self._items.attribute] = ()
            self._defaults = self._items.layout.defaults
            records = list(_records(root, self._items.layout))
            for record in records:
                writer = _Writer(gap)
                kinds.setdefault(writer.record(record, self._items.layout), writer.holes)
        if len(kinds) > _MOST:
            raise UndocumentedError
        self._kinds = [_Pattern(pattern, holes) for pattern, holes in kinds.items()]
        self._several = len(records) > 1
        frame = _Frame(gap, layout, records)
        pattern = frame.around(root) + _GAP + r"\Z"
        before, place, rest = pattern.partition(_RECORD)
        after = rest.rpartition(_RECORD)[2]
        self._head = _Pattern(_PROLOG + before, frame.holes[: frame.before] if place else frame.holes)
        self._tail = _Pattern(after, frame.holes[frame.before :]) if place else None

    def read(self, text: str) -> Response | None:
        """Return the response in a body, or None.

        Raises:
            UndocumentedError: a value does not have the documented spelling.
        """
        found = self._head.match(text)
        if found is None:
            return None
        values = self._blank.copy()
        fill(values, self._head.holes, self._head.texts(found))
        if self._tail and self._items:
            records, place = self._records(text, found.end())
            found = self._tail.match(text, place)
            if found is None or not records or (len(records) > 1) is not self._several:
                return None
            fill(values, self._tail.holes, self._tail.texts(found))
            values[self._items.attribute] = tuple(build_all(self._items.layout.model, records))
        return self._build(values)

    def _records(self, text: str, place: int) -> tuple[list[dict[str, object]], int]:
        """Return the values of the records that begin at an index, and the index after them.

        Raises:
            UndocumentedError: a value does not have the documented spelling.
        """
        records: list[dict[str, object]] = []
        defaults, kind = self._defaults, self._kinds[0]  # the first record may decide on the endpoint
        found = kind.match(text, place)
        while found:
            record = defaults.copy()
            fill(record, kind.holes, kind.texts(found) if kind.places else found.groups())
            records.append(record)
            place = found.end()
            found = kind.match(text, place)
            if not found:
                for kind in self._kinds:
                    found = kind.match(text, place)
                    if found:
                        break
        return records, place


def _records(element: _Element, layout: Layout) -> Iterator[_Element]:
    """Return the elements that contain nothing but fields of records."""
    if element.children and all(child.name in layout.by_name for child in element.children):
        yield element
        return
    for child in element.children:
        yield from _records(child, layout)
