"""Edge cases that no fixture reaches: values that only programs build, and deep stacks."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import ValidationError

import bevparse
import bevparse.testing
from bevparse import BulkRequest, CreateResponse, DecodeError, EncodeError, ErrorResponse, StatusResponse
from bevparse.formats import Format, csv, json
from bevparse.limits import Limits
from bevparse.problems import Problem
from bevparse.testing import check_format
from bevparse.tree import Fields, FlatFields, Node, Table


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2020, 1, 1),
    ],
    ids=["before-1970", "a-microsecond", "no-zone"],
)
def test_date_that_no_format_can_write_is_refused(moment: datetime) -> None:
    with pytest.raises(ValidationError, match="date_start"):
        BulkRequest(id=1, date_start=moment)


def test_end_at_the_epoch_is_refused_because_it_would_be_read_as_missing() -> None:
    with pytest.raises(ValidationError, match="expected a date after 1970"):
        BulkRequest(id=1, date_end=datetime(1970, 1, 1, tzinfo=UTC))


def test_date_in_another_zone_is_converted_to_utc() -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)

    request = BulkRequest(id=1, date_start=moment.astimezone(tz=None) + timedelta(0))

    assert request.date_start == moment
    assert request.date_start.tzinfo is UTC


def test_csv_refuses_a_tree_other_than_a_table() -> None:
    with pytest.raises(EncodeError) as caught:
        csv.encode(Fields([("id", 5)]))
    assert caught.value.problem.code == "BEV150"


def test_undocumented_field_nested_deeper_than_the_stack_cannot_be_written() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    response = CreateResponse.model_construct(id=5)
    object.__setattr__(response, "__pydantic_extra__", {"x": value})

    with pytest.raises(EncodeError) as caught:
        bevparse.dump(response)
    assert caught.value.problem.code == "BEV150"


@pytest.mark.parametrize("body", [b'["' + b"x" * 30 + b'",' + b"[" * 900 + b"]" * 900 + b"]"])
def test_limit_exceeded_before_a_deep_location_is_refused_on_any_stack(body: bytes) -> None:
    def deeper(frames: int) -> None:
        if frames:
            deeper(frames - 1)
        else:
            json.decode(body, Limits(string=20))

    for frames in range(0, 900, 7):
        with pytest.raises(DecodeError) as caught:
            deeper(frames)

        assert caught.value.problem.code in ("BEV003", "BEV005")


@pytest.mark.parametrize("text", [b'{"response":' + b'{"a":[' * 40 + b"1" + b"]}" * 40 + b"}"])
def test_brackets_in_texts_do_not_count_for_the_limit_of_records(text: bytes) -> None:
    body = b'{"response":{"error":"' + b"[" * 100 + b'"}}'

    found = bevparse.inspect(body, limits=Limits(records=20, depth=32))

    assert found.problems == ()
    assert bevparse.inspect(text, limits=Limits(records=20)).problems[0].code in ("BEV003", "BEV004")


def test_error_next_to_the_response_is_an_error_reply() -> None:
    for body in (
        b'{"response":[],"error":"Access denied"}',
        b"<xml><response/><error>Access denied</error></xml>",
    ):
        with pytest.raises(bevparse.ApiError, match="Access denied"):
            bevparse.parse(body, StatusResponse)


def test_code_next_to_the_response_is_the_code_of_its_error() -> None:
    for body in (
        b'{"code":403,"response":{"error":"no"}}',
        b"<xml><code>403</code><response><error>no</error></response></xml>",
    ):
        found = bevparse.inspect(body)

        assert found.response == ErrorResponse(errors=("no",), code=403)
        assert "BEV310" in {problem.code for problem in found.problems}


def test_create_response_of_several_rows_is_refused() -> None:
    found = bevparse.inspect(b"ID,Colour\n5,red\n6,blue\n", CreateResponse)

    assert found.response is None
    assert {problem.code for problem in found.problems if problem.severity == "error"} == {"BEV212"}


@pytest.mark.parametrize(
    "node", [Fields([("a", "1"), ("b", "2")]), FlatFields(["a", "1", "b", "2"])], ids=["pairs", "flat"]
)
def test_fields_are_equal_however_they_are_stored(node: Fields) -> None:
    assert list(node) == node.pairs == [("a", "1"), ("b", "2")]
    assert node.values() == ["1", "2"]
    assert node == Fields([("a", "1"), ("b", "2")])
    assert node != Table([], [])
    assert "Fields" in repr(node)


def test_location_that_the_stack_cannot_reach_is_reported_as_too_deep() -> None:
    codes: list[str] = []
    for depth in range(1000, 800, -1):  # at some of them, the body can be decoded, but the location is too deep
        with pytest.raises(DecodeError) as caught:
            json.decode(b"[" * depth + b'"a long text"' + b"]" * depth, Limits(string=5, depth=10**6))
        codes.append(caught.value.problem.code)
        if codes[-1] != "BEV003":
            break

    assert codes[-1] == "BEV005"


def test_body_nested_deeper_than_the_stack_is_refused_at_any_limit() -> None:
    with pytest.raises(DecodeError) as caught:
        json.decode(b"[" * 100_000 + b"]" * 100_000, Limits(depth=10**6))
    assert caught.value.problem.code == "BEV003"


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"Error,Code,Code\nno,1,1\n", "BEV209"), (b"Error,error\nno,not\n", "BEV207")],
    ids=["a-column-twice", "a-column-of-errors-twice"],
)
def test_error_reply_with_ambiguous_columns_is_refused(body: bytes, code: str) -> None:
    found = bevparse.inspect(body)

    assert found.response is None
    assert code in {problem.code for problem in found.problems}


def test_format_that_refuses_characters_keeps_the_laws() -> None:
    def encode(root: Node) -> bytes:
        body = json.encode(root)
        if not body.isascii():
            raise EncodeError(Problem("BEV150", "expected ASCII, got other characters"), "json")
        return body

    parts = {name: getattr(json, name) for name in json.__all__ if name != "locate"}
    module = cast(Format, SimpleNamespace(**{**parts, "encode": encode}))

    check_format(module, examples=5)


def test_testing_without_hypothesis_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "bevparse.testing.strategies", raising=False)
    monkeypatch.delitem(vars(bevparse.testing), "responses", raising=False)

    with pytest.raises(ImportError, match=r"requires hypothesis; run pip install 'bevparse\[testing\]'$"):
        _ = bevparse.testing.responses


def test_testing_names_the_missing_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bevparse.testing.service", None)
    monkeypatch.delitem(vars(bevparse.testing), "FakeService", raising=False)

    with pytest.raises(ModuleNotFoundError, match=r"bevparse\.testing\.service"):
        _ = bevparse.testing.FakeService


def test_testing_has_its_public_names_only() -> None:
    with pytest.raises(AttributeError, match=r"module 'bevparse\.testing' has no attribute 'FakeServer'"):
        bevparse.testing.FakeServer  # type: ignore[attr-defined]  # noqa: B018
    assert set(bevparse.testing.__all__) <= set(dir(bevparse.testing))


def test_fake_service_needs_no_hypothesis() -> None:
    script = "import sys\nfrom bevparse.testing import FakeService, faults, scrub\nprint('hypothesis' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"
