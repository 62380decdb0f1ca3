"""A row of the table of findings: as plain data, and as markup that the script takes as its model."""

from __future__ import annotations

from typing import Final, NamedTuple

from ...catalogue import CATALOGUE, Severity
from ...problems import Problem
from ._groups import Place
from .html_charts import number
from .html_markup import Markup, clipped, element, joined
from .html_rows import Row

__all__ = ["COLUMNS", "Shown", "ShownPlace", "badge", "cells", "shown"]

COLUMNS: Final = {
    "severity": "Severity",
    "code": "Code",
    "count": "Findings",
    "sources": "Sources",
    "message": "What and where",
}
"""The columns: classes of their cells, and their heads."""

_SEVERAL_FOLDERS: Final = "(several folders)"
_SEVERAL_PLACES: Final = "(several places)"


class ShownPlace(NamedTuple):
    """One place of a row."""

    source: int
    """Its index among all sources that are shown."""
    line: str
    """Line and column, with a colon before each."""
    pointer: str
    message: str
    """Empty where it is the row's."""


class Shown(NamedTuple):
    """A row as it stands in the data; its code tells the rest."""

    code: str
    message: str
    folder: str
    """Or the source, if it is the only one."""
    pointer: str
    """Or the pattern of several."""
    findings: int
    sources: int
    places: tuple[ShownPlace, ...]


def shown(row: Row, sources: dict[str, int]) -> Shown:
    """Make everything in a row visible and of a bearable length, and give its sources their indexes."""
    code, pointer, _, folder = (*row.key, None, None, None)[:4]
    first = row.places[0]
    if folder is not None and row.sources == 1:
        folder = first.checked.source + (_numbers(first.problem) if row.count == 1 else "")
        pointer = first.problem.pointer if row.count == 1 else pointer
    return Shown(
        code or "",
        clipped(row.message),
        _SEVERAL_FOLDERS if folder is None else clipped(folder or "./"),
        _SEVERAL_PLACES if pointer is None else clipped(pointer),
        row.count,
        row.sources,
        tuple(_place(place, row.message, sources) for place in row.places),
    )


def _numbers(problem: Problem) -> str:
    return "".join(f":{one}" for one in (problem.line, problem.column) if one is not None)


def _place(place: Place, message: str, sources: dict[str, int]) -> ShownPlace:
    problem = place.problem
    own = "" if problem.message == message else clipped(problem.message)
    index = sources.setdefault(clipped(place.checked.source), len(sources))
    return ShownPlace(index, _numbers(problem), clipped(problem.pointer), own)


def badge(severity: Severity) -> Markup:
    """Write a severity; its mark tells those apart who see no colours."""
    return element("span", severity, class_=f"badge {severity}")


def cells(row: Shown, sources: list[str], *, least: bool) -> Markup:
    """Write a row.

    Args:
        row: the row.
        sources: all sources that are shown.
        least: whether the sources may be more than were counted.
    """
    rule = CATALOGUE[row.code]
    written = (
        badge(rule.severity),
        joined(element("a", rule.code, href=f"#{rule.code}"), " ", element("span", rule.slug, class_="slug")),
        number(row.findings),
        ("\u2265" if least else "") + number(row.sources),
        joined(
            element("p", row.message, class_="text"),
            element("p", element("bdi", row.folder), " ", element("bdi", row.pointer), class_="where"),
            _places(row, sources),
        ),
    )
    inside = (element("td", cell, role="cell", class_=name) for name, cell in zip(COLUMNS, written, strict=True))
    return element("tr", *inside, role="row")


def _places(row: Shown, sources: list[str]) -> Markup:
    some = f"{len(row.places)} of " if len(row.places) < row.findings else ""
    items = (
        element(
            "li",
            element("bdi", sources[place.source] + place.line),
            " ",
            element("bdi", place.pointer, class_="pointer"),
            " ",
            element("span", place.message),
        )
        for place in row.places
    )
    places = "place" if row.findings == 1 else "places"
    return element("details", element("summary", f"{some}{number(row.findings)} {places}"), element("ul", *items))
