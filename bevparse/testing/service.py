"""`FakeService`: the whole service on a free port of 127.0.0.1, for tests of clients."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock, Thread
from types import TracebackType
from typing import Final, Self, TypeAlias, cast

from ..apikeys import is_key
from ..models import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    EndpointName,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)
from ..schemas.parameters import parameters_of
from ..writer import dump
from . import faults
from .calls import Call, Reply
from .parameters import Parameters, parameter_errors
from .server import LoopbackServer
from .shapes import CSV_SHAPES, XML_SHAPES, CsvShape, XmlShape, write_csv, write_xml

__all__ = ["CheckedEmail", "FakeService"]

CheckedEmail: TypeAlias = EmailRecord | FailedEmail
"""The result for one address of a request."""
_PATH: Final = "/api/bevService"
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INVALID: Final = "Invalid format"
_START: Final = datetime(2022, 1, 17, 12, 26, 22, tzinfo=UTC)
_END: Final = datetime(2022, 1, 17, 12, 26, 26, tzinfo=UTC)
_VERSION: Final = 3
_POLL: Final = 0.01
"""The seconds between two checks of whether the server should end."""
_CONTENT_TYPES: Final = {
    "json": "application/json",
    "xml": "text/xml; charset=UTF-8",
    "csv": "text/csv; charset=utf-8",
}
_FORMATS: Final = tuple(_CONTENT_TYPES)
_SERVED: Final = frozenset(("create", "list", "status", "completed", "failed"))


class FakeService:
    """The service on a free port of 127.0.0.1, as a context manager.

    It creates requests, lists them in pages, reports their status, and returns their results in the requested format.
    It refuses wrong parameters and wrong keys as the service does; every key of the right form is accepted.
    Attributes can be changed at any time. All dates are the same in every run.

    Examples:
        >>> from urllib.request import urlopen
        >>> with FakeService({544: [FailedEmail(email_address="foo.bar", error="Invalid format")]}) as service:
        ...     body = f'{{"apiKey":"{service.key}","id":544}}'.encode()
        ...     with urlopen(f"{service.url}/request/failed", body) as response:
        ...         print(response.read())
        b'{"response":[{"error":"Invalid format","emailAddress":"foo.bar"}]}'
        >>> service.calls
        [Call('POST', '/api/bevService/request/failed', {'id': 544})]
    """

    key: Final = f"at_{'0' * 29}"
    """An API key that the service accepts."""

    def __init__(
        self,
        requests: Mapping[int, Iterable[CheckedEmail]] | None = None,
        *,
        records: Iterable[CheckedEmail] = (),
        polls: int = 0,
        xml: XmlShape = "A",
        csv: CsvShape = "title-case",
    ) -> None:
        """Create a service, which listens when it is entered.

        Args:
            requests: the results of existing requests by their ids. A new request gets the next id after the largest.
            records: the results for addresses of new requests. Any other address is "ok", and any text that is not an
                address is a failure with the error "Invalid format".
            polls: how many times the status of a request is "running" before it is ready. Until then its results are
                empty.
            xml: the shape of XML, "A" to "E", see `XmlShape`. No XML of the service is public, so none is certain.
            csv: the shape of CSV, such as "semicolon", see `CsvShape`.

        Raises:
            TypeError: a result is no `EmailRecord` and no `FailedEmail`.
            ValueError: there is no such shape.
        """
        if xml not in XML_SHAPES or csv not in CSV_SHAPES:
            shapes = f"{', '.join(XML_SHAPES)} for XML, and one of {', '.join(CSV_SHAPES)} for CSV"
            raise ValueError(f"expected one of the shapes {shapes}, got {xml!r} and {csv!r}")
        self.requests: dict[int, Sequence[CheckedEmail]] = {
            request: _checked(results) for request, results in (requests or {}).items()
        }
        """The results of all requests by their ids, also of those that were created."""
        self.records: list[CheckedEmail] = [*_checked(records)]
        """The results for addresses of new requests."""
        self.polls = polls
        """How many times the status of a request is "running" before it is ready."""
        self.calls: list[Call] = []
        """The requests that were received."""
        self._xml: XmlShape = xml
        self._csv: CsvShape = csv
        self._polled = Counter[int]()
        self._next = deque[Reply]()
        self._lock = Lock()
        self._running: tuple[LoopbackServer, Thread] | None = None

    @property
    def url(self) -> str:
        """The base URL for clients, without a slash at its end.

        Raises:
            RuntimeError: the service does not run.
        """
        if self._running is None:
            raise RuntimeError("FakeService has no URL outside of its with statement")
        return self.url_of(self._running[0])

    @staticmethod
    def url_of(server: LoopbackServer) -> str:
        """Return the base URL for clients of a server."""
        return server.url + _PATH

    def next(self, *replies: Reply | Response) -> None:
        """Send these replies, in their order, to the next requests to any endpoint.

        Args:
            replies: faults such as `faults.BAD_GATEWAY`, other replies, or models.

        Raises:
            TypeError: an argument is neither a reply nor a model.
        """
        for reply in cast("tuple[object, ...]", replies):
            if not isinstance(reply, (Reply, Response)):
                raise TypeError(f"expected a Reply or a response model, got {type(reply).__name__}")
        with self._lock:
            self._next += (reply if isinstance(reply, Reply) else Reply(reply) for reply in replies)

    def answer(self, call: Call) -> Reply:
        """Return the reply to a request, with bytes as body, and remember the request."""
        with self._lock:
            self.calls.append(call)
            reply = self._next.popleft() if self._next else Reply()
            if reply.body is None:
                reply = replace(self._usual(call), delay=reply.delay, cut=reply.cut)
        return self._written(reply, _format_of(call))

    def __enter__(self) -> Self:
        server = LoopbackServer(self.answer)
        thread = Thread(target=server.serve_forever, args=(_POLL,), name="FakeService", daemon=True)
        thread.start()
        self._running = server, thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        server, thread = cast("tuple[LoopbackServer, Thread]", self._running)
        self._running = None
        server.shutdown()
        thread.join()
        server.server_close()
        if server.errors and error is None:
            raise server.errors[0]

    def _written(self, reply: Reply, format: str) -> Reply:
        body = reply.body
        if isinstance(body, ErrorResponse):
            return replace(reply, body=dump(body), content_type=_CONTENT_TYPES["json"])
        if isinstance(body, Response):
            if format == "xml":
                data = write_xml(body, self._xml)
            else:
                data = write_csv(body, self._csv) if format == "csv" else dump(body)
            return replace(reply, body=data, content_type=_CONTENT_TYPES[format])
        return replace(reply, content_type=reply.content_type or _CONTENT_TYPES[format])

    def _usual(self, call: Call) -> Reply:
        """Return the reply that the service would send."""
        if call.endpoint is None or call.endpoint not in _SERVED:
            return faults.gateway_page(404)
        if call.method != "POST":
            return faults.gateway_page(405)
        parameters = call.parameters
        if parameters is None:
            return faults.refusal("The body of the request should be a JSON object.")
        if call.key is None or not is_key(call.key):
            return faults.WRONG_KEY
        errors = parameter_errors(call.endpoint, parameters)
        if errors:
            return faults.refusal(*errors)
        if "id" in parameters and call.endpoint in ("completed", "failed") and parameters["id"] not in self.requests:
            return faults.UNKNOWN_ID
        return Reply(self._response(call.endpoint, parameters))

    def _response(self, endpoint: EndpointName, parameters: Parameters) -> Response:
        if endpoint == "create":
            return self._created(cast("list[str]", parameters["emails"]))
        if endpoint == "list":
            return self._page(parameters)
        if endpoint == "status":
            ids = dict.fromkeys(cast("list[int]", parameters["ids"]))
            return StatusResponse(requests=tuple(self._polled_status(one) for one in ids if one in self.requests))
        request = cast(int, parameters["id"])
        results = self._results(request) if self._is_ready(request) else ()
        if endpoint == "completed":
            return CompletedResponse(records=tuple(one for one in results if isinstance(one, EmailRecord)))
        return FailedResponse(failures=tuple(one for one in results if isinstance(one, FailedEmail)))

    def _created(self, emails: Sequence[str]) -> CreateResponse:
        known = {record.email_address: record for record in self.records}
        request = max(self.requests, default=0) + 1
        self.requests[request] = tuple(known.get(email) or _default(email) for email in emails)
        return CreateResponse(id=request)

    def _page(self, parameters: Parameters) -> ListResponse:
        asked = {name: parameters.get(name, schema.get("default")) for name, schema in parameters_of("list").items()}
        page, per_page = cast(int, asked["page"]), cast(int, asked["perPage"])
        ids = sorted(self.requests, reverse=asked["sort"] == "desc")
        first = (page - 1) * per_page
        on_page = ids[first : first + per_page]
        return ListResponse(
            requests=tuple(BulkRequest(id=one) if asked["onlyIds"] else self._status(one) for one in on_page),
            current_page=page,
            from_=first + 1 if on_page else None,
            last_page=max(1, -(-len(ids) // per_page)),
            per_page=per_page,
            to=first + len(on_page) if on_page else None,
            total=len(ids),
        )

    def _results(self, request: int) -> tuple[CheckedEmail, ...]:
        return _checked(self.requests[request])

    def _is_ready(self, request: int) -> bool:
        return self._polled[request] >= self.polls

    def _polled_status(self, request: int) -> BulkRequest:
        """Return the status of a request, and count how often it was running."""
        if self._is_ready(request):
            return self._status(request)
        self._polled[request] += 1
        return self._status(request, running=True)

    def _status(self, request: int, *, running: bool | None = None) -> BulkRequest:
        results = self._results(request)
        failures = [one for one in results if isinstance(one, FailedEmail)]
        total, invalid = len(results), sum(one.error == _INVALID for one in failures)
        processed, failed = total - len(failures), len(failures) - invalid
        is_ready = self._is_ready(request) if running is None else not running
        if not is_ready:
            processed = min(processed, total * self._polled[request] // (self.polls + 1))
            invalid = failed = 0
        return BulkRequest(
            id=request,
            api_version=_VERSION,
            date_start=_START,
            date_end=_END if is_ready else None,
            total_emails=total,
            invalid_emails=invalid,
            processed_emails=processed,
            failed_emails=failed,
            ready=is_ready,
        )


def _checked(results: Iterable[CheckedEmail]) -> tuple[CheckedEmail, ...]:
    checked = tuple(results)
    for result in cast("tuple[object, ...]", checked):
        if not isinstance(result, (EmailRecord, FailedEmail)):
            raise TypeError(f"expected an EmailRecord or a FailedEmail, got {type(result).__name__}")
    return checked


def _default(email: str) -> CheckedEmail:
    if not _ADDRESS.fullmatch(email):
        return FailedEmail(email_address=email, error=_INVALID)
    return EmailRecord(
        email_address=email,
        format_check=True,
        smtp_check=True,
        dns_check=True,
        free_check=False,
        disposable_check=False,
        catch_all_check=False,
        mx_records=("mx.example",),
        result="ok",
    )


def _format_of(call: Call) -> str:
    format = (call.parameters or {}).get("format")
    return format if isinstance(format, str) and format in _FORMATS else "json"
