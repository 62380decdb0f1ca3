"""Rejected records and what they contain: `Inspection.rejected`, `on_reject`, and trees as builtins."""

from __future__ import annotations

import io
import json
from typing import cast

import pytest

import bevparse
from bevparse import BulkRequest, DecodeError, EmailRecord, FailedEmail, Limits, PayloadError, Problem
from bevparse.tree import Fields, FlatFields, Node, Table, to_builtins

from ..readers import inspect, stream

BODIES = {
    "json": b'{"response":[{"emailAddress":"a","error":"e"},{"emailAddress":"b","error":[1]},5,'
    b'{"error":"no address","x":{"y":[null]}},{"emailAddress":"c","error":"e"}]}',
    "xml": b"<xml><response><item><emailAddress>a</emailAddress><error>e</error></item>"
    b"<item><emailAddress>b</emailAddress><error><z>1</z></error></item><item>5</item>"
    b"<item><error>no address</error><x><y>1</y></x></item>"
    b"<item><emailAddress>c</emailAddress><error>e</error></item></response></xml>",
    "csv": b"Email Address,Error,X\na,e,\nb,e\n5\nd,e,,\nc,e,\n",
}
REJECTED = {
    "json": (
        ("/response/1", {"emailAddress": "b", "error": [1]}),
        ("/response/2", 5),
        ("/response/3", {"error": "no address", "x": {"y": [None]}}),
    ),
    "xml": (
        ("/response/1", {"emailAddress": "b", "error": {"z": "1"}}),
        ("/response/2", "5"),
        ("/response/3", {"error": "no address", "x": {"y": "1"}}),
    ),
    "csv": (
        ("/response/1", ["b", "e"]),
        ("/response/2", ["5"]),
        ("/response/3", ["d", "e", "", ""]),
    ),
}


@pytest.mark.parametrize("format", BODIES)
def test_inspection_has_the_rejected_records(format: str) -> None:
    found = bevparse.inspect(BODIES[format], bevparse.FailedResponse, format=format)
    tolerant = inspect(BODIES[format], bevparse.FailedResponse, format=format, lanes=False)

    assert found.rejected == REJECTED[format]
    assert tolerant == found
    assert json.loads(json.dumps(found.rejected)) == [list(one) for one in found.rejected]


@pytest.mark.parametrize("size", [10, 60, 2**17])
@pytest.mark.parametrize("format", BODIES)
def test_stream_reports_each_reject_after_its_problems(format: str, size: int) -> None:
    reports: list[object] = []

    records = stream(
        BODIES[format],
        FailedEmail,
        format=format,
        block_size=size,
        on_problem=reports.append,
        on_reject=lambda pointer, held: reports.append((pointer, held)),
    )
    addresses = [cast(FailedEmail, record).email_address for record in records]

    assert addresses == ["a", "c"]
    assert tuple(one for one in reports if isinstance(one, tuple)) == REJECTED[format]
    for pointer, held in REJECTED[format]:
        before = reports[: reports.index((pointer, held))]
        about = [one.pointer for one in before if isinstance(one, Problem)]
        assert any(f"{one}/".startswith(f"{pointer}/") for one in about)


@pytest.mark.parametrize("format", BODIES)
def test_stream_that_is_read_whole_reports_the_same_rejects(format: str) -> None:
    reports: list[tuple[str, object]] = []

    records = stream(
        BODIES[format],
        FailedEmail,
        lanes=False,
        on_problem=lambda _: None,
        on_reject=lambda pointer, held: reports.append((pointer, held)),
    )

    assert len(list(records)) == 2
    assert tuple(reports) == REJECTED[format]


def test_rejected_row_is_reported_by_its_labels() -> None:
    body = b"ID,Ready,X\n1,1,\n2,odd,x\nno,0,\n"
    expected = (
        ("/response/1", {"ID": "2", "Ready": "odd", "X": "x"}),
        ("/response/2", {"ID": "no", "Ready": "0", "X": ""}),
    )

    found = bevparse.inspect(body, bevparse.StatusResponse)
    tolerant = inspect(body, bevparse.StatusResponse, lanes=False)

    assert found.rejected == tolerant.rejected == expected


def test_rejects_are_skipped_without_on_reject() -> None:
    records = bevparse.iter_records(io.BytesIO(BODIES["json"]), FailedEmail, on_problem=lambda _: None)

    assert [record.email_address for record in records] == ["a", "c"]


def damaged_body(records: bytes = b"", end: bytes = b"]}") -> io.BytesIO:
    good = b'{"emailAddress":"a","error":"e"}'
    return io.BytesIO(b'{"response":[' + good + b',{"emailAddress":"b" "error":"e"},' + records + good + end)


def test_syntax_error_is_raised_without_on_reject() -> None:
    records = bevparse.iter_records(damaged_body(), FailedEmail, on_problem=lambda _: None)

    with pytest.raises(DecodeError) as raised:
        list(records)

    assert (raised.value.problem.code, raised.value.format) == ("BEV110", "json")


def test_syntax_error_loses_one_record_with_on_reject() -> None:
    reports: list[Problem] = []
    rejects: list[tuple[str, object]] = []

    records = bevparse.iter_records(
        damaged_body(), FailedEmail, on_problem=reports.append, on_reject=lambda *one: rejects.append(one)
    )

    assert [record.email_address for record in records] == ["a", "a"]
    assert [(one.code, one.pointer, one.line, one.column) for one in reports] == [("BEV110", "/response/1", 1, 67)]
    assert rejects == [("/response/1", '{"emailAddress":"b" "error":"e"}')]


def test_errors_of_rejects_are_not_raised_without_on_problem() -> None:
    rejects: list[str] = []

    records = bevparse.iter_records(
        damaged_body(b'{"error":"no address"},'), FailedEmail, on_reject=lambda pointer, _: rejects.append(pointer)
    )

    assert len(list(records)) == 2
    assert rejects == ["/response/1", "/response/2"]


@pytest.mark.parametrize(
    ("end", "error", "code"), [(b"]", DecodeError, "BEV110"), (b'],"response":[]}', PayloadError, "BEV209")]
)
def test_other_errors_are_raised_without_on_problem(end: bytes, error: type[Exception], code: str) -> None:
    rejects: list[str] = []

    with pytest.raises(error, match=r".") as raised:
        list(
            bevparse.iter_records(
                damaged_body(end=end), FailedEmail, on_reject=lambda pointer, _: rejects.append(pointer)
            )
        )

    found = raised.value
    problem = found.problem if isinstance(found, DecodeError) else cast(PayloadError, found).problems[0]
    assert (problem.code, rejects) == (code, ["/response/1"])


def test_rejected_requests_of_a_page_have_their_pointers() -> None:
    body = b'{"response":{"current_page":1,"data":[{"id":1},{"id":"x"}]}}'
    reports: list[tuple[str, object]] = []

    records = bevparse.iter_records(
        io.BytesIO(body), BulkRequest, on_problem=lambda _: None, on_reject=lambda *one: reports.append(one)
    )

    assert [record.id for record in records] == [1]
    assert reports == [("/response/data/1", {"id": "x"})]
    assert bevparse.inspect(body).rejected == tuple(reports)


def test_rejects_before_the_problem_limit_are_reported() -> None:
    body = b'{"response":[' + b",".join([b'{"emailAddress":"a","dnsCheck":"odd"}'] * 50) + b"]}"

    found = bevparse.inspect(body, bevparse.CompletedResponse, limits=Limits(problems=3))

    assert [pointer for pointer, _ in found.rejected] == ["/response/0", "/response/1"]


def test_valid_body_has_no_rejects() -> None:
    assert bevparse.inspect(b'{"response":[{"emailAddress":"a","error":"e"}]}').rejected == ()


def test_rejects_of_a_body_with_more_than_its_array_are_reported() -> None:
    record = b'{"emailAddress":"a","smtpCheck":"odd"}'
    body = b'{"response":[' + b",".join([record] * 30) + b'],"x":1}'
    reports: list[tuple[str, object]] = []

    records = stream(
        body, EmailRecord, block_size=100, on_problem=lambda _: None, on_reject=lambda *one: reports.append(one)
    )

    assert list(records) == []
    assert [pointer for pointer, _ in reports] == [f"/response/{number}" for number in range(30)]


@pytest.mark.parametrize(
    ("node", "held"),
    [
        (None, None),
        ("a", "a"),
        (10**400, 10**400),
        ([1, [True, None]], [1, [True, None]]),
        (Fields([]), {}),
        (Fields([("a", 1), ("b", Fields([("c", [2])]))]), {"a": 1, "b": {"c": [2]}}),
        (Fields([("a", 1), ("b", 2), ("a", [3]), ("a", None)]), {"a": [1, [3], None], "b": 2}),
        (FlatFields(["a", "1", "a", Fields([("", "2"), ("", "3")])]), {"a": ["1", {"": ["2", "3"]}]}),
        (Table(["A"], [["1"], ["2", "3"]]), [["A"], ["1"], ["2", "3"]]),
        (Fields([("__proto__", "x"), ("\x00", "\ud800")]), {"__proto__": "x", "\x00": "\ud800"}),
    ],
)
def test_tree_becomes_builtins_without_loss(node: Node, held: object) -> None:
    assert to_builtins(node) == held


def test_fifty_thousand_fields_of_one_name_become_a_list() -> None:
    assert to_builtins(Fields([("a", number) for number in range(50_000)])) == {"a": list(range(50_000))}


def test_reject_as_deep_as_the_limit_is_returned_as_plain_values() -> None:
    deep = b'{"response":[{"error":"e","x":' + b"[" * 28 + b"]" * 28 + b"}]}"

    ((_, held),) = bevparse.inspect(deep, bevparse.FailedResponse).rejected

    assert json.dumps(held).count("[") == 28
