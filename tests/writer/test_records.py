"""Records written to one body: late columns, cells that a spreadsheet would run, and bodies without records."""

from __future__ import annotations

import csv
import errno
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Problem,
    Response,
    SourceError,
    StatusResponse,
    formats,
)
from bevparse.payloads import KINDS
from bevparse.writer import FORMATS, RecordWriter, record_as_json

ANN, BOB = FailedEmail(email_address="ann"), FailedEmail(email_address="bob", error="no")
LABELS = b'"Email Address",Error'


def failed(address: str, **extra: object) -> FailedEmail:
    return FailedEmail(email_address=address, **extra)  # type: ignore[arg-type]


def surrogate(**extra: object) -> FailedEmail:
    return FailedEmail.model_construct(email_address="\ud800", error=None, **extra)


def written(
    *batches: Sequence[BaseModel],
    format: str = "csv",
    model: type[Response] = Response,
    excel_safe: bool = False,
    typed: bool = False,
) -> tuple[bytes, list[tuple[int, Problem]]]:
    stream = io.BytesIO()
    writer = RecordWriter(stream, format, model, excel_safe=excel_safe, typed=typed)
    refused = [one for batch in batches for one in writer.write(batch)]
    writer.end()
    writer.close()
    return stream.getvalue(), refused


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
def test_records_in_batches_are_the_body_that_dump_writes(format: str) -> None:
    whole = bevparse.dump(FailedResponse(failures=(ANN, BOB, ANN)), format=format)

    assert written([ANN], [], [BOB, ANN], format=format) == (whole, [])


def test_json_lines_are_a_record_on_each_line() -> None:
    odd = failed("x\n\u2028", x=[1, {"a": None}])

    lines = written([ANN], [odd, BOB], format="jsonl")[0].decode()
    whole = b'{"response":[' + lines.replace("\n", ",")[:-1].encode() + b"]}"

    assert lines.count("\n") == len(lines.splitlines()) - lines.count("\u2028") == 3
    assert bevparse.parse(whole, FailedResponse) == FailedResponse(failures=(ANN, odd, BOB))


@pytest.mark.parametrize("record", [ANN, BulkRequest(id=5), EmailRecord(email_address="a", result="ok")])
@pytest.mark.parametrize("format", FORMATS)
def test_type_of_records_decides_the_response(record: BaseModel, format: str) -> None:
    body = written([record], format=format)[0]

    found = bevparse.inspect(body if format != "jsonl" else b'{"response":[' + body + b"]}", format=None)

    assert found.response is not None
    assert [record] in [list(value) for value in found.response.__dict__.values() if isinstance(value, tuple)]


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@pytest.mark.parametrize(
    ("asked", "empty"),
    [
        (Response, CompletedResponse(records=())),
        (CreateResponse, CompletedResponse(records=())),
        (FailedResponse, FailedResponse(failures=())),
        (StatusResponse, StatusResponse(requests=())),
        (ListResponse, StatusResponse(requests=())),
    ],
)
def test_empty_body_of_the_expected_model_is_written_without_records(
    format: str, asked: type[Response], empty: Response
) -> None:
    assert written(format=format, model=asked) == (bevparse.dump(empty, format=format), [])


def test_json_lines_are_empty_without_records() -> None:
    assert written(format="jsonl") == (b"", [])


@pytest.mark.parametrize(
    ("format", "bad", "empty"),
    [
        ("xml", failed("a\x01"), bevparse.dump(FailedResponse(failures=()), format="xml")),
        ("json", surrogate(), b'{"response":[]}'),
        ("jsonl", surrogate(), b""),
        ("csv", failed("a", x=1), LABELS + b"\n"),
        ("csv", surrogate(), LABELS + b"\n"),
    ],
)
def test_unwritable_record_is_returned_and_leaves_nothing(format: str, bad: FailedEmail, empty: bytes) -> None:
    body, refused = written([bad], format=format)

    assert body == empty
    assert [(position, problem.code) for position, problem in refused] == [(0, "BEV150")]
    assert refused[0][1].pointer.startswith("/response/0")
    assert [position for position, _ in written([ANN, bad, BOB, bad], format=format)[1]] == [1, 3]
    assert written([ANN, bad, BOB], format=format)[0] == written([ANN, BOB], format=format)[0]


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("bad", [surrogate(), FailedEmail.model_construct(email_address="a", x=nested(300))])
def test_record_that_typed_lines_cannot_hold_is_returned(bad: FailedEmail) -> None:
    body, refused = written([ANN, bad, BOB, bad], format="jsonl", typed=True)

    assert body == b'{"email_address":"ann","error":null}\n{"email_address":"bob","error":"no"}\n'
    assert [(position, problem.code) for position, problem in refused] == [(1, "BEV150"), (3, "BEV150")]


def test_late_column_is_added_to_all_rows() -> None:
    body, refused = written([ANN], [failed("c", x="1")], [BOB, failed("d", y="2", x="3"), failed("e", z="4")])

    assert refused == []
    assert body == LABELS + b",x,y,z\nann,,,,\nc,,1,,\nbob,no,,,\nd,,3,2,\ne,,,,4\n"


def test_field_of_a_rejected_record_adds_no_column() -> None:
    body, refused = written([failed("a", x="1")], [surrogate(y="2")], [BOB])

    assert len(refused) == 1
    assert body == LABELS + b",x\na,,1\nbob,no,\n"


@pytest.mark.parametrize("address", ["a\nb", '"\n"', "\n\n\n", '"', 'a"\n"b\r\nc', "\r", '""\n', ",\n,"])
def test_line_ends_and_quotes_survive_a_late_column(address: str) -> None:
    records = (failed(address, error=address), ANN, failed("late", x=address), failed(address))

    body = written(records[:2], records[2:])[0]

    assert bevparse.parse(body, FailedResponse, format="csv").failures == records


def test_many_rows_are_kept_in_a_file() -> None:
    records = tuple(failed(f"{number}\n", error="x" * 2**20) for number in range(20))

    body = written(records[:10], records[10:], [failed("late", x="1")])[0]

    assert bevparse.parse(body, FailedResponse, format="csv").failures == (*records, failed("late", x="1"))


@pytest.mark.unmeasured
def test_cell_of_line_ends_is_written_in_linear_time() -> None:
    records = (failed("\n" * 300_000), failed("late", x="1"))

    body = written(records)[0]

    assert bevparse.parse(body, FailedResponse, format="csv").failures == records


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "=a,b"])
def test_safe_cells_are_not_formulas(start: str) -> None:
    host = start.strip().replace(",", "")
    records = [
        EmailRecord(email_address=start, mx_records=(host, "b.example"), result=start),
        EmailRecord(email_address=start, **{start: start}),  # type: ignore[arg-type]
    ]

    body = written(records[:1], records[1:], excel_safe=True)[0]
    rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
    first, late = bevparse.parse(body, CompletedResponse, format="csv").records

    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert (first.email_address, first.result) == (f"'{start}", f"'{start}")
    joined = host in ("+1", "-1")  # the others are written as a JSON array, which is no formula
    assert first.mx_records == (f"'{host}" if joined else host, "b.example")
    assert late.model_extra == {f"'{start}": f"'{start}"}


def test_safe_cells_leave_other_texts_unchanged() -> None:
    assert written([ANN, BOB], excel_safe=True) == written([ANN, BOB])


def test_full_disk_is_a_source_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    writer = RecordWriter(io.BytesIO(), "csv")

    with pytest.raises(SourceError, match="cannot write temporary file: No space left"):
        list(writer.write([failed("x" * 2**24)]))
    writer.close()


def test_writer_can_be_closed_before_its_first_record() -> None:
    RecordWriter(io.BytesIO(), "csv").close()


def test_record_as_json_has_wire_names() -> None:
    held = record_as_json(EmailRecord(email_address="a", mx_records=("h",), smtp_check=True, x=[{"y": None}]))  # type: ignore[call-arg]

    assert isinstance(held, dict)
    assert (held["emailAddress"], held["mxRecords"], held["smtpCheck"]) == ("a", ["h"], "true")
    assert held["x"] == [{"y": None}]
    assert record_as_json(BulkRequest(id=5)) == {"id": 5}


@pytest.mark.parametrize("format", FORMATS)
def test_ambiguous_record_is_rejected(format: str) -> None:
    record = failed("a", smtpCheck="odd")

    assert [problem.code for _, problem in written([record], format=format)[1]] == ["BEV150"]
    assert record_as_json(record) == {"emailAddress": "a", "error": None, "smtpCheck": "odd"}


def test_nested_undocumented_values_are_written_as_dump_writes_them() -> None:
    records = (failed("a", x="text"), failed("b", x=["one", "two"]), failed("c", x="text"))

    body, refused = written(records[:1], records[1:], format="xml")

    assert (body, refused) == (bevparse.dump(FailedResponse(failures=records), format="xml"), [])


@pytest.mark.parametrize("format", FORMATS)
def test_undocumented_fields_in_any_order_are_written_like_those_of_single_records(format: str) -> None:
    records = [failed("a", x="1", y="2"), failed("b", y="3", x="4"), failed("c", id="5"), failed("d", id="6"), BOB]

    assert written(records, records, format=format) == written(*([one] for one in records * 2), format=format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("value", [float("nan"), "\ud800"])
def test_value_that_no_format_can_hold_is_refused_in_a_later_record(format: str, value: object) -> None:
    late = FailedEmail.model_construct(email_address="a", error=None, x=value)

    assert [index for index, _ in written([failed("a", x="1")], [BOB, late], format=format)[1]] == [1]


NAMES = ["x", "y z", "note", "Result", "smtpCheck", "message", "id", "MX Records 1", "1"]
VALUES = st.sampled_from(["", " ", "=1", "a,b\n", "<&>", "\ud800", "\x00", 7, 1.5, None, [], ["a"], {"k": "v"}])
ODD = st.one_of(
    st.builds(
        lambda address, error, extra: FailedEmail.model_construct(email_address=address, error=error, **extra),
        st.sampled_from(["a", "b@c.example"]),
        st.sampled_from([None, "no"]),
        st.dictionaries(st.sampled_from(NAMES), st.one_of(st.just("text"), VALUES), max_size=2),
    ),
    st.just(failed("a", x="text")),
    st.just(FailedEmail.model_construct(email_address="a", error=None, x=float("nan"))),
)


@pytest.mark.unmeasured
@pytest.mark.parametrize("excel_safe", [False, True])
@pytest.mark.parametrize("format", FORMATS)
@given(batches=st.lists(st.lists(ODD, max_size=12), max_size=3))
def test_batch_is_written_like_single_records(format: str, excel_safe: bool, batches: list[list[BaseModel]]) -> None:
    together, problems = written(*batches, format=format, excel_safe=excel_safe)
    alone, same = written(*([one] for batch in batches for one in batch), format=format, excel_safe=excel_safe)

    assert together == alone
    assert [problem for _, problem in problems] == [problem for _, problem in same]


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@given(records=st.lists(ODD, min_size=1, max_size=12))
def test_records_are_written_as_the_tolerant_writer_writes_them(format: str, records: list[FailedEmail]) -> None:
    body, refused = written(records, format=format)
    kept = tuple(one for index, one in enumerate(records) if index not in dict(refused))
    chosen = formats.get(format)

    assert body == chosen.encode(KINDS[chosen.kind].write(FailedResponse.model_construct(failures=kept), format))


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
def test_records_of_a_subclass_are_written_as_those_of_the_model(format: str) -> None:
    class Own(FailedEmail):
        """A client's own."""

    record = Own(email_address="ann", error="no")

    assert bevparse.dump(FailedResponse(failures=(record,)), format=format) == bevparse.dump(
        FailedResponse(failures=(FailedEmail(email_address="ann", error="no"),)), format=format
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\0=1+1", "'\0=1+1"),
        ("\0\0@x", "'\0\0@x"),
        ("a;=1+1", "a;'=1+1"),
        ("a;;\0-1;b;+2", "a;;'\0-1;b;'+2"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a; =1", "a; =1"),
        ("a\0=1", "a\0=1"),
    ],
)
def test_safe_cells_hide_no_formula_after_a_null_or_a_semicolon(text: str, expected: str) -> None:
    body = written([EmailRecord(email_address="a@b.example", result=text)], excel_safe=True)[0]

    assert bevparse.parse(body, CompletedResponse, format="csv").records[0].result == expected
