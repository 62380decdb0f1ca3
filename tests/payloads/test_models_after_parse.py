"""Parsed models behave like models made by their constructors."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import pydoc
import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)

from ..paths import FIXTURES

MODELS = {"completed": CompletedResponse, "status": StatusResponse, "failed": FailedResponse}


def parsed(endpoint: str, format: str) -> BaseModel:
    model = MODELS[endpoint]
    response = bevparse.parse((FIXTURES / endpoint / f"documented.{format}").read_bytes(), model)
    return bevparse.parse(bevparse.dump(response, format=format), model)


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@pytest.mark.parametrize("endpoint", MODELS)
def test_parsed_model_equals_a_validated_one(endpoint: str, format: str) -> None:
    model = parsed(endpoint, format)

    validated = type(model).model_validate(model.model_dump())

    assert model == validated
    assert hash(model) == hash(validated)
    assert repr(model) == repr(validated)
    assert model.model_dump() == validated.model_dump()
    assert model.model_dump_json() == validated.model_dump_json()
    assert model.model_fields_set == validated.model_fields_set
    assert model.model_extra == validated.model_extra == {}


@pytest.mark.parametrize("same", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("endpoint", MODELS)
def test_copies_and_pickles_are_equal(endpoint: str, same: Callable[[BaseModel], BaseModel]) -> None:
    model = parsed(endpoint, "json")

    again = same(model)

    assert again == model
    assert hash(again) == hash(model)
    assert again.model_extra == {}


def test_copy_with_an_update_does_not_change_the_model() -> None:
    record = bevparse.parse(b"Email Address,Error\na@b.example,\n", FailedResponse).failures[0]

    changed = record.model_copy(update={"error": "full", "score": 5})

    assert changed.error == "full"
    assert changed.model_extra == {"score": 5}
    assert record.error is None
    assert record.model_extra == {}
    assert type(record).model_validate({"email_address": "x"}).model_extra == {}


def test_parsed_model_is_frozen() -> None:
    request = bevparse.parse(b'{"response":[{"id":5}]}', StatusResponse).requests[0]

    with pytest.raises(ValidationError, match="frozen"):
        request.id = 6  # type: ignore[misc]


FIELD_CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda extra: extra.__setitem__("a", 1),
    lambda extra: extra.__delitem__("a"),
    lambda extra: extra.update(a=1),
    lambda extra: extra.setdefault("a", 1),
    lambda extra: extra.pop("a", None),
    lambda extra: extra.popitem(),
    lambda extra: extra.clear(),
    lambda extra: extra.__ior__({"a": 1}),
]
ARRAY_CHANGES: list[Callable[[list[Any]], object]] = [
    lambda array: array.append(1),
    lambda array: array.clear(),
    lambda array: array.extend([1]),
    lambda array: array.insert(0, 1),
    lambda array: array.pop(),
    lambda array: array.remove(1),
    lambda array: array.reverse(),
    lambda array: array.sort(),
    lambda array: array.__setitem__(0, 1),
    lambda array: array.__delitem__(0),
    lambda array: array.__iadd__([1]),
    lambda array: array.__imul__(2),
]
WITH_EXTRA = BulkRequest.model_validate({"id": 5, "a": [1, {"b": []}]})
FROZEN = {
    "parsed without": lambda: bevparse.parse(b'{"response":[{"id":5}]}', StatusResponse).requests[0],
    "parsed": lambda: bevparse.parse(b'{"response":[{"id":5,"a":[1,{"b":[]}]}]}', StatusResponse).requests[0],
    "constructed": lambda: WITH_EXTRA,
    "constructed without validation": lambda: BulkRequest.model_construct(id=5, a=[1, {"b": []}]),
    "validated from JSON": lambda: BulkRequest.model_validate_json(WITH_EXTRA.model_dump_json()),
    "copied": lambda: copy.copy(WITH_EXTRA),
    "copied deeply": lambda: copy.deepcopy(WITH_EXTRA),
    "copied with others": lambda: BulkRequest(id=5).model_copy(update={"a": [1, {"b": []}], "ready": True}),
    "pickled": lambda: pickle.loads(pickle.dumps(WITH_EXTRA)),
}


@pytest.mark.parametrize("change", FIELD_CHANGES)
@pytest.mark.parametrize("origin", FROZEN)
def test_undocumented_fields_cannot_be_changed(origin: str, change: Callable[[dict[str, Any]], object]) -> None:
    model = FROZEN[origin]()
    before = model.model_dump()

    with pytest.raises(TypeError, match="cannot be changed"):
        change(model.model_extra)

    assert model.model_dump() == before


@pytest.mark.parametrize("change", ARRAY_CHANGES)
@pytest.mark.parametrize("origin", [name for name in FROZEN if name != "parsed without"])
def test_arrays_and_objects_in_undocumented_fields_cannot_be_changed(
    origin: str, change: Callable[[list[Any]], object]
) -> None:
    array = FROZEN[origin]().model_extra["a"]

    with pytest.raises(TypeError, match="cannot be changed"):
        change(array)
    with pytest.raises(TypeError, match="cannot be changed"):
        array[1]["c"] = 1

    assert array == [1, {"b": []}]
    assert copy.copy(array) == copy.deepcopy(array) == pickle.loads(pickle.dumps(array)) == array
    assert json.dumps(array) == '[1, {"b": []}]'


def test_copy_of_undocumented_fields_can_be_changed() -> None:
    own = WITH_EXTRA.model_extra.copy()  # type: ignore[union-attr]

    own["c"] = 1

    assert WITH_EXTRA.model_extra == {"a": [1, {"b": []}]}


def test_model_without_undocumented_fields_can_be_derived() -> None:
    class Closed(BulkRequest, frozen=True, extra="forbid"):
        """A client's own."""

    assert Closed(id=5).model_extra is None
    assert Closed(id=5).model_copy(update={"id": 6}).id == 6


def test_shared_set_of_fields_cannot_be_changed() -> None:
    request = bevparse.parse(b'{"response":[{"id":5}]}', StatusResponse).requests[0]

    for change in (
        lambda names: names.add("x"),
        lambda names: names.discard("id"),
        lambda names: names.update({"x"}),
        lambda names: names.clear(),
        lambda names: names.__ior__({"x"}),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change(request.model_fields_set)

    assert request.model_fields_set == set(BulkRequest.model_fields)
    own = request.model_fields_set.copy()
    own.add("x")
    assert type(copy.deepcopy(request.model_fields_set)) is set
    assert type(pickle.loads(pickle.dumps(request.model_fields_set))) is set
    assert "x" not in request.model_fields_set
    assert "x" in request.model_copy(update={"x": 1}).model_fields_set
    assert request.model_dump(exclude_unset=True) == request.model_dump()


def test_models_in_one_response_share_no_values() -> None:
    body = b'{"response":[{"id":1},{"id":2}]}'
    first, second = bevparse.parse(body, StatusResponse).requests

    first.__dict__["ready"] = True

    assert second.ready is None
    assert bevparse.parse(body, StatusResponse).requests[0].ready is None


def test_no_attribute_replaces_a_slot_of_pydantic() -> None:
    for model in (BulkRequest, EmailRecord, CompletedResponse):
        instance = model.model_construct()
        assert not {name for name in instance.__dict__ if name.startswith("__")}
        assert model.model_json_schema()["title"] == model.__name__


@pytest.mark.parametrize("model", [BulkRequest, EmailRecord, CompletedResponse, ErrorResponse])
def test_signature_shows_the_types_of_the_fields(model: type[BaseModel]) -> None:
    shown = str(inspect.signature(model))

    assert shown.startswith("(*, ")
    assert [name for name in model.model_fields if f"{name}: " not in shown] == []
    assert "Annotated" not in shown
    assert "Wire" not in shown
    assert "Strict" not in shown
    assert len(shown) < 1000


def test_help_of_a_model_is_readable() -> None:
    text = re.sub(r"[\s|]+", " ", pydoc.plain(pydoc.render_doc(EmailRecord)))  # Python 3.13 writes a line for each

    assert re.search(r"EmailRecord\( ?\*, email_address: str, format_check: (Optional\[bool\]|bool None) = None", text)


WIRE = (
    {"response": {"error": "Insufficient balance"}},
    {"response": {"errors": ["The format field is required."]}},
    {"response": [{"id": 596}]},
    {"response": [{"emailAddress": "a@mail.example", "smtpCheck": "true"}]},
    {"response": {"id": 5}},
    {"error": "Access denied"},
    {"errors": ["Access denied"], "code": 403},
)
ANSWERS = (CompletedResponse, StatusResponse, FailedResponse, ListResponse, CreateResponse)


def _by_name(model: type[Response], body: dict[str, object]) -> object:
    return model(**body)  # type: ignore[arg-type]


DOORS: dict[str, Callable[[type[Response], dict[str, object]], object]] = {
    "model_validate": lambda model, body: model.model_validate(body),
    "model_validate_json": lambda model, body: model.model_validate_json(json.dumps(body)),
    "constructor": _by_name,
    "type adapter": lambda model, body: TypeAdapter(model).validate_python(body),
    "embedding": lambda model, body: create_model("Job", answer=(model, ...)).model_validate({"answer": body}),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("model", ANSWERS)
@pytest.mark.parametrize("body", WIRE)
def test_wire_body_is_refused_by_every_model(door: str, model: type[Response], body: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"bevparse\.parse .* bevparse\.parse_object"):
        DOORS[door](model, body)


@pytest.mark.parametrize("body", [*WIRE, {"hello": "world"}])
def test_wire_body_is_refused_by_the_union(body: dict[str, object]) -> None:
    adapter: TypeAdapter[Response] = TypeAdapter(bevparse.AnyResponse)

    for name in ("status", "completed", "failed", "list", "create"):
        with pytest.raises(ValidationError):
            adapter.validate_python({"endpoint": name, **body})
    with pytest.raises(ValidationError, match=r"bevparse\.parse_object" if body in WIRE else "endpoint"):
        adapter.validate_python(body)


@pytest.mark.parametrize("value", [{"hello": "world"}, [], "response"])
@pytest.mark.parametrize("model", [*ANSWERS, ErrorResponse])
def test_other_values_are_refused(model: type[Response], value: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(value)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":["e"],"response":[1]}',
        b'{"error":"e","response":{"id":5}}',
        b'{"response":{"id":5,"response":1}}',
    ],
)
def test_dump_with_an_envelope_name_is_validated(body: bytes) -> None:
    model = bevparse.parse(body)

    assert type(model).model_validate(model.model_dump()) == model


WIRE_MARKS = {
    Response: (None, None),
    CreateResponse: ("/request", None),
    ListResponse: ("/request/list", "requests"),
    StatusResponse: ("/request/status", "requests"),
    CompletedResponse: ("/request/completed", "completed records"),
    FailedResponse: ("/request/failed", "failed records"),
    ErrorResponse: (None, None),
}


@pytest.mark.parametrize("model", WIRE_MARKS)
def test_response_has_the_path_of_its_url_and_a_noun_for_its_records(model: type[Response]) -> None:
    assert (model.wire_path, model.wire_noun) == WIRE_MARKS[model]


def test_subclass_inherits_path_and_noun_that_it_does_not_set() -> None:
    class Own(StatusResponse, frozen=True, noun="jobs"):
        note: str = ""

    assert (Own.wire_path, Own.wire_noun) == ("/request/status", "jobs")
    assert Own(requests=(), note="n").model_dump() == {"endpoint": "status", "requests": (), "note": "n"}


def test_undocumented_fields_may_have_the_names_of_the_class_arguments() -> None:
    response = bevparse.parse('{"response":{"data":[],"path":"https://a.example","noun":"n"}}', ListResponse)

    assert response.model_extra == {"path": "https://a.example", "noun": "n"}
    assert bevparse.parse(bevparse.dump(response), ListResponse) == response
