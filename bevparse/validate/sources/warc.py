"""WARC: what crawlers and capturing proxies keep of HTTP, request and response in records of their own."""

from __future__ import annotations

from collections.abc import Iterator

from ...compression import DAMAGE, Readable
from ...errors import DecodeError
from ...limits import Limits
from .exchanges import Answer, Request, answer_of, keys_of
from .source import Source, Takes, everything, refused
from .undoing import unchunked
from .warcrecords import Record, records_of

__all__ = ["SUFFIXES", "holds", "members"]

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
