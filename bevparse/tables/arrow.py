"""Tables of records in Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..models import Response
from ..payloads.derived import plain
from ..payloads.layout import items_of, records_of
from .schema import Column, ColumnType, columns_of, values_of

try:
    import pyarrow
except ImportError:
    raise ImportError("tables require pyarrow; run pip install 'bevparse[tables]'") from None

__all__ = ["batch_of", "response_stream", "schema_of", "stream_of", "table_of"]

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


def stream_of(schema: pyarrow.Schema, batches: Iterable[pyarrow.RecordBatch], requested_schema: object) -> object:
    """Return record batches as the PyCapsule of an Arrow stream.

    Args:
        schema: the schema of the batches.
        batches: the batches, which are read when the consumer asks for them.
        requested_schema: the PyCapsule of the schema that the consumer prefers, or None.
    """
    return pyarrow.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)


def response_stream(response: Response, requested_schema: object) -> object:
    """Return the records of a response as the PyCapsule of an Arrow stream, see `stream_of`."""
    response = plain(response)
    model = items_of(type(response)).layout.model
    schema = schema_of(columns_of(model))
    return stream_of(schema, [batch_of(values_of(records_of(response), model), schema)], requested_schema)
