"""A strategy for every model. The models are made by their public constructors, so they are valid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from ..formats import Kind
from ..models import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from .values import EVERYTHING, Extras, dates, end_dates, extra_fields, hosts, integers, optional, texts, verdicts

__all__ = [
    "Extras",
    "bulk_requests",
    "completed_responses",
    "create_responses",
    "email_records",
    "error_responses",
    "failed_emails",
    "failed_responses",
    "list_responses",
    "responses",
    "status_responses",
]

_M = TypeVar("_M", bound=BaseModel)
_MOST_RECORDS = 4
_CHECKS = ("format_check", "smtp_check", "dns_check", "free_check", "disposable_check", "catch_all_check")
_COUNTERS = ("api_version", "total_emails", "invalid_emails", "processed_emails", "failed_emails")
_PAGES = ("current_page", "from_", "last_page", "per_page", "to", "total")


def _models(
    model: type[_M], fields: Mapping[str, SearchStrategy[object]], extra: SearchStrategy[dict[str, object]]
) -> SearchStrategy[_M]:
    def make(values: dict[str, object], undocumented: dict[str, object]) -> _M:
        return model(**values, **undocumented)

    return st.builds(make, st.fixed_dictionaries(dict(fields)), extra)


def _tuples(records: SearchStrategy[_M]) -> SearchStrategy[tuple[_M, ...]]:
    return st.lists(records, max_size=_MOST_RECORDS).map(tuple)


def bulk_requests(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[BulkRequest]:
    """Draw requests, from those that are only an id to those with every field.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    fields: dict[str, SearchStrategy[object]] = {
        "id": integers(),
        "date_start": optional(dates()),
        "date_end": optional(end_dates()),
        "ready": optional(st.booleans()),
        **{name: optional(integers()) for name in _COUNTERS},
    }
    bare = _models(BulkRequest, {"id": integers()}, extra_fields("none", kinds))
    return bare | _models(BulkRequest, fields, extra_fields(extras, kinds))


def email_records(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[EmailRecord]:
    """Draw records of verified addresses, which need not be addresses.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    fields: dict[str, SearchStrategy[object]] = {
        "email_address": texts(kinds),
        "mx_records": hosts(kinds),
        "result": optional(verdicts(kinds)),
        **{name: optional(st.booleans()) for name in _CHECKS},
    }
    return _models(EmailRecord, fields, extra_fields(extras, kinds))


def failed_emails(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[FailedEmail]:
    """Draw texts that were not verified.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    fields: dict[str, SearchStrategy[object]] = {"email_address": texts(kinds), "error": optional(texts(kinds))}
    return _models(FailedEmail, fields, extra_fields(extras, kinds))


def create_responses(
    *, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING
) -> SearchStrategy[CreateResponse]:
    """Draw answers of /request.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    return _models(CreateResponse, {"id": integers()}, extra_fields(extras, kinds))


def list_responses(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[ListResponse]:
    """Draw answers of /request/list, empty pages among them.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    fields: dict[str, SearchStrategy[object]] = {
        "requests": _tuples(bulk_requests(extras=extras, kinds=kinds)),
        **{name: optional(integers()) for name in _PAGES},
    }
    return _models(ListResponse, fields, extra_fields(extras, kinds, beside_records=True))


def status_responses(
    *, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING
) -> SearchStrategy[StatusResponse]:
    """Draw answers of /request/status, empty ones among them.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    requests = _tuples(bulk_requests(extras=extras, kinds=kinds))
    return _models(StatusResponse, {"requests": requests}, extra_fields(extras, kinds, beside_records=True))


def completed_responses(
    *, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING
) -> SearchStrategy[CompletedResponse]:
    """Draw answers of /request/completed, empty ones among them.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    records = _tuples(email_records(extras=extras, kinds=kinds))
    return _models(CompletedResponse, {"records": records}, extra_fields(extras, kinds, beside_records=True))


def failed_responses(
    *, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING
) -> SearchStrategy[FailedResponse]:
    """Draw answers of /request/failed, empty ones among them.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    failures = _tuples(failed_emails(extras=extras, kinds=kinds))
    return _models(FailedResponse, {"failures": failures}, extra_fields(extras, kinds, beside_records=True))


def error_responses(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[ErrorResponse]:
    """Draw error replies of one text and of several.

    Args:
        extras: as for `responses`.
        kinds: as for `responses`.
    """
    errors = st.lists(texts(kinds), min_size=1, max_size=3).map(tuple)
    return _models(ErrorResponse, {"errors": errors, "code": optional(integers())}, extra_fields(extras, kinds))


def responses(*, extras: Extras = "none", kinds: Collection[Kind] = EVERYTHING) -> SearchStrategy[Response]:
    """Draw answers of every endpoint, and error replies.

    Args:
        extras: which undocumented fields they have: "none", "text" or "json", which is any value that kinds can carry.
        kinds: the kinds of format that can all carry what is drawn; "typed" formats can carry everything.
    """
    return st.one_of(
        create_responses(extras=extras, kinds=kinds),
        list_responses(extras=extras, kinds=kinds),
        status_responses(extras=extras, kinds=kinds),
        completed_responses(extras=extras, kinds=kinds),
        failed_responses(extras=extras, kinds=kinds),
        error_responses(extras=extras, kinds=kinds),
    )
