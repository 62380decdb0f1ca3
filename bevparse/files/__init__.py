"""Files to bytes and back: plain and compressed bodies, never more of them than the limits allow."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from typing_extensions import Buffer

from ..errors import DecodeError, SourceError, reason
from ..limits import Limits
from ..problems import Problem, rules
from .compression import DAMAGE, Readable, decompressed

__all__ = ["append", "is_draft_of", "read_blocks", "read_body", "read_stream", "replacing", "unzip"]

_PIECE: Final = 2**18
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def read_body(path: str | os.PathLike[str], limits: Limits) -> bytes:
    """Read one body from a file, decompressed when its name ends in .gz, .bz2, .xz or .zst.

    Raises:
        SourceError: the file cannot be opened, read or decompressed.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb") as stream:  # noqa: PTH123 - a Path takes ten times as long, and folders hold many files
            return read_stream(decompressed(stream, name, limits), limits)
    except DecodeError:
        raise
    except DAMAGE as error:  # ValueError: a null character in the name
        raise SourceError(name, f"expected a readable file, got a fault: {reason(error)}") from None


def read_blocks(source: str | os.PathLike[str] | Readable, size: int, limits: Limits) -> Iterator[bytes]:
    """Read a body block by block, decompressed as in `read_body`; a file object is left open and read as it is.

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
            yield from _blocks(decompressed(stream, name, limits), size, limits)
    except DecodeError:
        raise
    except DAMAGE as error:
        raise SourceError(name, f"expected a readable file, got a fault: {reason(error)}") from None


def _blocks(stream: Readable, size: int, limits: Limits) -> Iterator[bytes]:
    """Read blocks, none but the last shorter than it should be."""
    left = limits.body
    while block := stream.read(size):
        while len(block) < size and (more := stream.read(size - len(block))):
            block += more
        left -= len(block)
        if left < 0:
            raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
        yield block


def read_stream(stream: Readable, limits: Limits) -> bytes:
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
        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
    return b"".join(pieces)


def unzip(data: bytes, name: str, limits: Limits) -> bytes:
    """Decompress a body in memory, as the ending of its name says.

    Raises:
        SourceError: the data is not compressed so, or damaged.
        DecodeError: the body is larger, or grows more, than the limits allow.
    """
    try:
        return read_stream(decompressed(io.BytesIO(data), name, limits), limits)
    except DAMAGE as error:
        if isinstance(error, DecodeError):
            raise
        raise SourceError(name, f"expected compressed data, got a fault: {reason(error)}") from None


@contextlib.contextmanager
def replacing(path: str) -> Generator[BinaryIO]:
    """Open a file that appears, or changes, only when the block ends well; a pipe or a device is written to.

    Raises:
        SourceError: the file cannot be written; what else the block raises is passed on.
    """
    with _faults_of(path):
        replaced = not Path(path).exists() or Path(path).is_file()
        target = Path(os.path.realpath(path)) if replaced else Path(path)  # a link stays one
    # the name is made before the file is there: whenever a signal comes, what is to be removed is known
    draft = target.with_name(f"{_draft(target.name)}{os.urandom(8).hex()}") if replaced else target
    try:
        with _faults_of(path):
            handle = os.open(draft, _FRESH if replaced else os.O_WRONLY, 0o600)
        with io.BufferedWriter(_File(handle, path)) as stream:
            yield stream
            stream.flush()
            if replaced:
                with _faults_of(path):
                    os.fsync(handle)
        if replaced:
            with _faults_of(path):
                draft.chmod(_mode(target))
                draft.replace(target)
    except BaseException:
        if replaced:
            with contextlib.suppress(OSError, ValueError):
                draft.unlink()
        raise


def append(path: str, text: str) -> None:
    """Write a text behind what is in a file.

    Raises:
        SourceError: the file cannot be written.
    """
    with _faults_of(path), Path(path).open("a", encoding="utf-8") as stream:
        stream.write(text)


def _draft(name: str) -> str:
    return f".{name[:40]}."


def is_draft_of(path: str, target: str) -> bool:
    """Tell by its name whether a file is what `replacing` writes to before the target changes; both are real paths."""
    folder, name = os.path.split(path)
    wanted, finished = os.path.split(target)
    return folder == wanted and name.startswith(_draft(finished))


class _File(io.FileIO):
    """A file whose faults say which one it is."""

    def __init__(self, handle: int, path: str) -> None:
        super().__init__(handle, "wb")
        self._path = path

    def write(self, data: Buffer, /) -> int:
        with _faults_of(self._path):
            return super().write(data)


@contextlib.contextmanager
def _faults_of(path: str) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SourceError(path, f"expected a file that can be written, got a fault: {reason(error)}") from None


def _mode(target: Path) -> int:
    """Give the permissions of the file that is replaced, or those that a new file would have."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
