"""`scrub` in VCR.py: no key in a cassette, and the request that is sent keeps its key."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import vcr
import vcr.request

from bevparse.apikeys import holds_key
from bevparse.testing import FakeService, scrub

from ..recordings import KEY

DOTS = b"at_REDACTED....................."


def test_scrubbed_cassette_has_no_key_and_is_played(tmp_path: Path) -> None:
    cassette = tmp_path / "status.yaml"
    recorder = vcr.VCR(before_record_request=scrub, before_record_response=scrub)
    headers = {"Authorization": KEY}

    def ask(url: str) -> requests.Response:
        return requests.post(url, json={"apiKey": KEY, "ids": [544]}, headers=headers, timeout=60)

    with FakeService({544: []}) as service:
        url = f"{service.url}/request/status?key={KEY}"
        with recorder.use_cassette(str(cassette)):
            recorded = ask(url)
    with recorder.use_cassette(str(cassette), record_mode="none"):
        played = ask(url)

    assert played.content == recorded.content
    assert (service.calls[0].key, service.calls[0].headers["authorization"]) == (KEY, KEY)
    assert KEY in service.calls[0].path
    assert not holds_key(cassette.read_bytes())


def test_response_is_scrubbed_in_headers_and_body() -> None:
    body = gzip.compress(b'{"apiKey":"%b"}' % KEY.encode())
    response = {"status": {"code": 200}, "headers": {"X-Key": [KEY]}, "body": {"string": body}}

    scrubbed = scrub(response)

    assert scrubbed["headers"] == {"X-Key": [DOTS.decode()]}
    assert gzip.decompress(scrubbed["body"]["string"]) == b'{"apiKey":"%b"}' % DOTS  # type: ignore[index,arg-type]
    assert scrubbed["status"] == {"code": 200}
    assert response["body"] == {"string": body}


@pytest.mark.parametrize(
    ("body", "scrubbed"),
    [
        (None, None),
        (KEY, DOTS),
        ([("apiKey", KEY), ("id", 5)], [["apiKey", DOTS.decode()], ["id", 5]]),
        ({"apiKey": KEY}, {"apiKey": DOTS.decode()}),
        (base64.b64encode(KEY.encode()), base64.b64encode(DOTS)),
    ],
)
def test_body_of_a_request_is_scrubbed(body: object, scrubbed: object) -> None:
    request = vcr.request.Request("POST", "https://x.example/", body, {})

    assert scrub(request).body == scrubbed


def test_streams_of_a_request_are_scrubbed_as_a_whole() -> None:
    def pieces() -> Iterator[bytes | str]:
        yield KEY[:9]
        yield KEY[9:].encode()

    from_pieces = scrub(vcr.request.Request("POST", "https://x.example/", pieces(), {}))
    from_file = scrub(vcr.request.Request("POST", "https://x.example/", io.BytesIO(KEY.encode()), {}))

    assert list(from_pieces.body) == [DOTS]
    assert from_file.body.read() == DOTS


def test_key_that_cannot_be_overwritten_is_a_value_error() -> None:
    repeated = b"REDACTED".ljust(29, b"z")  # compressed to a reference, which `scrub` cannot keep
    packed = gzip.compress(repeated + b"at_" + repeated + b"\n", 9)

    with pytest.raises(ValueError, match="cannot overwrite an API key in compressed data"):
        scrub({"headers": {}, "body": {"string": packed}})
