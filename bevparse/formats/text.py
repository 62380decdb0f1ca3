"""Bytes to text, shared by the formats that are text: byte-order marks, declared encodings, where a bad byte stands."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from io import BytesIO
from itertools import islice
from typing import AnyStr, Final

from ..errors import DecodeError
from ..problems import Problem, format_value, rules

__all__ = [
    "HEAD",
    "body_head",
    "declared_encoding",
    "declares_encoding",
    "encoded",
    "is_blank",
    "lone_surrogate",
    "place",
    "read_text",
    "without_mark",
]

HEAD: Final = 4096
"""How many bytes of a body are looked at to tell its format."""

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}

_UTF32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

_DECLARED: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}

_XML_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PIECES: Final = 4096
_MARK = "\ufeff"
_MARKED: Final = Problem.of(rules.BYTE_ORDER_MARK, "expected no byte-order mark, accepted one", "", 1, 1)
_BLANKS = b" \t\r\n\x0b\x0c"


def read_text(data: bytes | str, format: str, declared: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """Decode a body and take off one byte-order mark.

    Args:
        data: the body; text is taken as it is.
        format: the format that asks, for the error.
        declared: the encoding that the body itself declares, if it does.

    Raises:
        DecodeError: another encoding than those of the list, one that the byte-order mark contradicts, bytes
            that the encoding does not allow, or a lone surrogate.
    """
    if isinstance(data, str):
        return _from_text(data, format)
    mark, encoding = _encoding(data, format, declared)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[len(mark) : len(mark) + error.start].decode(encoding)
        packed = next((kind for magic, kind in _PACKED.items() if data.startswith(magic)), None)
        came = f"{packed} data; unpack it, or name it so" if packed else f"the byte {error.object[error.start]:02X}"
        message = f"expected {encoding} text, got {came}"
        raise DecodeError(Problem.of(rules.BAD_ENCODING, message, "", *place(before, len(before))), format) from None
    problems = [_MARKED] if mark else []
    if encoding not in ("utf-8", "ascii"):
        problems.append(Problem.of(rules.OTHER_ENCODING, f"expected UTF-8, accepted {encoding}", "", 1, 1))
    return text, tuple(problems)


def _from_text(text: str, format: str) -> tuple[str, tuple[Problem, ...]]:
    bad = lone_surrogate(text)
    if bad is not None:
        message = f"expected characters, got half of a surrogate pair, U+{ord(text[bad]):04X}"
        raise DecodeError(Problem.of(rules.LONE_SURROGATE, message, "", *place(text, bad)), format)
    if text.startswith(_MARK):
        return text[1:], (_MARKED,)
    return text, ()


def without_mark(data: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    """Take the byte-order mark of UTF-8 off the beginning of a body."""
    return (data[len(codecs.BOM_UTF8) :], (_MARKED,)) if data.startswith(codecs.BOM_UTF8) else (data, ())


def _encoding(data: bytes, format: str, declared: str | None) -> tuple[bytes, str]:
    if data.startswith(_UTF32_MARKS):
        raise DecodeError(Problem.of(rules.REFUSED_ENCODING, "expected UTF-8 or UTF-16, got UTF-32", "", 1, 1), format)
    mark, marked = next((known for known in _MARKS if data.startswith(known[0])), (b"", None))
    if declared is None:
        return mark, marked or "utf-8"
    encoding = _DECLARED.get(declared.lower())
    if encoding is None:
        raise DecodeError(
            Problem.of(rules.REFUSED_ENCODING, f"expected UTF-8, got the encoding {format_value(declared)}", "", 1, 1),
            format,
        )
    if encoding == marked or (encoding == "utf-16" and marked in ("utf-16-le", "utf-16-be")):
        return mark, str(marked)
    if marked is not None or encoding.startswith("utf-16"):
        marks = "the byte-order mark of " + marked if marked else "no byte-order mark"
        message = f"expected one encoding, got {format_value(declared)} declared and {marks}"
        raise DecodeError(Problem.of(rules.REFUSED_ENCODING, message, "", 1, 1), format)
    return b"", encoding


def body_head(data: bytes | str) -> bytes:
    """Give the first 4,096 bytes of a body as UTF-8, without a byte-order mark and the white space before it."""
    if isinstance(data, str):
        return _from(data.removeprefix(_MARK), " \t\r\n").encode("utf-8", "backslashreplace")[:HEAD]
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            head = data[len(mark) : len(mark) + HEAD].decode(encoding, "backslashreplace")
            return head.lstrip(" \t\r\n").encode("utf-8", "backslashreplace")
    return _from(data, b" \t\r\n")


def _from(data: AnyStr, blanks: AnyStr) -> AnyStr:
    """Give the beginning of what follows blanks, copying no more of a large body than that."""
    start = 0
    while start < len(data):
        head = data[start : start + HEAD].lstrip(blanks)
        if head:
            return head + data[start + HEAD : start + 2 * HEAD - len(head)]
        start += HEAD
    return data[:0]


def declared_encoding(data: bytes | str) -> str | None:
    """Give the encoding that an XML declaration names; in text it has no meaning any more."""
    found = None if isinstance(data, str) else _XML_DECLARATION.match(body_head(data))
    return found[1].decode("ascii", "backslashreplace") if found else None


def declares_encoding(data: bytes) -> bool:
    """Tell whether a body itself says what encoding it has."""
    return data.startswith(tuple(mark for mark, _ in _MARKS)) or declared_encoding(data) is not None


def is_blank(data: bytes | str) -> bool:
    """Tell whether a body holds nothing but white space, past a byte-order mark."""
    if isinstance(data, str):
        return not data.removeprefix(_MARK).strip(_BLANKS.decode())  # the same characters as in bytes
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", "utf-8"))
    blanks = _BLANKS if encoding == "utf-8" else _BLANKS + b"\0"
    return not data[len(mark) : len(mark) + HEAD].strip(blanks) and not data[len(mark) :].strip(blanks)


def encoded(pieces: Iterable[str]) -> bytes:
    """Write pieces as UTF-8, some thousand at a time, so that the text never stands in memory beside its bytes.

    Raises:
        UnicodeEncodeError: a piece holds a lone surrogate.
    """
    written = BytesIO()  # its value is its buffer, and no copy of it
    left = iter(pieces)
    while some := list(islice(left, _PIECES)):
        written.write("".join(some).encode())
    return written.getvalue()


def lone_surrogate(text: str) -> int | None:
    """Find the first half of a surrogate pair, which no encoding can write."""
    if text.isascii():
        return None
    found = _SURROGATE.search(text)
    return found.start() if found else None


def place(text: str, index: int) -> tuple[int, int]:
    """Tell the line and column, both from 1, of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
