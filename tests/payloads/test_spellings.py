"""Values in the spellings of other programs: what they are read as, in every format, and what is reported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import bevparse
from bevparse import BulkRequest, CompletedResponse, EmailRecord, StatusResponse

_WORDS = ("NULL", "Null", "nan", "NaN", "-nan", "None", "N/A", "n/a", "NA", "\\N", "#N/A", "NaT", "nil", "undefined")
_START = datetime(2022, 1, 17, 12, 26, 22, tzinfo=UTC)


def bodies(name: str, text: str, key: str) -> list[tuple[str, str]]:
    """Return a body in each format with one record, which has a text in one field."""
    first = f'"{key}":5' if key == "id" else f'"{key}":"5"'
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return [
        ("json", f'{{"response":[{{{first},"{name}":"{quoted}"}}]}}'),
        ("xml", f"<xml><response><item><{key}>5</{key}><{name}>{text}</{name}></item></response></xml>"),
        ("csv", f'{key},{name}\n5,"' + text.replace('"', '""') + '"\n'),
    ]


def found_in(name: str, text: str) -> list[tuple[str, object, list[tuple[str, str]]]]:
    """Return for each format the value that was read, and the codes and pointers of what was reported about it."""
    of_record = name in ("smtpCheck", "mxRecords", "result")
    model, key = (CompletedResponse, "emailAddress") if of_record else (StatusResponse, "id")
    attribute = {"smtpCheck": "smtp_check", "mxRecords": "mx_records"}.get(name, name)
    results: list[tuple[str, object, list[tuple[str, str]]]] = []
    for format, body in bodies(name, text, key):
        found = bevparse.inspect(body, model, format=format)
        records = getattr(found.response, "records" if of_record else "requests", ())
        problems = [(one.code, one.pointer) for one in found.problems if one.pointer.endswith(name)]
        results.append((format, getattr(records[0], attribute) if records else "unread", problems))
    return results


@pytest.mark.parametrize("word", _WORDS)
@pytest.mark.parametrize("name", ["smtpCheck", "mxRecords", "result", "api_version", "date_start", "date_end", "ready"])
def test_word_for_a_missing_value_is_read_and_reported_in_every_field(name: str, word: str) -> None:
    missing = () if name == "mxRecords" else None

    found = found_in(name, word)

    assert found == [(format, missing, [("BEV306", f"/response/0/{name}")]) for format in ("json", "xml", "csv")]


@pytest.mark.parametrize(
    ("name", "text", "value", "code"),
    [
        ("api_version", "3.0", 3, "BEV301"),
        ("total_emails", "500.00", 500, "BEV301"),
        ("date_start", "1642422382.0", _START, "BEV304"),
        ("date_start", "0", None, "BEV306"),
        ("date_end", "0", None, "BEV317"),
        ("date_start", "0.0", None, "BEV306"),
        ("ready", "True", True, "BEV303"),
        ("ready", "FALSE", False, "BEV303"),
        ("ready", "1.0", True, "BEV303"),
        ("smtpCheck", "TRUE", True, "BEV302"),
        ("smtpCheck", "0.0", False, "BEV302"),
        ("mxRecords", "['a.example', 'b.example']", ("a.example", "b.example"), "BEV305"),
        ("mxRecords", "['a.example' 'b.example']", ("a.example", "b.example"), "BEV305"),
        ("mxRecords", "('a.example',)", ("a.example",), "BEV305"),
        ("mxRecords", '["a.example", "b.example"]', ("a.example", "b.example"), "BEV305"),
        ("mxRecords", "[a.example, b.example]", ("a.example", "b.example"), "BEV305"),
        ("mxRecords", "{a.example,b.example}", ("a.example", "b.example"), "BEV305"),
        ("mxRecords", "[]", (), "BEV306"),
        ("mxRecords", "{}", (), "BEV306"),
        ("api_version", "3.5", "unread", "BEV204"),
        ("date_start", "1642422382.5", "unread", "BEV206"),
        ("ready", "yes", "unread", "BEV205"),
        ("smtpCheck", "yes", "unread", "BEV203"),
        ("mxRecords", "System.Object[]", "unread", "BEV207"),
        ("mxRecords", "System.Collections.ArrayList", "unread", "BEV207"),
        ("mxRecords", "[object Object]", "unread", "BEV207"),
        ("mxRecords", "[{'host': 'a.example'}]", "unread", "BEV207"),
        ("mxRecords", "{'host': 'a.example'}", "unread", "BEV207"),
        ("mxRecords", "['a.example', nan]", "unread", "BEV207"),
        ("mxRecords", '["a.example", 5]', "unread", "BEV207"),
        ("mxRecords", "{a.example,NULL}", "unread", "BEV207"),
        ("mxRecords", "array(['a.example'])", "unread", "BEV207"),
        ("mxRecords", "Array", "unread", "BEV207"),
        ("mxRecords", "a.example, [object Object]", "unread", "BEV207"),
        ("mxRecords", "true", "unread", "BEV207"),
        ("mxRecords", "2", "unread", "BEV207"),
        ("mxRecords", ";", "unread", "BEV207"),
    ],
)
def test_spelling_of_another_program_is_read_alike_in_every_format(
    name: str, text: str, value: object, code: str
) -> None:
    found = found_in(name, text)

    assert found == [(format, value, [(code, f"/response/0/{name}")]) for format in ("json", "xml", "csv")]


@pytest.mark.parametrize(
    ("name", "number", "value", "code"),
    [
        ("api_version", "3.0", 3, "BEV301"),
        ("api_version", "9007199254740992.0", "unread", "BEV204"),
        ("ready", "1.0", True, "BEV303"),
        ("date_start", "1642422382.0", _START, "BEV304"),
        ("date_start", "0", None, "BEV306"),
        ("date_end", "0.0", None, "BEV317"),
        ("date_start", "1642422382.5", "unread", "BEV206"),
    ],
)
def test_number_with_a_fraction_of_zero_is_an_integer(name: str, number: str, value: object, code: str) -> None:
    found = bevparse.inspect(f'{{"response":[{{"id":5,"{name}":{number}}}]}}', StatusResponse)

    requests = getattr(found.response, "requests", ())
    assert (getattr(requests[0], name) if requests else "unread") == value
    assert [(problem.code, problem.pointer) for problem in found.problems] == [(code, f"/response/0/{name}")]


def test_check_may_be_a_number_with_a_fraction_of_zero() -> None:
    found = bevparse.inspect('{"response":[{"emailAddress":"a","smtpCheck":1.0}]}', CompletedResponse)

    assert isinstance(found.response, CompletedResponse)
    assert found.response.records[0].smtp_check is True
    assert [problem.code for problem in found.problems] == ["BEV316", "BEV302"]


@pytest.mark.parametrize("host", ["nan", "N/A", "5", "Array", "['a']", "{a}", "System.Object[]", "", "a b"])
def test_odd_host_of_a_model_is_written_and_read_in_csv(host: str) -> None:
    model = CompletedResponse(records=(EmailRecord(email_address="a", mx_records=(host, "b")),))

    found = bevparse.inspect(bevparse.dump(model, format="csv"), CompletedResponse)

    assert found.response == model
    assert [problem.code for problem in found.problems] == []


def test_address_literal_is_a_host() -> None:
    body = 'emailAddress,smtpCheck,mxRecords\na,true,"[192.0.2.1], [IPv6:2001:db8::1]"\nb,true,[192.0.2.1]\n'

    found = bevparse.parse(body, CompletedResponse)

    assert [record.mx_records for record in found.records] == [("[192.0.2.1]", "[IPv6:2001:db8::1]"), ("[192.0.2.1]",)]


def test_undocumented_cells_keep_words_for_missing_values() -> None:
    found = bevparse.parse("id,ready,note\n5,1,nan\n6,1,N/A\n", StatusResponse)

    assert [request.model_extra for request in found.requests] == [{"note": "nan"}, {"note": "N/A"}]
    assert found.requests[0] == BulkRequest(id=5, ready=True, note="nan")
