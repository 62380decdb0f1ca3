"""API keys out of recordings: each is written over where it stands, byte for byte, in memory that does not grow.

A key is `at_` and 29 letters and digits. What is written over it is as long, so that no length, offset or line changes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import BinaryIO, Final, NamedTuple

from .files.compression import Sink, pieces, sink

__all__ = ["Redactor", "redact", "redacted"]

_SECRET: Final = 29
_INSTEAD: Final = b"REDACTED"

_FILLER: Final = b"."
"""What no key holds, and what means nothing in a URL, a header, JSON, XML or YAML."""

_OVER: Final = _INSTEAD.ljust(_SECRET, _FILLER)

_HELD: Final = 2**12
"""Bytes that a key may take, broken into lines that are indented or not."""

_WORTH_IT: Final = 2**16
"""Bytes to look through at a time: what is held back is looked through again."""


def _spelled(plain: bytes, digits: bytes) -> bytes:
    """Give the pattern of a character: itself, or its digits behind a percent sign, or as JSON and YAML escape it."""
    return rb"(?:%b|(?:%%(?:25){0,2}|\\u00|\\x)(?:%b))" % (plain, digits)


_KEY: Final = re.compile(
    rb"(%b)(%b{%d})"
    % (
        _spelled(rb"a", rb"61") + _spelled(rb"t", rb"74") + _spelled(rb"_", rb"5[Ff]"),
        _spelled(rb"[A-Za-z0-9]", rb"3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]"),
        _SECRET,
    )
)

_WIDE: Final = re.compile(rb"(a\0t\0_\0)([A-Za-z0-9](?:\0[A-Za-z0-9]){%d})" % (_SECRET - 1))
"""A key in UTF-16, of either byte order."""

_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES: Final = {**{digit: value for value, digit in enumerate(_DIGITS)}, ord("-"): 62, ord("_"): 63}

_GAP: Final = re.compile(rb"(?:\\[nr]|[ \t\r\n\\])+")
"""What may stand between two digits of base64: line breaks, escaped or not, and the escape of a slash."""


class _Shift(NamedTuple):
    """How a key looks in base64 behind a number of bytes that is this much more than a multiple of three."""

    anchor: re.Pattern[bytes]
    """Its prefix, without the digit that belongs to what stands before it, too."""
    before: int
    """Digits of it before the anchor."""
    digits: int
    low: int
    """Bits in its last digit that belong to what stands behind it."""


_REST: Final = rb"(?=[A-Za-z0-9+/_-]{39})"

_SHIFTS: Final = (
    _Shift(re.compile(rb"YXRf" + _REST), 0, 43, 2),
    _Shift(re.compile(rb"F0X" + _REST), 1, 43, 0),
    _Shift(re.compile(rb"hdF[89]" + _REST), 1, 44, 4),
)


def redacted(data: bytes) -> tuple[bytes, int]:
    """Write over the keys in data that is whole, and count them.

    >>> redacted(b"?apiKey=at_" + b"a" * 29 + b"&format=json")
    (b'?apiKey=at_REDACTED.....................&format=json', 1)
    """
    data, plain = _KEY.subn(lambda found: found[1] + _INSTEAD.ljust(len(found[2]), _FILLER), data)
    data, wide = _WIDE.subn(lambda found: found[1] + b"\0".join(_OVER[i : i + 1] for i in range(_SECRET)), data)
    if not _may_be_base64(data):
        return data, plain + wide
    data, coded = _redacted_base64(data)
    return data, plain + wide + coded


class Redactor:
    """Writes over the keys in data that comes block by block, also where one begins in a block and ends in the next."""

    def __init__(self) -> None:
        self._held = b""
        self.count = 0
        """How many keys have been written over."""

    def feed(self, block: bytes) -> bytes:
        """Take one block more, and give what is surely without a key."""
        self._held += block
        if len(self._held) < _WORTH_IT:
            return b""
        data = self.end()
        self._held = data[-_HELD:]
        return data[:-_HELD]

    def end(self) -> bytes:
        """Give what is left."""
        data, count = redacted(self._held)
        self.count += count
        return data


def _may_be_base64(data: bytes) -> bool:
    joined = data.replace(rb"\n", b"").replace(rb"\r", b"").translate(None, b" \t\r\n\\")
    return any(shift.anchor.search(joined) for shift in _SHIFTS)


def _redacted_base64(data: bytes) -> tuple[bytes, int]:
    gaps = [found.span() for found in _GAP.finditer(data)]
    joined = _GAP.sub(b"", data)
    left_out = list(accumulate((end - start for start, end in gaps), initial=0))
    starts = [start - before for (start, _), before in zip(gaps, left_out, strict=False)]
    changed, count = bytearray(data), 0
    for first, digits in _found_in(joined):
        count += 1
        for index, digit in enumerate(digits, first):
            changed[index + left_out[bisect_right(starts, index)]] = digit
    return bytes(changed), count


def _found_in(joined: bytes) -> Iterator[tuple[int, bytes]]:
    """Find keys in base64 without gaps, and give where their digits begin and the digits to write over them."""
    for shift in _SHIFTS:
        for found in shift.anchor.finditer(joined):
            first = found.start() - shift.before
            if first >= 0 and (over := _written_over(joined[first : first + shift.digits], shift.low)):
                yield first, over


def _written_over(digits: bytes, low: int) -> bytes | None:
    number = 0
    for digit in digits:
        number = number << 6 | _VALUES.get(digit, 0)
    key = (number >> low & (1 << 8 * (_SECRET + 3)) - 1).to_bytes(_SECRET + 3)
    if not _KEY.fullmatch(key):
        return None
    secret, over = int.from_bytes(key[3:]), int.from_bytes(_OVER)
    number ^= (secret ^ over) << low
    spelled = (number >> 6 * place & 63 for place in reversed(range(len(digits))))
    return bytes(old if _VALUES[old] == value else _DIGITS[value] for old, value in zip(digits, spelled, strict=True))


def redact(source: BinaryIO, name: str, target: BinaryIO, target_name: str) -> int:
    """Copy a stream without its keys, and count them; both are compressed as their names say.

    Members of gzip end where they ended. What is compressed inside of the stream, such as the bodies of some
    recordings, is copied as it is.

    Raises:
        SourceError: the source cannot be read, or is packed though its name does not say so.
        DecodeError: a package that is needed is not installed.
    """
    redactor, to, ends = Redactor(), sink(target, target_name), deque[int]()
    read = written = 0
    for piece, ended in pieces(source, name):
        read += len(piece)
        if ended:
            ends.append(read)
        written = _write(redactor.feed(piece), to, written, ends)
    _write(redactor.end(), to, written, ends)
    to.end()
    return redactor.count


def _write(data: bytes, to: Sink, written: int, ends: deque[int]) -> int:
    """Write data, and end a member wherever one ended; give what has been written so far."""
    stop = written + len(data)
    while ends and ends[0] <= stop:
        end = ends.popleft()
        to.write(data[: end - written])
        to.cut()
        data, written = data[end - written :], end
    if data:
        to.write(data)
    return stop
