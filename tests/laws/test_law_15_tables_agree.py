"""Law 15, tables agree: a table holds exactly what the models hold, both ways.

A row has the values of one record, and nothing else: the record can be made from it again. So it is for the Arrow
stream of a response, for bodies in any spelling that are read chunk by chunk, with irregular records and rejects among
the others, and for the files that `convert` writes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, cast

import pyarrow
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyarrow import feather, parquet
from pydantic import BaseModel

import bevparse
from benchmarks.spellings import Spelling
from bevparse import BulkRequest, EmailRecord, FailedEmail, Limits, Problem, Response, tables
from bevparse.batches import Reject, Tally, read_batches
from bevparse.endpoints import Expected
from bevparse.lanes.chunks import blocks_of
from bevparse.payloads.layout import items_of, records_of
from bevparse.reader import BodyReader
from bevparse.reader.events import Records
from bevparse.sources import Source
from bevparse.sources.expected import ReadSettings
from bevparse.tables import TableWriter, columns_of, values_of
from bevparse.tables.arrow import batch_of, schema_of
from bevparse.testing import completed_responses, failed_responses, list_responses, status_responses

from ..readers import Record
from .oracle import FORMATS, facts
from .spelled import BLOCKS, MODELS, RECORD_TYPES, in_each_spelling, planted, regular
from .test_law_09_lanes_agree import mutated

RESPONSES = st.one_of(
    [
        strategy(extras="json", kinds=("typed",))
        for strategy in (completed_responses, failed_responses, status_responses, list_responses)
    ]
)
PLACE = ("source", "number", "request")
KEYS: dict[Record, str] = {BulkRequest: "id", EmailRecord: "email_address", FailedEmail: "email_address"}
Row = dict[str, object]


def row_of(record: BaseModel) -> Row:
    """Return the row that a record is, made from its attributes."""
    values = {name: getattr(record, name) for name in type(record).model_fields}
    row = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return row | {"extra": facts({**record.model_extra}) if record.model_extra else None}


def rows_of(table: pyarrow.Table | pyarrow.RecordBatch) -> list[Row]:
    """Return the rows of a table without their places."""
    rows = cast("list[Row]", table.to_pylist())
    for row in rows:
        extra = cast("str | None", row["extra"])
        row["extra"] = extra and facts(json.loads(extra))
    return [{name: value for name, value in row.items() if name not in PLACE} for row in rows]


def assert_agree(table: pyarrow.Table | pyarrow.RecordBatch, records: Sequence[BaseModel]) -> None:
    rows = rows_of(table)
    assert rows == [row_of(record) for record in records]
    for row, record in zip(rows, records, strict=True):
        del row["extra"]
        again = type(record).model_validate(row)
        assert facts(vars(again)) == facts(vars(record))


@given(response=RESPONSES)
def test_table_of_a_response_holds_its_records(response: Response) -> None:
    assert_agree(pyarrow.table(response), records_of(response))


def in_chunks(body: bytes, model: type[Response], format: str, size: int, *, lanes: bool) -> list[Records]:
    """Return the records of a body that is read chunk by chunk; none if that ends with an error."""
    reader = BodyReader(blocks_of(body, size), Expected((model,), format), lanes=lanes, block_size=size)
    try:
        return [event for event in reader.events() if isinstance(event, Records)]
    except bevparse.BevparseError:
        return []


@in_each_spelling(blocks=BLOCKS)
def test_columns_of_each_spelling_hold_what_the_tolerant_reader_reads(
    spelling: Spelling, data: st.DataObject, blocks: int, random: Random
) -> None:
    array = data.draw(st.sampled_from(spelling.arrays))
    body = spelling.body(planted(random, array, regular(random, array)), array)
    model = items_of(MODELS[array]).layout.model
    size = max(40, len(body) // blocks)

    parts = in_chunks(body, MODELS[array], spelling.format, size, lanes=True)
    expected = in_chunks(body, MODELS[array], spelling.format, size, lanes=False)

    schema = schema_of(columns_of(model))
    batches = [batch_of(values_of(part.records, model), schema) for part in parts]
    records = [record for part in expected for record in part.records]
    assert_agree(pyarrow.Table.from_batches(batches, schema), records)


class Outcome(NamedTuple):
    """What a reader returns and reports of a body."""

    addresses: list[object]
    problems: set[Problem]
    rejects: list[str]


def read_by_iter_records(body: bytes, model: Record, format: str, limits: Limits) -> Outcome:
    outcome = Outcome([], set(), [])
    records = bevparse.iter_records(
        io.BytesIO(body),
        model,
        format=format,
        limits=limits,
        on_problem=outcome.problems.add,
        on_reject=lambda pointer, _: outcome.rejects.append(pointer),
    )
    try:
        outcome.addresses.extend(getattr(record, KEYS[model]) for record in records)
    except bevparse.DecodeError as error:
        outcome.problems.add(error.problem)
    except bevparse.PayloadError as error:
        outcome.problems.update(error.problems)
    except bevparse.ApiError:
        assume(False)
    return outcome


def read_by_tables(path: Path, model: Record, format: str, limits: Limits) -> Outcome:
    outcome = Outcome([], set(), [])
    stream = tables.records_of(
        path,
        model,
        format=format,
        limits=limits,
        on_problem=lambda _, problem: outcome.problems.add(problem),
        on_reject=lambda reject: outcome.rejects.append(reject.pointer),
    )
    outcome.addresses.extend(pyarrow.table(stream)[KEYS[model]].to_pylist())
    return outcome


@in_each_spelling()
def test_stream_reports_what_iter_records_reports(
    tmp_path_factory: pytest.TempPathFactory, spelling: Spelling, data: st.DataObject, random: Random
) -> None:
    array = data.draw(st.sampled_from(spelling.arrays))
    text = spelling.body(planted(random, array, regular(random, array)), array).decode()
    body = (mutated(text, spelling.format, random) if random.randint(0, 1) else text).encode()
    path = tmp_path_factory.getbasetemp() / f"body.{spelling.format}"
    path.write_bytes(body)
    limits = Limits(problems=10**6)

    expected = read_by_iter_records(body, RECORD_TYPES[array], spelling.format, limits)
    found = read_by_tables(path, RECORD_TYPES[array], spelling.format, limits)

    assert found.problems == expected.problems
    assert found.addresses == expected.addresses
    assert [pointer for pointer in found.rejects if pointer] == expected.rejects


def carried(response: Response, format: str) -> tuple[bytes, str]:
    """Return a body in a format that can carry a response, and the format."""
    try:
        return bevparse.dump(response, format=format), format
    except bevparse.EncodeError:
        return bevparse.dump(response), "json"


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@given(response=RESPONSES, names=st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3))
def test_files_hold_the_records_of_all_bodies(format: str, response: Response, names: list[str]) -> None:
    sources, expected = [Source("absent.json")], list[tuple[str, int]]()
    for number, name in enumerate(names):
        body, format_of_body = carried(response, name)
        sources.append(Source(f"{number}", "!/inner", body, format=format_of_body))
        expected += [(f"{number}!/inner", index) for index in range(len(records_of(response)))]
    rejects: list[Reject] = []
    stream = io.BytesIO()
    writer = TableWriter(stream, format, type(response))

    batches = read_batches(sources, ReadSettings(type(response)), Tally(), rejects.append)
    for batch in batches:
        assert [*writer.write(batch)] == []
    writer.end()
    writer.close()

    stream.seek(0)
    table = parquet.read_table(stream) if format == "parquet" else feather.read_table(stream)
    assert_agree(table, [*records_of(response)] * len(names))
    assert [*zip(table["source"].to_pylist(), table["number"].to_pylist(), strict=True)] == expected
    assert rejects[0].unreadable


def test_law_can_fail() -> None:
    response = bevparse.parse(b'{"response":[{"emailAddress":"a","error":"e"}]}')
    other = bevparse.parse(b'{"response":[{"emailAddress":"a","error":"e","x":1}]}')

    with pytest.raises(AssertionError):
        assert_agree(pyarrow.table(response), records_of(other))
