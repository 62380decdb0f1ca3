"""Tables of records in Arrow: whole, and batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pydantic import BaseModel

from ..batches import Batch
from ..models import Response
from ..payloads.derived import plain
from ..payloads.layout import items_of, records_of
from .schema import PROVENANCE, Column, ColumnType, columns_of, values_of, values_of_batch

try:
    import pyarrow
except ImportError:
    raise ImportError("tables require pyarrow; run pip install 'bevparse[tables]'") from None

__all__ = ["RecordStream", "TableRows", "batch_of", "response_stream", "schema_of", "table_of"]

_ROWS: Final = 2**14
"""The least number of rows in a record batch, except the last."""
_TYPES: Final[dict[ColumnType, pyarrow.DataType]] = {
    "bool": pyarrow.bool_(),
    "int64": pyarrow.int64(),
    "list": pyarrow.list_(pyarrow.field("element", pyarrow.string(), nullable=False)),
    "string": pyarrow.string(),
    "timestamp": pyarrow.timestamp("s", "UTC"),
    "word": pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
}


def schema_of(columns: Iterable[Column], *, words: bool = True) -> pyarrow.Schema:
    """Return the Arrow schema of columns.

    Args:
        columns: the columns.
        words: whether columns of the type "word" are dictionary-encoded.
    """
    types = _TYPES if words else {**_TYPES, "word": _TYPES["string"]}
    return pyarrow.schema([pyarrow.field(one.name, types[one.type], nullable=one.nullable) for one in columns])


def batch_of(values: Iterable[Sequence[object]], schema: pyarrow.Schema) -> pyarrow.RecordBatch:
    """Return the values of columns as an Arrow record batch.

    Args:
        values: the values of each column.
        schema: the schema of the columns.
    """
    arrays = [_array(column, field.type) for column, field in zip(values, schema, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _array(column: Sequence[object], data_type: pyarrow.DataType) -> pyarrow.Array:
    if data_type == _TYPES["word"]:
        return pyarrow.array(column, pyarrow.string()).dictionary_encode()
    return pyarrow.array(column, data_type)


def table_of(batches: Sequence[pyarrow.RecordBatch]) -> pyarrow.Table:
    """Return record batches as one table. All parts of a dictionary-encoded column get the same dictionary."""
    return pyarrow.Table.from_batches(batches).unify_dictionaries()


def response_stream(response: Response, requested_schema: object) -> object:
    """Return the records of a response as the PyCapsule of an Arrow stream.

    Args:
        response: the response.
        requested_schema: the PyCapsule of the schema that the consumer prefers, or None.
    """
    response = plain(response)
    model = items_of(type(response)).layout.model
    schema = schema_of(columns_of(model))
    batch = batch_of(values_of(records_of(response), model), schema)
    return pyarrow.RecordBatchReader.from_batches(schema, [batch]).__arrow_c_stream__(requested_schema)


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
        reader = pyarrow.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

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
