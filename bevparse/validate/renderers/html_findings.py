"""The table of findings: its first page as markup, all of it as data for the script that filters, sorts and pages."""

from __future__ import annotations

from typing import Final, NamedTuple

from ...catalogue import CATALOGUE
from ..report import SEVERITIES
from .html_cells import COLUMNS, Shown, cells, shown
from .html_charts import number
from .html_markup import Markup, data_block, element, joined
from .html_rows import Rows

__all__ = ["findings"]

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


def findings(rows: Rows) -> Markup:
    """Write the table with everything that belongs to it, for one row at least.

    Rows are folded until their data is of a bearable size.
    """
    data = _data(rows)
    while len(block := data_block(data._asdict(), "data")) > _MOST_BYTES and rows.fold():
        data = _data(rows)
    return joined(_controls(data), _table(data), _pager(data), block)


def _data(rows: Rows) -> _Data:
    codes = {code: CATALOGUE[code] for code in sorted({row.key[0] for row in rows})}
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
