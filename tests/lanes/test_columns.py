"""The columns of records that a lane has read, and the models that are built from them."""

from __future__ import annotations

import pytest

from benchmarks.spellings import SPELLINGS, completed
from bevparse import CompletedResponse, StatusResponse
from bevparse.endpoints import Expected
from bevparse.lanes.columns import Columns
from bevparse.payloads.layout import records_of
from bevparse.reader import BodyReader

from ..readers import assert_columns_agree, inspect


def survey(body: bytes, model: type[CompletedResponse | StatusResponse]) -> Columns:
    found = BodyReader(body, Expected((model,)), block_size=2**14).survey()
    assert found.found.response is None
    assert found.records is not None
    return found.records


@pytest.mark.parametrize("name", ["documented.json", "one-more-text.json", "writer-a.xml", "spread-hosts.csv"])
def test_columns_hold_the_values_of_the_models(name: str) -> None:
    spelling = next(one for one in SPELLINGS if one.file == name)
    body = spelling.body(completed(200, 1))

    assert_columns_agree(survey(body, CompletedResponse), records_of(inspect(body, CompletedResponse).response))


def test_columns_hold_canonical_values() -> None:
    body = b'{"response":[%b]}' % b",".join(
        b'{"id":%d,"date_start":"1528204702","ready":%d}' % (number, number % 2) for number in range(500)
    )

    assert_columns_agree(survey(body, StatusResponse), records_of(inspect(body, StatusResponse).response))


def test_columns_are_a_sequence_of_models() -> None:
    body = next(one for one in SPELLINGS if one.file == "documented.json").body(completed(200, 1))
    records = records_of(inspect(body, CompletedResponse).response)
    columns = survey(body, CompletedResponse)

    assert (columns[0], columns[-1]) == (records[0], records[-1])
    assert tuple(columns[10:20]) == records[10:20]
