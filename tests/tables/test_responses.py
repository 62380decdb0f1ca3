"""Responses as tables: pyarrow, polars, DuckDB and pandas take them as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import pandas
import polars
import pyarrow
import pytest

import bevparse
from bevparse import BulkRequest, CompletedResponse, EmailRecord, FailedEmail, FailedResponse, StatusResponse

from ..paths import FIXTURES


def from_duckdb(response: object) -> list[dict[str, object]]:
    answer = duckdb.sql("from response")
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]


def from_pandas(response: object) -> list[dict[str, object]]:
    frame = pandas.DataFrame.from_arrow(response)
    return pyarrow.Table.from_pandas(frame).to_pylist()


CONSUMERS: dict[str, Callable[[object], list[dict[str, object]]]] = {
    "pyarrow": lambda response: pyarrow.table(response).to_pylist(),
    "polars": lambda response: polars.DataFrame(response).to_dicts(),
    "duckdb": from_duckdb,
    "pandas": from_pandas,
}


@pytest.mark.parametrize("consumer", CONSUMERS.values(), ids=CONSUMERS)
@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("completed/documented.xml", ("email_address", "smtp_check", "result", "extra")),
        ("failed/documented.csv", ("email_address", "error")),
        ("status/documented.json", ("id", "date_end", "ready")),
        ("list/documented.json", ("id", "date_start", "date_end", "ready")),
    ],
)
def test_consumers_take_a_response(
    consumer: Callable[[object], list[dict[str, object]]], body: str, names: tuple[str, ...]
) -> None:
    response = bevparse.parse((FIXTURES / body).read_bytes())
    _, records = list(response)[:2]

    rows = consumer(response)

    expected = [{name: getattr(record, name, None) for name in names} for record in records[1]]
    assert [{name: row[name] for name in names} for row in rows] == expected


def test_values_have_their_types() -> None:
    request = BulkRequest.model_validate(
        {"id": 2**63 - 1, "date_start": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}
    )
    record = EmailRecord.model_validate({"email_address": "ann", "mx_records": ("a", "b"), "score": [1.5, {"é": None}]})

    (times,) = pyarrow.table(StatusResponse(requests=(request,))).to_pylist()
    (texts,) = pyarrow.table(CompletedResponse(records=(record,))).to_pylist()

    assert (times["id"], times["date_start"].isoformat()) == (2**63 - 1, "9999-12-31T23:59:59+00:00")
    assert (texts["mx_records"], texts["result"]) == (["a", "b"], None)
    assert texts["extra"] == '{"score":[1.5,{"é":null}]}'


def test_response_without_records_is_a_table_without_rows() -> None:
    table = pyarrow.table(FailedResponse(failures=()))

    assert (table.num_rows, table.column_names) == (0, ["email_address", "error", "extra"])


def test_consumer_can_ask_for_other_types() -> None:
    schema = pyarrow.schema(
        [("email_address", pyarrow.large_string()), ("error", pyarrow.string()), ("extra", "string")]
    )
    response = FailedResponse(failures=(FailedEmail(email_address="a", error="e"),))

    reader = pyarrow.RecordBatchReader.from_stream(response, schema)

    assert reader.schema.field("error").type == pyarrow.string()


class Scored(EmailRecord, frozen=True):
    score: int = 0


class ScoredResponse(CompletedResponse, frozen=True):
    records: tuple[Scored, ...]


def test_declared_fields_of_a_subclass_are_undocumented() -> None:
    response = ScoredResponse(records=(Scored(email_address="a", score=5),))

    assert pyarrow.table(response)["extra"].to_pylist() == ['{"score":5}']


def test_other_responses_are_no_tables() -> None:
    assert not hasattr(bevparse.parse(b'{"response":{"id":5}}'), "__arrow_c_stream__")


SCRIPT = """
import sys, bevparse
bevparse.parse(b'{"response":[{"emailAddress":"a","error":"e"}]}')
print({"pyarrow", "bevparse.tables"} & {*sys.modules})
"""


def test_pyarrow_is_not_imported_before_it_is_needed() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"


@pytest.mark.usefixtures("_no_pyarrow")
def test_missing_package_is_named_with_its_command() -> None:
    response = bevparse.parse((FIXTURES / "completed/documented.xml").read_bytes(), CompletedResponse)

    with pytest.raises(ImportError, match=re.escape("pip install 'bevparse[tables]'")):
        response.__arrow_c_stream__()
