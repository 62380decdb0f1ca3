"""The data source for Spark, without Spark: schema, partitions and rows. `python -m tests.spark` runs it in Spark."""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from pathlib import Path
from typing import cast

import pyarrow
import pytest
from pyspark.sql.datasource import InputPartition
from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType, TimestampType

import pyspark_bev
from bevparse import DecodeError, EmailRecord, PayloadError, SourceError
from bevparse.distributed.spark import TABLES, BevDataSource, BevDataSourceReader
from bevparse.tables import records_of
from bevparse.validate import Settings, validate

from ..paths import ROOT

FIXTURES = ROOT / "fixtures"
FAILED = b'{"response":[{"emailAddress":"%s","error":"e"}]}'
BAD_RECORD = b'{"emailAddress":[],"error":"e"}'
BAD = b'{"response":[%s,{"emailAddress":"b","error":"e"}]}' % BAD_RECORD


def source(path: str | Path, **options: str) -> BevDataSource:
    return BevDataSource({"path": str(path), **options})


def reader_of(made: BevDataSource, schema: StructType | None = None) -> BevDataSourceReader:
    return made.reader(schema or made.schema())


def rows(path: str | Path, schema: StructType | None = None, **options: str) -> pyarrow.Table:
    """Return the rows of all partitions, each read from a copy of the reader, as by a worker."""
    reader = reader_of(source(path, **options), schema)
    sent = pickle.loads(pickle.dumps([(reader, part) for part in reader.partitions()]))
    return pyarrow.Table.from_batches([batch for copy, part in sent for batch in copy.read(part)])


def addresses(path: str | Path, **options: str) -> list[object]:
    return cast("list[object]", rows(path, **options)["email_address"].to_pylist())


def test_tables_are_those_of_records_and_the_findings() -> None:
    assert TABLES == ("requests", "completed", "failed", "findings")


def test_spark_finds_the_data_source() -> None:
    assert pyspark_bev.DefaultSource is BevDataSource
    assert BevDataSource.name() == "bev"


def test_rows_are_those_of_records_of() -> None:
    expected = pyarrow.table(records_of(FIXTURES / "completed", EmailRecord))

    found = rows(FIXTURES / "completed", table="completed")

    assert found.column_names == expected.column_names
    assert found.to_pylist() == expected.to_pylist()
    assert found.num_rows > 100


def test_times_are_those_of_the_models() -> None:
    found = rows(FIXTURES / "status" / "documented.json", table="requests")

    assert found["date_start"].to_pylist()[0].isoformat() == "2018-06-05T13:18:22+00:00"
    assert found.schema.field("date_start").type == pyarrow.timestamp("us", "UTC")


def test_findings_are_those_of_validate() -> None:
    paths = FIXTURES / "invalid"
    expected = validate(paths, Settings(cross=False))

    found = rows(paths, table="findings")

    assert Counter(found["rule"].to_pylist()) == expected.summary.codes
    assert [row["message"] for row in found.to_pylist()] == [
        problem.message for checked in expected.findings for problem in checked.problems
    ]


def test_findings_are_read_in_batches(folder: Path) -> None:
    body = b'{"response":[' + b",".join([BAD_RECORD] * 100) + b"]}"
    (folder / "many.jsonl").write_bytes((body + b"\n") * 43)
    reader = reader_of(source("many.jsonl", table="findings"))

    counts = [batch.num_rows for part in reader.partitions() for batch in reader.read(part)]
    assert counts == [41 * 101, 2 * 101]  # of each body 100 errors, and that there are more


def test_schema_chooses_columns() -> None:
    schema = StructType(
        [StructField("number", LongType()), StructField("mx_records", ArrayType(StringType()), nullable=True)]
    )

    found = rows(FIXTURES / "completed" / "documented.json", schema, table="completed")

    assert found.column_names == ["number", "mx_records"]
    assert found["number"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize(
    "wrong", [StructField("number", TimestampType()), StructField("e-mail", StringType())], ids=["type", "name"]
)
def test_schema_with_another_column_is_refused(wrong: StructField) -> None:
    with pytest.raises(ValueError, match=rf"expected a schema with columns of the table .*, got {wrong.name}"):
        source("a.json", table="completed").reader(StructType([wrong]))


def test_schema_without_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a schema with columns, got none"):
        source("a.json", table="completed").reader(StructType([]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "option table to be requests, completed, failed or findings, got nothing"),
        ({"table": "complete"}, "option table to be .* got 'complete'"),
        ({"table": "failed", "mode": "PERMISSIVE"}, "option mode to be FAILFAST or DROPMALFORMED, got 'PERMISSIVE'"),
        ({"table": "failed", "skipOthers": "1"}, "option skipOthers to be true or false, got '1'"),
        ({"table": "failed", "path": "-"}, "paths of files or folders, got -"),
    ],
)
def test_wrong_option_is_refused_before_anything_is_read(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        source(**{"path": "a.json", **options}).schema()


def test_load_without_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="got no path"):
        BevDataSource({"table": "failed"}).schema()


def test_several_paths_are_read(folder: Path) -> None:
    for name in "ab":
        (folder / f"{name}.json").write_bytes(FAILED % name.encode())
    reader = reader_of(BevDataSource({"paths": '["b.json","a.json"]', "TABLE": "Failed"}))

    assert [one.file for part in reader.partitions() for one in part.value] == ["b.json", "a.json"]


def test_error_ends_the_query_and_names_the_body(folder: Path) -> None:
    (folder / "bad.json").write_bytes(BAD)

    with pytest.raises(PayloadError, match=r"bad\.json: expected text, got an array \(line 1, column 15, /"):
        rows("bad.json", table="failed")


def test_malformed_records_and_bodies_are_dropped(folder: Path) -> None:
    (folder / "bad.json").write_bytes(BAD)
    (folder / "worse.json").write_bytes(b"<html>")

    assert addresses(".", table="failed", mode="dropMalformed") == ["b"]
    assert rows(".", table="findings")["rule"].to_pylist() == ["BEV207", "BEV104"]


@pytest.mark.parametrize("mode", ["FAILFAST", "DROPMALFORMED"])
def test_missing_file_ends_the_query_in_each_mode(folder: Path, mode: str) -> None:
    with pytest.raises(SourceError, match=r"No such file or directory \(none\.json\)"):
        rows("none.json", table="failed", mode=mode)


def test_bodies_of_other_endpoints_are_skipped_if_wanted(folder: Path) -> None:
    (folder / "a.json").write_bytes(FAILED % b"a")
    (folder / "b.json").write_bytes((FIXTURES / "status" / "documented.json").read_bytes())

    assert addresses(".", table="failed", skipOthers="TRUE") == ["a"]
    with pytest.raises(PayloadError, match=r"b\.json"):
        rows(".", table="failed")


def test_archive_that_is_cut_ends_the_query(folder: Path) -> None:
    (folder / "a.zip").write_bytes(b"PK\x03\x04")

    with pytest.raises(DecodeError, match=r"a\.zip"):
        rows("a.zip", table="failed")


def test_partitions_have_about_the_same_size(folder: Path) -> None:
    for number, megabytes in enumerate([1, 6, 3, 20, 1, 0]):
        with (folder / f"{number}.json").open("wb") as stream:
            stream.truncate(megabytes * 2**20)

    parts = reader_of(source(".", table="failed")).partitions()

    assert [[one.file for one in part.value] for part in parts] == [
        ["./0.json", "./1.json"], ["./2.json"], ["./3.json"], ["./4.json", "./5.json"]
    ]  # fmt: skip


def test_empty_folder_has_no_rows(folder: Path) -> None:
    reader = reader_of(source(".", table="failed"))

    assert reader.partitions() == []
    assert [batch.num_rows for batch in reader.read(InputPartition(None))] == [0]


def test_missing_pyspark_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql.datasource", None)
    monkeypatch.delitem(sys.modules, "bevparse.distributed.spark")

    with pytest.raises(ImportError, match=r"pip install 'bevparse\[spark\]'"):
        __import__("bevparse.distributed.spark")


@pytest.mark.parametrize("table", TABLES)
def test_missing_pyarrow_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("tables.arrow", "validate.findings"):
        monkeypatch.delitem(sys.modules, f"bevparse.{name}", raising=False)

    with pytest.raises(ImportError, match=r"pip install 'bevparse\[tables\]'"):
        source("a.json", table=table).schema()
