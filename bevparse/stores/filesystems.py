"""Filesystems of fsspec as stores."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol, cast

from typing_extensions import Buffer

from ..errors import DecodeError, reason
from ..problems import Problem, rules
from .credentials import without_credentials

if TYPE_CHECKING:
    from . import StorePath

__all__ = ["FileSystem", "FileSystemStore", "MemoryStore"]


class FileSystem(Protocol):
    """The methods of a filesystem of fsspec that are used."""

    def info(self, path: str, /) -> Mapping[str, object]:
        """Return the name, type and size of a file or a folder."""
        ...

    def ls(self, path: str, /, *, detail: bool) -> Sequence[Mapping[str, object]]:
        """Return the name, type and size of each file and folder in a folder."""
        ...

    def open(self, path: str, mode: str, /) -> BinaryIO:
        """Open a file."""
        ...

    def unstrip_protocol(self, name: str, /) -> str:
        """Return the URL of a file."""
        ...


@dataclass(frozen=True, slots=True)
class FileSystemStore:
    """A filesystem of fsspec, which is listed folder by folder, in sorted order."""

    filesystem: FileSystem
    is_shared: ClassVar[bool] = False  # it may be in memory, or be a connection

    def walk(self, path: StorePath) -> Iterator[StorePath]:
        """Iterate over files, see `Store`."""
        with _as_os_errors():
            info = self.filesystem.info(path.key)
        if info["type"] == "file":
            yield path.at(path.key, path.name, cast("int | None", info.get("size")))
        else:
            yield from self._below(path, path.key)

    def _below(self, path: StorePath, folder: str) -> Iterator[StorePath]:
        with _as_os_errors():
            found = sorted(self.filesystem.ls(folder, detail=True), key=lambda info: str(info["name"]))
        for info in found:
            key = str(info["name"])
            if info["type"] == "file":
                name = without_credentials(self.filesystem.unstrip_protocol(key))
                yield path.at(key, name, cast("int | None", info.get("size")))
            elif key.strip("/") != folder.strip("/"):  # some list the folder itself, too
                yield from self._below(path, key)

    def open(self, path: StorePath) -> BinaryIO:
        """Open a file, see `Store`."""
        with _as_os_errors():
            return cast(BinaryIO, io.BufferedReader(_Guarded(self.filesystem.open(path.key, "rb"))))


class MemoryStore:
    """The files of this process in the memory filesystem of fsspec."""

    is_shared: ClassVar[bool] = False

    def walk(self, path: StorePath) -> Iterator[StorePath]:
        """Iterate over files, see `Store`."""
        return self._files().walk(path)

    def open(self, path: StorePath) -> BinaryIO:
        """Open a file, see `Store`."""
        return self._files().open(path)

    def _files(self) -> FileSystemStore:
        try:
            return FileSystemStore(import_module("fsspec").filesystem("memory"))
        except ImportError:
            message = "reading memory:// requires fsspec; run pip install fsspec"
            raise DecodeError(Problem.of(rules.MISSING_EXTRA, message)) from None


class _Guarded(io.RawIOBase):
    """A file of a filesystem. All exceptions of the filesystem become OSError."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with _as_os_errors():
            return self._stream.seek(offset, whence)

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        with _as_os_errors():
            data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        super().close()
        with contextlib.suppress(Exception):  # all data has been read
            self._stream.close()


@contextlib.contextmanager
def _as_os_errors() -> Generator[None]:
    """Convert all exceptions of a filesystem to OSError."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError("no such object") from None
    except Exception as error:  # noqa: BLE001 - each filesystem has exceptions of its own
        text = reason(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise OSError(without_credentials(text.partition("\n")[0])[:200].rstrip(": ")) from None
