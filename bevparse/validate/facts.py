"""What a body says about the bulk requests it is about, small enough to be kept for all bodies of a run."""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from typing import Final

from pydantic import BaseModel

from ..files import plain_name
from ..models import (
    BulkRequest,
    CompletedResponse,
    EmailRecord,
    EndpointName,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from .sources import Source

__all__ = ["Fact", "facts_of", "request_of"]

_NUMBER: Final = re.compile(r"\d+")
_STEPS: Final = re.compile(r"!?/")
_VALUES: Final[dict[type[BaseModel], Callable[[dict[str, object]], object]]] = {
    model: itemgetter(*model.model_fields) for model in (BulkRequest, EmailRecord, FailedEmail)
}
_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Fact:
    """What one body says about one bulk request."""

    request: str
    """The id of the request."""
    endpoint: EndpointName
    format: str
    file: str
    inner: str
    pointer: str
    """Where in the body."""
    ready: bool | None
    """What a status says."""
    counts: tuple[int | None, int | None, int | None] | None
    """The invalid, processed and failed addresses that a status tells."""
    records: int | None
    """How many records a completed or failed body holds."""
    digest: bytes
    """Equal for equal content, whatever the format; undocumented fields are left out."""


def request_of(name: str) -> str | None:
    """Tell the id of a request by the one number in the name of a file, or else by a folder that is named by it.

    >>> request_of("dumps/completed-544.json.gz"), request_of("dumps/544/failed.csv"), request_of("2018-06-05.json")
    ('544', '544', None)
    """
    *folders, last = _STEPS.split(plain_name(name))
    numbers = _NUMBER.findall(last.partition(".")[0])
    if len(numbers) == 1:
        return str(numbers[0]).lstrip("0") or None
    folder = folders[-1] if folders else ""
    return (folder.lstrip("0") or None) if not numbers and folder.isdecimal() and folder.isascii() else None


def facts_of(source: Source, response: Response | None, format: str | None) -> Iterator[Fact]:
    """Give what a body says about each of its requests."""
    if isinstance(response, (StatusResponse, ListResponse)):
        at = "/response" if isinstance(response, StatusResponse) else "/response/data"
        for index, request in enumerate(response.requests):
            if request.ready is not None:
                yield _of_request(source, request, format or "", f"{at}/{index}", response.endpoint)
    elif isinstance(response, (CompletedResponse, FailedResponse)):
        name = source.inner if source.inner and "#" not in source.inner else source.file
        request_id = source.request or ("#" not in source.inner and request_of(name)) or None
        records = response.records if isinstance(response, CompletedResponse) else response.failures
        if request_id is not None and records:
            yield Fact(
                request_id, response.endpoint, format or "", source.file, source.inner, "/response",
                None, None, len(records), _digest(records),
            )  # fmt: skip


def _of_request(source: Source, request: BulkRequest, format: str, pointer: str, endpoint: EndpointName) -> Fact:
    counts = request.invalid_emails, request.processed_emails, request.failed_emails
    values = repr(_VALUES[BulkRequest](vars(request))).encode()
    digest = blake2b(values, digest_size=16).digest()
    return Fact(
        str(request.id), endpoint, format, source.file, source.inner, pointer, request.ready, counts, None, digest
    )


def _digest(records: Sequence[BaseModel]) -> bytes:
    values_of = _VALUES[type(records[0])]
    digest = blake2b(digest_size=16)
    for start in range(0, len(records), _CHUNK):
        values = [values_of(vars(record)) for record in records[start : start + _CHUNK]]
        digest.update(marshal.dumps(values, 0))  # version 0: without marks of what is interned
    return digest.digest()
