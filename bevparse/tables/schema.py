"""The columns of a table of records, derived from the `Wire` annotations of their model. No extra is needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from pydantic import BaseModel

from ..batches import Batch
from ..formats.json import spell
from ..lanes.columns import in_columns
from ..payloads.layout import Field, layout_of
from ..problems import unicode_of
from ..tree import Node

__all__ = ["PROVENANCE", "Column", "ColumnType", "columns_of", "values_of", "values_of_batch"]

ColumnType: TypeAlias = Literal["bool", "int64", "list", "string", "timestamp", "word"]
"""What a column holds: booleans, integers, lists of strings, strings, or times in whole seconds and UTC. In a column of
the type "word", a few different strings are repeated many times."""
_TYPES: Final[dict[type, ColumnType]] = {bool: "bool", int: "int64", datetime: "timestamp"}


class Column(NamedTuple):
    """One column."""

    name: str
    """The name of an attribute of the model, "extra", or a name in `PROVENANCE`."""
    type: ColumnType
    nullable: bool
    """Whether the value may be missing."""
    description: str
    """What the values are, and when a value is missing."""


_EXTRA: Final = Column(
    "extra", "string", True, "The undocumented fields of the record as JSON text; None when there are none."
)
PROVENANCE: Final = (
    Column("source", "word", False, "The location of the body, as findings name it."),
    Column("number", "int64", False, "The index of the record in its body, from 0, as in its pointer."),
    Column(
        "request",
        "int64",
        True,
        "The bulk request that the body is about, by the recorded request or the number in its name; None when it is "
        "not known.",
    ),
)
"""The columns that say where a record comes from."""


@cache
def columns_of(model: type[BaseModel]) -> tuple[Column, ...]:
    """Return the columns for the records of a model: the documented fields, and `extra` for all undocumented ones."""
    documented = (
        Column(field.attribute, _type_of(field), not (field.required or field.spelling.many), field.description)
        for field in layout_of(model).fields
    )
    return (*documented, _EXTRA)


def _type_of(field: Field) -> ColumnType:
    if field.spelling.many:
        return "list"
    # an optional text is one of a few words, such as a result or a reason
    return _TYPES.get(field.spelling.value, "string" if field.spelling.plain else "word")


def values_of(records: Sequence[BaseModel], model: type[BaseModel]) -> list[Sequence[object]]:
    """Return the values of records of a model, column by column, in the order of `columns_of`."""
    columns = in_columns(records)
    extras = columns.extras()
    texts = (
        [None] * len(columns) if extras is None else [spell(cast(Node, extra)) if extra else None for extra in extras]
    )
    return [*(columns.column(field.attribute) for field in layout_of(model).fields), texts]


def values_of_batch(batch: Batch, model: type[BaseModel]) -> list[Sequence[object]]:
    """Return the values of a batch column by column: first those of `columns_of`, then those of `PROVENANCE`."""
    names = {name: unicode_of(name) for name in set(batch.sources)}
    sources = list(map(names.__getitem__, batch.sources))
    return [*values_of(batch.records, model), sources, batch.numbers, [batch.request] * len(sources)]
