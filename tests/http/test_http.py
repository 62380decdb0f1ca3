"""`parse_http` with the responses of real clients, from a fake service."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
import httpx
import pytest
import requests

import bevparse
from bevparse import ApiError, CompletedResponse, DecodeError, ErrorResponse, Limits, SourceError, StatusResponse
from bevparse.http import HttpResponse
from bevparse.testing import FakeService, Reply, faults

from ..documented import DOCUMENTED, PATHS
from ..recordings import KEY

T = TypeVar("T")
Fetch = Callable[[str, dict[str, object], Callable[[HttpResponse], T]], T]

FORMATS = ("json", "xml", "csv")


def with_requests(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    with requests.post(url, json=parameters, timeout=60) as response:
        return read(response)


def with_requests_stream(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    with requests.post(url, json=parameters, timeout=60, stream=True) as response:
        return read(response)


def with_httpx(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    return read(httpx.post(url, json=parameters))


def with_httpx_async(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    async def fetch() -> T:
        async with httpx.AsyncClient() as client:
            return read(await client.post(url, json=parameters))

    return asyncio.run(fetch())


def with_aiohttp(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    async def fetch() -> T:
        async with aiohttp.ClientSession() as session, session.post(url, json=parameters) as response:
            await response.read()
            return read(response)

    return asyncio.run(fetch())


def with_urllib(url: str, parameters: dict[str, object], read: Callable[[HttpResponse], T]) -> T:
    body = bevparse.formats.get("json").encode(parameters)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=60) as response:
            return read(response)
    except urllib.error.HTTPError as error:
        with error:
            return read(error)


FETCHES = [with_requests, with_requests_stream, with_httpx, with_httpx_async, with_aiohttp, with_urllib]
every_client = pytest.mark.parametrize("fetch", FETCHES)


@pytest.mark.unmeasured
@every_client
@pytest.mark.parametrize("endpoint", PATHS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_client_endpoint_and_format_returns_the_documented_model(
    fetch: Fetch, endpoint: str, format: str, service: FakeService
) -> None:
    expected = bevparse.parse(DOCUMENTED[endpoint])
    service.next(expected)

    response = fetch(service.url + PATHS[endpoint], {"format": format}, bevparse.parse_http)

    assert response == expected


@every_client
@pytest.mark.parametrize("status", [401, 402, 403, 422, 200])
def test_error_in_json_is_an_api_error_for_any_status_and_content_type(
    fetch: Fetch, status: int, service: FakeService
) -> None:
    service.next(Reply(b'{"response":{"error":"Insufficient balance"}}', status, "text/csv"))

    with pytest.raises(ApiError, match="Insufficient balance") as caught:
        fetch(f"{service.url}/request/completed", {"format": "csv"}, bevparse.parse_http)

    assert caught.value.response == ErrorResponse(errors=("Insufficient balance",))


@every_client
def test_gateway_page_is_named(fetch: Fetch, service: FakeService) -> None:
    service.next(faults.BAD_GATEWAY)

    with pytest.raises(DecodeError, match="HTML page titled '502 Bad"):
        fetch(f"{service.url}/request/status", {}, bevparse.parse_http)


@every_client
def test_zero_bytes_of_csv_are_an_empty_result(fetch: Fetch, service: FakeService) -> None:
    service.next(faults.EMPTY)

    response = fetch(f"{service.url}/request/completed", {"format": "csv"}, bevparse.parse_http)

    assert response == CompletedResponse(records=())


@every_client
def test_zero_bytes_of_json_are_not_a_response(fetch: Fetch, service: FakeService) -> None:
    service.next(faults.EMPTY)

    with pytest.raises(DecodeError) as caught:
        fetch(f"{service.url}/request/completed", {}, bevparse.parse_http)
    assert caught.value.problem.code == "BEV101"


@every_client
def test_body_determines_the_endpoint_if_the_url_is_of_another_service(fetch: Fetch, service: FakeService) -> None:
    service.next(bevparse.parse(DOCUMENTED["status"]))

    response = fetch(f"{service.url}/proxy?path=status", {}, bevparse.parse_http)

    assert isinstance(response, StatusResponse)


def test_error_reply_of_another_url_is_returned(service: FakeService) -> None:
    service.next(faults.GATEWAY_DENIED)

    response = with_requests(f"{service.url}/elsewhere", {}, bevparse.parse_http)

    assert isinstance(response, ErrorResponse)
    assert response.code == 403


def test_requested_model_takes_precedence_over_the_url(service: FakeService) -> None:
    service.next(StatusResponse(requests=()))

    response = with_httpx(
        f"{service.url}/request/status", {}, lambda read: bevparse.parse_http(read, CompletedResponse)
    )

    assert response == CompletedResponse(records=())


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://a.example/api/bevService/request", "create"),
        ("https://a.example/api/bevService/request/", "create"),
        ("https://a.example/api/bevService/request/status/?x=1", "status"),
        ("https://a.example/api/bevService/request/FAILED#top", "failed"),
        ("https://a.example/proxied/api/bevService/request/completed", "completed"),
    ],
)
def test_endpoint_is_taken_from_the_path(url: str, endpoint: str) -> None:
    body = DOCUMENTED[endpoint]
    response = SimpleNamespace(url=url, headers={}, content=body)

    assert bevparse.parse_http(response).endpoint == endpoint


def test_url_inside_the_query_is_not_the_path() -> None:
    url = "https://proxy.example/fetch?from=https://a.example/api/bevService/request/status"
    response = SimpleNamespace(url=url, headers={}, content=DOCUMENTED["create"])

    assert bevparse.parse_http(response).endpoint == "create"


@every_client
def test_charset_is_taken_for_bytes_that_are_not_utf_8(fetch: Fetch, service: FakeService) -> None:
    body = '{"response":{"error":"accès refusé"}}'.encode("iso-8859-1")
    service.next(Reply(body, content_type="application/json; charset=ISO-8859-1"))

    response = fetch(f"{service.url}/", {}, bevparse.parse_http)

    assert response == ErrorResponse(errors=("accès refusé",))


@every_client
def test_charset_is_only_a_hint(fetch: Fetch, service: FakeService) -> None:
    body = '{"response":{"error":"accès refusé"}}'.encode()
    service.next(Reply(body, content_type='application/json; charset="iso-8859-1"'))

    response = fetch(f"{service.url}/", {}, bevparse.parse_http)

    assert response == ErrorResponse(errors=("accès refusé",))


@pytest.mark.parametrize(
    ("content_type", "strict"), [("application/json", False), ("application/json; charset=iso-8859-1", True)]
)
def test_bytes_that_are_not_utf_8_are_refused_without_the_hint(content_type: str, strict: bool) -> None:
    body = '{"response":{"error":"accès"}}'.encode("iso-8859-1")
    response = SimpleNamespace(url="", headers={"content-type": content_type}, content=body)

    with pytest.raises(DecodeError) as caught:
        bevparse.parse_http(response, strict=strict)
    assert caught.value.problem.code == "BEV102"


@pytest.mark.parametrize("fetch", [with_requests_stream, with_urllib])
@pytest.mark.parametrize("format", FORMATS)
def test_broken_connection_is_a_source_error(fetch: Fetch, format: str, service: FakeService) -> None:
    whole = bevparse.dump(bevparse.parse(DOCUMENTED["completed"]), format=format)
    service.next(Reply(whole * 2, cut=True))  # what arrives looks like a whole body
    url = f"{service.url}/request/completed"

    with pytest.raises(SourceError, match="cannot read response body: ") as caught:
        fetch(url, {"format": format}, bevparse.parse_http)

    assert caught.value.source == url


@pytest.mark.parametrize("fetch", [with_requests_stream, with_urllib])
def test_broken_connection_shows_no_key_of_the_url(fetch: Fetch, service: FakeService) -> None:
    service.next(Reply(DOCUMENTED["status"], cut=True))

    with pytest.raises(SourceError, match="cannot read response body: ") as caught:
        fetch(f"{service.url}/request/status?apiKey={KEY}", {}, bevparse.parse_http)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    for shown in (str(caught.value), repr(caught.value), caught.value.source, str(caught.value.args)):
        assert KEY[3:9] not in shown


class _ForeignError(Exception):
    """An error of a client, which is of no built-in kind, such as `urllib3.exceptions.ProtocolError`."""


def test_any_error_of_a_client_is_a_source_error_without_its_text() -> None:
    def read(_: int) -> bytes:
        raise _ForeignError(f"no answer from https://a.example/?apiKey={KEY}")

    response = SimpleNamespace(url=f"https://a.example/?apiKey={KEY}", headers={}, read=read)

    with pytest.raises(SourceError, match="cannot read response body: _ForeignError") as caught:
        bevparse.parse_http(response)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert KEY[3:9] not in f"{caught.value!s}{caught.value!r}{caught.value.source}"


def test_consumed_urllib_response_is_not_an_empty_result(service: FakeService) -> None:
    def read_twice(response: HttpResponse) -> object:
        response.read()  # type: ignore[attr-defined]
        return bevparse.parse_http(response)

    with pytest.raises(TypeError, match="read"):
        with_urllib(f"{service.url}/request/completed", {"format": "csv"}, read_twice)


def test_unread_stream_of_httpx_is_a_type_error(service: FakeService) -> None:
    with (
        httpx.stream("POST", f"{service.url}/request", json={}) as response,
        pytest.raises(TypeError, match=r"call response\.read\(\) or await response\.aread\(\) first"),
    ):
        bevparse.parse_http(response)


def test_unread_response_of_aiohttp_is_a_type_error(service: FakeService) -> None:
    async def fetch(url: str) -> None:
        async with aiohttp.ClientSession() as session, session.post(url, json={}) as response:
            bevparse.parse_http(response)

    with pytest.raises(TypeError, match=r"call await response\.read\(\) first"):
        asyncio.run(fetch(f"{service.url}/request"))


def test_consumed_stream_of_requests_is_a_type_error(service: FakeService) -> None:
    def consume(response: HttpResponse) -> object:
        for _ in response.iter_content():  # type: ignore[attr-defined]
            pass
        return bevparse.parse_http(response)

    with pytest.raises(TypeError, match="has not been read"):
        with_requests_stream(f"{service.url}/request", {}, consume)


@pytest.mark.parametrize(
    "thing",
    [
        None,
        b'{"response":{"id":5}}',
        "https://a.example/api/bevService/request",
        object(),
        SimpleNamespace(url="", headers={}),
        SimpleNamespace(url="", headers={}, content="text"),
        SimpleNamespace(url="", headers={}, read=lambda amount: "text"),
        SimpleNamespace(url="", headers=None, content=b"{}"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_other_objects_are_type_errors(thing: object) -> None:
    with pytest.raises(TypeError, match="expected the response of an HTTP client, got "):
        bevparse.parse_http(thing)  # type: ignore[arg-type]


def test_response_of_httpx_without_a_request_has_no_url_and_is_read_by_its_payload() -> None:
    response = httpx.Response(200, content=DOCUMENTED["status"], headers={"content-type": "application/json"})

    assert bevparse.parse_http(response) == bevparse.parse(DOCUMENTED["status"])


@every_client
def test_body_above_the_limit_is_refused(fetch: Fetch, service: FakeService) -> None:
    service.next(bevparse.parse(DOCUMENTED["status"]))

    with pytest.raises(DecodeError) as caught:
        fetch(f"{service.url}/request/status", {}, lambda read: bevparse.parse_http(read, limits=Limits(body=100)))
    assert caught.value.problem.code == "BEV002"


def test_no_http_client_is_imported() -> None:
    script = (
        "import sys, types, pydantic\n"
        "before = set(sys.modules)\n"
        "import bevparse\n"
        'body = b\'{"response":{"id":5}}\'\n'
        "response = types.SimpleNamespace(url='/api/bevService/request', headers={}, content=body)\n"
        "bevparse.parse_http(response)\n"
        "clients = {'requests', 'httpx', 'aiohttp', 'urllib3', 'urllib.request', 'asyncio'}\n"
        "print(sorted(clients & set(sys.modules) - before))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "[]\n"
