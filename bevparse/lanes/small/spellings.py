"""Spellings of small bodies in XML and CSV, learned by example.

A body is cut into parts: what is before the records, each record, and what is after them. Each part is divided into its
texts and a rest, which is the markup between them. The tolerant reader reads two examples of each new rest, with
different texts. If it finds every text in the same field both times, and reports nothing, then other texts with this
rest are read into the same fields.
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
from ..holes import IRREGULAR, Remembered, UndocumentedError, alike, present

__all__ = ["Cut", "Cuts", "Spellings"]

_MOST_RESTS: Final = 1024
"""The rests that are remembered for one format."""
_LONGEST_REST: Final = 4096
_AT_LEAST: Final = 3
"""The first parts of an example: what is before the records, and two records."""
_SECOND, _MANY, _SELDOM = 2, 16, 64


Cut: TypeAlias = tuple[Hashable, Sequence[Hashable], Sequence[str]]
"""A body that is cut: the frame, which is what is around the records and shows whether there are several; the rest of
each part; and the texts of all parts, in the order of the body."""


_ERRORS: Final = Remembered(lambda text: IRREGULAR if names_no_error(text) else text)


class Cuts(ABC):
    """How bodies of a format are cut."""

    format: Format

    @abstractmethod
    def cut(self, text: str) -> Cut | None:
        """Cut a body, or return None if it is irregular."""

    @abstractmethod
    def size(self, rest: Hashable) -> int:
        """Return the number of texts in a part."""

    @abstractmethod
    def join(self, cut: Cut) -> str:
        """Return the body that is cut so."""

    @abstractmethod
    def leaves(self, root: Node) -> Iterable[tuple[Path, str]]:
        """Return the texts in the tree of a body, as `cut` returns them, with their paths."""


class _Hole(NamedTuple):
    """The place of a text."""

    field: Field | None = None
    """Its field, None if the text names an error."""
    in_record: bool = False
    """Whether it is in a record, and not next to records."""
    is_member: bool = False
    """Whether it is one of several texts in a list."""

    def other(self, text: str) -> str:
        """Return an example of another text."""
        words = (self.field and self.field.spelling.words) or {}
        other = alike(text) if text.isdecimal() else f"é{alike(text)}"  # which also shows that the encoding is UTF-8
        return text and next((str(word) for word in words if str(word) != text), other)


@cache
def _known(field: Field) -> Remembered | None:
    """Return the values of the texts of a field, or None if a text is the value."""
    return None if field.spelling is TEXT else Remembered(present(field, field.spelling.text))


_Places: TypeAlias = list[tuple[int, str, Remembered | None]]


class _Plan(NamedTuple):
    """What the texts of a part are."""

    size: int
    """Their number."""
    record: _Places
    """The index of the value of each field of a record, its attribute, and its values."""
    lists: dict[str, tuple[int, int]]
    """The index of the first member of each list by its attribute, and the index after its last."""
    page: _Places
    """The same as for records for the fields next to them."""
    errors: list[int]
    """The indexes of the texts that name errors."""

    @classmethod
    def of(cls, holes: Sequence[_Hole]) -> _Plan:
        """Return the plan for the holes of a part."""
        plan = cls(len(holes), [], {}, [], [])
        for index, (field, in_record, is_member) in enumerate(holes):
            if field is None:
                plan.errors.append(index)
            elif is_member:
                first, _ = plan.lists.get(field.attribute, (index, index))
                plan.lists[field.attribute] = first, index + 1
            else:
                (plan.record if in_record else plan.page).append((index, field.attribute, _known(field)))
        return plan


class _Spelling:
    """Reads bodies with one frame.

    Args:
        model: the model of the responses.
        plans: the plan for each rest.
    """

    def __init__(self, model: type[Response], plans: dict[Hashable, _Plan]) -> None:
        layout = layout_of(model)
        self.model = model
        self.plans = plans
        self._items = layout.items
        self._defaults = layout.items.layout.defaults if layout.items else {}
        self._blank = layout.defaults | {"endpoint": endpoint_of(model)}
        self._build = builder_of(model)

    def read(self, cut: Cut) -> Response:
        """Return the response in a body.

        Raises:
            UndocumentedError: a value does not have the documented spelling, or a field next to records has several.
            KeyError: a rest has no plan.
        """
        _, rests, all_texts = cut
        plans, defaults, start = self.plans, self._defaults, 0
        records: list[dict[str, object]] = []
        page: dict[str, object] = {}
        found: list[object] = []
        for rest in rests:
            size, in_record, lists, in_page, errors = plans[rest]
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


class Spellings:
    """The known spellings of a format.

    Nothing is learned from the first body, as a program that reads one body need not learn. After many bodies from
    which nothing could be learned, it is seldom tried.

    Args:
        cuts: how bodies are cut.
    """

    def __init__(self, cuts: Cuts) -> None:
        self.known: dict[tuple[type[Response], Hashable], _Spelling] = {}
        """The spellings by the requested model and the frame."""
        self._models: dict[Hashable, type[Response]] = {}
        """The model that the first record of a body decides on."""
        self._cuts = cuts
        self._missed = 0

    def read(self, data: bytes | str, model: type[Response]) -> Response | None:
        """Return the response in a body without problems, or None.

        Args:
            data: the body.
            model: the requested model; `Response` detects the endpoint by the payload.
        """
        if not self.known and not self._is_due():
            return None
        try:
            cut = self._cuts.cut(data if isinstance(data, str) else data.decode())
        except UnicodeDecodeError:
            return None
        spelling = self._spelling(cut, model) if cut else None
        try:
            if cut and spelling:
                return spelling.read(cut)
        except KeyError:
            pass
        except UndocumentedError:
            return None
        try:
            return self._learn(cut, model).read(cut) if cut and (not self.known or self._is_due()) else None
        except (DecodeError, KeyError, ProblemLimitError, UndocumentedError):
            return None

    def _spelling(self, cut: Cut, model: type[Response]) -> _Spelling | None:
        """Return the known spelling of a body."""
        if model is Response:
            model = self._models.get(_first(cut), model)
        return self.known.get((model, cut[0]))

    def _is_due(self) -> bool:
        """Count a body that no known spelling reads, and return whether a spelling is learned from it."""
        self._missed += 1
        return _SECOND <= self._missed <= _MANY or not self._missed % _SELDOM

    def _learn(self, cut: Cut, model: type[Response]) -> _Spelling:
        """Learn the rests of a body that are not known, and return its spelling.

        Raises:
            DecodeError: an example is not well-formed.
            ProblemLimitError: an example has too many problems.
            UndocumentedError: there is something to report, or a text is not the value of a field.
        """
        if sum([1 + len(one.plans) for one in tuple(self.known.values())]) > _MOST_RESTS:
            self.known.clear()
            self._models.clear()
        known = self._spelling(cut, model)
        one = self._example(cut, known.plans if known else {})
        response, holes = self._holes(one, model)
        left = iter(holes)
        plans = {rest: _Plan.of([*islice(left, self._cuts.size(rest))]) for rest in one[1]}
        spelling = _Spelling(type(response), plans)
        other = (*one[:2], _others(holes, one[2]))
        is_other = known is not None and known.model is not spelling.model
        if is_other or spelling.read(one) != response or spelling.read(other) != self._holes(other, model)[0]:
            raise UndocumentedError
        if model is Response:
            model = self._models[_first(cut)] = type(response)
        known = self.known.setdefault((model, cut[0]), spelling)
        known.plans.update(plans)
        self._missed = 1
        return known

    def _example(self, cut: Cut, plans: Mapping[Hashable, _Plan]) -> Cut:
        """Return a shorter body, with two records, and one of each rest that has no plan yet.

        Raises:
            UndocumentedError: a rest is too long.
        """
        frame, rests, texts = cut
        known, left = set(plans), iter(texts)
        some: list[Hashable] = []
        kept: list[str] = []
        for index, rest in enumerate(rests, start=1):
            own = [*islice(left, self._cuts.size(rest))]
            if index <= _AT_LEAST or index == len(rests) or rest not in known:
                some.append(rest)
                kept += own
                known.add(rest)
        if max(len(str(rest)) for rest in (frame, *some)) > _LONGEST_REST:
            raise UndocumentedError
        return frame, some, kept

    def _holes(self, cut: Cut, model: type[Response]) -> tuple[Response, list[_Hole]]:
        """Return the response in a body, and the hole of each text.

        Raises:
            DecodeError: the body is not well-formed.
            ProblemLimitError: it has too many problems.
            UndocumentedError: there is something to report, or a text is not the value of a field.
        """
        format, collector = self._cuts.format, Collector(DEFAULT_LIMITS.problems)
        document, kind = format.decode(self._cuts.join(cut).encode(), DEFAULT_LIMITS), KINDS[format.kind]
        report_attributes(document.attributes, collector.cursor())
        payload = kind.open(document.root, collector, document.stray_attribute)
        response = read_payload(kind, payload, model)[0] if payload and payload.candidates else None
        leaves = list(self._cuts.leaves(document.root))
        is_cut = [text for _, text in leaves] == list(cut[2])
        if document.problems or collector.found or payload is None or response is None or not is_cut:
            raise UndocumentedError
        places = _places(response, kind.finder(payload, layout_of(type(response))))
        error = _Hole() if isinstance(response, ErrorResponse) else None
        found = [places.get(path) or places.get((0, *path[1:])) or error for path, _ in leaves]
        holes = [hole for hole in found if hole]
        if len(holes) < len(found):
            raise UndocumentedError
        return response, holes


def _first(cut: Cut) -> Hashable:
    """Return what decides on the endpoint: the frame, and the rest of the first record among several."""
    return cut[0], cut[1][1] if len(cut[1]) > 1 else None


def _others(holes: Sequence[_Hole], texts: Sequence[str]) -> list[str]:
    """Return other texts for holes, the same for those of one field next to records."""
    others: list[str] = []
    page: dict[str, str] = {}
    for hole, text in zip(holes, texts, strict=True):
        other = hole.other(text)
        others.append(page.setdefault(hole.field.attribute, other) if hole.field and not hole.in_record else other)
    return others


def _places(response: Response, finder: Finder) -> dict[Path, _Hole]:
    """Return the holes of the fields of a response, by the paths of their texts."""
    layout = layout_of(type(response))
    items = layout.items
    around = [items.wire_name] if items and items.wire_name else []
    models: list[tuple[BaseModel, Layout, list[str]]] = [(response, layout, [])]
    if items:
        records = enumerate(records_of(response))
        models += [(record, items.layout, [*around, str(number)]) for number, record in records]
    places: dict[Path, _Hole] = {}
    for model, fields, names in models:
        for field in fields.fields:
            path = finder.path([*names, field.wire.name])
            members = range(len(getattr(model, field.attribute)) if field.spelling.many else 0)
            found = {finder.path([*names, field.wire.name, str(index)]) for index in members} - {path}
            for place in found or {path}:
                places[cast(Path, place)] = _Hole(field, model is not response, bool(found))
    return places
