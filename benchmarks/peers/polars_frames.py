"""polars, which reads a table into columns."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ..records import Row
from .answers import split_hosts

__all__ = ["read", "rows"]


def read(body: bytes) -> pl.DataFrame:
    """Read the table."""
    return pl.read_csv(body, null_values="null")


def rows(frame: pl.DataFrame) -> Iterator[Row]:
    """Return the rows of a table."""
    for email, *checks, hosts, result in frame.rows():
        yield Row(email, tuple(checks), split_hosts(hosts), result)
