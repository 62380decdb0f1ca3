"""Recorded tests, as in docs/clients.md: keys and drift are found in the cassettes of VCR.py for each client."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.request import Request, urlopen

import aiohttp
import bulkemailverifier
import httpx
import pytest
import requests
import vcr
import yaml

from bevparse import Limits, StatusResponse, parse, parse_http
from bevparse.cli import main
from bevparse.sources import cassettes
from bevparse.testing import FakeService, Reply

from ..documented import DOCUMENTED
from ..recordings import API, KEY, codes, members
from .test_clients import BASE, blocks, section

SECTION = section("Recorded tests")
(EXAMPLE,) = blocks(SECTION, "python")
FILTER = 'filter_post_data_parameters=[("apiKey", "REDACTED")],'
CASSETTE = Path("tests/cassettes/test_two_requests_are_known.yaml")
ASKED = {"apiKey": KEY, "ids": [544, 596]}
STATUS = "/request/status"


@pytest.fixture(autouse=True)
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEV_API_KEY", KEY)
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, str]]:
    """Run the documented command for CI."""
    (script,) = blocks(SECTION, "sh")
    (command,) = [line for line in script.splitlines() if line.startswith("bevparse")]

    def run() -> tuple[int, str]:
        capsys.readouterr()
        code = main(shlex.split(command)[1:])
        return code, capsys.readouterr().out

    return run


Check = Callable[[], tuple[int, str]]


def run_example(server: str, example: str = EXAMPLE) -> None:
    """Run the tests of the file as pytest would."""
    names: dict[str, object] = {}
    exec(compile(example.replace(BASE, server), "test_status.py", "exec"), names)
    cast("Callable[[], None]", names["test_two_requests_are_known"])()


def record_example(answer: bytes = DOCUMENTED["status"], example: str = EXAMPLE) -> str:
    CASSETTE.unlink(missing_ok=True)
    with FakeService() as service:
        service.next(Reply(answer))
        run_example(service.url, example)
        return service.url


def test_example_records_no_key_and_is_valid(check: Check) -> None:
    record_example()

    assert KEY not in CASSETTE.read_text()
    assert check() == (0, "no findings in 1 file; 1 response body, valid; 1 status (1 json)\n")


def test_example_plays_back_without_the_service_or_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    server = record_example()
    monkeypatch.delenv("BEV_API_KEY")

    run_example(server)


def test_recorded_key_is_found_and_can_be_overwritten(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert FILTER in EXAMPLE
    server = record_example(example=EXAMPLE.replace(FILTER, ""))

    code, reports = check()

    assert code == 1
    assert "BEV503" in reports
    assert KEY[3:9] not in reports
    assert main(["redact", str(CASSETTE), "--in-place"]) == 0
    assert check()[0] == 0
    run_example(server)
    capsys.readouterr()


def test_drift_is_reported_at_its_position(check: Check) -> None:
    record_example(DOCUMENTED["status"].replace(b'"id":596', b'"id":596,"priority":"high"'))

    code, reports = check()

    assert code == 1
    assert f"{CASSETTE}#/interactions/0:1:" in reports
    assert "/response/1/priority" in reports


def with_requests(server: str) -> object:
    return parse_http(requests.post(server + STATUS, json=ASKED, timeout=60))


def with_httpx(server: str) -> object:
    return parse_http(httpx.post(server + STATUS, json=ASKED))


def with_aiohttp(server: str) -> object:
    async def fetch() -> object:
        async with aiohttp.ClientSession() as session, session.post(server + STATUS, json=ASKED) as response:
            await response.read()
            return parse_http(response)

    return asyncio.run(fetch())


def with_urllib(server: str) -> object:
    body = json.dumps(ASKED).encode()
    with urlopen(Request(server + STATUS, body, {"Content-Type": "application/json"}), timeout=60) as response:
        return parse_http(response)


def with_the_official_client(server: str) -> object:
    return parse(bulkemailverifier.Client(KEY, base_url=server).get_status_raw(request_ids=[544, 596]), StatusResponse)


CLIENTS = {
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
    "urllib": with_urllib,
    "official": with_the_official_client,
}
every_client = pytest.mark.parametrize("fetch", CLIENTS.values(), ids=CLIENTS)
every_kind = pytest.mark.parametrize("kind", ["yaml", "json"])
Fetch = Callable[[str], object]


def record(fetch: Fetch, kind: str, **filters: object) -> str:
    """Record a call, and return its cassette."""
    cassette = Path("tests/cassettes") / f"status.{kind}"
    recorder = vcr.VCR(serializer=kind, **filters)
    with FakeService() as service, recorder.use_cassette(str(cassette)):
        service.next(parse(DOCUMENTED["status"]))
        url = service.url
        recorded = fetch(url)
    with recorder.use_cassette(str(cassette), record_mode="none"):
        assert fetch(url) == recorded == parse(DOCUMENTED["status"])
    return cassette.read_text()


@every_client
@every_kind
def test_filtered_key_is_not_recorded(fetch: Fetch, kind: str, check: Check) -> None:
    assert KEY not in record(fetch, kind, filter_post_data_parameters=[("apiKey", "REDACTED")])
    assert check() == (0, "no findings in 1 file; 1 response body, valid; 1 status (1 json)\n")


@every_client
@every_kind
def test_unfiltered_key_is_reported(fetch: Fetch, kind: str, check: Check) -> None:
    assert KEY in record(fetch, kind)

    code, reports = check()

    assert code == 1
    assert "#/interactions/0: error: BEV503" in reports
    assert KEY[3:9] not in reports


@pytest.mark.parametrize(
    "body",
    [
        {"apiKey": KEY, "ids": [596]},
        {"form": [["apiKey", KEY]]},
        [["apiKey", KEY], ["id", "596"]],
        [[1, None, True], {"deep": {"apiKey": KEY}}],
    ],
)
@every_kind
def test_key_is_found_in_a_body_that_was_recorded_as_values(body: object, kind: str) -> None:
    request = {"method": "POST", "uri": "https://x.example/", "headers": {}, "body": body}
    cassette = {"interactions": [{"request": request, "response": {"body": {"string": ""}}}], "version": 1}
    data = (json.dumps(cassette) if kind == "json" else yaml.safe_dump(cassette)).encode()

    assert codes(members(cassettes, data)) == [("BEV503",)]


def test_key_is_found_in_bytes_among_values() -> None:
    request = {"uri": "https://x.example/", "body": {"form": [b"\xff" + KEY.encode()]}}

    assert codes(members(cassettes, yaml.safe_dump({"interactions": [{"request": request}]}).encode())) == [("BEV503",)]


def test_values_that_aliases_make_too_long_are_refused() -> None:
    text = "x" * 500
    data = f"interactions:\n- request: {{uri: 'https://x.example/', body: [&a {text}{', *a' * 9}]}}\n".encode()

    assert codes(members(cassettes, data, Limits(body=4000))) == [("BEV002", "BEV505")]


def test_response_recorded_as_values_is_not_a_body() -> None:
    interaction = {"request": {"method": "POST", "uri": API}, "response": {"status": 200, "body": [{"id": 5}]}}

    assert codes(members(cassettes, json.dumps({"interactions": [interaction]}).encode())) == [("BEV012",)]
