r"""API keys: whether data contains one, which parts of a request do, and data with every key overwritten.

An API key is `at_` and 29 letters or digits. `validate`, `redact` and excerpts all use the search of this module, which
finds a key

- in text, also where characters are percent-encoded once or more (`%61`, `%2561`) or escaped (`\u0061`, `\x61`),
- in UTF-16 of either byte order, and
- in base64 of either alphabet, from any byte on, also broken into lines.

In text, the middle of a longer word is not a key: a letter, digit or underscore is directly before it, and a letter or
digit directly after it. That excludes hashes such as `cat_` and 40 digits, and most random base64. A letter on one side
only does not count: logs, dumps and encodings put letters directly before or after a key.

The characters that overwrite a key are as many as it had, so that no length, offset or line changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

__all__ = ["Redactor", "holds_key", "masked", "redacted"]

_SECRET: Final = 29
_SHORTEST: Final = len("at_") + _SECRET
"""Characters of a key in the shortest spelling."""
_INSTEAD: Final = b"REDACTED"
_FILLER: Final = b"."
"""Not part of any key, and without a meaning in a URL, a header, JSON, XML or YAML."""
_OVER: Final = _INSTEAD.ljust(_SECRET, _FILLER)
_LONGEST: Final = 2**13
"""Bytes that a key may take, broken into lines and indented."""
_LONGEST_IN_LINE: Final = 2**10
"""Characters that a key in one line takes, whether each is escaped or all are in base64."""
_WORTH_IT: Final = 2**16
"""Bytes to search at a time: the last `_LONGEST` of them are searched again."""


class _Found(NamedTuple):
    """A key in data."""

    start: int
    stop: int
    over: Callable[[bytes], bytes]
    """Returns the bytes between start and stop with the key overwritten."""


_ESCAPE: Final = rb"(?:%|\\{1,8}(?:u00|x))(?:25){0,2}"
"""What comes before the two hexadecimal digits of a character. Backslashes are doubled in JSON that is text in JSON."""


def _spelled(plain: bytes, digits: bytes) -> bytes:
    """Return the pattern of a character: itself, or an escape and its hexadecimal digits."""
    return rb"(?:%b|%b(?:%b))" % (plain, _ESCAPE, digits)


_LETTER: Final = _spelled(rb"[A-Za-z0-9]", rb"3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]")
_TEXT: Final = re.compile(
    # A match consumes one character, so that a false match does not hide a key that begins within it.
    rb"%b(?=(%b%b(%b{%d})))"
    % (_spelled(rb"a", rb"61"), _spelled(rb"t", rb"74"), _spelled(rb"_", rb"5[Ff]"), _LETTER, _SECRET)
)
# Each begins with a literal, which makes it some 50 times as fast as `_TEXT`; in most data none of them matches.
_TEXT_HINTS: Final = (
    re.compile(rb"at_%b{%d}" % (_LETTER, _SECRET)),
    re.compile(rb"%(?:25){0,2}(?:61|74|5[Ff])"),
    re.compile(rb"\\(?:u00|x)(?:25){0,2}(?:61|74|5[Ff])"),
)


def _in_text(data: bytes) -> Iterator[_Found]:
    """Find the keys whose characters are plain, percent-encoded or escaped."""
    if not any(hint.search(data) for hint in _TEXT_HINTS):
        return
    end = -1
    for match in _TEXT.finditer(data):
        start, stop = match.start(), match.end(1)
        # A key directly after another is one, as it would be once that one is overwritten.
        if start <= end or not _in_word(data, start, stop):
            end = stop
            yield _Found(start, stop, partial(_over_text, match.start(2) - start))


def _in_word(data: bytes, start: int, stop: int) -> bool:
    before = data[start - 1 : start] if start else b""
    return (before.isalnum() or before == b"_") and data[stop : stop + 1].isalnum()


def _over_text(prefix: int, key: bytes) -> bytes:
    return key[:prefix] + _INSTEAD.ljust(len(key) - prefix, _FILLER)


_NULL: Final = rb"(?:\0|%(?:25){0,2}00|\\{1,8}(?:u0000|x00|0))"
_UTF_16: Final = re.compile(rb"a(?=(%bt%b_((?:%b[A-Za-z0-9]){%d})))" % (_NULL, _NULL, _NULL, _SECRET))
_NULL_AND_LETTER: Final = re.compile(rb"(%b)[A-Za-z0-9]" % _NULL)


def _in_utf_16(data: bytes) -> Iterator[_Found]:
    """Find the keys in UTF-16, in which each letter has a null byte before or after it."""
    for match in _UTF_16.finditer(data):
        yield _Found(match.start(), match.end(1), partial(_over_utf_16, match.start(2) - match.start()))


def _over_utf_16(prefix: int, key: bytes) -> bytes:
    over = iter(_OVER)
    return key[:prefix] + _NULL_AND_LETTER.sub(lambda letter: letter[1] + bytes([next(over)]), key[prefix:])


_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES: Final = {**{digit: value for value, digit in enumerate(_DIGITS)}, ord("-"): 62, ord("_"): 63}
_DIGIT: Final = rb"[A-Za-z0-9+/_-]"
_GAP: Final = rb"(?:\\[nr]|%0[ADad]|[ \t\r\n\\])"
"""Allowed between two digits: line breaks, escaped or not, and the backslash before a slash."""
_GAPS: Final = re.compile(_GAP)
_GAP_OR_DIGIT: Final = re.compile(rb"(%b)|%b" % (_GAP, _DIGIT))
_PLAIN: Final = re.compile(rb"at_[A-Za-z0-9]{%d}" % _SECRET)


def _with_gaps(*digits: bytes) -> bytes:
    """Return a pattern for digits that may have gaps before them, few enough for the whole to fit into `_LONGEST`."""
    return b"".join(_GAP + b"{0,48}+" + digit for digit in digits)


# The four digits of three letters. Each covers bits of one or two of them, which only some digits can have.
_FIRST: Final = rb"[MNOQ-WYZa-e]"
_SECOND: Final = rb"[D-HT-Xj-nz0-3]"
_THIRD: Final = rb"[ABEFIJMNQRUVYZcdghklopstwx014589]"
_FOURTH: Final = rb"[B-Zah-z0-6]"
_NINE_TIMES_THREE: Final = rb"(?:%b){9}" % _with_gaps(_FIRST, _SECOND, _THIRD, _FOURTH)


class _Base64Search:
    """A search for keys in base64 that begin at one of the three positions in a group of three bytes."""

    def __init__(self, hint: bytes, first: bytes, rest: bytes, low: int) -> None:
        """Compile the patterns.

        Args:
            hint: digits of `at_`. They begin with a literal, which makes them faster to find than the whole.
            first: the digit that the first bits of a key are in.
            rest: the digits after it.
            low: how many bits of the last digit are after the key.
        """
        self._hint = re.compile(hint)
        self._pattern = re.compile(rb"%b(?=(%b))" % (first, rest))
        self._low = low

    def find(self, data: bytes) -> Iterator[_Found]:
        """Find the keys in base64 that begin so; the bytes around them do not matter."""
        if not self._hint.search(data):
            return
        for match in self._pattern.finditer(data):
            start, stop = match.start(), match.end(1)
            number = _number(_GAPS.sub(b"", data[start:stop]))
            key = number >> self._low & (1 << 8 * (_SECRET + 3)) - 1
            if _PLAIN.fullmatch(key.to_bytes(_SECRET + 3)):
                yield _Found(start, stop, self._over)

    def _over(self, key: bytes) -> bytes:
        digits = _GAPS.sub(b"", key)
        number = _number(digits)
        secret = number >> self._low & (1 << 8 * _SECRET) - 1
        number ^= (secret ^ int.from_bytes(_OVER)) << self._low
        values = (number >> 6 * place & 63 for place in reversed(range(len(digits))))
        over = iter([old if _VALUES[old] == new else _DIGITS[new] for old, new in zip(digits, values, strict=True)])
        return _GAP_OR_DIGIT.sub(lambda found: found[1] or bytes([next(over)]), key)


def _number(digits: bytes) -> int:
    number = 0
    for digit in digits:
        number = number << 6 | _VALUES[digit]
    return number


_SHIFTS: Final = (
    _Base64Search(
        b"Y" + _with_gaps(b"X", b"R", b"f"),
        b"Y",
        _with_gaps(b"X", b"R", b"f") + _NINE_TIMES_THREE + _with_gaps(_FIRST, _SECOND, _DIGIT),
        2,
    ),
    _Base64Search(
        b"F" + _with_gaps(b"0", b"X"),
        b"[GWm2]",
        _with_gaps(b"F", b"0", b"X", b"[z0-3]", _THIRD, _FOURTH) + _NINE_TIMES_THREE,
        0,
    ),
    _Base64Search(
        b"h" + _with_gaps(b"d", b"F", b"[89]"),
        b"[BFJNRVZdhlptx159]",
        _with_gaps(b"h", b"d", b"F", b"[89]", _FOURTH) + _NINE_TIMES_THREE + _with_gaps(_FIRST, _DIGIT),
        4,
    ),
)

# Text is last: only its search looks at the characters around a key, which the others may overwrite.
_SEARCHES: Final[tuple[Callable[[bytes], Iterator[_Found]], ...]] = (
    _in_utf_16,
    *(shift.find for shift in _SHIFTS),
    _in_text,
)


def holds_key(data: bytes) -> bool:
    """Return whether there is an API key in data.

    >>> holds_key(b"?apiKey=%61t_" + b"a" * 29 + b"&format=json"), holds_key(b"cat_" + b"a" * 40)
    (True, False)
    """
    return any(True for search in _SEARCHES for _ in search(data))


def redacted(data: bytes) -> tuple[bytes, int]:
    """Return data with every API key overwritten, and how many there were.

    >>> redacted(b"?apiKey=at_" + b"a" * 29 + b"&format=json")
    (b'?apiKey=at_REDACTED.....................&format=json', 1)
    """
    return _redacted(data, 0, len(data))


def _redacted(data: bytes, start: int, stop: int) -> tuple[bytes, int]:
    """Overwrite the keys that begin between start and stop; data outside is only searched."""
    count = 0
    for search in _SEARCHES:
        found: list[_Found] = []
        reach = stop
        for key in search(data):
            if start <= key.start < reach:  # also one that begins within a key which is overwritten
                found.append(key)
                reach = max(reach, key.stop)
        if found:
            changed = bytearray(data)
            for key in reversed(found):  # the last first, since a key may end in the prefix of the next
                changed[key.start : key.stop] = key.over(bytes(changed[key.start : key.stop]))
            data = bytes(changed)
            count += len(found)
    return data, count


def masked(text: str, start: int = 0, stop: int | None = None) -> str:
    """Return a part of a text with every API key overwritten, also those that are only partly in it.

    Args:
        text: the whole text.
        start: where the part begins.
        stop: where it ends, None for the end of the text.

    >>> masked('{"apiKey":"at_' + "a" * 29 + '"}', 0, 20)
    '{"apiKey":"at_REDACT'
    """
    stop = len(text) if stop is None else stop
    if len(text) < _SHORTEST:  # most texts are short
        return text[start:stop]
    first = max(0, start - _LONGEST_IN_LINE)
    window = text[first : stop + _LONGEST_IN_LINE]
    data, count = redacted(window.encode("utf-8", "surrogatepass"))
    if count:
        window = data.decode("utf-8", "surrogatepass")
    return window[start - first : stop - first]


class Redactor:
    """Overwrites the API keys in data in blocks, also a key that begins in one block and ends in the next."""

    def __init__(self) -> None:
        self._before = b""
        """The last byte that was returned."""
        self._held = b""
        self.count = 0
        """How many keys have been overwritten."""

    def feed(self, block: bytes) -> bytes:
        """Add a block, and return the data that certainly contains no key."""
        self._held += block
        return self._return(len(self._held) - _LONGEST) if len(self._held) >= _WORTH_IT else b""

    def end(self) -> bytes:
        """Return the remaining data."""
        return self._return(len(self._held))

    def _return(self, length: int) -> bytes:
        start = len(self._before)
        stop = start + length
        data, count = _redacted(self._before + self._held, start, stop)
        self.count += count
        self._before, self._held = data[max(0, stop - 1) : stop], data[stop:]
        return data[start:stop]
