"""Undocumented fields in written bodies: what each kind of tree carries, and what is refused where."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import (
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    Response,
)

XML = b'<?xml version="1.0" encoding="utf-8"?>\n'


def failed(*records: dict[str, object]) -> FailedResponse:
    return FailedResponse(failures=tuple(FailedEmail(email_address="a@b.c", **record) for record in records))  # type: ignore[arg-type]


def with_extra(model: type[Response], **values: object) -> Response:
    return model.model_validate(values)


@pytest.mark.parametrize(
    ("response", "format", "body"),
    [
        (
            with_extra(ErrorResponse, errors=("a", "b"), code=402, hint="h"), "xml",
            XML + b"<xml><response><errors><error>a</error><error>b</error></errors><code>402</code><hint>h</hint>"
            b"</response></xml>",
        ),
        (
            with_extra(ErrorResponse, errors=("a", "b"), code=402, hint="h"), "csv",
            b"Error,Code,hint\na,402,h\nb,402,h\n",
        ),
        (with_extra(ErrorResponse, errors=("a",), hint="h"), "csv", b"Error,hint\na,h\n"),
        (with_extra(CreateResponse, id=5, note="n"), "csv", b"ID,note\n5,n\n"),
        (failed({"n": "x"}, {"m": "y"}, {}), "csv", b'"Email Address",Error,n,m\na@b.c,,x,\na@b.c,,,y\na@b.c,,,\n'),
        (
            failed({"n": ["1", "2"]}), "xml",
            XML + b"<xml><response><item><error/><emailAddress>a@b.c</emailAddress><n>1</n><n>2</n></item></response>"
            b"</xml>",
        ),
        (
            failed({"n": {"a": ["1", "2"], "b": ""}}), "xml",
            XML + b"<xml><response><item><error/><emailAddress>a@b.c</emailAddress>"
            b"<n><a>1</a><a>2</a><b/></n></item>"
            b"</response></xml>",
        ),
    ],
)  # fmt: skip
def test_undocumented_fields_are_written_and_read_again(response: Response, format: str, body: bytes) -> None:
    assert bevparse.dump(response, format=format) == body
    assert bevparse.inspect(body, type(response), format=format).response == response


RECORD = EmailRecord(email_address="a@b.c")
SPREAD = EmailRecord.model_validate({"email_address": "a@b.c", "MX Records[1]": "x"})


@pytest.mark.parametrize(
    ("response", "format", "pointer"),
    [
        (with_extra(ErrorResponse, errors=("a",), hint=""), "csv", "/response/hint"),
        (with_extra(CreateResponse, id=5, note=1), "csv", "/response/note"),
        (failed({}, {"n": 1}), "csv", "/response/1/n"),
        (failed({}, {"n": 1}), "xml", "/response/1/n"),
        (failed({"n": ["1"]}), "xml", "/response/0/n"),
        (failed({"n": {"a": None}}), "xml", "/response/0/n/a"),
        (with_extra(CompletedResponse, records=(RECORD,), note="n"), "csv", "/response/note"),
        (CompletedResponse(records=(RECORD, SPREAD)), "csv", "/response/1/MX Records[1]"),
    ],
)  # fmt: skip
def test_value_that_the_format_does_not_have_is_refused(response: Response, format: str, pointer: str) -> None:
    with pytest.raises(EncodeError) as caught:
        bevparse.dump(response, format=format)

    assert (caught.value.format, caught.value.problem.code, caught.value.problem.pointer) == (format, "BEV150", pointer)


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
@pytest.mark.parametrize(
    ("response", "pointer"),
    [
        (failed({}, {"Email Address": "x"}), "/response/1/Email Address"),
        (with_extra(CreateResponse, id=5, ID="n"), "/response/ID"),
        (with_extra(ErrorResponse, errors=("a",), Message="m"), "/response/Message"),
        (with_extra(ErrorResponse, errors=("a",), Code="1"), "/response/Code"),
    ],
)
def test_documented_name_of_an_undocumented_field_is_refused(response: Response, pointer: str, format: str) -> None:
    with pytest.raises(EncodeError) as caught:
        bevparse.dump(response, format=format)

    assert (caught.value.format, caught.value.problem.code, caught.value.problem.pointer) == (format, "BEV150", pointer)
