"""Bodies decoded to text, for every format: byte-order marks, declared encodings, lines and columns."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from io import BytesIO
from itertools import islice
from typing import AnyStr, Final

from ..errors import DecodeError
from ..problems import Problem, format_value, rules
from ..problems.rules import Rule

__all__ = [
    "HEAD",
    "OFFICE_DOCUMENTS",
    "body_head",
    "declared_encoding",
    "declares_encoding",
    "decode_error",
    "encode_pieces",
    "is_blank",
    "lone_surrogate",
    "read_text",
    "without_mark",
]

HEAD: Final = 4096
"""The number of bytes from which the format of a body is detected."""
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}
_NO_TEXTS: Final = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": (
        "an old Excel workbook (.xls) or another office document; save the sheet as CSV"
    ),
    b"PAR1": "a Parquet file; read the responses that it was made from",
    b"ARROW1": "an Arrow file; read the responses that it was made from",
}
"""What messages call files that are not text, by their first bytes."""
OFFICE_DOCUMENTS: Final = {
    "xl/workbook.xml": "an Excel workbook; save the sheet as CSV",
    "xl/workbook.bin": "an Excel workbook; save the sheet as CSV",
    "Index/Document.iwa": "a Numbers workbook; export the table as CSV",
    "META-INF/manifest.xml": "an OpenDocument file; save the sheet as CSV",
    "word/document.xml": "a Word document; save the text alone",
}
"""What messages call documents that are zip archives, by the name of a member."""
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
_MARKED: Final = Problem.of(rules.BYTE_ORDER_MARK, "byte-order mark at the start of the body", "", 1, 1)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BLANKS = b" \t\r\n\x0b\x0c"


def read_text(
    data: bytes | str, format: str, declared: str | None = None, *, returns: bool = False
) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a body without one byte-order mark, and warnings about its encoding.

    Args:
        data: the body. Text is not decoded again.
        format: the name of the calling format, for the error.
        declared: the encoding that the body itself declares, if any.
        returns: whether a carriage return by itself ends a line in this format.

    Raises:
        DecodeError: the encoding is not supported or contradicts the byte-order mark, or the body contains bytes that
            the encoding does not allow, or a lone surrogate.
    """
    if isinstance(data, str):
        return _from_text(data, format, returns=returns)
    mark, encoding = _encoding(data, format, declared)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[len(mark) : len(mark) + error.start].decode(encoding)
        got = _packed(data) or f"the byte {error.object[error.start]:02X}"
        message = f"expected {encoding} text, got {got}"
        raise decode_error(format, rules.BAD_ENCODING, message, before, len(before), returns=returns) from None
    problems = [_MARKED] if mark else []
    if encoding not in ("utf-8", "ascii"):
        problems.append(Problem.of(rules.OTHER_ENCODING, f"expected UTF-8, accepted {encoding}", "", 1, 1))
    return text, tuple(problems)


def _packed(data: bytes) -> str | None:
    """Return what messages call data that is not text, or None if it is not known."""
    if known := next((kind for magic, kind in _NO_TEXTS.items() if data.startswith(magic)), None):
        return known
    packed = next((kind for magic, kind in _COMPRESSED.items() if data.startswith(magic)), None)
    if packed == "zip":
        document = next((kind for name, kind in OFFICE_DOCUMENTS.items() if name.encode() in data), None)
        if document:
            return document
    return f"{packed} data; decompress it, or give the file its usual suffix" if packed else None


def _from_text(text: str, format: str, *, returns: bool) -> tuple[str, tuple[Problem, ...]]:
    bad = lone_surrogate(text)
    if bad is not None:
        message = f"expected characters, got half of a surrogate pair, U+{ord(text[bad]):04X}"
        raise decode_error(format, rules.LONE_SURROGATE, message, text, bad, returns=returns)
    if text.startswith(_MARK):
        return text[1:], (_MARKED,)
    return text, ()


def without_mark(data: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    """Return a body without the byte-order mark of UTF-8, and a warning if it had one."""
    return (data[len(codecs.BOM_UTF8) :], (_MARKED,)) if data.startswith(codecs.BOM_UTF8) else (data, ())


def _encoding(data: bytes, format: str, declared: str | None) -> tuple[bytes, str]:
    if data.startswith(_UTF32_MARKS):
        raise decode_error(format, rules.REFUSED_ENCODING, "expected UTF-8 or UTF-16, got UTF-32")
    mark, marked = next((known for known in _MARKS if data.startswith(known[0])), (b"", None))
    if declared is None:
        return mark, marked or "utf-8"
    encoding = _DECLARED.get(declared.lower())
    if encoding is None:
        message = f"expected UTF-8, got the encoding {format_value(declared)}"
        raise decode_error(format, rules.REFUSED_ENCODING, message)
    if encoding == marked or (encoding == "utf-16" and marked in ("utf-16-le", "utf-16-be")):
        return mark, str(marked)
    if marked is not None or encoding.startswith("utf-16"):
        got = f"that of {marked}" if marked else "none"
        message = f"expected a byte-order mark of the declared encoding {format_value(declared)}, got {got}"
        raise decode_error(format, rules.REFUSED_ENCODING, message)
    return b"", encoding


def body_head(data: bytes | str) -> bytes:
    """Return the first 4,096 bytes of a body as UTF-8, without a byte-order mark and leading white space."""
    if isinstance(data, str):
        return _skip_blanks(data.removeprefix(_MARK), " \t\r\n").encode("utf-8", "backslashreplace")[:HEAD]
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            head = data[len(mark) : len(mark) + HEAD].decode(encoding, "backslashreplace")
            return head.lstrip(" \t\r\n").encode("utf-8", "backslashreplace")
    return _skip_blanks(data, b" \t\r\n")


def _skip_blanks(data: AnyStr, blanks: AnyStr) -> AnyStr:
    """Return the beginning of a body after blanks. The rest of a large body is not copied."""
    start = 0
    while start < len(data):
        head = data[start : start + HEAD].lstrip(blanks)
        if head:
            return head + data[start + HEAD : start + 2 * HEAD - len(head)]
        start += HEAD
    return data[:0]


def declared_encoding(data: bytes | str) -> str | None:
    """Return the encoding in the XML declaration of a body, or None. In decoded text it has no meaning."""
    found = None if isinstance(data, str) else _XML_DECLARATION.match(body_head(data))
    return found[1].decode("ascii", "backslashreplace") if found else None


def declares_encoding(data: bytes) -> bool:
    """Return whether a body itself declares its encoding."""
    return data.startswith(tuple(mark for mark, _ in _MARKS)) or declared_encoding(data) is not None


def is_blank(data: bytes | str) -> bool:
    """Return whether a body holds only white space, apart from a byte-order mark."""
    if isinstance(data, str):
        return not data.removeprefix(_MARK).strip(_BLANKS.decode())  # the same characters as in bytes
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", "utf-8"))
    blanks = _BLANKS if encoding == "utf-8" else _BLANKS + b"\0"
    return not data[len(mark) : len(mark) + HEAD].strip(blanks) and not data[len(mark) :].strip(blanks)


def encode_pieces(pieces: Iterable[str]) -> bytes:
    """Return pieces as UTF-8. They are encoded some thousand at a time, which saves the memory of the whole text.

    Raises:
        UnicodeEncodeError: a piece contains a lone surrogate.
    """
    written = BytesIO()  # getvalue returns its buffer without a copy
    remaining = iter(pieces)
    while some := list(islice(remaining, _PIECES)):
        written.write("".join(some).encode())
    return written.getvalue()


def lone_surrogate(text: str) -> int | None:
    """Return the index of the first lone surrogate, which no encoding can write, or None."""
    if text.isascii():
        return None
    found = _SURROGATE.search(text)
    return found.start() if found else None


def decode_error(
    format: str, rule: Rule, message: str, text: str = "", index: int = 0, *, returns: bool = False
) -> DecodeError:
    """Return the error for a problem at an index of a text, with its line and column.

    Args:
        format: the name of the format.
        rule: the rule.
        message: the message.
        text: the text.
        index: the index.
        returns: whether a carriage return by itself ends a line in this format.
    """
    line, column = text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
    if returns and "\r" in text[:index]:
        ends = [found.end() for found in _LINE_END.finditer(text, 0, index)]
        line, column = len(ends) + 1, index - ends[-1] + 1
    return DecodeError(Problem.of(rule, message, "", line, column), format)
