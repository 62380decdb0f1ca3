"""What HTTP and recorders do to a body, undone: chunks, gzip, deflate, zstd and base64, within the limits."""

from __future__ import annotations

import base64
import codecs
import re
import zlib
from typing import Final

from ..errors import DecodeError, SourceError
from ..limits import Limits
from ..problems import Problem, rules
from . import unzip

__all__ = ["from_base64", "unchunked", "uncompressed"]

_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")
_NAMES: Final = {"gzip": "body.gz", "x-gzip": "body.gz", "zstd": "body.zst"}
_DAMAGED: Final = "got data that is damaged"
_SLACK: Final = 2**16
_HEAD: Final = 1024
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def uncompressed(body: bytes, encoding: str, limits: Limits) -> bytes:
    """Undo the content encoding of a body; recorders often have done so and kept the header.

    Raises:
        DecodeError: it is damaged, compressed in a way that is not known, or passes a limit.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity") or not body or _is_text(body[:_HEAD]):
        return body
    if kind == "deflate":
        return _inflated(body, limits)
    if kind not in _NAMES:
        raise _refused(f"expected a body that is compressed with gzip, deflate or zstd, got {_named(kind)}")
    try:
        return unzip(body, _NAMES[kind], limits)
    except SourceError:
        raise _refused(f"expected a body that is compressed with {kind}, {_DAMAGED}") from None


def _is_text(head: bytes) -> bool:
    """Tell text from what is compressed, of which the first bytes alone are none."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # it may end in the middle of a character
    except UnicodeDecodeError:
        return False
    return _CONTROLS.search(head) is None


def _named(kind: str) -> str:
    """Name an encoding, but none that nobody knows: what stands there may be anything."""
    return kind if kind in ("br", "compress") else "another one"


def _inflated(body: bytes, limits: Limits) -> bytes:
    """Undo deflate, which is sent with the frame of zlib or, by mistake, without it."""
    most = min(limits.body, max(len(body) * limits.archive_ratio, _SLACK))
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        stream = zlib.decompressobj(bits)
        try:
            data = stream.decompress(body, most + 1)
        except zlib.error:
            continue
        if len(data) > most:
            name = "body" if most == limits.body else "archive_ratio"
            raise DecodeError(
                Problem.of(rules.BODY_TOO_LARGE if name == "body" else rules.ARCHIVE_RATIO, limits.passed(name))
            )
        if stream.eof:
            return data
    raise _refused(f"expected a body that is compressed with deflate, {_DAMAGED}")


def unchunked(body: bytes, limits: Limits) -> bytes:
    """Put the chunks of a body together; one that does not begin with a chunk has been put together before.

    Raises:
        DecodeError: the chunks are cut short, or more than `limits.records`.
    """
    whole = bytearray()
    position = 0
    for _ in range(limits.records):
        chunk = _CHUNK.match(body, position)
        if chunk is None:
            if position == 0:
                return body
            break
        start, size = chunk.end(), int(chunk[1], 16)
        if size == 0:
            return bytes(whole)
        whole += body[start : start + size]
        end = _LINE_END.match(body, start + size)
        if end is None:
            break
        position = end.end()
    raise _refused("expected the chunks of a body, got others than they say")


def from_base64(text: str | bytes) -> bytes:
    """Decode base64 that may be broken into lines.

    Raises:
        DecodeError: it is none.
    """
    data = text if isinstance(text, bytes) else text.encode()
    try:
        return base64.b64decode(data.translate(None, b" \t\r\n"), validate=True)
    except ValueError:
        raise _refused("expected base64, got another text") from None


def _refused(message: str) -> DecodeError:
    return DecodeError(Problem.of(rules.BAD_CONTAINER, message))
