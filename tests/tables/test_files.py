"""`bevparse convert` to Parquet and Arrow: typed records, and where each comes from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pytest
from pyarrow import feather, parquet

import bevparse
from bevparse import CompletedResponse, EmailRecord, FailedEmail, FailedResponse
from bevparse.cli import main
from bevparse.tables.writers import GROUP

RECORDS = tuple(
    EmailRecord(email_address=f"{name}@x.example", smtp_check=check, mx_records=hosts, result=result)
    for name, check, hosts, result in (
        ("a", True, ("mx.x.example", "."), "ok"),
        ("b", None, (), "new"),
        ("c", False, ("mx.x.example",), None),
    )
)
BAD = b'{"emailAddress":"bad","smtpCheck":"odd"}'


def array(*records: bytes) -> bytes:
    return b'{"response":[' + b",".join(records) + b"]}"


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with three bodies of the same records, a body with a reject, and records on lines."""
    (folder / "in").mkdir()
    response = CompletedResponse(records=RECORDS)
    for format in ("json", "xml", "csv"):
        (folder / "in" / f"completed-544.{format}").write_bytes(bevparse.dump(response, format=format))
    return folder


def rows(path: str, *names: str) -> list[tuple[object, ...]]:
    table = parquet.read_table(path) if path.endswith(".parquet") else feather.read_table(path)
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_records_are_typed_and_have_their_places(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["convert", "in", "-o", name]) == 0

    assert capsys.readouterr().out == "9 read = 9 written + 0 rejected; completed records\n"
    expected = [
        (
            record.email_address,
            record.smtp_check,
            [*record.mx_records],
            record.result,
            f"in/completed-544.{format}",
            number,
        )
        for format in ("csv", "json", "xml")
        for number, record in enumerate(RECORDS)
    ]
    assert rows(name, "email_address", "smtp_check", "mx_records", "result", "source", "number") == expected
    assert rows(name, "request", "extra") == [(544, None)] * 9


def test_dictionaries_are_written_where_values_repeat() -> None:
    assert main(["convert", "in", "-o", "out.parquet"]) == 0

    group = parquet.ParquetFile("out.parquet").metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    plain = {column.path_in_schema for column in columns if "RLE_DICTIONARY" not in column.encodings}
    checks = {"format_check", "smtp_check", "dns_check", "free_check", "disposable_check", "catch_all_check"}
    assert plain == {"email_address", "number"} | checks


def test_every_library_reads_the_same_from_parquet() -> None:
    assert main(["convert", "in", "--to", "parquet", "-o", "out"]) == 0

    expected = parquet.read_table("out").to_pylist()
    answer = duckdb.sql("from read_parquet('out')")
    assert [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()] == expected
    assert polars.read_parquet("out").to_dicts() == expected
    frame = pandas.read_parquet("out", dtype_backend="pyarrow")
    assert pyarrow.Table.from_pandas(frame, preserve_index=False).to_pylist() == expected


def test_rows_have_the_locations_of_lines_members_and_recordings(folder: Path) -> None:
    line = b'{"emailAddress":"%d","error":"e"}'
    Path("failed-7.jsonl").write_bytes(b"\n".join([line % 0, b"", array(line % 1, line % 2), line % 3]))
    url = "https://emailverification.whoisxmlapi.com/api/bevService/request/failed"
    entry = {
        "request": {"method": "POST", "url": url, "postData": {"text": '{"id":9}'}},
        "response": {"status": 200, "content": {"text": array(line % 4).decode()}},
    }
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("8/failed.json", array(line % 5))
        archive.writestr("s.har", json.dumps({"log": {"entries": [entry]}}))

    assert main(["convert", "failed-7.jsonl", "all.zip", "-o", "out.parquet"]) == 0

    assert rows("out.parquet", "email_address", "source", "number", "request") == [
        ("0", "failed-7.jsonl#/0", 0, None),
        ("1", "failed-7.jsonl#/2", 0, None),
        ("2", "failed-7.jsonl#/2", 1, None),
        ("3", "failed-7.jsonl#/3", 0, None),
        ("4", "all.zip!/s.har#/log/entries/0", 0, 9),
        ("5", "all.zip!/8/failed.json", 0, 8),
    ]


def test_record_number_counts_rejected_records(capsys: pytest.CaptureFixture[str]) -> None:
    Path("some.json").write_bytes(
        array(BAD, b'{"emailAddress":"a","dnsCheck":"true"}', BAD, b'{"emailAddress":"b","x":1}')
    )

    assert main(["convert", "some.json", "--rejects", "r.jsonl", "-o", "out.parquet"]) == 1

    assert capsys.readouterr().out == "4 read = 2 written + 2 rejected; completed records\n"
    assert rows("out.parquet", "email_address", "number", "extra") == [("a", 1, None), ("b", 3, '{"x":1}')]
    pointers = [json.loads(line)["pointer"] for line in Path("r.jsonl").read_text().splitlines()]
    assert pointers == ["/response/0", "/response/2"]


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_reject_without_a_file_for_it_leaves_the_old_file(name: str) -> None:
    Path(name).write_bytes(b"old")
    Path("in/z.json").write_bytes(array(BAD))

    for path in ("in", "in/z.json"):  # after records, and before any
        assert main(["convert", path, "-o", name]) == 1
        assert Path(name).read_bytes() == b"old"


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from bevparse.cli import main
sys.exit(main(["convert", "in", "-o", sys.argv[1]]))
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems limit the size of files")
@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_full_disk_leaves_the_old_file(name: str) -> None:
    Path(name).write_bytes(b"old")

    ended = subprocess.run([sys.executable, "-c", FULL, name], capture_output=True, text=True, check=False)

    assert (ended.returncode, Path(name).read_bytes()) == (3, b"old")
    assert ended.stderr == f"bevparse: cannot write file: File too large ({name})\n"
    assert sorted(path.name for path in Path().iterdir()) == ["in", name]


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_body_without_records_gives_a_table_without_rows(name: str) -> None:
    Path("empty.csv").write_bytes(b"Email Address,Error\n")

    assert main(["convert", "empty.csv", "--endpoint", "failed", "-o", name]) == 0
    assert rows(name, "email_address", "error", "source") == []


def test_table_goes_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["convert", "in", "--to", "parquet"]) == 0

    written, counts = capfdbinary.readouterr()
    assert parquet.read_table(pyarrow.BufferReader(written)).num_rows == 9
    assert counts.startswith(b"9 read")


def test_rows_are_written_in_groups_of_bounded_size() -> None:
    failures = (FailedEmail(email_address="a", error="e"),) * (GROUP * 5 // 4)
    Path("a.json").write_bytes(bevparse.dump(FailedResponse(failures=failures)))

    assert main(["convert", "a.json", "-o", "out.parquet"]) == 0

    file = parquet.ParquetFile("out.parquet")
    groups = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
    assert (sum(groups), len(groups), groups[0] < 1.1 * GROUP) == (len(failures), 2, True)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_name_of_a_body_that_is_no_unicode_is_escaped() -> None:
    Path("in/completed-544.csv").rename(os.fsdecode(b"in/\xff-544.csv"))

    assert main(["convert", "in/completed-544.json", os.fsdecode(b"in/\xff-544.csv"), "-o", "out.parquet"]) == 0
    assert rows("out.parquet", "source")[-1] == ("in/\\udcff-544.csv",)


def test_number_in_a_name_above_64_bits_is_not_a_request() -> None:
    for number in (2**63, 10**30):
        Path(f"completed-{number}.json").write_bytes(bevparse.dump(CompletedResponse(records=RECORDS)))

    assert main(["convert", *map(str, Path().glob("*.json")), "-o", "out.parquet"]) == 0
    assert set(rows("out.parquet", "request")) == {(None,)}


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_table_is_reported_by_validate(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["convert", "in", "-o", name]) == 0

    assert main(["validate", name]) == 1
    kind = name.partition(".")[2].capitalize()
    assert f"BEV102 expected utf-8 text, got a{'n' if kind == 'Arrow' else ''} {kind} file" in capsys.readouterr().out


def test_compressed_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "-o", "out.parquet.gz"]) == 2
    assert "parquet is compressed inside" in capsys.readouterr().err


@pytest.mark.usefixtures("_no_pyarrow")
def test_missing_package_is_named_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "in", "-o", "out.parquet"]) == 3

    assert "pip install 'bevparse[tables]'" in capsys.readouterr().err
    assert not Path("out.parquet").exists()
