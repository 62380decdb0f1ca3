"""Two answers beside each other: what differs, and that nothing else does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bevparse
from bevparse.compare import Difference, Side, differences, inspect_pair
from bevparse.models import CompletedResponse, EmailRecord, FailedResponse, Response
from bevparse.testing.strategies import responses


def body(*records: object, **beside: object) -> str:
    return json.dumps({"response": list(records), **beside})


def compared(left: str, right: str, model: type[Response] = Response, *, as_text: bool = False) -> list[Difference]:
    return [*differences(bevparse.parse(left, model), bevparse.parse(right, model), as_text=as_text)]


def told(left: str, right: str, *, as_text: bool = False) -> list[tuple[str, Side | None, Side | None]]:
    return [(one.kind, one.left, one.right) for one in compared(left, right, as_text=as_text)]


def failures(addresses: str) -> str:
    return body(*({"emailAddress": address, "error": "bad"} for address in addresses))


@given(responses())
def test_what_is_equal_has_no_differences(response: Response) -> None:
    assert [*differences(response, response.model_copy(deep=True))] == []


@given(responses(), responses())
def test_without_differences_two_answers_are_equal(left: Response, right: Response) -> None:
    assert [*differences(left, right)] or left == right


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_records_are_equal_where_nothing_is_told_of_them(left: list[str], right: list[str]) -> None:
    found = compared(failures("".join(left)), failures("".join(right)), FailedResponse)

    ours = [int(each.left.pointer[10:]) for each in found if each.kind == "only" and each.left]
    theirs = [int(each.right.pointer[10:]) for each in found if each.kind == "only" and each.right]
    rest = [name for index, name in enumerate(left) if index not in ours]
    others = [name for index, name in enumerate(right) if index not in theirs]
    assert sorted(rest) == sorted(others)
    assert (rest != others) == any(each.kind == "order" for each in found)
    assert {each.kind for each in found} <= {"only", "order"}


def test_values_are_told_by_their_place() -> None:
    left = body({"id": 1, "date_start": "1528204702", "ready": 1}, {"id": 2, "date_start": "1528204702", "ready": 0})
    right = body({"id": 1, "date_start": "1528204703", "ready": 1}, {"id": 2, "date_start": "1528204702"})

    assert told(left, right) == [
        (
            "value",
            Side("/response/0/date_start", "2018-06-05T13:18:22Z"),
            Side("/response/0/date_start", "2018-06-05T13:18:23Z"),
        ),
        ("value", Side("/response/1/ready", False), Side("/response/1/ready", None)),
    ]


def test_lists_are_told_as_a_whole() -> None:
    (found,) = differences(
        *(
            CompletedResponse(records=(EmailRecord(email_address="a", mx_records=hosts),))
            for hosts in (("a.example",), ())
        )
    )

    assert found == Difference("value", Side("/response/0/mxRecords", ["a.example"]), Side("/response/0/mxRecords", []))


def test_what_stands_beside_the_records_has_places_of_its_own() -> None:
    page = {"current_page": 1, "data": [{"id": 1}], "last_page": 1, "x": 1}
    left, right = (
        json.dumps({"response": each}) for each in (page, {**page, "last_page": 2, "data": [{"id": 2}], "x": 2})
    )

    assert [(kind, one and one.pointer) for kind, one, _ in told(left, right)] == [
        ("value", "/response/last_page"),
        ("value", "/response/x"),
        ("only", "/response/data/0"),
        ("only", None),
    ]
    assert told(body({"id": 1, "ready": 1}, x=1), body({"id": 1, "ready": 1}))[0] == ("only", Side("/x", 1), None)


def test_answers_of_different_endpoints_are_told_as_that() -> None:
    assert told('{"response":{"id":5}}', body({"id": 5, "ready": 1})) == [
        ("endpoint", Side("/response", "create"), Side("/response", "status"))
    ]


def test_error_replies_are_compared() -> None:
    left, right = '{"response":{"error":"no"}}', '{"response":{"errors":["no","nor so"]}}'

    assert told(left, right) == [
        ("value", Side("/response/errors", ["no"]), Side("/response/errors", ["no", "nor so"]))
    ]
    assert told(left, left) == []


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
def test_a_record_that_was_put_in_is_all_that_differs(left: str, right: str, expected: list[str]) -> None:
    found = compared(failures(left), failures(right), FailedResponse)

    said: list[str] = []
    for each in found:
        sides = [f"{name}{side.pointer[10:]}" for name, side in (("A", each.left), ("B", each.right)) if side]
        said.append(" ".join((each.kind, *sides)))
    assert said == expected


def test_of_several_records_with_one_address_the_equal_ones_belong_together() -> None:
    left, right = (
        body(*({"emailAddress": "a", "error": error} for error in errors.split()))
        for errors in ("x y z", "new y x z old")
    )

    assert [(kind, one and one.pointer, other and other.pointer) for kind, one, other in told(left, right)] == [
        ("order", "/response/1", "/response/1"),
        ("only", None, "/response/0"),
        ("only", None, "/response/4"),
    ]
    left, right = (body(*({"emailAddress": "a", "error": error} for error in errors)) for errors in ("ab", "cd"))
    assert [kind for kind, _, _ in told(left, right)] == ["value", "value"]


def test_undocumented_fields_are_compared() -> None:
    left = body({"emailAddress": "a", "error": "b", "x": 1, "y": {"z": [1]}, "gone": None})
    right = body({"emailAddress": "a", "error": "b", "x": "1", "y": {"z": [1]}, "new": ""})

    assert told(left, right) == [
        ("value", Side("/response/0/x", 1), Side("/response/0/x", "1")),
        ("only", Side("/response/0/gone", None), None),
        ("only", None, Side("/response/0/new", "")),
    ]
    assert told(left, right, as_text=True) == []


@pytest.mark.parametrize(("value", "other"), [(True, 1), (1, 1.0), ("", None), ("", [])])
def test_undocumented_values_of_json_are_equal_only_when_they_are_spelled_alike(value: object, other: object) -> None:
    assert len(told(*(body({"emailAddress": "a", "error": "b", "x": each}) for each in (value, other)))) == 1


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
def test_undocumented_fields_are_equal_when_their_texts_are(value: object, text: object) -> None:
    left, right = (body({"emailAddress": "a", "error": "b", "x": each}, x=each) for each in (value, text))
    other = body({"emailAddress": "a", "error": "b", "x": "other"}, x="other")

    assert told(left, right, as_text=True) == []
    assert len(told(left, other, as_text=True)) == 2


@given(responses())
def test_a_body_read_back_from_text_is_the_same(response: Response) -> None:
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
def test_a_body_that_does_not_tell_its_endpoint_is_read_as_the_other(left: str, right: str, endpoint: str) -> None:
    found = inspect_pair((left, right), (None, None))

    assert [one.endpoint for one in found] == [endpoint, endpoint]


def test_a_body_that_is_not_sound_is_left_as_it_is() -> None:
    one, other = inspect_pair(('{"response":[]}', '{"response":[{"id":"x","ready":1}]}'), (None, None))

    assert one.response is None
    assert [problem.code for problem in other.problems] == ["BEV204"]
