"""Strategies for single values: texts, integers, dates, host names, and undocumented fields."""

from __future__ import annotations

import re
import string
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

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
    StatusResponse,
)
from ..payloads.layout import layout_of
from ..tree import fold
from ..wire import LAST_EPOCH, MAX_INTEGER, RESULTS

__all__ = [
    "EVERYTHING",
    "Extras",
    "dates",
    "end_dates",
    "extra_fields",
    "hosts",
    "integers",
    "optional",
    "texts",
    "verdicts",
]

Extras: TypeAlias = Literal["none", "text", "json"]
"""Which undocumented fields models get: none, texts, or whatever values the kinds of format can carry."""

EVERYTHING: Final[tuple[Kind, ...]] = ("typed",)
"""The kinds of format that can carry every model."""

_MODELS = (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    StatusResponse,
)

_SERVICE_NAMES = ("code", "data", "error", "errormessage", "errors", "message", "messages", "msg", "response")

_TAKEN: Final = frozenset(_SERVICE_NAMES).union(
    *(layout_of(model).by_fold for model in _MODELS),
    *((fold(name) for name in model.model_fields) for model in _MODELS),
)

_EDGES = (0, 1, 2**31 - 1, 2**31, 2**53, 2**53 + 1, MAX_INTEGER)
_EPOCH_EDGES = (1, 86399, 951782400, 2**31 - 1, 2**31, 2**32, LAST_EPOCH)

_TEXTS = (
    "", " ", "\t", "\n", "\r", "\r\n", "a\rb", " a ", "null", "NULL", "true", "0", "[]", "[", "{}", "]]>", "<", "&amp;",
    "<!--", '"', '""', "'", ",", ";", "a,b;c\td", "\\", "\\u0041", "=1+1", "\ufeff", "\ufeffa", "\x85", "\u2028",
    "\xa0", "e\u0301", "\u202e", "\U0001f4a9", "\U0010ffff", "bob@google.com", "1e400", "NaN", "---", "# a", "%",
)  # fmt: skip

_UNCARRIED = ("\x00", "a\x01", "\x0b", "\x1b[0m", "\ufffe", "\uffff")

_HOSTS = (
    "a.example", "ALT2.aspmx.l.google.com.", ".", "", "null", "[", "[]", '["a"]', ",", "a,b", " ", "a b", "|", ";", '"',
    "\n", "[192.0.2.1]", "\xa0",
)  # fmt: skip

_ELEMENT = re.compile(r"(?!xml)[A-Za-z_]", re.IGNORECASE)
_ELEMENT_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_ELEMENTS = ("score", "a.b", "a-b", "a_b", "ab", "item", "items", "value", "string", "key", "_", "x1")

_NAMES = (
    "",
    " ",
    "score",
    "a b",
    "ab",
    "A B",
    "a/b",
    "a~b",
    "a,b",
    "a;b",
    '"',
    "\ufeff",
    "self",
    "model_extra",
    "$ref",
)


def optional(values: SearchStrategy[object]) -> SearchStrategy[object]:
    """Draw what is not said, too."""
    return st.none() | values


def integers() -> SearchStrategy[int]:
    """Draw ids and counters: everything from zero to the largest, edges often."""
    return st.sampled_from(_EDGES) | st.integers(0, MAX_INTEGER) | st.integers(0, 1000)


def end_dates() -> SearchStrategy[datetime]:
    """Draw dates after 1970-01-01T00:00:00Z, which a date of end cannot be."""
    seconds = st.sampled_from(_EPOCH_EDGES) | st.integers(1, LAST_EPOCH)
    return seconds.map(lambda second: datetime.fromtimestamp(second, UTC))


def dates() -> SearchStrategy[datetime]:
    """Draw dates from 1970 to the last second of 9999."""
    return st.just(datetime.fromtimestamp(0, UTC)) | end_dates()


def texts(kinds: Collection[Kind], min_size: int = 0) -> SearchStrategy[str]:
    """Draw texts of all Unicode characters that the kinds can carry; none can carry a lone surrogate."""
    awkward = st.sampled_from([text for text in _TEXTS if len(text) >= min_size])
    if "text" not in kinds:
        return awkward | st.sampled_from(_UNCARRIED) | st.text(min_size=min_size, max_size=20)
    characters = st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
    )
    return awkward | st.text(characters, min_size=min_size, max_size=20)


def verdicts(kinds: Collection[Kind]) -> SearchStrategy[str]:
    """Draw words of an open vocabulary."""
    return st.sampled_from(sorted(RESULTS)) | texts(kinds)


def hosts(kinds: Collection[Kind]) -> SearchStrategy[tuple[str, ...]]:
    """Draw lists of host names, and of texts that are none."""
    return st.lists(st.sampled_from(_HOSTS) | texts(kinds), max_size=4).map(tuple)


def extra_fields(
    extras: Extras, kinds: Collection[Kind], *, beside_records: bool = False
) -> SearchStrategy[dict[str, object]]:
    """Draw undocumented fields that all the kinds can carry.

    Args:
        extras: which values they have.
        kinds: the kinds of format.
        beside_records: whether they stand beside records, where a table has no room for them.
    """
    if extras == "none" or (beside_records and "table" in kinds):
        return st.just({})
    values: SearchStrategy[object] = texts(kinds, min_size=1 if "table" in kinds else 0)
    if extras == "json" and "table" not in kinds:
        values = _elements(kinds) if "text" in kinds else _json_values(kinds)
    return st.dictionaries(_names(kinds).filter(_is_undocumented), values, max_size=3)


def _names(kinds: Collection[Kind]) -> SearchStrategy[str]:
    if "text" in kinds:
        return st.sampled_from(_ELEMENTS) | st.text(_ELEMENT_CHARACTERS, max_size=8).filter(_ELEMENT.match)
    return st.sampled_from(_NAMES) | st.text(max_size=12)


def _is_undocumented(name: str) -> bool:
    folded = fold(name)
    return folded not in _TAKEN and not folded.startswith("mxrecords")


def _json_values(kinds: Collection[Kind]) -> SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts(kinds)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names(kinds), inner, max_size=3),
        max_leaves=6,
    )


def _elements(kinds: Collection[Kind]) -> SearchStrategy[object]:
    """Draw what elements can say: texts, named members, and names that repeat at least twice."""
    texts_only = texts(kinds)
    fields = st.recursive(
        st.dictionaries(_names(kinds), texts_only, min_size=1, max_size=2),
        lambda inner: st.dictionaries(
            _names(kinds), inner | st.lists(inner, min_size=2, max_size=3), min_size=1, max_size=2
        ),
        max_leaves=3,
    )
    return texts_only | fields | st.lists(texts_only | fields, min_size=2, max_size=3)
