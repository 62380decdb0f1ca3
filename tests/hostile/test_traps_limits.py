"""Every limit of `Limits`: exceeding it is one problem with its name, the value and how to raise it."""

from __future__ import annotations

import gzip
from dataclasses import fields
from pathlib import Path

import pytest

import bevparse
from bevparse import CreateResponse, DecodeError, Limits, StatusResponse
from bevparse.limits import DEFAULT_LIMITS
from bevparse.problems.rules import RULES

pytestmark = pytest.mark.measured

DEFAULTS = {
    "body": 64 * 2**20,
    "depth": 32,
    "records": 10**6,
    "string": 2**20,
    "problems": 100,
    "archive_ratio": 200,
    "archive_total": 2**30,
    "archive_members": 10_000,
    "archive_nesting": 1,
}

CREATED = {
    "json": b'{"response":{"id":5}}',
    "xml": b"<xml><response><id>5</id></response></xml>",
    "csv": b"ID\n5\n",
}
TWO_RECORDS = {
    "json": b'{"response":[{"id":1},{"id":2}]}',
    "xml": b"<xml><response><i><id>1</id></i><i><id>2</id></i></response></xml>",
    "csv": b"ID,Ready\n1,1\n2,1\n",
}
PASSED = [
    *(("body", len(body) - 1, "BEV002", body) for body in CREATED.values()),
    *(("depth", 1, "BEV003", CREATED[format]) for format in ("json", "xml")),
    *(("records", 1, "BEV004", body) for body in TWO_RECORDS.values()),
    ("string", 9, "BEV005", b'{"response":{"id":"1234567890"}}'),
    *(("string", 9, "BEV005", CREATED[format].replace(b"5", b"1234567890")) for format in ("xml", "csv")),
    ("string", 9, "BEV005", b'{"response":{"id":5,"undocumented":1}}'),
    ("string", 9, "BEV005", b"<xml><response><id>5</id><undocumented/></response></xml>"),
    ("string", 9, "BEV005", b"ID,Undocumented\n5,1\n"),
    ("records", 2, "BEV004", b'{"response":{"id":5,"undocumented":[1,2,3]}}'),
    ("records", 2, "BEV004", b"<xml><response><id>5</id><a/><b/></response></xml>"),
    ("records", 2, "BEV004", b"ID,A,B\n5,1,2\n"),
]


def test_default_limits() -> None:
    assert {field.name: getattr(DEFAULT_LIMITS, field.name) for field in fields(Limits)} == DEFAULTS


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "7"])
def test_limit_must_be_a_positive_integer(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"expected limits\.{name} to be an integer of one or more, got "):
        Limits(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "value", "code", "body"), PASSED)
def test_exceeded_limit_is_named_with_its_value_and_option(name: str, value: int, code: str, body: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body, limits=Limits(**{name: value}))

    problem = caught.value.problem
    assert (problem.code, problem.severity) == (code, "error")
    assert problem.message.startswith(
        f"expected at most {value}{' bytes' if name == 'body' else ''} (limits.{name}), got "
    )
    assert problem.message.endswith(f"; raise it with Limits({name}=...) or --limit {name}=...")


@pytest.mark.parametrize("format", CREATED)
def test_body_at_the_limit_is_read(format: str) -> None:
    limits = Limits(body=len(CREATED[format]), depth=3, records=1, string=len("response"))

    assert bevparse.parse(CREATED[format], CreateResponse, limits=limits).id == 5


def test_text_input_has_the_same_limits() -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(CREATED["json"].decode(), limits=Limits(body=20))
    assert caught.value.problem.code == "BEV002"


@pytest.mark.parametrize("format", TWO_RECORDS)
def test_reading_stops_at_the_limit_of_errors(format: str) -> None:
    body = TWO_RECORDS[format].replace(b"1", b"-1").replace(b"2", b"-2")

    found = bevparse.inspect(body, StatusResponse, limits=Limits(problems=1))

    assert [problem.severity for problem in found.problems].count("error") == 1
    assert found.endpoint == bevparse.inspect(body, limits=Limits(problems=1)).endpoint == "status"
    cut = found.problems[-1]
    assert (cut.code, cut.severity) == ("BEV006", "warning")
    assert "(limits.problems)" in cut.message
    assert cut.message.endswith("; raise it with Limits(problems=...) or --limit problems=...")


def test_warnings_after_the_limit_are_counted() -> None:
    body = b'{"response":[%s]}' % b",".join(b'{"id":"%d"}' % number for number in range(250))

    found = bevparse.inspect(body, StatusResponse)

    assert [problem.code for problem in found.problems] == ["BEV301"] * 100 + ["BEV006"]
    assert "150 more" in found.problems[-1].message
    assert isinstance(found.response, StatusResponse)
    assert len(found.response.requests) == 250


def test_omitted_warning_does_not_hide_a_later_error() -> None:
    records = [b'{"id":"%d"}' % number for number in range(250)]
    body = b'{"response":[%s,{"id":"soon"}]}' % b",".join(records)

    found = bevparse.inspect(body, StatusResponse)

    assert "BEV204" in [problem.code for problem in found.problems]


@pytest.mark.parametrize("limits", [Limits(archive_ratio=2), Limits()])
def test_file_above_the_archive_ratio_is_refused(tmp_path: Path, limits: Limits) -> None:
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(CREATED["json"] + b" " * 20_000_000))

    with pytest.raises(
        DecodeError, match=rf"expected at most {limits.archive_ratio} \(limits\.archive_ratio\)"
    ) as caught:
        bevparse.parse_file(path, limits=limits)

    assert caught.value.problem.code == "BEV007"
    assert caught.value.problem.message.endswith(
        "; raise it with Limits(archive_ratio=...) or --limit archive_ratio=..."
    )


def test_file_below_a_raised_archive_ratio_is_read(tmp_path: Path) -> None:
    path = tmp_path / "blanks.json.gz"
    path.write_bytes(gzip.compress(CREATED["json"] + b" " * 20_000_000))

    assert bevparse.parse_file(path, CreateResponse, limits=Limits(archive_ratio=2000)).id == 5


@pytest.mark.parametrize("name", ["big.json", "big.json.gz"])
def test_file_above_the_body_limit_is_refused(tmp_path: Path, name: str) -> None:
    data = CREATED["json"] + b" " * 100
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    with pytest.raises(DecodeError) as caught:
        bevparse.parse_file(path, limits=Limits(body=100))

    assert caught.value.problem.code == "BEV002"


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_limit_has_a_code_of_the_first_group(name: str) -> None:
    explained = " ".join(rule.explanation for code, rule in RULES.items() if code < "BEV1")

    assert f"limits.{name}" in explained


@pytest.mark.parametrize(
    "body",
    [
        '{"response":{"id":5,"x":' + "[" * 990 + "]" * 990 + "}}",
        "<xml><response><id>5</id>" + "<a>" * 4000 + "x" + "</a>" * 4000 + "</response></xml>",
    ],
)
def test_body_that_is_too_deep_for_the_interpreter_is_refused_at_any_limit(body: str) -> None:
    limits = Limits(depth=10_000)

    assert [problem.code for problem in bevparse.inspect(body, CreateResponse, limits=limits).problems] == ["BEV003"]
    with pytest.raises(DecodeError, match="recursion limit of Python") as caught:
        bevparse.parse(body, limits=limits)
    assert caught.value.problem.code == "BEV003"
