"""Text before or after a body that is no part of it."""

from __future__ import annotations

import json

import pytest

import bevparse
from bevparse import DecodeError, Response
from bevparse.formats.fronts import front_of
from bevparse.problems import rules

BODY = '{"response":[{"id":544,"api_version":3,"date_start":"1642422382","ready":1}]}'
FRONTS = {
    f"callback({BODY});": "function call",
    f"/**/ jQuery1_2({BODY})": "function call",
    f"window.on['x']({BODY})": "function call",
    f")]}}'\n{BODY}": "guard",
    f"while(1);{BODY}": "guard",
    f"for(;;);{BODY}": "guard",
    f"\ufeff\ufeff{BODY}": "byte-order mark",
    f"\xa0{BODY}": "U\\+00A0",
    f"\u200b{BODY}": "U\\+200B",
    f"\x1b{BODY}": "U\\+001B",
    repr(BODY.encode()): "Python",
    repr(b"\r\n" + BODY.encode()): "Python",
    f"data: {BODY}\n\n": "event stream",
    f": ping\n\nid: 1\ndata: {BODY}\n\n": "event stream",
    f"2022-01-17T12:26:22.031Z {BODY}": "time",
    f"[2022-01-17 12:26:22] {BODY}": "time",
    f"12:26:22 {BODY}": "time",
    f"Jan  7 12:26:22 host app: {BODY}": "time",
    f"1642422382.031 {BODY}": "time",
    f"I0117 12:26:22.031 {BODY}": "time",
    f"Content-Type: application/json\r\n\r\n{BODY}": "headers",
    f"* Connected to a.example\r\n< HTTP/1.1 200 OK\r\n{BODY}": "curl -v",
    repr(BODY): "Python",
    f"POST /api/bevService/request/status HTTP/1.1\r\nHost: a.example\r\n\r\n{BODY}": "HTTP request",
}


@pytest.mark.parametrize(("text", "name"), FRONTS.items())
def test_text_before_json_is_named_at_its_start(text: str, name: str) -> None:
    with pytest.raises(DecodeError, match=name) as caught:
        bevparse.parse(text, format="json")

    problem = caught.value.problem
    assert (problem.rule, problem.line, problem.column) == (rules.JSON_SYNTAX, 1, 1)


@pytest.mark.parametrize(("text", "name"), FRONTS.items())
def test_text_before_a_body_is_named_if_no_format_is_declared(text: str, name: str) -> None:
    with pytest.raises(DecodeError, match=name) as caught:
        bevparse.parse(text.encode())

    problem = caught.value.problem
    assert problem.rule in (rules.UNKNOWN_FORMAT, rules.JSON_SYNTAX)
    assert (problem.line, problem.column) == (1, 1)


@pytest.mark.parametrize("front", ["2022-01-17 12:26:22 ", "\xa0", "data: "])
def test_text_before_xml_is_named(front: str) -> None:
    with pytest.raises(DecodeError, match=r"body|event stream") as caught:
        bevparse.parse(f"{front}<xml><response><id>5</id></response></xml>", format="xml")

    problem = caught.value.problem
    assert (problem.rule, problem.line, problem.column) == (rules.XML_SYNTAX, 1, 1)


@pytest.mark.parametrize(
    ("front", "name"), [("< HTTP/1.1 200 OK\r\n< \r\n", "curl -v"), ("<165>1 2022-01-17T12:26:22Z host app: ", "time")]
)
def test_text_that_starts_like_xml_is_named(front: str, name: str) -> None:
    with pytest.raises(DecodeError, match=name) as caught:
        bevparse.parse(front + BODY)

    problem = caught.value.problem
    assert (problem.rule, problem.line, problem.column) == (rules.XML_SYNTAX, 1, 1)


@pytest.mark.parametrize("front", ["INFO ", "5 ", '"x" ', '"response":', "var x = "])
def test_unknown_text_before_json_is_reported_at_its_start(front: str) -> None:
    with pytest.raises(DecodeError, match="expected an object or an array, got") as caught:
        bevparse.parse(f" \n {front}{BODY}", format="json")

    problem = caught.value.problem
    assert (problem.rule, problem.line, problem.column) == (rules.JSON_SYNTAX, 2, 2)


def test_python_dict_is_named() -> None:
    with pytest.raises(DecodeError, match="Python prints a dict") as caught:
        bevparse.parse(repr(json.loads(BODY)))

    assert (caught.value.problem.rule, caught.value.problem.column) == (rules.JSON_SYNTAX, 2)


def test_unknown_text_before_a_body_is_shown() -> None:
    with pytest.raises(DecodeError, match=r"got 'INFO \{") as caught:
        bevparse.parse(f"INFO {BODY}", format="json")

    assert caught.value.problem.rule is rules.JSON_SYNTAX
    assert front_of(f"INFO {BODY}") is None


@pytest.mark.parametrize("spaces", ["", "\n "])
def test_json_in_a_json_text_is_named(spaces: str) -> None:
    text = spaces + json.dumps(spaces + BODY)

    declared = bevparse.inspect(text, format="json")
    detected = bevparse.inspect(text)

    assert [problem.rule for problem in declared.problems] == [rules.MISSING_ENVELOPE]
    assert "a string with JSON in it" in declared.problems[0].message
    assert [problem.rule for problem in detected.problems] == [rules.UNKNOWN_FORMAT]
    assert "the body in a JSON string" in detected.problems[0].message


def test_array_of_bodies_is_named() -> None:
    found = bevparse.inspect(f"[{BODY},{BODY}]")

    assert [problem.rule for problem in found.problems] == [rules.MISSING_ENVELOPE]
    assert "`jq -c '.[]'`" in found.problems[0].message


@pytest.mark.parametrize(
    ("text", "format", "rule"),
    [
        ('Ann, "the best" of all', None, rules.UNKNOWN_FORMAT),
        ('"Ann" and, Bob', "json", rules.JSON_SYNTAX),
        ('"Email Address","open\n', None, rules.CSV_SYNTAX),
        ('Ann, "the best", of all\n"open', "csv", rules.CSV_SYNTAX),
    ],
)
def test_text_is_a_table_only_with_a_known_label_or_declared_format(
    text: str, format: str | None, rule: rules.Rule
) -> None:
    found = bevparse.inspect(text, Response, format=format)

    assert [problem.rule for problem in found.problems] == [rule]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{BODY}\n{BODY}", "another body after the first"),
        (f"{json.dumps(json.loads(BODY), indent=2)}\n" * 2, "`jq -c .`"),
        (f"{BODY},\n{BODY}", "a comma after the body"),
        (f"{BODY}HTTP/1.1 200 OK\r\n", "something after the body"),
    ],
)
def test_text_after_a_body_is_named(text: str, name: str) -> None:
    with pytest.raises(DecodeError, match=name) as caught:
        bevparse.parse(text)

    assert caught.value.problem.rule is rules.JSON_SYNTAX


@pytest.mark.parametrize("end", [*range(1, len(BODY))])
def test_truncated_body_is_reported_as_truncated(end: int) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(BODY[:end])
    assert caught.value.problem.code == "BEV110"
