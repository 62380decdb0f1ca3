"""The tables of docs/settings.md, made from the configuration model and the limits: `python -m tests.settings_page`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise

from bevparse import Limits, limits
from bevparse.cli.configuration import Configuration

from .paths import ROOT

PAGE = ROOT / "docs" / "settings.md"


def settings_page() -> str:
    """Return the page with the keys and limits as they are now."""
    page = PAGE.read_text("utf-8")
    for name, rows in (("keys", _keys()), ("limits", _limits())):
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->\n")
        page = "".join([before, mark, "\n", *(f"| {' | '.join(row)} |\n" for row in rows), "\n", end, after])
    return page


def _keys() -> Iterator[tuple[str, ...]]:
    yield "key", "value", "meaning"
    yield ("---",) * 3
    for name, schema in Configuration.model_json_schema()["properties"].items():
        yield f"`{name}`", _type(schema), schema["description"]


def _type(schema: dict[str, object]) -> str:
    choices = schema.get("anyOf", [schema])
    assert isinstance(choices, list)
    first = choices[0]
    if "enum" in first:
        return ", ".join(f"`{word}`" for word in first["enum"])
    return {"array": "array of strings", "boolean": "`true` or `false`", "object": "table"}.get(
        first["type"], first["type"]
    )


def _limits() -> Iterator[tuple[str, ...]]:
    """Return the limits with the docstring after each."""
    (body,) = [node.body for node in ast.parse(inspect.getsource(limits)).body if isinstance(node, ast.ClassDef)]
    yield "limit", "default", "meaning"
    yield ("---",) * 3
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            name = ast.unparse(field.target)
            yield f"`{name}`", f"{getattr(Limits(), name):,}", " ".join(str(text.value.value).split())


if __name__ == "__main__":
    PAGE.write_text(settings_page(), "utf-8")
