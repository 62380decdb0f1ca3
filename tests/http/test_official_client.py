"""bevparse compared with the vendor's client: the same values where the client is right, better ones elsewhere."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import bulkemailverifier as official
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bevparse
import bevparse.endpoints
from bevparse import (
    ApiError,
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
from bevparse.testing import FakeService, Reply
from bevparse.wire import names_no_error

from ..documented import DOCUMENTED
from ..paths import FIXTURES

KEY = "at_" + "0" * 29
CHECKS = ("formatCheck", "smtpCheck", "dnsCheck", "freeCheck", "disposableCheck", "catchAllCheck")
COUNTERS = ("total_emails", "invalid_emails", "processed_emails", "failed_emails")

counters = st.integers(0, 50_000)
ids = st.integers(1, 2**31)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def requests_of(*, bare: bool) -> st.SearchStrategy[dict[str, object]]:
    present: dict[str, st.SearchStrategy[object]] = {} if bare else dict.fromkeys(COUNTERS, counters)
    if not bare:
        present |= {"ready": st.sampled_from([0, 1]), "date_start": st.integers(1, 2**33).map(str)}
    return st.fixed_dictionaries(
        {"id": ids, **present}, optional={} if bare else {"api_version": st.sampled_from([2, 3])}
    )


records = st.fixed_dictionaries(
    {
        "emailAddress": texts,
        **dict.fromkeys(CHECKS, st.sampled_from(["true", "false", "null"])),
        "result": st.sampled_from(["ok", "bad", "unknown", "smtp-failed", "greylisted"]),
    },
    optional={"mxRecords": st.lists(texts, min_size=1, max_size=3)},
)
failures = st.fixed_dictionaries({"error": st.just("Invalid format"), "emailAddress": texts})


@st.composite
def pages(draw: st.DrawFn) -> dict[str, object]:
    page: dict[str, object] = {
        name: draw(ids) for name in ("current_page", "from", "last_page", "per_page", "to", "total")
    }
    return {**page, "data": draw(st.lists(requests_of(bare=draw(st.booleans())), max_size=3))}


def in_envelope(payload: object) -> bytes:
    return json.dumps({"response": payload}, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def _their_use_of_utcfromtimestamp() -> Iterator[None]:
    """Ignore the client's use of dates that Python 3.12 deprecates."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "datetime.datetime.utcfromtimestamp", DeprecationWarning)
        yield


def assert_same_requests(theirs: list[official.BulkRequest], ours: tuple[BulkRequest, ...]) -> None:
    assert [one.id for one in theirs] == [one.id for one in ours]
    for their, our in zip(theirs, ours, strict=True):
        assert [getattr(their, name) for name in COUNTERS] == [getattr(our, name) or 0 for name in COUNTERS]
        assert (their.ready or False) == (our.ready or False)
        assert (their.date_start and their.date_start.replace(tzinfo=UTC)) == our.date_start


def assert_same_records(theirs: list[official.Record], ours: tuple[EmailRecord, ...]) -> None:
    names = ["email_address", *(name for name in EmailRecord.model_fields if name.endswith("_check"))]

    for their, our in zip(theirs, ours, strict=True):
        assert [getattr(their, name) for name in names] == [getattr(our, name) for name in names]
        assert their.result == (our.result or "")
    assert [one.mx_records for one in theirs] == [list(one.mx_records) for one in ours]


def assert_same_failures(theirs: list[official.Record], ours: FailedResponse) -> None:
    assert [(one.email_address, one.error) for one in theirs] == [
        (one.email_address, one.error or "") for one in ours.failures
    ]


def assert_agree(body: bytes, response: Response) -> None:
    """Check that the client reads a body to the values of our model."""
    parsed = json.loads(body)
    if isinstance(response, CreateResponse):
        assert int(parsed["response"]["id"]) == response.id
    elif isinstance(response, StatusResponse):
        assert_same_requests(official.ResponseStatus(parsed).data, response.requests)
    elif isinstance(response, CompletedResponse):
        assert_same_records(official.ResponseRecords(parsed).data, response.records)
    elif isinstance(response, FailedResponse):
        assert_same_failures(official.ResponseRecords(parsed).data, response)
    elif isinstance(response, ListResponse):
        theirs = official.ResponseRequests(parsed)
        assert_same_requests(theirs.data, response.requests)
        pagination = [theirs.current_page, theirs.from_requests, theirs.last_page, theirs.per_page, theirs.to_requests]
        ours = [response.current_page, response.from_, response.last_page, response.per_page, response.to]
        assert [*pagination, theirs.total] == [number or 0 for number in (*ours, response.total)]
    else:
        reply = official.ResponseError(body, 400).parsed_message
        assert tuple(reply.message) == cast(ErrorResponse, response).errors


@given(ids)
def test_both_read_the_same_create_responses(number: int) -> None:
    body = in_envelope({"id": number})

    assert_agree(body, bevparse.parse(body, CreateResponse))


@given(pages())
def test_both_read_the_same_list_responses(page: dict[str, object]) -> None:
    body = in_envelope(page)

    assert_agree(body, bevparse.parse(body, ListResponse))


@given(st.lists(requests_of(bare=False), max_size=4))
def test_both_read_the_same_status_responses(requests: list[dict[str, object]]) -> None:
    body = in_envelope(requests)

    assert_agree(body, bevparse.parse(body, StatusResponse))


@given(st.lists(records, max_size=4))
def test_both_read_the_same_completed_responses(completed: list[dict[str, object]]) -> None:
    body = in_envelope(completed)

    assert_agree(body, bevparse.parse(body, CompletedResponse))


@given(st.lists(failures, max_size=4))
def test_both_read_the_same_failed_responses(failed: list[dict[str, object]]) -> None:
    body = in_envelope(failed)

    assert_agree(body, bevparse.parse(body, FailedResponse))


errors = texts.filter(lambda text: not names_no_error(text))


@given(
    st.one_of(
        errors.map(lambda text: {"error": text}), st.lists(errors, min_size=1).map(lambda several: {"errors": several})
    )
)
def test_both_read_the_same_error_replies(reply: dict[str, object]) -> None:
    body = in_envelope(reply)

    assert_agree(body, bevparse.parse(body, ErrorResponse))


def fixture_bodies() -> list[Path]:
    """Return the canonical JSON of every case, except for shapes that the client does not know."""
    found = [path for name in (*DOCUMENTED, "error") for path in sorted((FIXTURES / name).glob("*.json"))]
    foreign = ("gateway", "error-message-error", "error-message-msg", "laravel")
    return [path for path in found if path.name.count(".") == 1 and path.stem not in foreign]


def test_fixtures_exist() -> None:
    assert {path.parent.name for path in fixture_bodies()} == {*DOCUMENTED, "error"}


@pytest.mark.parametrize("path", fixture_bodies(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_read_the_same_fixtures(path: Path) -> None:
    model = cast("type[Response]", bevparse.endpoints.MODELS[path.parent.name])

    assert_agree(path.read_bytes(), bevparse.parse(path.read_bytes(), model))


# Its faults.


def test_client_drops_the_api_version_and_the_end_and_bevparse_keeps_them() -> None:
    body = in_envelope([{"id": 1, "api_version": 3, "date_start": "1528204702", "date_end": "1528204709", "ready": 1}])
    theirs = official.ResponseStatus(json.loads(body)).data[0]

    ours = bevparse.parse(body, StatusResponse).requests[0]

    assert not {"api_version", "date_end"} & set(vars(theirs))
    assert (ours.api_version, ours.date_end) == (3, datetime(2018, 6, 5, 13, 18, 29, tzinfo=UTC))


def test_client_reads_an_unknown_check_as_false_and_bevparse_refuses_it() -> None:
    body = in_envelope([{"emailAddress": "a@x.example", "smtpCheck": "maybe", "result": "ok"}])
    theirs = official.ResponseRecords(json.loads(body)).data[0]

    with pytest.raises(bevparse.PayloadError) as caught:
        bevparse.parse(body, CompletedResponse)

    assert ("BEV203", "/response/0/smtpCheck") in [(one.code, one.pointer) for one in caught.value.problems]
    assert theirs.smtp_check is False


@pytest.mark.parametrize("start", [None, ""])
def test_client_reads_a_missing_start_as_1970_and_bevparse_as_none(start: str | None) -> None:
    body = in_envelope([{"id": 1, "date_start": start}])
    theirs = official.ResponseStatus(json.loads(body)).data[0]

    ours = bevparse.parse(body, StatusResponse).requests[0]

    assert theirs.date_start == datetime(1970, 1, 1)
    assert ours.date_start is None


def test_client_returns_naive_dates_and_bevparse_dates_in_utc() -> None:
    theirs = official.ResponseStatus(json.loads(DOCUMENTED["status"])).data[0]

    ours = bevparse.parse(DOCUMENTED["status"], StatusResponse).requests[0]

    assert theirs.date_start.tzinfo is None
    assert ours.date_start is not None
    assert ours.date_start.tzinfo is UTC


@pytest.mark.parametrize("reading", [official.ResponseRecords, official.ResponseStatus])
def test_client_reads_an_error_with_code_200_as_an_empty_result_and_bevparse_raises_it(
    reading: Callable[[object], official.ResponseRecords],
) -> None:
    body = b'{"response":{"error":"Insufficient balance"}}'
    theirs = reading(json.loads(body))

    with pytest.raises(ApiError, match="Insufficient balance"):
        bevparse.parse(body, CompletedResponse)

    assert theirs.data == []


def test_client_cannot_parse_xml_or_csv_and_bevparse_can() -> None:
    whole = bevparse.parse(DOCUMENTED["completed"])

    for body in (bevparse.dump(whole, format="xml"), bevparse.dump(whole, format="csv")):
        with pytest.raises(json.JSONDecodeError):
            official.ResponseRecords(json.loads(body))

        assert bevparse.parse(body) == whole


def test_client_keeps_the_raw_text_of_an_xml_error_and_bevparse_reads_it() -> None:
    reply = ErrorResponse(errors=("Authorisation or authentication failed",))
    body = bevparse.dump(reply, format="xml")
    theirs = official.ApiAuthError(body.decode(), 401)

    assert (theirs.parsed_message, theirs.message) == (None, body.decode())
    assert bevparse.parse(theirs.message) == reply


def test_client_cannot_compare_its_models_and_bevparse_can() -> None:
    parsed = json.loads(DOCUMENTED["status"])

    with pytest.raises((TypeError, ValueError)):
        assert official.ResponseStatus(parsed) == official.ResponseStatus(parsed)

    assert bevparse.parse(DOCUMENTED["status"]) == bevparse.parse(DOCUMENTED["status"])


def test_client_writes_csv_as_text_and_bevparse_as_bytes_with_one_line_end(
    tmp_path: Path, service: FakeService
) -> None:
    saved = tmp_path / "saved.csv"
    body = b'"Email Address",Error\r\n"two\r\nlines",bad\r\n'
    service.next(Reply(body))
    official.Client(KEY, base_url=service.url).download(request_id=5, return_failed=True, filename=str(saved))

    with saved.open("w", newline="\r\n") as as_on_windows:
        as_on_windows.write(body.decode())

    assert saved.read_bytes().count(b"\r\r\n") == 3
    assert bevparse.parse(body, FailedResponse).failures[0].email_address == "two\r\nlines"
    assert b"\r\r" not in bevparse.dump(bevparse.parse(body, FailedResponse), format="csv")
