"""Makes the table of docs/migrating.md: what three ways of reading do with the same ten bodies.

`python -m tests.migrating_page` writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Literal

import bulkemailverifier
from pydantic import BaseModel, ValidationError

import bevparse
from bevparse import CompletedResponse

from .paths import ROOT

PAGE = ROOT / "docs" / "migrating.md"
_PART = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end of table -->)", re.DOTALL)
RECORD = {
    "emailAddress": "ann@mail.example",
    **dict.fromkeys(("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck"), "true"),
    "mxRecords": ["mx.mail.example"],
    "result": "ok",
}
STATUS = {"id": 5, "date_start": "1528377253", "total_emails": 3, "processed_emails": 3, "ready": 1}
Check = Literal["true", "false", "null"]


def body_of(*records: object) -> str:
    return json.dumps({"response": records})


BODIES = {
    "an error reply": '{"response":{"error":"Insufficient balance"}}',
    "an error reply with several errors": '{"response":{"errors":["The id is invalid."]}}',
    "the reply of another endpoint": body_of(STATUS),
    "a check that is neither true, false nor null": body_of({**RECORD, "smtpCheck": "maybe"}),
    "one host instead of an array": body_of({**RECORD, "mxRecords": "mx.mail.example"}),
    "a field twice": body_of(RECORD).replace('"result"', '"emailAddress": "ben@mail.example", "result"'),
    "no array of records": '{"response":null}',
    "a download that was cut": body_of(RECORD)[:-30],
    "the error page of a gateway": "<html><title>502 Bad Gateway</title></html>",
    "the same record in XML": bevparse.dump(bevparse.parse(body_of(RECORD), CompletedResponse), format="xml").decode(),
}


class Record(BaseModel):
    """The documented spelling of a record."""

    emailAddress: str  # noqa: N815
    formatCheck: Check  # noqa: N815
    smtpCheck: Check  # noqa: N815
    dnsCheck: Check  # noqa: N815
    freeCheck: Check  # noqa: N815
    disposableCheck: Check  # noqa: N815
    catchAllCheck: Check  # noqa: N815
    mxRecords: list[str] | None  # noqa: N815
    result: str


class Completed(BaseModel):
    """The documented spelling of a body."""

    response: list[Record]


class Client(bulkemailverifier.Client):
    """The official client with a body instead of a connection."""

    body = ""

    def get_records_raw(self, **parameters: object) -> str:
        return self.body


def by_official_client(body: str) -> str:
    client = Client(f"at_{'0' * 29}")
    client.body = body
    try:
        records = client.get_records(request_id=5).data
    except bulkemailverifier.UnparsableApiResponseError as error:
        return f"`UnparsableApiResponseError`: {error.message}"
    if not records:
        return "**no records**"
    (record,) = records
    return {
        ("ann@mail.example", False, 1): "**false**",
        ("ann@mail.example", True, 0): "**a record without hosts**",
        ("ben@mail.example", True, 1): "**the last value**",
        ("", None, 0): "**a record without an address**",
    }[record.email_address, record.smtp_check, len(record.mx_records)]


def by_pydantic(body: str) -> str:
    try:
        record = Completed.model_validate_json(body).response[0]
    except ValidationError as error:
        count = error.error_count()
        return f"`ValidationError` with {count} error{'s' if count > 1 else ''}"
    return {"ben@mail.example": "**the last value**"}[record.emailAddress]


def by_bevparse(body: str) -> str:
    try:
        bevparse.parse(body, CompletedResponse)
    except bevparse.BevparseError as error:
        return f"`{type(error).__name__}`: {error}".replace("|", "\\|")
    problems = bevparse.inspect(body, CompletedResponse).problems
    return "the record" + "".join(f", with a warning: {problem.message}" for problem in problems)


WAYS: dict[str, Callable[[str], str]] = {
    "bulk-email-verifier 1.0.1": by_official_client,
    "a pydantic model": by_pydantic,
    "bevparse": by_bevparse,
}


def table() -> str:
    """Return the table: a row for each body, a column for each way."""
    rows = [(what, *(way(body) for way in WAYS.values())) for what, body in BODIES.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (("body", *WAYS), ("---",) * 4, *rows))


def page() -> str:
    """Return the page with the current table."""
    return _PART.sub(lambda _: f"\n{table()}\n\n", PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
