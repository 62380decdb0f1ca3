"""The tables of columns in docs/tables.md, made from the schema: `python -m tests.tables_page` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bevparse.endpoints import RESPONSES
from bevparse.tables import PROVENANCE, Column, columns_of

from .paths import ROOT

PAGE = ROOT / "docs" / "tables.md"
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
    rows = [f"| {title} | type | null | |", "|---|---|---|---|"]
    for column in columns:
        description = " ".join(column.description.split())
        rows.append(
            f"| `{column.name}` | {_TYPES[column.type]} | {'yes' if column.nullable else 'no'} | {description} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
