"""Pipes and devices that are given by name, as a shell's `<(command)` is: read once, and not waited for in vain."""

from __future__ import annotations

import os
import select
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from ...errors import DecodeError, SourceError
from ...files import read_stream, reason
from ...limits import Limits
from .source import Source, refused

__all__ = ["from_pipe"]

_PATIENCE: Final = 3
"""Seconds to wait for somebody who writes."""
_PAUSE: Final = 0.02


def from_pipe(source: Source, limits: Limits) -> Source:
    """Read a source that is a pipe or a device, and give any other as it is."""
    mode = _mode(source.file) if source.named and source.outcome == "body" else 0
    try:
        if stat.S_ISFIFO(mode):
            data = _from_writer(source.file, limits)
        elif stat.S_ISCHR(mode):
            with Path(source.file).open("rb") as stream:
                data = read_stream(stream, limits)
        else:
            return source
    except DecodeError as error:
        return refused(source, error)
    except OSError as error:
        return refused(source, SourceError(source.file, f"expected a readable pipe, got a fault: {reason(error)}"))
    return replace(source, data=data, size=len(data))


def _from_writer(path: str, limits: Limits) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        first = _first(handle)
        os.set_blocking(handle, True)
        return first + read_stream(stream, limits)


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError):
        return 0  # whoever reads it says what is wrong


def _has_ended(handle: int) -> bool:
    """Tell whether somebody has written, and gone."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _first(handle: int) -> bytes:
    """Read the first bytes, as soon as somebody writes."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            if data := os.read(handle, 2**16):
                return data
        except BlockingIOError:
            return b""  # somebody will write
        if _has_ended(handle):
            return b""
        time.sleep(_PAUSE)
    raise OSError("nobody writes to it")
