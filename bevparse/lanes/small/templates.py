"""Small bodies in XML and CSV, read by example.

A body is cut into parts: what is before the records, each record, and what is after them. Each part is divided into
its texts and its template, which is the markup between the texts. The tolerant reader reads two examples of each new
template, with different texts. If it finds each text in the same field both times, and reports nothing, then the texts
of other parts with this template are the values of the same fields.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final, NamedTuple, TypeAlias, cast

from pydantic import BaseModel

from ...endpoints import endpoint_of
from ...errors import DecodeError
from ...formats import Format
from ...limits import DEFAULT_LIMITS
from ...models import ErrorResponse, Response
from ...payloads import KINDS, read_payload
from ...payloads.elements import report_attributes
from ...payloads.instances import build_all, builder_of
from ...payloads.layout import Field, Layout, layout_of, records_of
from ...payloads.responses import Finder
from ...problems.collector import Collector, ProblemLimitError
from ...tree import Node, Path
from ...wire import TEXT, names_no_error
from ..slots import IRREGULAR, UndocumentedError, ValueCache, require_value, token_like

__all__ = ["CutBody", "Cutter", "TemplateReader"]

_MOST_TEMPLATES: Final = 1024
"""The most templates that are remembered for one format."""
_LONGEST_TEMPLATE: Final = 4096
_AT_LEAST: Final = 3
"""The number of parts at the beginning of an example: what is before the records, and two records."""
_SECOND, _MANY, _SELDOM = 2, 16, 64
"""See `TemplateReader._is_due`."""


CutBody: TypeAlias = tuple[Hashable, Sequence[Hashable], Sequence[str]]
"""A body that is cut: its frame, the template of each part, and the texts of all parts in the order of the body.

The frame is what is around the records. It also shows whether there are several records.
"""


_ERRORS: Final = ValueCache(lambda text: IRREGULAR if names_no_error(text) else text)


class Cutter(ABC):
    """Cuts bodies of one format."""

    format: Format

    @abstractmethod
    def cut(self, text: str) -> CutBody | None:
        """Cut a body, or return None if it is irregular."""

    @abstractmethod
    def size(self, template: Hashable) -> int:
        """Return the number of texts in a part with this template."""

    @abstractmethod
    def join(self, cut: CutBody) -> str:
        """Return the body that was cut."""

    @abstractmethod
    def leaves(self, root: Node) -> Iterable[tuple[Path, str]]:
        """Return the texts that `cut` returns, each with its path in the tree of the body."""


class _Slot(NamedTuple):
    """The place of one text in a part."""

    field: Field | None = None
    """The field whose value is in the slot; None for the text of an error."""
    in_record: bool = False
    """Whether the field is in a record, and not next to the records."""
    is_member: bool = False
    """Whether the slot is for one member of a list, and not for the whole value."""

    def other(self, text: str) -> str:
        """Return a text for the second example that differs from the text of the first."""
        words = (self.field and self.field.spelling.words) or {}
        # The accent shows whether the body was decoded as UTF-8.
        other = token_like(text) if text.isdecimal() else f"é{token_like(text)}"
        return text and next((str(word) for word in words if str(word) != text), other)


@cache
def _known(field: Field) -> ValueCache | None:
    """Return the cache of a field's values by their texts, or None if each text is the value itself."""
    return None if field.spelling is TEXT else ValueCache(require_value(field, field.spelling.text))


_Uses: TypeAlias = list[tuple[int, str, ValueCache | None]]
"""For each field the index of its text, its attribute, and its values as `_known` returns them."""


class _TextUses(NamedTuple):
    """What the texts of a part are used for."""

    size: int
    """The number of texts."""
    record: _Uses
    """The texts that are values of fields of a record."""
    lists: dict[str, tuple[int, int]]
    """The texts that are members of a list, by its attribute: the index of the first, and the index after the last."""
    page: _Uses
    """The texts that are values of fields next to the records."""
    errors: list[int]
    """The indexes of the texts that are errors."""

    @classmethod
    def of(cls, slots: Sequence[_Slot]) -> _TextUses:
        """Return what the texts in the slots of a part are used for."""
        uses = cls(len(slots), [], {}, [], [])
        for index, (field, in_record, is_member) in enumerate(slots):
            if field is None:
                uses.errors.append(index)
            elif is_member:
                first, _ = uses.lists.get(field.attribute, (index, index))
                uses.lists[field.attribute] = first, index + 1
            else:
                (uses.record if in_record else uses.page).append((index, field.attribute, _known(field)))
        return uses


class _FrameReader:
    """Reads bodies with one frame.

    Args:
        model: the model of the responses.
        uses: what the texts of a part are used for, by its template.
    """

    def __init__(self, model: type[Response], uses: dict[Hashable, _TextUses]) -> None:
        layout = layout_of(model)
        self.model = model
        self.uses = uses
        self._items = layout.items
        self._defaults = layout.items.layout.defaults if layout.items else {}
        self._blank = layout.defaults | {"endpoint": endpoint_of(model)}
        self._build = builder_of(model)

    def read(self, cut: CutBody) -> Response:
        """Return the response in a body.

        Raises:
            UndocumentedError: a spelling is not documented, or a field next to the records has two values.
            KeyError: a template is not known.
        """
        _, templates, all_texts = cut
        uses, defaults, start = self.uses, self._defaults, 0
        records: list[dict[str, object]] = []
        page: dict[str, object] = {}
        found: list[object] = []
        for template in templates:
            size, in_record, lists, in_page, errors = uses[template]
            texts = all_texts[start : start + size]
            start += size
            if in_record:
                record = defaults.copy()
                for index, attribute, known in in_record:
                    record[attribute] = texts[index] if known is None else known[texts[index]]
                for attribute, (first, end) in lists.items():
                    record[attribute] = tuple(texts[first:end])
                records.append(record)
            for index, attribute, known in in_page:
                value = texts[index] if known is None else known[texts[index]]
                if attribute in page and page[attribute] != value:
                    raise UndocumentedError
                page[attribute] = value
            if errors:
                found += [_ERRORS[texts[index]] for index in errors]
        values = self._blank.copy()
        values.update(page)
        if found:
            values["errors"] = tuple(found)
        if self._items:
            values[self._items.attribute] = tuple(build_all(self._items.layout.model, records))
        return self._build(values)


class TemplateReader:
    """Reads bodies of one format by their templates, and learns new templates.

    Nothing is learned from the first body, because a program may read only one. After many bodies from which nothing
    could be learned, it is seldom tried.

    Args:
        cutter: cuts the bodies.
    """

    def __init__(self, cutter: Cutter) -> None:
        self.known: dict[tuple[type[Response], Hashable], _FrameReader] = {}
        """The readers by the requested model and the frame."""
        self._models: dict[Hashable, type[Response]] = {}
        """The model of a body whose endpoint is detected, by what `_first` returns."""
        self._cutter = cutter
        self._missed = 0

    def read(self, data: bytes | str, model: type[Response]) -> Response | None:
        """Return the response in a body without problems, or None if the tolerant reader must read the body.

        Args:
            data: the body.
            model: the requested model; `Response` detects the endpoint by the payload.
        """
        if not self.known and not self._is_due():
            return None
        try:
            cut = self._cutter.cut(data if isinstance(data, str) else data.decode())
        except UnicodeDecodeError:
            return None
        reader = self._reader(cut, model) if cut else None
        try:
            if cut and reader:
                return reader.read(cut)
        except KeyError:
            pass
        except UndocumentedError:
            return None
        try:
            return self._learn(cut, model).read(cut) if cut and (not self.known or self._is_due()) else None
        except (DecodeError, KeyError, ProblemLimitError, UndocumentedError):
            return None

    def _reader(self, cut: CutBody, model: type[Response]) -> _FrameReader | None:
        """Return the reader for the frame of a body, or None if the frame is new."""
        if model is Response:
            model = self._models.get(_first(cut), model)
        return self.known.get((model, cut[0]))

    def _is_due(self) -> bool:
        """Count a body that no known reader reads, and return whether to learn from it."""
        self._missed += 1
        return _SECOND <= self._missed <= _MANY or not self._missed % _SELDOM

    def _learn(self, cut: CutBody, model: type[Response]) -> _FrameReader:
        """Learn the new templates of a body, and return the reader for its frame.

        Raises:
            DecodeError: an example is not well-formed.
            ProblemLimitError: an example has too many problems.
            UndocumentedError: there is something to report, or a text is not the value of a field.
        """
        if sum([1 + len(reader.uses) for reader in tuple(self.known.values())]) > _MOST_TEMPLATES:
            self.known.clear()
            self._models.clear()
        known = self._reader(cut, model)
        first = self._example(cut, known.uses if known else {})
        response, slots = self._read_example(first, model)
        left = iter(slots)
        uses = {template: _TextUses.of([*islice(left, self._cutter.size(template))]) for template in first[1]}
        reader = _FrameReader(type(response), uses)
        second = (*first[:2], _others(slots, first[2]))
        is_other = known is not None and known.model is not reader.model
        if is_other or reader.read(first) != response or reader.read(second) != self._read_example(second, model)[0]:
            raise UndocumentedError
        if model is Response:
            model = self._models[_first(cut)] = type(response)
        known = self.known.setdefault((model, cut[0]), reader)
        known.uses.update(uses)
        self._missed = 1
        return known

    def _example(self, cut: CutBody, uses: Mapping[Hashable, _TextUses]) -> CutBody:
        """Return a shorter body, with two records and one part with each new template.

        Raises:
            UndocumentedError: a template is too long.
        """
        frame, templates, texts = cut
        known, left = set(uses), iter(texts)
        some: list[Hashable] = []
        kept: list[str] = []
        for index, template in enumerate(templates, start=1):
            own = [*islice(left, self._cutter.size(template))]
            if index <= _AT_LEAST or index == len(templates) or template not in known:
                some.append(template)
                kept += own
                known.add(template)
        if max(len(str(template)) for template in (frame, *some)) > _LONGEST_TEMPLATE:
            raise UndocumentedError
        return frame, some, kept

    def _read_example(self, cut: CutBody, model: type[Response]) -> tuple[Response, list[_Slot]]:
        """Read an example with the tolerant reader, and return the response and the slot of each text.

        Raises:
            DecodeError: the example is not well-formed.
            ProblemLimitError: the example has too many problems.
            UndocumentedError: there is something to report, or a text is not the value of a field.
        """
        format, collector = self._cutter.format, Collector(DEFAULT_LIMITS.problems)
        document, kind = format.decode(self._cutter.join(cut).encode(), DEFAULT_LIMITS), KINDS[format.kind]
        report_attributes(document.attributes, collector.cursor())
        payload = kind.open(document.root, collector, document.stray_attribute)
        response = read_payload(kind, payload, model)[0] if payload and payload.candidates else None
        leaves = list(self._cutter.leaves(document.root))
        is_cut = [text for _, text in leaves] == list(cut[2])
        if document.problems or collector.found or payload is None or response is None or not is_cut:
            raise UndocumentedError
        places = _places(response, kind.finder(payload, layout_of(type(response))))
        error = _Slot() if isinstance(response, ErrorResponse) else None
        found = [places.get(path) or places.get((0, *path[1:])) or error for path, _ in leaves]
        slots = [slot for slot in found if slot]
        if len(slots) < len(found):
            raise UndocumentedError
        return response, slots


def _first(cut: CutBody) -> Hashable:
    """Return what decides on the endpoint: the frame, and the template of the first record if there are several."""
    return cut[0], cut[1][1] if len(cut[1]) > 1 else None


def _others(slots: Sequence[_Slot], texts: Sequence[str]) -> list[str]:
    """Return another text for each slot. A field next to the records gets the same text everywhere."""
    others: list[str] = []
    page: dict[str, str] = {}
    for slot, text in zip(slots, texts, strict=True):
        other = slot.other(text)
        others.append(page.setdefault(slot.field.attribute, other) if slot.field and not slot.in_record else other)
    return others


def _places(response: Response, finder: Finder) -> dict[Path, _Slot]:
    """Return the slot of each text of a response, by the path of the text."""
    layout = layout_of(type(response))
    items = layout.items
    around = [items.wire_name] if items and items.wire_name else []
    models: list[tuple[BaseModel, Layout, list[str]]] = [(response, layout, [])]
    if items:
        records = enumerate(records_of(response))
        models += [(record, items.layout, [*around, str(number)]) for number, record in records]
    places: dict[Path, _Slot] = {}
    for model, fields, names in models:
        for field in fields.fields:
            path = finder.path([*names, field.wire.name])
            members = range(len(getattr(model, field.attribute)) if field.spelling.many else 0)
            found = {finder.path([*names, field.wire.name, str(index)]) for index in members} - {path}
            for place in found or {path}:
                places[cast(Path, place)] = _Slot(field, model is not response, bool(found))
    return places
