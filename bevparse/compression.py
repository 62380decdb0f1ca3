"""Compressed streams: gzip, bzip2, xz and zstd by the name of the file, never growing more than the limits allow."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

from .errors import DecodeError
from .limits import Limits
from .problems import Problem

__all__ = ["DAMAGE", "MAGIC", "SUFFIXES", "Readable", "decompressed"]

SUFFIXES: Final = (".gz", ".bz2", ".xz", ".zst")
MAGIC: Final = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\0": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
"""How compressed data starts, and the ending that its name would have."""
DAMAGE: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)
"""What reading damaged data raises; a damaged zstd stream is made an OSError here."""

_MOST_MAGIC: Final = max(map(len, MAGIC))
_SLACK: Final = 2**16
"""Bytes that a small compressed file may become whatever its ratio."""
_PIECE: Final = 2**16
_MOST_MEMORY: Final = 2**27
"""Bytes that the window of a stream may take."""


class Readable(Protocol):
    """A stream to read from."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes, none at the end."""
        ...


def decompressed(stream: BinaryIO | Readable, name: str, limits: Limits) -> Readable:
    """Decompress a stream while it is read, when its name ends like a compressed file's; else give the stream itself.

    Reading raises one of `DAMAGE` for a damaged stream, and DecodeError for one that grows too much.

    Raises:
        DecodeError: the package that reads this kind is not installed.
    """
    suffix = name[max(name.rfind("."), 0) :].lower()
    opener = _OPENERS.get(suffix)
    if opener is None:
        return stream
    counted = _Counted(stream)
    return _Guarded(counted, opener(counted), suffix, limits)


class _Counted:
    """Counts what is read, and keeps how it begins."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.count = 0
        self.head = b""

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self.head = self.head or data[:_MOST_MAGIC]
        self.count += len(data)
        return data


class _Guarded:
    """Stops where a stream grows too much, and says so where it is none of its kind at all."""

    def __init__(self, compressed: _Counted, stream: Readable, suffix: str, limits: Limits) -> None:
        self._compressed = compressed
        self._stream = stream
        self._suffix = suffix
        self._limits = limits
        self._size = 0

    def read(self, size: int, /) -> bytes:
        try:
            piece = self._stream.read(size)
        except DAMAGE:
            head = self._compressed.head
            if head and not any(head.startswith(magic) and MAGIC[magic] == self._suffix for magic in MAGIC):
                raise OSError(f"no {self._suffix} data") from None
            raise
        self._size += len(piece)
        if self._size > max(self._compressed.count * self._limits.archive_ratio, _SLACK):
            raise DecodeError(Problem("BEV007", self._limits.passed("archive_ratio")))
        return piece


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Stream:
    """Reads one stream after the other with the decompressors that bz2, lzma and zstd have in common."""

    def __init__(self, stream: Readable, make: Callable[[], _Decompressor]) -> None:
        self._stream = stream
        self._make = make
        self._decompressor = make()

    def read(self, size: int, /) -> bytes:
        """Read as much as is asked for, however small the streams are."""
        pieces: list[bytes] = []
        while size and (piece := self._piece(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        while True:
            if self._decompressor.eof:
                more = self._decompressor.unused_data
                while not (more := more.lstrip(b"\0")):  # zeros may follow, to fill blocks
                    if not (more := self._stream.read(_PIECE)):
                        return b""
                self._decompressor = self._make()
            else:
                more = self._stream.read(_PIECE) if self._decompressor.needs_input else b""
                if self._decompressor.needs_input and not more:
                    raise EOFError("compressed data ends in the middle")
            if piece := self._decompressor.decompress(more, size):
                return piece


class _GzipDecompressor:
    """Has the names of the others; unlike GzipFile it takes no longer for a header that is a megabyte."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._decompressor.eof

    @property
    def needs_input(self) -> bool:
        return not (self._full or self._decompressor.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._decompressor.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._decompressor.decompress(self._decompressor.unconsumed_tail + data, max_length)
        self._full = len(piece) == max_length
        return piece


def _gunzip(stream: _Counted) -> Readable:
    return _Stream(stream, _GzipDecompressor)


def _bunzip(stream: _Counted) -> Readable:
    return _Stream(stream, bz2.BZ2Decompressor)


def _unxz(stream: _Counted) -> Readable:
    return _Stream(stream, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY))


def _unzstd(stream: _Counted) -> Readable:
    try:
        from backports import zstd  # noqa: PLC0415 - an extra
    except ImportError:
        message = "expected the package backports.zstd for .zst, got none; pip install 'bevparse[zstd]' brings it"
        raise DecodeError(Problem("BEV013", message)) from None
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _MOST_MEMORY.bit_length() - 1}
    return _Damaged(_Stream(stream, lambda: zstd.ZstdDecompressor(options=options)), zstd.ZstdError)


class _Damaged:
    """Makes an OSError of the error that a package has of its own."""

    def __init__(self, stream: Readable, error: type[Exception]) -> None:
        self._stream = stream
        self._error = error

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except self._error as error:
            raise OSError(str(error)) from None


_OPENERS: Final[dict[str, Callable[[_Counted], Readable]]] = {
    ".gz": _gunzip,
    ".bz2": _bunzip,
    ".xz": _unxz,
    ".zst": _unzstd,
}
