"""JSON documents with a list of HTTP exchanges, of which only the requested values are decoded."""

from __future__ import annotations

import re
from typing import Final, TypeVar, cast

import msgspec

from ..errors import DecodeError
from ..formats.text import without_mark
from ..limits import Limits
from ..problems import Problem, rules

__all__ = ["NOTHING", "Entry", "entries_of", "fields_of", "small_value_of", "text_of", "utf8_of"]

NOTHING: Final = msgspec.Raw(b"null")
"""The value of a missing field."""
_MOST_SMALL: Final = 2**16
_AT_BYTE: Final = re.compile(r"(.*) \(byte (\d+)\)\Z", re.DOTALL)
_PIECE: Final = 2**20
_PLAIN: Final = re.compile(rb"[ -\[\]-~]{13}")
"""Where a text can be split: the longest escape, a pair of surrogates, has twelve characters."""
_CONTINUED: Final = bytes(range(0x80, 0xC0))
_FAULTS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
S = TypeVar("S", bound=msgspec.Struct)


class Entry(msgspec.Struct):
    """One HTTP exchange: the JSON of its request and its response, not decoded yet."""

    request: msgspec.Raw = NOTHING
    response: msgspec.Raw = NOTHING


class _TooManyError(Exception):
    pass


def entries_of(data: bytes, path: tuple[str, ...], kind: str, limits: Limits) -> list[Entry]:
    """Return the entries of the array at a path in a document.

    Args:
        data: the document.
        path: the names on the way to the array.
        kind: the name of the kind of document, for messages.
        limits: bounds on the number of entries.

    Raises:
        DecodeError: the document is not well-formed, has another structure, or exceeds a limit.
    """
    body, _ = without_mark(data)
    try:
        found: object = _decoder(path, limits.archive_members).decode(body)
    except _TooManyError:
        raise DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members"))) from None
    except RecursionError:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"invalid {kind}: nested too deep")) from None
    except msgspec.DecodeError as error:
        raise DecodeError(_problem(body, str(error), kind)) from None
    for name in path:
        found = getattr(found, name)
    return cast("list[Entry]", found)


def _decoder(path: tuple[str, ...], most: int) -> msgspec.json.Decoder[object]:
    """Return a decoder that stops at too many entries before they take memory."""
    left = most

    def count(_: Entry) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooManyError

    counted = msgspec.defstruct("Counted", [], bases=(Entry,), namespace={"__post_init__": count})
    shape: object = list[counted]  # type: ignore[valid-type]
    for name in reversed(path):
        shape = msgspec.defstruct("Holder", [(name, cast("type[object]", shape))])
    return msgspec.json.Decoder(cast("type[object]", shape))


def _problem(body: bytes, fault: str, kind: str) -> Problem:
    """Return the problem for an error of msgspec, which contains a path or a byte offset."""
    at_byte = _AT_BYTE.match(fault)
    text = (at_byte[1] if at_byte else fault).removeprefix("JSON is malformed: ")
    message = f"invalid {kind}: {text[:1].lower()}{text[1:]}"
    if not at_byte and fault != "Input data was truncated":
        return Problem.of(rules.BAD_CONTAINER, message)
    end = int(at_byte[2]) if at_byte else len(body)
    start = body.rfind(b"\n", 0, end) + 1
    column = len(body[start:end].translate(None, _CONTINUED)) + 1
    return Problem.of(rules.BAD_CONTAINER, message, "", body.count(b"\n", 0, end) + 1, column)


def fields_of(raw: msgspec.Raw | bytes, kind: type[S]) -> S:
    """Return the requested fields of an object; all are missing if the value is not an object."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except _FAULTS:
        return kind()


def text_of(raw: msgspec.Raw) -> str | None:
    """Return a string, or the text of a number or boolean; None for null, objects and arrays.

    Raises:
        DecodeError: it is not valid UTF-8.
    """
    data = utf8_of(raw)
    return None if data is None else data.decode()


def utf8_of(raw: msgspec.Raw) -> bytes | None:
    """Return the same as `text_of` in UTF-8, which takes a quarter of the memory of some texts.

    Raises:
        DecodeError: it is not valid UTF-8.
    """
    data = memoryview(raw)
    first = bytes(data[:1])
    if first != b'"':
        return None if first in (b"n", b"{", b"[") else bytes(data)
    pieces: list[bytes] = []
    start, last = 1, len(data) - 1
    while start < last:
        found = _PLAIN.search(data, start + _PIECE, last)
        end = found.end() if found else last
        try:
            pieces.append(msgspec.json.decode(b"".join((b'"', data[start:end], b'"')), type=str).encode())
        except _FAULTS:
            raise DecodeError(Problem.of(rules.BAD_CONTAINER, "invalid UTF-8 in a string")) from None
        start = end
    return b"".join(pieces)


def small_value_of(raw: msgspec.Raw) -> object:
    """Return a value of any kind, which takes much more memory than its text; None if it is invalid.

    Raises:
        DecodeError: its text is longer than headers may be.
    """
    if len(memoryview(raw)) > _MOST_SMALL:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"expected headers of at most {_MOST_SMALL} bytes, got more"))
    try:
        return cast(object, msgspec.json.decode(raw))
    except _FAULTS:
        return None
