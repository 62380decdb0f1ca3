"""Recorded HTTP exchanges as sources: the responses of the service, and the API keys in requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from .. import formats
from ..apikeys import holds_key, masked
from ..endpoints import endpoint_of, is_like_service, model_of_segment, model_of_url
from ..errors import DecodeError
from ..files.encodings import unchunked, uncompressed
from ..models import Response
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule
from .keys import MESSAGES, find_keys, may_hold_keys
from .lazy_json import NOTHING, fields_of, text_of
from .source import Source, refused

__all__ = [
    "Exchanges",
    "Headers",
    "RecordedRequest",
    "RecordedResponse",
    "headers_of",
    "mapping_of",
    "model_of_exchange",
    "request_headers_of",
]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Names and values in their order."""
_WITHOUT_BODY: Final = {"CONNECT", "HEAD", "OPTIONS", "TRACE"}
_MOST_HEADERS: Final = 128
_EMPTY_STATUS: Final = re.compile(r"1\d\d|204|205|3\d\d")
_STATUS: Final = re.compile(r"\d{1,3}")
_ONE_ID: Final = re.compile(rb'\[?\s*"?0*([1-9][0-9]{0,18})"?\s*\]?')


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """An HTTP request."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    pointer: str = "/request/body"
    """The pointer of the body in the recorded exchange."""
    others: tuple[tuple[Rule, str, bytes], ...] = ()
    """Other parts of the request that may contain an API key: the rule that reports it, the pointer and the data."""


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """An HTTP response."""

    status: str
    headers: Headers = ()
    body: bytes | None = None
    """The body, None if it was not recorded."""
    content_type: str = ""
    """The content type, if it is recorded outside of the headers."""
    encoding: str | None = None
    """The content encoding of the body; None if the headers contain it."""


class _Parameters(msgspec.Struct):
    """The parameters of a request that describe its response."""

    id: msgspec.Raw = NOTHING
    ids: msgspec.Raw = NOTHING
    format: msgspec.Raw = NOTHING


def _without_query(url: str) -> str:
    return url.partition("?")[0].partition("#")[0].rpartition("@")[2]


def model_of_exchange(url: str, patterns: Sequence[str]) -> type[Response] | None:
    """Return the model of the response to a recorded request; `Response` if the URL does not name an endpoint.

    Args:
        url: the URL of the request.
        patterns: patterns of URLs in addition to those of the service.

    Returns:
        The model, or None for the URL of another service.
    """
    model = model_of_url(url)
    if model is None and any(_fits(pattern, url) for pattern in patterns):
        return model_of_segment(url)
    return model


def _fits(pattern: str, url: str) -> bool:
    """Return whether a URL fits a pattern, in which `*` matches any characters.

    A pattern without `*` fits any URL that begins with it. It needs no scheme and no query. Case does not matter.
    """
    url, pattern = url.lower(), pattern.lower()
    if "?" not in pattern:
        url = url.partition("#")[0].partition("?")[0]
    if "://" not in pattern and not pattern.startswith("*"):
        url = url.rpartition("://")[2]
    first, *others = pattern.split("*")
    if not url.startswith(first):
        return False
    if not others:
        return url[len(first) : len(first) + 1] in ("", "/") or first.endswith("/")
    position = len(first)
    for part in others[:-1]:
        position = url.find(part, position) + len(part)
        if position < len(part):
            return False
    return url.endswith(others[-1]) and len(url) - len(others[-1]) >= position


class Exchanges:
    """Reads the exchanges of one recording, and counts the exchanges with other URLs than those of the service."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._limits = source.budget.limits
        self._others = 0
        self._like_service: list[str] = []

    def sources_of(
        self, place: Source, request: Callable[[], RecordedRequest], response: Callable[[], RecordedResponse]
    ) -> Iterator[Source]:
        """Iterate over the sources of an exchange.

        Args:
            place: the exchange, without data.
            request: returns the request; it may raise DecodeError.
            response: returns the response; it is only called for an endpoint of the service, and may raise DecodeError.
        """
        try:
            known = request()
        except DecodeError as error:
            unread = f"request not searched for API keys: {error.problem.message}"
            refusal = refused(place, error)
            yield replace(refusal, problems=(*refusal.problems, Problem.of(rules.KEYS_UNREAD, unread, "/request")))
            return
        yield from self.response_of(place, known, response)
        yield from self.keys_of(place, known)

    def keys_of(self, place: Source, request: RecordedRequest) -> Iterator[Source]:
        """Report the API keys in a request to any host as one notice."""
        body, unread = self._searched_body(place, request)
        found: list[Problem] = []
        if may_hold_keys(request.url, request.headers, (body, *(data for _, _, data in request.others))):
            found += islice(find_keys(request.url, request.headers, body, request.pointer), self._limits.problems)
            for rule, pointer, data in request.others:
                # the URL and its parameters, for example, hold the same key
                if all(problem.rule is not rule for problem in found) and holds_key(data):
                    found.append(Problem.of(rule, MESSAGES[rule], pointer))
        if problems := (*found, *unread):
            yield replace(place, outcome="notice", problems=problems)

    def _searched_body(self, place: Source, request: RecordedRequest) -> tuple[bytes, tuple[Problem, ...]]:
        """Return the body of a request without its encodings, and problems if it cannot be decoded."""
        if not request.body:
            return b"", ()
        try:
            body = self.unchunked(request.headers, request.body)
            encoding = _header(request.headers, "content-encoding")
            body, faults = uncompressed(body, encoding, place.budget)
        except DecodeError as error:
            body, faults = request.body, (error.problem,)
        messages = (f"request body not searched for API keys: {fault.message}" for fault in faults)
        return body, tuple(Problem.of(rules.KEYS_UNREAD, message, request.pointer) for message in messages)

    def response_of(
        self, place: Source, request: RecordedRequest, response: Callable[[], RecordedResponse]
    ) -> Iterator[Source]:
        """Return the response to a request that was sent to an endpoint of the service and expects a body."""
        if request.method.upper() in _WITHOUT_BODY:
            return
        model = model_of_exchange(request.url, place.url_patterns)
        if model is None:
            self._others += 1
            if is_like_service(request.url):
                self._like_service.append(request.url)
            return
        try:
            yield from self._response(place, request, response(), model)
        except DecodeError as error:
            if error.problem.rule is rules.ARCHIVE_TOO_LARGE:  # no other exchange can be read, either
                raise
            yield refused(place, error)

    def _response(
        self, place: Source, request: RecordedRequest, response: RecordedResponse, model: type[Response]
    ) -> Iterator[Source]:
        if not response.body and _EMPTY_STATUS.fullmatch(response.status):
            return
        if response.body is None:
            status = f" (status {response.status})" if _STATUS.fullmatch(response.status) else ""
            problem = Problem.of(rules.MISSING_BODY, f"response body was not recorded{status}")
            yield replace(place, outcome="notice", problems=(problem,))
            return
        encoding = _header(response.headers, "content-encoding") if response.encoding is None else response.encoding
        body, problems = uncompressed(response.body, encoding, place.budget)
        parameters = fields_of(request.body, _Parameters)
        content_type = response.content_type or _header(response.headers, "content-type")
        yield replace(
            place,
            data=body,
            size=len(body),
            problems=problems,
            format=formats.of_media_type(content_type.partition(";")[0].strip().lower()) or _format_of(parameters),
            endpoint=None if model is Response else endpoint_of(model),
            recorded=True,
            request=_id_of(parameters.id) or _id_of(parameters.ids),
        )

    def unchunked(self, headers: Headers, body: bytes) -> bytes:
        """Return the body of a message without its chunks.

        Raises:
            DecodeError: a chunk is truncated, or there are too many chunks.
        """
        chunked = any(name.lower() == "transfer-encoding" and value.lower() == "chunked" for name, value in headers)
        return unchunked(body, self._limits) if chunked else body

    def notice(self) -> Iterator[Source]:
        """Report the number of exchanges with other URLs as a notice; nothing if there are none.

        The notice has a problem if some of these URLs end like those of the service.
        """
        if not self._others:
            return
        problems: tuple[Problem, ...] = ()
        if self._like_service:
            shown = format_value(masked(_without_query(self._like_service[0])))
            count = len(self._like_service)
            message = (
                f"{count} {'exchange' if count == 1 else 'exchanges'} not read: URLs such as {shown} end like those of "
                "the service; --url-pattern reads them"
            )
            problems = (Problem.of(rules.OTHER_URLS, message),)
        yield replace(self._source, data=None, outcome="notice", other_urls=self._others, problems=problems)


def _format_of(parameters: _Parameters) -> str | None:
    """Return the requested format, or None if it is missing or unknown."""
    try:
        name = (text_of(parameters.format) or "").lower()
    except DecodeError:
        return None
    return name if name in formats.known() else None


def _id_of(raw: msgspec.Raw) -> str | None:
    """Return the id in a parameter, or None if there is no id or more than one."""
    found = _ONE_ID.fullmatch(memoryview(raw))
    return found[1].decode() if found else None


def request_headers_of(value: object) -> Headers:
    """Return all headers of a request, without a limit, because all of them are searched for API keys."""
    return [(_text(name), _text(content)) for name, content in _pairs(value)]


def headers_of(value: object) -> Headers:
    """Return headers that are recorded as a list of objects or pairs, or as an object of values or lists.

    Raises:
        DecodeError: there are more headers than a server would accept.
    """
    found = islice(_pairs(value), _MOST_HEADERS + 1)
    headers = [(_text(name), _text(content)) for name, content in found]
    if len(headers) > _MOST_HEADERS:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"expected at most {_MOST_HEADERS} headers, got more"))
    return headers


def _pairs(value: object) -> Iterator[tuple[object, object]]:
    by_name = mapping_of(value)
    for header in _sequence(value) if by_name is None else by_name.items():
        fields = mapping_of(header)
        if fields is not None:
            yield fields.get("name"), fields.get("value")
            continue
        pair = _sequence(header)
        name, content = pair if len(pair) == 2 else ("", "")
        for one in _sequence(content) or (content,):
            yield name, one


def mapping_of(value: object) -> Mapping[object, object] | None:
    """Return a value that is a mapping, or None for any other."""
    return cast("Mapping[object, object]", value) if isinstance(value, dict) else None


def _sequence(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else ()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("iso-8859-1")
    return value if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""


def _header(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")
