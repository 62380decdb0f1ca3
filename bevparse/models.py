"""The canonical models: what every endpoint answers, whatever format it came in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from .wire import (
    CHECK,
    EPOCH,
    EPOCH_OR_ZERO,
    FLAG,
    HOSTS,
    INTEGER,
    LAST_EPOCH,
    MAX_INTEGER,
    RESULT,
    TEXT,
    WORDS,
    Items,
    Wire,
    is_unsaid,
)

__all__ = [
    "AnyResponse",
    "BulkRequest",
    "CompletedResponse",
    "CreateResponse",
    "EmailRecord",
    "EndpointName",
    "ErrorResponse",
    "FailedEmail",
    "FailedResponse",
    "ListResponse",
    "Response",
    "StatusResponse",
]

EndpointName: TypeAlias = Literal["create", "list", "status", "completed", "failed", "error"]
"""The names of the endpoints, and "error" for the reply that any of them may give."""


def _whole_seconds(moment: datetime) -> datetime:
    if moment.microsecond or not 0 <= moment.timestamp() <= LAST_EPOCH:
        raise ValueError("expected whole seconds from 1970 to the year 9999")
    return moment.astimezone(UTC)


def _not_the_epoch(moment: datetime) -> datetime:
    if not moment.timestamp():
        raise ValueError("expected a date after 1970-01-01T00:00:00Z, which the wire reads as not said")
    return moment


def _said(text: str) -> str | None:
    return None if is_unsaid(text) else text


_ENVELOPE: Final = frozenset({"response", "error", "errors"})
"""The keys of a response body, one of which every body has."""

_Integer: TypeAlias = Annotated[int, Field(ge=0, le=MAX_INTEGER)]

_Date: TypeAlias = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]

_EndDate: TypeAlias = Annotated[_Date, AfterValidator(_not_the_epoch)]

_Words: TypeAlias = Annotated[str, AfterValidator(_said)]


class _Model(BaseModel, frozen=True):
    """What all models share: frozen, strict, and keeping the fields that nobody documented."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, use_attribute_docstrings=True)

    if TYPE_CHECKING:
        __pydantic_extra__: dict[str, JsonValue] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]
    else:
        __pydantic_extra__: dict[str, JsonValue]  # without a value, which would hide the slot that pydantic has for it


class BulkRequest(_Model, frozen=True):
    """One bulk verification request, as list and status report it."""

    id: Annotated[_Integer, Wire("id", INTEGER)]
    """The number that create answered. Source: documented."""
    api_version: Annotated[_Integer | None, Wire("api_version", INTEGER)] = None
    """The API version that the request was created with, 2 or 3; None on older requests. Source: documented."""
    date_start: Annotated[_Date | None, Wire("date_start", EPOCH)] = None
    """When processing began, in UTC; None in a list of ids. Source: documented."""
    date_end: Annotated[_EndDate | None, Wire("date_end", EPOCH_OR_ZERO)] = None
    """When processing ended, in UTC; None while it runs and where it is not told. Source: observed."""
    total_emails: Annotated[_Integer | None, Wire("total_emails", INTEGER)] = None
    """How many addresses were submitted; None in a list of ids. Source: documented."""
    invalid_emails: Annotated[_Integer | None, Wire("invalid_emails", INTEGER)] = None
    """How many of them are no addresses; None in a list of ids. Source: documented."""
    processed_emails: Annotated[_Integer | None, Wire("processed_emails", INTEGER)] = None
    """How many have been verified; None in a list of ids. Source: documented."""
    failed_emails: Annotated[_Integer | None, Wire("failed_emails", INTEGER)] = None
    """How many could not be verified; None in a list of ids. Source: documented."""
    ready: Annotated[bool | None, Wire("ready", FLAG)] = None
    """Whether the results can be fetched; None in a list of ids. Source: documented."""


class EmailRecord(_Model, frozen=True):
    """What was found out about one address."""

    email_address: Annotated[str, Wire("emailAddress", TEXT)]
    """The address as it was submitted. Source: documented."""
    format_check: Annotated[bool | None, Wire("formatCheck", CHECK, always=True)] = None
    """The syntax is that of an address; None when it was not checked. Source: documented."""
    smtp_check: Annotated[bool | None, Wire("smtpCheck", CHECK, always=True)] = None
    """The mailbox answered over SMTP; None when it could not be asked. Source: documented."""
    dns_check: Annotated[bool | None, Wire("dnsCheck", CHECK, always=True)] = None
    """The domain has the DNS records that mail needs; None when they could not be asked for. Source: documented."""
    free_check: Annotated[bool | None, Wire("freeCheck", CHECK, always=True)] = None
    """The domain is a free mail provider's; None when it is not known. Source: documented."""
    disposable_check: Annotated[bool | None, Wire("disposableCheck", CHECK, always=True)] = None
    """The domain is a provider's of throw-away addresses; None when it is not known. Source: documented."""
    catch_all_check: Annotated[bool | None, Wire("catchAllCheck", CHECK, always=True)] = None
    """The server takes mail for any mailbox; None when it could not be asked. Source: documented."""
    mx_records: Annotated[tuple[str, ...], Wire("mxRecords", HOSTS, tells=1)] = ()
    """The domain's mail servers in the order given; (".",) is a null MX, () when none are told. Source: documented."""
    result: Annotated[_Words | None, Wire("result", RESULT, always=True, tells=1)] = None
    """The verdict, a word of an open vocabulary: ok, bad, unknown, smtp-failed. Source: observed."""


class FailedEmail(_Model, frozen=True):
    """One submitted text that was not verified."""

    email_address: Annotated[str, Wire("emailAddress", TEXT)]
    """The text as it was submitted; it need not be an address. Source: documented."""
    error: Annotated[_Words | None, Wire("error", WORDS, always=True, nullable=True, rank=-1)] = None
    """Why it was not verified; None when it is not told. Source: documented."""


class Response(_Model, frozen=True):
    """What all answers share."""

    endpoint: EndpointName
    """The endpoint that answers so, or "error"."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_wire_body(cls, data: object) -> object:
        """Refuse a response body: validated as a model it would be an answer without records."""
        if _is_wire_body(cls, data):
            raise ValueError(
                f"expected the fields of {cls.__name__}, got a response body; "
                "read its bytes with bevparse.parse, or with bevparse.parse_reply if it may be an error reply"
            )
        return data


def _is_wire_body(model: type[Response], data: object) -> bool:
    """Return whether data is a decoded body of the service, and not the fields of the model."""
    if not isinstance(data, Mapping):
        return False
    missing = [name for name, field in model.model_fields.items() if field.is_required() and name not in data]
    return bool(missing) and not _ENVELOPE.isdisjoint(cast("Mapping[object, object]", data))


class CreateResponse(Response, frozen=True):
    """The answer of /request."""

    endpoint: Literal["create"] = "create"
    """Always "create"."""
    id: Annotated[_Integer, Wire("id", INTEGER)]
    """The number of the new request. Source: documented."""


class ListResponse(Response, frozen=True):
    """The answer of /request/list: one page of your requests."""

    endpoint: Literal["list"] = "list"
    """Always "list"."""
    requests: Annotated[tuple[BulkRequest, ...], Items("data")]
    """The requests on this page; each holds only its id unless onlyIds was false. Source: documented."""
    current_page: Annotated[_Integer | None, Wire("current_page", INTEGER, always=True, rank=-1)] = None
    """The number of this page, from 1. Source: documented."""
    from_: Annotated[_Integer | None, Wire("from", INTEGER, always=True, nullable=True, tells=0)] = None
    """The position of the first request of this page among all, from 1; None on an empty page. Source: documented."""
    last_page: Annotated[_Integer | None, Wire("last_page", INTEGER, always=True)] = None
    """The number of the last page. Source: documented."""
    per_page: Annotated[_Integer | None, Wire("per_page", INTEGER, always=True)] = None
    """How many requests a page holds at most. Source: documented."""
    to: Annotated[_Integer | None, Wire("to", INTEGER, always=True, nullable=True, tells=0)] = None
    """The position of the last request of this page among all; None on an empty page. Source: documented."""
    total: Annotated[_Integer | None, Wire("total", INTEGER, always=True, tells=0)] = None
    """How many requests there are on all pages. Source: documented."""


class StatusResponse(Response, frozen=True):
    """The answer of /request/status."""

    endpoint: Literal["status"] = "status"
    """Always "status"."""
    requests: Annotated[tuple[BulkRequest, ...], Items()]
    """The requests asked for, without those whose id is unknown. Source: documented."""


class CompletedResponse(Response, frozen=True):
    """The answer of /request/completed."""

    endpoint: Literal["completed"] = "completed"
    """Always "completed"."""
    records: Annotated[tuple[EmailRecord, ...], Items()]
    """What was found out about each address; empty while the request is not ready. Source: documented."""


class FailedResponse(Response, frozen=True):
    """The answer of /request/failed."""

    endpoint: Literal["failed"] = "failed"
    """Always "failed"."""
    failures: Annotated[tuple[FailedEmail, ...], Items()]
    """The texts that were not verified. Source: documented."""


class ErrorResponse(Response, frozen=True):
    """The reply of any endpoint that could not do what was asked."""

    endpoint: Literal["error"] = "error"
    """Always "error"."""
    errors: Annotated[tuple[str, ...], Field(min_length=1)]
    """What went wrong, one text or several. Source: documented."""
    code: Annotated[_Integer | None, Wire("code", INTEGER)] = None
    """The status code that the body itself names; None in the service's own replies. Source: observed."""


AnyResponse: TypeAlias = Annotated[
    CreateResponse | ListResponse | StatusResponse | CompletedResponse | FailedResponse | ErrorResponse,
    Field(discriminator="endpoint"),
]
"""Any answer, told apart by its endpoint: `TypeAdapter(AnyResponse)` validates and describes them all."""
