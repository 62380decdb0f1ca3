"""`FakeService` over the wire: every endpoint, format, shape, error reply and fault."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import IncompleteRead, RemoteDisconnected
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bevparse import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    EmailRecord,
    EncodeError,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
    parse,
    parse_http,
    parse_reply,
)
from bevparse.testing import Call, FakeService, Reply, faults
from bevparse.testing.parameters import parameter_errors
from bevparse.testing.service import CheckedEmail
from bevparse.testing.shapes import CSV_SHAPES, XML_SHAPES
from bevparse.validate import validate

from ..recordings import KEY

OK = EmailRecord(email_address="ann@mail.example", smtp_check=True, mx_records=("a.example", "b.example"), result="ok")
BAD = EmailRecord(email_address="R&D@mail.example", dns_check=False, result="bad")
INVALID = FailedEmail(email_address="foo.bar", error="Invalid format")
UNREACHED = FailedEmail(email_address="bob@mail.example", error="Timeout")
REQUESTS = {544: [OK, BAD, INVALID, UNREACHED], 596: list[CheckedEmail]()}
EVERY_SHAPE = [("xml", shape) for shape in XML_SHAPES] + [("csv", shape) for shape in CSV_SHAPES]


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(REQUESTS) as service:
        yield service


def called(service: FakeService, path: str, **parameters: object) -> tuple[int, str, bytes]:
    """Return status, content type and body of the reply to a request."""
    body = json.dumps({"apiKey": service.key, **parameters}).encode()
    return sent(service, path, body)


def sent(service: FakeService, path: str, body: bytes | None, timeout: float = 60) -> tuple[int, str, bytes]:
    try:
        with urlopen(f"{service.url}/{path}", body, timeout) as response:
            return response.status, response.headers["content-type"], response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers["content-type"], error.read()


def errors_of(reply: tuple[int, str, bytes]) -> tuple[str, ...]:
    status, content_type, body = reply
    assert (status, content_type) == (400, "application/json")
    return parse_reply(body, ErrorResponse).errors


def test_created_request_is_ready_after_the_polls() -> None:
    with FakeService(REQUESTS, records=[BAD], polls=2) as service:
        created = parse(called(service, "request", emails=[BAD.email_address, "x@y.example", "foo"])[2], CreateResponse)
        unready = [called(service, f"request/{name}", id=597)[2] for name in ("completed", "failed")]
        states = [
            parse(called(service, "request/status", ids=[597, 3, 597])[2], StatusResponse).requests for _ in range(4)
        ]
        completed = parse(called(service, "request/completed", id=597)[2], CompletedResponse)
        failed = parse(called(service, "request/failed", id=597)[2], FailedResponse)

    assert created.id == 597
    assert unready == [b'{"response":[]}'] * 2
    assert [(one.processed_emails, one.ready, one.date_end is None) for (one,) in states] == [
        (1, False, True),
        (2, False, True),
        (2, True, False),
        (2, True, False),
    ]
    assert completed.records[0] == BAD
    assert (completed.records[1].email_address, completed.records[1].result) == ("x@y.example", "ok")
    assert failed.failures == (FailedEmail(email_address="foo", error="Invalid format"),)


def test_status_counts_what_is_invalid_and_what_failed(service: FakeService) -> None:
    (status,) = parse(called(service, "request/status", ids=[544])[2], StatusResponse).requests

    assert status == BulkRequest(
        id=544,
        api_version=3,
        date_start=datetime(2022, 1, 17, 12, 26, 22, tzinfo=UTC),
        date_end=datetime(2022, 1, 17, 12, 26, 26, tzinfo=UTC),
        total_emails=4,
        invalid_emails=1,
        processed_emails=2,
        failed_emails=1,
        ready=True,
    )


def test_list_has_pages() -> None:
    with FakeService({number: [] for number in range(1, 24)}) as service:
        first = parse(called(service, "request/list")[2], ListResponse)
        last = parse(called(service, "request/list", page=2, perPage=20, sort="asc", onlyIds=False)[2], ListResponse)
        after = parse(called(service, "request/list", page=4)[2], ListResponse)

    assert [one.id for one in first.requests] == [*range(23, 13, -1)]
    assert (first.from_, first.to, first.last_page, first.total) == (1, 10, 3, 23)
    assert first.requests[0] == BulkRequest(id=23)
    assert [(one.id, one.ready) for one in last.requests] == [(21, True), (22, True), (23, True)]
    assert (last.current_page, last.from_, last.to, last.last_page, last.per_page) == (2, 21, 23, 2, 20)
    assert (after.requests, after.from_, after.to) == ((), None, None)


@pytest.mark.parametrize(("format", "shape"), EVERY_SHAPE)
def test_every_shape_is_read_as_the_same_model(format: str, shape: str) -> None:
    asked: list[tuple[type[Response], dict[str, object]]] = [
        (StatusResponse, {"ids": [544, 596]}),
        (CompletedResponse, {"id": 544}),
        (CompletedResponse, {"id": 596}),
        (FailedResponse, {"id": 544}),
        (ListResponse, {}),
        (ListResponse, {"page": 2}),
    ]
    service = FakeService(REQUESTS, **{format: shape})  # type: ignore[arg-type]

    for model, parameters in asked:
        path = f"/api/bevService{model.wire_path}"
        replies = [
            service.answer(Call("POST", path, {**parameters, "format": chosen}, service.key))
            for chosen in ("json", format)
        ]
        in_json, in_shape = (reply.body for reply in replies if isinstance(reply.body, bytes))
        assert parse(in_shape, model, format=format) == parse(in_json, model)


@pytest.mark.parametrize("shape", XML_SHAPES)
def test_create_is_served_in_every_shape_of_xml(shape: str) -> None:
    with FakeService(xml=shape) as service:  # type: ignore[arg-type]
        status, content_type, body = called(service, "request", emails=["a@b.example"], format="xml")

    assert (status, content_type) == (200, "text/xml; charset=UTF-8")
    assert parse(body, CreateResponse) == CreateResponse(id=1)


def test_shapes_are_spelled_as_the_candidates() -> None:
    call = Call("POST", "/api/bevService/request/completed", {"id": 1, "format": "xml"}, FakeService.key)
    record = EmailRecord(email_address="a&b@x.example", mx_records=("a.example", "b.example"))

    bodies = [FakeService({1: [record]}, xml=shape).answer(call).body for shape in XML_SHAPES]

    in_a, in_b, in_c, in_d, in_e = (body.decode() for body in bodies if isinstance(body, bytes))
    assert "<xml><response><item><emailAddress>a&amp;b@x.example</emailAddress>" in in_a
    assert "<mxRecord>b.example</mxRecord></mxRecords></item></response></xml>" in in_a
    assert "<root><response><emailAddress>a&amp;b@x.example</emailAddress>" in in_b
    assert "<mxRecords>a.example</mxRecords><mxRecords>b.example</mxRecords></response></root>" in in_b
    assert '<response><item key="0"><emailAddress><![CDATA[a&b@x.example]]></emailAddress>' in in_c
    assert '<item key="1">b.example</item></mxRecords></item></response>' in in_c
    assert "<root><response><item0>" in in_d
    assert "<item1>b.example</item1></mxRecords></item0></response></root>" in in_d
    assert "<ArrayList><response><EmailVerifyRecord>" in in_e
    assert "<string>b.example</string></mxRecords></EmailVerifyRecord></response></ArrayList>" in in_e


def test_csv_shapes_are_spelled_as_their_names() -> None:
    call = Call("POST", "/api/bevService/request/completed", {"id": 1, "format": "csv"}, FakeService.key)
    bodies = {shape: FakeService({1: [OK, BAD]}, csv=shape).answer(call).body for shape in CSV_SHAPES}

    lines = {shape: body.decode().split("\n") for shape, body in bodies.items() if isinstance(body, bytes)}
    assert lines["title-case"][0].startswith('"Email Address","Format Check"')
    assert lines["quoted"][0].endswith(',"Result"')
    assert lines["crlf"][1].endswith("ok\r")
    assert lines["semicolon"][0].startswith('"Email Address";"Format Check"')
    assert lines["tab"][0].startswith('"Email Address"\t"Format Check"')
    assert lines["wire-names"][0].startswith("emailAddress,formatCheck")
    assert lines["spread-hosts"][0].endswith(",mxRecords.0,mxRecords.1,Result")
    assert lines["spread-hosts"][2].endswith(",,,bad")


@pytest.mark.parametrize("wrong", [{"xml": "F"}, {"csv": "pipes"}])
def test_unknown_shape_is_a_value_error(wrong: dict[str, str]) -> None:
    with pytest.raises(
        ValueError, match="expected one of the shapes A, B, C, D, E for XML, and one of title-case, quoted"
    ):
        FakeService(**wrong)  # type: ignore[arg-type]


# What is refused


@pytest.mark.parametrize("body", [b"{}", b'{"apiKey":"secret"}', b'{"apiKey":5}', b'{"apiKey":"at_0"}'])
def test_wrong_key_is_refused(service: FakeService, body: bytes) -> None:
    status, _, reply = sent(service, "request/list", body)

    assert status == 401
    assert parse_reply(reply, ListResponse) == ErrorResponse(errors=("Authorisation or authentication failed",))


@pytest.mark.parametrize("body", [b"", b"[]", b"apiKey=x", b"[" * 100_000])
def test_body_that_is_no_object_is_refused(service: FakeService, body: bytes) -> None:
    assert errors_of(sent(service, "request", body)) == ("The body of the request should be a JSON object.",)
    assert service.calls[0].parameters is None


@pytest.mark.parametrize(
    ("path", "body", "page"), [("request/other", b"{}", "404 Not Found"), ("request", None, "405")]
)
def test_other_urls_and_methods_get_an_html_page(
    service: FakeService, path: str, body: bytes | None, page: str
) -> None:
    status, content_type, reply = sent(service, path, body)

    assert (str(status), content_type) == (page[:3], "text/html")
    with pytest.raises(DecodeError, match=f"HTML page titled '{page}"):
        parse(reply)


def test_unknown_id_is_refused_and_left_out_of_the_status(service: FakeService) -> None:
    assert errors_of(called(service, "request/completed", id=7)) == ("The selected id is invalid.",)
    assert errors_of(called(service, "request/failed", id=7)) == ("The selected id is invalid.",)
    assert parse(called(service, "request/status", ids=[7])[2], StatusResponse).requests == ()


def test_create_refuses_csv_as_the_documentation_says(service: FakeService) -> None:
    status, _, body = called(service, "request", emails=["a@b.example"], format="csv")

    assert (status, body) == (400, faults.BAD_FORMAT.body)


@pytest.mark.parametrize(
    ("endpoint", "parameters", "errors"),
    [
        ("create", {"emails": []}, ["The emails field is required."]),
        ("create", {"emails": "a@b.example"}, ["The emails field should be an array of strings."]),
        ("create", {"emails": [5]}, ["The emails field should be an array of strings."]),
        ("create", {"emails": ["a"] * 50_001}, ["The emails field should have at most 50000 items."]),
        ("create", {"emails": ["a"] * 50_000, "format": "xml", "version": 3}, []),
        (
            "create",
            {"emails": ["a"], "version": 1},
            ["The version field should have one of the following values: 2, 3."],
        ),
        ("list", {"page": 0}, ["The page must be at least 1."]),
        ("list", {"page": "1"}, ["The page must be an integer."]),
        ("list", {"perPage": 9}, ["The perPage must be between 10 and 50."]),
        ("list", {"perPage": True}, ["The perPage must be an integer."]),
        ("list", {"onlyIds": 1}, ["The onlyIds field must be true or false."]),
        ("list", {"sort": "up"}, ["The sort field should have one of the following values: asc, desc."]),
        ("list", {"page": 2, "perPage": 50, "onlyIds": False, "sort": "asc", "format": "csv"}, []),
        ("status", {}, ["The ids field is required."]),
        ("status", {"ids": 5}, ["The ids field should be an array of integers."]),
        ("status", {"ids": ["5"]}, ["The ids field should be an array of integers."]),
        ("completed", {}, ["The id field is required."]),
        ("completed", {"id": "5"}, ["The id must be an integer."]),
        ("failed", {"id": 0}, ["The id must be at least 1."]),
        (
            "failed",
            {"id": 5, "format": ["xml"]},
            ["The format field should have one of the following values: json, xml, csv."],
        ),
    ],
)
def test_wrong_parameters_are_named(endpoint: str, parameters: dict[str, object], errors: list[str]) -> None:
    assert parameter_errors(endpoint, parameters) == errors  # type: ignore[arg-type]


# Planned replies


@pytest.mark.parametrize("name", sorted(faults.FAULTS.keys() - {"cut", "slow"}))
def test_fault_is_the_next_reply_only(service: FakeService, name: str) -> None:
    fault = faults.FAULTS[name]
    service.next(fault)

    first, second = (called(service, "request/list") for _ in range(2))

    assert first[0] == fault.status
    assert second[0] == 200
    if name == "empty":
        assert first[2] == b""
    elif first[1] == "text/html":
        assert first[2].startswith(b"<html>")
    else:
        assert isinstance(parse(first[2]), ErrorResponse)


def test_replies_are_sent_in_their_order(service: FakeService) -> None:
    page = StatusResponse(requests=(BulkRequest(id=1),))
    service.next(page, Reply(b"ID\n5\n", content_type="text/csv"))
    service.next(ErrorResponse(errors=("no",)))

    replies = [called(service, "request/status", ids=[1], format="xml") for _ in range(3)]

    assert [content_type for _, content_type, _ in replies] == [
        "text/xml; charset=UTF-8",
        "text/csv",
        "application/json",
    ]
    assert parse(replies[0][2], StatusResponse) == page
    assert replies[2][2] == b'{"response":{"error":"no"}}'


@pytest.mark.parametrize("wrong", [502, b"", faults])
def test_next_accepts_only_replies_and_models(wrong: object) -> None:
    with pytest.raises(TypeError, match="expected a Reply or a response model, got"):
        FakeService().next(wrong)  # type: ignore[arg-type]


def test_cut_reply_lacks_its_second_half(service: FakeService) -> None:
    service.next(faults.CUT, Reply(b"", cut=True))

    for half in (len(b'{"response":{"id":597}}') // 2, 0):
        with pytest.raises(IncompleteRead) as caught:
            called(service, "request", emails=["a@b.example"])
        assert len(caught.value.partial) == half

    assert 597 in service.requests


def test_slow_reply_is_a_timeout_and_does_not_delay_the_end() -> None:
    with FakeService() as service:
        service.next(faults.SLOW, Reply(delay=0.01))
        with pytest.raises(TimeoutError):
            sent(service, "request", b"{}", timeout=0.1)

        assert sent(service, "request", b"{}")[0] == 401


def test_waiting_client_is_disconnected_at_the_end() -> None:
    caught: list[BaseException] = []

    def call(url: str) -> None:
        try:
            urlopen(url, b"{}", timeout=60)
        except RemoteDisconnected as error:
            caught.append(error)

    with FakeService() as service:
        service.next(faults.SLOW)
        thread = threading.Thread(target=call, args=(f"{service.url}/request",))
        thread.start()
        while not service.calls:
            pass
    thread.join(60)

    assert len(caught) == 1


# What it remembers, and how it ends


def test_calls_are_remembered_without_their_keys(service: FakeService) -> None:
    headers = {"Authorization": KEY, "Content-Type": "application/json"}
    body = json.dumps({"apiKey": KEY, "ids": [544], "note": KEY}).encode()
    with urlopen(Request(f"{service.url}/request/status?apiKey={KEY}", body, headers), timeout=60) as response:
        status = parse_http(response, StatusResponse)

    (call,) = service.calls
    assert [one.id for one in status.requests] == [544]
    assert (call.method, call.endpoint, call.key) == ("POST", "status", KEY)
    assert call.parameters == {"ids": [544], "note": KEY}
    assert call.headers["authorization"] == KEY
    assert KEY[3:9] not in repr(call)
    assert "'ids': [544]" in repr(call)
    assert Call.of("GET", "/elsewhere", {}, b"").endpoint is None


def test_service_has_a_url_only_while_it_runs() -> None:
    service = FakeService()
    with pytest.raises(RuntimeError, match="FakeService has no URL outside of its with statement"):
        _ = service.url

    with service:
        first = service.url
    with service:
        assert called(service, "request", emails=["a@b.example"])[0] == 200

    assert first.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError):
        _ = service.url


def connected(service: FakeService) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(re.findall(r"[0-9]+(?=/)", service.url)[0])), timeout=60)


def test_threads_and_connections_end_with_the_service() -> None:
    before = threading.active_count()

    with FakeService() as service:
        idle = connected(service)  # a client that sends nothing
        assert called(service, "request/list")[0] == 200

    with idle:
        assert idle.recv(1) == b""
    assert threading.active_count() == before


@pytest.mark.parametrize("requests", [{1: ["a@b.example"]}, {1: [CreateResponse(id=1)]}])
def test_results_of_other_types_are_type_errors(requests: dict[int, list[CheckedEmail]]) -> None:
    with pytest.raises(TypeError, match="expected an EmailRecord or a FailedEmail, got"):
        FakeService(requests)
    with pytest.raises(TypeError, match="expected an EmailRecord or a FailedEmail, got"):
        FakeService(records=requests[1])


def test_exception_in_the_service_is_raised_at_its_end() -> None:
    service = FakeService({1: [EmailRecord(email_address="a\0b")]})

    with pytest.raises(EncodeError, match="expected characters that XML"), service:
        status, content_type, body = called(service, "request/completed", id=1, format="xml")

    assert (status, content_type) == (500, "text/plain; charset=utf-8")
    assert body.startswith(b"EncodeError: ")


def test_exception_in_the_test_takes_precedence_over_one_in_the_service() -> None:
    def fail() -> None:
        with FakeService({1: [EmailRecord(email_address="a\0b")]}) as service:
            called(service, "request/completed", id=1, format="xml")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_fault_of_a_request_is_raised_at_the_end() -> None:
    def send(head: bytes) -> None:
        with FakeService() as service, connected(service) as connection:
            connection.sendall(head)
            assert connection.recv(1) == b""

    with pytest.raises(ValueError, match="4300"):
        send(b"POST /x HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n")


def test_client_that_resets_its_connection_is_no_fault() -> None:
    with FakeService() as service:
        service.next(Reply(b"x" * 10_000_000))
        connection = connected(service)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"POST /x HTTP/1.1\r\n\r\n")
        assert connection.recv(1) == b"H"
        connection.close()

        assert called(service, "request/list")[0] == 200


@pytest.mark.parametrize("format", ["json", "xml", "csv"])
def test_replies_of_the_service_have_no_findings(format: str, tmp_path: Path) -> None:
    with FakeService(REQUESTS, polls=1) as service:
        for name, parameters in {
            "status-running": {"ids": [544, 596]},
            "status-ready": {"ids": [544, 596]},
            "completed": {"id": 544},
            "failed": {"id": 544},
            "list": {"onlyIds": False},
        }.items():
            path = f"request/{name.partition('-')[0]}"
            (tmp_path / f"{name}.{format}").write_bytes(called(service, path, format=format, **parameters)[2])

    report = validate(tmp_path)

    assert [problem for checked in report.findings for problem in checked.problems] == []
    assert report.summary.bodies == 5
