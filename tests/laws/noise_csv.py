"""One model in CSV, spelled in the many ways that mean the same."""

from __future__ import annotations

import codecs
import json
from random import Random
from typing import NamedTuple

from pydantic import BaseModel

from bevparse import ErrorResponse, Response

from .facets import (
    Facet,
    are_clean,
    facets,
    joined_hosts,
    looks_like_success,
    missing_texts,
    record_names,
    records_of,
    respelled_name,
    respelled_text,
)

__all__ = ["noisy_csv"]


class _Group(NamedTuple):
    """Columns that stay together: their labels, and the cells of each row."""

    labels: list[str]
    rows: list[list[str]]


def noisy_csv(random: Random, model: Response) -> bytes:
    """Write a model with noise."""
    groups = _groups(random, model)
    random.shuffle(groups)
    header = [label for group in groups for label in group.labels]
    height = len(groups[0].rows)
    table = [header, *([cell for group in groups for cell in group.rows[number]] for number in range(height))]
    text = _lines(random, table)
    utf16 = random.choice(((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")))
    mark, encoding = random.choice(((b"", "utf-8"), (b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), utf16))
    return mark + text.encode(encoding)


def _lines(random: Random, table: list[list[str]]) -> str:
    delimiter, end = random.choice(",,;\t"), random.choice(("\n", "\r\n", "\r"))
    lines: list[str] = []
    for row in table:
        line = delimiter.join(_cell(random, text) for text in row)
        lines.append(line or '""')
        lines += [""] * (random.randint(0, 4) == 0)
    return end.join(lines) + random.choice(("", end))


def _cell(random: Random, text: str) -> str:
    bare = not set(text) & set(',;\t\r\n"') and random.randint(0, 2)
    return text if bare else '"' + text.replace('"', '""') + '"'


def _groups(random: Random, model: Response) -> list[_Group]:
    if isinstance(model, ErrorResponse):
        label = random.choice(("Error", "error", "Errors", "Errors" if looks_like_success(model) else "Message"))
        errors = _Group([label], [[text] for text in model.errors])
        return [errors, *_columns(random, [model] * len(model.errors))]
    records = records_of(model)
    if records is None:
        return _columns(random, [model])
    if model.endpoint != "list":
        return _columns(random, list(records)) or [_Group(_labels_of_nothing(model), [])]
    groups = _columns(random, list(records)) or [_Group(["ID"], [[random.choice(("", " "))]])]
    return groups + _columns(random, [model] * max(1, len(records)))


def _labels_of_nothing(model: Response) -> list[str]:
    names = record_names(model)
    return [names[0], names[-1]]


def _columns(random: Random, models: list[BaseModel] | list[Response] | list[ErrorResponse]) -> list[_Group]:
    """Write the fields of each model into columns; a column without values may be left out."""
    by_name: dict[tuple[str, str], list[Facet | None]] = {}
    for number, model in enumerate(models):
        for facet in facets(model):
            by_name.setdefault((facet.name, facet.kind), [None] * len(models))[number] = facet
    groups: list[_Group] = []
    for (name, kind), column in by_name.items():
        has_values = any(facet and facet.value not in (None, ()) for facet in column)
        repeated = models[0] if models and all(model is models[0] for model in models) else None
        if has_values or random.randint(0, 1):
            groups.append(_column(random, name, kind, column, alike=repeated is not None))
    return groups


def _column(random: Random, name: str, kind: str, column: list[Facet | None], *, alike: bool) -> _Group:
    label = name if kind == "extra" else respelled_name(random, name)
    hosts = [facet.value for facet in column if facet and isinstance(facet.value, tuple)]
    if kind == "hosts" and all(map(are_clean, hosts)) and random.randint(0, 2) == 0:
        return _spread(random, hosts)
    cells = [_spelled(random, facet) for facet in column]
    return _Group([label], [[cells[0] if alike else cell] for cell in cells])


def _spread(random: Random, hosts: list[object]) -> _Group:
    """Return columns with one host each."""
    rows = [list(row) for row in hosts if isinstance(row, tuple)]
    width = max(1, *map(len, rows))
    style = random.choice(("mxRecords.{}", "MX Records {}", "mx_records[{}]", "MX-RECORDS-{}"))
    blank = random.choice(("", "null", "nan"))
    return _Group([style.format(place) for place in range(width)], [row + [blank] * (width - len(row)) for row in rows])


def _spelled(random: Random, facet: Facet | None) -> str:
    if facet is None:
        return ""
    if facet.value is None or facet.value == ():
        return random.choice(missing_texts(facet.kind))
    if isinstance(facet.value, tuple):
        if are_clean(facet.value) and random.randint(0, 1):
            return joined_hosts(random, facet.value)
        return json.dumps(facet.value, ensure_ascii=bool(random.randint(0, 1)))
    return respelled_text(random, facet)
