"""Tar archives, compressed or not, read as they come: nothing is ever unpacked to disk."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from ..errors import DecodeError, reason
from ..files import read_stream
from ..files.compression import DAMAGE, Readable
from ..limits import Limits
from ..problems import Problem, rules
from .source import Source, Takes, everything, refused

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".tar",)

_MOST_HEADERS: Final = 2**20
"""Bytes of all the headers that stand before a member."""

_DIGITS: Final = re.compile(rb"\d{256}")
"""What tarfile would take the square of its length for."""

_PIECE: Final = 2**18


def holds(data: bytes) -> bool:
    """Tell by the magic in the first header."""
    return data[257:262] == b"ustar"


def members(source: Source, stream: Readable, limits: Limits, takes: Takes = everything) -> Iterator[Source]:
    """Give the files one by one, as `export.tar.gz!/july/status.json`; links and devices are left out.

    Raises:
        DecodeError: this is no tar archive, or passes a limit.
    """
    forward = _Forward(stream, limits)
    try:
        with tarfile.TarFile.open(fileobj=cast(BinaryIO, forward), mode="r:") as archive:  # all that it uses of a file
            for member in _headers(archive, forward, limits):
                if member.isfile() and takes(f"{source.name}!/{member.name}"):
                    yield _read(source, archive, member, limits)
        forward.end()
    except (tarfile.TarError, *DAMAGE, RecursionError, OverflowError) as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(
            Problem.of(rules.BAD_CONTAINER, f"expected a tar archive, got a fault: {reason(error)}")
        ) from None


def _headers(archive: tarfile.TarFile, forward: _Forward, limits: Limits) -> Iterator[tarfile.TarInfo]:
    count = 0
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined] # this and the next would grow with the archive
        archive.pax_headers = {}
        count += 1
        if count > limits.archive_members:
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
        forward.left = None
        yield member
        forward.left = _MOST_HEADERS


def _read(source: Source, archive: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> Source:
    stream = archive.extractfile(member)
    try:
        return source.inside(f"!/{member.name}", read_stream(cast(BinaryIO, stream), limits))
    except DecodeError as error:
        if error.problem.rule is not rules.BODY_TOO_LARGE:
            raise
        return refused(source.inside(f"!/{member.name}", b""), error)


class _Forward:
    """A stream that knows where it is, can skip what lies ahead, and gives only so much for headers."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._position = 0
        self._last = b""
        self.left: int | None = _MOST_HEADERS
        """Bytes that may still be read for headers; None where what is read is a member."""

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, _whence: int = 0, /) -> int:
        while self._position < position:
            if not self._take(min(position - self._position, _PIECE)):
                break
        if self._position > position:
            raise OSError("a tar archive that goes backwards")
        return self._position

    def read(self, size: int, /) -> bytes:
        if self.left is None:
            return self._take(size)
        if not 0 <= size <= self.left:
            raise OSError("headers of more than a megabyte, or of less than nothing")
        self.left -= size
        self._last = self._take(size)
        if _DIGITS.search(self._last):
            raise OSError("a header with a number of hundreds of digits")
        return self._last

    def end(self) -> None:
        """Read what is left, so that damage shows, and see that what tarfile took for the end is one.

        Raises:
            OSError: it is none.
        """
        if self._last != bytes(tarfile.BLOCKSIZE):
            raise OSError("one that is damaged, or cut short: no block of zeros is at its end")
        while self._take(_PIECE):
            pass

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size)
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        self._position += len(data)
        if self._position > self._limits.archive_total:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_LARGE, self._limits.passed("archive_total")))
        return data
