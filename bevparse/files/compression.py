"""Compressed streams: gzip, bzip2, xz and zstd by the suffix of the file name, read within the limits, and written."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol

from ..errors import DecodeError, SourceError, missing_extra, reason
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem, rules

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "DAMAGE",
    "PLAIN_SUFFIXES",
    "SUFFIXES",
    "ZSTD",
    "Budget",
    "Readable",
    "Sink",
    "SourceErrors",
    "decompressed",
    "iter_decompressed",
    "open_writer",
    "suffix_of_data",
]

DAMAGE: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, MemoryError)
"""Exceptions from reading data that is damaged or too large; those of zstd are converted to OSError."""
_LOG_OF_MEMORY: Final = 27
"""Logarithm of the bytes that decompressing xz and zstd may take."""
_SLACK: Final = 2**16
"""Decompressed size that is allowed at any ratio."""
ZSTD: Final = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
"""The module for zstd, which is in the standard library since Python 3.14."""
_PIECE: Final = 2**16
_BLOCK: Final = 2**20


class Readable(Protocol):
    """A stream to read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; b"" at the end."""
        ...


class Sink(Protocol):
    """A stream to write to."""

    def write(self, data: bytes, /) -> object:
        """Write data."""
        ...

    def end_member(self) -> None:
        """End a member, if the format has members."""
        ...

    def end(self) -> None:
        """Write buffered data."""
        ...


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _GzipDecompressor:
    """A decompressor of gzip with the methods of those for bzip2 and xz.

    Unlike GzipFile, it reads a header of a megabyte in linear time.
    """

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


def _zstd() -> ModuleType:
    try:
        return import_module(ZSTD)
    except ImportError:
        raise missing_extra("reading and writing .zst", ZSTD, "zstd") from None


class _Kind(NamedTuple):
    """A kind of compression."""

    suffix: str
    tar_suffix: str
    """The short suffix of a tar archive with this compression."""
    magic: bytes
    """The first bytes of compressed data."""
    decompressor: Callable[[], _Decompressor]
    compressor: Callable[[], _Compressor]
    error: Callable[[], type[Exception]] = lambda: zlib.error
    """The exception of the decompressor, if it is not in `DAMAGE`."""


_KINDS: Final = (
    _Kind(".gz", ".tgz", b"\x1f\x8b", _GzipDecompressor, lambda: zlib.compressobj(wbits=zlib.MAX_WBITS | 16)),
    _Kind(".bz2", ".tbz2", b"BZh", bz2.BZ2Decompressor, bz2.BZ2Compressor),
    _Kind(
        ".xz",
        ".txz",
        b"\xfd7zXZ\0",
        lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2**_LOG_OF_MEMORY),
        lzma.LZMACompressor,
    ),
    _Kind(
        ".zst",
        ".tzst",
        b"\x28\xb5\x2f\xfd",
        lambda: _zstd().ZstdDecompressor(options={_zstd().DecompressionParameter.window_log_max: _LOG_OF_MEMORY}),
        lambda: _zstd().ZstdCompressor(),
        lambda: _zstd().ZstdError,
    ),
)
_BY_SUFFIX: Final = {suffix: kind for kind in _KINDS for suffix in (kind.suffix, kind.tar_suffix)}
_LONGEST_MAGIC: Final = max(len(kind.magic) for kind in _KINDS)
SUFFIXES: Final = tuple(kind.suffix for kind in _KINDS)
"""Suffixes of compressed files, without the short ones such as .tgz."""
PLAIN_SUFFIXES: Final = {**dict.fromkeys(SUFFIXES, ""), **{kind.tar_suffix: ".tar" for kind in _KINDS}}
"""The suffix of a decompressed file, by the suffix of the compressed file."""


def suffix_of_data(head: bytes) -> str:
    """Return the suffix for compressed data that begins with these bytes, or "" for other data."""
    return next((kind.suffix for kind in _KINDS if head.startswith(kind.magic)), "")


def _kind_of(name: str) -> _Kind | None:
    return _BY_SUFFIX.get(name[max(name.rfind("."), 0) :].lower())


class SourceErrors:
    """A context that converts the errors of the operating system, and those of damaged data, to SourceError.

    It is a class for speed: folders contain many files.
    """

    def __init__(self, name: str, failure: str) -> None:
        """Create the context.

        Args:
            name: the file or member.
            failure: what could not be done, such as "cannot read file".
        """
        self._name = name
        self._failure = failure

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DAMAGE) and not isinstance(error, (SourceError, DecodeError)):
            raise SourceError(self._name, f"{self._failure}: {reason(error)}") from None


@dataclass(slots=True, eq=False)
class Budget:
    """Counts the bytes of all that is read from one file, and raises an error when a limit is exceeded.

    All layers count: archives in archives, compressed members, and content encodings.
    """

    limits: Limits = DEFAULT_LIMITS
    """The limits of everything that is read of the file."""
    stored: int = 0
    """The bytes of the file that have been read."""
    total: int = 0
    """The bytes of members and of decompressed data."""
    grown: int = 0
    """The bytes of `total` that count for the limit `archive_ratio`."""
    whole: Budget | None = None
    """For a member that is read later, the budget of the file; None for the budget of the file itself."""
    later: int = 0
    """The bytes of decompressed data in members that were read later."""

    def add(self, size: int) -> None:
        """Count bytes of members or of decompressed data.

        Raises:
            DecodeError: the file has more bytes than `archive_total` allows.
        """
        if self.whole is None:
            self.total += size
            total = self.total
        else:
            self.whole.later += size
            total = self.total + self.whole.later
        if total > self.limits.archive_total:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_LARGE, self.limits.passed("archive_total")))

    def grow(self, size: int, layer: int) -> None:
        """Count bytes for the limit `archive_ratio`.

        Args:
            size: the number of bytes.
            layer: how many bytes their member or stream has so far. A small one may have any ratio.

        Raises:
            DecodeError: there are too many bytes for the size of the file.
        """
        if layer <= _SLACK:
            return
        self.grown += size
        most = self.stored * self.limits.archive_ratio
        if self.grown > most:
            self.grown = most  # the next members may grow as far as their own bytes allow
            raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, self.limits.passed("archive_ratio")))

    def share(self, size: int) -> Budget:
        """Return the budget for a member of this size that is read later. It has a share of the stored bytes."""
        stored = size * min(self.stored, self.total) // max(self.total, 1)
        return Budget(self.limits, stored, self.total, whole=self)

    def detached(self) -> Budget:
        """Return a budget for a member that is read separately. It does not change the budget of the file."""
        return replace(self, whole=replace(self.whole)) if self.whole else self

    def takes(self, size: int, since: int) -> bool:
        """Count the decompressed bytes of a member that was read with a `detached` budget, if the result still holds.

        Args:
            size: the number of bytes.
            since: `later` of the budget of the file when the member was read.

        Returns:
            Whether the bytes were counted. If not, a limit may end the member earlier, so it must be read again.
        """
        if self.whole is None:
            return True
        is_current = self.whole.later == since or self.total + self.whole.later + size <= self.limits.archive_total
        self.whole.later += size * is_current
        return is_current

    def counted(self, stream: BinaryIO) -> Readable:
        """Return a stream of the file that counts the bytes that are read from it."""
        return _Counted(stream, self)

    def decompressed(self, stream: Readable, name: str) -> Readable:
        """Return a stream of decompressed data in the file, as the function `decompressed` does, and count its bytes.

        Raises:
            DecodeError: the package for this compression is not installed.
        """
        kind = _kind_of(name)
        return stream if kind is None else _Decompressed(stream, kind, self.limits, self)


class _Counted:
    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self.seek = stream.seek
        self.tell = stream.tell
        self.seekable = stream.seekable

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._budget.stored += len(data)
        return data


def decompressed(stream: Readable, name: str, limits: Limits) -> Readable:
    """Return a stream that decompresses while it is read, or the stream itself if it is not compressed.

    Reading raises one of `DAMAGE` for damaged data, and DecodeError for data that grows beyond the limits.

    Args:
        stream: the compressed stream.
        name: the name of the file, whose suffix gives the compression.
        limits: the limits.

    Raises:
        DecodeError: the package for this compression is not installed.
    """
    kind = _kind_of(name)
    return stream if kind is None else _Decompressed(stream, kind, limits)


def iter_decompressed(stream: BinaryIO, name: str) -> Iterator[tuple[bytes, bool]]:
    """Iterate over a stream, decompressed by the suffix of its name, and report where a member of gzip ends.

    Recordings have a gzip member for each exchange, so that each can be read alone.

    Yields:
        A piece of data, and whether a member ends after it.

    Raises:
        SourceError: the stream cannot be read, or its decompressed data is compressed again or a zip archive.
        DecodeError: the package for this compression is not installed.
    """
    first = True
    with SourceErrors(name, "cannot read file"):
        for piece, ended in _pieces(stream, name):
            if first and piece:
                _refuse_packed(piece, name)
                first = False
            yield piece, ended


def _pieces(stream: BinaryIO, name: str) -> Iterator[tuple[bytes, bool]]:
    kind = _kind_of(name)
    if kind is None:
        while piece := stream.read(_BLOCK):
            yield piece, False
        return
    compressed = _Decompressed(stream, kind, DEFAULT_LIMITS)
    while (found := compressed.next_piece(_BLOCK)) is not None:
        piece, ended = found
        yield piece, ended and kind.suffix == ".gz"


def _refuse_packed(head: bytes, name: str) -> None:
    suffix = suffix_of_data(head)
    packed = f"compressed data ({suffix})" if suffix else "a zip archive" if head.startswith(b"PK\3\4") else ""
    if packed:
        raise SourceError(name, f"expected text, got {packed}; unpack it first")


class _Decompressed:
    """A compressed stream, possibly of several members, which may not grow more than the limits allow."""

    def __init__(self, stream: Readable, kind: _Kind, limits: Limits, budget: Budget | None = None) -> None:
        self._stream = stream
        self._kind = kind
        self._limits = limits
        self._budget = budget
        self._decompressor = kind.decompressor()
        self._damage: BaseException | None = None
        """The error to raise after the data that has been returned; None while there is none."""
        self._head = b""
        self._size_in = 0
        self._size_out = 0

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, or fewer at the end and before damaged data. Small members are joined."""
        if self._damage:
            raise self._damage
        pieces: list[bytes] = []
        try:
            while size and (found := self.next_piece(size)):
                if piece := found[0]:
                    pieces.append(piece)
                    size -= len(piece)
        except DAMAGE as error:
            if not pieces or isinstance(error, DecodeError):
                raise
            self._damage = error
        data = b"".join(pieces)
        self._size_out += len(data)
        if self._size_out > max(self._size_in * self._limits.archive_ratio, _SLACK):
            raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, self._limits.passed("archive_ratio")))
        if self._budget:
            self._budget.add(len(data))
            self._budget.grow(len(data), self._size_out)
        return data

    def next_piece(self, size: int) -> tuple[bytes, bool] | None:
        """Return at most `size` bytes and whether a member ends after them, or None at the end. Check no limits."""
        try:
            return self._next_piece(size)
        except (*DAMAGE, self._kind.error()) as error:
            if self._head and suffix_of_data(self._head) != self._kind.suffix:
                raise OSError(f"not {self._kind.suffix} data") from None
            if isinstance(error, DAMAGE):
                raise
            raise OSError(str(error)) from None

    def _next_piece(self, size: int) -> tuple[bytes, bool] | None:
        data = b""
        if self._decompressor.eof:
            data = self._decompressor.unused_data
            while not (data := data.lstrip(b"\0")):  # zeros may follow, to fill blocks
                if not (data := self._input()):
                    return None
            self._decompressor = self._kind.decompressor()
        while True:
            if not data and self._decompressor.needs_input and not (data := self._input()):
                raise EOFError("compressed data is truncated")
            piece, data = self._decompressor.decompress(data, size), b""
            if piece or self._decompressor.eof:
                return piece, self._decompressor.eof

    def _input(self) -> bytes:
        data = self._stream.read(_PIECE)
        self._head = self._head or data[:_LONGEST_MAGIC]
        self._size_in += len(data)
        return data


def open_writer(stream: BinaryIO, name: str) -> Sink:
    """Return a writer that compresses to a stream. The suffix of the name gives the compression, if there is one.

    Raises:
        DecodeError: the package for this compression is not installed.
    """
    kind = _kind_of(name)
    return _Uncompressed(stream) if kind is None else _Compressed(stream, kind.compressor)


class _Uncompressed:
    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write

    def end_member(self) -> None:
        pass

    def end(self) -> None:
        pass


class _Compressed:
    def __init__(self, stream: BinaryIO, make: Callable[[], _Compressor]) -> None:
        self._stream = stream
        self._make = make
        self._member: _Compressor | None = make()  # an empty stream has a member, too

    def write(self, data: bytes, /) -> None:
        self._member = self._member or self._make()
        self._stream.write(self._member.compress(data))

    def end_member(self) -> None:
        self._stream.write((self._member or self._make()).flush())
        self._member = None

    def end(self) -> None:
        if self._member is not None:
            self.end_member()
