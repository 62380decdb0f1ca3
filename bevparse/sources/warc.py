"""WARC: HTTP saved by crawlers and capturing proxies, with requests and responses in separate records."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Final, Protocol, cast

from typing_extensions import Buffer

from ..errors import DecodeError, missing_extra
from ..files.compression import DAMAGE, Budget, Readable
from ..limits import Limits
from ..problems import Problem, join_pointer, rules
from .exchanges import Exchanges, Headers, RecordedRequest, RecordedResponse, model_of_exchange
from .keys import SearchedStream, are_reported
from .source import NameFilter, Source, refused

__all__ = ["NESTS", "SUFFIXES", "Record", "holds", "members", "records_of"]

SUFFIXES: tuple[str, ...] = (".warc",)
NESTS: bool = False
_PIECE: Final = 2**16
_MOST_HEADERS: Final = 2**16
"""Bytes that the headers of one record may have, with those of the HTTP message in it."""
_MOST_LINES: Final = 250
_LENGTH: Final = re.compile(r"\d{1,18}")
_VERSIONS: Final = ("WARC/1.1", "WARC/1.0", "WARC/0.18", "WARC/0.17")
_HTTP: Final = ("http:", "https:")


def holds(data: bytes) -> bool:
    """Return whether data begins with a WARC record."""
    return data.startswith(b"WARC/1.")


def members(source: Source, stream: Readable, is_wanted: NameFilter) -> Iterator[Source]:
    """Iterate over the responses of the service, such as `crawl.warc.gz#/records/7`, and the API keys in requests.

    Raises:
        DecodeError: the data is not a WARC, or exceeds a limit.
        OSError: the stream cannot be read.
    """
    searched = SearchedStream(stream)
    reported = False
    try:
        for found in _sources_of_records(source, searched):
            reported |= are_reported(found.problems)
            yield found
    except DAMAGE:
        yield from searched.notice(source, are_keys_reported=reported)
        raise
    yield from searched.notice(source, are_keys_reported=reported)


def _sources_of_records(source: Source, stream: Readable) -> Iterator[Source]:
    exchanges = Exchanges(source)
    for first, second in _pairs(records_of(stream, source.budget, partial(_is_read, source.url_patterns))):
        yield from _exchange(source, first, second, exchanges)
    yield from exchanges.notice()


def _pairs(records: Iterator[Record]) -> Iterator[tuple[Record, Record | None]]:
    """Iterate over adjacent records of one exchange as pairs, and over each other record with None."""
    waiting: Record | None = None
    try:
        for record in records:
            if waiting and _are_one_exchange(waiting, record):
                yield waiting, record
                waiting = None
                continue
            if waiting:
                yield waiting, None
            waiting = record
    except DAMAGE:
        if waiting:
            yield waiting, None
        raise
    if waiting:
        yield waiting, None


def _is_read(patterns: tuple[str, ...], url: str) -> bool:
    return model_of_exchange(url, patterns) is not None


def _are_one_exchange(first: Record, second: Record) -> bool:
    """Return whether two records refer to each other, or are a request and the next response without references."""
    if first.of_request == second.of_request or first.url != second.url:
        return False
    referenced = first.concurrent_to or second.concurrent_to
    return referenced in (first.id, second.id) if referenced else first.of_request


def _exchange(source: Source, first: Record, second: Record | None, exchanges: Exchanges) -> Iterator[Source]:
    for record in filter(None, (first, second)):
        place = source.inside(f"#/records/{record.index}")
        if record.of_request:
            yield from exchanges.keys_of(place, _request(record))
            if record.problem:
                yield refused(place, DecodeError(record.problem))
            continue
        other = second if record is first else first
        request = _request(other) if other else RecordedRequest("", record.url)
        yield from exchanges.response_of(place, request, partial(_response, record, exchanges))
        if other is None:
            yield from exchanges.keys_of(place, request)


def _request(record: Record) -> RecordedRequest:
    return RecordedRequest(record.method, record.url, record.headers, record.body or b"")


def _response(record: Record, exchanges: Exchanges) -> RecordedResponse:
    if record.problem:
        raise DecodeError(record.problem)
    body = record.body and exchanges.unchunked(record.headers, record.body)
    return RecordedResponse(record.status, record.headers, body)


@dataclass(frozen=True, slots=True)
class Record:
    """An HTTP request or response."""

    index: int
    """The index of the record in the file, from 0."""
    of_request: bool
    url: str
    id: str
    concurrent_to: str
    """The id of another record of the same exchange, or ""."""
    method: str
    """The method of a request."""
    status: str
    """The status of a response."""
    headers: Headers
    body: bytes | None
    """The body, None if it was not recorded or not read."""
    problem: Problem | None = None
    """The reason why the body was not read."""


class _WarcHead(Protocol):
    protocol: str
    statusline: str
    headers: list[tuple[str, str]]

    def get_header(self, name: str, default_value: str) -> str: ...


class _HeadParser(Protocol):
    def parse(self, stream: _LineReader | _Block, full_statusline: bytes | None = None) -> _WarcHead: ...


class _Warcio(Protocol):
    """The part of `warcio.statusandheaders` that is used here."""

    StatusAndHeadersParserException: type[Exception]

    def StatusAndHeadersParser(self, statuslist: tuple[str, ...], verify: bool) -> _HeadParser: ...  # noqa: N802


def records_of(stream: Readable, budget: Budget, is_read: Callable[[str], bool]) -> Iterator[Record]:
    """Iterate over requests and responses. The body of a response is only read if `is_read` accepts its URL.

    Args:
        stream: the file.
        budget: has the limits, and counts the bytes of the stream.
        is_read: returns whether the response to this URL is read.

    Raises:
        DecodeError: a record is not well-formed, or exceeds a limit.
        OSError: the stream cannot be read.
    """
    warcio = _warcio()
    parser = warcio.StatusAndHeadersParser(_VERSIONS, verify=True)
    parser_of_http = warcio.StatusAndHeadersParser((), verify=False)
    limits = budget.limits
    reader = _LineReader(stream, budget)
    index = 0
    while line := reader.first_line():
        if index >= limits.archive_members:
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
        try:
            head = parser.parse(reader, line)
        except warcio.StatusAndHeadersParserException:
            raise _invalid("invalid WARC: expected a record", index) from None
        length = head.get_header("Content-Length", "")
        if not _LENGTH.fullmatch(length):
            raise _invalid("invalid WARC: record without a valid Content-Length", index)
        block = _Block(reader, int(length))
        if record := _record(index, head, parser_of_http, block, limits, is_read):
            yield record
        deque(block.read(), maxlen=0)
        if block.left:
            raise _invalid(f"invalid WARC: expected {length} bytes in a record, got {int(length) - block.left}", index)
        index += 1


def _warcio() -> _Warcio:
    try:
        return cast(_Warcio, import_module("warcio.statusandheaders"))
    except ImportError:
        raise missing_extra("reading .warc", "warcio", "warc") from None


def _record(
    index: int, head: _WarcHead, parser: _HeadParser, block: _Block, limits: Limits, is_read: Callable[[str], bool]
) -> Record | None:
    """Return a record with an HTTP request or response, or None for any other record."""
    kind = head.get_header("WARC-Type", "")
    url = head.get_header("WARC-Target-URI", "").removeprefix("<").removesuffix(">")
    if kind not in ("request", "response", "revisit") or not url.lower().startswith(_HTTP):
        return None
    try:
        http = parser.parse(block)
    except EOFError:  # a revisit record may be empty
        http = None
    body, problem = None, None
    if kind == "request" or (kind == "response" and http and is_read(url)):
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


def _invalid(message: str, index: int) -> DecodeError:
    return DecodeError(Problem.of(rules.BAD_CONTAINER, message, join_pointer("/records", index)))


class _LimitedStream(io.RawIOBase):
    """A stream for BufferedReader that refuses more bytes than an archive may have."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._budget.add(len(data))
        return len(data)


class _LineReader:
    """Reads lines and pieces, and limits the headers of each record."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = io.BufferedReader(_LimitedStream(stream, budget), _PIECE)
        self._left = _MOST_HEADERS
        self._lines = 0

    def first_line(self) -> bytes:
        """Return the next line that is not blank, which begins new headers, or b"" at the end."""
        self._left, self._lines = _MOST_HEADERS, 0
        while line := self.readline():
            if line.strip():
                break
        return line

    def readline(self, size: int = _MOST_HEADERS, /) -> bytes:
        """Return the next line with its line end, or at most `size` bytes of it."""
        line = self._stream.readline(min(size, self._left + 1))
        self._left -= len(line)
        self._lines += 1
        if self._left < 0 or self._lines > _MOST_LINES:
            most = f"{_MOST_LINES} lines and {_MOST_HEADERS} bytes"
            message = f"invalid WARC: expected headers of at most {most}, got more"
            raise DecodeError(Problem.of(rules.BAD_CONTAINER, message))
        return line

    def read(self, size: int, /) -> bytes:
        """Return a piece, or b"" at the end."""
        return self._stream.read1(min(size, _PIECE))


class _Block:
    """The content of a record."""

    def __init__(self, reader: _LineReader, length: int) -> None:
        self._reader = reader
        self.left = length
        """Bytes that are not read yet."""

    def readline(self) -> bytes:
        line = self._reader.readline(self.left)
        self.left -= len(line)
        return line

    def read(self) -> Iterator[bytes]:
        """Iterate over the pieces to the end."""
        while self.left and (piece := self._reader.read(self.left)):
            self.left -= len(piece)
            yield piece
