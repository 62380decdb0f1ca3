"""What is read of a body: its records, problems and rejected records, or all of it as one inspection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeAlias

from pydantic import BaseModel
from typing_extensions import TypeVar

from ..lanes.columns import Columns
from ..models import EndpointName, Response
from ..problems import Problem, rules

__all__ = ["NO_RECORDS", "RECORD", "ROOT", "Body", "Event", "Inspection", "Records", "RejectedRecord", "Survey"]

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A response body. Text is taken as it is: an encoding that it declares has no meaning."""
NO_RECORDS: Final = Problem.of(rules.OTHER_ENDPOINT, "expected records, got a response without any", "/response")
"""The problem if records are requested from a response that has none, such as that of create."""
ROOT: Final = "/response"
"""The pointer of the payload, and of the array of records."""
RECORD: Final = re.compile(r"\A/response/([0-9]{1,9})(?=/|\Z)")
"""The beginning of a pointer into a record, with its number."""


R_co = TypeVar("R_co", bound=Response, default=Response, covariant=True)


@dataclass(frozen=True, slots=True)
class Inspection(Generic[R_co]):
    """Everything that could be read of a body, and every problem."""

    response: R_co | None
    """The model, without the records that could not be read; None when no response could be read."""
    problems: tuple[Problem, ...]
    """Errors and warnings in the order of the body, each with its position."""
    format: str | None
    """The format that the body has; None when it is not known."""
    endpoint: EndpointName | None
    """The endpoint as which the body was read, or "error"; None when it is not known."""
    rejected: tuple[tuple[str, object], ...] = ()
    """The records that could not be read: the pointer of each, and its content as JSON values."""


class Survey(NamedTuple):
    """What could be read of a whole body. Records that a lane has read are columns instead of models."""

    found: Inspection
    """The result of `BodyReader.inspect`, without a response if there are `records`."""
    records: Columns | None = None
    """The records that the lane has read; None if it has read none."""


class Records(NamedTuple):
    """Records that were read, in the order of the body."""

    records: Sequence[BaseModel]
    pointer: str = ROOT
    """The pointer of the array that contains them."""


class RejectedRecord(NamedTuple):
    """A record that could not be read. Its problems are events before this one."""

    pointer: str
    record: object
    """The content of the record as JSON values."""


Event: TypeAlias = Problem | RejectedRecord | Records
"""A result of reading a body, in the order of the body. Problems come before the records that they are about."""
