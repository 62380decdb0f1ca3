"""`bevparse serve`: prints the URL, serves until a signal, and says why it cannot."""

from __future__ import annotations

import io
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bevparse import CompletedResponse, EmailRecord, FailedEmail, FailedResponse, dump
from bevparse.cli import main
from bevparse.testing import FakeService

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


class Listener(io.StringIO):
    """Starts a thread when a line has been written, which calls a function with it and then sends a signal."""

    def __init__(self, ask: Callable[[str], None], signum: int) -> None:
        super().__init__()
        self._ask = ask
        self._signum = signum
        self.thread = threading.Thread(target=self._act)

    def write(self, text: str, /) -> int:
        length = super().write(text)
        if text == "\n":
            self.thread.start()
        return length

    def _act(self) -> None:
        try:
            self._ask(self.getvalue().rstrip("\n"))
        finally:
            signal.pthread_kill(threading.main_thread().ident or 0, self._signum)


def served(monkeypatch: pytest.MonkeyPatch, signum: int, ask: Callable[[str], None], *options: str) -> object:
    """Run the command, call a function with its URL in a thread, send a signal, and return the exit code."""
    listener = Listener(ask, signum)
    monkeypatch.setattr(sys, "stdout", listener)
    try:
        return main(["serve", *options])
    except SystemExit as ended:
        return ended.code
    finally:
        listener.thread.join()


@posix
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_the_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], signum: int, code: int
) -> None:
    bodies: list[bytes] = []

    def ask(url: str) -> None:
        with urlopen(f"{url}/request", b'{"apiKey":"%b","emails":["a"]}' % FakeService.key.encode()) as response:
            bodies.append(response.read())

    before = threading.active_count()

    assert served(monkeypatch, signum, ask) == code
    assert bodies == [b'{"response":{"id":1}}']
    assert threading.active_count() == before
    assert capsys.readouterr().err == ("bevparse: interrupted\n" if code == 130 else "")


@posix
def test_options_determine_the_replies(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    bad = EmailRecord(email_address="a@b.example", result="bad", mx_records=("mx.b.example",))
    (folder / "completed.json").write_bytes(dump(CompletedResponse(records=(bad,))))
    failed = FailedEmail(email_address="c@d.example", error="Timeout")
    (folder / "failed.csv").write_bytes(dump(FailedResponse(failures=(failed,)), format="csv"))
    replies: list[str] = []

    def ask(url: str) -> None:
        for path, parameters in [
            ("request", '"emails":["a@b.example","c@d.example"]'),
            ("request", '"emails":["a@b.example","c@d.example"]'),
            ("request/completed", '"id":1'),
            ("request/status", '"ids":[1]'),
            ("request/completed", '"id":1,"format":"xml"'),
            ("request/failed", '"id":1,"format":"csv"'),
        ]:
            try:
                with urlopen(f"{url}/{path}", f'{{"apiKey":"{FakeService.key}",{parameters}}}'.encode()) as response:
                    replies.append(response.read().decode())
            except HTTPError as error:
                with error:
                    replies.append(str(error.code))

    options = ("completed.json", "failed.csv", "--polls", "1", "--next", "bad-gateway", "--xml", "B", "--csv", "tab")
    assert served(monkeypatch, signal.SIGTERM, ask, *options) == 143
    assert replies[:3] == ["502", '{"response":{"id":1}}', '{"response":[]}']
    assert '"ready":0' in replies[3]
    assert "<root><response><emailAddress>a@b.example</emailAddress>" in replies[4]
    assert replies[5] == '"Email Address"\tError\nc@d.example\tTimeout\n'


def test_port_that_is_taken_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(["serve", "--port", str(port)]) == 3

    assert capsys.readouterr() == ("", f"bevparse: cannot listen on port {port}: Address already in use\n")


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_port_out_of_range_is_a_usage_error(capsys: pytest.CaptureFixture[str], port: str) -> None:
    assert main(["serve", "--port", port]) == 2
    assert capsys.readouterr().err == f"bevparse: argument --port: expected an integer from 0 to 65535, got {port}\n"


@pytest.mark.parametrize(
    ("name", "body", "code", "message"),
    [
        ("absent.json", None, 3, "cannot read file: No such file or directory (absent.json)"),
        ("cut.json", b'{"response":', 3, "cut.json: "),
        (
            "create.json",
            b'{"response":{"id":5}}',
            2,
            "create.json: expected a response of completed or failed, got one of create",
        ),
    ],
)
def test_path_without_results_is_an_error(
    capsys: pytest.CaptureFixture[str], folder: Path, name: str, body: bytes | None, code: int, message: str
) -> None:
    if body is not None:
        (folder / name).write_bytes(body)

    assert main(["serve", name]) == code
    assert capsys.readouterr().err.startswith(f"bevparse: {message}")
