"""pydantic-xml, whose models map elements to fields."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_xml import BaseXmlModel, element, wrapped

from ..records import Row
from .pydantic_models import Check, rows_of_each

__all__ = ["read", "rows"]


class Record(BaseXmlModel, frozen=True, tag="item"):
    """The record of one address."""

    email_address: str = element(tag="emailAddress")
    format_check: Check = element(tag="formatCheck")
    smtp_check: Check = element(tag="smtpCheck")
    dns_check: Check = element(tag="dnsCheck")
    free_check: Check = element(tag="freeCheck")
    disposable_check: Check = element(tag="disposableCheck")
    catch_all_check: Check = element(tag="catchAllCheck")
    mx_records: tuple[str, ...] = wrapped("mxRecords", element(tag="mxRecord", default=()))
    result: str | None = element(tag="result", default=None)


class Records(BaseXmlModel, frozen=True, tag="xml"):
    """A body of records."""

    records: tuple[Record, ...] = wrapped("response", element(tag="item"))


def read(body: bytes) -> Records:
    """Read the records."""
    return Records.from_xml(body)


def rows(answer: Records) -> Iterator[Row]:
    """Return the rows of a response."""
    return rows_of_each(answer.records)
