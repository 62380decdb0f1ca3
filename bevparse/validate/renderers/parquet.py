"""Findings as a table for data tools: a Parquet file with a row for each."""

from __future__ import annotations

from typing import Final, Self, TextIO

from ...problems import unicode_of
from ..report import Checked, Summary

try:
    import pyarrow
    from pyarrow.parquet import ParquetWriter
except ImportError:
    raise ImportError("writing Parquet requires pyarrow; run pip install 'bevparse[tables]'") from None

__all__ = ["ParquetRenderer"]

_SCHEMA: Final = pyarrow.schema(
    [
        pyarrow.field("file", pyarrow.string(), nullable=False),
        pyarrow.field("inner", pyarrow.string(), nullable=False),
        pyarrow.field("endpoint", pyarrow.string(), nullable=True),
        pyarrow.field("format", pyarrow.string(), nullable=True),
        pyarrow.field("rule", pyarrow.string(), nullable=False),
        pyarrow.field("severity", pyarrow.string(), nullable=False),
        pyarrow.field("line", pyarrow.int64(), nullable=True),
        pyarrow.field("column", pyarrow.int64(), nullable=True),
        pyarrow.field("pointer", pyarrow.string(), nullable=False),
        pyarrow.field("message", pyarrow.string(), nullable=False),
    ]
)
_MOST: Final = 2**15
"""The maximum number of rows in a row group, and so in memory."""


class ParquetRenderer:
    """Writes a row for each finding, many at a time, to the bytes below a text stream."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = ParquetWriter(stream.buffer, _SCHEMA, compression="zstd")
        self._rows: list[tuple[object, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()  # after a failure, too: it writes when it is garbage-collected, if it is not closed

    def body(self, checked: Checked) -> None:
        """Add the findings of one body."""
        for problem in checked.problems:
            self._rows.append(
                (
                    unicode_of(checked.file),
                    unicode_of(checked.inner),
                    checked.endpoint,
                    checked.format,
                    problem.code,
                    problem.severity,
                    problem.line,
                    problem.column,
                    unicode_of(problem.pointer),
                    unicode_of(problem.message),
                )
            )
        if len(self._rows) >= _MOST:
            self._write_rows()

    def end(self, summary: Summary) -> None:
        """Write the last rows; the end of the file is written when this is closed."""
        self._write_rows()

    def _write_rows(self) -> None:
        columns = zip(*self._rows, strict=True)
        arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=False)]
        if arrays:
            self._writer.write_batch(pyarrow.RecordBatch.from_arrays(arrays, schema=_SCHEMA))
        self._rows.clear()
