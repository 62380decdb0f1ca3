"""The records of saved bodies as an Arrow stream, which is read batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from ..batches import Batch
from .arrow import stream_of
from .rows import TableRows

if TYPE_CHECKING:
    import pyarrow

__all__ = ["RecordStream"]

_ROWS: Final = 2**14
"""The least number of rows in a record batch, except the last."""


class RecordStream:
    """The records of saved bodies for any library that takes the Arrow PyCapsule protocol. They can be read once.

    Args:
        batches: the records.
        model: the model of the records.
        words: whether columns of the type "word" are dictionary-encoded.
    """

    def __init__(self, batches: Iterable[Batch], model: type[BaseModel], *, words: bool = True) -> None:
        self._source = batches
        self._rows = TableRows(model, words=words)
        self._begun = False
        self.schema = self._rows.schema
        """The Arrow schema."""

    def __arrow_c_schema__(self) -> object:
        """Return the schema as a PyCapsule."""
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the records as the PyCapsule of an Arrow stream. Reading it raises what `records_of` lists."""
        return stream_of(self.schema, self.batches(), requested_schema)

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Return the records as record batches. Iteration raises what `records_of` lists."""
        if self._begun:  # a consumer may ask for several streams, and read only one
            raise ValueError("cannot read the records twice; call records_of again")
        self._begun = True
        for batch in self._source:
            self._rows.add(batch)
            if len(self._rows) >= _ROWS:
                yield self._rows.take()
        yield self._rows.take()
