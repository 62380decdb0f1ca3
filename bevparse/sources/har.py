"""HAR: what a browser's developer tools and proxies save of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ..errors import DecodeError
from ..files.encodings import from_base64
from ..formats.text import declared_encoding
from ..limits import Limits
from .exchanges import Answer, Request, headers_of, sources_of
from .lazy_json import NOTHING, Entry, entries_of, fields_of, small_value_of, text_of, utf8_of
from .source import Source, refused

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".har",)
_BEGINS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')
_LATIN: Final = ("iso-8859-1", "latin1", "latin-1")


class _Request(msgspec.Struct):
    method: msgspec.Raw = NOTHING
    url: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    postData: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it


class _Posted(msgspec.Struct):
    text: msgspec.Raw = NOTHING
    params: msgspec.Raw = NOTHING


class _Response(msgspec.Struct):
    status: msgspec.Raw = NOTHING
    headers: msgspec.Raw = NOTHING
    content: msgspec.Raw = NOTHING


class _Content(msgspec.Struct):
    text: msgspec.Raw = NOTHING
    encoding: msgspec.Raw = NOTHING
    mimeType: msgspec.Raw = NOTHING  # noqa: N815 - as HAR calls it


def holds(head: bytes) -> bool:
    """Tell by the object `log` at the beginning."""
    return _BEGINS.match(head) is not None


def members(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Give the answers of the service, as `session.har#/log/entries/3`, and the API keys in any request.

    Raises:
        DecodeError: this is no HAR, or passes a limit.
    """
    for index, entry in enumerate(entries_of(data, ("log", "entries"), "a HAR with its entries", limits)):
        place = source.inside(f"#/log/entries/{index}", b"")
        try:
            request = _request(entry)
        except DecodeError as error:
            yield refused(place, error)
        else:
            yield from sources_of(place, request, lambda entry=entry: _answer(entry), limits)  # type: ignore[misc]


def _request(entry: Entry) -> Request:
    said = fields_of(entry.request, _Request)
    posted = fields_of(said.postData, _Posted)
    text = utf8_of(posted.text)
    return Request(
        text_of(said.method) or "",
        text_of(said.url) or "",
        headers_of(small_value_of(said.headers)),
        bytes(posted.params) if text is None else text,
        "/request/postData/params" if text is None else "/request/postData/text",
    )


def _answer(entry: Entry) -> Answer:
    said = fields_of(entry.response, _Response)
    content = fields_of(said.content, _Content)
    content_type = text_of(content.mimeType) or ""
    headers = () if content_type else headers_of(small_value_of(said.headers))
    # The browser has decoded the body, whatever the headers say.
    return Answer(text_of(said.status) or "", headers, _body(content), content_type, encoding="")


def _body(content: _Content) -> bytes | None:
    data = utf8_of(content.text)
    if data is None:
        return None
    if (text_of(content.encoding) or "").lower() == "base64":
        return from_base64(data)
    if (declared_encoding(data) or "").lower() in _LATIN:  # the browser has decoded what still declares it
        try:
            return data.decode().encode("iso-8859-1")
        except UnicodeError:
            return data
    return data
