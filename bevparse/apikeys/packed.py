"""Gzip data inside of other data: directly, in chunks of HTTP, or in base64.

A member is a unit of gzip data, with a header and a checksum. A member that is changed keeps its length: a comment in
its header fills the space that is left. So no length, offset or line around the member changes.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from .spellings import BASE64_RUN, GAPS

__all__ = ["LONGEST_HEAD", "Allowance", "Member", "may_hold_member", "members"]

# The first bytes, the flags, the time, the speed and the system. With all of them, fewer places are tried.
_RAW: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f](?s:.{4})[\x00\x02\x04][\x00-\x0d\xff]")
_IN_BASE64: Final = re.compile(rb"H4sI[A-H](?:\\?[A-Za-z0-9+/_-]){5}[AEIMQUYcgkosw048][ACE](?:[A-D_]|\\?/)")
_HEAD_OF_CHUNK: Final = rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,100})?\r?\n"
_FIRST_CHUNK: Final = re.compile(rb"(?:\A|\n)%b\Z" % _HEAD_OF_CHUNK)
_NEXT_CHUNK: Final = re.compile(rb"\r?\n%b" % _HEAD_OF_CHUNK)
LONGEST_HEAD: Final = 128
"""The number of bytes before a member in which the size of its first chunk may be."""
_PIECE: Final = 2**6
"""The number of bytes that are decompressed first. They show that most data is not gzip, though it begins like it."""
_LARGEST_PIECE: Final = 2**18
_LARGEST: Final = 2**26
"""The most bytes that a member may have, compressed or not."""
_RATIO: Final = 200
_SLACK: Final = 2**16
_MOST: Final = 2**30
_REST: Final = 256
"""More bytes than there can be between two digits of base64, or between two chunks."""
_MAY_GO_ON: Final = re.compile(rb"[ \t\r\n\\nr%0ADad]*+|\r?\n?[0-9A-Fa-f]{0,8}[ \t]*(?:;[^\r\n]{0,100})?\r?")
"""What may be between the last digit or chunk and the end of data, if base64 or chunks continue in the next data."""
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URLS: Final = bytes.maketrans(b"+/", b"-_")
_HEADER: Final = 10
_EXTRA, _NAME, _COMMENT = 4, 8, 16
"""Flags of the header."""
_Spans = Sequence[tuple[int, int]]
_Pieces = Iterator[tuple[bytes | memoryview, _Spans]]


class Allowance:
    """How many bytes all members together may have after decompression, also those in other members."""

    def __init__(self, size: int) -> None:
        """Create the allowance for data of this size."""
        self.left = min(max(size * _RATIO, _SLACK), _MOST)


class Member(NamedTuple):
    """A member of gzip in data."""

    start: int
    stop: int
    content: bytes
    """The decompressed data; only its beginning unless the member is `whole`."""
    length: int
    """The length of the member, compressed."""
    spans: _Spans
    """Start and stop of each part of the data that contains a part of the member."""
    whole: bool
    """Whether the member is complete, undamaged and not too large."""
    unread: bool
    """Whether a part of the member could not be read, so that it may contain a key."""
    is_open: bool
    """Whether the data ends in the member, so that more data may complete it."""
    in_base64: bool

    def replaced(self, data: bytes, content: bytes) -> bytes | None:
        """Return the data between `start` and `stop` with other content in it, or None if that would be longer."""
        old = b"".join(data[start:stop] for start, stop in self.spans)
        plain = _decoded(old) if self.in_base64 else old
        member = _compressed(content, plain[: self.length])
        if member is None:
            return None
        new = _encoded(member + plain[self.length :], old) if self.in_base64 else member
        changed = bytearray(data[self.start : self.stop])
        position = 0
        for start, stop in self.spans:
            changed[start - self.start : stop - self.start] = new[position : position + stop - start]
            position += stop - start
        return bytes(changed)


def may_hold_member(data: bytes) -> bool:
    """Return quickly whether data may contain a member of gzip. It returns False for most responses."""
    return (b"\x1f" in data and bool(_RAW.search(data))) or (b"H" in data and bool(_IN_BASE64.search(data)))


def members(data: bytes, allowance: Allowance) -> Iterator[Member]:
    """Iterate over the members of gzip in data. The time is linear, because no data is read twice."""
    for pattern, in_base64 in ((_RAW, False), (_IN_BASE64, True)):
        end = 0
        for match in pattern.finditer(data):
            if match.start() >= end and (member := _member(data, match.start(), allowance, in_base64=in_base64)):
                end = member.stop
                yield member


def _member(data: bytes, start: int, allowance: Allowance, *, in_base64: bool) -> Member | None:
    """Return the member that begins at an index, or None if there is none."""
    if in_base64:
        return _read(data, start, _pieces_of_base64(data, start), allowance, in_base64=True)
    if chunk := _FIRST_CHUNK.search(data, max(0, start - LONGEST_HEAD), start):
        member = _read(data, start, _pieces_of_chunks(data, start, int(chunk[1], 16)), allowance, in_base64=False)
        if member and (member.whole or member.is_open):
            return member
    return _read(data, start, _pieces(data, start, len(data)), allowance, in_base64=False)


def _read(data: bytes, start: int, pieces: _Pieces, allowance: Allowance, *, in_base64: bool) -> Member | None:
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    spans: list[tuple[int, int]] = []
    content = bytearray()
    most = min(_LARGEST, allowance.left)
    read = 0
    is_refused = False
    for piece, places in pieces:
        try:
            content += decompressor.decompress(piece, most + 1 - len(content))
        except zlib.error:
            if not spans:
                return None
            is_refused = True
            break
        spans += places
        read += len(piece)
        is_refused = len(content) > most or read > _LARGEST
        if decompressor.eof or is_refused:
            break
    allowance.left -= min(len(content), allowance.left)
    whole = decompressor.eof and not is_refused
    length = read - len(decompressor.unused_data)
    if whole:
        spans = _first(spans, -(-length // 3) * 4 if in_base64 else length)
    stop = spans[-1][1] if spans else start + 1
    ended = _MAY_GO_ON.fullmatch(data[stop : stop + _REST]) is None
    return Member(
        start,
        stop,
        bytes(content),
        length,
        spans,
        whole=whole,
        unread=is_refused or not (whole or read < _PIECE),
        is_open=not (whole or is_refused or ended),
        in_base64=in_base64,
    )


def _pieces(data: bytes, start: int, stop: int) -> _Pieces:
    """Iterate over the pieces of data, each with its span. Each piece is larger than the one before."""
    view = memoryview(data)
    size = _PIECE
    while start < stop:
        end = min(start + size, stop)
        yield view[start:end], ((start, end),)
        start, size = end, min(size * 2, _LARGEST_PIECE)


def _pieces_of_chunks(data: bytes, start: int, size: int) -> _Pieces:
    """Iterate over the content of chunks. The content of the first chunk begins at `start` and has the given size."""
    while size:
        yield from _pieces(data, start, min(start + size, len(data)))
        head = _NEXT_CHUNK.match(data, start + size)
        if head is None:
            return
        start, size = head.end(), int(head[1], 16)


def _pieces_of_base64(data: bytes, start: int) -> _Pieces:
    """Iterate over the decoded pieces of base64, each with the spans of its digits."""
    size = _PIECE
    rest = b""
    while (run := BASE64_RUN.match(data, start, start + size + _REST)) and run.end() > start:
        places: list[tuple[int, int]] = []
        for gap in GAPS.finditer(data, start, run.end()):
            if gap.start() > start:
                places.append((start, gap.start()))
            start = gap.end()
        places.append((start, run.end()))  # a run ends with a digit
        digits = rest + b"".join(data[begin:end] for begin, end in places)
        whole = len(digits) // 4 * 4
        yield _decoded(digits[:whole]), places
        rest, start, size = digits[whole:], run.end(), min(size * 2, _LARGEST_PIECE)
    if len(rest) > 1:
        yield _decoded(rest), ()


def _first(spans: _Spans, length: int) -> list[tuple[int, int]]:
    """Return the first spans, cut so that their total length is the given one."""
    found: list[tuple[int, int]] = []
    for start, stop in spans:
        end = min(stop, start + length)
        if end > start:
            found.append((start, end))
        length -= end - start
    return found


def _decoded(digits: bytes) -> bytes:
    return binascii.a2b_base64(digits.translate(_TO_STANDARD) + b"=" * (-len(digits) % 4))


def _encoded(data: bytes, old: bytes) -> bytes:
    """Return data as base64, in the alphabet of the old digits: for URLs if they contain - or _."""
    digits = binascii.b2a_base64(data, newline=False)
    return digits.translate(_TO_URLS) if b"-" in old or b"_" in old else digits


def _compressed(content: bytes, old: bytes) -> bytes | None:
    """Return content as a member of exactly the length of the old member, or None if it would be longer."""
    fields = old[_HEADER : _HEADER + _length_of_fields(old)]
    most = len(old) - (_HEADER + len(fields) + 8)
    packed = next((packed for packed in _deflated(content) if len(packed) <= most), None)
    if packed is None:
        return None
    room = most - len(packed)
    flags = old[3] & (_EXTRA | _NAME) | (_COMMENT if room else 0)
    checks = zlib.crc32(content).to_bytes(4, "little") + (len(content) % 2**32).to_bytes(4, "little")
    comment = b"." * (room - 1) + b"\0" if room else b""
    return b"".join((old[:3], bytes([flags]), old[4:_HEADER], fields, comment, packed, checks))


def _deflated(content: bytes) -> Iterator[bytes]:
    """Iterate over the content compressed with several settings. The usual settings come first."""
    for memory in (zlib.DEF_MEM_LEVEL, 9, 7):
        for level in (9, 6):
            compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, memory)
            yield compressor.compress(content) + compressor.flush()


def _length_of_fields(member: bytes) -> int:
    """Return the length of the extra field and the file name in a header."""
    length = 0
    if member[3] & _EXTRA:
        length += 2 + int.from_bytes(member[_HEADER : _HEADER + 2], "little")
    if member[3] & _NAME:
        length = member.index(0, _HEADER + length) + 1 - _HEADER
    return length
