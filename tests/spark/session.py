"""Tests in a session of Spark with two workers, which repeats tasks that fail. `python -m tests.spark` runs them."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from operator import add
from pathlib import Path

import pyarrow
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from bevparse import EmailRecord
from bevparse.distributed.spark import TABLES, BevDataSource
from bevparse.tables import records_of
from bevparse.validate import Settings, validate

from ..paths import ROOT

FIXTURES = ROOT / "fixtures"
COMPLETED = FIXTURES / "completed"
BAD = b'{"response":[{"emailAddress":[],"error":"e"},{"emailAddress":"b","error":"e"}]}'


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[2, 2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def load(spark: SparkSession, table: str, path: Path, format: str = "bev", **options: str) -> DataFrame:
    return spark.read.format(format).options(table=table, **options).load(str(path))


def sorted_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: (row["source"], row["number"]))


def test_rows_are_those_of_records_of(spark: SparkSession) -> None:
    expected = pyarrow.table(records_of(COMPLETED, EmailRecord)).to_pylist()

    found = load(spark, "completed", COMPLETED).toArrow().to_pylist()

    assert sorted_rows(found) == sorted_rows(expected)


def test_each_table_has_a_schema_that_spark_reads(spark: SparkSession) -> None:
    found = {table: load(spark, table, FIXTURES, mode="dropMalformed", skipOthers="true").count() for table in TABLES}

    assert min(found.values()) > 50


def test_findings_are_those_of_validate(spark: SparkSession) -> None:
    found = load(spark, "findings", FIXTURES).groupBy("rule").count().collect()

    expected = validate(FIXTURES, Settings(cross=False)).summary.codes
    assert {row["rule"]: row["count"] for row in found} == expected


def test_reports_of_parts_add_up_to_that_of_validate(spark: SparkSession) -> None:
    files = sorted(str(path) for path in COMPLETED.iterdir())
    settings = Settings(cross=True)

    parts = spark.sparkContext.parallelize(files, 4).mapPartitions(lambda part: [validate(part, settings, keep=9)])
    report = parts.reduce(add)

    assert report.summary == validate(files, settings).summary


def test_views_are_read_in_sql(spark: SparkSession) -> None:
    spark.sql(f"create temporary view completed using bev options (path '{COMPLETED}', table 'completed')")

    ((count, domains),) = spark.sql(
        "select count(*), count(distinct split_part(email_address, '@', -1)) from completed where result = 'bad'"
    ).collect()

    assert count > domains > 0


def test_example_of_the_page_prints_the_documented_output(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    part = (ROOT / "docs" / "tables.md").read_text("utf-8").partition("## Spark")[2]
    (example, shown) = re.findall(r"```(?:python|text)\n(.*?)```", part, re.DOTALL)[:2]

    exec(example, {"spark": spark})

    assert capsys.readouterr().out.strip() == shown.strip()


def test_schema_chooses_columns(spark: SparkSession) -> None:
    reader = spark.read.format("bev").option("table", "completed").schema("number long, mx_records array<string>")

    assert reader.load(str(COMPLETED / "documented.json")).columns == ["number", "mx_records"]
    assert reader.load(str(COMPLETED / "documented.json")).agg({"number": "sum"}).first() == (3,)


def test_error_names_the_body_and_the_position(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(BAD)

    with pytest.raises(Exception, match=r"bad\.json: expected text, got an array \(line 1, column 15, /response/0"):
        load(spark, "failed", tmp_path).count()
    assert load(spark, "failed", tmp_path, mode="DROPMALFORMED").count() == 1


@pytest.mark.parametrize("mode", ["failfast", "dropmalformed"])
def test_missing_file_is_an_error(spark: SparkSession, tmp_path: Path, mode: str) -> None:
    with pytest.raises(Exception, match=r"No such file or directory \(.*none\.json\)"):
        load(spark, "failed", tmp_path / "none.json", mode=mode).count()


def test_empty_folder_has_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    assert load(spark, "failed", tmp_path).count() == 0


def test_wrong_option_is_an_error_of_load(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="expected the option table to be requests, completed, failed or findings"):
        load(spark, "complete", tmp_path)


class DyingSource(BevDataSource):
    """Kills its worker once, after the first rows."""

    @classmethod
    def name(cls) -> str:
        return "dying"

    def reader(self, schema: StructType) -> DataSourceReader:
        return DyingReader(super().reader(schema), Path(self.options["marker"]))


class DyingReader(DataSourceReader):
    def __init__(self, reader: DataSourceReader, marker: Path) -> None:
        self.reader = reader
        self.marker = marker

    def partitions(self) -> list[InputPartition]:
        return list(self.reader.partitions())

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        for batch in self.reader.read(partition):
            yield batch
            if not self.marker.exists():
                self.marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)


def test_rows_of_a_worker_that_died_are_read_once(spark: SparkSession, tmp_path: Path) -> None:
    spark.dataSource.register(DyingSource)
    marker = tmp_path / "died"

    found = load(spark, "findings", FIXTURES / "invalid", "dying", marker=str(marker)).select("rule").collect()

    assert marker.exists()
    assert Counter(row["rule"] for row in found) == validate(FIXTURES / "invalid", Settings(cross=False)).summary.codes
