"""JSON documents with a list of HTTP exchanges, of which only the requested values are decoded."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Final, TypeVar, cast

import msgspec

from ..errors import DecodeError
from ..formats.text import without_mark
from ..limits import Limits
from ..problems import Problem, rules
from ..tree import guard_stack
from .positions import Positions

__all__ = ["NOTHING", "Entry", "entries_of", "fields_of", "is_large", "small_value_of", "text_of", "utf8_of"]

NOTHING: Final = msgspec.Raw(b"null")
"""The value of a missing field."""
_MOST_SMALL: Final = 2**16
_AT_BYTE: Final = re.compile(r"(.*) \(byte (\d+)\)\Z", re.DOTALL)
_PIECE: Final = 2**20
_PLAIN: Final = re.compile(rb"[ -\[\]-~]{13}")
"""Text that can be split at its end: the longest escape, a pair of surrogates, has twelve characters."""
_TRUNCATED: Final = "Input data was truncated"
_BLANKS: Final = re.compile(rb"[ \t\r\n]*+")
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_MEMBER: Final = re.compile(rb'[{,][ \t\r\n]*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"[ \t\r\n]*+:[ \t\r\n]*+', re.DOTALL)
"""The name of a member, and what is around it, up to its value."""
_SCALAR: Final = re.compile(rb'%b|[^"\[\]{},]++|(?=[,}])' % _STRING, re.DOTALL)
_BRACKETS: Final = re.compile(rb'(?:[^"\[\]{}]++|%b)*+([\[{]++|[\]}]++|"|\Z)' % _STRING, re.DOTALL)
"""Text up to the next brackets of one kind, or up to a quotation mark if a string has no end."""
_DEEPEST: Final = 1000
"""The maximum number of open brackets in an entry. The decoder allows no more."""
_WITHOUT_HALF: Final = re.compile(
    rb"(?:[^\\]++|\\[^u]|\\u(?![dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+",
    re.DOTALL,
)
_HALF: Final = re.compile(rb"\\u([dD][89a-fA-F][0-9a-fA-F]{2})")
_MOST_MEMBERS: Final = 1000
"""The maximum number of members of an object before the member that is looked for."""
_MOST_HALVES: Final = 1000
"""The maximum number of halves of surrogate pairs in an entry."""
_FAULTS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")


class Entry(msgspec.Struct):
    """One HTTP exchange: the JSON of its request and its response, not decoded yet."""

    request: msgspec.Raw = NOTHING
    response: msgspec.Raw = NOTHING


class _TooManyError(Exception):
    pass


def entries_of(data: bytes, path: tuple[str, ...], kind: str, limits: Limits) -> Iterator[Entry | Problem]:
    """Iterate over the entries of the array at a path in a document.

    An entry that is not well-formed hides no other: it is returned as a problem, and so is damage outside of the array.
    Half of a surrogate pair is not damage: programs that cut strings write it, and JSON allows it.

    Args:
        data: the document.
        path: the names on the way to the array.
        kind: the name of the kind of document, for messages.
        limits: bounds on the number of entries.

    Raises:
        DecodeError: the document has another structure, or exceeds a limit.
    """
    body, _ = without_mark(data)
    try:
        guard_stack(body)
        found: object = _decoder(path, limits.archive_members).decode(body)
    except _TooManyError:
        raise _too_many(limits) from None
    except (msgspec.DecodeError, RecursionError) as error:
        yield from _DamagedDocument(body, kind).entries(path, limits, error)
        return
    for name in path:
        found = getattr(found, name)
    yield from cast("list[Entry]", found)


def _too_many(limits: Limits) -> DecodeError:
    return DecodeError(Problem.of(rules.TOO_MANY_MEMBERS, limits.passed("archive_members")))


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


class _DamagedDocument:
    """A document that could not be decoded at once: its entries are decoded one by one."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._body = body
        self._kind = kind
        self._positions = Positions(body)

    def entries(self, path: tuple[str, ...], limits: Limits, error: Exception) -> Iterator[Entry | Problem]:
        """Iterate over the entries of the array at a path, as `entries_of` does.

        Args:
            path: the names on the way to the array.
            limits: bounds on the number of entries.
            error: why the document could not be decoded.

        Raises:
            DecodeError: there is no such array, or it has too many entries.
        """
        body = self._body
        problem = self._problem(error, 0, len(body))
        start = _start_of(body, path)
        if start is None:
            raise DecodeError(problem)
        position = _after_blanks(body, start + 1)
        count, reported = 0, False
        while body[position : position + 1] not in (b"]", b""):
            count += 1
            if count > limits.archive_members:
                raise _too_many(limits)
            end = _end_of(body, position) or len(body)
            entry = self._entry(position, end)
            reported = reported or isinstance(entry, Problem)
            yield entry
            position = _after_blanks(body, end)
            if body[position : position + 1] == b",":
                position = _after_blanks(body, position + 1)
            elif body[position : position + 1] != b"]":
                break
        if position == len(body) and not reported:
            yield self._problem(msgspec.DecodeError(_TRUNCATED), position, position)
        elif not reported and not _is_json(body[: start + 1] + body[position:]):  # what is around the entries
            yield problem

    def _entry(self, start: int, end: int) -> Entry | Problem:
        data = self._body[start:end]
        try:
            return _decoded(data, Entry)
        except (msgspec.DecodeError, RecursionError) as error:
            fault = error
        try:
            return _decoded(_with_halves(data), Entry)
        except _FAULTS:
            return self._problem(fault, start, end)

    def _problem(self, error: Exception, start: int, stop: int) -> Problem:
        """Return the problem for an error of msgspec in a part. Its message may have an offset in the part."""
        fault = "nested too deep" if isinstance(error, RecursionError) else str(error)
        at_byte = _AT_BYTE.match(fault)
        text = (at_byte[1] if at_byte else fault).removeprefix("JSON is malformed: ")
        message = f"invalid {self._kind}: {text[:1].lower()}{text[1:]}"
        offset = start + int(at_byte[2]) if at_byte else stop if fault == _TRUNCATED else start
        position = self._positions.at(offset) if offset else (None, None)
        return Problem.of(rules.BAD_CONTAINER, message, "", *position)


def _decoded(data: msgspec.Raw | bytes, kind: type[T]) -> T:
    guard_stack(memoryview(data))
    return msgspec.json.decode(data, type=kind)


def _is_json(data: bytes) -> bool:
    try:
        _decoded(_with_halves(data), msgspec.Raw)
    except _FAULTS:
        return False
    return True


def _start_of(body: bytes, path: tuple[str, ...]) -> int | None:
    """Return the offset of the array at a path, or None if there is none."""
    position = _after_blanks(body, 0)
    for name in path:
        start = _start_of_member(body, position, name.encode())
        if start is None:
            return None
        position = start
    return position if body[position : position + 1] == b"[" else None


def _start_of_member(body: bytes, position: int, name: bytes) -> int | None:
    """Return the offset of the value of a member, or None if the object at a position does not have it."""
    for _ in range(_MOST_MEMBERS):
        member = _MEMBER.match(body, position)
        if member is None:
            break
        if member[1] == name:
            return member.end()
        end = _end_of(body, member.end())
        if end is None:
            break
        position = _after_blanks(body, end)
    return None


def _end_of(body: bytes, start: int) -> int | None:
    """Return the end of a value, which need not be well-formed, or None if it does not end or is nested too deep."""
    if body[start : start + 1] not in (b"{", b"["):
        scalar = _SCALAR.match(body, start)
        return scalar.end() if scalar else None
    depth, position = 0, start
    while depth <= _DEEPEST:
        brackets = cast("re.Match[bytes]", _BRACKETS.match(body, position))
        first, count = brackets[1][:1], len(brackets[1])
        if first in (b"{", b"["):
            depth += count
        elif first in (b"}", b"]") and count < depth:
            depth -= count
        else:
            return brackets.start(1) + depth if first in (b"}", b"]") else None
        position = brackets.end()
    return None


def _after_blanks(body: bytes, position: int) -> int:
    return cast("re.Match[bytes]", _BLANKS.match(body, position)).end()


def _with_halves(data: bytes) -> bytes:
    """Return JSON with halves of surrogate pairs as bytes instead of escapes, which msgspec accepts in raw values."""
    pieces: list[bytes] = []
    position = 0
    for _ in range(_MOST_HALVES):
        end = cast("re.Match[bytes]", _WITHOUT_HALF.match(data, position)).end()
        half = _HALF.match(data, end)
        if half is None:
            break
        pieces += data[position:end], chr(int(half[1], 16)).encode("utf-8", "surrogatepass")
        position = half.end()
    return b"".join((*pieces, data[position:]))


def fields_of(raw: msgspec.Raw | bytes, kind: type[S]) -> S:
    """Return the requested fields of an object; all are missing if the value is not an object."""
    try:
        return _decoded(raw, kind)
    except _FAULTS:
        return kind()


def text_of(raw: msgspec.Raw, *, halves: bool = False) -> str | None:
    """Return a string, or the text of a number or boolean; None for null, objects and arrays.

    Args:
        raw: the value.
        halves: whether halves of surrogate pairs are allowed.

    Raises:
        DecodeError: the string is not valid UTF-8.
    """
    data = utf8_of(raw, halves=halves)
    return None if data is None else data.decode("utf-8", "surrogatepass")


def utf8_of(raw: msgspec.Raw, *, halves: bool = False) -> bytes | None:
    """Return what `text_of` returns, encoded in UTF-8, which needs a quarter of the memory for some strings.

    Raises:
        DecodeError: the string is not valid UTF-8.
    """
    if raw is NOTHING:
        return None
    data = memoryview(raw)
    first = bytes(data[:1])
    if first != b'"':
        return None if first in (b"n", b"{", b"[") else bytes(data)
    pieces: list[bytes] = []
    start, last = 1, len(data) - 1
    while start < last:
        found = _PLAIN.search(data, start + _PIECE, last)
        end = found.end() if found else last
        piece = b"".join((b'"', data[start:end], b'"'))
        try:
            pieces.append(msgspec.json.decode(piece, type=str).encode())
        except _FAULTS:
            pieces.append(_with_surrogates(piece, halves=halves))
        start = end
    return b"".join(pieces)


def _with_surrogates(text: bytes, *, halves: bool) -> bytes:
    """Return a string that msgspec cannot decode, with its halves of surrogate pairs, as UTF-8.

    Raises:
        DecodeError: halves are not allowed, or the string is not valid UTF-8 for another reason.
    """
    try:
        value = cast(str, json.loads(text.decode("utf-8", "surrogatepass")))
    except ValueError:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, "invalid UTF-8 in a string")) from None
    if not halves:
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, "half of a surrogate pair in a string"))
    return value.encode("utf-8", "surrogatepass")


def is_large(raw: msgspec.Raw) -> bool:
    """Return whether the text of a value is longer than headers may be."""
    return len(memoryview(raw)) > _MOST_SMALL


def small_value_of(raw: msgspec.Raw) -> object:
    """Return a value of any kind, which takes much more memory than its text; None if it is invalid.

    Raises:
        DecodeError: the text of the value is longer than headers may be.
    """
    if is_large(raw):
        raise DecodeError(Problem.of(rules.BAD_CONTAINER, f"expected headers of at most {_MOST_SMALL} bytes, got more"))
    data = memoryview(raw)
    with contextlib.suppress(*_FAULTS):
        guard_stack(data)
        return cast(object, msgspec.json.decode(raw))
    with contextlib.suppress(ValueError, RecursionError):  # halves of surrogate pairs are allowed
        guard_stack(data)
        return cast(object, json.loads(bytes(data).decode("utf-8", "surrogatepass")))
    return None
