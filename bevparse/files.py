"""Files to bytes: plain and gzipped bodies, never more of them than the limits allow."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from .errors import DecodeError, SourceError
from .limits import Limits
from .problems import Problem

__all__ = ["body_suffix", "read_body", "read_stream", "reason", "unzip"]

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


def read_stream(stream: BinaryIO, limits: Limits) -> bytes:
    """Read a whole body, but no more than one byte over the limit.

    Raises:
        DecodeError: the body is larger than the limits allow.
        OSError: the stream cannot be read.
    """
    data = stream.read(limits.body + 1)
    if len(data) > limits.body:
        raise DecodeError(Problem("BEV002", limits.passed("body")))
    return data


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
    return Path(name).suffix


def reason(error: Exception) -> str:
    """Word why a file could not be used."""
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).lower()
