"""Where bodies come from: files, folders and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import formats
from ..errors import SourceError
from ..files import body_suffix, read_body, read_stream, reason
from ..limits import Limits

__all__ = ["Source", "find_sources", "named_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """One body that has not been read yet."""

    name: str
    """What findings call it: the path, or `<stdin>`."""
    standard_input: bool = False
    """Whether it is standard input and no file."""
    fault: str | None = None
    """Why it cannot be read, where that is known already."""

    @property
    def declared(self) -> str | None:
        """The format that the name tells."""
        return None if self.standard_input else formats.of_suffix(body_suffix(self.name))

    def read(self, limits: Limits) -> bytes:
        """Read the body.

        Raises:
            SourceError: it cannot be read.
            DecodeError: it passes a limit.
        """
        if self.fault is not None:
            raise SourceError(self.name, self.fault)
        return self._read_standard_input(limits) if self.standard_input else read_body(self.name, limits)

    def _read_standard_input(self, limits: Limits) -> bytes:
        stream: object = sys.stdin  # None where whoever started us has closed it
        if stream is None:
            raise SourceError(self.name, "expected standard input, got none")
        try:
            return read_stream(sys.stdin.buffer, limits)
        except OSError as error:
            raise SourceError(self.name, f"expected readable input, got a fault: {reason(error)}") from None


def named_source(path: str) -> Source:
    """Give the source that a path names: a file, or with "-" standard input."""
    return Source("<stdin>", standard_input=True) if path == "-" else Source(path)


def find_sources(paths: Iterable[str]) -> Iterator[Source]:
    """Find bodies: each file that is named, and in each folder those whose names end like a format's, sorted."""
    for path in paths:
        if path != "-" and os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for names that are too long
            yield from _in_folder(path)
        else:
            yield named_source(path)


def _in_folder(top: str) -> Iterator[Source]:
    """Walk a folder of any depth; links to folders are not followed, so that none is walked twice."""
    waiting = [_entries(top)]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
        elif isinstance(found, Source):
            yield found
        elif found.is_dir(follow_symlinks=False):
            waiting.append(_entries(found.path))
        elif formats.of_suffix(body_suffix(found.name)) and _may_be_file(found):
            yield Source(found.path)


def _entries(folder: str) -> Iterator[os.DirEntry[str] | Source]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Source(folder, fault=f"expected a readable folder, got a fault: {reason(error)}")
        return
    yield from found


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Leave out pipes and devices; what cannot be told is said when it is read."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True
