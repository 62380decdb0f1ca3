"""The lane for CSV: tables with one row in another spelling give the same results with and without the lane."""

from __future__ import annotations

import pytest

from bevparse import FailedResponse, StatusResponse

from .test_examples import agreed

FAILED = b"Email Address,Reason,Note\n"
ROWS = [f"user{index}@mail.example,reason {index % 3},{index}\n".encode() for index in range(100)]


@pytest.mark.parametrize("index", [0, 40, 70, 99])
@pytest.mark.parametrize(
    "row",
    [
        b'"ann@mail.example",reason,1\n',
        b'ann@mail.example,"one, two",1\n',
        b'ann@mail.example,"one, two","3, 4"\n',
        b'ann@mail.example,"",1\n',
        b'ann@mail.example,"one ""two""",1\n',
        b'ann@mail.example,"""one""",1\n',
        b'ann@mail.example,"one\ntwo",1\n',
        b'ann@mail.example,"one\rtwo",1\n',
        b'ann@mail.example,5" or 6",1\n',
        b'ann@mail.example,5"",1\n',
        b"ann@mail.example,reason,1\r\n",
        b"ann@mail.example,one\rben@mail.example,two,1\n",
        b"ann@mail.example,one\x7f,1\n",
        b"ann@mail.example,reason\n",
        b"ann@mail.example,reason,1,2\n",
        b"ann@mail.example,reason,1,ben@mail.example,reason,1\n",
        b"\nann@mail.example,reason,1\n",
    ],
)
def test_lane_agrees_on_tables_with_one_row_of_another_form(row: bytes, index: int) -> None:
    body = FAILED + b"".join([*ROWS[:index], row, *ROWS[index + 1 :]])

    agreed(body, FailedResponse)


@pytest.mark.parametrize("text", ["one, two", "one; two", 'one "two"'])
@pytest.mark.parametrize("every", [1, 2])
def test_lane_agrees_on_quoted_cells_in_several_columns(text: str, every: int) -> None:
    cell = '"' + text.replace('"', '""') + '"'
    rows = [f'"user{index}@mail.example",{cell if index % every == 0 else index},{index}\n' for index in range(100)]

    agreed(FAILED + "".join(rows).encode(), FailedResponse)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "row",
    [
        '"ann@mail.example","reason","1"',
        '"ann@mail.example","",""',
        '"ann@mail.example",",",","',
        '"ann@mail.example","one\ntwo","1"',
        '"ann@mail.example","\n","1"',
        '"ann@mail.example","one ""two"" three",1',
        'ann@mail.example,"one ""two""","1"',
        '"ann@mail.example","one","2","3"\n"ben@mail.example","four"',
    ],
)
@pytest.mark.parametrize("index", [0, 70, 99])
def test_lane_agrees_on_tables_with_all_cells_quoted(row: str, index: int, line_end: str) -> None:
    rows = [f'"user{index}@mail.example","reason {index % 3}","{index}"' for index in range(100)]
    body = FAILED + "".join(f"{one}{line_end}" for one in (*rows[:index], row, *rows[index + 1 :])).encode()

    agreed(body, FailedResponse)


def test_lane_agrees_on_line_ends_of_other_systems() -> None:
    body = (FAILED + b"".join(ROWS)).replace(b"\n", b"\r\n")

    found = agreed(body, FailedResponse)

    assert found.response is not None
    assert len(found.response.failures) == len(ROWS)


def test_lane_agrees_on_a_table_of_one_column() -> None:
    agreed(b"ID\n" + b"".join(b"%d\n" % index for index in range(100)), StatusResponse, in_chunks=False)
