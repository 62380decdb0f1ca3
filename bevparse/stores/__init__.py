"""Objects in stores: Amazon S3 and compatible ones, Google Cloud Storage, Azure, web servers, filesystems of fsspec.

Every function and command that takes a path also takes a URL, such as `s3://bucket/dumps/` (extra `remote`). The
credentials come from the environment. A program can pass any other store as a filesystem of fsspec:

    validate(in_filesystem(fsspec.filesystem("zip", fo="dumps.zip"), "july/"))
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, ClassVar, Final, Protocol

from .credentials import without_credentials
from .filesystems import FileSystem, FileSystemStore, MemoryStore
from .objects import Bucket, WebObject

__all__ = ["Bucket", "Store", "StorePath", "in_filesystem", "is_url", "place_of", "without_credentials"]

_URL: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://([^/?#]*)/?")
"""A scheme has two letters or more: `C://dumps` is a path of Windows."""
_BUCKETS: Final = ("s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss")
_WEB: Final = ("http", "https")
_MEMORY: Final = "memory"
_QUERY: Final = re.compile("[?#]")


class Store(Protocol):
    """The methods that reading calls on a store."""

    is_shared: ClassVar[bool]
    """Whether another process can open its objects."""

    def walk(self, path: StorePath) -> Iterator[StorePath]:
        """Iterate over the objects that a path names: the object itself, or all objects below a prefix.

        Raises:
            OSError: the store cannot be read.
            DecodeError: a package is not installed.
        """
        ...

    def open(self, path: StorePath) -> BinaryIO:
        """Open an object. If its ETag is known, an object that has changed is an error.

        Raises:
            OSError: the object cannot be read. Reading the stream may also raise it.
            DecodeError: a package is not installed.
        """
        ...


@dataclass(frozen=True, slots=True)
class StorePath:
    """An object in a store, or a prefix of several. Every function that takes a path takes it, too."""

    store: Store
    key: str = field(repr=False)
    """The path in the store."""
    name: str
    """The URL without credentials, as findings show it."""
    size: int | None = None
    """The size in bytes, or None if it is not known yet."""
    etag: str | None = None
    """The ETag, which changes with the content, or None if it is not known."""
    content: bytes | None = field(default=None, repr=False, compare=False)
    """The content, if it has been fetched."""

    def __fspath__(self) -> str:
        return self.name

    def walk(self) -> Iterator[StorePath]:
        """Iterate over the objects that this path names, see `Store`."""
        return self.store.walk(self)

    def open(self) -> BinaryIO:
        """Open this object, see `Store`."""
        return io.BytesIO(self.content) if self.content is not None else self.store.open(self)

    def at(self, key: str, name: str, size: int | None = None, etag: str | None = None) -> StorePath:
        """Return another path in the same store."""
        return StorePath(self.store, key, name, size, etag)

    def sibling(self, file: str) -> StorePath:
        """Return the path of a file in the same folder."""
        key, name = (f"{place[: place.rfind('/') + 1]}{file}" for place in (self.key, self.name))
        return self.at(key, name)

    def fetched(self, most: int) -> StorePath:
        """Return this object with its content. An object of more than `most` bytes is returned unchanged.

        Raises:
            OSError: the object cannot be read, or no longer has the size that was listed.
            DecodeError: a package is not installed.
        """
        with self.open() as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            return self
        if self.size is not None and len(content) != self.size:
            raise OSError("the object has changed since it was listed")
        return replace(self, content=content)


def in_filesystem(filesystem: FileSystem, path: str) -> StorePath:
    """Return a path in a filesystem of fsspec, for every function that takes a path.

    Args:
        filesystem: the filesystem, such as `fsspec.filesystem("zip", fo="dumps.zip")`. Only this process uses it.
        path: a file or a folder in it.
    """
    return StorePath(FileSystemStore(filesystem), path, without_credentials(filesystem.unstrip_protocol(path)))


def is_url(path: str) -> bool:
    """Return whether a path is the URL of an object or of several.

    >>> is_url("s3://bucket/dumps/"), is_url("C://dumps"), is_url("a:b.json")
    (True, False, False)
    """
    found = _URL.match(path) if "://" in path else None  # most paths are no URLs
    return found is not None and found[1].lower() in (*_BUCKETS, *_WEB, _MEMORY)


def _path_of(url: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - the URL of a file is rare
    from urllib.request import url2pathname  # noqa: PLC0415

    return url2pathname(urlsplit(url).path)


def place_of(path: str | os.PathLike[str]) -> str | StorePath:
    """Return the object or prefix that a URL names, or the path of a file, also for a `file:` URL.

    >>> place_of("file:///tmp/a%20b.json"), place_of("https://me:secret@host.example/a.json?sig=secret")
    ('/tmp/a b.json', StorePath(store=WebObject(), name='https://host.example/a.json', size=None, etag=None))
    """
    if isinstance(path, StorePath):
        return path
    text = os.fspath(path)
    found = _URL.match(text) if is_url(text) else None
    if found is None:
        return _path_of(text) if text.startswith("file://") else text
    scheme = found[1].lower()
    if scheme == _MEMORY:
        key = f"/{text[found.start(2) :]}"
        return StorePath(MemoryStore(), key, f"memory://{key}")
    if scheme in _WEB:
        host, path = found[2].rpartition("@")[2], _QUERY.split(text[found.end(2) :], maxsplit=1)[0]
        return StorePath(WebObject(text), "", f"{scheme}://{host}{path}")
    root = f"{scheme}://{found[2]}"
    key = text[found.end() :]
    return StorePath(Bucket(root), key, without_credentials(f"{root}/{key}"))
