"""Responses of HTTP clients to models: the endpoint from the URL, the body from its bytes; no client is imported."""

from __future__ import annotations

import http.client
import inspect
import re
from collections.abc import Callable
from typing import Final, NoReturn, Protocol, cast

from typing_extensions import TypeVar

from . import formats
from .api import parse
from .endpoints import model_of_url
from .errors import SourceError
from .formats.text import declares_encoding
from .limits import DEFAULT_LIMITS, Limits
from .models import Response

__all__ = ["HttpResponse", "parse_http"]

R = TypeVar("R", bound=Response, default=Response)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_LATIN: Final = frozenset({"iso-8859-1", "latin1", "latin-1"})


class HttpResponse(Protocol):
    """What the responses of requests, httpx, aiohttp and urllib have in common."""

    @property
    def url(self) -> object:
        """Where it came from: anything whose `str` is the URL."""
        ...

    @property
    def headers(self) -> object:
        """Its headers: anything with a `get` that does not mind capitals."""
        ...


def parse_http(
    response: HttpResponse,
    model: type[R] = Response,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Turn the response of an HTTP client into the model of the endpoint that was called.

    The status code is not looked at: the body says whether it is an error.

    Args:
        response: of requests, httpx (read), aiohttp (after `await response.read()`) or urllib (not read yet).
        model: as for `parse`. Without it the URL's path decides, or, where that is another service's, the payload.
        format: as for `parse`. Without it the content type is taken, unless the body surely is another.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        TypeError: this is no response, or its body has not been read.
        SourceError: the connection failed while the body was read.
        BevparseError: as for `parse`; an error reply is an ApiError wherever the endpoint is known.
    """
    url, content_type = _url(response), _content_type(response)
    try:
        data = _body(response, limits)
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(url, f"expected a whole body, got a fault: {type(error).__name__}") from None
    declared = format or formats.of_media_type(content_type.partition(";")[0].strip().lower())
    asked = cast("type[R]", model_of_url(url) or model) if model is Response else model
    body = data if strict else _hinted(data, content_type)
    return parse(body, asked, format=declared, strict=strict, limits=limits)


def _url(response: HttpResponse) -> str:
    try:
        return str(response.url)
    except RuntimeError:  # httpx, for a response that was made without a request
        return ""
    except AttributeError:
        _no_response(response)


def _content_type(response: HttpResponse) -> str:
    get: object = getattr(getattr(response, "headers", None), "get", None)
    return str(get("content-type") or "") if callable(get) else _no_response(response)


def _body(response: HttpResponse, limits: Limits) -> bytes:
    try:
        content = cast(object, getattr(response, "content", None))
    except RuntimeError:  # httpx, and requests with stream=True, when there is nothing left to read
        _unread("response.read() or await response.aread()")
    if isinstance(content, bytes):
        return content
    read: object = getattr(response, "read", None)
    if inspect.iscoroutinefunction(read):
        kept: object = getattr(response, "_body", None)  # where aiohttp keeps what was read
        return kept if isinstance(kept, bytes) else _unread("await response.read()")
    return _from_urllib(response, read, limits) if callable(read) else _no_response(response)


def _from_urllib(response: HttpResponse, read: Callable[[int], object], limits: Limits) -> bytes:
    is_closed: object = getattr(response, "isclosed", None)
    if callable(is_closed) and is_closed():
        raise TypeError("expected a response that has not been read, got one that has; give its bytes to parse")
    body = read(limits.body + 1)
    if not isinstance(body, bytes):
        _no_response(response)
    if len(body) <= limits.body and getattr(response, "length", None):  # what the connection still owes
        raise http.client.IncompleteRead(body)
    return body


def _no_response(response: object) -> NoReturn:
    raise TypeError(f"expected a response of requests, httpx, aiohttp or urllib, got {type(response).__name__}")


def _unread(call: str) -> NoReturn:
    raise TypeError(f"expected a response whose body has been read, got one without; call {call} first")


def _hinted(data: bytes, content_type: str) -> bytes | str:
    """Take the charset of the header only for a body that says nothing itself and cannot be UTF-8."""
    charset = _CHARSET.search(content_type)
    if charset is None or charset[1].lower() not in _LATIN or declares_encoding(data):
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")
    return data
