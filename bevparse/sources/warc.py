"""WARC: what crawlers and capturing proxies keep of HTTP, request and response in records of their own."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from typing_extensions import Buffer

from ..endpoints import model_of_url
from ..errors import DecodeError
from ..files.compression import DAMAGE, Readable
from ..files.encodings import unchunked
from ..limits import Limits
from ..problems import Problem, join_pointer, rules
from .exchanges import Answer, Headers, Request, answer_of, keys_of
from .source import Source, Takes, everything, refused

__all__ = ["SUFFIXES", "Record", "holds", "members", "records_of"]

SUFFIXES: tuple[str, ...] = (".warc",)


def holds(data: bytes) -> bool:
    """Tell by the line that begins a record."""
    return data.startswith(b"WARC/1.")


def members(source: Source, stream: Readable, limits: Limits, takes: Takes = everything) -> Iterator[Source]:
    """Give the answers of the service, as `crawl.warc.gz#/records/7`, and the API keys in any request.

    Raises:
        DecodeError: this is no WARC, or passes a limit.
        OSError: it cannot be read.
    """
    waiting: Record | None = None
    try:
        for record in records_of(stream, limits):
            if waiting and _together(waiting, record):
                yield from _exchange(source, waiting, record, limits)
                waiting = None
            else:
                yield from _exchange(source, waiting, None, limits)
                waiting = record
    except DAMAGE:
        yield from _exchange(source, waiting, None, limits)
        raise
    yield from _exchange(source, waiting, None, limits)


def _together(first: Record, second: Record) -> bool:
    """Tell whether two records are of one exchange: as they say, or else a request before the response to it."""
    if first.of_request == second.of_request or first.url != second.url:
        return False
    said = first.concurrent_to or second.concurrent_to
    return said in (first.id, second.id) if said else first.of_request


def _exchange(source: Source, first: Record | None, second: Record | None, limits: Limits) -> Iterator[Source]:
    for record in filter(None, (first, second)):
        place = source.inside(f"#/records/{record.index}", b"")
        if record.of_request:
            yield from keys_of(place, _request(record), limits)
            if record.problem:
                yield refused(place, DecodeError(record.problem))
            continue
        other = second if record is first else first
        request = _request(other) if other else Request("", record.url)
        yield from answer_of(place, request, lambda record=record: _answer(record, limits), limits)  # type: ignore[misc]
        if other is None:
            yield from keys_of(place, request, limits)


def _request(record: Record) -> Request:
    return Request(record.method, record.url, record.headers, record.body or b"")


def _answer(record: Record, limits: Limits) -> Answer:
    if record.problem:
        raise DecodeError(record.problem)
    chunked = any(name.lower() == "transfer-encoding" and value.lower() == "chunked" for name, value in record.headers)
    body = unchunked(record.body, limits) if record.body and chunked else record.body
    return Answer(record.status, record.headers, body)


_PIECE: Final = 2**16

_MOST_HEADERS: Final = 2**16
"""Bytes that the headers of one record, with those of HTTP in it, may take."""

_MOST_LINES: Final = 250
_LENGTH: Final = re.compile(r"\d{1,18}")
_VERSIONS: Final = ("WARC/1.1", "WARC/1.0", "WARC/0.18", "WARC/0.17")
_HTTP: Final = ("http:", "https:")


@dataclass(frozen=True, slots=True)
class Record:
    """A request or a response."""

    index: int
    """Which of all the records of the file it is, from 0."""
    of_request: bool
    url: str
    id: str
    concurrent_to: str
    """The id of another record of the same exchange, where it is said."""
    method: str
    """Of a request."""
    status: str
    """Of a response."""
    headers: Headers
    body: bytes | None
    """What was kept of it, None where that is nothing."""
    problem: Problem | None = None
    """Why its body is not there."""


class _Head(Protocol):
    protocol: str
    statusline: str
    headers: list[tuple[str, str]]

    def get_header(self, name: str, default_value: str) -> str: ...


class _HeadParser(Protocol):
    def parse(self, stream: _Reader | _Block, full_statusline: bytes | None = None) -> _Head: ...


class _Warcio(Protocol):
    """What is used of `warcio.statusandheaders`."""

    StatusAndHeadersParserException: type[Exception]

    def StatusAndHeadersParser(self, statuslist: tuple[str, ...], verify: bool) -> _HeadParser: ...  # noqa: N802


def records_of(stream: Readable, limits: Limits) -> Iterator[Record]:
    """Give the records of requests and responses; the body of a response only where it is one of the service.

    Raises:
        DecodeError: a record is not well-formed, or passes a limit.
        OSError: the stream cannot be read.
    """
    warcio = _warcio()
    parser = warcio.StatusAndHeadersParser(_VERSIONS, verify=True)
    parser_of_http = warcio.StatusAndHeadersParser((), verify=False)
    reader = _Reader(stream, limits)
    index = 0
    while line := reader.first_line():
        if index >= limits.archive_members:
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
        try:
            head = parser.parse(reader, line)
        except warcio.StatusAndHeadersParserException:
            raise _refused("expected a WARC record, got another line", index) from None
        length = head.get_header("Content-Length", "")
        if not _LENGTH.fullmatch(length):
            raise _refused("expected the length of a WARC record, got none", index)
        block = _Block(reader, int(length))
        if record := _record(index, head, parser_of_http, block, limits):
            yield record
        deque(block.read(), maxlen=0)
        if block.left:
            raise _refused(f"expected {length} bytes in a WARC record, got {int(length) - block.left}", index)
        index += 1


def _warcio() -> _Warcio:
    try:
        return cast(_Warcio, import_module("warcio.statusandheaders"))
    except ImportError:
        message = "expected the package warcio for .warc, got none; pip install 'bevparse[warc]' brings it"
        raise DecodeError(Problem.of(rules.MISSING_EXTRA, message)) from None


def _record(index: int, head: _Head, parser: _HeadParser, block: _Block, limits: Limits) -> Record | None:
    """Read a record of HTTP, and nothing of another."""
    kind = head.get_header("WARC-Type", "")
    url = head.get_header("WARC-Target-URI", "").removeprefix("<").removesuffix(">")
    if kind not in ("request", "response", "revisit") or not url.lower().startswith(_HTTP):
        return None
    try:
        http = parser.parse(block)
    except EOFError:  # a revisit may be empty
        http = None
    body, problem = None, None
    if kind == "request" or (kind == "response" and http and model_of_url(url)):
        if block.left > limits.body:
            problem = Problem.of(rules.BODY_TOO_LARGE, limits.passed("body", block.left))
        else:
            body = b"".join(block.read())
    return Record(
        index,
        kind == "request",
        url,
        head.get_header("WARC-Record-ID", ""),
        head.get_header("WARC-Concurrent-To", ""),
        http.protocol if http else "",
        http.statusline.partition(" ")[0] if http else "",
        http.headers if http else (),
        body,
        problem,
    )


def _refused(message: str, index: int) -> DecodeError:
    return DecodeError(Problem.of(rules.BAD_CONTAINER, message, join_pointer("/records", index)))


class _Raw(io.RawIOBase):
    """A stream of no more bytes than an archive may hold, as BufferedReader takes it."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._total += len(data)
        if self._total > self._limits.archive_total:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_LARGE, self._limits.passed("archive_total")))
        return len(data)


class _Reader:
    """Reads lines, of the headers of one record no more than a bound, and pieces."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = io.BufferedReader(_Raw(stream, limits), _PIECE)
        self._left = _MOST_HEADERS
        self._lines = 0

    def first_line(self) -> bytes:
        """Give the next line that is not blank, or nothing at the end; it begins new headers."""
        self._left, self._lines = _MOST_HEADERS, 0
        while line := self.readline():
            if line.strip():
                break
        return line

    def readline(self, size: int = _MOST_HEADERS, /) -> bytes:
        """Give the next line with its end, or as many bytes of it as were asked for."""
        line = self._stream.readline(min(size, self._left + 1))
        self._left -= len(line)
        self._lines += 1
        if self._left < 0 or self._lines > _MOST_LINES:
            most = f"{_MOST_LINES} lines and {_MOST_HEADERS} bytes"
            raise DecodeError(
                Problem.of(rules.BAD_CONTAINER, f"expected a WARC with headers of at most {most}, got more")
            )
        return line

    def read(self, size: int, /) -> bytes:
        """Give a piece, nothing at the end."""
        return self._stream.read1(min(size, _PIECE))


class _Block:
    """What a record holds."""

    def __init__(self, reader: _Reader, length: int) -> None:
        self._reader = reader
        self.left = length
        """Bytes that have not been read."""

    def readline(self) -> bytes:
        line = self._reader.readline(self.left)
        self.left -= len(line)
        return line

    def read(self) -> Iterator[bytes]:
        """Read to the end, piece by piece."""
        while self.left and (piece := self._reader.read(self.left)):
            self.left -= len(piece)
            yield piece
