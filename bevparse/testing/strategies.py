"""Hypothesis strategies for every model, derived from its `Wire` annotations.

Models are made by their public constructors, so they are valid.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, Literal, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from ..endpoints import MODELS
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
from ..payloads.layout import Field, layout_of
from ..tree import fold
from ..wire import (
    CHECK,
    CODE,
    END,
    EPOCH,
    FLAG,
    HOSTS,
    INTEGER,
    LAST_EPOCH,
    MAX_INTEGER,
    RESULT,
    RESULTS,
    TEXT,
    WORDS,
    Spelling,
    from_epoch,
    names_no_error,
)

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
    "strategy_of",
]

Extras: TypeAlias = Literal["none", "text", "json"]
"""Which undocumented fields models have: none, text, or any values that the kinds of format can represent."""
_M = TypeVar("_M", bound=BaseModel)
_Kinds: TypeAlias = Collection[Kind]
_EVERY: Final[tuple[Kind, ...]] = ("typed", "text", "table")
"""All kinds of format."""
_MOST_RECORDS: Final = 4


def responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[Response]:
    """Return a strategy for the responses of every endpoint, and error replies.

    Args:
        extras: which undocumented fields they have: "none", "text", or "json" for any value that the kinds allow.
        kinds: the kinds of format that must all be able to represent a response: "typed" (JSON), "text" (XML) and
            "table" (CSV). Only "typed" allows every response; the default is all three.
    """
    return st.one_of([_models(model, extras, kinds) for model in MODELS.values()])


def strategy_of(model: type[BaseModel]) -> SearchStrategy[BaseModel]:
    """Return the strategy for a model, or for the responses of every endpoint."""
    return responses() if model is Response else _models(model, "none", _EVERY)


def create_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[CreateResponse]:
    """Return a strategy for responses of /request, see `responses`."""
    return _models(CreateResponse, extras, kinds)


def list_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[ListResponse]:
    """Return a strategy for responses of /request/list, including empty pages, see `responses`."""
    return _models(ListResponse, extras, kinds)


def status_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[StatusResponse]:
    """Return a strategy for responses of /request/status, including empty ones, see `responses`."""
    return _models(StatusResponse, extras, kinds)


def completed_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[CompletedResponse]:
    """Return a strategy for responses of /request/completed, including empty ones, see `responses`."""
    return _models(CompletedResponse, extras, kinds)


def failed_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[FailedResponse]:
    """Return a strategy for responses of /request/failed, including empty ones, see `responses`."""
    return _models(FailedResponse, extras, kinds)


def error_responses(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[ErrorResponse]:
    """Return a strategy for error replies with one or several messages, see `responses`."""
    return _models(ErrorResponse, extras, kinds)


def bulk_requests(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[BulkRequest]:
    """Return a strategy for requests, with only an id or with any fields, see `responses`."""
    return _models(BulkRequest, extras, kinds)


def email_records(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[EmailRecord]:
    """Return a strategy for records of verified texts, which need not be addresses, see `responses`."""
    return _models(EmailRecord, extras, kinds)


def failed_emails(*, extras: Extras = "none", kinds: _Kinds = _EVERY) -> SearchStrategy[FailedEmail]:
    """Return a strategy for records of texts that were not verified, see `responses`."""
    return _models(FailedEmail, extras, kinds)


def _models(model: type[_M], extras: Extras, kinds: _Kinds) -> SearchStrategy[_M]:
    def make(values: dict[str, object], extra: dict[str, object]) -> _M:
        return model(**values, **extra)

    layout = layout_of(model)
    fields = {field.attribute: _field_values(field, kinds) for field in layout.fields}
    required: dict[str, SearchStrategy[object]] = {name: fields.pop(name) for name in layout.required}
    if layout.items:
        records = _models(layout.items.layout.model, extras, kinds)
        required[layout.items.attribute] = st.lists(records, max_size=_MOST_RECORDS).map(tuple)
    if layout.model is ErrorResponse:  # its messages have no `Wire` annotation
        required["errors"] = st.lists(_texts(kinds).filter(_is_error), min_size=1, max_size=3).map(tuple)
    undocumented = _extra_fields(extras, kinds, has_records=layout.items is not None)

    complete = st.builds(make, st.fixed_dictionaries(required | fields), undocumented)
    if layout.model is BulkRequest:  # a list of ids is as common as one of complete requests
        return st.builds(make, st.fixed_dictionaries(required), st.just({})) | complete
    return complete


def _field_values(field: Field, kinds: _Kinds) -> SearchStrategy[object]:
    values = _VALUES[field.spelling](kinds)
    return values if field.required or field.spelling.many else st.none() | values


def _is_error(text: str) -> bool:
    return not names_no_error(text)


_EDGES = (0, 1, 2**31 - 1, 2**31, 2**53, 2**53 + 1, MAX_INTEGER)
_EPOCH_EDGES = (1, 86399, 951782400, 2**31 - 1, 2**31, 2**32, LAST_EPOCH)
_TEXTS = (
    "", " ", "\t", "\n", "\r", "\r\n", "a\rb", " a ", "null", "NULL", "true", "0", "[]", "[", "{}", "]]>", "<", "&amp;",
    "<!--", '"', '""', "'", ",", ";", "a,b;c\td", "\\", "\\u0041", "=1+1", "\ufeff", "\ufeffa", "\x85", "\u2028",
    "\xa0", "e\u0301", "\u202e", "\U0001f4a9", "\U0010ffff", "bob@google.com", "1e400", "NaN", "N/A",
    "\\N", "---", "# a", "%",
)  # fmt: skip
_UNCARRIED = ("\x00", "a\x01", "\x0b", "\x1b[0m", "\ufffe", "\uffff")
_HOSTS = (
    "a.example", "ALT2.aspmx.l.google.com.", ".", "", "null", "[", "[]", '["a"]', ",", "a,b", " ", "a b", "|", ";", '"',
    "\n", "[192.0.2.1]", "\xa0", "nan", "N/A", "5", "true", "Array", "System.Object[]", "{a}", "('a', 'b')", "['a']",
)  # fmt: skip
_ELEMENT = re.compile(r"(?!xml)[A-Za-z_]", re.IGNORECASE)
_ELEMENT_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_ELEMENTS = ("score", "a.b", "a-b", "a_b", "ab", "item", "items", "value", "string", "key", "_", "x1")
_NAMES = (
    "", " ", "score", "a b", "ab", "A B", "a/b", "a~b", "a,b", "a;b", '"', "\ufeff", "self", "model_extra", "$ref",
)  # fmt: skip


def _integers(kinds: _Kinds) -> SearchStrategy[int]:
    return st.sampled_from(_EDGES) | st.integers(0, MAX_INTEGER) | st.integers(0, 1000)


def _codes(kinds: _Kinds) -> SearchStrategy[int | str]:
    return _integers(kinds) | st.from_regex("E[A-Z_]{1,9}", fullmatch=True)


def _dates(kinds: _Kinds) -> SearchStrategy[datetime]:
    """Return a strategy for dates after 1970-01-01T00:00:00Z, which represents a missing date."""
    seconds = st.sampled_from(_EPOCH_EDGES) | st.integers(1, LAST_EPOCH)
    return seconds.map(from_epoch)


def _texts(kinds: _Kinds, min_size: int = 0) -> SearchStrategy[str]:
    """Return a strategy for strings that the kinds can represent. Lone surrogates are never among them."""
    awkward = st.sampled_from([text for text in _TEXTS if len(text) >= min_size])
    if "text" not in kinds:
        return awkward | st.sampled_from(_UNCARRIED) | st.text(min_size=min_size, max_size=20)
    characters = st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
    )
    return awkward | st.text(characters, min_size=min_size, max_size=20)


def _verdicts(kinds: _Kinds) -> SearchStrategy[str]:
    return st.sampled_from(sorted(RESULTS)) | _texts(kinds)


def _hosts(kinds: _Kinds) -> SearchStrategy[tuple[str, ...]]:
    """Return a strategy for lists of host names and of other strings."""
    return st.lists(st.sampled_from(_HOSTS) | _texts(kinds), max_size=4).map(tuple)


def _booleans(kinds: _Kinds) -> SearchStrategy[bool]:
    return st.booleans()


_VALUES: Final[dict[Spelling, Callable[[_Kinds], SearchStrategy[object]]]] = {
    CHECK: _booleans,
    CODE: _codes,
    EPOCH: _dates,
    END: _dates,
    FLAG: _booleans,
    HOSTS: _hosts,
    INTEGER: _integers,
    RESULT: _verdicts,
    TEXT: _texts,
    WORDS: _texts,
}
"""For each spelling, a function that returns the strategy for the values of its fields."""


def _taken_names() -> frozenset[str]:
    taken = {"code", "data", "error", "errormessage", "errors", "message", "messages", "msg", "response"}
    for model in MODELS.values():
        items = layout_of(model).items
        for layout in (layout_of(model), *([items.layout] if items else ())):
            taken |= layout.by_fold.keys() | {fold(name) for name in layout.model.model_fields}
    return frozenset(taken)


_TAKEN: Final = _taken_names()
"""The folded names that undocumented fields cannot have."""


def _extra_fields(extras: Extras, kinds: _Kinds, *, has_records: bool) -> SearchStrategy[dict[str, object]]:
    """Return a strategy for undocumented fields that all the kinds can represent.

    A table cannot represent undocumented fields next to records.
    """
    if extras == "none" or (has_records and "table" in kinds):
        return st.just({})
    values: SearchStrategy[object] = _texts(kinds, min_size=1 if "table" in kinds else 0)
    if extras == "json" and "table" not in kinds:
        values = _elements(kinds) if "text" in kinds else _json_values(kinds)
    return st.dictionaries(_names(kinds).filter(_is_undocumented), values, max_size=3)


def _names(kinds: _Kinds) -> SearchStrategy[str]:
    if "text" in kinds:
        return st.sampled_from(_ELEMENTS) | st.text(_ELEMENT_CHARACTERS, max_size=8).filter(_ELEMENT.match)
    return st.sampled_from(_NAMES) | st.text(max_size=12)


def _is_undocumented(name: str) -> bool:
    folded = fold(name)
    return folded not in _TAKEN and not folded.startswith("mxrecords")


def _json_values(kinds: _Kinds) -> SearchStrategy[object]:
    numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | _texts(kinds),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names(kinds), inner, max_size=3),
        max_leaves=6,
    )


def _elements(kinds: _Kinds) -> SearchStrategy[object]:
    """Return a strategy for what XML elements can contain: text, named members, and names that repeat."""
    texts = _texts(kinds)
    fields = st.recursive(
        st.dictionaries(_names(kinds), texts, min_size=1, max_size=2),
        lambda inner: st.dictionaries(
            _names(kinds), inner | st.lists(inner, min_size=2, max_size=3), min_size=1, max_size=2
        ),
        max_leaves=3,
    )
    return texts | fields | st.lists(texts | fields, min_size=2, max_size=3)
