"""Records as tables: Arrow, and through it Parquet, pandas, polars and DuckDB (extra `tables`); Excel (extra `excel`).

    completed = bevparse.parse(body, CompletedResponse)
    polars.DataFrame(completed)

The columns are those of `bevparse.tables.schema`, which needs no extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import BinaryIO, Final, Protocol, cast

from pydantic import BaseModel

from ..batches import Batch
from ..models import EmailRecord, Response
from ..payloads.layout import layout_of
from ..problems import Problem
from .schema import PROVENANCE, Column, columns_of, values_of

__all__ = ["FORMATS", "MISSING", "PROVENANCE", "Column", "FileWriter", "TableWriter", "columns_of", "values_of"]


MISSING: Final = "tables require pyarrow; run pip install 'bevparse[tables]'"
"""The message of an `ImportError`."""


class FileWriter(Protocol):
    """Writes records of one model as a table."""

    def write(self, batch: Batch) -> Iterable[tuple[int, Problem]]:
        """Write records, and return the indexes and problems of those that the format cannot carry.

        Raises:
            SourceError: the disk is full.
        """
        ...

    def end(self) -> None:
        """Complete the file.

        Raises:
            SourceError: the disk is full.
        """
        ...

    def close(self) -> None:
        """Release the file, which may be incomplete."""
        ...


FORMATS: Final = {
    "arrow": "writers.arrow_writer",
    "parquet": "writers.parquet_writer",
    "xlsx": "excel.WorkbookWriter",
}
"""For each format of tables the module and what returns its writer. Its name is also its suffix."""


class TableWriter:
    """Writes records as a table.

    Args:
        stream: where the table is written.
        format: one of `FORMATS`.
        model: the response whose records are written if there are none; otherwise the first record decides.

    Raises:
        ImportError: a package is missing; the message has the command that installs it.
    """

    def __init__(self, stream: BinaryIO, format: str, model: type[Response] = Response) -> None:
        module, _, name = FORMATS[format].partition(".")
        made: object = getattr(import_module(f".{module}", __name__), name)
        self._make = cast("Callable[[BinaryIO, type[BaseModel]], FileWriter]", made)
        self._stream = stream
        items = layout_of(model).items
        self._record = items.layout.model if items else EmailRecord
        self._file: FileWriter | None = None

    def write(self, batch: Batch) -> Iterable[tuple[int, Problem]]:
        """Write records, see `FileWriter`."""
        if self._file is None:
            self._file = self._make(self._stream, type(batch.records[0]))
        return self._file.write(batch)

    def end(self) -> None:
        """Complete the file, which may be without rows."""
        self._file = self._file or self._make(self._stream, self._record)
        self._file.end()

    def close(self) -> None:
        """Release the file, which may be incomplete."""
        if self._file is not None:
            self._file.close()
