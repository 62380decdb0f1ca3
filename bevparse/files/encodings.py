"""Encodings of HTTP bodies, decoded within the limits: chunks, gzip, deflate, brotli, zstd; base64 in recordings."""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import re
import zlib
from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

from ..errors import DecodeError, SourceError, missing_extra
from ..limits import Limits
from ..problems import Problem, rules
from . import unzip
from .compression import Budget

__all__ = ["encoded", "from_base64", "from_chunks", "from_hex", "unchunked", "uncompressed"]

_SUFFIXES: Final = {"gzip": ".gz", "x-gzip": ".gz", "zstd": ".zst"}
_GZIP: Final = ("gzip", "x-gzip")
_INFLATED: Final = ("deflate", "br")
_NAMED: Final = ("compress",)
"""Unsupported encodings that a message may name; the header may contain anything else."""
_FLUSHED: Final = b"\0\0\xff\xff"
"""The end of a deflate stream that was flushed."""
_NO_END: Final = Problem.of(rules.UNFINISHED_ENCODING, "compressed body has no end; the data before it was read")
_PIECE: Final = 2**20
_LATIN: Final = ("iso-8859-1", "latin1", "latin-1")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_TEXT: Final = re.compile(rb'"([^"\\]*+)"')
_CHUNKS: Final = re.compile(rb'\[\s*+(?:"[^"\\]*+"\s*+(?:,\s*+(?=")|(?=\])))*+\]\s*+')
"""An array of strings without escapes."""
_LINE_END: Final = re.compile(rb"\r?\n")
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SLACK: Final = 2**16
_HEAD: Final = 1024


class _Frame(NamedTuple):
    """What is around deflate data."""

    magic: bytes
    header: int
    """The number of bytes before the data."""
    checksum: int
    """The number of bytes after the data."""


_GZIP_FRAME: Final = _Frame(b"\x1f\x8b\x08\0", 10, 8)
"""The frame of gzip without a file name, as servers send it."""
_ZLIB_FRAME: Final = _Frame(b"\x78", 2, 4)
_NO_FRAME: Final = _Frame(b"", 0, 0)


def uncompressed(body: bytes, encoding: str, budget: Budget) -> tuple[bytes, tuple[Problem, ...]]:
    """Return a body without its content encoding, and a warning if its compressed data has no end.

    Many recorders decode a body and keep its header, so a body that is text is returned unchanged.

    Args:
        body: the body.
        encoding: the value of the header.
        budget: the budget of the file that contains the body.

    Raises:
        DecodeError: the body is damaged, has an unsupported encoding, exceeds a limit, or needs a package that is not
            installed.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity") or not body or _is_text(body[:_HEAD]):
        return body, ()
    if kind in _INFLATED:
        data, problems = _inflated(body, kind, budget.limits)
        budget.add(len(data))
        budget.grow(len(data), len(data))
        return data, problems
    if kind not in _SUFFIXES:
        name = kind if kind in _NAMED else "another one"
        raise _invalid(f"expected the content encoding gzip, deflate, br or zstd, got {name}")
    try:
        return unzip(body, _SUFFIXES[kind], budget), ()
    except SourceError:
        if kind in _GZIP and (data := _without_end(body, _GZIP_FRAME, budget.limits)):
            return data, (_NO_END,)
        raise _invalid(f"invalid {kind} data") from None


def _is_text(head: bytes) -> bool:
    """Return whether the first bytes of a body are text, and so not those of compressed data."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the head may end in the middle of a character
    except UnicodeDecodeError:
        return False
    return _CONTROLS.search(head) is None


def _inflated(body: bytes, kind: str, limits: Limits) -> tuple[bytes, tuple[Problem, ...]]:
    """Decode brotli or deflate. Some servers send deflate without the header of zlib, by mistake."""
    if kind == "br":
        return _from_brotli(body, limits), ()
    most = _most(body, limits)
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        stream = zlib.decompressobj(bits)
        with contextlib.suppress(zlib.error):
            data = stream.decompress(body, most + 1)
            _check_size(len(data), most, limits)
            if stream.eof:
                return data, ()
    for frame in (_ZLIB_FRAME, _NO_FRAME):
        if data := _without_end(body, frame, limits):
            return data, (_NO_END,)
    raise _invalid("invalid deflate data")


def _without_end(body: bytes, frame: _Frame, limits: Limits) -> bytes:
    """Return the content of a deflate stream that has no end, or b"" if content seems to be missing.

    The content seems complete if only the checksum is missing, or if the sender flushed the stream but never ended it.
    """
    if not body.startswith(frame.magic):
        return b""
    most = _most(body, limits)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(body[frame.header :], most + 1)
    except zlib.error:
        return b""
    _check_size(len(data), most, limits)
    whole = len(stream.unused_data) < frame.checksum if stream.eof else body.endswith(_FLUSHED)
    return data if whole else b""


def _from_brotli(body: bytes, limits: Limits) -> bytes:
    most = _most(body, limits)
    brotli = _brotli()
    stream = brotli.Decompressor()
    whole = bytearray()
    try:
        while not stream.is_finished():
            piece = stream.process(body, output_buffer_limit=_PIECE)
            if not (piece or stream.is_finished()):
                raise _invalid("invalid br data")
            body = b""
            whole += piece
            _check_size(len(whole), most, limits)
    except brotli.error:
        raise _invalid("invalid br data") from None
    return bytes(whole)


class _BrotliStream(Protocol):
    def process(self, data: bytes, output_buffer_limit: int) -> bytes: ...
    def is_finished(self) -> bool: ...


class _Brotli(Protocol):
    """The part of brotli that is used here."""

    error: type[Exception]

    def Decompressor(self) -> _BrotliStream: ...  # noqa: N802 - as brotli calls it


def _brotli() -> _Brotli:
    try:
        return cast(_Brotli, import_module("brotli"))
    except ImportError:
        raise missing_extra("reading bodies in the content encoding br", "brotli", "brotli") from None


def _most(body: bytes, limits: Limits) -> int:
    """Return how many bytes a body may have after decompression."""
    return min(limits.body, max(len(body) * limits.archive_ratio, _SLACK))


def _check_size(size: int, most: int, limits: Limits) -> None:
    if size > most:
        name = "body" if most == limits.body else "archive_ratio"
        rule = rules.BODY_TOO_LARGE if most == limits.body else rules.ARCHIVE_RATIO
        raise DecodeError(Problem.of(rule, limits.passed(name)))


def unchunked(body: bytes, limits: Limits) -> bytes:
    """Return a body without chunked encoding; a body that does not begin with a chunk is returned unchanged.

    Raises:
        DecodeError: a chunk is truncated, or there are more chunks than `limits.records`.
    """
    whole = bytearray()
    position = 0
    fault = f"expected at most {limits.records} chunks (limits.records), got more"
    for _ in range(limits.records):
        chunk = _CHUNK.match(body, position)
        if chunk is None:
            if position == 0:
                return body
            fault = "a chunk without a size"
            break
        start, size = chunk.end(), int(chunk[1], 16)
        if size == 0:
            return bytes(whole)
        whole += body[start : start + size]
        end = _LINE_END.match(body, start + size)
        if end is None:
            fault = "the size of a chunk does not match its data"
            break
        position = end.end()
    raise _invalid(f"invalid chunked encoding: {fault}")


def encoded(data: bytes, encoding: str) -> bytes:
    """Return the text of a body in the encoding in which it was sent. Recorders have decoded it, and write it as UTF-8.

    Args:
        data: the text in UTF-8.
        encoding: the name of the encoding. Only ISO-8859-1 is supported; for any other, the data is returned unchanged.
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
        in_hex: whether the strings are hexadecimal digits. Otherwise they are base64.

    Raises:
        DecodeError: `text` is no such array.
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
