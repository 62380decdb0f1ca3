"""Where bodies come from: files, folders and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import formats
from ..errors import SourceError
from ..files import body_suffix, read_body, read_stream
from ..limits import Limits

__all__ = ["STANDARD_INPUT", "Source", "find_sources"]

STANDARD_INPUT = "<stdin>"


@dataclass(frozen=True, slots=True)
class Source:
    """One body that has not been read yet."""

    name: str
    """What findings call it: the path, or `<stdin>`."""
    fault: str | None = None
    """Why it cannot be read, where that is known already."""

    @property
    def declared(self) -> str | None:
        """The format that the name tells."""
        return None if self.name == STANDARD_INPUT else formats.of_suffix(body_suffix(self.name))

    def read(self, limits: Limits) -> bytes:
        """Read the body.

        Raises:
            SourceError: it cannot be read.
            DecodeError: it passes a limit.
        """
        if self.fault is not None:
            raise SourceError(self.name, self.fault)
        if self.name != STANDARD_INPUT:
            return read_body(self.name, limits)
        try:
            return read_stream(sys.stdin.buffer, limits)
        except OSError as error:
            raise SourceError(self.name, f"expected readable input, got {error.strerror}") from None


def find_sources(paths: Iterable[str]) -> Iterator[Source]:
    """Find bodies: each file that is named, and in each folder those whose names end like a format's, sorted."""
    for path in paths:
        if path == "-":
            yield Source(STANDARD_INPUT)
        elif Path(path).is_dir():
            yield from _in_folder(path)
        else:
            yield Source(path)


def _in_folder(folder: str) -> Iterator[Source]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Source(folder, f"expected a readable folder, got {str(error.strerror).lower()}")
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _in_folder(entry.path)
        elif formats.of_suffix(body_suffix(entry.name)) and entry.is_file():
            yield Source(entry.path)
