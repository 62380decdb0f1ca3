"""API keys in every scheme, place, escape and encoding of a file: found by `validate`, overwritten by `redact`."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

from bevparse.apikeys import holds_key
from bevparse.cli import main

from .test_apikeys import KEY, SPELLINGS, escaped
from .test_packed import chunked

pytestmark = pytest.mark.usefixtures("folder")

URL = "https://emailverification.whoisxmlapi.com/api/bevService/request/status"
REPLY = '{"response":[]}'
POSTED = f'{{"apiKey":"{KEY}","ids":[5]}}'
PACKED = gzip.compress(POSTED.encode(), mtime=0)
BASIC = base64.b64encode(f"{KEY}:".encode()).decode()
ESCAPED = f'{{"apiKey":"{escaped(KEY, chr(92) + "u{:04x}")}","ids":[5]}}'
FORM = f"apiKey={KEY}&ids=5"
MULTIPART = f'--x\r\nContent-Disposition: form-data; name="apiKey"\r\n\r\n{KEY}\r\n--x--\r\n'
QUOTED = MULTIPART.replace(KEY, f"{KEY[:20]}=\r\n{KEY[20:]}")


def har(entry: dict[str, object] | None = None, page: str = "", **request: object) -> bytes:
    """Return a HAR with one exchange, of which the request has these fields."""
    sent = {"method": "POST", "url": URL, "headers": [], "queryString": [], "cookies": [], **request}
    content = {"mimeType": "application/json", "text": REPLY}
    answer = {"status": 200, "headers": [], "content": content}
    log = {
        "version": "1.2",
        "pages": [{"title": page}],
        "entries": [{"request": sent, "response": answer, **(entry or {})}],
    }
    return json.dumps({"log": log}, indent=1).encode()


def har_with(member: str) -> bytes:
    """Return a HAR with one more member of the entry, which may be there already."""
    return har().replace(b'"request": {', f'{member}, "request": {{'.encode(), 1)


def interactions(**request: object) -> dict[str, object]:
    sent = {"method": "POST", "uri": URL, "body": "", "headers": {}, **request}
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": REPLY}}
    return {"version": 1, "interactions": [{"request": sent, "response": answer}]}


def cassette(**request: object) -> bytes:
    return yaml.safe_dump(interactions(**request)).encode()


def cassette_in_json(**request: object) -> bytes:
    return json.dumps(interactions(**request)).encode()


def replying(body: bytes) -> bytes:
    """Return a cassette whose response has this body."""
    sent = {"method": "POST", "uri": URL, "body": "", "headers": {}}
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {"Content-Encoding": ["deflate"]}}
    one = {"request": sent, "response": {**answer, "body": {"string": body}}}
    return yaml.safe_dump({"version": 1, "interactions": [one]}).encode()


def posted(query: str = "", head: str = "", body: bytes = b"") -> bytes:
    return f"POST /api/bevService/request/status{query} HTTP/1.1\r\nHost: a.example\r\n{head}\r\n".encode() + body


def warc(request: bytes, url: str = URL, info: str = "", reply: bytes = b"\r\n" + REPLY.encode()) -> bytes:
    blocks = [("warcinfo", info.encode(), "")] if info else []
    blocks += [("request", request, url), ("response", b"HTTP/1.1 200 OK\r\n" + reply, url)]
    records = b""
    for number, (kind, block, target) in enumerate(blocks):
        head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        head += f"WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: {target}\r\n" if target else ""
        records += f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
    return records


def recorded(body: dict[str, str]) -> list[dict[str, object]]:
    """Return one interaction as Ruby's VCR and Betamax write it."""
    answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": REPLY}}
    return [{"request": {"method": "post", "uri": URL, "body": body, "headers": {}}, "response": answer}]


def headers(*values: str) -> list[dict[str, str]]:
    return [{"name": "X-Header", "value": value} for value in values]


CHUNKED = "Transfer-Encoding: chunked\r\n"
IN_CHUNKS = {"Transfer-Encoding": ["chunked"]}
GZIPPED = "Content-Encoding: gzip\r\n"
VARIANTS: Final[dict[str, bytes]] = {
    "url.har": har(url=f"{URL}?apiKey={KEY}"),
    "url-percent.har": har(url=f"{URL}?apiKey={escaped(KEY, '%{:02X}')}"),
    "url-percent-twice.har": har(url=f"{URL}?next={quote(quote('?k=' + escaped(KEY, '%{:02x}')))}"),
    "url-path.har": har(url=f"https://proxy.example/{KEY}/request/status"),
    "url-fragment.har": har(url=f"{URL}#{KEY}"),
    "url-user.har": har(url=URL.replace("https://", f"https://{KEY}:x@")),
    "url-base64.har": har(url=f"{URL}?state={base64.urlsafe_b64encode(POSTED.encode()).decode()}"),
    "query-string.har": har(queryString=[{"name": "apiKey", "value": KEY}]),
    "query-string-name.har": har(queryString=[{"name": KEY, "value": ""}]),
    "bearer.har": har(headers=headers(f"Bearer {KEY}")),
    "basic.har": har(headers=headers(f"Basic {BASIC}")),
    "basic-password.har": har(headers=headers(f"Basic {base64.b64encode(f'me:{KEY}'.encode()).decode()}")),
    "basic-percent.har": har(headers=headers(quote(f"Basic {BASIC}"))),
    "digest.har": har(headers=headers(f'Digest username="{KEY}", realm="x"')),
    "x-api-key.har": har(headers=headers(KEY)),
    "header-name.har": har(headers=[{"name": KEY, "value": "1"}]),
    "referer.har": har(headers=headers(f"https://a.example/?apiKey={KEY}")),
    "cookie-header.har": har(headers=headers(f"a=b; key={KEY}")),
    "headers-129.har": har(headers=headers(*map(str, range(129)), KEY)),
    "headers-129-url.har": har(url=f"{URL}?apiKey={KEY}", headers=headers(*map(str, range(129)))),
    "headers-large.har": har(headers=headers("x" * 70_000, f"Basic {BASIC}")),
    "headers-by-name.har": har(headers={"X-Key": [KEY]}),
    "cookies.har": har(cookies=[{"name": "key", "value": KEY}]),
    "cookies-base64.har": har(cookies=[{"name": "key", "value": BASIC}]),
    "json.har": har(postData={"text": POSTED}),
    "json-escaped.har": har(postData={"text": ESCAPED}),
    "json-escaped-twice.har": har(postData={"text": json.dumps({"body": ESCAPED})}),
    "json-in-unicode.har": har(postData={"text": POSTED}).replace(KEY.encode(), escaped(KEY, "\\u{:04X}").encode()),
    "json-prefix-escaped.har": har(postData={"text": POSTED}).replace(b"at_", b"a\\u0074_"),
    "form.har": har(postData={"text": FORM}),
    "form-percent.har": har(postData={"text": FORM.replace(KEY, escaped(KEY, "%{:02x}"))}),
    "params.har": har(postData={"params": [{"name": "apiKey", "value": KEY}]}),
    "params-and-text.har": har(postData={"text": "", "params": [{"name": "apiKey", "value": KEY}]}),
    "comment.har": har(postData={"text": "{}", "comment": KEY}),
    "xml.har": har(postData={"text": f"<apiKey>{escaped(KEY, '&#{};')}</apiKey>"}),
    "xml-hexadecimal.har": har(postData={"text": f"<apiKey>{escaped(KEY, '&#x{:x};')}</apiKey>"}),
    "multipart.har": har(postData={"text": MULTIPART}),
    "multipart-quoted.har": har(postData={"text": QUOTED}),
    "base64-body.har": har(postData={"text": base64.b64encode(POSTED.encode()).decode(), "encoding": "base64"}),
    "gzip-body-damaged-base64.har": har(
        postData={"text": f"={base64.b64encode(PACKED).decode()}", "encoding": "base64"}
    ),
    "json-escaped-percent.har": har(url=f"{URL}?body={quote(ESCAPED)}"),
    "json-escaped-percent-twice.har": har(url=f"{URL}?body={quote(quote(json.dumps(ESCAPED)))}"),
    "gzip-body.har": har(postData={"text": base64.b64encode(PACKED).decode(), "encoding": "base64"}),
    "chunked-body.har": har(postData={"text": chunked(POSTED.encode(), 25).decode()}),
    "hexadecimal-body.har": har(postData={"text": POSTED.encode().hex()}),
    "duplicate-request.har": har_with(f'"request": {{"method": "GET", "url": "{URL}?apiKey={KEY}"}}'),
    "duplicate-url.har": har().replace(b'"url": ', f'"url": "{URL}?apiKey={KEY}", "url": '.encode(), 1),
    "initiator.har": har_with(f'"_initiator": {{"url": "{URL}?apiKey={KEY}"}}'),
    "web-socket.har": har(entry={"_webSocketMessages": [{"data": POSTED}]}),
    "page.har": har(page=f"{URL}?apiKey={KEY}"),
    "redirect.har": har(entry={"response": {"status": 302, "redirectURL": f"{URL}?apiKey={KEY}"}}),
    "other-host.har": har(url=f"https://other.example/?apiKey={KEY}"),
    "utf-16.har": har(postData={"text": POSTED.encode("utf-16-le").decode()}),
    "url.yaml": cassette(uri=f"{URL}?apiKey={KEY}"),
    "url-percent.yaml": cassette(uri=f"{URL}?apiKey={escaped(KEY, '%{:02x}')}"),
    "header.yaml": cassette(headers={"X-Key": [KEY]}),
    "basic.yaml": cassette(headers={"Authorization": [f"Basic {BASIC}"]}),
    "headers-129.yaml": cassette(headers={**{f"h{number}": ["x"] for number in range(129)}, "X-Key": [KEY]}),
    "body.yaml": cassette(body=POSTED),
    "body-escaped.yaml": cassette(body=ESCAPED),
    "body-escaped-in-yaml.yaml": cassette(body="KEY").replace(b"KEY", b'"%b"' % escaped(KEY, "\\x{:02x}").encode()),
    "body-escaped-long.yaml": cassette(body="KEY").replace(b"KEY", b'"%b"' % escaped(KEY, "\\U{:08x}").encode()),
    "body-binary.yaml": cassette(body=b"\xff" + POSTED.encode()),
    "body-gzip.yaml": cassette(body=PACKED, headers={"Content-Encoding": ["gzip"]}),
    "body-gzip-without-header.yaml": cassette(body=PACKED),
    "body-chunked.yaml": cassette(body=chunked(POSTED.encode(), 25).decode(), headers=IN_CHUNKS),
    "body-values.yaml": cassette(body={"apiKey": KEY, "ids": [5]}),
    "comment.yaml": cassette() + f"# {URL}?apiKey={KEY}\n".encode(),
    "duplicate-request.yaml": cassette().replace(b"- request:", f"- request: {{uri: '?k={KEY}'}}\n  request:".encode()),
    "url.json": cassette_in_json(uri=f"{URL}?apiKey={KEY}"),
    "header.json": cassette_in_json(headers={"Authorization": [f"Basic {BASIC}"]}),
    "headers-129.json": cassette_in_json(headers={f"h{number}": [KEY] for number in range(129)}),
    "headers-large.json": cassette_in_json(headers={"x": ["x" * 70_000], "k": [KEY]}),
    "body.json": cassette_in_json(body=POSTED),
    "body-escaped.json": cassette_in_json(body=ESCAPED),
    "body-base64.json": cassette_in_json(body={"base64_string": base64.b64encode(POSTED.encode()).decode()}),
    "body-gzip.json": cassette_in_json(body={"base64_string": base64.b64encode(PACKED).decode()}),
    "url.warc": warc(posted(f"?apiKey={KEY}"), f"{URL}?apiKey={KEY}"),
    "url-path.warc": warc(posted(f"?apiKey={KEY}")),
    "header.warc": warc(posted(head=f"X-Key: {KEY}\r\n")),
    "basic.warc": warc(posted(head=f"Authorization: Basic {BASIC}\r\n")),
    "body.warc": warc(posted(body=POSTED.encode())),
    "body-escaped.warc": warc(posted(body=ESCAPED.encode())),
    "body-gzip.warc": warc(posted(head=GZIPPED, body=PACKED)),
    "body-chunked.warc": warc(posted(head=CHUNKED, body=chunked(POSTED.encode(), 25))),
    "body-chunked-gzip.warc": warc(posted(head=CHUNKED + GZIPPED, body=chunked(PACKED, 33))),
    "body-multipart.warc": warc(posted(body=QUOTED.encode())),
    "warcinfo.warc": warc(posted(), info=f"operator: {KEY}\r\n"),
    "go-vcr.yaml": yaml.safe_dump(
        {
            "version": 2,
            "interactions": [
                {
                    "id": 0,
                    "request": {"url": URL, "method": "POST", "form": {"apiKey": [KEY]}, "body": ""},
                    "response": {"body": REPLY, "status": "200 OK", "code": 200},
                }
            ],
        }
    ).encode(),
    "ruby.yml": yaml.safe_dump({"http_interactions": recorded({"encoding": "UTF-8", "string": POSTED})}).encode(),
    "ruby-gzip.yml": yaml.safe_dump(
        {"http_interactions": recorded({"encoding": "UTF-8", "base64_string": base64.encodebytes(PACKED).decode()})}
    ).encode(),
    "betamax.json": json.dumps({"http_interactions": recorded({"encoding": "utf-8", "string": POSTED})}).encode(),
    "polly.har": har(postData={"text": json.dumps(["7b", POSTED.encode().hex()])}),
    "burp.xml": b"<items><item><request base64='true'>%b</request></item></items>"
    % base64.b64encode(posted(body=POSTED.encode())),
    "postman.json": json.dumps({"item": [{"request": {"url": URL, "header": [{"key": "X", "value": KEY}]}}]}).encode(),
    "program.log": f"sent b'apiKey={KEY.replace('a', chr(92) + 'x61', 1)}'\n".encode(),
    "log.jsonl": f'{{"request":{POSTED},"response":{REPLY}}}\n{REPLY}\n'.encode(),
    "log-escaped.jsonl": f'{{"request":{json.dumps(ESCAPED)}}}\n{REPLY}\n'.encode(),
    "log-url.jsonl": f'{REPLY}\n{{"url":"{URL}?apiKey={escaped(KEY, "%{:02x}")}"}}\n'.encode(),
    "log-basic.jsonl": f'{{"Authorization":"Basic {BASIC}"}}\n{REPLY}\n'.encode(),
    "log-gzip.jsonl": f'{{"body":"{base64.b64encode(PACKED).decode()}"}}\n{REPLY}\n'.encode(),
    "http-url.txt": posted(f"?apiKey={KEY}"),
    "http-basic.txt": posted(head=f"Authorization: Basic {BASIC}\r\n"),
    "http-body.txt": posted(body=POSTED.encode()),
    "http-chunked.txt": posted(head=CHUNKED, body=chunked(POSTED.encode(), 25)),
    "http-gzip.txt": posted(head=GZIPPED, body=PACKED),
    "http-chunked-gzip.txt": posted(head=CHUNKED + GZIPPED, body=chunked(PACKED, 33)),
    "curl.txt": f"$ curl -H 'X-Key: {KEY}' {URL}\nHTTP/1.1 200 OK\r\n\r\n{REPLY}".encode(),
    "reply.json": f'{{"response":{{"error":"No key {KEY}"}}}}'.encode(),
    "reply.xml": f"<xml><response><error>No key {KEY}</error></response></xml>".encode(),
    "reply.csv": f"Error\nNo key {KEY}\n".encode(),
    **{
        f"spelling-{number}.har": har(postData={"text": SPELLINGS[name](KEY).decode("latin-1")})
        for number, name in enumerate(SPELLINGS)
        if SPELLINGS[name](KEY).isascii()
    },
}


def errors(path: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the codes of the errors that `validate --select BEV5` reports."""
    main(["validate", "--select", "BEV5", "--no-cache", "--no-config", "--output-format", "jsonl", path])
    found = map(json.loads, capsys.readouterr().out.splitlines())
    return [one["code"] for one in found if one.get("code", "").startswith("BEV5")]


def loaded(path: Path) -> Iterator[object]:
    """Return what another program reads in a file."""
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        yield from map(json.loads, data.splitlines())
    elif path.suffix in (".har", ".json"):
        yield json.loads(data)
    elif path.suffix in (".yaml", ".yml"):
        yield yaml.safe_load(data)
    elif path.suffix == ".warc":
        for record in ArchiveIterator(io.BytesIO(data)):
            yield record.rec_type, record.content_stream().read()


def test_there_are_more_than_59_variants() -> None:
    assert len(VARIANTS) > 59


@pytest.mark.parametrize("name", VARIANTS)
def test_key_is_found_and_overwritten(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / name).write_bytes(VARIANTS[name])
    (folder / "out").mkdir()

    before = errors(name, capsys)
    status = main(["redact", name, "-o", f"out/{name}"])
    shown = capsys.readouterr()
    after = errors(f"out/{name}", capsys)

    assert before
    assert (status, shown.err, after) == (0, "", [])
    redacted = (folder / "out" / name).read_bytes()
    assert not holds_key(redacted)
    assert len(redacted) == len(VARIANTS[name])
    assert len([*loaded(folder / "out" / name)]) == len([*loaded(folder / name)])


DEFLATED = zlib.compress(POSTED.encode())
REPLY_WITH_KEY = json.dumps({"response": {"error": f"No request of {KEY} found"}}).encode()
KEPT: Final = {
    "chunked-gzip.yaml": cassette(body=chunked(PACKED, 33), headers=IN_CHUNKS),
    "deflate.har": har(
        headers=[{"name": "Content-Encoding", "value": "deflate"}],
        postData={"text": base64.b64encode(DEFLATED).decode(), "encoding": "base64"},
    ),
    "deflate.yaml": cassette(body=DEFLATED, headers={"Content-Encoding": ["deflate"]}),
    "deflate.warc": warc(posted(head="Content-Encoding: deflate\r\n", body=DEFLATED)),
    "reply-deflate.yaml": replying(zlib.compress(REPLY_WITH_KEY)),
    "reply-deflate.warc": warc(b"", reply=b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(REPLY_WITH_KEY)),
    "escaped-base64.har": har(headers=headers(BASIC)).replace(b"YXRf", b"YX\\u0052f"),
}


@pytest.mark.parametrize("name", KEPT)
def test_key_that_redact_cannot_overwrite_is_reported_by_redact_and_validate(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_bytes(KEPT[name])

    assert errors(name, capsys)
    assert main(["redact", name, "-o", "out"]) == 3
    assert "cannot replace every key: API key " in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_request_that_cannot_be_decoded_is_reported_by_redact_and_validate(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.yaml").write_bytes(cassette(body=b"\x8b\x03\x80", headers={"Content-Encoding": ["compress"]}))

    assert errors("a.yaml", capsys) == ["BEV505"]
    assert main(["redact", "a.yaml", "-o", "out"]) == 3
    assert "was not searched for keys" in capsys.readouterr().err


def test_data_that_cannot_be_searched_is_reported_by_redact_and_validate(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = gzip.compress(json.dumps({"emails": [f"{n * n}@a.example" for n in range(99)]}).encode())[:-20]
    files: dict[str, bytes] = {
        "gzip.har": har(postData={"text": base64.b64encode(cut).decode()}),
        "gzip.yaml": cassette(body=cut),
        "gzip.warc": warc(posted(body=cut)),
        "gzip.txt": posted(body=cut),
    }
    for name, data in files.items():
        Path(name).write_bytes(data)

        assert "BEV505" in errors(name, capsys)
        assert main(["redact", name, "-o", "out"]) == 3
        assert "was not searched for keys" in capsys.readouterr().err


MAKERS: Final[dict[str, Callable[..., bytes]]] = {"encoded.yaml": cassette, "encoded.json": cassette_in_json}
