"""The documented fields of every model, spelled out here a second time so that the library cannot agree with itself."""

from __future__ import annotations

import json
import re
from datetime import datetime
from random import Random
from typing import NamedTuple, get_args

from pydantic import BaseModel

from bevparse import BulkRequest, CreateResponse, EmailRecord, ErrorResponse, FailedEmail, ListResponse, Response

__all__ = [
    "Facet",
    "are_clean",
    "facets",
    "joined_hosts",
    "looks_like_success",
    "missing_texts",
    "record_names",
    "records_of",
    "respelled_name",
    "respelled_text",
]

_REQUEST = (
    ("id", "id", "integer"),
    ("api_version", "api_version", "integer"),
    ("date_start", "date_start", "epoch"),
    ("date_end", "date_end", "epoch"),
    ("total_emails", "total_emails", "integer"),
    ("invalid_emails", "invalid_emails", "integer"),
    ("processed_emails", "processed_emails", "integer"),
    ("failed_emails", "failed_emails", "integer"),
    ("ready", "ready", "flag"),
)
_RECORD = (
    ("emailAddress", "email_address", "text"),
    ("formatCheck", "format_check", "check"),
    ("smtpCheck", "smtp_check", "check"),
    ("dnsCheck", "dns_check", "check"),
    ("freeCheck", "free_check", "check"),
    ("disposableCheck", "disposable_check", "check"),
    ("catchAllCheck", "catch_all_check", "check"),
    ("mxRecords", "mx_records", "hosts"),
    ("result", "result", "words"),
)
_PAGE = (
    ("current_page", "current_page", "integer"),
    ("from", "from_", "integer"),
    ("last_page", "last_page", "integer"),
    ("per_page", "per_page", "integer"),
    ("to", "to", "integer"),
    ("total", "total", "integer"),
)
_FIELDS: dict[type[BaseModel], tuple[tuple[str, str, str], ...]] = {
    BulkRequest: _REQUEST,
    EmailRecord: _RECORD,
    FailedEmail: (("emailAddress", "email_address", "text"), ("error", "error", "words")),
    CreateResponse: (("id", "id", "integer"),),
    ListResponse: _PAGE,
    ErrorResponse: (("code", "code", "code"),),
}
_ITEMS = {"list": "requests", "status": "requests", "completed": "records", "failed": "failures"}
_CLEAN = re.compile(r"(?!(?:null|nan|true|Array|[0-9]+)\Z)[A-Za-z0-9.-]+\Z")
_WORD = re.compile(r"[A-Z]?[a-z]+")
_TRUE, _FALSE = ("true", "TRUE", "True", "1", "1.0"), ("false", "FALSE", "False", "0", "0.0")
_MISSING = ("", "null", " ", "\t", "NULL", "nan", "None", "N/A", "\\N", "#N/A")


class Facet(NamedTuple):
    """One field of one model: its documented name, how it is spelled, and its value."""

    name: str
    kind: str
    value: object


def facets(model: BaseModel) -> list[Facet]:
    """Return the fields of a model without its records, the undocumented ones last."""
    documented = [
        Facet(name, kind, getattr(model, attribute)) for name, attribute, kind in _FIELDS.get(type(model), ())
    ]
    return documented + [Facet(name, "extra", value) for name, value in (model.model_extra or {}).items()]


def records_of(model: Response) -> tuple[BaseModel, ...] | None:
    """Return the records of a response, or None for a response without records."""
    return getattr(model, _ITEMS[model.endpoint]) if model.endpoint in _ITEMS else None


def record_names(model: Response) -> list[str]:
    """Return the documented names of a record of a response."""
    record = get_args(type(model).model_fields[_ITEMS[model.endpoint]].annotation)[0]
    return [name for name, _, _ in _FIELDS[record]]


def respelled_name(random: Random, name: str, *, spaces: bool = True) -> str:
    """Return a documented name in any spelling that folds to the same."""
    words = _WORD.findall(name)
    spelled = [name, "_".join(words).lower(), "-".join(words).upper(), "".join(words), name.upper()]
    return random.choice([*spelled, " ".join(word.title() for word in words)] if spaces else spelled)


def are_clean(hosts: object) -> bool:
    """Return whether hosts can be joined by any separator and split again."""
    return isinstance(hosts, tuple) and all(map(_CLEAN.match, hosts))


def looks_like_success(model: ErrorResponse) -> bool:
    """Return whether a reply is that of a success if it has a message instead of an error."""
    return any(re.match(r"(?i)2\d\d\Z|ok\Z|success|true\Z", text) for text in (str(model.code), *model.errors))


def joined_hosts(random: Random, hosts: tuple[str, ...]) -> str:
    """Return clean hosts as one text: joined, or in the spelling of JSON, Python, NumPy, Java or PostgreSQL."""
    quoted = [f"'{host}'" for host in hosts]
    spellings = [separator.join(hosts) for separator in (", ", ",", ";", " ", "|", " | ", "\n")]
    lists = [str(list(hosts)), f"[{' '.join(quoted)}]", f"[{', '.join(hosts)}]", f"{{{','.join(hosts)}}}", str(hosts)]
    return random.choice((*spellings, json.dumps(hosts), *lists))


def missing_texts(kind: str) -> tuple[str, ...]:
    """Return the texts that mean a missing value."""
    return (*_MISSING, "0", "0.0") if kind == "epoch" else _MISSING


def respelled_text(random: Random, facet: Facet) -> str:
    """Return a present value other than hosts as text."""
    match facet.kind:
        case "check":
            return random.choice(_TRUE if facet.value else _FALSE)
        case "flag":
            return random.choice(_TRUE if facet.value else _FALSE)
        case "epoch":
            assert isinstance(facet.value, datetime)
            return str(int(facet.value.timestamp())) + random.choice(("", "", ".0"))
        case "integer" if isinstance(facet.value, int):
            assert isinstance(facet.value, int)
            exact = facet.value < 2**53  # as a number with a fraction
            return str(facet.value) + random.choice(("", "", ".0") if exact else ("",))
        case _:
            return str(facet.value)
