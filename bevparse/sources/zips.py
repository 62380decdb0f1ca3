"""Zip archives, read in place: nothing is unpacked to disk.

Some zip archives are read in another way. In a session archive of Fiddler, these are the exchanges (`saz.py`), and in a
web archive (WACZ), the WARC files. Office documents are refused by the names of their members.

This module refuses archives that are damaged or have too many members. `members.py` refuses archives that are nested
too deep, and `files/compression.py` members that grow too large.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from ..errors import DecodeError, SourceError, reason
from ..files import read_stream
from ..files.compression import Readable, decompressed
from ..formats.text import OFFICE_DOCUMENTS
from ..limits import Limits
from ..problems import Problem, rules
from . import saz
from .attachments import SUFFIX, names_of
from .har import files_of
from .source import NameFilter, Source, refused

__all__ = ["NESTS", "SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = (".zip", ".saz", ".wacz")
NESTS: bool = True
_DAMAGE: Final = (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError, RuntimeError)
"""Exceptions of zipfile for damaged, encrypted and unsupported members; NotImplementedError is a RuntimeError."""
_DIRECTORY: Final = 256
"""Bytes that the directory of an archive may have for each member."""
_SLACK: Final = 2**16
_WARC: Final = re.compile(r"archive/[^/]+\.warc(?:\.gz)?\Z")
"""The members of a WACZ that hold exchanges."""


def holds(data: bytes) -> bool:
    """Return whether data begins like a zip archive: with a member, or with an empty directory."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(source: Source, stream: Readable, is_wanted: NameFilter) -> Iterator[Source]:
    """Iterate over the files in an archive, such as `export.zip!/july/status.json`.

    Raises:
        DecodeError: the data is not a zip archive, or exceeds a limit.
    """
    limits = source.budget.limits
    seekable = hasattr(stream, "seek") and cast(BinaryIO, stream).seekable()  # a decompressed stream is not
    whole = cast(BinaryIO, stream if seekable else io.BytesIO(read_stream(stream, limits)))
    bounded = cast(BinaryIO, _Bounded(whole, limits))  # zipfile uses no other methods of a file
    try:
        archive = zipfile.ZipFile(bounded)
    except _DAMAGE as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"invalid zip archive: {reason(error)}")) from None
    with archive:
        yield from _members(_Opened(source, archive), is_wanted)


def _members(opened: _Opened, is_wanted: NameFilter) -> Iterator[Source]:
    source, limits = opened.source, opened.source.budget.limits
    infos = opened.archive.infolist()
    if len(infos) > limits.archive_members:
        raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members", len(infos))))
    names = {info.filename for info in infos}
    if document := next((kind for name, kind in OFFICE_DOCUMENTS.items() if name in names), None):
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"expected a zip archive with responses, got {document}"))
    if sessions := saz.sessions_of(infos):
        yield from saz.members(source, sessions, opened.read)
        return
    of_wacz = "datapackage.json" in names and any(map(_WARC.match, names))
    attached: set[str] = set()
    for info in _recordings_first(infos):
        if info.filename in attached or (of_wacz and not _WARC.match(info.filename)):
            continue
        step = f"!/{info.filename}"
        if step.endswith("/") or not is_wanted(source.name + step):  # is_dir fails for an empty name
            continue
        try:
            data = opened.read(info)
            files = opened.files_next_to(info, data) if step.lower().endswith(SUFFIX) else {}
            attached.update(file.filename for file in files.values())
            attachments = opened.attachments(data, files) if files else {}
            yield source.inside(step, data, attachments)
        except (DecodeError, SourceError) as error:
            if isinstance(error, DecodeError) and error.problem.rule is rules.ARCHIVE_TOO_LARGE:
                raise
            yield refused(source.inside(step), error)


def _recordings_first(infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the members with HAR files before the others, which may be parts of them."""
    return sorted(infos, key=lambda info: not info.filename.lower().endswith(SUFFIX))


@dataclass(frozen=True, slots=True)
class _Opened:
    """An archive whose members are read within the limits, and counted in the budget of its file."""

    source: Source
    archive: zipfile.ZipFile

    def files_next_to(self, har: zipfile.ZipInfo, data: bytes) -> dict[str, zipfile.ZipInfo]:
        """Return the members that a HAR names, by the names that the HAR uses."""
        folder = har.filename[: har.filename.rfind("/") + 1]
        paths = {name: folder + name for name in names_of(data)}
        return {name: self.archive.NameToInfo[path] for name, path in paths.items() if path in self.archive.NameToInfo}

    def attachments(self, data: bytes, files: Mapping[str, zipfile.ZipInfo]) -> dict[str, bytes]:
        """Return the content of the files that are read for a HAR, by the names that the HAR uses.

        Raises:
            SourceError: a file cannot be read.
            DecodeError: the files together exceed a limit.
        """
        limits = self.source.budget.limits
        found: dict[str, bytes] = {}
        left = limits.body
        for name in files_of(self.source, data):
            if name in files and name not in found:
                found[name] = self.read(files[name])
                left -= len(found[name])
                if left < 0:
                    raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
        return found

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """Return the content of a member.

        Raises:
            SourceError: the member cannot be read.
            DecodeError: the member exceeds a limit.
        """
        budget = self.source.budget
        budget.add(info.file_size)
        try:
            data = self._read(info)
            budget.grow(len(data), len(data))
        except DecodeError:
            raise
        except _DAMAGE as error:
            name = f"{self.source.name}!/{info.filename}"
            raise SourceError(name, f"cannot read member: {reason(error)}") from None
        return data

    def _read(self, info: zipfile.ZipInfo) -> bytes:
        limits = self.source.budget.limits
        if info.file_size > max(info.compress_size * limits.archive_ratio, _SLACK):
            raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, limits.passed("archive_ratio")))
        if info.compress_type == zipfile.ZIP_BZIP2:
            return self._bunzip(info)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # zipfile bounds only their memory
            raise RuntimeError(f"compression method {info.compress_type} is not supported")
        with self.archive.open(info) as stream:
            return read_stream(stream, limits)

    def _bunzip(self, info: zipfile.ZipInfo) -> bytes:
        """Return the data of a bzip2 member, which zipfile would decompress without a limit."""
        packed = copy.copy(info)
        packed.compress_type, packed.file_size = zipfile.ZIP_STORED, info.compress_size
        del packed.CRC  # the checksum of the decompressed data
        with self.archive.open(packed) as stream:
            limits = self.source.budget.limits
            data = read_stream(decompressed(stream, "_.bz2", limits), limits)
        if (len(data), zlib.crc32(data)) != (info.file_size, info.CRC):
            raise zipfile.BadZipFile("length or checksum does not match the directory")
        return data


class _Bounded:
    """A file that refuses to read too many bytes at once: zipfile reads the directory of an archive in one step."""

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
