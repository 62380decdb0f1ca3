"""Results of earlier runs, by the path and content of the file, what was asked of it, and the version of bevparse."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import zlib
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Final, NamedTuple, cast

import msgspec

from .. import __version__
from ..files.paths import absolute
from ..formats import known as known_formats
from ..problems import rules
from ..sources import Search, Source
from .report import Checked
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
"""Bytes of a file from which on its content is compared where its times are others: a smaller one is soon checked."""

_MOST_BODIES: Final = 20_000
"""Bodies of one file: the results of more are not kept."""

_PASSING: Final = frozenset({rules.SOURCE_UNREADABLE, rules.MISSING_EXTRA, rules.WORKER_DIED, rules.FUTURE_DATE})
"""Codes that need not be found again in the same content."""

_UNUSED: Final = {"now", "fail_on"}
"""Settings that make no difference to what is found."""


def _counter(_: type, kept: object) -> Counter[object]:
    return Counter(cast("dict[object, int]", kept))


_encode: Final = msgspec.msgpack.Encoder().encode

_decode: Final = msgspec.msgpack.Decoder(tuple[Checked, ...], dec_hook=_counter).decode


class _Met(NamedTuple):
    """A file as it was before it was read."""

    key: bytes
    path: str
    named: bool
    size: int
    stamp: str

    def digest(self) -> bytes:
        """Give a hash of the content, none for a small file."""
        if self.size < _COMPARED:
            return b""
        with Path(self.path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()


class Cache:
    """Gives again what was found in a file whose content is the same.

    A file of the same path, size, inode and times is taken for unchanged; of one whose times are others, as a fresh
    checkout has them, the content is compared. A cache that cannot be used is no fault: nothing depends on it.
    """

    def __init__(self, path: Path, settings: Settings, search: Search) -> None:
        asked = [(field.name, getattr(settings, field.name)) for field in fields(settings) if field.name not in _UNUSED]
        here = absolute("")  # which patterns are relative to
        self._asked = repr((__version__, known_formats(), asked, search.include, search.exclude, here)).encode(
            "utf-8", "surrogatepass"
        )
        self._met: dict[str, _Met] = {}
        self._twice: set[str] = set()
        self._file = ""
        self._found: list[Checked] = []
        self._database: sqlite3.Connection | None = None
        with suppress(OSError, ValueError), self._unless_unusable():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=1)
            self._database.execute(_TABLE)
            self._database.execute("DELETE FROM results WHERE day < ?", (_today() - _KEPT_DAYS,))
            self._database.commit()  # so that no other run has to wait for the end of this one

    def known(self, source: Source) -> tuple[Checked, ...] | None:
        """Give what is found in a file, or None where that is not known."""
        if self._database is None or source.data is not None or source.outcome != "body":
            return None
        with suppress(OSError, ValueError):
            met = self._meet(source.file, named=source.named)
            with self._unless_unusable():
                query = "SELECT size, stamp, digest, data FROM results WHERE key = ?"
                row = self._database.execute(query, (met.key,)).fetchone()
                if row and row[0] == met.size and (row[1] == met.stamp or (row[2] and row[2] == met.digest())):
                    return _decode(zlib.decompress(row[3]))
            if source.file in self._met:
                self._twice.add(source.file)
            self._met[source.file] = met
        return None

    def _meet(self, path: str, *, named: bool) -> _Met:
        status = os.stat(path)  # noqa: PTH116 - a Path raises for names that are too long
        stamp = f"{status.st_dev} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"
        key = hashlib.blake2b(self._asked + b"\0%d" % named + os.fsencode(path), digest_size=20).digest()
        return _Met(key, path, named, status.st_size, stamp)

    def saw(self, checked: Checked) -> None:
        """Take note of what was found; the bodies of one file come one after the other."""
        if checked.file != self._file:
            self.keep()
            self._file = checked.file
        if checked.file in self._met:
            self._found.append(checked)
            if len(self._found) > _MOST_BODIES or any(problem.rule in _PASSING for problem in checked.problems):
                self._met.pop(checked.file)
                self._found = []

    def keep(self) -> None:
        """Keep what was found in the last file."""
        met, found = self._met.pop(self._file, None), tuple(self._found)
        self._file, self._found = "", []
        if met is None or self._database is None or met.path in self._twice:
            return
        with suppress(OSError, UnicodeEncodeError), self._unless_unusable():
            row = met.key, met.size, met.stamp, met.digest(), _today(), zlib.compress(_encode(found), 1)
            if self._meet(met.path, named=met.named) == met:  # else it has changed since it was read, or while
                self._database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Write what was kept."""
        with self._unless_unusable():
            if self._database is not None:
                self._database.commit()
                self._database.close()

    @contextmanager
    def _unless_unusable(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error, msgspec.MsgspecError):
            with suppress(sqlite3.Error):
                if self._database is not None:
                    self._database.close()
            self._database = None


def _today() -> int:
    return int(time.time()) // _DAY
