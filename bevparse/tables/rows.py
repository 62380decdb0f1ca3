"""Rows of a table, collected until they become a record batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from ..batches import Batch
from .arrow import batch_of, schema_of
from .schema import PROVENANCE, columns_of, values_of_batch

if TYPE_CHECKING:
    import pyarrow

__all__ = ["TableRows"]


class TableRows:
    """Collects records of one model, and where they come from, as the rows of a table.

    Args:
        model: the model.
        words: whether columns of the type "word" are dictionary-encoded.
    """

    def __init__(self, model: type[BaseModel], *, words: bool = True) -> None:
        self._model = model
        self.schema = schema_of((*columns_of(model), *PROVENANCE), words=words)
        self._columns: list[list[object]] = [[] for _ in self.schema]

    def __len__(self) -> int:
        return len(self._columns[0])

    def add(self, batch: Batch) -> None:
        """Add the records of a batch."""
        for column, new in zip(self._columns, values_of_batch(batch, self._model), strict=True):
            column.extend(new)

    def take(self) -> pyarrow.RecordBatch:
        """Return the rows as a record batch, and begin with no rows again."""
        columns, self._columns = self._columns, [[] for _ in self._columns]
        return batch_of(columns, self.schema)
