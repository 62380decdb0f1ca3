"""Law 1, round trip: a dump parses to an equal model, or the format refuses to carry the model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    ListResponse,
    Response,
    StatusResponse,
    dump,
    parse,
)
from bevparse.testing import responses
from bevparse.wire import NO_ERRORS

from .oracle import CARRIED, FORMATS, facts, obstacles, rebuilt

_ODD_NAMES = (
    "id", "Email Address", "error", "messages", "response", "endpoint", "requests", "records", "data", "mxRecords.0",
    "date_end", "code", "xml", "xmlns", "a:b", "a\u00b2", "\u212a", "\u017f", "\xaa", "item", "\u0130d", "total",
)  # fmt: skip
_ANY_NAME = st.text(max_size=8) | st.sampled_from(_ODD_NAMES)
_FIELDS_OF_RECORDS = frozenset({*BulkRequest.model_fields, *EmailRecord.model_fields})
_WITH_EXTRA: dict[type[Response], Callable[[str, str], Response]] = {
    StatusResponse: lambda name, value: StatusResponse(requests=(BulkRequest(id=1, **{name: value}),)),
    CompletedResponse: lambda name, value: CompletedResponse(
        records=(EmailRecord(email_address="a"), EmailRecord(email_address="b", **{name: value}))
    ),
    ErrorResponse: lambda name, value: ErrorResponse(errors=("e",), **{name: value}),
    CreateResponse: lambda name, value: CreateResponse(id=1, **{name: value}),
    ListResponse: lambda name, value: ListResponse(requests=(), current_page=1, **{name: value}),
}


def _dumped_or_refused(model: Response, format: str) -> tuple[bytes, None] | tuple[None, EncodeError]:
    try:
        return dump(model, format=format), None
    except EncodeError as error:
        return None, error


def _assert_carried(model: Response, body: bytes, format: str) -> None:
    found = parse(body, type(model), format=format)

    assert found == model
    assert facts(found) == facts(model)
    assert rebuilt(found) == found


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_written_model_is_read_back_equal(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])

    body = dump(model, format=format)

    _assert_carried(model, body, format)


@pytest.mark.parametrize("format", FORMATS)
@example(ErrorResponse(errors=("e",), **{"ab": 1, "a b": 2}))
@example(ErrorResponse(errors=("e",), x=["a", "b"]))
@example(StatusResponse(requests=(), x=["a", "b"]))
@example(StatusResponse(requests=(BulkRequest(id=1, x=[["a", "b"], "c"]),)))
@example(CompletedResponse(records=(EmailRecord(email_address="a\x00", mx_records=("a,b", "")),)))
@given(model=responses(extras="json", kinds=("typed",)))
def test_model_is_read_back_equal_or_cannot_be_written(format: str, model: Response) -> None:
    body, error = _dumped_or_refused(model, format)

    if body is None:
        assert obstacles(model, format), f"{error} though {format} can carry the model"
    else:
        _assert_carried(model, body, format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("code", [0, 200, 201, 299, 500])
@pytest.mark.parametrize("text", [*sorted(NO_ERRORS), "00", "1", "200", "e", "none of them", "ok", "success"])
def test_error_reply_with_any_code_is_read_back_equal(text: str, code: int, format: str) -> None:
    try:
        model = ErrorResponse(errors=(text,), code=code)
    except ValidationError:
        assert text in NO_ERRORS
        return

    _assert_carried(model, dump(model, format=format), format)


@pytest.mark.parametrize("format", FORMATS)
@example("a\u00b2", "x")
@example("\u017f", "x")
@given(name=_ANY_NAME, value=st.text(max_size=5))
def test_extra_field_keeps_its_name_or_is_refused(format: str, name: str, value: str) -> None:
    models = [
        make(name, value)
        for model, make in _WITH_EXTRA.items()
        if name not in (*model.model_fields, *_FIELDS_OF_RECORDS)
    ]

    for model in models:
        body, error = _dumped_or_refused(model, format)

        if body is None:
            assert error is not None
            assert error.problem.code == "BEV150"
        else:
            _assert_carried(model, body, format)


@pytest.mark.parametrize("text", ["a\x01", "\x00", "\ufffe", "\x1b[0m"])
def test_character_missing_in_xml_is_refused_by_name(text: str) -> None:
    model = ErrorResponse(errors=("fine", text))

    with pytest.raises(EncodeError, match=r"got U\+[0-9A-F]{4} at index \d") as caught:
        dump(model, format="xml")

    assert caught.value.problem.pointer == "/response/errors/1"


@pytest.mark.parametrize("format", FORMATS)
def test_lone_surrogate_is_refused_by_name(format: str) -> None:
    model = ErrorResponse.model_construct(errors=("fine", "a\ud800"), code=None)

    with pytest.raises(EncodeError, match=r"got U\+D800 at index 1"):
        dump(model, format=format)


@pytest.mark.parametrize("format", FORMATS)
def test_integer_with_too_many_digits_is_refused(format: str) -> None:
    model = CreateResponse.model_construct(id=5, score=10**5000)

    with pytest.raises(EncodeError):
        dump(model, format=format)
