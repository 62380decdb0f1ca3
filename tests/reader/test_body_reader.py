"""The reader of one body: whole, or in blocks."""

from __future__ import annotations

import json

import pytest

import bevparse
from bevparse import BulkRequest, DecodeError, Limits, StatusResponse
from bevparse.endpoints import Expected
from bevparse.lanes.chunks import blocks_of
from bevparse.reader import BodyReader
from bevparse.reader.events import Records

REQUESTS = (BulkRequest(id=1), BulkRequest(id=2))


@pytest.mark.parametrize("lanes", [True, False])
@pytest.mark.parametrize(
    "body",
    [b'{"response":[{"id":1},{"id":2}]}', '{"response":[{"id":1},{"id":2}]}', bytearray(b"ID,Ready\n1,\n2,\n")],
)
def test_whole_body_has_the_same_events_as_its_blocks(body: bytes | str | bytearray, lanes: bool) -> None:
    blocks = [body.encode() if isinstance(body, str) else bytes(body)]

    for events in (list(BodyReader(one, lanes=lanes).events()) for one in (body, blocks)):
        assert [event.pointer for event in events] == ["/response"]
        assert [tuple(event.records) for event in events if isinstance(event, Records)] == [REQUESTS]


def test_names_next_to_response_and_in_it_are_reported_in_the_order_of_the_body() -> None:
    names = [f"field_{number}" for number in range(30)]
    fields = ",".join(f'"{name}":1' for name in names)

    found = bevparse.inspect(f'{{"response":{{"id":5,{fields}}},{fields}}}')

    reports = [problem.message for problem in found.problems if problem.code == "BEV209"]
    assert reports == [f"expected '{name}' once, got one in response and one next to response" for name in names]


def test_limit_passed_in_a_field_named_response_has_the_same_pointer_in_a_stream() -> None:
    records: list[object] = [{"id": number} for number in range(200)]
    records[150] = {"id": 150, "response": ["a", "b" * 101]}
    body, limits = json.dumps({"response": records}).encode(), Limits(string=100)

    with pytest.raises(DecodeError) as caught:
        list(BodyReader(blocks_of(body, 256), Expected((StatusResponse,)), limits, block_size=256).events())

    assert caught.value.problem.pointer == "/response/150/response/1"
