"""pydantic models, written by hand for fast reading of these bodies."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

from ..records import Row
from .answers import CHECKS, RecordLike, row_of, row_of_request, split_hosts

__all__ = [
    "Check",
    "Record",
    "Records",
    "dump",
    "load",
    "read",
    "read_data",
    "read_each",
    "read_rows",
    "read_status",
    "read_status_rows",
    "rows",
    "rows_of_each",
    "rows_of_status",
]

Check: TypeAlias = Annotated[Literal["true", "false", "null"], AfterValidator(CHECKS.__getitem__)]
"""Parsed by pydantic-core; only the last step, which cannot fail, runs in Python."""


class Record(BaseModel, frozen=True):
    """The record of one address."""

    model_config = ConfigDict(alias_generator=to_camel)

    email_address: str
    format_check: Check = "null"
    smtp_check: Check = "null"
    dns_check: Check = "null"
    free_check: Check = "null"
    disposable_check: Check = "null"
    catch_all_check: Check = "null"
    mx_records: tuple[str, ...] = ()
    result: str | None = None


class Records(BaseModel, frozen=True):
    """A body of records."""

    response: tuple[Record, ...]


@dataclass(frozen=True, slots=True, config=ConfigDict(alias_generator=to_camel))
class RecordData:
    """The same, but without a dictionary for each record."""

    email_address: str
    format_check: Check = "null"
    smtp_check: Check = "null"
    dns_check: Check = "null"
    free_check: Check = "null"
    disposable_check: Check = "null"
    catch_all_check: Check = "null"
    mx_records: tuple[str, ...] = ()
    result: str | None = None


@dataclass(frozen=True, slots=True)
class RecordsData:
    """A body of these records."""

    response: tuple[RecordData, ...]


def _heading(name: str) -> str:
    words = (word.upper() if word in {"smtp", "dns", "mx"} else word.capitalize() for word in name.split("_"))
    return " ".join(words)


class TableRecord(Record, frozen=True):
    """A row of a table, with fields named after its columns."""

    model_config = ConfigDict(alias_generator=_heading)

    mx_records: Annotated[tuple[str, ...], BeforeValidator(split_hosts)] = ()


class Request(BaseModel, frozen=True):
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


class Requests(BaseModel, frozen=True):
    """A status response."""

    response: tuple[Request, ...]


_DATA: Final = TypeAdapter(RecordsData)


def read(body: bytes) -> Records:
    """Read the records with pydantic's own JSON parser."""
    return Records.model_validate_json(body)


def rows(answer: Records | RecordsData) -> Iterator[Row]:
    """Return the rows of a response."""
    return rows_of_each(answer.response)


def rows_of_each(records: Iterable[object]) -> Iterator[Row]:
    """Return the rows of records; type checkers do not know that `CHECKS` converted their checks."""
    return map(row_of, cast("Iterable[RecordLike]", records))


def read_data(body: bytes) -> RecordsData:
    """Read dataclasses with slots."""
    return _DATA.validate_json(body)


def read_each(body: bytes) -> list[Record]:
    """Read the records with the json module, and create a model from each."""
    return [Record(**values) for values in json.loads(body)["response"]]


def read_rows(body: bytes) -> list[TableRecord]:
    """Read the rows with the csv module, and create a model from each."""
    lines = io.TextIOWrapper(io.BytesIO(body), "utf-8", newline="")
    return [TableRecord(**values) for values in csv.DictReader(lines)]  # type: ignore[arg-type]


def read_status(body: bytes) -> Requests:
    """Read a status response."""
    return Requests.model_validate_json(body)


def read_status_rows(body: bytes) -> Requests:
    """Read the rows of a status response with the csv module, and create a model from each."""
    header, *lines = csv.reader(io.StringIO(body.decode()))
    names = [label.lower().replace(" ", "_") for label in header]
    cells = ({name: cell for name, cell in zip(names, line, strict=True) if cell} for line in lines)
    return Requests(response=tuple(Request(**values) for values in cells))  # type: ignore[arg-type]


def rows_of_status(answer: Requests) -> Iterator[tuple[object, ...]]:
    """Return the rows of a status response."""
    return map(row_of_request, answer.response)


def load(path: Path) -> Records:
    """Read the records to write."""
    return read(path.read_bytes())


def dump(records: Records) -> bytes:
    """Write records."""
    return records.model_dump_json(by_alias=True).encode()
