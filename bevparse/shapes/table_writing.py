"""Models to tables: a label for each field, a row for each record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pydantic import BaseModel

from ..hosts import join_hosts
from ..models import ErrorResponse, Response
from ..problems import shown, step
from ..tree import Table, fold
from .columns import spread_field
from .layout import Field, ItemsField, Layout, layout_of
from .replies import REPLIES
from .tables import table_candidates
from .writing import fail

__all__ = ["write_table"]


def write_table(response: Response, format: str) -> Table:
    """Turn a response into a table.

    Raises:
        EncodeError: an undocumented field is no text, is blank, has a documented name, or stands beside records.
    """
    writer = _TableWriter(response, format)
    layout = layout_of(type(response))
    if isinstance(response, ErrorResponse):
        table = writer.errors(layout, response)
    elif layout.items is None:
        table = writer.single(layout)
    else:
        table = writer.records(layout, layout.items)
    if response.endpoint not in table_candidates(table):
        fail(format, "expected undocumented fields that leave the endpoint clear, got others", "/response")
    return table


class _TableWriter:
    def __init__(self, response: Response, format: str) -> None:
        self._response = response
        self._format = format

    def single(self, layout: Layout) -> Table:
        """Write a response that is one row."""
        extra = self._extra([self._response], (layout,), "/response")
        return Table(
            [*_labels(layout), *extra], [[*_cells(layout, self._response), *_extra_cells(self._response, extra)]]
        )

    def records(self, layout: Layout, items: ItemsField) -> Table:
        """Write a response of records, repeating its own fields on each row."""
        for name in self._response.model_extra or {}:
            fail(self._format, f"expected no field beside records, got {shown(name)}", step("/response", name))
        inner = items.layout
        records = cast("tuple[BaseModel, ...]", getattr(self._response, items.attribute))
        base = step("/response", items.wire_name) if items.wire_name else "/response"
        extra = self._extra(records, (inner, layout), base)
        page = _cells(layout, self._response)
        rows = [[*_cells(inner, record), *page, *_extra_cells(record, extra)] for record in records]
        if page and not rows:
            rows = [[""] * len(inner.fields) + page]
        return Table([*_labels(inner), *_labels(layout), *extra], rows)

    def errors(self, layout: Layout, response: ErrorResponse) -> Table:
        """Write an error reply: a row for each error."""
        extra = self._extra([response], (layout,), "/response", REPLIES)
        common = _extra_cells(response, extra)
        if response.code is None:
            return Table(["Error", *extra], [[text, *common] for text in response.errors])
        code = _cells(layout, response)
        return Table(["Error", *_labels(layout), *extra], [[text, *code, *common] for text in response.errors])

    def _extra(
        self,
        models: Iterable[BaseModel],
        layouts: tuple[Layout, ...],
        pointer: str,
        reserved: frozenset[str] = frozenset(),
    ) -> list[str]:
        """Gather the names of undocumented fields, in the order in which they appear, and check that they can stand."""
        names: dict[str, None] = {}
        for index, model in enumerate(models):
            for name, value in (model.model_extra or {}).items():
                names[name] = None
                if not isinstance(value, str) or not value:
                    message = (
                        f"expected a text that is not blank, which is all that {self._format} knows, got {shown(value)}"
                    )
                    fail(self._format, message, step(step(pointer, index), name))
        for name in names:
            taken = any(fold(name) in layout.by_fold or spread_field(layout, name) for layout in layouts)
            if taken or fold(name) in reserved:
                fail(self._format, f"expected an undocumented name, got {shown(name)}", step(pointer, name))
        return list(names)


def _labels(layout: Layout) -> list[str]:
    return [field.label for field in layout.fields]


def _cells(layout: Layout, model: BaseModel) -> list[str]:
    values = model.__dict__
    return [_cell(field, values[field.attribute]) for field in layout.fields]


def _cell(field: Field, value: object) -> str:
    node = field.spelling.write(value)
    if node is None:
        return ""
    return join_hosts(cast("list[str]", node)) if isinstance(node, list) else str(node)


def _extra_cells(model: BaseModel, names: list[str]) -> list[str]:
    extra = model.model_extra or {}
    return [cast(str, extra.get(name, "")) for name in names]
