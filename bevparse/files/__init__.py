"""Files to bytes and back: plain and compressed bodies within the limits, and files that are replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final, cast

from typing_extensions import Buffer

from ..errors import DecodeError, SourceError
from ..limits import Limits
from ..problems import Problem, rules
from ..stores import Bucket, StorePath, place_of
from .compression import Budget, Readable, SourceErrors, decompressed
from .paths import to_open

__all__ = [
    "append",
    "is_draft_of",
    "lock_file",
    "open_binary",
    "read_blocks",
    "read_body",
    "read_stream",
    "replacing",
    "unzip",
]

_PIECE: Final = 2**18
_END: Final = object()
_CANNOT_WRITE: Final = "cannot write file"
_DRAFT: Final = re.compile(r"\..{1,40}\.[0-9a-f]{16}\.bevparse", re.DOTALL)
_OLD: Final = 60
"""Seconds after which a draft that no process has locked is removed."""
_READER_SECONDS: Final = 2
"""How long a pipe waits for its reader."""
_flock: Final[Callable[[int, int], None]] = (
    import_module("fcntl").flock if os.name == "posix" else lambda handle, operation: None
)
"""Locks a file. Not needed on Windows, where an open file cannot be removed."""
_EXCLUSIVE: Final = 6
"""LOCK_EX | LOCK_NB of every POSIX system."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def read_body(path: str | os.PathLike[str], budget: Budget) -> bytes:
    """Return the body in a file, decompressed if its name ends with .gz, .bz2, .xz or .zst.

    Args:
        path: the file, or an object in a store.
        budget: has the limits, and counts the bytes of the file.

    Raises:
        SourceError: the file cannot be opened, read or decompressed.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    place = place_of(path)
    name = os.fspath(place)
    with SourceErrors(name, "cannot read file"), open_binary(place) as stream:
        return read_stream(decompressed(budget.counted(stream), name, budget.limits), budget.limits)


def open_binary(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file, or an object in a store, for reading.

    Raises:
        OSError: the file cannot be opened. Reading an object may also raise it.
        ValueError: there is a null character in the path.
        DecodeError: a package for the store is not installed.
    """
    place = place_of(path)
    if isinstance(place, StorePath):
        return place.open()
    return open(to_open(place), "rb")  # noqa: PTH123 - a Path takes ten times as long, and folders hold many files


def read_blocks(
    source: str | os.PathLike[str] | Readable | Iterable[bytes], size: int, limits: Limits
) -> Iterator[bytes]:
    """Iterate over the blocks of a body, decompressed as by `read_body`.

    A file object is not decompressed and stays open. The pieces of an iterable are joined.

    Raises:
        SourceError: the file cannot be opened, read or decompressed.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    if not isinstance(source, (str, os.PathLike)):
        stream = cast(Readable, source) if hasattr(source, "read") else _Pieces(source)
        yield from _blocks(stream, size, limits)
        return
    place = place_of(source)
    name = os.fspath(place)
    with SourceErrors(name, "cannot read file"), open_binary(place) as stream:
        yield from _blocks(decompressed(stream, name, limits), size, limits)


class _Pieces:
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: object) -> None:
        self._pieces = iter(cast("Iterable[object]", pieces))
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, or fewer at the end.

        Raises:
            TypeError: a piece is not bytes.
        """
        parts: list[memoryview] = []
        while size:
            if not self._rest:
                piece = next(self._pieces, _END)
                if piece is _END:
                    break
                try:
                    self._rest = memoryview(cast(bytes, piece)).cast("B")
                except TypeError:
                    name = type(piece).__name__
                    raise TypeError(f"expected an iterable of bytes, got an iterable of {name}") from None
            parts.append(self._rest[:size])
            self._rest = self._rest[size:]
            size -= len(parts[-1])
        return b"".join(parts)


def _blocks(stream: Readable, size: int, limits: Limits) -> Iterator[bytes]:
    """Iterate over blocks of the same size; only the last may be shorter."""
    left = limits.body
    while block := stream.read(size):
        while len(block) < size and (more := stream.read(size - len(block))):
            block += more
        left -= len(block)
        if left < 0:
            raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
        yield block


def read_stream(stream: Readable, limits: Limits) -> bytes:
    """Return a whole body; at most one byte more than the limit is read.

    Raises:
        DecodeError: the body is larger than the limits allow.
        OSError: the stream cannot be read.
    """
    pieces: list[bytes] = []
    left = limits.body + 1
    while piece := stream.read(min(_PIECE, left)):  # one read of the whole limit would allocate all of it
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
    return b"".join(pieces)


def unzip(data: bytes, name: str, budget: Budget) -> bytes:
    """Return a body in memory decompressed.

    Args:
        data: the compressed body.
        name: the name of the body, whose suffix gives the compression.
        budget: the budget of the file that contains the body.

    Raises:
        SourceError: the data is damaged, or is not compressed in this way.
        DecodeError: the body is larger, or grows more on decompression, than the limits allow.
    """
    with SourceErrors(name, "cannot decompress data"):
        return read_stream(budget.decompressed(io.BytesIO(data), name), budget.limits)


@contextlib.contextmanager
def replacing(path: str) -> Generator[BinaryIO]:
    """Open a file for writing. The file appears, or changes, only if the `with` block succeeds.

    Until then, the content is in a draft, a hidden file in the same folder. Drafts that killed processes have left
    there are removed. Pipes and devices are written directly. An object in a store is written when the block ends.

    Raises:
        SourceError: the file cannot be written; other exceptions of the block are passed on.
    """
    place = place_of(path)
    if isinstance(place, StorePath):
        with _uploading(place) as stream:
            yield stream
        return
    path = place
    with SourceErrors(path, _CANNOT_WRITE):
        replaced = not Path(path).exists() or Path(path).is_file()
        target = Path(os.path.realpath(path)) if replaced else Path(path)  # a link stays a link
    # The name is known before the file exists, so that the file can be removed after a signal at any time.
    draft = target.with_name(f"{_draft_prefix(target.name)}{os.urandom(8).hex()}.bevparse") if replaced else target
    if replaced:
        _remove_abandoned(str(target.parent))
    try:
        with SourceErrors(path, _CANNOT_WRITE):
            handle = _new_draft(draft) if replaced else _open_device(target)
        with io.BufferedWriter(_NamedFile(handle, path)) as stream:
            yield stream
            stream.flush()
            if replaced:
                with SourceErrors(path, _CANNOT_WRITE):
                    os.fsync(handle)
        if replaced:
            with SourceErrors(path, _CANNOT_WRITE):
                _take_over(draft, target)
                draft.replace(target)
    except BaseException:
        if replaced:
            try:
                with contextlib.suppress(OSError, ValueError):
                    draft.chmod(0o600)  # Windows removes no file that is read-only
            finally:
                with contextlib.suppress(OSError, ValueError):
                    draft.unlink()
        raise


def lock_file(handle: int) -> bool:
    """Lock an open file until it is closed, and return whether no other process has locked it.

    Nothing is locked on Windows, and in file systems without locks.
    """
    try:
        _flock(handle, _EXCLUSIVE)
    except BlockingIOError:
        return False
    except OSError:  # the file system has no locks
        return True
    return True


@contextlib.contextmanager
def _uploading(place: StorePath) -> Generator[BinaryIO]:
    """Open a temporary file that becomes an object when the block succeeds."""
    import tempfile  # noqa: PLC0415 - most outputs are files

    bucket = place.store
    if not isinstance(bucket, Bucket) or not place.key or place.key.endswith("/"):
        raise SourceError(place.name, f"{_CANNOT_WRITE}: expected an object in a bucket, such as s3://bucket/all.csv")
    try:
        with SourceErrors(place.name, _CANNOT_WRITE):
            bucket.connect()
            draft = tempfile.TemporaryFile()  # noqa: SIM115 - only errors of opening it are caught
    except DecodeError as error:
        raise SourceError(place.name, error.problem.message) from None
    with draft:
        with io.BufferedWriter(_NamedFile(os.dup(draft.fileno()), place.name)) as stream:
            yield stream
        with SourceErrors(place.name, _CANNOT_WRITE):
            draft.seek(0)
            bucket.put(place, cast(BinaryIO, draft))


def append(path: str, text: str) -> None:
    """Append text to a file.

    Raises:
        SourceError: the file cannot be written.
    """
    with SourceErrors(path, _CANNOT_WRITE), open(path, "a", encoding="utf-8", newline="\n", opener=_opener) as stream:
        stream.write(text)


def _opener(path: str, flags: int) -> int:
    return _open_device(Path(path)) if Path(path).is_fifo() else os.open(path, flags, 0o666)


def is_draft_of(path: str, target: str) -> bool:
    """Return whether a path belongs to a draft of the target, see `replacing`. Both must be paths without links."""
    folder, name = os.path.split(path)
    target_folder, target_name = os.path.split(target)
    return folder == target_folder and name.startswith(_draft_prefix(target_name))


def _draft_prefix(name: str) -> str:
    return f".{name[:40]}."


def _new_draft(path: Path) -> int:
    """Create a draft that is locked as long as it is open, so that other processes do not remove it."""
    handle = os.open(path, _NEW, 0o600)
    with contextlib.suppress(OSError):  # not every file system has locks
        _flock(handle, _EXCLUSIVE)
    return handle


@lru_cache(maxsize=256)
def _remove_abandoned(folder: str) -> None:
    """Remove old drafts in a folder that no process has open, once in the life of this process."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _DRAFT.fullmatch(entry.name) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD:
                _remove_unlocked(entry.path)


def _remove_unlocked(path: str) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            _flock(handle, _EXCLUSIVE)
        finally:
            os.close(handle)
        os.unlink(path)  # noqa: PTH108 - from os.scandir; on Windows it fails for an open file


def _open_device(path: Path) -> int:
    """Open a pipe or a device. The reader of a pipe may come a little later.

    Raises:
        OSError: the pipe or device cannot be opened, or nothing reads from the pipe.
    """
    if not path.is_fifo():
        return os.open(path, os.O_WRONLY)
    end = time.monotonic() + _READER_SECONDS
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise OSError(errno.ENXIO, "nothing reads from this pipe") from None
            time.sleep(0.01)
        else:
            os.set_blocking(handle, True)
            return handle


class _NamedFile(io.FileIO):
    """A file whose errors contain its path."""

    def __init__(self, handle: int, path: str) -> None:
        super().__init__(handle, "wb")
        self._path = path

    def write(self, data: Buffer, /) -> int:
        with SourceErrors(self._path, _CANNOT_WRITE):
            return super().write(data)


def _take_over(draft: Path, target: Path) -> None:
    """Copy the permissions of the file that is replaced, and its owner if this user may do so."""
    with contextlib.suppress(OSError, AttributeError):  # there is no file, it is not permitted, or there are no owners
        status = target.stat()
        os.chown(draft, status.st_uid, status.st_gid)
    draft.chmod(_mode(target))


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those of a new file."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
