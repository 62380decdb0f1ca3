"""How single values are spelled on the wire: one reader for typed trees, one for text, one writer each.

A reader returns the value when the spelling is the documented one, and a `Deviation` when it had to
accept another (a warning) or could not read it (an error, and the value is `UNREAD`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias, cast

from .problems import shown
from .tree import Node

__all__ = [
    "CHECK",
    "RESULT",
    "RESULTS",
    "TEXT",
    "UNREAD",
    "WORDS",
    "Deviation",
    "Items",
    "Note",
    "Spelling",
    "Wire",
    "accepted",
    "fault",
    "is_unsaid",
    "optional",
    "same",
]

RESULTS: Final = frozenset({"bad", "ok", "smtp-failed", "unknown"})
"""The words that result has been seen to be; the vocabulary is open. Source: documented and observed."""


UNREAD: Final = object()
"""Stands where a value could not be read; it is never put into a model."""


class Note(NamedTuple):
    """Why a spelling is not the documented one."""

    code: str
    message: str
    member: int | None = None
    """The member of a list that it is about."""


class Deviation:
    """A value that is not spelled as documented, and why."""

    __slots__ = ("notes", "value")

    def __init__(self, value: object, *notes: Note) -> None:
        self.value = value
        self.notes = notes


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one kind of value is read and written."""

    expected: str
    """What a message says was expected."""
    typed: Callable[[Node], object]
    """Read from a format whose values have types, such as JSON."""
    text: Callable[[str], object]
    """Read from a format that knows text only, such as XML and CSV."""
    write: Callable[[object], Node]
    """Write as the typed tree spells it, None where a value is not said; text formats write its `str`."""
    kind: type[str | int] = str
    """What the documented spelling is in JSON, or what the members of a list are."""
    words: Mapping[str | int, object] | None = None
    """The documented spellings and their values, where these are all there are."""
    plain: bool = False
    """Whether every value of that kind is spelled as documented, and stands for itself."""
    many: bool = False
    """Whether the value is a list."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How a model field appears on the wire."""

    name: str
    """The documented name in JSON, from which every other spelling of it is derived."""
    spelling: Spelling
    always: bool = False
    """Whether the service documents it as always present, so that its absence is worth a warning."""
    nullable: bool = False
    """Whether None is written as null; it is left out otherwise."""
    rank: int = 0
    """Fields of a lower rank are written first in JSON and XML; CSV keeps the order of the model."""


@dataclass(frozen=True, slots=True)
class Items:
    """Where the records of a response stand: under a name, or as the whole response when the name is empty."""

    name: str = ""


_Result: TypeAlias = "object | Deviation"


def is_unsaid(text: str) -> bool:
    """Tell whether an optional text says nothing: blank, or the word null."""
    return not text or text == "null" or text.isspace()


def fault(code: str, spelling: str, value: Node) -> Deviation:
    """Say that a value cannot be read."""
    return Deviation(UNREAD, Note(code, f"expected {spelling}, got {shown(value)}"))


def accepted(value: object, code: str, documented: str, came: Node) -> Deviation:
    """Say that a value is read though it is spelled in an undocumented way."""
    return Deviation(value, Note(code, f"expected {documented}, accepted {shown(came)}"))


def optional(
    expected: str, typed: Callable[[Node], object], text: Callable[[str], object]
) -> tuple[Callable[[Node], object], Callable[[str], object]]:
    """Let both readers know "not said", which text formats spell in many ways and JSON only by absence."""

    def read_typed(value: Node) -> _Result:
        if value is None or (isinstance(value, str) and is_unsaid(value)):
            return accepted(None, "BEV306", f"{expected} or no field at all", value)
        return typed(value)

    def read_text(value: str) -> _Result:
        return None if is_unsaid(value) else text(value)

    return read_typed, read_text


# A check: true, false, or null when it could not be asked.

_CHECKS: Final[dict[str | int, bool | None]] = {"true": True, "false": False, "null": None}
_CHECK_EXPECTED = "true, false or null"
_OTHER_CHECKS: Final[dict[str, bool]] = {"true": True, "1": True, "false": False, "0": False}


def _typed_check(value: Node) -> _Result:
    if isinstance(value, str):
        return _CHECKS[value] if value in _CHECKS else _other_check(value)
    if value is None:
        return accepted(None, "BEV306", 'the text "null"', value)
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return accepted(bool(value), "BEV302", f"the text {_CHECK_EXPECTED}", value)
    return fault("BEV203", _CHECK_EXPECTED, value)


def _text_check(value: str) -> _Result:
    return _CHECKS[value] if value in _CHECKS else None if is_unsaid(value) else _other_check(value)


def _other_check(value: str) -> Deviation:
    folded = value.lower()
    if folded in _OTHER_CHECKS:
        return accepted(_OTHER_CHECKS[folded], "BEV302", _CHECK_EXPECTED, value)
    if folded == "null" or is_unsaid(value):
        return accepted(None, "BEV306", _CHECK_EXPECTED, value)
    return fault("BEV203", _CHECK_EXPECTED, value)


def _write_check(value: object) -> Node:
    return "null" if value is None else "true" if value else "false"


# Text, required and optional.


def _typed_text(value: Node) -> _Result:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        text = shown(value) if isinstance(value, bool) else str(value)
        return accepted(text, "BEV309", "a text", value)
    return fault("BEV207", "a text", value)


def _verdict(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Take any word, and say so when it is one that has not been seen."""

    def read_verdict(value: Node) -> _Result:
        word = read(value)
        if isinstance(word, str) and word not in RESULTS:
            return accepted(word, "BEV315", f"a known result ({', '.join(sorted(RESULTS))})", word)
        return word

    return read_verdict


def _same_text(value: str) -> _Result:
    return value


def same(value: object) -> Node:
    """Write a value as it is."""
    return cast(Node, value)


CHECK = Spelling(_CHECK_EXPECTED, _typed_check, _text_check, _write_check, words=_CHECKS)
TEXT = Spelling("a text", _typed_text, _same_text, same, plain=True)
WORDS = Spelling("a text", *optional("a text", _typed_text, _same_text), write=same)
RESULT = Spelling(
    "a text",
    *optional("a text", _verdict(_typed_text), _verdict(_typed_text)),
    write=same,
    words={word: word for word in RESULTS},
)
