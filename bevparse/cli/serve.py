"""`bevparse serve`: run a fake service for tests of clients."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final, NoReturn

from ..api import parse_file
from ..errors import BevparseError, SourceError, reason
from ..models import CompletedResponse, FailedResponse
from ..problems import escape
from ..testing.faults import FAULTS
from ..testing.server import LoopbackServer
from ..testing.service import CheckedEmail, FakeService
from ..testing.shapes import CSV_SHAPES, XML_SHAPES
from .exit_codes import OK, UNREADABLE, CommandError, UsageError

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Run a fake service for tests of clients, print its URL, and serve until a signal ends it, such as Ctrl-C.

Give this URL to a client instead of https://emailverification.whoisxmlapi.com/api/bevService. It can be reached from
this machine only. The service creates requests, lists them, reports their status and returns their results in JSON, XML
and CSV. It accepts any API key of the right form, at_ and 29 letters or digits, and refuses wrong parameters.

PATH is a saved response of completed or failed. The service returns its results for the addresses in it. Any other
address has the result "ok", and text that is not an address fails."""
EXAMPLES: Final = """\
  bevparse serve                                        on a free port
  bevparse serve --port 8080 --polls 3                  a request is ready after three status calls
  bevparse serve completed.json failed.csv              with these results
  bevparse serve --next bad-gateway --next cut          the first two replies are faults
"""
CODES: Final = {
    OK: "help was printed; a service ends by a signal only",
    UNREADABLE: "a response could not be read, or the port is not free",
}
_MOST_PORTS: Final = 2**16
_XML: Final = 'A: <item>, B: repeated elements, C: <item key="0">, D: <item0>, E: names of Java classes'
_TIMEOUT: Final = 1
"""Seconds after which Ctrl-C is noticed on Windows."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a saved response of /request/completed or /request/failed, whose results are returned",
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port (default: a free one)")
    parser.add_argument(
        "--polls",
        type=int,
        default=0,
        metavar="N",
        help="the number of status calls that find a request still running (default: 0)",
    )
    parser.add_argument(
        "--xml",
        choices=tuple(XML_SHAPES),
        default="A",
        help=f"the shape of XML to send, as that of the service is not documented: {_XML} (default: A)",
    )
    parser.add_argument(
        "--csv",
        choices=CSV_SHAPES,
        default="title-case",
        metavar="SHAPE",
        help=f"the shape of CSV to send: {', '.join(CSV_SHAPES)} (default: title-case)",
    )
    parser.add_argument(
        "--next",
        action="append",
        choices=tuple(FAULTS),
        metavar="FAULT",
        help=f"a fault to send as the next reply; can be given several times: {', '.join(FAULTS)}",
    )


def run(arguments: argparse.Namespace) -> NoReturn:
    """Print the URL and serve until a signal raises an exception."""
    if not 0 <= arguments.port < _MOST_PORTS:
        raise UsageError(f"argument --port: expected an integer from 0 to {_MOST_PORTS - 1}, got {arguments.port}")
    service = FakeService(
        records=(result for path in arguments.paths for result in _results(path)),
        polls=arguments.polls,
        xml=arguments.xml,
        csv=arguments.csv,
    )
    service.next(*(FAULTS[name] for name in arguments.next or ()))
    try:
        server = LoopbackServer(service.answer, arguments.port)
    except OSError as error:
        raise CommandError(f"cannot listen on port {arguments.port}: {reason(error)}", UNREADABLE) from None
    server.timeout = _TIMEOUT
    with server:
        print(service.url_of(server), flush=True)
        while True:
            server.handle_request()


def _results(path: str) -> Iterator[CheckedEmail]:
    try:
        response = parse_file(path)
    except SourceError:
        raise
    except BevparseError as error:
        raise CommandError(f"{escape(path)}: {error}", UNREADABLE) from None
    if isinstance(response, CompletedResponse):
        yield from response.records
    elif isinstance(response, FailedResponse):
        yield from response.failures
    else:
        raise UsageError(f"{escape(path)}: expected a response of completed or failed, got one of {response.endpoint}")
