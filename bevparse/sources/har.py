"""HAR: sessions saved by the developer tools of browsers and by proxies."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from ..errors import DecodeError
from ..files.encodings import encoded, from_base64, from_chunks, from_hex
from ..formats.text import declared_encoding
from ..problems import Problem, rules
from .attachments import attached, mentions_files, normalized
from .exchanges import (
    Exchanges,
    RecordedRequest,
    RecordedResponse,
    headers_of,
    model_of_exchange,
    request_headers_of,
)
from .lazy_json import NOTHING, Entry, entries_of, fields_of, is_large, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "files_of", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".har",)
_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')


class _HarRequest(msgspec.Struct):
    method: msgspec.Raw = NOTHING
    url: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    cookies: msgspec.Raw = NOTHING
    queryString: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it
    postData: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it


class _PostData(msgspec.Struct, rename={"file": "_file"}):
    text: msgspec.Raw = NOTHING
    encoding: msgspec.Raw = NOTHING
    params: msgspec.Raw = NOTHING
    file: msgspec.Raw = NOTHING
    """The file in which Playwright has written the body."""


class _HarResponse(msgspec.Struct):
    status: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    content: msgspec.Raw = NOTHING


class _Content(msgspec.Struct, rename={"is_binary": "_isBinary", "file": "_file"}):
    text: msgspec.Raw = NOTHING
    encoding: msgspec.Raw = NOTHING
    mimeType: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it
    is_binary: msgspec.Raw = NOTHING
    """Whether Polly.JS has written the body in hexadecimal digits."""
    file: msgspec.Raw = NOTHING
    """The file in which Playwright has written the body."""


def holds(head: bytes) -> bool:
    """Return whether data begins with the object `log`."""
    return _START.match(head) is not None


def members(source: Source, data: bytes) -> Iterator[Source]:
    """Iterate over the responses of the service, such as `session.har#/log/entries/3`, and the API keys in requests.

    Raises:
        DecodeError: the data is not a HAR, or exceeds a limit.
    """
    exchanges = Exchanges(source)
    if source.attachments is None and mentions_files(data):
        source = replace(source, depends_on_files=True)
    for index, entry in enumerate(_entries(source, data)):
        if isinstance(entry, Problem):
            yield refused(source, DecodeError(entry))
            continue
        place = source.inside(f"#/log/entries/{index}")
        yield from exchanges.sources_of(place, partial(_request, place, entry), partial(_response, place, entry))
    yield from exchanges.notice()


def _entries(source: Source, data: bytes) -> Iterator[Entry | Problem]:
    return entries_of(data, ("log", "entries"), "HAR", source.budget.limits)


def files_of(source: Source, data: bytes) -> Iterator[str]:
    """Iterate over the names of files with the bodies of requests, and of responses of the service, in a HAR.

    Raises:
        DecodeError: the data is not a HAR, or exceeds a limit.
    """
    for entry in _entries(source, data):
        if not isinstance(entry, Problem):
            request = fields_of(entry.request, _HarRequest)
            content = fields_of(fields_of(entry.response, _HarResponse).content, _Content)
            is_read = model_of_exchange(text_of(request.url, halves=True) or "", source.url_patterns) is not None
            files = (fields_of(request.postData, _PostData).file, content.file if is_read else NOTHING)
            yield from filter(None, (normalized(text_of(file, halves=True) or "") for file in files))


def _request(place: Source, entry: Entry) -> RecordedRequest:
    request = fields_of(entry.request, _HarRequest)
    posted = fields_of(request.postData, _PostData)
    text, file = utf8_of(posted.text, halves=True), text_of(posted.file)
    if text and (text_of(posted.encoding) or "").lower() == "base64":
        with contextlib.suppress(DecodeError):  # not base64, as declared: search the text as it is
            text = from_base64(text)
    if file and not text:
        text = attached(place, file)
    return RecordedRequest(
        text_of(request.method, halves=True) or "",
        text_of(request.url, halves=True) or "",
        request_headers_of(None if is_large(request.headers) else small_value_of(request.headers)),
        bytes(posted.params) if text is None else text,
        "/request/postData/params" if text is None else "/request/postData/text",
        (
            (rules.KEY_IN_URL, "/request/queryString", bytes(request.queryString)),
            (rules.KEY_IN_HEADER, "/request/headers", bytes(request.headers)),
            (rules.KEY_IN_HEADER, "/request/cookies", bytes(request.cookies)),
            (rules.KEY_IN_BODY, "/request/postData", bytes(request.postData)),
        ),
    )


def _response(place: Source, entry: Entry) -> RecordedResponse:
    response = fields_of(entry.response, _HarResponse)
    content = fields_of(response.content, _Content)
    status, content_type = text_of(response.status) or "", text_of(content.mimeType) or ""
    data = utf8_of(content.text)
    in_base64 = (text_of(content.encoding) or "").lower() == "base64"
    in_hex = not in_base64 and text_of(content.is_binary) == "true"
    is_encoded = (in_base64 or in_hex) and data is not None and data.startswith(b"[")
    headers = () if content_type and not is_encoded else headers_of(small_value_of(response.headers))
    if data is None:
        file = text_of(content.file)
        body = attached(place, file) if file else None
        return RecordedResponse(status, headers, body, content_type, encoding="")
    if is_encoded:  # Polly.JS writes an array of what was received, still with its encoding
        return RecordedResponse(status, headers, from_chunks(data, in_hex=in_hex), content_type)
    body = from_base64(data) if in_base64 else from_hex(data) if in_hex else _encoded(data)
    # The browser has decoded the body, even if the headers still contain its encoding.
    return RecordedResponse(status, headers, body, content_type, encoding="")


def _encoded(data: bytes) -> bytes:
    return encoded(data, declared_encoding(data) or "")  # the browser has decoded it, but the declaration remains
