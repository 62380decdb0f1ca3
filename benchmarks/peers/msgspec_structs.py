"""msgspec, which reads JSON directly into typed objects: the lower bound."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ..records import Row
from .answers import row_of, row_of_request

__all__ = ["dump", "load", "read", "read_status", "rows", "rows_of_status"]


class Record(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The record of one address."""

    email_address: str
    format_check: bool | None = None
    smtp_check: bool | None = None
    dns_check: bool | None = None
    free_check: bool | None = None
    disposable_check: bool | None = None
    catch_all_check: bool | None = None
    mx_records: tuple[str, ...] = ()
    result: str | None = None


class Records(msgspec.Struct, frozen=True, gc=False):
    """A body of records."""

    response: tuple[Record, ...]


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request."""

    id: int
    api_version: int | None = None
    date_start: datetime | None = None
    date_end: datetime | None = None
    total_emails: int | None = None
    invalid_emails: int | None = None
    processed_emails: int | None = None
    failed_emails: int | None = None
    ready: bool | None = None


class Requests(msgspec.Struct, frozen=True, gc=False):
    """A status response."""

    response: tuple[Request, ...]


_RECORDS: Final = msgspec.json.Decoder(Records, strict=False)
_REQUESTS: Final = msgspec.json.Decoder(Requests, strict=False)


def read(body: bytes) -> Records:
    """Read the records."""
    return _RECORDS.decode(body)


def rows(answer: Records) -> Iterator[Row]:
    """Return the rows of a response."""
    return map(row_of, answer.response)


def read_status(body: bytes) -> Requests:
    """Read a status response."""
    return _REQUESTS.decode(body)


def rows_of_status(answer: Requests) -> Iterator[tuple[object, ...]]:
    """Return the rows of a status response."""
    return map(row_of_request, answer.response)


def load(path: Path) -> Records:
    """Read the records to write."""
    return read(path.read_bytes())


def dump(records: Records) -> bytes:
    """Write records."""
    return msgspec.json.encode(records)
