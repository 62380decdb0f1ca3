"""The checksums of the headers in tar archives, corrected after API keys in the headers have been overwritten."""

from __future__ import annotations

from typing import Final

__all__ = ["TarChecksums"]

_BLOCK: Final = 512
_MAGIC: Final = b"ustar"
_AT_MAGIC: Final = 257
_SIZE: Final = slice(124, 136)
_CHECKSUM: Final = slice(148, 156)
_TYPE: Final = slice(156, 157)
_WITHOUT_CONTENT: Final = (b"1", b"2", b"3", b"4", b"5", b"6")
"""The types of links, devices and folders. No content follows their headers."""


class TarChecksums:
    """Corrects the checksums in an archive that is fed in blocks of any size; other data is returned unchanged."""

    def __init__(self) -> None:
        self._held = b""
        self._content = 0
        """The number of bytes before the next header."""
        self._is_tar = True

    def feed(self, data: bytes) -> bytes:
        """Add a block, and return what is complete."""
        if not self._is_tar:
            return data
        data, done, position = self._held + data, bytearray(), 0
        while self._is_tar and len(data) - position - self._content >= _BLOCK:
            start = position + self._content
            done += data[position:start]
            done += self._corrected(data[start : start + _BLOCK])
            position = start + _BLOCK
        content = min(self._content, len(data) - position) if self._is_tar else len(data) - position
        done += data[position : position + content]
        self._content -= content
        self._held = data[position + content :]
        return bytes(done)

    def end(self) -> bytes:
        """Return the data that `feed` has not returned."""
        rest, self._held = self._held, b""
        return rest

    def _corrected(self, header: bytes) -> bytes:
        """Return a header with its checksum, and find the next header."""
        self._content = 0
        if not any(header):  # after the last member
            return header
        size = _number(header[_SIZE])
        self._is_tar = header.startswith(_MAGIC, _AT_MAGIC) and size is not None
        if not self._is_tar or size is None:
            return header
        if header[_TYPE] not in _WITHOUT_CONTENT:
            self._content = -(-size // _BLOCK) * _BLOCK
        checksum = sum(header) - sum(header[_CHECKSUM]) + 8 * ord(" ")
        if _number(header[_CHECKSUM]) == checksum:
            return header
        return header[: _CHECKSUM.start] + b"%06o\0 " % checksum + header[_CHECKSUM.stop :]


def _number(field: bytes) -> int | None:
    """Return the number in a field: in octal digits, or binary if the first bit is set. None if it is neither."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:])
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return None
