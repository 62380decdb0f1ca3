"""An HTTP server on a free port of 127.0.0.1, which sends what a function returns for each request."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Event
from typing import Any, Final, cast

from .calls import Call, Reply

__all__ = ["LoopbackServer"]

_HOST: Final = "127.0.0.1"


class LoopbackServer(ThreadingTCPServer):
    """Answers each request in a thread of its own, and ends all of them when it is closed.

    `http.server.HTTPServer` is not used, because it looks up the name of the host.
    """

    allow_reuse_address = os.name == "posix"
    request_queue_size = 128

    def __init__(self, answer: Callable[[Call], Reply], port: int = 0) -> None:
        """Begin to listen on the port.

        Args:
            answer: returns the reply to a request, with bytes as body and with a content type.
            port: the port, 0 for a free one.

        Raises:
            OSError: the port is not free.
        """
        self.answer = answer
        self.closing = Event()
        self.errors: list[BaseException] = []
        """The exceptions that were raised while requests were answered."""
        self._open: set[Any] = set()
        super().__init__((_HOST, port), _Handler)

    @property
    def url(self) -> str:
        """The URL without a path."""
        return f"http://{_HOST}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer the request of a connection in a thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Add the current exception to `errors`, unless a client has closed its connection."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.errors.append(error)

    def server_close(self) -> None:
        """Close all connections and wait for the threads."""
        self.closing.set()
        for connection in [*self._open]:
            with suppress(OSError):  # it may be closed by now
                cast(socket.socket, connection).shutdown(socket.SHUT_RDWR)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "bevparse"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        server = cast(LoopbackServer, self.server)
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        try:
            reply = server.answer(Call.of(self.command, self.path, dict(self.headers.items()), body))
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread of the test
            server.errors.append(error)
            reply = Reply(f"{type(error).__name__}: {error}".encode(), 500, "text/plain; charset=utf-8")
        self.close_connection = True
        if not server.closing.wait(reply.delay):
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        body = cast(bytes, reply.body)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type or "")
        self.send_header("Content-Length", str(max(len(body), 1) if reply.cut else len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if reply.cut else body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""
