"""Tables as files: Parquet, and the file format of Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from pydantic import BaseModel

from ..batches import Batch
from ..problems import Problem
from . import FileWriter, Output
from .arrow import TableRows, table_of

if TYPE_CHECKING:
    import pyarrow

__all__ = ["GROUP", "arrow_writer", "parquet_writer"]

_BATCH: Final = 2**14
"""The rows of a record batch."""
GROUP: Final = 2**17
"""The rows of a row group. They are in memory until it is written: as columns, in a tenth of the memory of models."""
_COMPRESSION: Final = "zstd"
_UNIQUE: Final = frozenset({"email_address", "id", "number"})
"""Columns in which nearly every value is different, so that a dictionary would save nothing."""


def parquet_writer(stream: BinaryIO, model: type[BaseModel]) -> FileWriter:
    """Return a writer of a Parquet file with the records of a model."""
    return _GroupWriter(stream, TableRows(model), _Parquet)


def arrow_writer(stream: BinaryIO, model: type[BaseModel]) -> FileWriter:
    """Return a writer of a file in the IPC format of Arrow, without dictionaries: they would need the whole file."""
    return _GroupWriter(stream, TableRows(model, words=False), _Ipc)


class _TableFile(Protocol):
    def write(self, batches: Sequence[pyarrow.RecordBatch]) -> None:
        """Write a row group."""
        ...

    def close(self) -> None:
        """Write what is after the last row group. A second call does nothing."""
        ...


class _GroupWriter:
    """Collects rows until a row group is full."""

    def __init__(self, stream: BinaryIO, rows: TableRows, make: Callable[[Output, pyarrow.Schema], _TableFile]) -> None:
        self._rows = rows
        self._batches: list[pyarrow.RecordBatch] = []
        self._output = Output(stream)
        self._file = make(self._output, rows.schema)

    def write(self, batch: Batch) -> Iterable[tuple[int, Problem]]:
        """Write records. Return nothing, because a table can hold every record."""
        self._rows.add(batch)
        if len(self._rows) >= _BATCH:
            self._batches.append(self._rows.take())
        if sum(one.num_rows for one in self._batches) >= GROUP:
            self._file.write(self._batches)
            self._batches.clear()
        return ()

    def end(self) -> None:
        """Complete the file."""
        self._file.write([*self._batches, self._rows.take()])
        self._file.close()

    def close(self) -> None:
        """Release the file. What the library still writes to an unfinished file is dropped."""
        self._output.drops = True
        self._file.close()


class _Parquet:
    def __init__(self, output: Output, schema: pyarrow.Schema) -> None:
        from pyarrow import parquet  # noqa: PLC0415 - only one of the formats is needed, and pyarrow may be missing

        repeated = [field for field in schema if field.name not in _UNIQUE]
        dictionaries = [f"{field.name}.list.element" if field.type.num_fields else field.name for field in repeated]
        self._writer = parquet.ParquetWriter(output, schema, compression=_COMPRESSION, use_dictionary=dictionaries)

    def write(self, batches: Sequence[pyarrow.RecordBatch]) -> None:
        self._writer.write_table(table_of(batches))

    def close(self) -> None:
        self._writer.close()


class _Ipc:
    def __init__(self, output: Output, schema: pyarrow.Schema) -> None:
        from pyarrow import ipc  # noqa: PLC0415 - as above

        self._writer = ipc.new_file(output, schema, options=ipc.IpcWriteOptions(compression=_COMPRESSION))

    def write(self, batches: Sequence[pyarrow.RecordBatch]) -> None:
        for batch in batches:
            self._writer.write_batch(batch)

    def close(self) -> None:
        self._writer.close()
