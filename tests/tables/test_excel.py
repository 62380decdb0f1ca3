"""Workbooks, read by openpyxl: texts stay texts, other values have their types, and nothing is cut."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from pydantic import BaseModel

from bevparse import BulkRequest, EmailRecord, FailedEmail, SourceError
from bevparse.batches import Batch
from bevparse.cli import main
from bevparse.problems import Problem
from bevparse.tables.excel import WorkbookWriter

RECORD = EmailRecord(email_address="ann@mail.example", smtp_check=True, dns_check=False, mx_records=("a", "b"))


def batch_of(records: Sequence[BaseModel], request: int | None = None) -> Batch:
    return Batch(records, ["a.json"] * len(records), range(len(records)), request, lambda _, problem: problem)


def written(batches: Sequence[Batch], *, rows: int = 2**20) -> tuple[bytes, list[tuple[int, Problem]]]:
    stream = io.BytesIO()
    writer = WorkbookWriter(stream, type(batches[0].records[0]) if batches else EmailRecord, rows=rows)
    refused = [one for batch in batches for one in writer.write(batch)]
    writer.end()
    writer.close()
    return stream.getvalue(), refused


def opened(*batches: Batch, rows: int = 2**20) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(written(batches, rows=rows)[0]))


def rows_of(book: Workbook) -> list[tuple[object, ...]]:
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_each_record_is_a_row_under_frozen_labels() -> None:
    book = opened(batch_of([RECORD], 5), batch_of([EmailRecord(email_address="b", x=[1])]))  # type: ignore[call-arg]

    labels = "Email Address", "Format Check", "SMTP Check", "DNS Check", "Free Check", "Disposable Check"
    assert book.sheetnames == ["completed records"]
    assert book.worksheets[0].freeze_panes == "B2"
    assert rows_of(book) == [
        (*labels, "Catch All Check", "MX Records", "Result", "Extra", "Source", "Number", "Request"),
        ("ann@mail.example", None, True, False, None, None, None, "a, b", None, None, "a.json", 0, 5),
        ("b", None, None, None, None, None, None, None, None, '{"x":[1]}', "a.json", 0, None),
    ]


def test_dates_are_date_cells_and_labels_name_the_zone() -> None:
    start = datetime(2018, 6, 5, 13, 18, 22, tzinfo=UTC)
    sheet = opened(batch_of([BulkRequest(id=5, date_start=start)])).worksheets[0]

    assert sheet.title == "requests"
    assert (sheet["C2"].value, sheet["C2"].is_date) == (start.replace(tzinfo=None), True)
    assert "UTC" in sheet["C2"].number_format
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["D2"].value) == (5, "n", None)


@pytest.mark.parametrize("number", [10**15 - 1, 10**15, 2**63 - 1])
def test_integers_keep_all_their_digits(number: int) -> None:
    (_, row) = rows_of(opened(batch_of([BulkRequest(id=number)])))

    assert row[0] == (number if number < 10**15 else str(number))


TEXTS = [
    *("=1+1", "+1", "-1", "@SUM(1)", "0012", "1e5", "TRUE", "2018-06-05", "{=A1}", "'a"),
    *("http://a.example", "mailto:a@b.example", "ftp://a", "internal:A1"),
    *("<r><t>a</t></r>", "<r></r>", "<r>&</r>", "<r>" + "a" * 32_760 + "</r>", " a ", "a\nb\tc", "\r\n", "\x00\x1f"),
    *("_x0041_", "\ufffe\uffff", "&<>\"'", "\u202e\U0001f600", "", "a" * 32_767, "\U0001f600" * 16_383),
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_stay_texts(text: str) -> None:
    cell = opened(batch_of([EmailRecord(email_address=text)])).worksheets[0]["A2"]

    assert (cell.data_type, unescape(str(cell.value)), cell.hyperlink) == ("s", text, None)


LONG = "a" * 32_768
TOO_LONG = [
    (EmailRecord(email_address=LONG), "/response/0/emailAddress"),
    (EmailRecord(email_address="\U0001f600" * 16_384), "/response/0/emailAddress"),
    (EmailRecord(email_address="a", mx_records=("a" * 20_000,) * 2), "/response/0/mxRecords"),
    (EmailRecord(email_address="a", x=LONG), "/response/0"),  # type: ignore[call-arg]
    (EmailRecord.model_construct(email_address="\ud800"), "/response/0/emailAddress"),
]


@pytest.mark.parametrize(("record", "pointer"), TOO_LONG)
def test_record_that_does_not_fit_into_cells_is_returned(record: EmailRecord, pointer: str) -> None:
    data, refused = written([batch_of([RECORD, record, RECORD])])

    assert [(index, problem.code, problem.pointer) for index, problem in refused] == [(1, "BEV150", pointer)]
    assert [row[11] for row in rows_of(openpyxl.load_workbook(io.BytesIO(data)))] == ["Number", 0, 2]


def test_full_worksheet_is_followed_by_another() -> None:
    book = opened(batch_of([RECORD] * 5), batch_of([RECORD] * 2), rows=4)

    assert book.sheetnames == ["completed records", "completed records 2", "completed records 3"]
    assert [[row[11] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets] == [
        ["Number", 0, 1, 2],
        ["Number", 3, 4, 0],
        ["Number", 1],
    ]
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"B2"}


def test_workbook_without_records_has_the_labels() -> None:
    assert [row[0] for row in rows_of(opened())] == ["Email Address"]


def test_equal_records_give_equal_bytes() -> None:
    assert written([batch_of([RECORD])]) == written([batch_of([RECORD])])


def test_unfinished_workbook_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stream = io.BytesIO()
    writer = WorkbookWriter(stream, FailedEmail)
    list(writer.write(batch_of([FailedEmail(email_address="a")])))

    assert [*tmp_path.iterdir()]
    writer.close()
    assert ([*tmp_path.iterdir()], stream.getvalue()) == ([], b"")


def test_fault_of_the_temporary_files_is_a_source_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    writer = WorkbookWriter(io.BytesIO(), FailedEmail)
    list(writer.write(batch_of([FailedEmail(email_address="a")])))
    shutil.rmtree(next(tmp_path.iterdir()))

    with pytest.raises(SourceError, match="cannot write temporary file: No such file"):
        writer.end()
    writer.close()


def test_error_of_the_output_stream_is_raised_unchanged() -> None:
    class Full(io.BytesIO):
        def write(self, _: object, /) -> int:
            raise SourceError("out.xlsx", "cannot write file: No space left on device")

    writer = WorkbookWriter(Full(), FailedEmail)

    with pytest.raises(SourceError, match=r"No space left on device \(out\.xlsx\)"):
        writer.end()
    writer.close()


def test_missing_folder_for_temporary_files_is_a_source_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    with pytest.raises(SourceError, match="cannot write temporary file: No such file"):
        WorkbookWriter(io.BytesIO(), FailedEmail)


BODY = (
    b'{"response":[{"emailAddress":"a","dnsCheck":"true"},{"emailAddress":"%s"},{"emailAddress":"b","dnsCheck":"x"}]}'
)


def test_convert_writes_a_workbook_and_rejects(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.json").write_bytes(BODY % LONG.encode())

    assert main(["convert", "in.json", "-o", "out.xlsx", "--rejects", "r.jsonl"]) == 1
    assert capsys.readouterr().out == "3 read = 1 written + 2 rejected; completed records\n"
    rejects = [json.loads(line) for line in (folder / "r.jsonl").read_text().splitlines()]
    assert {(one["pointer"], *one["codes"]) for one in rejects} == {
        ("/response/1", "BEV150"),
        ("/response/2", "BEV203"),
    }
    (_, row) = rows_of(openpyxl.load_workbook(folder / "out.xlsx"))
    assert (row[0], row[3], row[10], row[11]) == ("a", True, "in.json", 0)


@pytest.mark.parametrize("body", [b'{"response":[{"emailAddress":"%s"}]}' % LONG.encode(), BODY])
def test_reject_without_a_file_for_it_leaves_the_old_workbook(folder: Path, body: bytes) -> None:
    (folder / "in.json").write_bytes(body)
    (folder / "out.xlsx").write_bytes(b"old")

    assert main(["convert", "in.json", "-o", "out.xlsx"]) == 1
    assert (folder / "out.xlsx").read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_full_device_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.json").write_bytes(b'{"response":[{"emailAddress":"a","error":"e"}]}')

    assert main(["convert", "in.json", "--to", "xlsx", "-o", "/dev/full"]) == 3
    assert "No space left on device (/dev/full)" in capsys.readouterr().err


@pytest.mark.usefixtures("_no_xlsxwriter")
def test_missing_package_is_named_with_its_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.json").write_bytes(b'{"response":[{"emailAddress":"a","error":"e"}]}')

    assert main(["convert", "in.json", "-o", "out.xlsx"]) == 3
    assert "pip install 'bevparse[excel]'" in capsys.readouterr().err
    assert not (folder / "out.xlsx").exists()
