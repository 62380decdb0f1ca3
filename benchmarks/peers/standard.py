"""The standard library."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from ..records import Row
from .answers import row_of_texts, split_hosts

__all__ = ["drain_csv", "dump_json", "iterate_csv", "load_json", "rows_of_csv"]


def iterate_csv(body: bytes) -> Iterator[list[str]]:
    """Return an iterator over rows of strings."""
    header = body[: body.index(b"\n")]
    delimiter = next((one for one in ",;" if one.encode() in header), "\t")
    return csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8", newline=""), delimiter=delimiter)


def drain_csv(body: bytes) -> object:
    """Read all rows, and discard them."""
    return deque(iterate_csv(body), maxlen=0)


def rows_of_csv(table: Iterator[list[str]]) -> Iterator[Row]:
    """Return the rows of a table."""
    next(table)
    return (row_of_texts(email, checks, split_hosts(hosts), result) for email, *checks, hosts, result in table)


def load_json(path: Path) -> object:
    """Read the dictionaries to write."""
    return json.loads(path.read_bytes())


def dump_json(payload: object) -> bytes:
    """Write dictionaries."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
