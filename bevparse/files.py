"""Files to bytes: plain and gzipped bodies, never more of them than the limits allow."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from .errors import DecodeError, SourceError
from .limits import Limits
from .problems import Problem

__all__ = ["body_suffix", "read_blocks", "read_body", "read_stream", "reason", "unzip"]

_PIECE: Final = 2**18
_SLACK: Final = 2**16
"""Bytes that a small compressed file may become whatever its ratio."""


def read_body(path: str | os.PathLike[str], limits: Limits) -> bytes:
    """Read one body from a file, decompressed when its name ends in .gz.

    Raises:
        SourceError: the file cannot be opened, read or decompressed.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as stream:
            data = read_stream(stream, limits)
    except DecodeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SourceError(name, f"expected a readable file, got a fault: {reason(error)}") from None
    return unzip(data, name, limits) if name.lower().endswith(".gz") else data


def read_blocks(source: str | os.PathLike[str] | BinaryIO, size: int, limits: Limits) -> Iterator[bytes]:
    """Read a body block by block, decompressed when its name ends in .gz; a file object is left open.

    Raises:
        SourceError: the file cannot be opened, read or decompressed.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    if not isinstance(source, (str, os.PathLike)):
        yield from _blocks(source, size, limits)
        return
    name = os.fspath(source)
    try:
        with Path(name).open("rb") as stream:
            yield from _blocks(_Unzipped(stream, limits) if name.lower().endswith(".gz") else stream, size, limits)
    except DecodeError:
        raise
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise SourceError(name, f"expected a readable file, got a fault: {reason(error)}") from None


def _blocks(stream: _Readable, size: int, limits: Limits) -> Iterator[bytes]:
    """Read blocks, none but the last shorter than it should be."""
    left = limits.body
    while block := stream.read(size):
        while len(block) < size and (more := stream.read(size - len(block))):
            block += more
        left -= len(block)
        if left < 0:
            raise DecodeError(Problem("BEV002", limits.passed("body")))
        yield block


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Unzipped:
    """A gzipped stream that stops where it grows too much."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._unzipped = gzip.GzipFile(fileobj=stream)
        self._limits = limits
        self._size = 0

    def read(self, size: int, /) -> bytes:
        piece = self._unzipped.read(size)
        if not self._stream.tell():
            raise EOFError("an empty file is no gzip stream")
        self._size += len(piece)
        if self._size > max(self._stream.tell() * self._limits.archive_ratio, _SLACK):
            raise DecodeError(Problem("BEV007", self._limits.passed("archive_ratio")))
        return piece


def read_stream(stream: BinaryIO, limits: Limits) -> bytes:
    """Read a whole body, but no more than one byte over the limit.

    Raises:
        DecodeError: the body is larger than the limits allow.
        OSError: the stream cannot be read.
    """
    pieces: list[bytes] = []
    left = limits.body + 1
    while piece := stream.read(min(_PIECE, left)):  # memory for the whole limit at once would cost more than to read
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise DecodeError(Problem("BEV002", limits.passed("body")))
    return b"".join(pieces)


def unzip(data: bytes, name: str, limits: Limits) -> bytes:
    """Decompress a gzipped body piece by piece.

    Raises:
        SourceError: the data is no gzip stream, or a damaged one.
        DecodeError: the body is larger, or grows more, than the limits allow.
    """
    pieces: list[bytes] = []
    size, most = 0, max(len(data) * limits.archive_ratio, _SLACK)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                pieces.append(piece)
                if size > limits.body:
                    raise DecodeError(Problem("BEV002", limits.passed("body")))
                if size > most:
                    raise DecodeError(Problem("BEV007", limits.passed("archive_ratio")))
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(name, f"expected a gzip stream, got a fault: {reason(error)}") from None
    if not data:
        raise SourceError(name, "expected a gzip stream, got an empty file")
    return b"".join(pieces)


def body_suffix(path: str | os.PathLike[str]) -> str:
    """Give the ending of a file name that tells its format, in lower case, past a .gz.

    >>> body_suffix("status.XML.gz")
    '.xml'
    """
    name = os.fspath(path).lower().removesuffix(".gz")
    return os.path.splitext(name)[1]  # noqa: PTH122 - a Path takes ten times as long, and folders hold many files


def reason(error: Exception) -> str:
    """Word why a file could not be used."""
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).lower()
