"""Session archives of Fiddler: zip archives with the request and the response of each session, as they were sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple, cast
from zipfile import ZipInfo

from ..errors import DecodeError, SourceError
from ..problems import Problem, rules
from .exchanges import Exchanges, Headers, RecordedRequest, RecordedResponse
from .source import Source, refused

__all__ = ["Session", "members", "sessions_of"]

_NAME: Final = re.compile(r"raw/(\d{1,18})_([cs])\.txt", re.IGNORECASE)
_MOST_HEAD: Final = 2**16
"""Bytes that the head of a message may have."""
_HEAD: Final = re.compile(rb"(?:[^\r\n]++\r?\n)++\r?\n")
_HEADER: Final = re.compile(rb"([^:\r\n]++):[ \t]*+([^\r\n]*+)")
_CONTINUE: Final = "1"
"""The first digit of an interim status, such as 100. Another response follows it."""


class Session(NamedTuple):
    """The members of an archive that hold one exchange."""

    request: ZipInfo | None
    response: ZipInfo | None


class _Message(NamedTuple):
    """An HTTP message as it was sent."""

    first: list[str]
    """The three parts of the first line."""
    headers: Headers
    body: bytes


def sessions_of(infos: Iterable[ZipInfo]) -> list[Session]:
    """Return the sessions in an archive of Fiddler, in the order of their numbers; empty for other zip archives."""
    found: dict[int, dict[str, ZipInfo]] = {}
    for info in infos:
        if name := _NAME.fullmatch(info.filename):
            found.setdefault(int(name[1]), {})[name[2].lower()] = info
    return [Session(one.get("c"), one.get("s")) for _, one in sorted(found.items())]


def members(source: Source, sessions: Iterable[Session], read: Callable[[ZipInfo], bytes]) -> Iterator[Source]:
    """Iterate over the responses of the service, such as `session.saz!/raw/3_s.txt`, and the API keys in requests.

    Args:
        source: the archive.
        sessions: its sessions.
        read: returns the content of a member; it may raise SourceError and DecodeError.

    Raises:
        DecodeError: the archive exceeds a limit.
    """
    exchanges = Exchanges(source)
    for session in sessions:
        try:
            yield from _session(source, session, read, exchanges)
        except SourceError as error:
            yield refused(source.inside(f"!/{cast(ZipInfo, session.response or session.request).filename}"), error)
    yield from exchanges.notice()


def _session(
    source: Source, session: Session, read: Callable[[ZipInfo], bytes], exchanges: Exchanges
) -> Iterator[Source]:
    request = RecordedRequest("", "") if session.request is None else _request(_message_of(read(session.request)))
    if session.response is not None:
        place = source.inside(f"!/{session.response.filename}")
        yield from exchanges.response_of(place, request, partial(_response, read, session.response, exchanges))
    if session.request is not None:
        yield from exchanges.keys_of(source.inside(f"!/{session.request.filename}"), request)


def _message_of(data: bytes) -> _Message:
    """Split a message. A request that was sent without a head has no first line."""
    head = _HEAD.match(data, 0, _MOST_HEAD)
    text, body = (head[0], data[head.end() :]) if head else (data[:_MOST_HEAD], b"")
    first, *lines = text.splitlines() or [b""]
    found = filter(None, map(_HEADER.fullmatch, lines))
    headers = [(_latin(header[1]).strip(), _latin(header[2]).strip()) for header in found]
    return _Message([*_latin(first).split(" ", 2), "", ""][:3], headers, body)


def _latin(data: bytes) -> str:
    return data.decode("iso-8859-1")


def _request(message: _Message) -> RecordedRequest:
    method, url, _ = message.first
    if url.startswith("/"):  # Fiddler writes the whole URL; other programs write the path
        host = next((value for name, value in message.headers if name.lower() == "host"), "")
        url = f"https://{host}{url}"
    return RecordedRequest(method, url, message.headers, message.body)


def _response(read: Callable[[ZipInfo], bytes], info: ZipInfo, exchanges: Exchanges) -> RecordedResponse:
    data = read(info)
    if not data:
        return RecordedResponse("")
    message = _message_of(data)
    while message.first[1].startswith(_CONTINUE) and message.body:
        message = _message_of(message.body)
    if not message.first[0].startswith("HTTP/"):
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, "invalid session: expected an HTTP response"))
    return RecordedResponse(message.first[1], message.headers, exchanges.unchunked(message.headers, message.body))
