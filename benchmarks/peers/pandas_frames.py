"""pandas, which reads a table into columns."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pandas as pd  # type: ignore[import-untyped]

from ..records import Check, Row
from .answers import split_hosts

__all__ = ["read", "rows"]


def read(body: bytes) -> pd.DataFrame:
    """Read the table."""
    return pd.read_csv(io.BytesIO(body))


def rows(frame: pd.DataFrame) -> Iterator[Row]:
    """Return the rows of a table."""
    for email, *checks, hosts, result in frame.itertuples(index=False, name=None):
        yield Row(email, tuple(map(_plain, checks)), split_hosts(None if pd.isna(hosts) else hosts), result)


def _plain(check: object) -> Check:
    return None if pd.isna(check) else bool(check)
