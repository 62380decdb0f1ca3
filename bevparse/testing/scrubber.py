"""`scrub`, which overwrites API keys in what VCR.py records."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import IO, Any, TypeVar, cast

from ..apikeys import Redactor

__all__ = ["scrub"]

_T = TypeVar("_T")


def scrub(recorded: _T) -> _T:
    """Return a request or a response of VCR.py with every API key overwritten: in its URL, its headers and its body.

    It is for `before_record_request` and `before_record_response`. A key becomes `at_REDACTED` and dots, as with
    `bevparse redact`, so that no length changes. The request that is sent keeps its key.

    Raises:
        ValueError: a key is in compressed data, which would become longer without it.

    Examples:
        >>> key = "at_" + "a" * 29
        >>> scrub({"headers": {}, "body": {"string": f'{{"apiKey":"{key}"}}'.encode()}})["body"]
        {'string': b'{"apiKey":"at_REDACTED....................."}'}
    """
    if isinstance(recorded, Mapping):  # a response
        return cast(_T, _scrubbed(cast(object, recorded)))
    request = cast(Any, copy.copy(recorded))
    request.uri, request.headers = _scrubbed(request.uri), _scrubbed(request.headers)
    request.body = _scrubbed(_whole(request.body))
    return cast(_T, request)


def _whole(body: object) -> object:
    """Return a whole body, so that no key is in two pieces: a stream or an iterator is read."""
    if hasattr(body, "read"):
        return cast(IO[bytes], body).read()
    if isinstance(body, Iterator):
        pieces = cast("Iterator[bytes | str]", body)
        return [b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)]
    return body


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return _without_keys(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return _without_keys(value)
    if isinstance(value, Mapping):
        return {_scrubbed(name): _scrubbed(member) for name, member in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(member) for member in cast("list[object]", value)]
    return value


def _without_keys(data: bytes) -> bytes:
    redactor = Redactor()
    clean = redactor.feed(data) + redactor.end()
    if redactor.left:
        raise ValueError("cannot overwrite an API key in compressed data, which would become longer")
    return clean
