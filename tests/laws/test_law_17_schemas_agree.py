"""Law 17, schemas agree: a schema accepts what is dumped, and bevparse reads without an error what it accepts."""

from __future__ import annotations

import json

from hypothesis import event, example, given
from hypothesis import strategies as st
from lxml import etree

from bevparse import CreateResponse, Response, dump, inspect
from bevparse.endpoints import MODELS
from bevparse.problems.rules import UNKNOWN_FIELD
from bevparse.schemas import openapi
from bevparse.testing import responses

from ..schemas.validators import json_validator, table_faults, wire_validator, xml_validator

_SERVICE = openapi()
_OPEN = {
    model: json_validator({**_SERVICE, "$ref": f"#/components/schemas/{model.__name__}"}) for model in MODELS.values()
}


@given(model=responses())
def test_dumped_body_is_accepted_by_its_schema(model: Response) -> None:
    body = json.loads(dump(model))

    wire_validator(type(model)).validate(body)
    assert wire_validator().is_valid(body)
    xml_validator(type(model)).assertValid(etree.fromstring(dump(model, format="xml")))
    assert table_faults(dump(model, format="csv"), type(model)) == []


@example(CreateResponse(id=5, score=1))
@given(model=responses(extras="json", kinds=("typed",)))
def test_only_the_description_of_the_service_accepts_undocumented_fields(model: Response) -> None:
    body = dump(model)
    is_documented = UNKNOWN_FIELD.code not in {problem.code for problem in inspect(body, type(model)).problems}

    _OPEN[type(model)].validate(json.loads(body))
    assert wire_validator(type(model)).is_valid(json.loads(body)) == is_documented


_TEXTS = (
    "", " ", "null", "NULL", "true", "False", "5", "05", "0", "1528204702", "253402300799", "253402300800", "ok", "N/A",
    "\\N", "a@b.example", "1.0", "\n", "5\n", "null\n", "nan", "\ufeff", "\u0130", "\x1c",
)  # fmt: skip
_NUMBERS = (0, 1, 2, -1, 5, 2**31, 2**53, 2**63 - 1, 2**63, 1528204702, 0.0, -0.0, 1.0, 0.5, 5.0)
_ALIKE: dict[type, st.SearchStrategy[object]] = {
    str: st.sampled_from(_TEXTS) | st.text(max_size=5),
    int: st.sampled_from(_NUMBERS),
}
_LEAVES = st.one_of(*_ALIKE.values()) | st.sampled_from((True, False, None))
_NAMES = ("id", "ID", "error", "errors", "code", "data", "emailAddress", "result", "response", "mxRecords", "score")
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=2),
    max_leaves=3,
)


def _mutated(data: st.DataObject, value: object) -> object:
    """Return a value in which one member, at any depth, has been replaced, removed, added or renamed."""
    if not (isinstance(value, (dict, list)) and value and data.draw(st.integers(0, 9))):
        return data.draw(_ALIKE.get(type(value), _VALUES) | _VALUES)
    members: dict[object, object] = dict(value) if isinstance(value, dict) else dict(enumerate(value))
    place = data.draw(st.sampled_from(list(members)))
    match data.draw(st.sampled_from(("inside",) * 5 + ("remove", "add", "rename"))):
        case "inside":
            members[place] = _mutated(data, members[place])
        case "remove":
            del members[place]
        case "add":
            members[data.draw(st.sampled_from(_NAMES))] = data.draw(_VALUES)
        case _:
            members[data.draw(st.sampled_from(_NAMES))] = members.pop(place)
    return members if isinstance(value, dict) else list(members.values())


@given(model=responses(kinds=("typed",)), data=st.data())
def test_body_that_a_schema_accepts_is_read_without_an_error(model: Response, data: st.DataObject) -> None:
    body = _mutated(data, json.loads(dump(model)))
    accepted = wire_validator(type(model)).is_valid(body)
    event(f"accepted: {accepted}")

    found = inspect(json.dumps(body), type(model))

    if accepted:
        assert [problem for problem in found.problems if problem.severity == "error"] == []
        assert isinstance(found.response, type(model))
