"""Files to which frames are only appended. If a process is killed, at most the last frame is torn: its end is missing.

A frame is a letter and some content, with checksums.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ..errors import SourceError
from ..files import lock_file
from ..files.compression import SourceErrors

__all__ = ["Frame", "FrameFile", "frame_at", "frames"]

_NAME: Final = b"bevparse saved run "
_VERSION: Final = 1
"""The version of the frames and of what is in them."""
_MAGIC: Final = b"%b%d\n" % (_NAME, _VERSION)
_HEAD: Final = struct.Struct(">cIII")
"""The kind of a frame, the size of its content, and the checksums of the content and of this head."""
_MOST: Final = 2**30
"""The maximum size of a content after decompression."""
_CANNOT_READ: Final = "cannot read saved run"
_CANNOT_WRITE: Final = "cannot write saved run"


class Frame(NamedTuple):
    """One frame of a file."""

    offset: int
    kind: bytes
    """One letter."""
    content: bytes
    end: int
    """The offset after the frame."""


def frames(path: str, start: int = 0) -> Iterator[Frame]:
    """Iterate over the frames of a file. A torn frame at the end, as a kill leaves it, is left out.

    Args:
        path: the file.
        start: the offset of the first frame; 0 is the beginning.

    Raises:
        SourceError: the file cannot be read, is damaged, is not a saved run, or was saved by a newer version.
    """
    with SourceErrors(path, _CANNOT_READ), _opened(path) as stream:
        if not _holds_magic(stream, path):
            return
        stream.seek(max(start, len(_MAGIC)))
        while frame := _next_frame(stream, path):
            yield frame


def frame_at(path: str, offset: int) -> Frame:
    """Return the frame at an offset.

    Raises:
        SourceError: the file cannot be read, or is damaged.
    """
    with SourceErrors(path, _CANNOT_READ), _opened(path) as stream:
        stream.seek(offset)
        frame = _next_frame(stream, path)
    if frame is None:
        raise _damage(path, offset)
    return frame


def _opened(path: str) -> BinaryIO:
    _check_kind(path)
    return Path(path).open("rb")


def _check_kind(path: str) -> None:
    """Check that a path is no pipe, device or folder.

    Raises:
        OSError: the path is one of these.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise OSError("expected a regular file")


def _holds_magic(stream: BinaryIO, path: str) -> bool:
    """Return whether the first line is that of a saved run. A file that ends in this line has no frames: return False.

    Raises:
        SourceError: the file is not a saved run, or was saved by a newer version.
    """
    line = stream.read(len(_MAGIC))
    if line == _MAGIC:
        return True
    if _MAGIC.startswith(line):
        return False
    if line.startswith(_NAME):
        raise SourceError(path, "saved by a newer version of bevparse")
    raise SourceError(path, "not a saved run of bevparse")


def _next_frame(stream: BinaryIO, path: str) -> Frame | None:
    """Return the next frame, or None if the file ends, or ends in a torn frame."""
    offset = stream.tell()
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, size, checksum, own = _HEAD.unpack(head)
    if zlib.crc32(head[:-4]) != own:
        if _is_empty_to_the_end(head, stream):
            return None
        raise _damage(path, offset)
    data = stream.read(size)
    if len(data) < size:
        return None
    if zlib.crc32(data) != checksum:
        if _is_empty_to_the_end(b"", stream):  # the system wrote the size of the file before the content
            return None
        raise _damage(path, offset)
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(data, _MOST)
    if not unpacker.eof:
        raise _damage(path, offset)
    return Frame(offset, kind, content, stream.tell())


def _is_empty_to_the_end(head: bytes, stream: BinaryIO) -> bool:
    """Return whether only null characters follow, as some file systems leave them after a power failure."""
    block = head
    while not block.strip(b"\0"):
        block = stream.read(2**16)
        if not block:
            return True
    return False


def _damage(path: str, offset: int) -> SourceError:
    return SourceError(path, f"saved run is damaged at byte {offset}")


class FrameFile:
    """A file that frames are added to. It is locked until it is closed."""

    def __init__(self, path: str, stream: io.FileIO, end: int) -> None:
        """Use `opened` instead."""
        self.path = path
        self._stream = stream
        self._end = end

    @classmethod
    @contextmanager
    def opened(cls, path: str) -> Generator[FrameFile]:
        """Open a file, or create it. It is synced and closed at the end of the block.

        Raises:
            SourceError: the file is not a saved run, is damaged, cannot be written, or another process writes to it.
        """
        with SourceErrors(path, _CANNOT_WRITE):
            _check_kind(path)
            stream = io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+b")
        with stream:
            if not lock_file(stream.fileno()):
                raise SourceError(path, "another process writes to this saved run")
            file = cls(path, stream, max((frame.end for frame in frames(path)), default=0))
            with SourceErrors(path, _CANNOT_WRITE):
                stream.truncate(file._end)
            if file._end == 0:
                file._write(_MAGIC)
            try:
                yield file
            finally:
                with suppress(OSError):  # the file may have been full before
                    stream.truncate(file._end)
                file.sync()

    def append(self, kind: bytes, content: bytes) -> int:
        """Add a frame and return its offset.

        Raises:
            SourceError: the file cannot be written.
        """
        offset = self._end
        data = zlib.compress(content, 1)
        head = _HEAD.pack(kind, len(data), zlib.crc32(data), 0)[:-4]
        self._write(head + zlib.crc32(head).to_bytes(4, "big") + data)
        return offset

    def _write(self, data: bytes) -> None:
        """Write at the end. If this is interrupted, the next call overwrites what was written."""
        with SourceErrors(self.path, _CANNOT_WRITE):
            self._stream.seek(self._end)
            rest = memoryview(data)
            while rest:
                rest = rest[self._stream.write(rest) :]
        self._end += len(data)

    def sync(self) -> None:
        """Wait until everything that was written is on the disk.

        Raises:
            SourceError: the file cannot be written.
        """
        with SourceErrors(self.path, _CANNOT_WRITE):
            os.fsync(self._stream.fileno())
