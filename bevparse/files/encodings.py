"""Encodings of HTTP bodies, decoded within the limits: chunks, gzip, deflate, zstd, and base64 in recordings."""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import re
import zlib
from typing import Final

from ..errors import DecodeError, SourceError
from ..limits import Limits
from ..problems import Problem, rules
from . import unzip
from .compression import Budget

__all__ = ["encoded", "from_base64", "from_chunks", "from_hex", "unchunked", "uncompressed"]

_SUFFIXES: Final = {"gzip": ".gz", "x-gzip": ".gz", "zstd": ".zst"}
_NAMED: Final = ("br", "compress")
"""Unsupported encodings that a message may name; the header may contain anything else."""
_LATIN: Final = ("iso-8859-1", "latin1", "latin-1")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_TEXT: Final = re.compile(rb'"([^"\\]*+)"')
_CHUNKS: Final = re.compile(rb'\[\s*+(?:"[^"\\]*+"\s*+(?:,\s*+(?=")|(?=\])))*+\]\s*+')
"""An array of strings without escapes."""
_LINE_END: Final = re.compile(rb"\r?\n")
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SLACK: Final = 2**16
_HEAD: Final = 1024


def uncompressed(body: bytes, encoding: str, limits: Limits, budget: Budget) -> bytes:
    """Return a body without its content encoding.

    Many recorders decode a body and keep its header, so a body that is text is returned unchanged.

    Args:
        body: the body.
        encoding: the value of the header.
        limits: the limits.
        budget: that of the file which contains the body.

    Raises:
        DecodeError: the body is damaged, has an unsupported encoding, or exceeds a limit.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity") or not body or _is_text(body[:_HEAD]):
        return body
    if kind == "deflate":
        data = _inflated(body, limits)
        budget.add(len(data), limits)
        budget.grow(len(data), len(data), limits)
        return data
    if kind not in _SUFFIXES:
        name = kind if kind in _NAMED else "another one"
        raise _invalid(f"expected the content encoding gzip, deflate or zstd, got {name}")
    try:
        return unzip(body, _SUFFIXES[kind], limits, budget)
    except SourceError:
        raise _invalid(f"invalid {kind} data") from None


def _is_text(head: bytes) -> bool:
    """Return whether data is text; the first bytes of compressed data are not."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # it may end in the middle of a character
    except UnicodeDecodeError:
        return False
    return _CONTROLS.search(head) is None


def _inflated(body: bytes, limits: Limits) -> bytes:
    """Decode deflate, which is sent with the header of zlib or, by mistake, without it."""
    by_ratio = max(len(body) * limits.archive_ratio, _SLACK)
    most = min(limits.body, by_ratio)
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        stream = zlib.decompressobj(bits)
        try:
            data = stream.decompress(body, most + 1)
        except zlib.error:
            continue
        if len(data) > most:
            if most == limits.body:
                raise DecodeError(Problem.of(rules.BODY_TOO_LARGE, limits.passed("body")))
            raise DecodeError(Problem.of(rules.ARCHIVE_RATIO, limits.passed("archive_ratio")))
        if stream.eof:
            return data
    raise _invalid("invalid deflate data")


def unchunked(body: bytes, limits: Limits) -> bytes:
    """Return a body without chunked encoding; a body that does not begin with a chunk is returned unchanged.

    Raises:
        DecodeError: a chunk is truncated, or there are more chunks than `limits.records`.
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
    raise _invalid("invalid chunked encoding: chunk size does not match")


def encoded(data: bytes, encoding: str) -> bytes:
    """Return text in the encoding in which it was sent; recorders decode it, and write it in UTF-8.

    Args:
        data: the text in UTF-8.
        encoding: the name of its encoding. Only ISO-8859-1 differs from UTF-8 and is supported.
    """
    if encoding.lower() in _LATIN:
        with contextlib.suppress(UnicodeError):
            return data.decode().encode("iso-8859-1")
    return data


def from_base64(text: str | bytes) -> bytes:
    """Return the bytes that base64 encodes; it may be broken into lines.

    Raises:
        DecodeError: the text is not base64.
    """
    data = text if isinstance(text, bytes) else text.encode()
    try:
        return base64.b64decode(data.translate(None, b" \t\r\n"), validate=True)
    except ValueError:
        raise _invalid("invalid base64") from None


def from_hex(text: bytes) -> bytes:
    """Return the bytes that hexadecimal digits encode.

    Raises:
        DecodeError: there are other characters.
    """
    try:
        return binascii.unhexlify(text)
    except ValueError:
        raise _invalid("invalid hexadecimal digits") from None


def from_chunks(text: bytes, *, in_hex: bool) -> bytes:
    """Return the bytes that an array of chunks in JSON encodes.

    Args:
        text: the array of strings, which contain no escapes.
        in_hex: whether they are hexadecimal digits; otherwise they are base64.

    Raises:
        DecodeError: it is no such array.
    """
    if not _CHUNKS.fullmatch(text):
        raise _invalid("invalid array of chunks")
    decode = from_hex if in_hex else from_base64
    whole = bytearray()
    for chunk in _TEXT.finditer(text):
        whole += decode(chunk[1])
    return bytes(whole)


def _invalid(message: str) -> DecodeError:
    return DecodeError(Problem.of(rules.BAD_CONTAINER, message))
