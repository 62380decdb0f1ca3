"""CSV as tools spell it: delimiters, and blanks after them."""

from __future__ import annotations

import pytest

from bevparse import FailedEmail, FailedResponse, Problem, StatusResponse
from bevparse.formats.csv import find_delimiter, is_padded
from bevparse.problems import rules

from ..readers import inspect, stream


@pytest.mark.parametrize(
    ("header", "delimiter", "padded"),
    [
        ("Email Address,Error", ",", False),
        ("\r\n\nEmail Address;Error", ";", False),
        ('"Email, Address";"Error, text"', ";", False),
        ('"Email, Address"\tError', "\t", False),
        ('"Email ""x"", Address";Error', ";", False),
        ("Email Address, Error", ",", True),
        ("ID; Ready; Note", ";", True),
        ("ID, Ready,Note", ",", False),
        ('ID,"a, b"', ",", False),
        ("ID", ",", False),
        ('"open, cell', ",", False),
        ("", ",", False),
    ],
)
def test_delimiter_is_that_of_the_header_outside_quotes(header: str, delimiter: str, *, padded: bool) -> None:
    assert (find_delimiter(header), is_padded(header)) == (delimiter, padded)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("lanes", [True, False])
def test_blanks_after_all_delimiters_are_not_part_of_cells(delimiter: str, *, lanes: bool) -> None:
    body = f'Email Address{delimiter} Error\nfoo.bar{delimiter} "Invalid{delimiter} format"\nbaz.qux{delimiter}  "no"\n'

    found = inspect(body, FailedResponse, lanes=lanes)

    assert isinstance(found.response, FailedResponse)
    assert found.response.failures == (
        FailedEmail(email_address="foo.bar", error=f"Invalid{delimiter} format"),
        FailedEmail(email_address="baz.qux", error="no"),
    )
    assert [problem.rule for problem in found.problems] == [rules.CSV_DELIMITER]


def test_blanks_after_some_delimiters_are_part_of_cells() -> None:
    found = inspect("Email Address,Error\nfoo.bar, Invalid format\n", FailedResponse)

    assert isinstance(found.response, FailedResponse)
    assert found.response.failures[0].error == " Invalid format"


def test_positions_after_blanks_are_those_of_the_cells() -> None:
    found = inspect('ID, Ready\n5,  7\n6,   "7"\n')

    assert [(problem.line, problem.column) for problem in found.problems[1:]] == [(2, 5), (3, 6)]


def test_quote_fault_after_blanks_is_reported_at_its_place() -> None:
    found = inspect('Email Address, Error\nfoo.bar,  "Invalid"x\n')

    assert [(problem.rule, problem.line, problem.column) for problem in found.problems] == [(rules.CSV_SYNTAX, 2, 20)]


@pytest.mark.parametrize("block_size", [100, 2**17])
def test_streams_of_cells_with_blanks_agree(block_size: int) -> None:
    rows = b"".join(b'foo%d.bar, "Invalid, format"\n' % number for number in range(100))
    body = b"Email Address, Error\n" + rows + b"one\n"
    reported: list[Problem] = []

    found = inspect(body, FailedResponse)
    records = list(stream(body, FailedEmail, block_size=block_size, on_problem=reported.append))

    assert isinstance(found.response, FailedResponse)
    assert records == list(found.response.failures)
    assert reported == list(found.problems)


def test_line_of_blanks_is_a_row_for_every_reader_of_positions() -> None:
    found = inspect("ID, Ready\n   \n\n5, 7\n", StatusResponse)

    assert [(problem.rule, problem.pointer, problem.line) for problem in found.problems[1:]] == [
        (rules.RAGGED_ROW, "/response/0", 2),
        (rules.BAD_FLAG, "/response/1/ready", 4),
    ]


def test_blank_line_before_a_problem_is_counted() -> None:
    found = inspect("Email Address,Error\nfoo.bar,Invalid format\n\na,b,c\n", FailedResponse, format="csv")

    assert [(problem.rule, problem.line) for problem in found.problems] == [(rules.RAGGED_ROW, 4)]
