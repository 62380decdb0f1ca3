"""Standard input, named pipes and devices, which are read at once."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

from ..errors import DecodeError, SourceError
from ..files import read_stream
from ..files.compression import Budget, SourceErrors, decompressed, suffix_of_data
from ..limits import Limits
from .search import Search
from .source import STDIN, Source, refused

__all__ = ["from_pipe", "standard_input"]

_WRITER_TIMEOUT: Final = 3
"""Seconds to wait for a program that writes to a pipe."""
_PAUSE: Final = 0.02


def standard_input(search: Search) -> Source:
    """Return standard input as a source, read to its end."""
    source = search.source(STDIN, named=True)
    stream: object = sys.stdin  # None if the parent process has closed it
    if stream is None:
        return refused(source, SourceError(STDIN, "standard input is closed"))
    return _loaded(source, lambda: read_stream(sys.stdin.buffer, search.limits), "cannot read standard input")


def from_pipe(source: Source) -> Source:
    """Read a source that is a pipe or a device, and return it with its data. Return any other source unchanged."""
    limits = source.budget.limits
    mode = _mode(source.file) if source.named and source.outcome == "body" else 0
    if stat.S_ISFIFO(mode) and hasattr(os, "mkfifo"):  # a pipe of Windows is read like a device
        return _loaded(source, lambda: _read_pipe(source.file, limits), "cannot read pipe")
    if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
        return _loaded(source, lambda: _read_device(source.file, limits), "cannot read device")
    return source


def _loaded(source: Source, read: Callable[[], bytes], failure: str) -> Source:
    """Return a source with its data. It is decompressed if it begins like compressed data, as no suffix shows this."""
    limits = source.budget.limits
    try:
        with SourceErrors(source.file, failure):
            data = read()
        size, suffix = len(data), suffix_of_data(data)
        if suffix:
            with SourceErrors(source.file, "cannot decompress data"):
                data = read_stream(decompressed(BytesIO(data), suffix, limits), limits)
    except (SourceError, DecodeError) as error:
        return refused(source, error)
    return replace(source, data=data, size=size, unpacked=bool(suffix), budget=Budget(limits, size))


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError):
        return 0  # reported when the file is read


def _read_device(path: str, limits: Limits) -> bytes:
    with Path(path).open("rb") as stream:
        return read_stream(stream, limits)


def _read_pipe(path: str, limits: Limits) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        first = _first_bytes(handle)
        os.set_blocking(handle, True)
        return first + read_stream(stream, limits)


def _first_bytes(handle: int) -> bytes:
    """Wait for a writer, and return its first bytes, or none if it is connected and has not written yet."""
    end = time.monotonic() + _WRITER_TIMEOUT
    while time.monotonic() < end:
        try:
            if data := os.read(handle, 2**16):
                return data
        except BlockingIOError:
            return b""
        if _has_hung_up(handle):
            return b""
        time.sleep(_PAUSE)
    raise OSError("no program writes to the pipe")


def _has_hung_up(handle: int) -> bool:
    """Return whether a writer was connected and has closed the pipe."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))
