"""Law 12, conversions lose nothing: records converted there and back are equal, and each is written or rejected.

What the format in the middle cannot carry is rejected with its whole content. So is data next to records.
"""

from __future__ import annotations

import io
from itertools import product
from typing import NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import bevparse
from bevparse import CompletedResponse, FailedEmail, FailedResponse, Response, StatusResponse
from bevparse.batches import Tally
from bevparse.batches.rejects import Reject
from bevparse.convert import convert_records
from bevparse.sources import Source, open_blocks
from bevparse.testing import completed_responses, failed_responses, list_responses, status_responses
from bevparse.validate import Search, Settings
from bevparse.writer import FORMATS, RecordWriter, record_as_json

from .oracle import facts

ITEMS = {"completed": "records", "failed": "failures", "status": "requests", "list": "requests"}
MODELS: dict[str, type[Response]] = {
    "completed": CompletedResponse, "failed": FailedResponse, "status": StatusResponse, "list": StatusResponse
}  # fmt: skip
RESPONSES = st.one_of(
    completed_responses(extras="json", kinds=("typed",)),
    failed_responses(extras="json", kinds=("typed",)),
    status_responses(extras="json", kinds=("typed",)),
    list_responses(extras="json", kinds=("typed",)),
)
few = settings(max_examples=20)


class Converted(NamedTuple):
    body: bytes
    tally: Tally
    rejects: list[Reject]


def records_of(response: Response) -> tuple[BaseModel, ...]:
    return cast("tuple[BaseModel, ...]", getattr(response, ITEMS[response.endpoint]))


def written(response: Response, format: str) -> Converted:
    """Write the records of a model, and reject those that the format cannot carry."""
    stream, records = io.BytesIO(), records_of(response)
    writer = RecordWriter(stream, format, MODELS[response.endpoint])
    rejects = [
        Reject("", (problem,), f"/response/{position}", record_as_json(records[position]))
        for position, problem in writer.write(records)
    ]
    writer.end()
    writer.close()
    return Converted(stream.getvalue(), Tally(len(records) - len(rejects), len(rejects)), rejects)


def converted(body: bytes, source: str, target: str, model: type[Response]) -> Converted:
    stream = io.BytesIO()
    rejects: list[Reject] = []
    found = open_blocks(Source(f"in.{source}", data=body, inner="!/in." + source), Search())
    writer = RecordWriter(stream, target, model)
    tally = convert_records(found, lambda batch: writer.write(batch.records), Settings(model), rejects.append)
    writer.end()
    writer.close()
    assert tally.read == tally.written + len(rejects)
    return Converted(stream.getvalue(), tally, rejects)


@pytest.mark.parametrize(("source", "target"), [*product(FORMATS, repeat=2)])
@few
@given(response=RESPONSES)
def test_converting_records_there_and_back_is_lossless(source: str, target: str, response: Response) -> None:
    model = MODELS[response.endpoint]
    first = written(response, source)
    there = converted(first.body, source, target, model)
    back = converted(there.body, target, source, model)

    assert there.tally.read == first.tally.written
    assert (back.tally.written, back.rejects) == (there.tally.written, [])
    if not there.rejects:
        if source != "csv":  # CSV orders columns by their first appearance
            assert back.body == first.body
        assert read(back.body, source, model) == read(first.body, source, model)


@pytest.mark.parametrize("format", FORMATS)
@few
@given(response=RESPONSES)
def test_every_record_is_written_or_rejected(format: str, response: Response) -> None:
    assert_complete(written(response, format), response, format)


@few
@given(response=RESPONSES)
def test_typed_lines_hold_the_records(response: Response) -> None:
    records = records_of(response)
    stream = io.BytesIO()
    writer = RecordWriter(stream, "jsonl", typed=True)

    assert list(writer.write(records)) == []
    lines = stream.getvalue().split(b"\n")[:-1]
    assert [type(record).model_validate_json(line) for record, line in zip(records, lines, strict=True)] == [*records]


@few
@given(response=RESPONSES)
def test_data_next_to_records_is_rejected_with_its_position(response: Response) -> None:
    body = bevparse.dump(response, format="json")

    done = converted(body, "json", "jsonl", type(response))

    pointers = {problem.pointer for reject in done.rejects for problem in reject.problems}
    assert done.tally.written == len(records_of(response))
    assert len(pointers) == len(response.model_extra or {})
    assert {reject.pointer for reject in done.rejects} <= {""}


def read(body: bytes, format: str, model: type[Response]) -> list[object]:
    """Return records read without any conversion."""
    if format == "jsonl":
        body, format = b'{"response":[' + b",".join(body.splitlines()) + b"]}", "json"
    return [facts(record) for record in records_of(bevparse.parse(body, model, format=format))]


def assert_complete(done: Converted, response: Response, format: str) -> None:
    records = records_of(response)
    aside = {int(reject.pointer.rpartition("/")[2]): reject.record for reject in done.rejects}
    kept = [record for position, record in enumerate(records) if position not in aside]

    assert read(done.body, format, MODELS[response.endpoint]) == [facts(record) for record in kept]
    assert all(held == record_as_json(records[position]) for position, held in aside.items())


@pytest.mark.parametrize("format", FORMATS)
def test_law_can_fail(format: str) -> None:
    one = FailedResponse(failures=(FailedEmail(email_address="a"),))
    two = FailedResponse(failures=(*one.failures, FailedEmail(email_address="b")))

    with pytest.raises(AssertionError):
        assert_complete(written(one, format), two, format)
