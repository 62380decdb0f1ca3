"""Law 14, pydantic door: a model validates what a model dumps, and refuses what is no canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import get_args

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from bevparse import AnyResponse, BulkRequest, CreateResponse, EmailRecord, Response, StatusResponse, dump, parse
from bevparse.testing import responses

_ANY: TypeAdapter[Response] = TypeAdapter(AnyResponse)
_MODELS: tuple[type[Response], ...] = get_args(get_args(AnyResponse)[0])


class _Job(BaseModel):
    answer: AnyResponse
    history: list[AnyResponse] = []


_DOORS: dict[str, Callable[[Response], Response]] = {
    "values": lambda model: type(model).model_validate(model.model_dump()),
    "JSON values": lambda model: type(model).model_validate(model.model_dump(mode="json")),
    "JSON text": lambda model: type(model).model_validate_json(model.model_dump_json()),
    "json module": lambda model: type(model).model_validate(json.loads(json.dumps(model.model_dump(mode="json")))),
    "constructor": lambda model: type(model)(**model.model_dump(mode="json")),
    "union": lambda model: _ANY.validate_python(_ANY.dump_python(model, mode="json")),
    "union as text": lambda model: _ANY.validate_json(_ANY.dump_json(model)),
    "embedded": lambda model: _Job.model_validate(_Job(answer=model).model_dump(mode="json")).answer,
    "embedded as text": lambda model: _Job.model_validate_json(
        _Job(answer=model, history=[model]).model_dump_json()
    ).history[0],
}


@pytest.mark.parametrize("door", _DOORS)
@given(model=responses(extras="json", kinds=("typed",)))
def test_dumped_model_is_validated(door: str, model: Response) -> None:
    again = _DOORS[door](model)

    assert again == model
    assert repr(again) == repr(model)
    assert dump(again) == dump(model)


@pytest.mark.parametrize("door", _DOORS)
@given(model=responses(extras="json", kinds=("typed",)))
def test_dumped_model_that_was_parsed_is_validated(door: str, model: Response) -> None:
    parsed = parse(dump(model), type(model))

    assert _DOORS[door](parsed) == parsed == model


def _refused(model: type[BaseModel], data: object) -> bool:
    try:
        model.model_validate(data)
    except ValidationError:
        return True
    return False


_SCHEMAS = {model: jsonschema.Draft202012Validator(model.model_json_schema()) for model in _MODELS}
_ANY_SCHEMA = jsonschema.Draft202012Validator(_ANY.json_schema())


@given(model=responses(extras="json", kinds=("typed",)))
@example(model=CreateResponse(id=5))
def test_response_body_is_refused_by_every_model_and_schema(model: Response) -> None:
    body = json.loads(dump(model))

    for asked in _MODELS:
        assert _refused(asked, body)
        assert not _SCHEMAS[asked].is_valid(body)
        with pytest.raises(ValidationError, match=r"bevparse\.parse_object"):
            asked.model_validate_json(json.dumps(body))
    assert not _ANY_SCHEMA.is_valid(body)
    with pytest.raises(ValidationError, match=r"bevparse\.parse_object"):
        _ANY.validate_python(body)


@given(model=responses(extras="json", kinds=("typed",)))
def test_schema_accepts_what_a_model_dumps(model: Response) -> None:
    data = json.loads(model.model_dump_json())

    assert _SCHEMAS[type(model)].is_valid(data)
    assert _ANY_SCHEMA.is_valid(data)


_PACKAGE = {"name": "left-pad", "version": "1.3.0", "errors": {}, "dependencies": {"a": "^1"}}
_OTHERS = [_PACKAGE, {"hello": "world"}, {}, [], "status", 5, None, {"error": "Access denied"}, {"response": []}]


@pytest.mark.parametrize("data", _OTHERS)
@pytest.mark.parametrize("model", _MODELS)
def test_other_document_is_refused_by_model_and_schema(model: type[Response], data: object) -> None:
    assert _refused(model, data)
    assert not _SCHEMAS[model].is_valid(data)
    assert not _ANY_SCHEMA.is_valid(data)


_NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "[1,[NaN]]", '{"a":{"b":-1e999}}']


@pytest.mark.parametrize("text", _NO_NUMBERS)
def test_number_that_json_lacks_is_refused_in_undocumented_fields(text: str) -> None:
    data = json.loads(f'{{"id":5,"x":{text}}}')

    for model in (CreateResponse, BulkRequest):
        assert _refused(model, data)
        with pytest.raises(ValidationError):
            model.model_validate_json(f'{{"id":5,"x":{text}}}')
    with pytest.raises(ValidationError):
        StatusResponse.model_validate_json(f'{{"requests":[{{"id":5,"x":{text}}}]}}')
    with pytest.raises(ValidationError):
        _Job.model_validate_json(f'{{"answer":{{"endpoint":"create","id":5,"x":{text}}}}}')


def _cycle() -> object:
    cycle: list[object] = []
    cycle.append({"again": cycle})
    return cycle


def _deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


_NO_JSON = [
    (1,), {1}, b"a", bytearray(b"a"), 1j, object(), {1: 2}, {None: 1}, {b"a": 1}, [object()], {"a": {"b": (1,)}},
    10**4301, [-(10**4301)], "\ud800", {"\udfff": 1}, ["a", {"b": "\ud800"}], _cycle(), _deep(10_000),
]  # fmt: skip


@pytest.mark.measured
@pytest.mark.parametrize("value", _NO_JSON, ids=lambda value: type(value).__name__)
def test_value_that_json_cannot_hold_is_refused_in_undocumented_fields(value: object) -> None:
    assert _refused(CreateResponse, {"id": 5, "x": value})
    assert _refused(StatusResponse, {"requests": [{"id": 5, "x": value}]})


def test_name_that_json_cannot_hold_is_refused() -> None:
    assert _refused(CreateResponse, {"id": 5, "\ud800": 1})


_WRONG: list[tuple[type[BaseModel], dict[str, object]]] = [
    (BulkRequest, {"id": "5"}),
    (BulkRequest, {"id": 5.0}),
    (BulkRequest, {"id": True}),
    (BulkRequest, {"id": -1}),
    (BulkRequest, {"id": 5, "ready": 1}),
    (BulkRequest, {"id": 5, "ready": "true"}),
    (BulkRequest, {"id": 5, "date_start": "1528204702"}),
    (BulkRequest, {"id": 5, "date_start": "1528204702000"}),
    (BulkRequest, {"id": 5, "date_start": 1528204702}),
    (BulkRequest, {"id": 5, "date_start": "2018-06-05"}),
    (BulkRequest, {"id": 5, "date_start": "2018-06-05T13:18:22"}),
    (BulkRequest, {"id": 5, "date_start": "2018-06-05T13:18:22.5Z"}),
    (BulkRequest, {"id": 5, "date_start": "2018-13-05T13:18:22Z"}),
    (BulkRequest, {"id": 5, "date_start": "1969-06-05T13:18:22Z"}),
    (BulkRequest, {"id": 5, "date_end": "1970-01-01T00:00:00Z"}),
    (EmailRecord, {"email_address": "a", "smtp_check": "true"}),
    (EmailRecord, {"email_address": "a", "smtp_check": 1}),
    (EmailRecord, {"email_address": b"a"}),
    (EmailRecord, {"email_address": 5}),
    (EmailRecord, {"email_address": "\ud800"}),
    (EmailRecord, {"email_address": "a", "mx_records": {"a": 1}}),
    (EmailRecord, {"email_address": "a", "mx_records": {"b"}}),
    (EmailRecord, {"email_address": "a", "mx_records": "b"}),
    (EmailRecord, {"email_address": "a", "mx_records": ["b", 5]}),
    (EmailRecord, {"emailAddress": "a"}),
    (StatusResponse, {"requests": {}}),
    (StatusResponse, {"requests": [5]}),
    (StatusResponse, {"requests": [], "endpoint": "list"}),
]


@pytest.mark.measured
@pytest.mark.parametrize(("model", "data"), _WRONG)
def test_value_of_another_type_is_refused(model: type[BaseModel], data: dict[str, object]) -> None:
    assert _refused(model, data)


@given(data=st.dictionaries(st.sampled_from(["id", "x", "ready", "date_start"]), st.integers() | st.text() | st.none()))
def test_validated_values_are_dumped_unchanged(data: dict[str, object]) -> None:
    if _refused(BulkRequest, data):
        return
    model = BulkRequest.model_validate(data)

    assert {name: model.model_dump(mode="json")[name] for name in data} == data


_KEY = "at_" + "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4"


@pytest.mark.parametrize("model", _MODELS)
@pytest.mark.parametrize("data", [{"response": {"apiKey": _KEY}}, {"id": _KEY}, {"endpoint": _KEY}, _KEY])
def test_error_does_not_show_the_value(model: type[Response], data: object) -> None:
    for validate in (model.model_validate, lambda data: model.model_validate_json(json.dumps(data))):
        with pytest.raises(ValidationError) as caught:
            validate(data)

        assert "at_" not in str(caught.value) + repr(caught.value)
