"""Law 8, nothing lost: unknown fields survive parse and dump; each record is in the model or under a problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from bevparse import (
    CompletedResponse,
    EncodeError,
    FailedEmail,
    FailedResponse,
    Inspection,
    Limits,
    ListResponse,
    PayloadError,
    Response,
    StatusResponse,
    dump,
    inspect,
    parse,
)

from .oracle import facts

_EVERY_PROBLEM = Limits(problems=10**6)
_RANDOM = st.randoms(use_true_random=False)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.text(max_size=8).map(lambda name: f"{name}score")
_EXTRAS = st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=3)
_OBJECTS = ('{"id":5,%s}', '{"error":"no",%s}', '{"errors":["a","b"],"code":1,%s}', '{"data":[],"current_page":1,%s}')
_RECORDS = ('{"id":5,%s}', '{"emailAddress":"a","result":"ok",%s}', '{"error":"no","emailAddress":"a",%s}')
_ARRAYS = {
    StatusResponse: "requests",
    CompletedResponse: "records",
    FailedResponse: "failures",
    ListResponse: "requests",
}


def _members(extras: dict[str, object]) -> str:
    return json.dumps(extras, ensure_ascii=False)[1:-1]


@pytest.mark.parametrize("payload", _OBJECTS)
@given(extras=_EXTRAS)
def test_unknown_fields_of_a_response_survive(payload: str, extras: dict[str, object]) -> None:
    body = '{"response":' + payload % _members(extras) + "}"

    found = parse(body)

    assert facts(found.model_extra) == facts(extras)
    assert json.loads(dump(found))["response"].items() >= extras.items()


@pytest.mark.parametrize("payload", _RECORDS)
@given(extras=_EXTRAS)
def test_unknown_fields_of_a_record_survive(payload: str, extras: dict[str, object]) -> None:
    body = '{"response":[' + payload % _members(extras) + "]}"

    found = parse(body)

    (record,) = getattr(found, _ARRAYS[type(found)])
    assert facts(record.model_extra) == facts(extras)
    assert json.loads(dump(found))["response"][0].items() >= extras.items()


@pytest.mark.parametrize(
    "payload", ["[%s]" % (record % '"_":1') for record in _RECORDS] + [p % '"_":1' for p in _OBJECTS]
)
@given(extras=_EXTRAS)
def test_unknown_fields_next_to_the_response_survive(payload: str, extras: dict[str, object]) -> None:
    body = f'{{"response":{payload},{_members(extras)}}}'

    found = parse(body)

    assert (found.model_extra or {}).items() >= extras.items()
    assert facts(parse(dump(found))) == facts(found)


@pytest.mark.parametrize("payload", _OBJECTS)
def test_unknown_field_inside_and_next_to_the_response_is_a_problem(payload: str) -> None:
    body = '{"response":' + payload % '"score":1' + ',"score":2}'

    with pytest.raises(PayloadError, match="once"):
        parse(body)


@example("0.1")
@example("1e-320")
@example("9007199254740993.0")
@given(st.from_regex(r"-?(0|[1-9][0-9]{0,18})\.[0-9]{1,18}([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_decimal_keeps_its_value_or_is_reported(digits: str) -> None:
    found = inspect(f'{{"response":{{"id":5,"score":[{digits}]}}}}')

    rounded = [problem.pointer for problem in found.problems if problem.code == "BEV318"]
    assert found.response is not None
    (kept,) = (found.response.model_extra or {})["score"]
    assert (Decimal(repr(kept)) == Decimal(digits)) != (rounded == ["/response/score/0"])


@example({"score": "1", "a.b": " "})
@given(
    st.dictionaries(st.from_regex(r"[A-Za-z]{0,4}_score", fullmatch=True), st.text("ab <&\n\t,;\"'\u00e9", min_size=1))
)
def test_unknown_elements_and_columns_survive(extras: dict[str, str]) -> None:
    elements = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in extras.items())
    labels = "".join(f",{name}" for name in extras)
    cells = "".join(',"' + value.replace('"', '""') + '"' for value in extras.values())
    bodies = {
        "xml": f"<xml><response><item><id>5</id><ready>1</ready>{elements}</item></response></xml>",
        "csv": f"ID,Ready{labels}\n5,1{cells}\n",
    }

    for format, body in bodies.items():
        found = parse(body, StatusResponse)

        assert found.requests[0].model_extra == extras
        assert facts(parse(dump(found, format=format), StatusResponse)) == facts(found)


# Corrupted arrays. Every record has a number of its own, by which it is known again in the model.

_NUMBERED: dict[type[Response], Callable[[int], dict[str, object]]] = {
    StatusResponse: lambda number: {"id": number, "date_start": "1528204702", "total_emails": 1, "ready": 1},
    ListResponse: lambda number: {"id": number, "date_start": "1528204702", "total_emails": 1, "ready": 1},
    CompletedResponse: lambda number: {
        "emailAddress": f"{number}", "formatCheck": "true", "smtpCheck": "null", "mxRecords": ["a"], "result": "ok",
    },
    FailedResponse: lambda number: {"error": "Invalid format", "emailAddress": f"{number}"},
}  # fmt: skip
_KEYS = {StatusResponse: "id", ListResponse: "id", CompletedResponse: "emailAddress", FailedResponse: "emailAddress"}
_ATTRIBUTES = {"id": "id", "emailAddress": "email_address"}
_BAD = (None, "", "soon", "maybe", -1, 2, 1.5, True, [], {}, ["a", 5], {"a": 1}, [[]], "1_000", "9" * 30, "a, b")


def _damaged(random: Random, record: dict[str, object], key: str) -> str:
    """Return a record with an error, or with a harmless oddity."""
    pairs = [(name, json.dumps(value)) for name, value in record.items()]
    place = random.randrange(len(pairs))
    match random.randint(0, 6):
        case 0:
            return json.dumps(random.choice(_BAD))
        case 1:
            pairs.append(random.choice(pairs))
        case 2:
            pairs = [pair for pair in pairs if pair[0] != key]
        case 3 if pairs[place][0] != key:
            pairs[place] = (pairs[place][0], json.dumps(random.choice(_BAD)))
        case 4:
            pairs.append(("score", json.dumps(random.choice(_BAD))))
        case 5:
            pairs += [("score", '{"a":1,"a":2}')]
        case _:
            pairs.reverse()
    return "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"


def _assert_all_there(found: Inspection, model: type[Response], pointer: str, count: int) -> None:
    assert found.response is not None
    records = getattr(found.response, _ARRAYS[model])
    read = [int(getattr(record, _ATTRIBUTES[_KEYS[model]])) for record in records]
    faults = [problem.pointer for problem in found.problems if problem.severity == "error"]

    assert read == sorted(set(read)), "records are in their order, each once"
    for number in range(count):
        here = f"{pointer}/{number}"
        pointed = any(fault == here or fault.startswith(f"{here}/") for fault in faults)
        assert (number in read) != pointed, f"record {number}: in the model is {number in read}, problems {faults}"


@pytest.mark.parametrize("model", list(_NUMBERED))
@given(random=_RANDOM, count=st.integers(1, 6))
def test_every_record_of_a_damaged_array_is_read_or_reported(model: type[Response], random: Random, count: int) -> None:
    records = [_NUMBERED[model](number) for number in range(count)]
    array = "[" + ",".join(_damaged(random, record, _KEYS[model]) for record in records) + "]"
    listed = model is ListResponse
    body = f'{{"response":{{"current_page":1,"data":{array}}}}}' if listed else f'{{"response":{array}}}'

    found = inspect(body, model, limits=_EVERY_PROBLEM)

    _assert_all_there(found, model, "/response/data" if listed else "/response", count)


@pytest.mark.parametrize("model", list(_NUMBERED))
@given(random=_RANDOM, count=st.integers(1, 6))
def test_every_element_of_a_damaged_list_is_read_or_reported(model: type[Response], random: Random, count: int) -> None:
    items = "".join(f"<item>{_damaged_element(random, _NUMBERED[model](number))}</item>" for number in range(count))
    listed = model is ListResponse
    inside = f"<current_page>1</current_page><data>{items}</data>" if listed else items

    found = inspect(f"<xml><response>{inside}</response></xml>", model, limits=_EVERY_PROBLEM)

    _assert_all_there(found, model, "/response/data" if listed else "/response", count)


def _damaged_element(random: Random, record: dict[str, object]) -> str:
    elements = [f"<{name}>{_element_text(value)}</{name}>" for name, value in record.items()]
    match random.randint(0, 5):
        case 0:
            elements.append(random.choice(elements))
        case 1:
            name = random.choice(list(record))
            elements.append(f"<{name}><a>1</a><a><b/></a></{name}>")
        case 2:
            elements = elements[1:]
        case 3:
            return random.choice(["", "5", "null", "soon"])
        case 4:
            elements.append("<score>1</score><score><a/></score>")
        case _:
            elements.reverse()
    return "".join(elements)


def _element_text(value: object) -> str:
    return "".join(f"<mxRecord>{host}</mxRecord>" for host in value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("model", list(_NUMBERED))
@given(random=_RANDOM, count=st.integers(1, 6))
def test_every_row_of_a_damaged_table_is_read_or_reported(model: type[Response], random: Random, count: int) -> None:
    header = [*_NUMBERED[model](0), "score"] + (["current_page"] if model is ListResponse else [])
    lines = [",".join(header)]
    for number in range(count):
        record = {**_NUMBERED[model](number), "mxRecords": "a.example", "current_page": "1", "score": "x"}
        cells = [str(record[name]) for name in header]
        match random.randint(0, 4):
            case 0:
                cells.append("stray")
            case 1:
                cells.pop()
            case 2:
                name = random.choice([name for name in header if name not in (_KEYS[model], "current_page")])
                cells[header.index(name)] = random.choice(["", "soon", "-1", '"a\nb"', "null"])
        lines.append(",".join(cells))

    found = inspect("\n".join(lines), model, limits=_EVERY_PROBLEM)

    _assert_all_there(found, model, "/response/data" if model is ListResponse else "/response", count)


class _Own(FailedEmail):
    note: str | None = None
    count: int = 0
    share: float | None = Field(default=None, allow_inf_nan=False)
    flags: tuple[bool, ...] = ()


class _OwnFailed(FailedResponse):
    failures: tuple[_Own, ...]


_OWN = st.builds(
    _Own,
    email_address=st.text(min_size=1, max_size=5),
    note=st.none() | st.text(max_size=5),
    count=st.integers(),
    share=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    flags=st.lists(st.booleans(), max_size=3).map(tuple),
)


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@given(failures=st.lists(_OWN, max_size=3).map(tuple))
def test_declared_fields_of_a_subclass_survive(format: str, failures: tuple[_Own, ...]) -> None:
    answer = _OwnFailed(failures=failures)

    try:
        body = dump(answer, format=format)
    except EncodeError:
        assert format != "json"
    else:
        assert parse(body, _OwnFailed, format=format) == answer
