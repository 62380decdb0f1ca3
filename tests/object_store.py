"""A loopback object store: the XML API of S3, as far as reading, listing and writing need it, with faults on demand."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TypeAlias, cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

__all__ = ["Bucket", "Fault", "serving_store"]

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class Fault:
    """What the store does instead of answering a request for an object or a listing."""

    status: int = 0
    code: str = ""
    cut: bool = False
    """Whether the connection is closed in the middle of the content."""
    hangs: bool = False
    """Whether no answer is sent until the store ends."""


_NOTHING = Fault()
Faults: TypeAlias = Callable[[str, int], Fault]
"""Takes "METHOD key" (the key of a listing is empty) and how often it was requested before."""


@dataclass
class Bucket:
    """The objects of the only bucket of a store, and what was requested of it."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    name: str = "bucket"
    page: int = 1000
    """The number of keys on a page of a listing."""
    fault: Faults = lambda request, before: _NOTHING
    requests: Counter[str] = field(default_factory=Counter[str])
    """How often each "METHOD key" was requested."""
    listed: Callable[[], object] = lambda: None
    """Is called after each page of a listing."""
    delay: float = 0.0
    """Seconds before the content of an object is sent."""
    most_open: int = 0
    """The largest number of objects that were requested at the same time."""
    url: str = ""
    """The URL of the store, while it is served."""
    ended: Event = field(default_factory=Event)
    being_read: int = 0


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bucket = bucket

    def handle_error(self, request: object, client_address: object) -> None:
        """Report nothing: a client may close its connection at any time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    @property
    def bucket(self) -> Bucket:
        return cast(_Server, self.server).bucket

    def _request(self) -> tuple[str, str, dict[str, str]]:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).removeprefix("/").partition("/")
        return bucket, key, {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}

    def _faulty(self, key: str) -> Fault | None:
        """Return the fault of this request that must still be applied, or None if it has been answered."""
        request = f"{self.command} {key}"
        fault = self.bucket.fault(request, self.bucket.requests[request])
        self.bucket.requests[request] += 1
        if fault.hangs:
            self.bucket.ended.wait()
            self.close_connection = True
            return None
        if fault.status:
            self._error(fault.status, fault.code)
            return None
        return fault

    def _error(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        length = {} if headers and "Content-Length" in headers else {"Content-Length": str(len(body))}
        for name, value in {**length, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection |= cut

    def do_GET(self) -> None:
        bucket, key, query = self._request()
        fault = self._faulty(key if "list-type" not in query else "")
        if fault is None:
            return
        if bucket != self.bucket.name:
            self._error(404, "NoSuchBucket")
        elif "list-type" in query:
            self._list(query)
        elif key not in self.bucket.objects:
            self._error(404, "NoSuchKey")
        else:
            self.bucket.being_read += 1
            self.bucket.most_open = max(self.bucket.most_open, self.bucket.being_read)
            self.bucket.ended.wait(self.bucket.delay)
            self.bucket.being_read -= 1
            self._object(self.bucket.objects[key], cut=fault.cut)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _object(self, content: bytes, *, cut: bool) -> None:
        headers = {"ETag": _etag(content), "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if self.headers.get("If-Match", headers["ETag"]) != headers["ETag"]:
            self._error(412, "PreconditionFailed")
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if found is None:
            if self.command == "HEAD":
                headers["Content-Length"] = str(len(content))
            self._answer(200, content, headers, cut=cut)
            return
        first, last = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
        if first >= len(content):
            self._error(416, "InvalidRange")
            return
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        self._answer(206, content[first : last + 1], headers, cut=cut)

    def _list(self, query: dict[str, str]) -> None:
        keys = sorted(key for key in self.bucket.objects if key.startswith(query.get("prefix", "")))
        start = int(query.get("continuation-token", "0"))
        page = keys[start : start + min(self.bucket.page, int(query.get("max-keys", "1000")))]
        more = start + len(page) < len(keys)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(_etag(self.bucket.objects[key]))}</ETag><Size>{len(self.bucket.objects[key])}</Size>"
            "</Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{start + len(page)}</NextContinuationToken>" if more else ""
        self._answer(
            200,
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{_NAMESPACE}"><Name>bucket</Name>'
            f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}"
            "</ListBucketResult>".encode(),
        )
        self.bucket.listed()

    def do_PUT(self) -> None:
        _, key, query = self._request()
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._faulty(key) is None:
            return
        if "partNumber" in query:
            key = f"\0{key}\0{int(query['partNumber']):06}"
        self.bucket.objects[key] = content
        self._answer(200, b"", {"ETag": _etag(content)})

    def do_POST(self) -> None:
        _, key, query = self._request()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._faulty(key) is None:
            return
        if "uploads" in query:
            tag = "InitiateMultipartUploadResult"
            self._answer(200, f'<{tag} xmlns="{_NAMESPACE}"><UploadId>1</UploadId></{tag}>'.encode())
            return
        parts = sorted(name for name in self.bucket.objects if name.startswith(f"\0{key}\0"))
        self.bucket.objects[key] = b"".join(map(self.bucket.objects.pop, parts))
        tag = "CompleteMultipartUploadResult"
        self._answer(200, f'<{tag} xmlns="{_NAMESPACE}"><ETag>"x"</ETag></{tag}>'.encode())


@contextmanager
def serving_store(bucket: Bucket) -> Generator[Bucket]:
    """Serve a bucket on a free port of 127.0.0.1 until the block ends."""
    server = _Server(bucket)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        bucket.url = f"http://127.0.0.1:{server.server_port}"
        yield bucket
    finally:
        bucket.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
