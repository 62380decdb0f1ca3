"""The stream that a table is written to."""

from __future__ import annotations

from typing import BinaryIO

__all__ = ["Output"]


class Output:
    """A stream for libraries that also write when an unfinished file is released, such as after a failure."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.drops = False
        """Whether `write` drops all data."""

    def write(self, data: bytes) -> int:
        """Write data.

        Raises:
            SourceError: the disk is full.
        """
        if not self.drops:
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the stream is flushed by its owner."""

    def close(self) -> None:
        """Do nothing: the stream is closed by its owner."""
