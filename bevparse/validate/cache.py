"""Results of earlier runs, by path, content, settings and version of bevparse."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import time
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ..files.paths import absolute
from ..sources import Search, Source
from .report import Checked
from .results import compress, decode, decompress, dependencies, encode, is_lasting, names_have_key
from .settings import Settings

__all__ = ["Cache"]

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS results(
    key BLOB PRIMARY KEY, size INTEGER, stamp TEXT, digest BLOB, day INTEGER, data BLOB
) WITHOUT ROWID
"""
_DAY: Final = 86_400
_KEPT_DAYS: Final = 30
_COMPARED: Final = 2**15
"""The minimum size of a file whose content is compared if its times differ; a smaller file is checked again."""
_MOST_BODIES: Final = 20_000
"""The maximum number of bodies of a file whose results are kept."""
_MOST_BYTES: Final = 2**26
"""The maximum size of the results of a file before compression."""


class _File(NamedTuple):
    """The state of a file or an object before it was read."""

    key: bytes
    path: str
    named: bool
    size: int
    stamp: str
    is_stored: bool = False
    """Whether it is an object in a store, whose stamp is its ETag. It was read only if it had not changed."""

    def digest(self) -> bytes:
        """Return a hash of the content, empty for a small file and for an object."""
        if self.size < _COMPARED or self.is_stored:
            return b""
        with Path(self.path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()


class Cache:
    """Returns the earlier results of files that have not changed.

    A file with the same path, size, inode and times is unchanged. If only its times differ, as after a fresh checkout,
    the content is compared. An object in a store with the same URL, size and ETag is unchanged. A cache that cannot be
    used is not an error: the run continues without it.

    Args:
        path: the database.
        settings: how bodies are read and what is reported.
        search: what is searched for in folders and archives.
        every: the seconds after which results are committed: a kill loses no more than those.
    """

    def __init__(self, path: Path, settings: Settings, search: Search, *, every: float = 1.0) -> None:
        folder = absolute("")  # patterns are relative to it
        options = (*dependencies(settings, search).items(), folder)
        self._options = repr(options).encode("utf-8", "surrogatepass")
        self._files: dict[str, _File] = {}
        """Files that are being checked."""
        self._repeated: set[str] = set()
        """Files that are checked several times in this run."""
        self._current = ""
        self._results: list[Checked] = []
        """The results of the current file."""
        self._database: sqlite3.Connection | None = None
        with suppress(OSError, ValueError), self._tolerate_faults():
            path.parent.mkdir(0o700, parents=True, exist_ok=True)
            _make_private(path)
            self._database = sqlite3.connect(path, timeout=1)
            self._database.execute(_TABLE)
            self._database.execute("DELETE FROM results WHERE day < ?", (_today() - _KEPT_DAYS,))
            self._database.commit()  # so that other runs need not wait for this one
        self._every = every
        self._committed = time.monotonic()

    def known(self, source: Source) -> tuple[Checked, ...] | None:
        """Return the results of a file, or None if they are not known."""
        if self._database is None or source.data is not None or source.outcome != "body":
            return None
        with suppress(OSError, ValueError):
            file = self._state_of_object(source) if source.stored else self._state_of(source.file, named=source.named)
            with self._tolerate_faults():
                query = "SELECT size, stamp, digest, data FROM results WHERE key = ?"
                row = self._database.execute(query, (file.key,)).fetchone()
                if row and row[0] == file.size and (row[1] == file.stamp or (row[2] and row[2] == file.digest())):
                    return _results_in(row[3], source.file)
            if source.file in self._files:
                self._repeated.add(source.file)
            self._files[source.file] = file
        return None

    def _state_of(self, path: str, *, named: bool) -> _File:
        status = os.stat(path)  # noqa: PTH116 - a Path raises for names that are too long
        stamp = f"{status.st_dev} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
        return _File(self._key(path, named=named), path, named, status.st_size, stamp)

    def _state_of_object(self, source: Source) -> _File:
        """Return the state of an object as it was listed.

        Raises:
            ValueError: the store returns no ETag, so that it is unknown when the object changes.
        """
        etag = source.stored.etag if source.stored else None
        if not etag:
            raise ValueError("no ETag")
        key = self._key(source.file, named=source.named)
        return _File(key, source.file, source.named, source.size, etag, is_stored=True)

    def _key(self, path: str, *, named: bool) -> bytes:
        return hashlib.blake2b(self._options + b"\0%d" % named + os.fsencode(path), digest_size=20).digest()

    def add(self, checked: Checked) -> None:
        """Add a result; the bodies of one file must be consecutive."""
        if checked.file != self._current:
            self.flush()
            self._current = checked.file
        if checked.file in self._files:
            self._results.append(checked)
            if len(self._results) > _MOST_BODIES or not is_lasting(checked):
                self._files.pop(checked.file)
                self._results = []

    def flush(self) -> None:
        """Store the results of the current file.

        They are not stored if the file has changed, is checked several times, or has an API key in a name.
        """
        file, results = self._files.pop(self._current, None), tuple(self._results)
        self._current, self._results = "", []
        if file is None or self._database is None or file.path in self._repeated or names_have_key(results):
            return
        with suppress(OSError), self._tolerate_faults():
            data = encode(results)
            row = file.key, file.size, file.stamp, file.digest(), _today(), compress(data)
            if len(data) <= _MOST_BYTES and (
                file.is_stored or self._state_of(file.path, named=file.named) == file
            ):  # it did not change while it was read
                self._database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", row)
                if time.monotonic() - self._committed >= self._every:
                    self._database.commit()
                    self._committed = time.monotonic()

    def close(self) -> None:
        """Commit the stored results."""
        with self._tolerate_faults():
            if self._database is not None:
                self._database.commit()
                self._database.close()

    @contextmanager
    def _tolerate_faults(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error, msgspec.MsgspecError, TypeError, ValueError):
            with suppress(sqlite3.Error):
                if self._database is not None:
                    self._database.close()
            self._database = None


def _make_private(path: Path) -> None:
    """Create the cache, or keep others from reading and changing it.

    Raises:
        OSError: the file cannot be used, or belongs to another user, who could have written anything.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        owner = os.fstat(handle).st_uid
    finally:
        os.close(handle)
    if getattr(os, "geteuid", lambda: owner)() != owner:
        raise PermissionError(errno.EPERM, "belongs to another user", str(path))
    path.chmod(0o600)


def _results_in(data: bytes, path: str) -> tuple[Checked, ...]:
    """Return the stored results of the file at a path.

    Raises:
        ValueError: the data is damaged, or contains the results of another file.
        TypeError: the data is damaged.
    """
    results = decode(decompress(data, _MOST_BYTES))
    if any(checked.file != path for checked in results):
        raise ValueError("results of another program")
    return results


def _today() -> int:
    return int(time.time()) // _DAY
