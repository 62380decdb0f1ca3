"""Buckets, containers and web servers, read and written with obstore (extra `remote`)."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Final, Protocol, cast

from typing_extensions import Buffer

from ..errors import missing_extra

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import AzureStore, ClientConfig, GCSStore, HTTPStore, RetryConfig, S3Store

    from . import StorePath

__all__ = ["Bucket", "WebObject", "reason_of"]

_PIECE: Final = 2**22
"""The most bytes that are requested at once. A smaller object takes one request."""
_PAGE: Final = 1000
_VARIABLES: Final = ("AWS_", "GOOGLE_", "AZURE_")
"""The prefixes of the environment variables that configure clients."""
_RETRIES: Final[RetryConfig] = {
    "max_retries": 5,
    "retry_timeout": timedelta(minutes=1),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
}
"""A request that fails, or is refused because there are too many, is repeated for a minute at most."""
_WEB_OPTIONS: Final[ClientConfig] = {"allow_http": True, "timeout": timedelta(hours=1), "read_timeout": "30s"}
"""A large object may take long, but data must arrive every 30 seconds. Objects in buckets are read in pieces."""
_STATUS: Final = re.compile(r"status code: (\d{3} [A-Z][A-Za-z ]*)")
_CODE: Final = re.compile(r"<Code>(\w{1,60})</Code>")
_METADATA: Final = ("169.254.169.254", "metadata.google.internal")
_CREDENTIALS: Final = "no credentials found in the environment"


class _Listed(Protocol):
    def list(self, prefix: str | None, *, chunk_size: int) -> Iterable[Sequence[ObjectMeta]]:
        """Return the pages of objects below a prefix."""
        ...


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket or container. Each process connects to it with the credentials of its environment."""

    root: str
    """The URL of the bucket, such as `s3://dumps`."""
    is_shared: ClassVar[bool] = True

    def walk(self, path: StorePath) -> Iterator[StorePath]:
        """Iterate over objects in the order of the store, which lists them page by page."""
        store = _bucket(self.root)
        if path.key and not path.key.endswith("/"):
            with contextlib.suppress(FileNotFoundError), _as_os_errors():
                found = store.head(path.key)
                yield path.at(path.key, path.name, found["size"], found["e_tag"])
                return
        prefix = path.key.strip("/")
        pages = iter(cast(_Listed, store).list(prefix or None, chunk_size=_PAGE))
        while True:
            with _as_os_errors():
                page = next(pages, None)
            if page is None:
                return
            for found in page:
                key = found["path"]
                if key != prefix:  # an empty object that only shows the prefix as a folder
                    yield path.at(key, f"{self.root}/{key}", found["size"], found["e_tag"])

    def open(self, path: StorePath) -> BinaryIO:
        """Open an object. A large one is read in pieces. If it changes meanwhile, reading raises OSError."""
        store = _bucket(self.root)
        size, etag = path.size, path.etag
        if size is None or size <= _PIECE:
            with _as_os_errors():
                found = store.get(path.key, options={"if_match": etag} if etag else None)
                size, etag = found.meta["size"], found.meta["e_tag"]
                if size <= _PIECE:
                    return io.BytesIO(found.bytes().to_bytes())
        return cast(BinaryIO, io.BufferedReader(_RangeReader(store, path.key, size, etag), _PIECE))

    def connect(self) -> None:
        """Check that the environment has the settings and credentials that the client needs.

        Raises:
            OSError: a setting is missing or wrong.
            DecodeError: obstore is not installed.
        """
        _bucket(self.root)

    def put(self, path: StorePath, content: BinaryIO) -> None:
        """Write an object, as a whole or not at all.

        Raises:
            OSError: the object cannot be written.
        """
        with _as_os_errors():
            _bucket(self.root).put(path.key, content)


@dataclass(frozen=True, slots=True)
class WebObject:
    """What a web server returns for a URL. A web server cannot list its files."""

    url: str = field(repr=False)
    is_shared: ClassVar[bool] = True

    def walk(self, path: StorePath) -> Iterator[StorePath]:
        """Return the path itself."""
        if path.name.endswith("/"):
            raise OSError("a web server lists no files; name the URL of each file")
        yield path

    def open(self, path: StorePath) -> BinaryIO:
        """Open an object. A large one can only be read from its beginning to its end."""
        client = _web(self.url)
        with _as_os_errors():
            found = client.get("")
            if found.meta["size"] <= _PIECE:
                return io.BytesIO(found.bytes().to_bytes())
            return cast(BinaryIO, io.BufferedReader(_Streamed(iter(found.stream(min_chunk_size=_PIECE)))))


class _RangeReader(io.RawIOBase):
    """An object that is read in pieces, each with a request."""

    def __init__(self, store: S3Store | GCSStore | AzureStore, key: str, size: int, etag: str | None) -> None:
        self._store = store
        self._key = key
        self._size = size
        self._etag = etag
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("the position is before the beginning of the object")
        self._position = start + offset
        return self._position

    def readall(self) -> bytes:
        """Return the rest in one request. The method of the base class would make a request for each 8 KiB."""
        return self.read(max(self._size - self._position, 0)) or b""

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        stop = min(self._position + len(view), self._size)
        if stop <= self._position:
            return 0
        with _as_os_errors():
            options: GetOptions = {"if_match": self._etag, "range": (self._position, stop)}
            data = self._store.get(self._key, options=options).bytes()
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


class _Streamed(io.RawIOBase):
    """An object that is read from the beginning to the end."""

    def __init__(self, pieces: Iterator[Buffer]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        with _as_os_errors():
            self._rest = self._rest or memoryview(next(self._pieces, b""))
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        return len(data)


def _bucket(root: str) -> S3Store | GCSStore | AzureStore:
    """Return the client for a bucket, which keeps its connections.

    Raises:
        OSError: a setting in the environment is missing or wrong.
        DecodeError: obstore is not installed.
    """
    return _connected(root, tuple(item for item in os.environ.items() if item[0].startswith(_VARIABLES)))


@lru_cache(maxsize=64)
def _connected(root: str, _environment: tuple[tuple[str, str], ...]) -> S3Store | GCSStore | AzureStore:
    try:
        from obstore import store  # noqa: PLC0415 - an extra
    except ImportError:
        raise _missing() from None
    scheme = root.partition(":")[0]
    kind = store.S3Store if scheme in ("s3", "s3a") else store.GCSStore if scheme == "gs" else store.AzureStore
    with _as_os_errors():
        return kind.from_url(root, retry_config=_RETRIES)


@lru_cache(maxsize=64)
def _web(url: str) -> HTTPStore:
    try:
        from obstore.store import HTTPStore  # noqa: PLC0415 - an extra
    except ImportError:
        raise _missing() from None
    with _as_os_errors():
        return HTTPStore(url, client_options=_WEB_OPTIONS, retry_config=_RETRIES)


def _missing() -> Exception:
    return missing_extra("reading and writing URLs", "obstore", "remote")


@contextlib.contextmanager
def _as_os_errors() -> Generator[None]:
    """Convert the exceptions of obstore to OSError. Their messages contain whole URLs, which are removed."""
    from obstore.exceptions import BaseError  # noqa: PLC0415 - an extra

    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError("no such object") from None
    except (BaseError, ValueError) as error:
        raise OSError(reason_of(error)) from None


def reason_of(error: Exception) -> str:
    """Return why a request failed, without the URL of the request."""
    kind, text = type(error).__name__, str(error)
    first, _, details = text.partition("\n")
    if any(host in first for host in _METADATA):
        return _CREDENTIALS
    if kind == "PreconditionError":
        return "the object has changed since it was listed, or while it was read"
    status, code = _STATUS.search(first), _CODE.search(text)
    if status:
        return f"the store answered {status[1].strip()}" + (f" ({code[1]})" if code else "")
    if "kind: Timeout" in details:
        return "the store did not answer in time"
    if "kind: Connect" in details:
        return "no connection to the store"
    if "kind: Interrupted" in details:
        return "the store closed the connection"
    return re.sub(r"\S+://\S+", "...", first).rpartition(" - ")[2][:200]
