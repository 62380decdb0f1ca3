"""Bodies that took minutes or gigabytes; `python -m benchmarks.adversarial` measures more of them."""

from __future__ import annotations

import io

import pytest

import bevparse
from bevparse import BulkRequest, CompletedResponse, StatusResponse
from bevparse.payloads.detection import candidates_of_table
from bevparse.payloads.labels import labels_start
from bevparse.tree import Table

from .test_traps import codes, run_within

MANY = 10**6 - 1


@pytest.mark.parametrize("host", ["[]", *(pytest.param(host, marks=pytest.mark.long) for host in ("1", "{}", "null"))])
def test_million_wrong_hosts_report_a_hundred_errors_in_little_memory(host: str) -> None:
    printed = run_within(
        330,
        "import bevparse\n"
        'head = b\'{"response":[{"emailAddress":"a","result":"ok","mxRecords":[\'\n'
        f"body = head + b'{host},' * {MANY} + b'1]}}]}}'\n"
        "found = bevparse.inspect(body, bevparse.CompletedResponse).problems\n"
        "print([problem.severity for problem in found].count('error'), found[1].pointer)\n",
    )

    assert printed == "100 /response/0/mxRecords/1\n"


def test_million_empty_records_of_no_endpoint_take_the_memory_of_their_tree() -> None:
    printed = run_within(
        230,
        "import bevparse\n"
        "body = b'{\"response\":[' + b'{},' * 999_998 + b'{}]}'\n"
        "print([problem.code for problem in bevparse.inspect(body).problems])\n",
    )

    assert printed == "['BEV201']\n"


@pytest.mark.parametrize("header", [[str(number) for number in range(100_000)], ["1"] * 100_000], ids=["own", "same"])
@pytest.mark.usefixtures("guard")
def test_very_many_labels_are_compared_in_linear_time(header: list[str]) -> None:
    table = Table(header, [["x"] * len(header)])

    assert candidates_of_table(table) == ()


@pytest.mark.long
def test_cells_of_a_very_long_row_are_refused_in_little_memory() -> None:
    printed = run_within(
        500,
        "import bevparse\nprint([problem.code for problem in bevparse.inspect(b'1,' * 29_000_000).problems])\n",
    )

    assert printed == "['BEV004']\n"


@pytest.mark.parametrize("end", ["\r\n", *(pytest.param(end, marks=pytest.mark.long) for end in ("\n", "\r", "\n\r"))])
def test_row_after_very_many_line_ends_has_its_line(end: str) -> None:
    body = f"ID,Ready{end}" + end * 500_000 + "x,1\n"

    problem = bevparse.inspect(body, StatusResponse, format="csv").problems[-1]

    assert (problem.code, problem.pointer, problem.column) == ("BEV204", "/response/0/id", 1)
    assert problem.line == len(body[:-4].splitlines()) + 1


def test_long_first_line_has_no_labels() -> None:
    text = "1," * 2**19

    assert labels_start(text) == 0
    assert labels_start(f"sep=,\n{text}") == 0
    assert codes(text, StatusResponse)[-1] == "BEV105"


@pytest.mark.parametrize(
    ("start", "record", "end"),
    [
        ('{"response":[', '{"id":5,"ready":1}', "]}"),
        ("<xml><response>", "<item><id>5</id><ready>1</ready></item>", "</response></xml>"),
    ],
)
@pytest.mark.parametrize("blanks", [1, 2**17 - 5, 2**17, 2**18])
def test_blanks_at_the_end_of_a_long_body_are_skipped(start: str, record: str, end: str, blanks: int) -> None:
    records = ("," if start[0] == "{" else "").join([record] * 8000)
    bodies = [f"{start}{records}{' ' * blanks}{end}", f"{start}{records}{end}{' ' * blanks}"]

    for body in bodies:
        assert len(bevparse.parse(body, StatusResponse).requests) == 8000
        assert len(list(bevparse.iter_records(io.BytesIO(body.encode()), BulkRequest))) == 8000
    assert codes(f"{start}{records}{' ' * blanks}x", StatusResponse) in (["BEV110"], ["BEV120"])


def test_repeated_records_without_known_fields_fit_no_endpoint() -> None:
    records = ['{"a":1}', "{}", "1", '{"a":1}', '{"b":1}', '{"error":"x","emailAddress":"a"}']
    body = f'{{"response":[{",".join(records)}]}}'

    assert bevparse.detect(body).endpoint == "failed"
    assert codes(body, CompletedResponse) == ["BEV212"]
