"""Streams that act when they are used: what a signal, a bug or an interrupt does in the middle of a run."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NoReturn


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class ActingOutput(io.StringIO):
    """Calls a function before each write."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def write(self, text: str, /) -> int:
        self._act()
        return super().write(text)


class InterruptedInput(io.RawIOBase):
    """Is interrupted when it is read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: object, /) -> NoReturn:
        raise KeyboardInterrupt
