"""HAR: sessions saved by the developer tools of browsers and by proxies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec

from ..errors import DecodeError
from ..files.encodings import encoded, from_base64, from_chunks, from_hex
from ..formats.text import declared_encoding
from ..limits import Limits
from ..problems import Problem
from .exchanges import OtherUrls, RecordedRequest, RecordedResponse, headers_of, sources_of
from .lazy_json import NOTHING, Entry, entries_of, fields_of, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".har",)
_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')


class _HarRequest(msgspec.Struct):
    method: msgspec.Raw = NOTHING
    url: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    postData: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it


class _PostData(msgspec.Struct):
    text: msgspec.Raw = NOTHING
    params: msgspec.Raw = NOTHING


class _HarResponse(msgspec.Struct):
    status: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    content: msgspec.Raw = NOTHING


class _Content(msgspec.Struct, rename={"is_binary": "_isBinary"}):
    text: msgspec.Raw = NOTHING
    encoding: msgspec.Raw = NOTHING
    mimeType: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it
    is_binary: msgspec.Raw = NOTHING
    """Whether Polly.JS has written the body in hexadecimal digits."""


def holds(head: bytes) -> bool:
    """Return whether data begins with the object `log`."""
    return _START.match(head) is not None


def members(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Iterate over the responses of the service, such as `session.har#/log/entries/3`, and the API keys in requests.

    Raises:
        DecodeError: the data is not a HAR, or exceeds a limit.
    """
    others = OtherUrls()
    for index, entry in enumerate(entries_of(data, ("log", "entries"), "HAR", limits)):
        if isinstance(entry, Problem):
            yield refused(source, DecodeError(entry))
            continue
        place = source.inside(f"#/log/entries/{index}")
        yield from sources_of(place, partial(_request, entry), partial(_response, entry), limits, others)
    yield from others.notice(source)


def _request(entry: Entry) -> RecordedRequest:
    request = fields_of(entry.request, _HarRequest)
    posted = fields_of(request.postData, _PostData)
    text = utf8_of(posted.text, halves=True)
    return RecordedRequest(
        text_of(request.method, halves=True) or "",
        text_of(request.url, halves=True) or "",
        headers_of(small_value_of(request.headers)),
        bytes(posted.params) if text is None else text,
        "/request/postData/params" if text is None else "/request/postData/text",
    )


def _response(entry: Entry) -> RecordedResponse:
    response = fields_of(entry.response, _HarResponse)
    content = fields_of(response.content, _Content)
    status, content_type = text_of(response.status) or "", text_of(content.mimeType) or ""
    data = utf8_of(content.text)
    in_base64 = (text_of(content.encoding) or "").lower() == "base64"
    in_hex = not in_base64 and text_of(content.is_binary) == "true"
    is_encoded = (in_base64 or in_hex) and data is not None and data.startswith(b"[")
    headers = () if content_type and not is_encoded else headers_of(small_value_of(response.headers))
    if data is None:
        return RecordedResponse(status, headers, None, content_type)
    if is_encoded:  # Polly.JS writes an array of what was received, still with its encoding
        return RecordedResponse(status, headers, from_chunks(data, in_hex=in_hex), content_type)
    body = from_base64(data) if in_base64 else from_hex(data) if in_hex else _encoded(data)
    # The browser has decoded the body, even if the headers still contain its encoding.
    return RecordedResponse(status, headers, body, content_type, encoding="")


def _encoded(data: bytes) -> bytes:
    return encoded(data, declared_encoding(data) or "")  # the browser has decoded it, but the declaration remains
