"""Payloads of typed trees."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import CompletedResponse, FailedEmail, FailedResponse, ListResponse, Response


def test_undocumented_record_before_a_number_names_no_endpoint() -> None:
    found = bevparse.inspect('{"response":[{"x":1},5]}')

    assert found.response is None
    assert [(problem.code, problem.pointer) for problem in found.problems] == [("BEV201", "/response")]


def test_first_record_with_documented_fields_names_the_endpoint() -> None:
    found = bevparse.inspect('{"response":[{"x":1},5,{"emailAddress":"a","error":"b"}]}')

    assert found.response == FailedResponse(failures=(FailedEmail(email_address="a", error="b"),))


def test_name_of_the_records_names_the_endpoint() -> None:
    assert bevparse.inspect('{"response":{"data":[]}}').response == ListResponse(requests=())


def test_list_that_is_a_text_is_reported_in_each_record() -> None:
    body = '{"response":[{"emailAddress":"a","mxRecords":"x"},{"emailAddress":"b","mxRecords":"y"}]}'

    found = bevparse.inspect(body, CompletedResponse)

    assert [problem.pointer for problem in found.problems if problem.code == "BEV305"] == [
        "/response/0/mxRecords",
        "/response/1/mxRecords",
    ]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ('{"response":{"id":5},"response":{"id":6}}', ["/response"]),
        ('{"response":{"id":5},"response":{"id":6},"response":{"id":7}}', ["/response", "/response"]),
        ('{"response":{"current_page":1,"data":[],"data":[],"data":[]}}', ["/response/data", "/response/data"]),
    ],
)
def test_each_repetition_of_a_name_is_reported(body: str, pointers: list[str]) -> None:
    found = bevparse.inspect(body, Response)

    assert [problem.pointer for problem in found.problems if problem.code == "BEV209"] == pointers
