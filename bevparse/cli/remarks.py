"""Remarks on standard error, which only a person needs."""

from __future__ import annotations

import contextlib
import os
import sys

__all__ = ["are_read", "remark"]


def are_read() -> bool:
    """Return whether a person reads standard error: it is a terminal, and this is not CI."""
    return sys.stderr.isatty() and not os.environ.get("CI")


def remark(message: str) -> None:
    """Write a remark, if a person reads it."""
    if are_read():
        with contextlib.suppress(OSError):  # the exit code holds even if standard error cannot be written
            print(f"bevparse: {message}", file=sys.stderr, flush=True)
