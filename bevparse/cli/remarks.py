"""Remarks on standard error. Most are written only if a person reads them."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

__all__ = ["are_read", "remark", "remark_renamed", "remark_written", "sized"]

_MEANINGS: Final = {
    "from": "the format of the input",
    "from-a": "the format of A",
    "from-b": "the format of B",
    "output-file": "the file to write",
    "output-format": "the format of the output",
}
"""The meanings of options and configuration keys that have been renamed, by the new name."""
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def are_read() -> bool:
    """Return whether a person reads standard error: it is a terminal, and this is not CI."""
    return sys.stderr.isatty() and not os.environ.get("CI")


def remark(message: str) -> None:
    """Write a remark if a person reads standard error."""
    if are_read():
        _print(message)


def _print(message: str) -> None:
    with contextlib.suppress(OSError):  # the exit code holds even if standard error cannot be written
        print(f"bevparse: {message}", file=sys.stderr, flush=True)


def remark_renamed(old: str, new: str) -> None:
    """Write a remark that an option or a configuration key has a new name, even if no person reads standard error."""
    _print(f"{old} is now called {new}: {_MEANINGS[new.removeprefix('--')]}")


def remark_written(path: str, size: int) -> None:
    """Write a remark that a file was written, and how many bytes it has."""
    from ..problems import escape  # noqa: PLC0415 - `--version` and `--help` do without them
    from ..stores import without_credentials  # noqa: PLC0415

    remark(f"wrote {without_credentials(escape(path))} ({sized(size)})")


def sized(size: float) -> str:
    """Return a number of bytes with a unit.

    >>> sized(999), sized(12_345_678), sized(740_100), sized(10**17)
    ('999 B', '12.3 MB', '740 kB', '100000 TB')
    """
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.{1 if unit and size < 100 else 0}f} {_UNITS[unit]}"
