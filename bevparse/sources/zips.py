"""Zip archives, read where they are: nothing is ever unpacked to disk."""

from __future__ import annotations

import copy
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from ..errors import DecodeError, SourceError, reason
from ..files import read_stream
from ..files.compression import Readable, decompressed
from ..limits import Limits
from ..problems import Problem, rules
from .source import Source, Takes, everything, refused

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".zip",)

_DAMAGE: Final = (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError, RuntimeError)
"""What zipfile raises for damaged, encrypted and unknown members; NotImplementedError is a RuntimeError."""

_DIRECTORY: Final = 256
"""Bytes of the directory of an archive for each member that it may have."""

_SLACK: Final = 2**16


def holds(data: bytes) -> bool:
    """Tell by the first bytes."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(source: Source, stream: Readable, limits: Limits, takes: Takes = everything) -> Iterator[Source]:
    """Give the members one by one, as `export.zip!/july/status.json`.

    Raises:
        DecodeError: this is no zip archive, or passes a limit.
    """
    seekable = hasattr(stream, "seek")  # what is decompressed on the way is not
    whole = cast(BinaryIO, stream if seekable else io.BytesIO(read_stream(stream, limits)))
    bounded = cast(BinaryIO, _Bounded(whole, limits))  # it has what zipfile uses of a file
    try:
        archive = zipfile.ZipFile(bounded)
    except _DAMAGE as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(
            Problem.of(rules.BAD_CONTAINER, f"expected a zip archive, got a fault: {reason(error)}")
        ) from None
    with archive:
        yield from _members(source, archive, limits, takes)


def _members(source: Source, archive: zipfile.ZipFile, limits: Limits, takes: Takes) -> Iterator[Source]:
    infos = archive.infolist()
    if len(infos) > limits.archive_members:
        raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members", len(infos))))
    left = limits.archive_total
    for info in infos:
        place = source.inside(f"!/{info.filename}", b"")
        if info.filename.endswith("/") or not takes(place.name):  # is_dir cannot take a name of nothing
            continue
        left -= info.file_size
        if left < 0:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_LARGE, limits.passed("archive_total")))
        try:
            yield source.inside(f"!/{info.filename}", _read(archive, info, limits))
        except _DAMAGE as error:
            fault = f"expected a readable member, got a fault: {reason(error)}"
            yield refused(place, error if isinstance(error, DecodeError) else SourceError(place.name, fault))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> bytes:
    if info.file_size > max(info.compress_size * limits.archive_ratio, _SLACK):
        raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, limits.passed("archive_ratio")))
    if info.compress_type == zipfile.ZIP_BZIP2:
        return _bunzip(archive, info, limits)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # zipfile bounds the memory for these only
        raise RuntimeError(f"method {info.compress_type}, neither deflate nor bzip2")
    with archive.open(info) as stream:
        return read_stream(stream, limits)


def _bunzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> bytes:
    """Take a member as it is stored, and decompress it here."""
    packed = copy.copy(info)
    packed.compress_type, packed.file_size = zipfile.ZIP_STORED, info.compress_size
    del packed.CRC  # that of the member
    with archive.open(packed) as stream:
        data = read_stream(decompressed(stream, "_.bz2", limits), limits)
    if (len(data), zlib.crc32(data)) != (info.file_size, info.CRC):
        raise zipfile.BadZipFile("another length or checksum than the directory says")
    return data


class _Bounded:
    """A file that refuses to be read in one go beyond what the directory of an archive may take."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._most = max(2**22, limits.archive_members * _DIRECTORY)
        self.seek = stream.seek
        self.tell = stream.tell
        self.seekable = stream.seekable

    def read(self, size: int = -1, /) -> bytes:
        if size > self._most:
            raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, self._limits.passed("archive_members")))
        return self._stream.read(size if size >= 0 else self._most)
