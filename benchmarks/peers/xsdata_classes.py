"""xsdata, which reads XML into dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from xsdata.formats.dataclass.parsers import XmlParser

from ..records import Check, Row
from .answers import CHECKS

__all__ = ["read", "rows"]

_Check = bool | str | None


def _named(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "type": "Element", **more}


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one address."""

    email_address: str = field(metadata=_named("emailAddress"))
    format_check: _Check = field(default=None, metadata=_named("formatCheck"))
    smtp_check: _Check = field(default=None, metadata=_named("smtpCheck"))
    dns_check: _Check = field(default=None, metadata=_named("dnsCheck"))
    free_check: _Check = field(default=None, metadata=_named("freeCheck"))
    disposable_check: _Check = field(default=None, metadata=_named("disposableCheck"))
    catch_all_check: _Check = field(default=None, metadata=_named("catchAllCheck"))
    mx_records: list[str] = field(default_factory=list, metadata=_named("mxRecord", wrapper="mxRecords"))
    result: str | None = field(default=None, metadata=_named("result"))


@dataclass(frozen=True, slots=True)
class Records:
    """A body of records."""

    class Meta:
        """The name of the root element."""

        name = "xml"

    records: list[Record] = field(default_factory=list, metadata=_named("item", wrapper="response"))


_PARSER: Final = XmlParser()


def read(body: bytes) -> Records:
    """Read the records."""
    return _PARSER.from_bytes(body, Records)


def rows(answer: Records) -> Iterator[Row]:
    """Return the rows of a response."""
    for one in answer.records:
        checks = one.format_check, one.smtp_check, one.dns_check, one.free_check, one.disposable_check
        plain = (*map(_plain, checks), _plain(one.catch_all_check))
        yield Row(one.email_address, plain, tuple(one.mx_records), one.result or "")


def _plain(check: bool | str | None) -> Check:
    return CHECKS[check] if isinstance(check, str) else check
