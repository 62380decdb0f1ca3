"""Bodies in each regular spelling, with irregular records among the regular ones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.spellings import RECORDS, SPELLINGS, Array, Record
from bevparse import BulkRequest, CompletedResponse, EmailRecord, FailedEmail, FailedResponse, Limits, StatusResponse
from bevparse.limits import DEFAULT_LIMITS

__all__ = [
    "BLOCKS",
    "EACH_SPELLING",
    "LIMITS",
    "MODELS",
    "RECORD_TYPES",
    "in_each_spelling",
    "irregular",
    "planted",
    "regular",
]

MODELS: dict[Array, type[CompletedResponse | FailedResponse | StatusResponse]] = {
    "completed": CompletedResponse,
    "failed": FailedResponse,
    "status": StatusResponse,
}
RECORD_TYPES: dict[Array, type[EmailRecord | FailedEmail | BulkRequest]] = {
    "completed": EmailRecord,
    "failed": FailedEmail,
    "status": BulkRequest,
}
EACH_SPELLING = pytest.mark.parametrize(
    "spelling", [pytest.param(spelling, id=f"{spelling.format}-{spelling.name}") for spelling in SPELLINGS]
)
_OF_EACH = settings(max_examples=max(1, settings().max_examples // 10))
"""There are some fifty spellings, so each has few examples."""

BLOCKS = st.sampled_from([1, 3, 3, 1000])
"""The number of blocks of a body: in three, each block has some of many records, and a lane that learns reuses what the
first has taught it."""
LIMITS = st.sampled_from([DEFAULT_LIMITS, DEFAULT_LIMITS, Limits(problems=5)])

_KEYS: dict[Array, str] = {"completed": "emailAddress", "failed": "emailAddress", "status": "id"}
_TEXTS = (
    '"', "\\", "\\u0041", "&", "<", ">", "]]>", "&amp;", "&#13;", "'", ",", ", ", ";", "\t", "\n", "\r\n", "\r", " ",
    "\x01", "\x7f", "\x85", "\u2028", "é", "\U0001f600", "\ufeff", "null", "true", "TRUE", "0", "a", "item", "{", "[]",
    '","result":"bad', "</emailAddress>", "</item><item>", "<!-- -->", "<![CDATA[x]]>", "x@y.example",
)  # fmt: skip


def in_each_spelling(**more: st.SearchStrategy[object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test in each spelling, with few examples of its data and of a source of randomness."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        drawn = given(data=st.data(), random=st.randoms(use_true_random=False), **more)(test)
        return cast("Callable[..., None]", EACH_SPELLING(_OF_EACH(drawn)))

    return decorated


def regular(random: Random, array: Array) -> list[Record]:
    """Return records of few kinds, so that most differ from others in their key only."""
    templates = list(RECORDS[array](random.randint(1, 4), random.randrange(1000)))
    key = _KEYS[array]
    records: list[Record] = []
    drawn = Random(random.randrange(1000)).choices(templates, k=random.choice((3, 40, 150)))
    for number, template in enumerate(drawn):
        record = dict(template)
        record[key] = number + 7 if array == "status" else f"{number}.{record[key]}"
        records.append(record)
    return records


def planted(random: Random, array: Array, records: list[Record]) -> list[Record]:
    """Return records with some irregular ones among them."""
    changed = [dict(record) for record in records]
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        place = random.choice((0, -1, random.randrange(len(records))))
        changed[place] = irregular(random, array, changed[place])
    return changed


def irregular(random: Random, array: Array, record: Record) -> Record:
    """Return a record that differs from the others in more than its key."""
    record = record or {_KEYS[array]: ""}
    names = list(record)
    name = random.choice(names)
    texts = [_odd_text(random) for _ in range(3)]
    change: Callable[[], Record] = random.choice(
        (
            lambda: record | {name: texts[0]},
            lambda: record | {_KEYS[array]: texts[0]},
            lambda: record | {name: texts[0], random.choice(names): texts[0]},
            lambda: {one: value for one, value in record.items() if one != name},
            lambda: {one: record[one] for one in random.sample(names, len(names))},
            lambda: record | {"undocumented": texts[0]},
            lambda: record | {name: random.choice(("", "maybe", "True", "TRUE", "1", "0", "null", 0, 1, -1, 10**20))},
            lambda: record | {name: str(record.get(name, "")).upper()},
            lambda: record | {name: (texts[0],)},
            lambda: record | ({"mxRecords": tuple(texts)} if array == "completed" else {"error": texts[1]}),
            dict,
        )
    )
    return change()


def _odd_text(random: Random) -> str:
    pieces = random.choices(_TEXTS, k=random.randint(1, 3))
    return random.choice(("", "a", "b.c")).join(["", *pieces, ""]) if random.randint(0, 9) else ""
