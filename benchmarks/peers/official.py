"""The vendor's own client, which reads JSON only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import bulkemailverifier  # type: ignore[import-untyped]

from ..records import Row
from .answers import row_of, row_of_request

__all__ = ["read", "read_status", "rows", "rows_of_status"]


def read(body: bytes) -> bulkemailverifier.ResponseRecords:
    """Read the records."""
    return bulkemailverifier.ResponseRecords(json.loads(body))


def rows(answer: bulkemailverifier.ResponseRecords) -> Iterator[Row]:
    """Return the rows of a response."""
    return map(row_of, answer.data)


def read_status(body: bytes) -> bulkemailverifier.ResponseStatus:
    """Read a status response."""
    return bulkemailverifier.ResponseStatus(json.loads(body))


def rows_of_status(answer: bulkemailverifier.ResponseStatus) -> Iterator[tuple[object, ...]]:
    """Return the rows of a status response."""
    return map(row_of_request, answer.data)
