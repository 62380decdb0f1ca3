"""Undocumented fields of a response: their names in `model_extra`, and where `dump` writes them."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from pydantic import ValidationError

import bevparse
from bevparse import CreateResponse, EncodeError, ErrorResponse, Response, StatusResponse

XML = b'<?xml version="1.0" encoding="utf-8"?>\n'
_OUTSIDE = [
    '{"response":{"id":5,"score":1},"trace":"t"}',
    '{"response":{"current_page":1,"data":[],"score":1},"trace":{"a":[1]},"time":5}',
    '{"response":{"error":"a","score":1},"trace":"t"}',
    '{"response":{"error":"a","code":402},"code":500}',
    '{"response":[],"requests":3,"requests_":4}',
    '{"response":{"id":5,"endpoint":"x"},"endpoint":"y","id":6}',
]


@pytest.mark.parametrize("body", _OUTSIDE[:-1])
def test_undocumented_fields_next_to_the_response_are_written_there(body: str) -> None:
    model = StatusResponse if "requests" in body else Response

    found = bevparse.parse_reply(body, model)

    for one in (found, copy.deepcopy(found), found.model_copy(), pickle.loads(pickle.dumps(found))):
        written = json.loads(bevparse.dump(one))
        assert {name for name in written if name != "response"} == set(json.loads(body)) - {"response"}
        assert written["response"].keys() >= json.loads(body)["response"].keys() if written["response"] else True
        assert bevparse.parse_reply(bevparse.dump(one), model) == found


def test_undocumented_elements_next_to_the_response_are_written_there() -> None:
    body = "<xml><response><id>5</id></response><trace>t</trace><trace>u</trace></xml>"

    written = bevparse.dump(bevparse.parse(body, CreateResponse), format="xml")

    assert written.endswith(body.removeprefix("<xml>").encode())


def test_field_with_the_same_name_in_the_response_and_next_to_it_is_refused() -> None:
    found = bevparse.inspect(_OUTSIDE[-1])

    assert "BEV209" in [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    ("body", "model", "extra"),
    [
        ('{"response":[],"requests":3,"requests_":4}', StatusResponse, {"requests_": 3, "requests__": 4}),
        ('{"response":{"id":5,"endpoint":"x"}}', CreateResponse, {"endpoint_": "x"}),
        ("<xml><response><id>5</id><endpoint>x</endpoint></response></xml>", CreateResponse, {"endpoint_": "x"}),
        ("ID,endpoint\n5,x\n", CreateResponse, {"endpoint_": "x"}),
    ],
)
def test_undocumented_field_named_like_an_attribute_gets_an_underscore(
    body: str, model: type[Response], extra: dict[str, object]
) -> None:
    found = bevparse.parse(body, model)

    assert found.model_extra == extra
    for format in ("json", "xml", "csv") if model is CreateResponse else ("json",):
        assert bevparse.parse(bevparse.dump(found, format=format), model) == found
    assert type(found).model_validate(found.model_dump(mode="json")) == found


def test_undocumented_field_named_like_an_attribute_is_written_with_its_own_name() -> None:
    found = bevparse.parse_reply("Error,endpoint\na,x\n", ErrorResponse)

    assert found.model_extra == {"endpoint_": "x"}
    assert bevparse.dump(found, format="csv") == b"Error,endpoint\na,x\n"


@pytest.mark.parametrize(
    "body", [b'{"response":{"id":5,"score_":1}}', XML + b"<xml><response><id>5</id><score_>x</score_></response></xml>"]
)
def test_underscore_of_a_name_in_the_body_is_kept(body: bytes) -> None:
    found = bevparse.inspect(body, CreateResponse)

    assert found.response is not None
    assert bevparse.dump(found.response, format=found.format) == body


def test_repeated_name_in_a_list_cannot_be_kept() -> None:
    found = bevparse.inspect('{"response":{"id":5,"scores":[{"a":1,"a":2}]}}')

    assert found.response == CreateResponse(id=5)
    assert [(problem.code, problem.pointer) for problem in found.problems] == [
        ("BEV307", "/response/scores"),
        ("BEV209", "/response/scores"),
    ]


@pytest.mark.parametrize("format", ["json", "xml"])
def test_create_response_may_have_a_field_of_a_request(format: str) -> None:
    model = CreateResponse(id=5, api_version="3")

    body = bevparse.dump(model, format=format)

    assert bevparse.parse(body, CreateResponse) == model
    assert isinstance(bevparse.parse(body), StatusResponse)


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
def test_field_that_shows_another_endpoint_is_refused(format: str) -> None:
    with pytest.raises(EncodeError) as caught:
        bevparse.dump(CreateResponse(id=5, last_page="1"), format=format)

    assert caught.value.problem.code == "BEV150"


def test_number_with_an_exponent_of_many_digits_is_reported() -> None:
    body = b'{"response":{"id":5,"score":0.1e-99999999999999999999}}'

    found = bevparse.inspect(body, CreateResponse)

    assert ("BEV318", "/response/score") in {(problem.code, problem.pointer) for problem in found.problems}


@pytest.mark.parametrize(("errors", "code"), [(("",), None), (("a",), "5")])
def test_error_reply_that_would_be_read_differently_cannot_be_written(
    errors: tuple[str, ...], code: str | None
) -> None:
    with pytest.raises(ValidationError):
        ErrorResponse(errors=errors, code=code)
