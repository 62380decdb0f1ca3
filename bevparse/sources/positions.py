"""Lines and columns in the data of a file."""

from __future__ import annotations

from typing import Final

__all__ = ["Positions"]

_CONTINUED: Final = bytes(range(0x80, 0xC0))
"""The bytes of a character in UTF-8 after its first one."""


class Positions:
    """Returns lines and columns of offsets. Ascending offsets are fast: each is counted from the previous one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0
        self._line = self._column = 1

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        if offset < self._offset:
            self._offset, self._line, self._column = 0, 1, 1
        passed = self._data[self._offset : offset]
        if lines := passed.count(b"\n"):
            self._line, self._column = self._line + lines, 1
            passed = passed[passed.rfind(b"\n") + 1 :]
        self._column += len(passed.translate(None, _CONTINUED))
        self._offset = offset
        return self._line, self._column
