r"""API keys: whether and where data contains one, and data with every key overwritten.

An API key is `at_` and 29 letters or digits. `validate`, `redact` and excerpts all use the search of this package,
which finds a key

- in text, also where characters are percent-encoded once or more (`%61`, `%2561`) or escaped (`\u0061`, `&#97;`),
- where HTTP chunks or quoted-printable break it,
- in UTF-16 of either byte order, and in hexadecimal digits,
- in base64 of either alphabet, from any byte on, also broken into lines, and
- in gzip data, also in base64 or in HTTP chunks.

The characters that overwrite a key are as many as it had, so that no length, offset or line changes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from .packed import LONGEST_HEAD, Allowance, Member, may_hold_member, members
from .spellings import LONGEST, LONGEST_IN_LINE, SEARCHES, SHORTEST, is_plain, may_hold_letters, overwritten

__all__ = ["Places", "Redactor", "find_places", "holds_key", "is_key", "masked", "may_hold_key", "redacted"]

_DEPTH: Final = 3
"""How many layers of gzip data inside gzip data are searched."""
_LEAST: Final = 2**16
"""The least number of bytes to search at a time, because the last `LONGEST` of them are searched again."""


class Places(NamedTuple):
    """Where data contains API keys, as offsets in ascending order."""

    keys: tuple[int, ...]
    """The beginnings of keys, or of the compressed data that contains keys."""
    unread: tuple[int, ...]
    """The beginnings of compressed data that is damaged, incomplete or too large, and may contain more keys."""


def is_key(text: str) -> bool:
    """Return whether a string is an API key in its plain spelling, and nothing else.

    >>> is_key("at_" + "a" * 29), is_key("at_" + "a" * 30)
    (True, False)
    """
    return is_plain(text.encode("utf-8", "surrogatepass"))


def find_places(data: bytes) -> Places:
    """Return where API keys are in data, also in compressed data."""
    return _find_places(data, Allowance(len(data)), _DEPTH)


def _find_places(data: bytes, allowance: Allowance, depth: int) -> Places:
    keys = {found.start for search in SEARCHES for found in search(data)}
    unread: set[int] = set()
    for member in members(data, allowance):
        inner = _find_places(member.content, allowance, depth - 1) if depth else Places((), (0,))
        if inner.keys:
            keys.add(member.start)
        if inner.unread or member.unread:
            unread.add(member.start)
    return Places(tuple(sorted(keys)), tuple(sorted(unread)))


def may_hold_key(data: bytes) -> bool:
    """Return quickly whether data may contain a key. If it returns False, `find_places` finds none."""
    return may_hold_letters(data) or may_hold_member(data)


def holds_key(data: bytes) -> bool:
    """Return whether there is an API key in data.

    >>> holds_key(b"?apiKey=%61t_" + b"a" * 29 + b"&format=json"), holds_key(b"cat_" + b"a" * 40)
    (True, False)
    """
    return _holds_key(data, Allowance(len(data)), _DEPTH)


def _holds_key(data: bytes, allowance: Allowance, depth: int) -> bool:
    return any(True for search in SEARCHES for _ in search(data)) or (
        depth > 0 and any(_holds_key(member.content, allowance, depth - 1) for member in members(data, allowance))
    )


def redacted(data: bytes) -> tuple[bytes, int]:
    """Return data with every API key overwritten, and how many there were.

    Keys in compressed data are not overwritten, see `Redactor`.

    >>> redacted(b"?apiKey=at_" + b"a" * 29 + b"&format=json")
    (b'?apiKey=at_REDACTED.....................&format=json', 1)
    """
    return overwritten(data, 0, len(data))


def masked(text: str, start: int = 0, stop: int | None = None) -> str:
    """Return a part of some text with every API key overwritten, also a key of which only a piece is in the part.

    Args:
        text: the whole text.
        start: the index where the part begins.
        stop: the index where the part ends; None for the end of the text.

    >>> masked('{"apiKey":"at_' + "a" * 29 + '"}', 0, 20)
    '{"apiKey":"at_REDACT'
    """
    stop = len(text) if stop is None else stop
    if len(text) < SHORTEST:  # most texts are short
        return text[start:stop]
    first = max(0, start - LONGEST_IN_LINE)
    return _masked(text[first : stop + LONGEST_IN_LINE])[start - first : stop - first]


@lru_cache(maxsize=1024)
def _masked(text: str) -> str:
    """Return text with every API key overwritten. Results are cached, because many messages are equal."""
    data = text.encode("utf-8", "surrogatepass")
    if not may_hold_letters(data):
        return text
    data, count = redacted(data)
    return data.decode("utf-8", "surrogatepass") if count else text


class Redactor:
    """Overwrites the API keys in data in blocks, also a key that begins in one block and ends in the next."""

    def __init__(self, depth: int = _DEPTH, allowance: Allowance | None = None) -> None:
        """Create a redactor.

        Args:
            depth: how many layers of gzip data inside gzip data are decompressed.
            allowance: bounds the decompressed data; by default each search has its own.
        """
        self.count = 0
        """How many keys have been overwritten."""
        self.left = 0
        """How many members of gzip still contain keys, because they would become longer."""
        self.unread = 0
        """How many members of gzip are damaged, incomplete or too large, and may contain more keys."""
        self._depth = depth
        self._budget = allowance
        self._before = b""
        """The last byte that was returned."""
        self._held = b""
        self._enough = _LEAST
        """How many bytes to hold before the next search. This doubles while a member of gzip is incomplete."""

    def feed(self, block: bytes) -> bytes:
        """Add a block, and return the data that certainly contains no key."""
        self._held += block
        return self._return(len(self._held) - LONGEST, last=False) if len(self._held) >= self._enough else b""

    def end(self) -> bytes:
        """Return the remaining data."""
        return self._return(len(self._held), last=True)

    def _return(self, length: int, *, last: bool) -> bytes:
        start = len(self._before)
        data, stop = self._repacked(self._before + self._held, start, start + length, last=last)
        data, count = overwritten(data, start, stop)
        self.count += count
        self._before, self._held = data[max(0, stop - 1) : stop], data[stop:]
        self._enough = max(_LEAST, 2 * len(self._held))
        return data[start:stop]

    def _repacked(self, data: bytes, start: int, stop: int, *, last: bool) -> tuple[bytes, int]:
        """Return the data with the keys in its gzip data overwritten, and the index up to which it is complete."""
        allowance = self._budget or Allowance(len(data))
        read: list[tuple[Member, Redactor, bytes | None]] = []
        for member in members(data, allowance):
            if not start <= member.start < stop:
                continue
            if member.is_open and not last:
                stop = max(start, member.start - LONGEST_HEAD)
                continue
            inner = Redactor(self._depth - 1, allowance)
            content = inner.feed(member.content) + inner.end() if self._depth else b""
            replacement = member.replaced(data, content) if inner.count and member.whole else None
            read.append((member._replace(content=b""), inner, replacement))
        changed = bytearray(data)
        for member, inner, replacement in read:
            if member.start < stop:
                self._add(member, inner, is_replaced=replacement is not None)
                changed[member.start : member.stop] = replacement or data[member.start : member.stop]
        return bytes(changed), stop

    def _add(self, member: Member, inner: Redactor, *, is_replaced: bool) -> None:
        self.count += inner.count if is_replaced else 0
        self.left += bool(inner.left or (inner.count and not is_replaced))
        self.unread += bool(inner.unread or member.unread or not self._depth)
