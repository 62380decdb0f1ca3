"""Models built without validation behave like validated ones."""

from __future__ import annotations

import copy
import pickle

import pytest
from pydantic import BaseModel, ValidationError

import bevparse
from bevparse import BulkRequest, CompletedResponse, EmailRecord, FailedEmail, FailedResponse, StatusResponse
from bevparse.frozen import NO_EXTRA, freeze
from bevparse.payloads.instances import build, build_all

FORMATS = ["json", "xml", "csv"]
MADE: list[tuple[type[bevparse.Response], str, BaseModel]] = [
    (CompletedResponse, "records", EmailRecord(email_address="a@b", smtp_check=True, mx_records=("c",), result="ok")),
    (StatusResponse, "requests", BulkRequest(id=5, ready=False)),
    (FailedResponse, "failures", FailedEmail(email_address="a", error="e")),
]


def parsed(model: type[bevparse.Response], items: str, record: BaseModel, format: str, number: int) -> list[BaseModel]:
    body = bevparse.dump(model(**{items: (record,) * number}), format=format)
    return list(getattr(bevparse.parse(body, model, format=format), items))


@pytest.mark.parametrize("number", [2, 20])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("model", "items", "record"), MADE)
def test_parsed_record_equals_a_constructed_one(
    model: type[bevparse.Response], items: str, record: BaseModel, format: str, number: int
) -> None:
    for one in parsed(model, items, record, format, number):
        assert one == record
        assert {one, record} == {record}
        assert repr(one) == repr(record)
        assert list(one) == list(record)
        assert one.model_fields_set == set(type(record).model_fields)
        assert one.model_dump(exclude_none=True) == record.model_dump(exclude_none=True)
        assert one.model_dump(exclude_unset=True) == record.model_dump()
        assert type(one).model_validate_json(one.model_dump_json(), strict=False) == record


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("model", "items", "record"), MADE)
def test_copies_share_no_undocumented_fields(
    model: type[bevparse.Response], items: str, record: BaseModel, format: str
) -> None:
    one, other = parsed(model, items, record, format, 2)

    for same in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one)), one.model_copy(deep=True)):
        assert same == record
        same.model_fields_set.add("x")
        changed = same.model_copy(update={"x": 1})
        assert changed.model_extra == {"x": 1}
        assert changed != record

    assert one == other == record
    assert one.model_extra == other.model_extra == {}
    assert "x" not in other.model_fields_set


def test_response_is_copied_with_an_undocumented_field() -> None:
    response = bevparse.parse(b'{"response":[{"id":5}]}', StatusResponse)

    changed = response.model_copy(update={"x": [1]})

    assert bevparse.dump(changed) == b'{"response":[{"id":5}],"x":[1]}'
    assert bevparse.dump(response) == b'{"response":[{"id":5}]}'


def test_records_share_no_undocumented_fields() -> None:
    body = b'{"response":[{"id":1,"x":[1]},{"id":2,"x":[1]},{"id":3}]}'
    first, second, third = bevparse.parse(body, StatusResponse).requests

    changed = first.model_copy(update={"x": [1, 2], "y": 3})

    assert changed.model_extra == {"x": [1, 2], "y": 3}
    assert first.model_extra == second.model_extra == {"x": [1]}
    assert third.model_extra == {}


@pytest.mark.parametrize("attribute", ["id", "unknown", "model_extra"])
def test_parsed_model_refuses_new_attributes(attribute: str) -> None:
    request = bevparse.parse(b'{"response":[{"id":5}]}', StatusResponse).requests[0]

    with pytest.raises((ValidationError, AttributeError), match=r"frozen|no setter|has no|can't set"):
        setattr(request, attribute, 6)


def test_json_schema_is_the_same_before_and_after_parsing() -> None:
    before = {model: model.model_json_schema() for model, _, _ in MADE}

    for format in FORMATS:
        for model, items, record in MADE:
            parsed(model, items, record, format, 9)

    assert {model: model.model_json_schema() for model in before} == before


def test_frozen_fields_are_not_copied_again() -> None:
    frozen = freeze({"x": [{"y": 1}]})

    assert freeze(frozen) is frozen


def test_missing_undocumented_fields_equal_an_empty_dict() -> None:
    assert NO_EXTRA == {}
    for own in (NO_EXTRA.copy(), NO_EXTRA | {}):
        assert type(own) is dict
        assert own == {}
    for same in (copy.copy(NO_EXTRA), copy.deepcopy(NO_EXTRA), pickle.loads(pickle.dumps(NO_EXTRA))):
        assert same is NO_EXTRA


@pytest.mark.parametrize("number", [0, 1, 7, 8, 30])
def test_many_records_are_built_like_one(number: int) -> None:
    values: list[dict[str, object]] = [{"email_address": f"{place}", "error": None} for place in range(number)]

    assert build_all(FailedEmail, values) == [build(FailedEmail, one, {}) for one in values]
