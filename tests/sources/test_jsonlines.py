"""JSON Lines: a body or a record on each line, reported by the line of the file."""

from __future__ import annotations

import gzip

import pytest

from bevparse.cli import main
from bevparse.files.compression import Budget
from bevparse.limits import Limits
from bevparse.sources import ANYTHING, Source, open_source

from ..container_samples import CREATED, WRONG, WRONG_ID, validated, worded, write


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(CREATED + b"\r\n\r\n" + WRONG + b"\r\n", ["#/2:3:14: error: BEV204"], id="crlf"),
        pytest.param(CREATED + b"\n" + WRONG, ["#/1:2:14: error: BEV204"], id="no-last-line-end"),
        pytest.param(
            b"\xef\xbb\xbf" + CREATED + b"\n" + WRONG,
            ["#/0:1:1: warning: BEV311", "#/1:2:14: error: BEV204"],
            id="byte-order-mark",
        ),
        pytest.param(
            b'\xef\xbb\xbf{"emailAddress":"a@b.example","error":"x"}\n' + WRONG,
            ["#/0:1:1: warning: BEV311", "#/1:2:14: error: BEV204"],
            id="byte-order-mark-before-a-record",
        ),
        pytest.param(
            b'\xef\xbb\xbf{"id":5}\n{"id":6}\n', ["#/0:1:1: warning: BEV311"], id="byte-order-mark-before-an-id"
        ),
        pytest.param(
            b'{"emailAddress":"a@b.example","error":7}\n',
            ["#/0:1:31: warning: BEV309"],
            id="a-record-has-its-own-columns",
        ),
        pytest.param(
            b'{"email_address":"a@b.example","error":"x"}\n{"Email Address":"a@b.example","error":"x"}\n',
            ["#/0:1:2: warning: BEV308", "#/1:2:2: warning: BEV308"],
            id="records-in-other-spellings",
        ),
        pytest.param(
            CREATED + b"\nno json\n[1]\n" + CREATED[:9], ["#/1:2:1: ", "#/2:3:1: ", "#/3:4:"], id="damaged-lines"
        ),
        pytest.param(
            CREATED + b",\n" + WRONG + b" , \r\n",
            ["#/0:1:22: warning: BEV319", "#/1:2:25: warning: BEV319", "#/1:2:14: error: BEV204"],
            id="commas",
        ),
        pytest.param(
            b'{"emailAddress":"\xc3\xa9@b.example","error":7},\n[1],\n',
            ["#/0:1:41: warning: BEV319", "#/0:1:31: warning: BEV309", "#/1:2:4: warning", "#/1:2:1: error: BEV211"],
            id="commas-after-records",
        ),
        pytest.param(b'{\n "response": {"id":5}\n}\n' * 9, ["#/0:4:1: error: BEV110"], id="pretty"),
        pytest.param(b'\n{\n "response":\n {"id":"x"}\n}\n', ["#/1:4:3: error: BEV204"], id="one-pretty"),
        pytest.param(b"\n[\n" + CREATED + b",\n" + WRONG + b"\n]\n", ["#/1:2:1: error: BEV211"], id="array"),
        pytest.param(b"\n \t\n" * 1000 + WRONG, ["#/2000:2001:14: error: BEV204"], id="blank-lines"),
        pytest.param(CREATED + b"\n\xff\n" + CREATED, ["#/1:2:1: error: BEV1"], id="no-utf-8"),
    ],
)
def test_each_line_is_a_body_or_a_record(capsys: pytest.CaptureFixture[str], data: bytes, expected: list[str]) -> None:
    write("x.jsonl", data)

    _, shown = validated(capsys, "x.jsonl", "--ignore", "BEV316,BEV220")
    assert len(shown) == len(expected) + 1
    assert all(line.startswith(f"x.jsonl{place}") for line, place in zip(shown, expected, strict=False))


@pytest.mark.parametrize("data", [b"", pytest.param(b"\n" * 1_000_000, marks=pytest.mark.unmeasured), b"\r\n  \r\n"])
def test_empty_json_lines_have_nothing_to_check(capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    write("x.jsonl", data)

    assert validated(capsys, "x.jsonl") == (4, ["nothing was checked; no saved responses were found"])


def test_line_over_the_limit_is_reported_and_the_others_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    long = b'{"x":"' + b"a" * 600_000 + b'"}'
    write("x.jsonl", CREATED + b"\n" + long + b"\n" + WRONG + b"\n" + long)

    code, shown = validated(capsys, "x.jsonl", "--limit", "body=300000")
    assert code == 1
    assert shown[:3] == [
        "x.jsonl#/1:2:1: error: BEV002",
        f"x.jsonl#/2{WRONG_ID.replace(':1:', ':3:')}",
        "x.jsonl#/3:4:1: error: BEV002",
    ]


def test_line_as_long_as_the_limit_is_read() -> None:
    line = CREATED.ljust(600_000)

    budget = Budget(Limits(body=600_000))
    source = Source("x.jsonl", data=line + b"\n" + line, inner="!/x.jsonl", budget=budget)
    found = open_source(source, ANYTHING)

    assert [source.data for source in found] == [line, line]


def test_hint_for_an_array_of_bodies_unpacks_it(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.jsonl", b"[\n" + CREATED + b"\n]\n")

    assert "`jq -c '.[]'`" in worded(capsys, "x.jsonl")[1][0]


def test_records_with_commas_after_them_are_converted(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.jsonl", b'{"emailAddress":"a","error":"x"},\n{"emailAddress":"b","error":"y"},\n')

    assert main(["convert", "x.jsonl", "--to", "csv"]) == 0
    assert capsys.readouterr().out == "Email Address,Error\na,x\nb,y\n".replace("Email Address", '"Email Address"')


@pytest.mark.parametrize("long", [b" " * 300, b" " * 50 + b"\n" + b" " * 60])
def test_pretty_document_over_the_limit_is_one_error(long: bytes) -> None:
    data = b'{\n  "response": {"id":5}' + long + b"\n}\n"

    source = Source("x.jsonl", data=data, inner="!/x.jsonl", budget=Budget(Limits(body=100)))
    found = list(open_source(source, ANYTHING))

    assert [(one.inner, [problem.code for problem in one.problems]) for one in found] == [("!/x.jsonl#/0", ["BEV002"])]


@pytest.mark.parametrize(("end", "lines"), [(-1, 3), (-8, 3), (-12, 2)])
def test_lines_before_the_cut_in_a_compressed_file_are_read(
    capsys: pytest.CaptureFixture[str], end: int, lines: int
) -> None:
    write("x.jsonl.gz", gzip.compress((CREATED + b"\n") * 3, compresslevel=0)[:end])

    code, shown = validated(capsys, "x.jsonl.gz")

    assert (code, shown[0]) == (3, "x.jsonl.gz: error: BEV001")
    assert f"; {lines} response bodies, all valid; 1 source could not be read; " in shown[1]
