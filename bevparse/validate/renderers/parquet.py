"""Findings as a table for data tools: a Parquet file with a row for each."""

from __future__ import annotations

from typing import Final, Self, TextIO

from ..report import Checked, Summary

try:
    from pyarrow.parquet import ParquetWriter

    from ..findings import SCHEMA, FindingRows
except ImportError:
    raise ImportError("writing Parquet requires pyarrow; run pip install 'bevparse[tables]'") from None

__all__ = ["ParquetRenderer"]

_MOST: Final = 2**15
"""The maximum number of rows in a row group, and so in memory."""


class ParquetRenderer:
    """Writes a row for each finding, many at a time, to the binary buffer of a text stream."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = ParquetWriter(stream.buffer, SCHEMA, compression="zstd")
        self._rows = FindingRows()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()  # also after a failure: a writer that is not closed writes when it is garbage-collected

    def body(self, checked: Checked) -> None:
        """Add the findings of one body."""
        self._rows.add(checked)
        if len(self._rows) >= _MOST:
            self._writer.write_batch(self._rows.take())

    def end(self, summary: Summary) -> None:
        """Write the last rows. The end of the file is written when the renderer is closed."""
        if self._rows:
            self._writer.write_batch(self._rows.take())
