"""How single values are spelled on the wire: one reader for typed trees, one for text, one writer each.

A reader returns the value when the spelling is the documented one, and a `Deviation` when it had to
accept another (a warning) or could not read it (an error, and the value is `UNREAD`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias, TypeGuard, cast

from .problems import format_value, rules
from .problems.rules import Rule
from .tree import Node

__all__ = [
    "CHECK",
    "EPOCH",
    "EPOCH_OR_ZERO",
    "FLAG",
    "HOSTS",
    "INTEGER",
    "LAST_EPOCH",
    "MAX_INTEGER",
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
    "join_hosts",
    "optional",
    "same",
]

RESULTS: Final = frozenset({"bad", "ok", "smtp-failed", "unknown"})
"""The words that result has been seen to be; the vocabulary is open. Source: documented and observed."""

UNREAD: Final = object()
"""Stands where a value could not be read; it is never put into a model."""


class Note(NamedTuple):
    """Why a spelling is not the documented one."""

    rule: Rule
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
    tells: int = 2
    """How surely the name tells the endpoint: 2 by itself, 1 unless a surer name is there, 0 not at all."""


@dataclass(frozen=True, slots=True)
class Items:
    """Where the records of a response stand: under a name, or as the whole response when the name is empty."""

    name: str = ""


_Result: TypeAlias = "object | Deviation"


def is_unsaid(text: str) -> bool:
    """Tell whether an optional text says nothing: blank, or the word null."""
    return not text or text == "null" or text.isspace()


def fault(rule: Rule, spelling: str, value: Node) -> Deviation:
    """Say that a value cannot be read."""
    return Deviation(UNREAD, Note(rule, f"expected {spelling}, got {format_value(value)}"))


def accepted(value: object, rule: Rule, documented: str, came: Node) -> Deviation:
    """Say that a value is read though it is spelled in an undocumented way."""
    return Deviation(value, Note(rule, f"expected {documented}, accepted {format_value(came)}"))


def optional(
    expected: str, typed: Callable[[Node], object], text: Callable[[str], object]
) -> tuple[Callable[[Node], object], Callable[[str], object]]:
    """Let both readers know "not said", which text formats spell in many ways and JSON only by absence."""

    def read_typed(value: Node) -> _Result:
        if value is None or (isinstance(value, str) and is_unsaid(value)):
            return accepted(None, rules.UNSAID_SPELLING, f"{expected} or no field at all", value)
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
        return accepted(None, rules.UNSAID_SPELLING, 'the text "null"', value)
    if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
        return accepted(bool(value), rules.CHECK_SPELLING, f"the text {_CHECK_EXPECTED}", value)
    return fault(rules.BAD_CHECK, _CHECK_EXPECTED, value)


def _text_check(value: str) -> _Result:
    return _CHECKS[value] if value in _CHECKS else None if is_unsaid(value) else _other_check(value)


def _other_check(value: str) -> Deviation:
    folded = value.lower()
    if folded in _OTHER_CHECKS:
        return accepted(_OTHER_CHECKS[folded], rules.CHECK_SPELLING, _CHECK_EXPECTED, value)
    if folded == "null" or is_unsaid(value):
        return accepted(None, rules.UNSAID_SPELLING, _CHECK_EXPECTED, value)
    return fault(rules.BAD_CHECK, _CHECK_EXPECTED, value)


def _write_check(value: object) -> Node:
    return "null" if value is None else "true" if value else "false"


# Text, required and optional.
def _typed_text(value: Node) -> _Result:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        text = format_value(value) if isinstance(value, bool) else str(value)
        return accepted(text, rules.TEXT_SPELLING, "a text", value)
    return fault(rules.WRONG_KIND, "a text", value)


def _verdict(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Take any word, and say so when it is one that has not been seen."""

    def read_verdict(value: Node) -> _Result:
        word = read(value)
        if isinstance(word, str) and word not in RESULTS:
            return accepted(word, rules.NEW_RESULT, f"a known result ({', '.join(sorted(RESULTS))})", word)
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

_BETWEEN = re.compile(r"[,;|\s]+")
_JOINED = re.compile(r"[A-Za-z0-9._-]++(?:, [A-Za-z0-9._-]++)*+\Z")
_EXPECTED = "an array of host names"


def _typed_hosts(value: Node) -> object:
    if isinstance(value, list):
        return _host_members(value)
    if value is None or (isinstance(value, str) and is_unsaid(value)):
        return accepted((), rules.UNSAID_SPELLING, f"{_EXPECTED} or no field at all", value)
    if isinstance(value, str):
        hosts = _text_hosts(value)
        return hosts if isinstance(hosts, Deviation) else accepted(hosts, rules.LIST_SPELLING, _EXPECTED, value)
    return fault(rules.WRONG_KIND, _EXPECTED, value)


def _host_members(value: list[Node]) -> object:
    hosts = tuple(filter(_is_str, value))
    if not value:
        return Deviation(
            (),
            Note(rules.UNSAID_SPELLING, "expected no field at all where there are no hosts, accepted an empty array"),
        )
    if len(hosts) == len(value):
        return hosts
    faults = (
        Note(rules.WRONG_KIND, f"expected a host name, got {format_value(host)}", index)
        for index, host in enumerate(value)
        if not isinstance(host, str)
    )
    return Deviation(UNREAD, *faults)


def _is_str(host: object) -> TypeGuard[str]:
    return host.__class__ is str


def _text_hosts(value: str) -> object:
    if _JOINED.match(value) and value != "null":
        return tuple(value.split(", "))
    if is_unsaid(value):
        return ()
    members = _members(value) if value.startswith("[") else None
    if members is None:
        return _split_hosts(value)
    hosts = tuple(host for host in members if isinstance(host, str) and _is_text(host))
    return hosts if len(hosts) == len(members) else fault(rules.WRONG_KIND, _EXPECTED, value)


def _members(text: str) -> list[object] | None:
    """Read a JSON array; an address literal such as [192.0.2.1] only starts like one."""
    try:
        members = cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return None
    return cast("list[object]", members) if isinstance(members, list) else None


def _is_text(host: str) -> bool:
    """Tell whether there is no escaped half of a surrogate pair in it."""
    try:
        host.encode()
    except UnicodeEncodeError:
        return False
    return True


def _split_hosts(text: str) -> tuple[str, ...]:
    return tuple(host for host in _BETWEEN.split(text) if host)


def join_hosts(hosts: list[str]) -> str:
    """Write hosts into one cell: joined by comma and space when that can be split again, else as a JSON array."""
    text = ", ".join(hosts)
    return text if _text_hosts(text) == tuple(hosts) else json.dumps(hosts, ensure_ascii=False)


def _write_hosts(value: object) -> Node:
    return list(cast(tuple[str, ...], value)) or None


HOSTS = Spelling(_EXPECTED, _typed_hosts, _text_hosts, _write_hosts, plain=True, many=True)
MAX_INTEGER: Final = 2**63 - 1

LAST_EPOCH: Final = 253402300799
"""The last second of the year 9999, the last that a datetime can hold."""

_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")

_Number: TypeAlias = "object | Deviation"

_INTEGER_EXPECTED = "an integer of zero or more"
_FLAG_EXPECTED = "0 or 1"
_EPOCH_EXPECTED = "seconds since 1970"
_USUAL_DIGITS: Final = 10

_from_epoch = datetime.fromtimestamp

_OTHER_FLAGS: Final[dict[str, bool]] = {"0": False, "1": True, "false": False, "true": True}


def _typed_integer(value: Node) -> _Number:
    if type(value) is int and 0 <= value <= MAX_INTEGER:
        return value
    number = _text_integer(value) if isinstance(value, str) else UNREAD
    if isinstance(number, int):
        return accepted(number, rules.INTEGER_SPELLING, "an integer", value)
    return fault(rules.BAD_INTEGER, _INTEGER_EXPECTED, value)


def _text_integer(value: str) -> _Number:
    if _DIGITS.match(value) and int(value) <= MAX_INTEGER:
        return int(value)
    return fault(rules.BAD_INTEGER, _INTEGER_EXPECTED, value)


def _quick_integer(read: Callable[[str], object]) -> Callable[[str], object]:
    """Read usual numbers without a detour."""

    def read_integer(value: str) -> _Number:
        if value.isdigit() and value.isascii() and len(value) <= _USUAL_DIGITS and value[0] != "0":
            return int(value)
        return read(value)

    return read_integer


def _typed_flag(value: Node) -> _Number:
    if type(value) is int and value in (0, 1):
        return value == 1
    if isinstance(value, bool):
        return accepted(value, rules.FLAG_SPELLING, _FLAG_EXPECTED, value)
    if isinstance(value, str) and value in _OTHER_FLAGS:
        return accepted(_OTHER_FLAGS[value], rules.FLAG_SPELLING, _FLAG_EXPECTED, value)
    return fault(rules.BAD_FLAG, _FLAG_EXPECTED, value)


def _text_flag(value: str) -> _Number:
    if value in ("0", "1"):
        return value == "1"
    return _typed_flag(value)


def _typed_epoch(value: Node) -> _Number:
    if isinstance(value, str):
        return _text_epoch(value)
    if type(value) is int and 0 <= value <= LAST_EPOCH:
        return accepted(datetime.fromtimestamp(value, UTC), rules.EPOCH_SPELLING, f"{_EPOCH_EXPECTED} as text", value)
    return fault(rules.BAD_EPOCH, _EPOCH_EXPECTED, value)


def _text_epoch(value: str) -> _Number:
    if _DIGITS.match(value) and int(value) <= LAST_EPOCH:
        return datetime.fromtimestamp(int(value), UTC)
    return fault(rules.BAD_EPOCH, _EPOCH_EXPECTED, value)


def _quickly(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Read the usual ten digits without a detour."""

    def read_epoch(value: Node) -> _Number:
        if isinstance(value, str) and len(value) == _USUAL_DIGITS and value.isdigit() and value.isascii():
            return _from_epoch(int(value), UTC) if value[0] != "0" else read(value)
        return read(value)

    return read_epoch


def _write_epoch(value: object) -> Node:
    return str(int(value.timestamp())) if isinstance(value, datetime) else None


def _write_flag(value: object) -> Node:
    return None if value is None else int(value is True)


def _unless_zero(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Read a zero as "not said": inferred, a running request may have it for its end."""

    def read_end(value: Node) -> _Number:
        if value == "0" or (type(value) is int and value == 0):
            return accepted(None, rules.UNSAID_SPELLING, f"{_EPOCH_EXPECTED} or no field at all", value)
        return read(value)

    return read_end


_INTEGER_TYPED, _INTEGER_TEXT = optional(_INTEGER_EXPECTED, _typed_integer, _text_integer)

INTEGER = Spelling(_INTEGER_EXPECTED, _INTEGER_TYPED, _quick_integer(_INTEGER_TEXT), same, int, plain=True)

FLAG = Spelling(
    _FLAG_EXPECTED, *optional(_FLAG_EXPECTED, _typed_flag, _text_flag), _write_flag, int, words={0: False, 1: True}
)

_EPOCH_TYPED, _EPOCH_TEXT = optional(_EPOCH_EXPECTED, _typed_epoch, _text_epoch)

EPOCH = Spelling(_EPOCH_EXPECTED, _quickly(_EPOCH_TYPED), _quickly(_EPOCH_TEXT), _write_epoch)  # type: ignore[arg-type]
EPOCH_OR_ZERO = Spelling(_EPOCH_EXPECTED, _unless_zero(EPOCH.typed), _unless_zero(EPOCH.text), _write_epoch)  # type: ignore[arg-type]
