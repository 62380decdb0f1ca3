"""pyarrow, which reads a table into columns."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv

from ..records import Row
from .answers import split_hosts

__all__ = ["read", "rows"]


def read(body: bytes) -> pa.Table:
    """Read the table."""
    return csv.read_csv(pa.BufferReader(body), convert_options=csv.ConvertOptions(null_values=["null"]))


def rows(table: pa.Table) -> Iterator[Row]:
    """Return the rows of a table."""
    columns = (column.to_pylist() for column in table.columns)
    for email, *checks, hosts, result in zip(*columns, strict=True):
        yield Row(email, tuple(checks), split_hosts(hosts), result)
