"""Convert the results of all libraries to the form that is compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from ..records import Check, Row

__all__ = ["CHECKS", "RecordLike", "RequestLike", "row_of", "row_of_request", "row_of_texts", "split_hosts"]

CHECKS: Final[dict[str, Check]] = {"true": True, "false": False, "null": None}


class RecordLike(Protocol):
    """An object with the fields of a record, named as in bevparse."""

    @property
    def email_address(self) -> str: ...  # noqa: D102
    @property
    def format_check(self) -> Check: ...  # noqa: D102
    @property
    def smtp_check(self) -> Check: ...  # noqa: D102
    @property
    def dns_check(self) -> Check: ...  # noqa: D102
    @property
    def free_check(self) -> Check: ...  # noqa: D102
    @property
    def disposable_check(self) -> Check: ...  # noqa: D102
    @property
    def catch_all_check(self) -> Check: ...  # noqa: D102
    @property
    def mx_records(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def result(self) -> str | None: ...  # noqa: D102


class RequestLike(Protocol):
    """An object with the fields of a request that every client reads."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def date_start(self) -> datetime | None: ...  # noqa: D102
    @property
    def total_emails(self) -> int | None: ...  # noqa: D102
    @property
    def invalid_emails(self) -> int | None: ...  # noqa: D102
    @property
    def processed_emails(self) -> int | None: ...  # noqa: D102
    @property
    def failed_emails(self) -> int | None: ...  # noqa: D102
    @property
    def ready(self) -> bool | None: ...  # noqa: D102


def row_of(record: RecordLike) -> Row:
    """Return the values of a record."""
    checks = (
        record.format_check,
        record.smtp_check,
        record.dns_check,
        record.free_check,
        record.disposable_check,
        record.catch_all_check,
    )
    return Row(record.email_address, checks, tuple(record.mx_records), record.result or "")


def row_of_texts(email: str, checks: Sequence[str | None], hosts: Sequence[str], result: str) -> Row:
    """Return the values of a record whose fields are all strings."""
    return Row(email, tuple(CHECKS[check or "null"] for check in checks), tuple(hosts), result)


def split_hosts(text: str | None) -> tuple[str, ...]:
    """Return the hosts in one cell of a table."""
    return tuple(text.split(", ")) if text else ()


def row_of_request(request: RequestLike) -> tuple[object, ...]:
    """Return the values of a request; a date without a zone is in UTC."""
    begun = request.date_start and request.date_start.replace(tzinfo=UTC).timestamp()
    counts = request.total_emails, request.invalid_emails, request.processed_emails, request.failed_emails
    return (request.id, begun, *counts, request.ready)
