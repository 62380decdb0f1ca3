"""A loopback server that answers as the service does, and the documented responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeAlias, cast

from bevparse import dump, parse

__all__ = ["BASE_PATH", "CONTENT_TYPES", "DOCUMENTED", "PATHS", "Answer", "Call", "documented_answer", "serving"]

BASE_PATH = "/api/bevService"
PATHS = {
    "create": "/request",
    "list": "/request/list",
    "status": "/request/status",
    "completed": "/request/completed",
    "failed": "/request/failed",
}
CONTENT_TYPES = {"json": "application/json", "xml": "text/xml; charset=UTF-8", "csv": "text/csv; charset=utf-8"}

DOCUMENTED = {
    "create": b'{"response":{"id":5}}',
    "list": b'{"response":{"current_page":1,"data":[{"id":123,"date_start":"1642422382","date_end":"1642422386",'
    b'"total_emails":1,"invalid_emails":0,"processed_emails":1,"failed_emails":0,"ready":1}],'
    b'"from":1,"last_page":1,"per_page":10,"to":1,"total":1}}',
    "status": b'{"response":[{"id":544,"api_version":2,"date_start":"1528204702","total_emails":500,'
    b'"invalid_emails":0,"processed_emails":500,"failed_emails":0,"ready":1},'
    b'{"id":596,"date_start":"1528377253","total_emails":3,"invalid_emails":0,"processed_emails":3,'
    b'"failed_emails":0,"ready":1}]}',
    "completed": b'{"response":[{"emailAddress":"alex@alex.edu","formatCheck":"true","smtpCheck":"null",'
    b'"dnsCheck":"false","freeCheck":"false","disposableCheck":"false","catchAllCheck":"null","result":"bad"},'
    b'{"emailAddress":"bob@google.com","formatCheck":"true","smtpCheck":"true","dnsCheck":"true",'
    b'"freeCheck":"false","disposableCheck":"false","catchAllCheck":"true",'
    b'"mxRecords":["alt2.aspmx.l.google.com","aspmx.l.google.com"],"result":"unknown"}]}',
    "failed": b'{"response":[{"error":"Invalid format","emailAddress":"foo.bar"}]}',
}
"""The main sample of each endpoint, documented or observed."""


@dataclass(frozen=True)
class Answer:
    """A response of the server."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    promised: int = 0
    """Bytes that the header promises and that are never sent."""


@dataclass(frozen=True)
class Call:
    """A call to the server."""

    path: str
    parameters: dict[str, object] = field(default_factory=dict[str, object])


Answering: TypeAlias = Callable[[Call], Answer]


def documented_answer(call: Call) -> Answer:
    """Return the documented response to a call, in the requested format."""
    endpoint = {path: name for name, path in PATHS.items()}[call.path.removeprefix(BASE_PATH)]
    chosen = str(call.parameters.get("format", "json"))
    body = DOCUMENTED[endpoint] if chosen == "json" else dump(parse(DOCUMENTED[endpoint]), format=chosen)
    return Answer(body, CONTENT_TYPES[chosen])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answering = answering


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        parameters = json.loads(self.rfile.read(length) or b"{}")
        answer = cast(_Server, self.server).answering(Call(self.path, parameters))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body) + answer.promised))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def serving(answering: Answering | Answer) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 until the block ends, and yield the URL without a path."""
    server = _Server((lambda _: answering) if isinstance(answering, Answer) else answering)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
