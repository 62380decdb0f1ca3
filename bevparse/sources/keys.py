"""API keys in recorded requests, and anywhere in files, as problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from ..apikeys import Redactor, find_places, holds_key, may_hold_key
from ..files.compression import Readable
from ..limits import Limits
from ..problems import Problem, join_pointer, rules
from ..problems.rules import Group, Rule
from .positions import Positions
from .source import Source

__all__ = ["MESSAGES", "SearchedStream", "are_reported", "find_keys", "may_hold_keys", "problems_in"]

MESSAGES: Final[dict[Rule, str]] = {
    rules.KEY_IN_URL: "API key in request URL",
    rules.KEY_IN_HEADER: "API key in request header",
    rules.KEY_IN_BODY: "API key in request body",
    rules.KEY_ELSEWHERE: "API key outside of a recorded request",
    rules.KEYS_UNREAD: "compressed data not searched for API keys: it is damaged, incomplete or too large",
}
"""The messages of the rules about API keys. `KEYS_UNREAD` has other messages, too."""
_BETWEEN: Final = b"<"
"""What separates parts: it is neither in a key in any spelling, nor allowed between its digits."""


def may_hold_keys(url: str, headers: Iterable[tuple[str, str]], others: Iterable[bytes]) -> bool:
    """Return whether any part of a request may contain an API key. This searches all parts at once, which is fast.

    Args:
        url: the URL of the request.
        headers: names and values.
        others: the body and other parts.
    """
    texts = (_encoded(text) for text in chain((url,), chain.from_iterable(headers)))
    return may_hold_key(_BETWEEN.join(chain(texts, others)))


def find_keys(url: str, headers: Iterable[tuple[str, str]], body: bytes, pointer: str) -> Iterator[Problem]:
    """Find the API keys in a request: one problem for its URL, for each header, and for its body.

    Args:
        url: the URL of the request.
        headers: names and values.
        body: the body as it was sent.
        pointer: the pointer of the body in the recorded exchange.
    """
    if holds_key(_encoded(url)):
        yield Problem.of(rules.KEY_IN_URL, MESSAGES[rules.KEY_IN_URL], "/request/url")
    for index, (name, value) in enumerate(headers):
        named = holds_key(_encoded(name))
        if named or holds_key(_encoded(value)):
            place = join_pointer("/request/headers", index if named else name)
            yield Problem.of(rules.KEY_IN_HEADER, MESSAGES[rules.KEY_IN_HEADER], place)
    if holds_key(body):
        yield Problem.of(rules.KEY_IN_BODY, MESSAGES[rules.KEY_IN_BODY], pointer)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def are_reported(problems: Iterable[Problem]) -> bool:
    """Return whether a problem is about an API key that was found."""
    return any(problem.rule.group is Group.HYGIENE and problem.rule is not rules.KEYS_UNREAD for problem in problems)


def problems_in(data: bytes, limits: Limits, *, are_keys_reported: bool = False) -> Iterator[Problem]:
    """Find the API keys anywhere in the data of a file, and the compressed data that cannot be searched.

    Args:
        data: the data.
        limits: bounds on the number of problems.
        are_keys_reported: whether keys in requests have been reported, so that more would repeat them.
    """
    if not may_hold_key(data):
        return
    places = find_places(data)
    keys = () if are_keys_reported else places.keys
    is_text, positions = b"\0" not in data, Positions(data)
    for rule, offsets in ((rules.KEY_ELSEWHERE, keys), (rules.KEYS_UNREAD, places.unread)):
        for offset in islice(offsets, limits.problems):
            position = positions.at(offset) if is_text else (None, None)
            yield Problem.of(rule, MESSAGES[rule], "", *position)


class SearchedStream:
    """A stream that is searched for API keys while it is read, also in parts that its reader does not use."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._redactor = Redactor()

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        data = self._stream.read(size)
        self._redactor.feed(data)
        return data

    def notice(self, source: Source, *, are_keys_reported: bool) -> Iterator[Source]:
        """Report keys as one notice, unless some have been reported, and compressed data that cannot be searched."""
        self._redactor.end()
        found = {
            rules.KEY_ELSEWHERE: not are_keys_reported and (self._redactor.count or self._redactor.left),
            rules.KEYS_UNREAD: self._redactor.unread,
        }
        if problems := tuple(Problem.of(rule, MESSAGES[rule]) for rule, count in found.items() if count):
            yield replace(source, data=None, outcome="notice", problems=problems)
