"""bevparse itself."""

from __future__ import annotations

import contextlib
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import bevparse
from bevparse import (
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedResponse,
    Limits,
    ListResponse,
    StatusResponse,
    cli,
    formats,
)
from bevparse.endpoints import Expected
from bevparse.reader import BodyReader

from ..records import Row
from .answers import row_of, row_of_request

__all__ = [
    "drain",
    "drain_path",
    "dump_csv",
    "dump_json",
    "dump_xml",
    "inspect_saved",
    "load",
    "load_path",
    "read",
    "read_completed",
    "read_create",
    "read_error",
    "read_failed",
    "read_large",
    "read_list",
    "read_status",
    "read_tolerantly",
    "rows",
    "rows_of_status",
    "rows_of_stream",
    "stream",
    "strings",
    "validate_saved",
]

_LARGE: Final = Limits(body=2**30)

read_create = partial(bevparse.parse, model=CreateResponse)
read_list = partial(bevparse.parse, model=ListResponse)
read_status = partial(bevparse.parse, model=StatusResponse)
read_completed = partial(bevparse.parse, model=CompletedResponse)
read_failed = partial(bevparse.parse, model=FailedResponse)
read_error = partial(bevparse.parse, model=ErrorResponse)
dump_json = partial(bevparse.dump, format="json")
dump_xml = partial(bevparse.dump, format="xml")
dump_csv = partial(bevparse.dump, format="csv")


def read(body: bytes) -> CompletedResponse:
    """Read the records."""
    return bevparse.parse(body, CompletedResponse)


def rows(answer: CompletedResponse) -> Iterator[Row]:
    """Return the rows of a response."""
    return map(row_of, answer.records)


def read_large(body: bytes) -> CompletedResponse:
    """Read records beyond the default limits."""
    return bevparse.parse(body, CompletedResponse, limits=_LARGE)


def strings(response: CompletedResponse) -> Iterator[str]:
    """Yield every string of the records."""
    for record in response.records:
        yield record.email_address
        yield from record.mx_records
        if record.result is not None:
            yield record.result


def rows_of_status(answer: StatusResponse) -> Iterator[tuple[object, ...]]:
    """Return the rows of a status response."""
    return map(row_of_request, answer.requests)


def stream(body: bytes) -> Iterator[EmailRecord]:
    """Return an iterator over the records."""
    return bevparse.iter_records(io.BytesIO(body), EmailRecord)


def drain_path(path: Path) -> object:
    """Read all records of a file beyond the default limits, and discard them."""
    return deque(bevparse.iter_records(path, EmailRecord, limits=_LARGE), maxlen=0)


def read_tolerantly(body: bytes) -> CompletedResponse | None:
    """Read the records without fast paths."""
    return BodyReader(body, Expected((CompletedResponse,)), lanes=False).inspect().response


def drain(body: bytes) -> object:
    """Read all records, and discard them."""
    return deque(stream(body), maxlen=0)


def rows_of_stream(records: Iterator[EmailRecord]) -> Iterator[Row]:
    """Return the rows of an iterator of records."""
    return map(row_of, records)


def load(path: Path) -> CompletedResponse:
    """Read the records to write."""
    return read(path.read_bytes())


def load_path(path: Path) -> Path:
    """Return the path itself."""
    return path


def validate_saved(path: Path) -> int:
    """Validate saved bodies with the command line."""
    with contextlib.redirect_stdout(io.StringIO()):
        return cli.main(["validate", "--no-cache", "--jobs", "1", str(path)])


def inspect_saved(path: Path) -> int:
    """Inspect the same bodies without the command line."""
    faults = 0
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        found = bevparse.inspect(file.read_bytes(), format=formats.of_suffix(file.suffix))
        faults += len(found.problems)
    return faults
