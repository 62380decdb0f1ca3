r"""API keys (`at_` and 29 letters or digits) in text, escapes, UTF-16, hexadecimal digits and base64.

In text, the middle of a longer word is not a key: a letter, digit or underscore is directly before it, and a letter or
digit directly after it. That excludes hashes such as `cat_` and 40 digits, and most random base64. A letter on one side
only does not count: logs, dumps and encodings put letters directly before or after a key.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Final, NamedTuple

__all__ = [
    "BASE64_RUN",
    "GAPS",
    "LONGEST",
    "LONGEST_IN_LINE",
    "SEARCHES",
    "SHORTEST",
    "Found",
    "is_plain",
    "may_hold_letters",
    "overwritten",
]

_SECRET: Final = 29
SHORTEST: Final = len("at_") + _SECRET
"""The number of characters of a key in the shortest spelling."""
_INSTEAD: Final = b"REDACTED"
_FILLER: Final = b"."
"""A character that is in no key, and has no meaning in a URL, a header, JSON, XML or YAML."""
_OVER: Final = _INSTEAD.ljust(_SECRET, _FILLER)
LONGEST: Final = 2**13
"""The most bytes that a key may take, broken into lines and indented."""
LONGEST_IN_LINE: Final = 2**11
"""The most characters that a key in one line may take, in any spelling."""


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern when it is first needed: most programs never see a key."""
    return re.compile(pattern)


_PLAIN: Final = rb"at_[A-Za-z0-9]{%d}" % _SECRET


def is_plain(data: bytes) -> bool:
    """Return whether data is a key in its plain spelling, and nothing else."""
    return _compiled(_PLAIN).fullmatch(data) is not None


class Found(NamedTuple):
    """A key that was found in data."""

    start: int
    stop: int
    over: Callable[[bytes], bytes]
    """A function that returns the bytes between `start` and `stop` with the key overwritten."""


_LINE_END: Final = rb"(?:\r\n|\\{1,8}r\\{1,8}n|%(?:25){0,2}0[Dd]%(?:25){0,2}0[Aa])"
_ANY_LINE_END: Final = rb"(?:\r?\n|\\{1,8}(?:r\\{1,8})?n)"
_BETWEEN: Final = rb"(?:%b[0-9A-Fa-f]{1,8}(?:;[ -$&-\[\]-~]{0,20})?%b|=%b)" % (_LINE_END, _LINE_END, _ANY_LINE_END)
"""What may be between two characters: the head of an HTTP chunk, or a line break of quoted-printable."""
_ESCAPES: Final = (
    # Backslashes are doubled in JSON that is a string in JSON, and percent-encoded in URLs.
    rb"(?:%%|(?:\\|%%(?:25){0,2}5[Cc]){1,8}(?:u00|x|U000000))(?:25){0,2}(?:%b)",
    rb"\\{1,8}u\{0{0,4}(?:%b)\}",
    rb"&(?:amp;){0,2}#[Xx]0{0,4}(?:%b);",
    rb"=(?:%b)",
)
"""A character by its hexadecimal digits: in URLs, JSON, YAML, JavaScript, XML and quoted-printable."""


def _spelled(plain: bytes, digits: bytes, number: bytes) -> bytes:
    """Return the pattern of a character: itself, or an escape of its hexadecimal digits or its decimal number."""
    escapes = b"|".join(escape % digits for escape in _ESCAPES)
    return rb"(?:%b|%b|&(?:amp;){0,2}#0{0,4}(?:%b);)" % (plain, escapes, number)


_LETTER: Final = _spelled(
    rb"[A-Za-z0-9]",
    rb"3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]",
    rb"4[89]|5[0-7]|6[5-9]|[78][0-9]|90|9[789]|1[01][0-9]|12[012]",
)
_LETTERS: Final = rb"(?:%b?%b){%d}" % (_BETWEEN, _LETTER, _SECRET)
_TEXT: Final = (
    # A match consumes one byte, so that a false match does not hide a key that begins within it. That byte is one of a
    # few, which are found faster than a choice of spellings.
    rb"[a%%\\&=](?<=(?=(%b)(%b?%b%b?%b(%b))).)"
    % (
        _spelled(rb"a", rb"61", rb"97"),
        _BETWEEN,
        _spelled(rb"t", rb"74", rb"116"),
        _BETWEEN,
        _spelled(rb"_", rb"5[Ff]", rb"95"),
        _LETTERS,
    )
)
_PLAIN_TEXT: Final = rb"at_%b" % _LETTERS
# Data with a key that is not plain contains one of these hints. Each has its first byte, which is fast to find, and its
# pattern. Most data contains no hint.
_HINTS: Final = (
    (b"%", rb"%(?:25){0,2}(?:(?:5[Cc](?:u00|x|U000000)(?:25){0,2})?(?:61|74|5[Ff])|0[Aa](?:t_|_))"),
    (b"\\", rb"\\(?:(?:u00|x|U000000|u\{0{0,4})(?:25){0,2}(?:61|74|5[Ff])|n[0-9A-Fa-f]{1,8}[^\r\n]{0,30}n(?:t_|_))"),
    (b"&", rb"&(?:amp;){0,2}#(?:[Xx]0{0,4}(?:61|74|5[Ff])|0{0,4}(?:97|116|95));"),
    (b"=", rb"=(?:61|74|5[Ff]|%b(?:t_|_))" % _ANY_LINE_END),
    (b"\r", rb"\r\n[0-9A-Fa-f]{1,8}(?:;[ -~]{0,20})?\r\n(?:t_|_)"),
)
_LONGEST_HINT: Final = 2**7
"""More bytes than a hint has. Only the data from the first to the last occurrence of its first byte is searched."""


def _may_hold_text(data: bytes) -> bool:
    """Return whether data may contain a key as text. This is much faster than to search for its place."""
    if b"_" in data and _compiled(_PLAIN_TEXT).search(data):
        return True
    return _has_hint(data, _HINTS)


def _has_hint(data: bytes, hints: Iterable[tuple[bytes, bytes]]) -> bool:
    for byte, hint in hints:
        begin = data.find(byte)
        if begin >= 0 and _compiled(hint).search(data, begin, data.rfind(byte) + _LONGEST_HINT):
            return True
    return False


def _in_text(data: bytes) -> Iterator[Found]:
    """Find the keys whose characters are plain, percent-encoded or escaped."""
    if not _may_hold_text(data):
        return
    end = after_letter = -1
    for match in _compiled(_TEXT).finditer(data):
        start, stop = match.start(), match.end(2)
        if start < after_letter:  # another backslash of the same escape
            continue
        after_letter = match.end(1)
        # A key directly after another key counts: it would be found once that is overwritten.
        if start <= end or not _in_word(data, start, stop):
            end = stop
            yield Found(start, stop, partial(_over_text, match.start(3) - start))


def _in_word(data: bytes, start: int, stop: int) -> bool:
    before = data[start - 1 : start] if start else b""
    return (before.isalnum() or before == b"_") and data[stop : stop + 1].isalnum()


def _over_text(prefix: int, key: bytes) -> bytes:
    pieces = _compiled(rb"(%b)" % _BETWEEN).split(key[prefix:])
    left = _INSTEAD.ljust(len(key), _FILLER)
    for index in range(0, len(pieces), 2):  # between them are line breaks, which stay
        length = len(pieces[index])
        pieces[index], left = left[:length], left[length:]
    return key[:prefix] + b"".join(pieces)


_NULL: Final = rb"(?:\0|%(?:25){0,2}00|\\{1,8}(?:u0000|x00|0))"
_NULL_HINTS: Final = ((b"\0", rb""), (b"%", rb"%(?:25){0,2}00"), (b"\\", rb"\\(?:u0000|x00|0)"))
_UTF_16: Final = rb"a(?=(%bt%b_((?:%b[A-Za-z0-9]){%d})))" % (_NULL, _NULL, _NULL, _SECRET)
_NULL_AND_LETTER: Final = rb"(%b)[A-Za-z0-9]" % _NULL


def _in_utf_16(data: bytes) -> Iterator[Found]:
    """Find the keys in UTF-16, in which each letter has a null byte before or after it."""
    if not _has_hint(data, _NULL_HINTS):
        return
    for match in _compiled(_UTF_16).finditer(data):
        yield Found(match.start(), match.end(1), partial(_over_utf_16, match.start(2) - match.start()))


def _over_utf_16(prefix: int, key: bytes) -> bytes:
    over = iter(_OVER)
    return key[:prefix] + _compiled(_NULL_AND_LETTER).sub(lambda letter: letter[1] + bytes([next(over)]), key[prefix:])


_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LONG: Final = b"\1" * 43
"""As many digits as a key has at least in base64. In hexadecimal digits, it has more."""
_OF_RUNS: Final = bytes(byte in b"%s \t\r\n\\%%-_" % _DIGITS for byte in range(2**8))
"""Maps a byte that may be in such a key to 1, and any other byte to 0. This is faster to search than a pattern."""


def may_hold_letters(data: bytes) -> bool:
    """Return quickly whether data may contain a key in any of these spellings. It returns False for most responses."""
    return _may_hold_text(data) or _has_hint(data, _NULL_HINTS) or _may_hold_digits(data)


def _may_hold_digits(data: bytes) -> bool:
    if b"Y" in data or b"F" in data:  # base64 of a key has one of them: `YXRf`, `F0X` or `hdF`
        return _LONG in data.translate(_OF_RUNS)
    return bool(_compiled(_HEXADECIMAL).search(data))


_HEXADECIMAL: Final = rb"61745[Ff](?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]){%d}" % _SECRET


def _in_hexadecimal(data: bytes) -> Iterator[Found]:
    """Find the keys whose bytes are hexadecimal digits."""
    for match in _compiled(_HEXADECIMAL).finditer(data):
        yield Found(match.start(), match.end(), _over_hexadecimal)


def _over_hexadecimal(key: bytes) -> bytes:
    return key[:6] + binascii.hexlify(_OVER)


_VALUES: Final = {**{digit: value for value, digit in enumerate(_DIGITS)}, ord("-"): 62, ord("_"): 63}
_DIGIT: Final = rb"[A-Za-z0-9+/_-]"
_GAP: Final = rb"(?:\\[nr]|%0[ADad]|[ \t\r\n\\])"
"""What may be between two digits: line breaks, escaped or not, and the backslash before a slash."""
GAPS: Final = re.compile(_GAP)
BASE64_RUN: Final = re.compile(rb"(?:%b{0,48}+%b)*+" % (_GAP, _DIGIT))
_GAP_OR_DIGIT: Final = rb"(%b)|%b" % (_GAP, _DIGIT)


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
        """Keep the patterns.

        Args:
            hint: the digits of `at_`. They begin with a literal, so they are found faster than the whole.
            first: the digit that contains the first bits of a key.
            rest: the digits after it.
            low: how many bits of the last digit are after the key.
        """
        self._hint = hint
        self._pattern = rb"%b(?=(%b))" % (first, rest)
        self._low = low

    def find(self, data: bytes) -> Iterator[Found]:
        """Find the keys in base64 that begin at this position. The bytes around them do not matter."""
        if not _compiled(self._hint).search(data):
            return
        for match in _compiled(self._pattern).finditer(data):
            start, stop = match.start(), match.end(1)
            number = _number(GAPS.sub(b"", data[start:stop]))
            key = number >> self._low & (1 << 8 * SHORTEST) - 1
            if is_plain(key.to_bytes(SHORTEST)):
                yield Found(start, stop, self._over)

    def _over(self, key: bytes) -> bytes:
        digits = GAPS.sub(b"", key)
        number = _number(digits)
        secret = number >> self._low & (1 << 8 * _SECRET) - 1
        number ^= (secret ^ int.from_bytes(_OVER)) << self._low
        values = (number >> 6 * place & 63 for place in reversed(range(len(digits))))
        over = iter([old if _VALUES[old] == new else _DIGITS[new] for old, new in zip(digits, values, strict=True)])
        return _compiled(_GAP_OR_DIGIT).sub(lambda found: found[1] or bytes([next(over)]), key)


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
SEARCHES: Final[tuple[Callable[[bytes], Iterator[Found]], ...]] = (
    _in_utf_16,
    _in_hexadecimal,
    *(shift.find for shift in _SHIFTS),
    _in_text,
)


def overwritten(data: bytes, start: int, stop: int) -> tuple[bytes, int]:
    """Return data with the keys overwritten that begin between `start` and `stop`, and the number of these keys."""
    count = 0
    for search in SEARCHES:
        found: list[Found] = []
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
