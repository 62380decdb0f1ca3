"""Tar archives, compressed or not, read as a stream: nothing is unpacked to disk."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final, cast

from ..errors import DecodeError, reason
from ..files import read_stream
from ..files.compression import DAMAGE, Budget, Readable
from ..limits import Limits
from ..problems import Problem, rules
from .attachments import SUFFIX, is_digest_name, names_of
from .source import NameFilter, Source, refused

__all__ = ["NESTS", "SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".tar",)
NESTS: bool = True
_MOST_HEADERS: Final = 2**20
"""Bytes that the headers before a member may have."""
_DIGITS: Final = re.compile(rb"\d{256}")
"""A number that tarfile parses in quadratic time."""
_PIECE: Final = 2**18


def holds(data: bytes) -> bool:
    """Return whether the first header contains the magic bytes."""
    return data[257:262] == b"ustar"


def members(source: Source, stream: Readable, is_wanted: NameFilter) -> Iterator[Source]:
    """Iterate over the files in an archive, such as `export.tar.gz!/july/status.json`; links and devices are skipped.

    Raises:
        DecodeError: the data is not a tar archive, or exceeds a limit.
    """
    held = _Held(source.budget.limits, is_wanted)
    try:
        for member in _files(source, stream, is_wanted):
            yield from held.add(member)
    except DecodeError:
        yield from held.end()  # the members before the fault
        raise
    yield from held.end()


def _files(source: Source, stream: Readable, is_wanted: NameFilter) -> Iterator[Source]:
    forward = _Forward(stream, source.budget)
    try:
        with tarfile.TarFile.open(fileobj=cast(BinaryIO, forward), mode="r:") as archive:  # no other methods are used
            for member in _headers(archive, forward, source.budget.limits):
                is_read = is_digest_name(member.name) or is_wanted(f"{source.name}!/{member.name}")
                if is_read and member.isfile():
                    yield _read(source, archive, member)
        forward.end()
    except (tarfile.TarError, *DAMAGE, RecursionError, OverflowError) as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"invalid tar archive: {reason(error)}")) from None


def _headers(archive: tarfile.TarFile, forward: _Forward, limits: Limits) -> Iterator[tarfile.TarInfo]:
    count = 0
    while (member := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined] # both would grow with the archive
        archive.pax_headers = {}
        count += 1
        if count > limits.archive_members:
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))
        forward.left = None
        yield member
        forward.left = _MOST_HEADERS


def _read(source: Source, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Source:
    stream = archive.extractfile(member)
    try:
        data = read_stream(cast(BinaryIO, stream), source.budget.limits)
    except DecodeError as error:
        if error.problem.rule is not rules.BODY_TOO_LARGE:
            raise
        return refused(source.inside(f"!/{member.name}"), error)
    if member.issparse():  # the zeros of a sparse file are not stored
        source.budget.add(len(data))
        source.budget.grow(len(data), len(data))
    return source.inside(f"!/{member.name}", data)


class _Held:
    """The HAR files of an archive, and the files that may be attached to them, which are held until its end."""

    def __init__(self, limits: Limits, is_wanted: NameFilter) -> None:
        self._is_wanted = is_wanted
        self._recordings: list[Source] = []
        self._files: dict[str, Source] = {}
        self._left = limits.body
        self._is_complete = True

    def add(self, member: Source) -> Iterator[Source]:
        """Hold a member until the end of the archive, or return it at once."""
        if is_digest_name(member.name):
            if member.data is not None and member.name not in self._files and self._has_room(member.data):
                self._files[member.name] = member
            elif self._is_wanted(member.name):
                yield member
        elif member.name.lower().endswith(SUFFIX) and self._holds(member.data or b""):
            self._recordings.append(member)
        else:
            yield member

    def _holds(self, recording: bytes) -> bool:
        names = names_of(recording)
        return bool(names) and all(map(is_digest_name, names)) and self._has_room(recording)

    def _has_room(self, data: bytes) -> bool:
        self._left -= len(data)
        self._is_complete &= self._left >= 0
        return self._left >= 0

    def end(self) -> Iterator[Source]:
        """Return the held HAR files with the files that are attached to them, and then the other held files."""
        attached: set[str] = set()
        for recording in self._recordings:
            folder = recording.name[: recording.name.rfind("/") + 1]
            names = names_of(recording.data or b"")
            attached.update(folder + name for name in names)
            found = {name: self._files[folder + name].data or b"" for name in names if folder + name in self._files}
            is_whole = self._is_complete or len(found) == len(names)
            size = recording.size + sum(map(len, found.values()))
            yield replace(recording, attachments=found, size=size) if is_whole else recording
        for name, file in self._files.items():
            if name not in attached and self._is_wanted(name):
                yield file


class _Forward:
    """A stream with a position, which seeks forward only and limits the bytes of headers."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._position = 0
        self._last = b""
        self.left: int | None = _MOST_HEADERS
        """Bytes that may still be read for headers; None while a member is read."""

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, _whence: int = 0, /) -> int:
        while self._position < position:
            if not self._take(min(position - self._position, _PIECE)):
                break
        if self._position > position:
            raise OSError("the offset of a member points to data before it")
        return self._position

    def read(self, size: int, /) -> bytes:
        if self.left is None:
            return self._take(size)
        if not 0 <= size <= self.left:
            raise OSError("headers of more than 1 MiB, or of negative size")
        self.left -= size
        self._last = self._take(size)
        if _DIGITS.search(self._last):
            raise OSError("a header contains a number with 256 digits or more")
        return self._last

    def end(self) -> None:
        """Read to the end, which detects damage, and check that the archive is complete.

        Raises:
            OSError: the end is missing.
        """
        if self._last != bytes(tarfile.BLOCKSIZE):
            raise OSError("damaged or truncated: no block of zeros at the end")
        while self._take(_PIECE):
            pass

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size)
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        self._position += len(data)
        self._budget.add(len(data))
        return data
