"""The table of findings in the HTML report: a row for each group, as markup and as data for the script.

The script clones the first row of the markup to show other rows of the data.
"""

from __future__ import annotations

import re
from os.path import dirname
from typing import Final, NamedTuple

from ....problems import Problem
from ....problems.rules import RULES
from ...report import SEVERITIES, Checked
from ..groups import FindingGroup, Groups, Place, pointer_pattern
from ..numbers import number
from .markup import Markup, badge, clipped, data_block, element, joined

__all__ = ["findings_groups", "findings_section"]

_COLUMNS: Final = {
    "severity": "Severity",
    "code": "Code",
    "count": "Findings",
    "sources": "Sources",
    "message": "What and where",
}
"""The classes of the cells and the heads of the columns."""
_MOST_ROWS: Final = 2000
_MOST_PLACES: Final = 5
_MOST_PLACES_OF_SOURCE: Final = 3
_MOST_BYTES: Final = 1_200_000
_PAGE: Final = 100
_VALUE: Final = re.compile(r"'[^']*'|[0-9]+")
_SEVERAL_FOLDERS: Final = "(several folders)"
_SEVERAL_PLACES: Final = "(several places)"


class _ShownPlace(NamedTuple):
    source: int
    """The index in the list of sources."""
    line: str
    """Line and column, each after a colon."""
    pointer: str
    message: str
    """Empty if it is the message of the row."""


class _Row(NamedTuple):
    code: str
    message: str
    folder: str
    """The folder, or the source if there is only one."""
    pointer: str
    """The pointer, or the pattern of several."""
    findings: int
    sources: int
    places: tuple[_ShownPlace, ...]


class _Data(NamedTuple):
    rows: list[_Row]
    sources: list[str]
    least: bool
    """Whether the numbers of sources are lower bounds."""
    codes: dict[str, tuple[str, str]]
    """The severities and names of the codes."""
    page: int = _PAGE


def findings_groups() -> Groups:
    """Return an empty collection of findings, grouped by code, pointer, message and folder."""
    return Groups(_key, (4, 3, 2, 1), groups=_MOST_ROWS, places=_MOST_PLACES, places_of_body=_MOST_PLACES_OF_SOURCE)


def _key(checked: Checked, problem: Problem) -> tuple[str, ...]:
    folder = checked.file if checked.inner else dirname(checked.file)  # noqa: PTH120 - a Path is ten times slower
    return problem.code, pointer_pattern(problem.pointer), _VALUE.sub("…", problem.message), folder


def findings_section(groups: Groups) -> Markup:
    """Return the table, its filters, its pager and its data; there must be at least one group.

    Groups are folded until the data is small enough.
    """
    data = _data(groups)
    while len(block := data_block(data._asdict(), "data")) > _MOST_BYTES and (groups.fold() or groups.thin()):
        data = _data(groups)
    return joined(_filters(data), _table(data), _pager(data), block)


def _data(groups: Groups) -> _Data:
    rules = {code: RULES[code] for code in sorted({group.key[0] for group in groups})}
    worst_first = sorted(
        groups, key=lambda group: (SEVERITIES.index(rules[group.key[0]].severity), -group.count, group.key)
    )
    sources: dict[str, int] = {}
    return _Data(
        [_row(group, sources) for group in worst_first],
        list(sources),
        groups.inexact,
        {code: (rule.severity, rule.slug) for code, rule in rules.items()},
    )


def _row(group: FindingGroup, sources: dict[str, int]) -> _Row:
    """Return the row of a group, with everything escaped and clipped, and add its sources to the list."""
    code, pointer, _, folder = (*group.key, None, None, None)[:4]
    first, message = group.places[0], str(group.message)
    if folder is not None and group.bodies == 1:
        folder = first.checked.source + (_position(first.problem) if group.count == 1 else "")
        pointer = first.problem.pointer if group.count == 1 else pointer
    return _Row(
        code or "",
        clipped(message),
        _SEVERAL_FOLDERS if folder is None else clipped(folder or "./"),
        _SEVERAL_PLACES if pointer is None else clipped(pointer),
        group.count,
        group.bodies,
        tuple(_shown_place(place, message, sources) for place in group.places),
    )


def _shown_place(place: Place, message: str, sources: dict[str, int]) -> _ShownPlace:
    problem = place.problem
    own = "" if problem.message == message else clipped(problem.message)
    index = sources.setdefault(clipped(place.checked.source), len(sources))
    return _ShownPlace(index, _position(problem), clipped(problem.pointer), own)


def _position(problem: Problem) -> str:
    return "".join(f":{one}" for one in (problem.line, problem.column) if one is not None)


def _filters(data: _Data) -> Markup:
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
    heads = (_head(name, label) for name, label in _COLUMNS.items())
    return element(
        "table",
        element("caption", "Each row is a group of equal findings in a folder"),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *(_row_markup(row, data) for row in data.rows[:_PAGE]), role="rowgroup"),
        role="table",
        class_="findings",
        id="table",
    )


def _head(name: str, label: str) -> Markup:
    order = {"aria_sort": "descending"} if name == "severity" else {}
    return element("th", label, scope="col", role="columnheader", class_=name, **order)


def _row_markup(row: _Row, data: _Data) -> Markup:
    rule = RULES[row.code]
    cells = (
        badge(rule.severity),
        joined(element("a", rule.code, href=f"#{rule.code}"), " ", element("span", rule.slug, class_="slug")),
        number(row.findings),
        ("\u2265" if data.least else "") + number(row.sources),
        joined(
            element("p", row.message, class_="text"),
            element("p", element("bdi", row.folder), " ", element("bdi", row.pointer), class_="where"),
            _places(row, data.sources),
        ),
    )
    inside = (element("td", cell, role="cell", class_=name) for name, cell in zip(_COLUMNS, cells, strict=True))
    return element("tr", *inside, role="row")


def _places(row: _Row, sources: list[str]) -> Markup:
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


def _pager(data: _Data) -> Markup:
    labels = {"before": "Previous", "after": "Next"}
    buttons = (element("button", label, type="button", id=name) for name, label in labels.items())
    pager = element("nav", element("p", id="shown", role="status"), *buttons, id="pager", hidden="", aria_label="Pages")
    if len(data.rows) <= _PAGE:
        return pager
    words = f"Rows 1 to {_PAGE} of {number(len(data.rows))}. The other rows, filters and sorting need JavaScript."
    return joined(pager, element("noscript", element("p", words, class_="note")))
