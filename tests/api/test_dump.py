"""`dump`: which models can be written, and which are refused."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)

FORMATS = ["json", "xml", "csv"]


@pytest.mark.parametrize(
    "thing", [None, b"{}", "x", StatusResponse, EmailRecord(email_address="a"), BulkRequest(id=1), {"id": 5}]
)
@pytest.mark.parametrize("format", FORMATS)
def test_only_responses_can_be_dumped(thing: object, format: str) -> None:
    with pytest.raises(TypeError, match="expected a response model, got "):
        bevparse.dump(thing, format=format)  # type: ignore[arg-type]


def failed_with(text: str) -> FailedResponse:
    return FailedResponse(
        failures=(FailedEmail(email_address="a"), FailedEmail.model_construct(email_address=f"ab{text}"))
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("code_point", [0xD800, 0xDFFF])
def test_lone_surrogate_cannot_be_written_in_any_format(format: str, code_point: int) -> None:
    with pytest.raises(EncodeError) as caught:
        bevparse.dump(failed_with(chr(code_point)), format=format)

    assert caught.value.format == format
    assert (caught.value.problem.code, caught.value.problem.pointer) == ("BEV150", "/response/1/emailAddress")
    assert f"U+{code_point:04X} at index 2" in caught.value.problem.message


@pytest.mark.parametrize("character", ["\0", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_text_that_only_xml_cannot_carry_is_refused_at_its_pointer(character: str) -> None:
    with pytest.raises(
        EncodeError, match=rf"U\+{ord(character):04X} at index 2 \(/response/1/emailAddress\)"
    ) as caught:
        bevparse.dump(failed_with(character), format="xml")

    assert caught.value.format == "xml"
    for format in ("json", "csv"):
        assert bevparse.parse(bevparse.dump(failed_with(character), format=format)) == failed_with(character)


@pytest.mark.parametrize(
    ("response", "pointer"),
    [
        (
            CompletedResponse(records=(EmailRecord(email_address="a", mx_records=("b", "c\x01")),)),
            "/response/0/mxRecords/1",
        ),
        (ErrorResponse(errors=("one", "two\x01")), "/response/errors/1"),
        (ErrorResponse(errors=("one\x01",)), "/response/error"),
        (CreateResponse(id=5, note="\x01"), "/response/note"),  # type: ignore[call-arg]
        (ListResponse(requests=(BulkRequest(id=5, note="\x01"),)), "/response/data/0/note"),  # type: ignore[call-arg]
    ],
)
def test_encode_error_points_into_the_model(response: Response, pointer: str) -> None:
    with pytest.raises(EncodeError) as caught:
        bevparse.dump(response, format="xml")

    assert caught.value.problem.pointer == pointer


@pytest.mark.parametrize("value", [5, 0.5, True, None, "", [], ["a"], {"a": "b"}])
def test_undocumented_value_that_csv_cannot_carry_is_refused_at_its_pointer(value: object) -> None:
    response = FailedResponse(failures=(FailedEmail(email_address="a"), FailedEmail(email_address="b", score=value)))  # type: ignore[call-arg]

    with pytest.raises(EncodeError, match=r"\(/response/1/score\)"):
        bevparse.dump(response, format="csv")

    assert bevparse.parse(bevparse.dump(response), FailedResponse) == response
