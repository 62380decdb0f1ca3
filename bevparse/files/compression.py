"""Compressed streams: gzip, bzip2, xz and zstd by the name of the file, never growing more than the limits allow."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

from ..errors import DecodeError, SourceError, reason
from ..limits import Limits
from ..problems import Problem, rules

__all__ = ["DAMAGE", "MAGIC", "SUFFIXES", "Readable", "Sink", "decompressed", "pieces", "sink"]

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
            raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, self._limits.passed("archive_ratio")))
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
        raise DecodeError(Problem.of(rules.MISSING_EXTRA, message)) from None
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

_BLOCK: Final = 2**20

_UNBOUNDED: Final = Limits(archive_ratio=2**40)
"""Nothing is kept of a stream that grows."""

_SHORT: Final = {".tgz": ".gz", ".tbz2": ".bz2", ".txz": ".xz", ".tzst": ".zst"}

_PACKED: Final = {
    **{magic: f"compressed data ({ending})" for magic, ending in MAGIC.items()},
    b"PK\3\4": "a zip archive",
}


def pieces(stream: BinaryIO, name: str) -> Iterator[tuple[bytes, bool]]:
    """Read a stream, decompressed as its name says, and tell where a member of gzip ends.

    Raises:
        SourceError: it cannot be read, or what comes out is packed, so that nobody can see what it holds.
        DecodeError: the package that decompresses it is not installed.
    """
    first = True
    try:
        for piece, ended in _members(stream) if _ending(name) == ".gz" else _whole(stream, name):
            packed = next((what for magic, what in _PACKED.items() if first and piece.startswith(magic)), None)
            if packed:
                raise SourceError(name, f"expected text once it is decompressed as its name says, got {packed}")
            first = first and not piece
            yield piece, ended
    except (SourceError, DecodeError):
        raise
    except DAMAGE as error:
        raise SourceError(name, f"expected a readable file, got a fault: {reason(error)}") from None


def _whole(stream: BinaryIO, name: str) -> Iterator[tuple[bytes, bool]]:
    readable = decompressed(stream, f"_{_ending(name)}", _UNBOUNDED)
    while piece := readable.read(_BLOCK):
        yield piece, False


def _members(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Decompress members of gzip, which recordings have one of for each exchange, so that each can be read alone."""
    data = stream.read(_BLOCK)
    if not data:
        raise EOFError("an empty file is no compressed stream")
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            data = data or stream.read(_BLOCK)
            piece = member.decompress(data, _BLOCK)
            if not (data or piece):
                raise EOFError("compressed data ends in the middle")
            data = member.unconsumed_tail
            yield piece, member.eof
        data = member.unused_data.lstrip(b"\0") or stream.read(_BLOCK).lstrip(b"\0")


class Sink(Protocol):
    """Where a stream goes."""

    def write(self, data: bytes, /) -> object:
        """Write some of it."""
        ...

    def cut(self) -> None:
        """End a member, where the format has members."""
        ...

    def end(self) -> None:
        """Write what is left."""
        ...


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Plain:
    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write

    def cut(self) -> None:
        pass

    def end(self) -> None:
        pass


class _Compressed:
    def __init__(self, stream: BinaryIO, make: Callable[[], _Compressor]) -> None:
        self._stream = stream
        self._make = make
        self._open: _Compressor | None = make()  # a stream of nothing has a member, too

    def write(self, data: bytes, /) -> None:
        self._open = self._open or self._make()
        self._stream.write(self._open.compress(data))

    def cut(self) -> None:
        self._stream.write((self._open or self._make()).flush())
        self._open = None

    def end(self) -> None:
        if self._open is not None:
            self.cut()


def sink(stream: BinaryIO, name: str) -> Sink:
    """Write to a stream, compressed as its name says.

    Raises:
        DecodeError: the package that compresses so is not installed.
    """
    make = _COMPRESSORS.get(_ending(name))
    return _Compressed(stream, make()) if make else _Plain(stream)


def _ending(name: str) -> str:
    ending = os.path.splitext(name.lower())[1]  # noqa: PTH122 - as in compression.py
    return _SHORT.get(ending, ending)


def _zstd() -> Callable[[], _Compressor]:
    try:
        from backports import zstd  # noqa: PLC0415 - an extra
    except ImportError:
        message = "expected the package backports.zstd for .zst, got none; pip install 'bevparse[zstd]' brings it"
        raise DecodeError(Problem.of(rules.MISSING_EXTRA, message)) from None
    return zstd.ZstdCompressor


_COMPRESSORS: Final[dict[str, Callable[[], Callable[[], _Compressor]]]] = {
    ".gz": lambda: lambda: zlib.compressobj(wbits=31),
    ".bz2": lambda: bz2.BZ2Compressor,
    ".xz": lambda: lzma.LZMACompressor,
    ".zst": _zstd,
}
