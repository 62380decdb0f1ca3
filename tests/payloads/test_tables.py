"""Payloads of tables."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import bevparse
from bevparse import (
    CompletedResponse,
    CreateResponse,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Limits,
    Response,
    StatusResponse,
)
from bevparse.payloads.layout import items_of
from bevparse.problems import rules

from ..paths import FIXTURES

COMPLETED = (FIXTURES / "completed" / "documented.csv").read_bytes()
NAMES = [field.wire.name for field in items_of(CompletedResponse).layout.fields]


def test_single_row_of_another_width_is_no_response() -> None:
    found = bevparse.inspect(b"ID\n5,6\n", CreateResponse, format="csv")

    assert found.response is None
    assert [(problem.code, problem.pointer) for problem in found.problems] == [("BEV210", "/response/0")]


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: name,
        lambda name: f'"{snake(name)}"',
        lambda name: snake(name).upper().replace("_", "-"),
        lambda name: snake(name).replace("_", " "),
        lambda name: f'"{snake(name).replace("_", " ").title()}"',
    ],
    ids=["camel", "snake", "kebab", "lower", "title"],
)
def test_labels_in_any_spelling_are_no_warning(spell: Callable[[str], str]) -> None:
    body = ",".join(map(spell, NAMES)).encode() + b"\n" + COMPLETED.partition(b"\n")[2]

    parsed = bevparse.parse(body, CompletedResponse, format="csv", strict=True)

    assert {problem.code for problem in bevparse.inspect(body, CompletedResponse).problems} == {"BEV317"}
    assert parsed == bevparse.parse(COMPLETED, CompletedResponse)


def test_omitted_infos_are_not_counted_as_warnings() -> None:
    body = ",".join(NAMES).encode() + b"\n" + COMPLETED.partition(b"\n")[2]

    found = bevparse.inspect(body, CompletedResponse, limits=Limits(problems=2))

    assert [problem.code for problem in found.problems] == ["BEV317", "BEV317"]


def test_unknown_end_of_many_requests_is_reported_once() -> None:
    body = 'ID,"Date End"\n' + "".join(f"{number},0\n" for number in range(1, 400))

    found = bevparse.inspect(body, StatusResponse)

    assert [(problem.code, problem.pointer) for problem in found.problems] == [("BEV317", "/response/0/date_end")]


def snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def test_cells_without_a_label_are_kept_if_there_is_one_such_column() -> None:
    found = bevparse.inspect("Email Address,Error,,\na,b,,\nc,d\ne,f,x\n", FailedResponse)

    assert isinstance(found.response, FailedResponse)
    assert [failed.model_extra for failed in found.response.failures] == [{}, {}, {"": "x"}]
    assert [(problem.rule, problem.pointer, problem.line, problem.column) for problem in found.problems] == [
        (rules.SKIPPED_TEXT, "/response", 1, 21),
        (rules.UNKNOWN_FIELD, "/response/2/", 4, 5),
    ]


def test_cells_in_several_columns_without_a_label_are_an_error() -> None:
    found = bevparse.inspect(",,Email Address,Error\n0,x,a,b\n,x,c,d\n1,,e,f\n", FailedResponse)

    assert isinstance(found.response, FailedResponse)
    assert [failed.email_address for failed in found.response.failures] == ["e"]
    errors = [problem.pointer for problem in found.problems if problem.rule is rules.RAGGED_ROW]
    assert errors == ["/response/0", "/response/1"]


def test_record_that_looks_like_the_labels_cannot_be_written() -> None:
    failures = (
        FailedEmail(email_address="a", error="Error"),
        FailedEmail(email_address="EMAIL-ADDRESS", error="Error"),
    )

    with pytest.raises(EncodeError) as caught:
        bevparse.dump(FailedResponse(failures=failures), format="csv")

    assert (caught.value.problem.rule, caught.value.problem.pointer) == (rules.CANNOT_CARRY, "/response/1")
    assert bevparse.dump(FailedResponse(failures=failures[:1]), format="csv").endswith(b"a,Error\n")


def test_labels_among_error_replies_are_no_error_of_the_service() -> None:
    found = bevparse.inspect("Error,Code\nAccess denied,403\nerror,code\nInsufficient balance,403\n")

    assert [(problem.rule, problem.pointer, problem.line) for problem in found.problems if problem.line == 3] == [
        (rules.LABELS_AGAIN, "/response/1", 3)
    ]


def test_error_that_is_the_word_error_is_read() -> None:
    assert bevparse.parse("Error\nError\n") == ErrorResponse(errors=("Error",))


@pytest.mark.parametrize(
    ("body", "pointer", "line"),
    [
        ("Message,Code\na,1\nmessage,code\n", "/response/1", 3),
        ("Email Address,Error,Note\na,b,c\nEmail Address,Error,\n", "/response/1", 3),
        ("Email Address,Error\nEmail Address,Error\n", "/response/0", 2),
    ],
)
def test_labels_again_are_no_record(body: str, pointer: str, line: int) -> None:
    found = bevparse.inspect(body)

    assert [(problem.pointer, problem.line) for problem in found.problems if problem.rule is rules.LABELS_AGAIN] == [
        (pointer, line)
    ]


def test_record_of_words_that_are_labels_of_other_tables_is_read() -> None:
    parsed = bevparse.parse("Email Address,Error\nmessage,code\n", FailedResponse)

    assert parsed.failures == (FailedEmail(email_address="message", error="code"),)


@pytest.mark.parametrize(
    ("body", "model"), [("Email Address,Error\na\n", FailedResponse), ("ID,Total Emails\n5\n", StatusResponse)]
)
def test_first_row_may_be_too_short(body: str, model: type[Response]) -> None:
    found = bevparse.inspect(body, model)

    assert [(problem.code, problem.pointer, problem.line) for problem in found.problems] == [
        ("BEV210", "/response/0", 2)
    ]


def test_hosts_are_in_the_order_of_their_numbers() -> None:
    parsed = bevparse.parse("Email Address,MX Records 2,MX Records 0,MX Records 1\na,z,x,y\n", CompletedResponse)

    assert parsed.records[0].mx_records == ("x", "y", "z")


def test_number_after_the_label_of_one_value_is_undocumented() -> None:
    found = bevparse.inspect("Email Address,Error,Error 2\na,b,c\n", FailedResponse)

    assert isinstance(found.response, FailedResponse)
    assert found.response.failures[0].model_extra == {"Error 2": "c"}
    assert [(problem.code, problem.pointer) for problem in found.problems] == [("BEV307", "/response")]
