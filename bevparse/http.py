"""Response objects of HTTP clients, read as models. The endpoint comes from the URL.

No HTTP client is imported: the clients differ in attributes, which are tried one after the other.
"""

from __future__ import annotations

import http.client
import inspect
import re
from collections.abc import Callable
from typing import Final, NoReturn, Protocol, cast

from typing_extensions import TypeVar

from . import formats
from .api import parse
from .apikeys import masked
from .endpoints import ANY, model_of_url
from .errors import SourceError
from .formats.text import declares_encoding
from .limits import DEFAULT_LIMITS, Limits
from .models import AnyResponse, Response

__all__ = ["HttpResponse", "parse_http"]

R = TypeVar("R", bound=Response, default=AnyResponse)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_LATIN: Final = frozenset({"iso-8859-1", "latin1", "latin-1"})


class HttpResponse(Protocol):
    """What the response objects of HTTP clients have in common. URL and body have other names in each client."""

    @property
    def headers(self) -> object:
        """An object with a case-insensitive `get`."""
        ...


def parse_http(
    response: HttpResponse,
    model: type[R] = ANY,  # type: ignore[assignment]
    *,
    format: str | None = None,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> R:
    """Parse the response object of an HTTP client as the model of its endpoint.

    The status code is ignored: the body shows whether it is an error reply.

    Args:
        response: the response object of requests, httpx (after `response.read()`), aiohttp (after
            `await response.read()`), urllib (not read yet), urllib3, or the test client of Flask, Werkzeug, Starlette
            or FastAPI.
        model: as for `parse`. The default is the endpoint of the URL, or of the payload if the URL is not known.
        format: as for `parse`. The default is the content type, unless the body is clearly of another format.
        strict: as for `parse`.
        limits: as for `parse`.

    Raises:
        TypeError: the object is not a response, or its body has not been read.
        SourceError: the connection failed while the body was read.
        BevparseError: as for `parse`. An error reply raises ApiError if `model` or the URL says which endpoint it is.
    """
    url, content_type = _url(response), _content_type(response)
    data = _body_or_fault(response, limits)
    if isinstance(data, str):  # raised here: while another error is handled, it would become the context of this one
        raise SourceError(masked(url), f"cannot read response body: {data}")
    declared = format or formats.of_media_type(content_type.partition(";")[0].strip().lower())
    expected = cast("type[R]", model_of_url(url) or model) if model is Response else model
    body = data if strict else _with_charset(data, content_type)
    return parse(body, expected, format=declared, strict=strict, limits=limits)


def _url(response: HttpResponse) -> str:
    try:
        url: object = getattr(response, "url", None)
        if url is None:  # the test client of Werkzeug
            url = getattr(getattr(response, "request", None), "url", None)
    except RuntimeError:  # httpx, for a response without a request
        return ""
    return _not_a_response(response) if url is None else str(url)


def _content_type(response: HttpResponse) -> str:
    get: object = getattr(getattr(response, "headers", None), "get", None)
    return str(get("content-type") or "") if callable(get) else _not_a_response(response)


def _body_or_fault(response: HttpResponse, limits: Limits) -> bytes | str:
    """Return the body, or the class name of the error that the client raised.

    The text of the error is not used, because it may contain the URL, and so an API key.
    """
    try:
        return _body(response, limits)
    except TypeError:
        raise
    except Exception as error:  # noqa: BLE001 - each client has exceptions of its own
        return type(error).__name__


def _body(response: HttpResponse, limits: Limits) -> bytes:
    try:
        content = cast(object, getattr(response, "content", None))
    except RuntimeError:  # httpx, and requests with stream=True after the body was consumed
        _unread("response.read() or await response.aread()")
    if isinstance(content, bytes):
        return content
    if not hasattr(response, "read"):
        held = _held(response)
        return _not_a_response(response) if held is None else held
    read: object = getattr(response, "read", None)
    if inspect.iscoroutinefunction(read):
        stored: object = getattr(response, "_body", None)  # aiohttp stores the body here once it was read
        return stored if isinstance(stored, bytes) else _unread("await response.read()")
    return _from_urllib(response, read, limits) if callable(read) else _not_a_response(response)


def _from_urllib(response: HttpResponse, read: Callable[[int], object], limits: Limits) -> bytes:
    is_closed: object = getattr(response, "isclosed", None)
    if callable(is_closed) and is_closed():
        held = _held(response)
        if held is not None:
            return held
        raise TypeError("response body has been read already; pass its bytes to bevparse.parse")
    body = read(limits.body + 1)
    if not isinstance(body, bytes):
        _not_a_response(response)
    if len(body) <= limits.body and getattr(response, "length", None):  # some bytes have not arrived
        raise http.client.IncompleteRead(body)
    return body


def _held(response: object) -> bytes | None:
    """Return the body in `data` of a response of urllib3 or of Werkzeug's test client.

    None means that there is no `data`, or that the body was read from the connection.
    """
    data: object = getattr(response, "data", None)
    if not isinstance(data, bytes):
        return None
    tell: object = getattr(response, "tell", None)  # how much was read from the connection of urllib3
    return None if not data and callable(tell) and tell() else data


def _not_a_response(response: object) -> NoReturn:
    raise TypeError(f"expected the response of an HTTP client, got {type(response).__name__}")


def _unread(call: str) -> NoReturn:
    raise TypeError(f"response body has not been read; call {call} first")


def _with_charset(data: bytes, content_type: str) -> bytes | str:
    """Return a body decoded as Latin-1, if the header says so, the body declares no encoding and is not UTF-8.

    Any other body is returned unchanged.
    """
    charset = _CHARSET.search(content_type)
    if charset is None or charset[1].lower() not in _LATIN or declares_encoding(data):
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")
    return data
