"""Messages of exceptions: expectation, value and location; little of the input, and no control characters."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest

import bevparse
from bevparse import (
    ApiError,
    BevparseError,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    ErrorResponse,
    Inspection,
    ListResponse,
    PayloadError,
    Problem,
    SourceError,
    StatusResponse,
    UnknownFormatError,
)
from bevparse.errors import reason

HOSTILE = "\x1b[2J\x07\x9b31m\u202eevil\u2066\u200b\ud7ff\x00" + "Z" * 3_000

MESSAGES = [
    (StatusResponse, '{"response":[{"id":1,"date_start":"soon"}]}',
     "expected seconds since 1970, got 'soon' (line 1, column 22, /response/0/date_start)"),
    (StatusResponse, '{"response":[{"id":"1_000"}]}',
     "expected an integer of zero or more, got '1_000' (line 1, column 15, /response/0/id)"),
    (StatusResponse, '{"response":[{"id":-1}]}',
     "expected an integer of zero or more, got -1 (line 1, column 15, /response/0/id)"),
    (StatusResponse, '{"response":[{"id":true}]}',
     "expected an integer of zero or more, got true (line 1, column 15, /response/0/id)"),
    (StatusResponse, '{"response":[{"id":1,"ready":2}]}',
     "expected 0 or 1, got 2 (line 1, column 22, /response/0/ready)"),
    (StatusResponse, '{"response":{"id":{}}}',
     "expected a response of status, got a response of create (line 1, column 2, /response)"),
    (CompletedResponse, '{"response":5}',
     "expected an array of records, got 5 (line 1, column 2, /response)"),
    (CompletedResponse, '{"response":[5]}',
     "expected a record, got 5 (line 1, column 14, /response/0)"),
    (CreateResponse, '{"id":5}',
     "expected an object with the key response, got an object without this key (line 1, column 1)"),
    (CreateResponse, '{"response":{"colour":"red"}}', None),
    (CreateResponse, '{"response":{"id":5,"id":6}}',
     "expected id once, got a second one (line 1, column 21, /response/id)"),
    (ListResponse, '{"response":{"current_page":1,"from":1,"last_page":1,"per_page":1,"to":1,"total":1,"data":7}}',
     "expected data with an array of records, got 7 (line 1, column 84, /response/data)"),
    (ErrorResponse, '{"response":{"errors":[]}}',
     "expected at least one error, got none (line 1, column 2, /response)"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "body", "message"), MESSAGES)
def test_payload_error_names_expectation_value_and_location(
    model: type[bevparse.Response], body: str, message: str | None
) -> None:
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(body, model)

    assert message is None or str(caught.value) == message
    assert str(caught.value)[0].islower()
    assert not str(caught.value).endswith(".")


DECODING = [
    ('{"response":', "invalid JSON: the body ends before its last array or object is closed (line 1, column 13)"),
    ('{"response":{"error":"Acc',
     "invalid JSON: the body ends in the middle of a string, which starts here (line 1, column 22)"),
    ('{"error":"a\nb"}',
     "invalid JSON: a line end or another control character in a string, which is not escaped (line 1, column 12)"),
    ("<xml>\n <id>", "invalid XML: the body ends before its last element is closed (line 2, column 6)"),
    ("<xml/>\n<xml/>", "invalid XML: something after the body, such as another body (line 2, column 1)"),
    ("<xml>\n <id></xml>", "invalid XML: mismatched tag (line 2, column 8)"),
    ('"Email Address",Error\n\n"open', "invalid CSV: a quoted cell is not closed (line 3, column 1)"),
    (b'{"a":\n"\xff"}', "expected utf-8 text, got the byte FF (line 2, column 2)"),
    ('{"response":\n{"id":NaN}}',
     "expected a number that JSON allows and that can be held, got NaN (line 2, column 7)"),
    ("<html><title>502 Bad\n Gateway</title>",
     "expected a response of the API, got an HTML page titled '502 Bad Gateway' (line 1, column 1)"),
    ("", "expected a response, got an empty body (line 1, column 1)"),
    ("hello", "expected JSON, XML or CSV, got text that starts with 'hello' (line 1, column 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), DECODING)
def test_decode_error_names_expectation_value_and_location(body: str | bytes, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body, StatusResponse)

    assert str(caught.value).replace("'NaN'", "NaN") == message
    assert str(caught.value.problem) == str(caught.value)


def test_decode_error_holds_its_problem_and_format() -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse("<xml>\n <id></xml>")

    assert caught.value.format == "xml"
    assert caught.value.problem == Problem("BEV120", "invalid XML: mismatched tag", "", 2, 8)
    assert isinstance(caught.value, ValueError)


def test_payload_error_holds_errors_and_warnings_and_shows_the_first_error() -> None:
    body = '{"response":[{"id":"1"},{"id":"x"},{"id":"y"}]}'

    with pytest.raises(PayloadError) as caught:
        bevparse.parse(body, StatusResponse)

    assert caught.value.endpoint == "status"
    assert [problem.code for problem in caught.value.problems] == ["BEV301", "BEV204", "BEV204"]
    assert re.match(r"expected an integer of zero or more, got 'x' \(.*\) and 2 more\Z", str(caught.value))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"response":{"error":"Insufficient balance"}}', "Insufficient balance"),
        (b'{"response":{"errors":["one","two"]}}', "one; two"),
        (b'{"code":403,"messages":"Access restricted."}', "Access restricted. (code 403)"),
        (b'{"ErrorMessage":{"Error":"No such key"}}', "No such key"),
        (b'{"ErrorMessage":{"msg":"No such key"}}', "No such key"),
        (b'{"message":"The given data was invalid.","errors":{"emails":["Too many."]}}',
         "The given data was invalid.; Too many."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("model", [CreateResponse, ListResponse, StatusResponse, CompletedResponse])
def test_api_error_holds_the_reply_and_shows_its_texts(body: bytes, shown: str, model: type) -> None:
    with pytest.raises(ApiError) as caught:
        bevparse.parse(body, model)

    assert str(caught.value) == shown
    assert caught.value.response == bevparse.parse(body, ErrorResponse)
    assert not isinstance(caught.value, ValueError)


def test_unknown_format_error_names_the_known_formats() -> None:
    with pytest.raises(UnknownFormatError, match="expected a format among csv, json, xml") as caught:
        bevparse.parse(b"{}", format="cvs")

    assert caught.value.name == "cvs"
    assert {"csv", "json", "xml"} <= set(caught.value.known)
    assert isinstance(caught.value, LookupError)


def everywhere(value: str) -> list[tuple[str, type[bevparse.Response], str]]:
    """Put a value into every place of which a message may speak."""
    text, cell = json.dumps(value, ensure_ascii=False), '"' + value.replace('"', '""') + '"'
    fields = {
        StatusResponse: ["id", "date_start", "date_end", "ready", "api_version", "total_emails"],
        CompletedResponse: ["smtpCheck", "result"],
    }
    bodies: list[tuple[str, type[bevparse.Response], str]] = [
        (f"json {name}", model, f'{{"response":[{{"id":1,"emailAddress":"a","{name}":{text}}}]}}')
        for model, names in fields.items()
        for name in names
    ]
    bodies += [
        (f"csv {name}", model, f"ID,Email Address,{name}\n1,a,{cell}\n") for model in fields for name in fields[model]
    ]
    return [
        *bodies,
        ("json name", CreateResponse, f'{{"response":{{"id":5,{text}:1}}}}'),
        ("json name again", CreateResponse, f'{{"response":{{"id":5,{text}:1,{text}:2}}}}'),
        ("json next to the response", CreateResponse, f'{{"response":{{"id":5}},{text}:1}}'),
        ("json payload", StatusResponse, f'{{"response":{text}}}'),
        ("json record", StatusResponse, f'{{"response":[{text}]}}'),
        ("json foreign", StatusResponse, f'{{"errors":{{{text}:["x"]}}}}'),
        ("json root", StatusResponse, f"[{text}]"),
        ("csv label", CompletedResponse, f"Email Address,Result,{cell}\na,ok,1\n"),
        ("csv label again", CompletedResponse, f"Email Address,Result,{cell},{cell}\na,ok,1,2\n"),
        ("text", StatusResponse, value),
        ("html", StatusResponse, f"<html><head><title>{value}</title></head></html>"),
    ]


@pytest.mark.parametrize(("place", "model", "body"), everywhere(HOSTILE), ids=lambda value: str(value)[:20])
def test_messages_show_at_most_forty_printable_characters_of_a_value(
    place: str, model: type[bevparse.Response], body: str
) -> None:
    found = bevparse.inspect(body, model)

    assert found.problems, place
    for problem in found.problems:
        assert str(problem).isprintable()
        assert "Z" * 41 not in problem.message
        assert len(problem.message) < 400


@pytest.mark.parametrize("format", ["\x1b[2J" + "Z" * 3000, "\u202etxt"])
def test_name_of_an_unknown_format_is_escaped(format: str) -> None:
    with pytest.raises(UnknownFormatError) as caught:
        bevparse.parse(b"{}", format=format)

    assert str(caught.value).isprintable()
    assert "Z" * 41 not in str(caught.value)


def test_declared_encoding_is_escaped_in_messages() -> None:
    body = b'<?xml version="1.0" encoding="\x1b[2J\xe2\x80\xae"?><xml/>'

    assert all(str(problem).isprintable() for problem in bevparse.inspect(body).problems)


@pytest.mark.parametrize("number", ["9" * 4_000, "-" + "9" * 4_000, "0." + "9" * 4_000, "1e-300"])
def test_long_numbers_are_shortened(number: str) -> None:
    with pytest.raises(BevparseError) as caught:
        bevparse.parse(f'{{"response":{{"id":{number}}}}}', CreateResponse)

    assert len(str(caught.value)) < 160


def test_api_error_shows_no_control_characters() -> None:
    with pytest.raises(ApiError) as caught:
        bevparse.parse(json.dumps({"response": {"error": "\x1b[2J\u202e"}}), StatusResponse)

    assert str(caught.value).isprintable()
    assert caught.value.response.errors == ("\x1b[2J\u202e",)


def test_api_error_of_many_long_texts_has_a_short_message() -> None:
    body = json.dumps({"response": {"errors": ["a" * 3_000] * 1_000}})

    with pytest.raises(ApiError) as caught:
        bevparse.parse(body, StatusResponse)

    assert len(str(caught.value)) < 10_000
    assert len(caught.value.response.errors) == 1_000


def test_source_error_shows_no_control_characters(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        bevparse.parse_file(tmp_path / "\x1b[2J\u202e.json")

    assert str(caught.value).isprintable()
    assert caught.value.source == str(tmp_path / "\x1b[2J\u202e.json")


def test_inspection_of_any_fault_contains_the_error_of_parse() -> None:
    for body in ("", "{", "<a>", '"x', "\ud800", '{"response":[]}'):
        found = bevparse.inspect(body)
        assert isinstance(found, Inspection)
        with pytest.raises((DecodeError, PayloadError)) as caught:
            bevparse.parse(body)
        assert str(caught.value).startswith(str(found.problems[0]))


def test_reasons_are_worded_the_same_on_every_system() -> None:
    error = FileNotFoundError(errno.ENOENT, "Das System kann die angegebene Datei nicht finden")
    error.winerror = 2  # type: ignore[attr-defined]  # as for some calls on Windows

    assert reason(error) == os.strerror(errno.ENOENT)
