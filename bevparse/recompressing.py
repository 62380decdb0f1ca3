"""Streams that are changed on the way: read and written by the endings of their names, member by member."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

from .compression import DAMAGE, MAGIC, decompressed
from .errors import DecodeError, SourceError
from .files import reason
from .limits import Limits
from .problems import Problem

__all__ = ["Sink", "pieces", "sink"]

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
        raise DecodeError(Problem("BEV013", message)) from None
    return zstd.ZstdCompressor


_COMPRESSORS: Final[dict[str, Callable[[], Callable[[], _Compressor]]]] = {
    ".gz": lambda: lambda: zlib.compressobj(wbits=31),
    ".bz2": lambda: bz2.BZ2Compressor,
    ".xz": lambda: lzma.LZMACompressor,
    ".zst": _zstd,
}
