"""The columns and the picture of docs/tables.md, made from the schema and an answer: `python -m tests.tables_page`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bevparse.endpoints import RESPONSES
from bevparse.tables import PROVENANCE, Column, columns_of

from .paths import ROOT

PAGE = ROOT / "docs" / "tables.md"
PICTURE = ROOT / "docs" / "bounces.svg"
_ANSWER = re.compile(r"^\| (\S+\.example) \| (\d+) \| ([\d.]+) \|$", re.MULTILINE)
_STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
rect{fill:#0969da}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
rect{fill:#4493f8}
}"""
_PART = re.compile(r"(?<=<!-- columns -->\n).*(?=<!-- end of columns -->)", re.DOTALL)
_TYPES = {
    "bool": "`bool`",
    "int64": "`int64`",
    "list": "`list<string>`",
    "string": "`string`",
    "timestamp": "`timestamp[s, UTC]`",
    "word": "`dictionary<string>`",
}


def page() -> str:
    """Return the page with the tables that the schema gives now."""
    return _PART.sub(lambda _: _tables(), PAGE.read_text("utf-8"))


def _tables() -> str:
    parts = [_table(f"`{model.__name__}`", columns_of(model)) for model in RESPONSES]
    return "\n" + "\n".join([*parts, _table("where a record comes from", PROVENANCE)]) + "\n"


def _table(title: str, columns: Iterable[Column]) -> str:
    rows = (
        f"| `{column.name}` | {_TYPES[column.type]} | {'yes' if column.nullable else 'no'} | {column.description} |"
        for column in columns
    )
    return "\n".join((f"| {title} | type | null | |", "|---|---|---|---|", *rows)) + "\n"


def picture() -> str:
    """Return a bar chart of the domains that bounce, from the first answer of the page."""
    answer = PAGE.read_text("utf-8").partition("```sql")[2].partition("```sql")[0]
    lines = ['<text x="8" y="22" font-weight="600">Share of bad addresses by domain</text>']
    top = 38
    for domain, addresses, bad in _ANSWER.findall(answer):
        lines += [
            f'<text x="150" y="{top + 14}" text-anchor="end">{domain}</text>',
            f'<rect x="158" y="{top + 2}" width="{2 + 300 * float(bad):.0f}" height="16" rx="2"/>',
            f'<text x="{168 + 300 * float(bad):.0f}" y="{top + 14}">{float(bad):.0%} of {addresses}</text>',
        ]
        top += 24
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 {top}" width="560" role="img">'
    title = "<title>Share of bad addresses by domain</title>"
    return "\n".join([opening, title, f"<style>\n{_STYLE}\n</style>", *lines, "</svg>", ""])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    PICTURE.write_text(picture(), "utf-8")
