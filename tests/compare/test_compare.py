"""Comparing two responses: every difference is reported, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bevparse
from bevparse.compare import Difference, Side, differences, inspect_pair
from bevparse.models import CompletedResponse, EmailRecord, FailedResponse, Response
from bevparse.testing.strategies import responses


def body(*records: object, **envelope: object) -> str:
    return json.dumps({"response": list(records), **envelope})


def compared(left: str, right: str, model: type[Response] = Response, *, as_text: bool = False) -> list[Difference]:
    return [*differences(bevparse.parse(left, model), bevparse.parse(right, model), as_text=as_text)]


def sides_of(left: str, right: str, *, as_text: bool = False) -> list[tuple[str, Side | None, Side | None]]:
    return [(one.kind, one.left, one.right) for one in compared(left, right, as_text=as_text)]


def failures(addresses: str) -> str:
    return body(*({"emailAddress": address, "error": "bad"} for address in addresses))


@given(responses())
def test_equal_responses_have_no_differences(response: Response) -> None:
    assert [*differences(response, response.model_copy(deep=True))] == []


@given(responses(), responses())
def test_responses_without_differences_are_equal(left: Response, right: Response) -> None:
    assert [*differences(left, right)] or left == right


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_records_without_differences_are_equal(left: list[str], right: list[str]) -> None:
    found = compared(failures("".join(left)), failures("".join(right)), FailedResponse)

    ours = [int(each.left.pointer[10:]) for each in found if each.kind == "only" and each.left]
    theirs = [int(each.right.pointer[10:]) for each in found if each.kind == "only" and each.right]
    rest = [name for index, name in enumerate(left) if index not in ours]
    others = [name for index, name in enumerate(right) if index not in theirs]
    assert sorted(rest) == sorted(others)
    assert (rest != others) == any(each.kind == "order" for each in found)
    assert {each.kind for each in found} <= {"only", "order"}


def test_different_values_are_reported_at_their_pointers() -> None:
    left = body({"id": 1, "date_start": "1528204702", "ready": 1}, {"id": 2, "date_start": "1528204702", "ready": 0})
    right = body({"id": 1, "date_start": "1528204703", "ready": 1}, {"id": 2, "date_start": "1528204702"})

    assert sides_of(left, right) == [
        (
            "value",
            Side("/response/0/date_start", "2018-06-05T13:18:22Z"),
            Side("/response/0/date_start", "2018-06-05T13:18:23Z"),
        ),
        ("value", Side("/response/1/ready", False), Side("/response/1/ready", None)),
    ]


def test_lists_are_compared_as_a_whole() -> None:
    (found,) = differences(
        *(
            CompletedResponse(records=(EmailRecord(email_address="a", mx_records=hosts),))
            for hosts in (("a.example",), ())
        )
    )

    assert found == Difference("value", Side("/response/0/mxRecords", ["a.example"]), Side("/response/0/mxRecords", []))


def test_fields_next_to_the_records_have_their_own_pointers() -> None:
    page = {"current_page": 1, "data": [{"id": 1}], "last_page": 1, "x": 1}
    left, right = (
        json.dumps({"response": each}) for each in (page, {**page, "last_page": 2, "data": [{"id": 2}], "x": 2})
    )

    assert [(kind, one and one.pointer) for kind, one, _ in sides_of(left, right)] == [
        ("value", "/response/last_page"),
        ("value", "/response/x"),
        ("only", "/response/data/0"),
        ("only", None),
    ]
    assert sides_of(body({"id": 1, "ready": 1}, x=1), body({"id": 1, "ready": 1}))[0] == ("only", Side("/x", 1), None)


def test_different_endpoints_are_one_difference() -> None:
    assert sides_of('{"response":{"id":5}}', body({"id": 5, "ready": 1})) == [
        ("endpoint", Side("/response", "create"), Side("/response", "status"))
    ]


def test_error_replies_are_compared() -> None:
    left, right = '{"response":{"error":"no"}}', '{"response":{"errors":["no","nor so"]}}'

    assert sides_of(left, right) == [
        ("value", Side("/response/errors", ["no"]), Side("/response/errors", ["no", "nor so"]))
    ]
    assert sides_of(left, left) == []


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("abc", "xabc", ["only B0"]),
        ("abc", "axbc", ["only B1"]),
        ("axbc", "abc", ["only A1"]),
        ("abc", "bca", ["order A1 B0"]),
        ("abc", "cba", ["order A1 B1"]),
        ("aab", "ab", ["only A1"]),
        ("", "a", ["only B0"]),
        ("abcd", "xcby", ["only A0", "order A2 B1", "only A3", "only B0", "only B3"]),
    ],
)
def test_inserted_record_is_the_only_difference(left: str, right: str, expected: list[str]) -> None:
    found = compared(failures(left), failures(right), FailedResponse)

    lines: list[str] = []
    for each in found:
        sides = [f"{name}{side.pointer[10:]}" for name, side in (("A", each.left), ("B", each.right)) if side]
        lines.append(" ".join((each.kind, *sides)))
    assert lines == expected


def test_equal_records_with_the_same_address_are_matched_first() -> None:
    left, right = (
        body(*({"emailAddress": "a", "error": error} for error in errors.split()))
        for errors in ("x y z", "new y x z old")
    )

    assert [(kind, one and one.pointer, other and other.pointer) for kind, one, other in sides_of(left, right)] == [
        ("order", "/response/1", "/response/1"),
        ("only", None, "/response/0"),
        ("only", None, "/response/4"),
    ]
    left, right = (body(*({"emailAddress": "a", "error": error} for error in errors)) for errors in ("ab", "cd"))
    assert [kind for kind, _, _ in sides_of(left, right)] == ["value", "value"]


def test_undocumented_fields_are_compared() -> None:
    left = body({"emailAddress": "a", "error": "b", "x": 1, "y": {"z": [1]}, "gone": None})
    right = body({"emailAddress": "a", "error": "b", "x": "1", "y": {"z": [1]}, "new": ""})

    assert sides_of(left, right) == [
        ("value", Side("/response/0/x", 1), Side("/response/0/x", "1")),
        ("only", Side("/response/0/gone", None), None),
        ("only", None, Side("/response/0/new", "")),
    ]
    assert sides_of(left, right, as_text=True) == []


@pytest.mark.parametrize(("value", "other"), [(True, 1), (1, 1.0), ("", None), ("", [])])
def test_undocumented_values_are_equal_only_with_the_same_spelling(value: object, other: object) -> None:
    assert len(sides_of(*(body({"emailAddress": "a", "error": "b", "x": each}) for each in (value, other)))) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (True, "true"),
        (None, ""),
        (" ", "null"),
        ([], ""),
        (["a"], "a"),
        ([1, 2], ["1", "2"]),
        ({"a": None}, ""),
        ({"a": {"b": 5}, "c": None}, {"a": {"b": "5"}}),
    ],
)
def test_undocumented_fields_with_equal_texts_are_equal_as_text(value: object, text: object) -> None:
    left, right = (body({"emailAddress": "a", "error": "b", "x": each}, x=each) for each in (value, text))
    other = body({"emailAddress": "a", "error": "b", "x": "other"}, x="other")

    assert sides_of(left, right, as_text=True) == []
    assert len(sides_of(left, other, as_text=True)) == 2


@given(responses())
def test_response_written_and_read_in_another_format_has_no_differences(response: Response) -> None:
    for format in ("xml", "csv"):
        try:
            written = bevparse.dump(response, format=format)
        except bevparse.EncodeError:
            continue
        assert [*differences(response, bevparse.parse_reply(written, type(response)), as_text=True)] == []


@pytest.mark.parametrize(
    ("left", "right", "endpoint"),
    [
        ('{"response":[]}', '{"response":[{"id":1,"ready":1}]}', "status"),
        ('{"response":[{"emailAddress":"a","error":"b"}]}', '{"response":[]}', "failed"),
        ('{"response":[]}', '{"response":[]}', "status"),
        ("ID\n5\n", '{"response":[{"id":5}]}', "status"),
    ],
)
def test_ambiguous_body_is_read_as_the_endpoint_of_the_other(left: str, right: str, endpoint: str) -> None:
    found = inspect_pair((left, right), (None, None))

    assert [one.endpoint for one in found] == [endpoint, endpoint]


def test_invalid_body_is_not_inspected_as_another_endpoint() -> None:
    one, other = inspect_pair(('{"response":[]}', '{"response":[{"id":"x","ready":1}]}'), (None, None))

    assert one.response is None
    assert [problem.code for problem in other.problems] == ["BEV204"]
