"""What a program of a user does, for type checkers: mypy --strict and pyright strict find no error here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import field_validator

import bevparse
from bevparse import AnyResponse, CompletedResponse, EmailRecord, ErrorResponse, Limits, StatusResponse, schemas
from bevparse.tables import records_of
from bevparse.testing import FakeService, Reply, faults
from bevparse.validate import Settings, validate

from . import reversed_json


class Record(EmailRecord, frozen=True):
    """A record with a field of its own."""

    score: int = 0

    @field_validator("email_address")
    @classmethod
    def lower(cls, value: str) -> str:
        """Return the address in lower case."""
        return value.lower()


class Completed(CompletedResponse, frozen=True):
    """A response with such records."""

    records: tuple[Record, ...]


def read(body: bytes) -> int:
    """Use what `parse` and its relatives return."""
    answer: AnyResponse = bevparse.parse(body)
    if isinstance(answer, ErrorResponse):
        return len(answer.errors)
    if answer.endpoint == "create":
        return answer.id
    if answer.endpoint == "status":
        return len(answer.requests)
    found = bevparse.inspect(body, StatusResponse)
    if isinstance(found.response, StatusResponse):
        return sum(request.total_emails or 0 for request in found.response.requests)
    own = bevparse.parse(body, Completed, limits=Limits(records=10))
    return sum(record.score for record in own.records)


def stream(pieces: Iterator[bytes], path: Path) -> Iterator[int]:
    """Use what `iter_records` accepts and returns."""
    for record in bevparse.iter_records(pieces, Record):
        yield record.score
    for record in bevparse.iter_records([b"", b""], Record, on_problem=print, on_reject=print):
        yield record.score
    for failed in bevparse.iter_records(path, bevparse.FailedEmail):
        yield len(failed.email_address)


def write(answer: StatusResponse) -> bytes:
    """Use the registry of formats."""
    bevparse.formats.register(reversed_json)
    return bevparse.dump(answer, format="reversed")


def check(path: Path) -> bool:
    """Use the validator with one path, and with several."""
    reports = validate(path, Settings()) + validate("dumps/july") + validate([path, "dumps/*.json"])
    return not reports.findings


def decoded(value: object) -> int:
    """Use `parse_object`."""
    return bevparse.parse_object(value, bevparse.CreateResponse).id


def describe() -> tuple[str, str]:
    """Use the schemas of bodies and the description of the service."""
    documents = [schemas.wire_schema(), schemas.wire_schema(EmailRecord), schemas.table_schema(StatusResponse)]
    return json.dumps([*documents, schemas.openapi()]), schemas.xsd(StatusResponse)


def table(path: Path) -> object:
    """Use the table of saved bodies."""
    stream = records_of([path, "dumps/"], EmailRecord, skip_others=True, on_problem=print, on_reject=print)
    return stream.__arrow_c_stream__(stream.__arrow_c_schema__())


def fake(record: Record) -> str:
    """Use the fake service, in which records of a derived model are results, too."""
    with FakeService({544: [record]}, polls=2, xml="B", csv="tab") as service:
        service.next(faults.CUT, Reply(b"", 502), StatusResponse(requests=()))
        service.requests[545] = (record, bevparse.FailedEmail(email_address="foo.bar"))
        parameters = service.calls[-1].parameters if service.calls else None
        return f"{service.url} {service.key} {parameters}"
