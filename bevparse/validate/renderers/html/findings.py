"""A row of the table of findings: as plain data, and as markup that the script takes as its model."""

from __future__ import annotations

from typing import Final, NamedTuple

from ....problems import Problem
from ....problems.rules import RULES, Severity
from ...report import SEVERITIES
from ..groups import Place
from ..numbers import number
from .markup import Markup, clipped, data_block, element, joined
from .rows import Row, Rows

__all__ = ["COLUMNS", "Shown", "ShownPlace", "badge", "cells", "findings_section", "shown"]

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
    rule = RULES[row.code]
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


_PAGE: Final = 100
_MOST_BYTES: Final = 1_200_000


class _Data(NamedTuple):
    rows: list[Shown]
    sources: list[str]
    least: bool
    """Whether sources may be more than were counted."""
    codes: dict[str, tuple[str, str]]
    """The severities and names of the codes."""
    page: int = _PAGE


def findings_section(rows: Rows) -> Markup:
    """Write the table with everything that belongs to it, for one row at least.

    Rows are folded until their data is of a bearable size.
    """
    data = _data(rows)
    while len(block := data_block(data._asdict(), "data")) > _MOST_BYTES and rows.fold():
        data = _data(rows)
    return joined(_controls(data), _table(data), _pager(data), block)


def _data(rows: Rows) -> _Data:
    codes = {code: RULES[code] for code in sorted({row.key[0] for row in rows})}
    worst_first = sorted(rows, key=lambda row: (SEVERITIES.index(codes[row.key[0]].severity), -row.count, row.key))
    sources: dict[str, int] = {}
    return _Data(
        [shown(row, sources) for row in worst_first],
        list(sources),
        rows.overlap,
        {code: (rule.severity, rule.slug) for code, rule in codes.items()},
    )


def _controls(data: _Data) -> Markup:
    found = {severity for severity, _ in data.codes.values()}
    severities: dict[str, str] = {severity: severity for severity in SEVERITIES if severity in found}
    codes = {code: f"{code} {slug}" for code, (_, slug) in data.codes.items()}
    text = element("input", id="text", type="search", autocomplete="off", spellcheck="false")
    controls = (("Text", text), ("Severity", _choice("severity", severities)), ("Code", _choice("code", codes)))
    labels = (element("label", element("span", label), control) for label, control in controls)
    return element("form", *labels, id="filters", hidden="", role="search", aria_label="Findings")


def _choice(name: str, values: dict[str, str]) -> Markup:
    options = (element("option", label, value=value) for value, label in {"": "all", **values}.items())
    return element("select", *options, id=name)


def _table(data: _Data) -> Markup:
    heads = (_head(name, label) for name, label in COLUMNS.items())
    rows = (cells(row, data.sources, least=data.least) for row in data.rows[:_PAGE])
    return element(
        "table",
        element("caption", "Equal findings in a folder are one row"),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        role="table",
        class_="findings",
        id="table",
    )


def _head(name: str, label: str) -> Markup:
    order = {"aria_sort": "descending"} if name == "severity" else {}
    return element("th", label, scope="col", role="columnheader", class_=name, **order)


def _pager(data: _Data) -> Markup:
    labels = {"before": "Previous", "after": "Next"}
    buttons = (element("button", label, type="button", id=name) for name, label in labels.items())
    pager = element("nav", element("p", id="shown", role="status"), *buttons, id="pager", hidden="", aria_label="Pages")
    if len(data.rows) <= _PAGE:
        return pager
    words = f"The first {_PAGE} of {number(len(data.rows))} rows; the others, filters and sorting need JavaScript."
    return joined(pager, element("noscript", element("p", words, class_="note")))
