"""How single values are spelled on the wire, that is, in the bodies of the service.

A spelling is one way to write a value: `1`, `"1"` and `true` are spellings of the same flag. Each kind of value has a
reader for formats with types (JSON), a reader for formats that have only text (XML and CSV), and a writer.

A reader returns the value if it has the documented spelling. Otherwise it returns a `Deviation`: another spelling that
was accepted (a warning), or a value that cannot be read (an error, and the value is `UNREAD`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar, cast

from .problems import format_value, rules
from .problems.rules import Rule
from .tree import Fields, Node, Path, RoundedNumber, fold, guard_stack

__all__ = [
    "CHECK",
    "CODE",
    "END",
    "EPOCH",
    "FLAG",
    "HOSTS",
    "INTEGER",
    "LAST_EPOCH",
    "MAX_INTEGER",
    "NO_ERRORS",
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
    "from_epoch",
    "is_missing",
    "is_plainly_missing",
    "join_hosts",
    "list_in_object",
    "names_no_error",
]

_T = TypeVar("_T", bound=Node)


# The annotations of model fields


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """How one kind of value is read and written."""

    expected: str
    """What messages say is expected, such as "0 or 1"."""
    typed: Callable[[Node], object]
    """Reads from a format whose values have types, such as JSON."""
    text: Callable[[str], object]
    """Reads from a format in which every value is text, such as XML and CSV."""
    write: Callable[[object], Node]
    """Returns the value as JSON has it, or None if it is missing. Formats of text write the `str` of the result."""
    kind: type[str | int] = str
    """The type of the documented spelling in JSON. If the value is a list, the type of its members."""
    words: Mapping[str | int, object] | None = None
    """The documented spellings and their values; None if there are too many to list."""
    plain: bool = False
    """Whether every JSON value of the type `kind` has the documented spelling, and is the value of the field itself."""
    many: bool = False
    """Whether the value is a list."""
    value: type[bool | int | str | datetime] = str
    """The type of the value in the model. If the value is a list, the type of its members."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How a model field appears on the wire."""

    name: str
    """The documented name in JSON, from which every other spelling of it is derived."""
    spelling: Spelling
    always: bool = False
    """Whether every known sample has the field. Then a missing field is a warning. Source: documented or observed."""
    nullable: bool = False
    """Whether None is written as null. Otherwise the field is left out."""
    rank: int = 0
    """Fields of a lower rank are written first in JSON and XML; CSV keeps the order of the model."""
    identifies: int = 2
    """How well the name identifies the endpoint: 2 on its own, 1 if no name with a 2 is there, 0 not at all."""


@dataclass(frozen=True, slots=True)
class Items:
    """Marks the field of a response model that holds its records."""

    name: str = ""
    """The name of the array in JSON; empty if the whole response is the array."""


# The results of readers

UNREAD: Final = object()
"""The value of a `Deviation` that cannot be read. It is never put into a model."""


class Note(NamedTuple):
    """Why a value does not have the documented spelling."""

    rule: Rule
    message: str
    member: int | None = None
    """The index of the list member with the wrong spelling; None if it is the whole value."""


class Deviation:
    """A value that does not have the documented spelling, and why."""

    __slots__ = ("notes", "value")

    def __init__(self, value: object, *notes: Note) -> None:
        self.value = value
        self.notes: Iterable[Note] = notes


def _refused(rule: Rule, expected: str, value: Node) -> Deviation:
    return Deviation(UNREAD, Note(rule, f"expected {expected}, got {format_value(value)}"))


def _accepted(value: object, rule: Rule, documented: str, spelling: Node) -> Deviation:
    return Deviation(value, Note(rule, f"expected {documented}, accepted {format_value(spelling)}"))


# Missing values, which text formats spell in many ways, and JSON only by leaving the field out

_PLAIN: Final = frozenset({"", "null"})
"""The spellings of a missing value that are never reported in XML and CSV."""
_MISSING: Final = _PLAIN | {
    "#n/a", "#n/a n/a", "#na", "(null)", "-nan", "<na>", "<null>", "\\n", "n/a", "na", "nan", "nat", "nil", "none",
    "undefined",
}  # fmt: skip
"""What programs write for a missing value, in lower case. Sources: pandas, R, spreadsheets, SQL."""
_LONGEST_MISSING: Final = max(map(len, _MISSING))


def is_missing(text: str) -> bool:
    """Return whether the text of an optional field means a missing value: blank, or a word such as null or N/A."""
    return (len(text) <= _LONGEST_MISSING and text.lower() in _MISSING) or text.isspace()


def is_plainly_missing(text: str) -> bool:
    """Return whether text is a missing value as XML and CSV usually spell it: blank, or the word null."""
    return text in _PLAIN or text.isspace()


def _typed_optional(expected: str, read: Callable[[Node], object], missing: object = None) -> Callable[[Node], object]:
    def read_optional(value: Node) -> object:
        if value is None or (isinstance(value, str) and is_missing(value)):
            return _accepted(missing, rules.MISSING_SPELLING, f"{expected} or no field at all", value)
        return read(value)

    return read_optional


def _text_optional(expected: str, read: Callable[[str], object], missing: object = None) -> Callable[[str], object]:
    def read_optional(value: str) -> object:
        if not is_missing(value):
            return read(value)
        if is_plainly_missing(value):
            return missing
        return _accepted(missing, rules.MISSING_SPELLING, f"{expected} or a blank", value)

    return read_optional


# Numbers. Tools that have only floats write an integer with a fraction of zero, such as 5.0.

_FRACTION_OF_ZERO: Final = re.compile(r"([0-9]+)\.0+\Z")
_FIRST_INEXACT: Final = 2.0**53
"""The smallest float to which several integers are rounded."""


def _without_fraction(text: str) -> str:
    """Return the digits before a fraction of zero, or the text itself."""
    found = _FRACTION_OF_ZERO.match(text)
    return found[1] if found else text


def _whole(value: Node) -> int | None:
    """Return a number with a fraction of zero as an integer, None for any other value."""
    exact = type(value) is float and value.is_integer() and 0 <= value < _FIRST_INEXACT
    return int(cast(float, value)) if exact else None


# Checks: true, false, or null if the check could not be made

_CHECKS: Final[dict[str | int, bool | None]] = {"true": True, "false": False, "null": None}
_CHECK_EXPECTED: Final = "true, false or null"
_OTHER_CHECKS: Final[dict[str, bool]] = {"true": True, "1": True, "false": False, "0": False}


def _typed_check(value: Node) -> object:
    if isinstance(value, str):
        return _CHECKS[value] if value in _CHECKS else _other_check(value)
    if value is None:
        return _accepted(None, rules.MISSING_SPELLING, 'the text "null"', value)
    if type(value) in (bool, int, float) and value in (0, 1):
        return _accepted(bool(value), rules.CHECK_SPELLING, f"the text {_CHECK_EXPECTED}", value)
    return _refused(rules.BAD_CHECK, _CHECK_EXPECTED, value)


def _text_check(value: str) -> object:
    return _CHECKS[value] if value in _CHECKS else None if is_plainly_missing(value) else _other_check(value)


def _other_check(value: str) -> Deviation:
    folded = _without_fraction(value.lower())
    if folded in _OTHER_CHECKS:
        return _accepted(_OTHER_CHECKS[folded], rules.CHECK_SPELLING, _CHECK_EXPECTED, value)
    if is_missing(value):
        return _accepted(None, rules.MISSING_SPELLING, _CHECK_EXPECTED, value)
    return _refused(rules.BAD_CHECK, _CHECK_EXPECTED, value)


def _write_check(value: object) -> Node:
    return "null" if value is None else "true" if value else "false"


CHECK: Final = Spelling(_CHECK_EXPECTED, _typed_check, _text_check, _write_check, words=_CHECKS, value=bool)


# Text, and the words of the verdict

RESULTS: Final = frozenset({"bad", "ok", "smtp-failed", "unknown"})
"""The known words of `result`. The service may add others. Source: documented and observed."""
_TEXT_EXPECTED: Final = "text"


def _typed_text(value: Node) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        text = format_value(value) if isinstance(value, bool) else str(value)
        return _accepted(text, rules.TEXT_SPELLING, _TEXT_EXPECTED, value)
    return _refused(rules.WRONG_KIND, _TEXT_EXPECTED, value)


def _text(value: str) -> object:
    return value


def _verdict(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Return a reader that accepts any word, with a warning if it is not a known one."""

    def read_verdict(value: Node) -> object:
        word = read(value)
        if isinstance(word, str) and word not in RESULTS:
            return _accepted(word, rules.NEW_RESULT, f"a known result ({', '.join(sorted(RESULTS))})", word)
        return word

    return read_verdict


def _unchanged(value: object) -> Node:
    return cast(Node, value)


TEXT: Final = Spelling(_TEXT_EXPECTED, _typed_text, _text, _unchanged, plain=True)
WORDS: Final = Spelling(
    _TEXT_EXPECTED,
    _typed_optional(_TEXT_EXPECTED, _typed_text),
    _text_optional(_TEXT_EXPECTED, _text),
    _unchanged,
)
RESULT: Final = Spelling(
    _TEXT_EXPECTED,
    _typed_optional(_TEXT_EXPECTED, _verdict(_typed_text)),
    _text_optional(_TEXT_EXPECTED, _verdict(_typed_text)),
    _unchanged,
    words={word: word for word in RESULTS},
)


# Integers

MAX_INTEGER: Final = 2**63 - 1
_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_FAST_DIGITS: Final = 10
_INTEGER_EXPECTED: Final = "an integer of zero or more"


def _typed_integer(value: Node) -> object:
    if type(value) is int and 0 <= value <= MAX_INTEGER:
        return value
    number = _parse_integer(value) if isinstance(value, str) else _whole(value)
    if isinstance(number, Deviation):
        return number
    if number is not None:
        return _accepted(number, rules.INTEGER_SPELLING, "an integer", value)
    return _refused(rules.BAD_INTEGER, _INTEGER_EXPECTED, value)


def _text_integer(value: str) -> object:
    if value.isdigit() and value.isascii() and len(value) <= _FAST_DIGITS and value[0] != "0":
        return int(value)
    return _slow_integer(value)


def _parse_integer(value: str) -> object:
    digits = _without_fraction(value)
    if not _DIGITS.match(digits) or int(digits) > MAX_INTEGER:
        return _refused(rules.BAD_INTEGER, _INTEGER_EXPECTED, value)
    if digits is not value:
        return _accepted(int(digits), rules.INTEGER_SPELLING, "an integer without a fraction", value)
    return int(digits)


_slow_integer: Final = _text_optional(_INTEGER_EXPECTED, _parse_integer)
INTEGER: Final = Spelling(
    _INTEGER_EXPECTED,
    _typed_optional(_INTEGER_EXPECTED, _typed_integer),
    _text_integer,
    _unchanged,
    int,
    plain=True,
    value=int,
)


# Codes of error replies: numbers, or the words of a gateway

_CODE_EXPECTED: Final = "a numeric code"


def _code(read: Callable[[Any], object]) -> Callable[[Any], object]:
    def read_code(value: Node) -> object:
        code = read(value)
        if isinstance(code, Deviation) and code.value is UNREAD and type(value) in (str, int, float, RoundedNumber):
            return _accepted(str(value), rules.ERROR_SHAPE, _CODE_EXPECTED, value)
        return code

    return read_code


CODE: Final = Spelling(_CODE_EXPECTED, _code(INTEGER.typed), _code(INTEGER.text), _unchanged)


NO_ERRORS: Final = _MISSING | {"0", "false", "true"}
"""What means "no error" in the place of an error message, in lower case. White space also means it."""


def names_no_error(text: str) -> bool:
    """Return whether text in the place of an error message means "no error": a missing value, 0, true or false."""
    return text.isspace() or text.lower() in NO_ERRORS


# Flags: 1 or 0

_FLAG_EXPECTED: Final = "0 or 1"
_OTHER_FLAGS: Final[dict[str, bool]] = {"0": False, "1": True, "false": False, "true": True}


def _typed_flag(value: Node) -> object:
    if type(value) is int and value in (0, 1):
        return value == 1
    if type(value) in (bool, float) and value in (0, 1):
        return _accepted(bool(value), rules.FLAG_SPELLING, _FLAG_EXPECTED, value)
    folded = _without_fraction(value.lower()) if isinstance(value, str) else None
    if folded in _OTHER_FLAGS:
        return _accepted(_OTHER_FLAGS[folded], rules.FLAG_SPELLING, _FLAG_EXPECTED, value)
    return _refused(rules.BAD_FLAG, _FLAG_EXPECTED, value)


def _text_flag(value: str) -> object:
    return value == "1" if value in ("0", "1") else _typed_flag(value)


def _write_flag(value: object) -> Node:
    return None if value is None else int(value is True)


FLAG: Final = Spelling(
    _FLAG_EXPECTED,
    _typed_optional(_FLAG_EXPECTED, _typed_flag),
    _text_optional(_FLAG_EXPECTED, _text_flag),
    _write_flag,
    int,
    words={0: False, 1: True},
    value=bool,
)


# Dates: seconds since 1970, as text

LAST_EPOCH: Final = 253402300799
"""The last second of the year 9999, the last that a datetime can hold."""
_EPOCH_EXPECTED: Final = "seconds since 1970"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch(seconds: int) -> datetime:
    """Return the date of a number of seconds since 1970. `datetime.fromtimestamp` of Windows ends in the year 3000."""
    return _EPOCH + timedelta(0, seconds)


def _typed_epoch(value: Node) -> object:
    if isinstance(value, str):
        return _text_epoch(value)
    seconds = value if type(value) is int else _whole(value)
    if seconds == 0:
        return _no_date(value)
    if seconds is not None and 0 < seconds <= LAST_EPOCH:
        return _accepted(from_epoch(seconds), rules.EPOCH_SPELLING, f"{_EPOCH_EXPECTED} as text", value)
    return _refused(rules.BAD_EPOCH, _EPOCH_EXPECTED, value)


def _text_epoch(value: str) -> object:
    digits = _without_fraction(value)
    if not _DIGITS.match(digits) or int(digits) > LAST_EPOCH:
        return _refused(rules.BAD_EPOCH, _EPOCH_EXPECTED, value)
    if digits == "0":
        return _no_date(value)
    moment = from_epoch(int(digits))
    if digits is not value:
        return _accepted(moment, rules.EPOCH_SPELLING, f"{_EPOCH_EXPECTED} without a fraction", value)
    return moment


def _no_date(value: Node) -> Deviation:
    """Read a zero as missing. Inferred: a running request may have it as its end, a waiting one as its start."""
    return _accepted(None, rules.MISSING_SPELLING, f"{_EPOCH_EXPECTED} or no field at all", value)


def _fast_epoch(read: Callable[[_T], object]) -> Callable[[_T], object]:
    """Return a reader of dates with a fast path for ten digits."""

    def read_epoch(value: _T) -> object:
        if isinstance(value, str) and len(value) == _FAST_DIGITS and value.isdigit() and value.isascii():
            return from_epoch(int(value)) if value[0] != "0" else read(value)
        return read(value)

    return read_epoch


def _inferred_if_missing(read: Callable[[_T], object]) -> Callable[[_T], object]:
    """Return a reader of the end of a request, which is missing while the request is running.

    How the service spells a missing end is only inferred, so it is reported by a rule of its own.
    """

    def read_end(value: _T) -> object:
        result = read(value)
        plain = not isinstance(value, str) or value == "0" or is_plainly_missing(value)
        if plain and isinstance(result, Deviation) and result.value is None:
            return _accepted(None, rules.INFERRED_SPELLING, f"{_EPOCH_EXPECTED} or no field at all", value)
        return result

    return read_end


def _write_epoch(value: object) -> Node:
    return str(int(value.timestamp())) if isinstance(value, datetime) else None


EPOCH: Final = Spelling(
    _EPOCH_EXPECTED,
    _fast_epoch(_typed_optional(_EPOCH_EXPECTED, _typed_epoch)),
    _fast_epoch(_text_optional(_EPOCH_EXPECTED, _text_epoch)),
    _write_epoch,
    value=datetime,
)
END: Final = Spelling(
    _EPOCH_EXPECTED,
    _inferred_if_missing(EPOCH.typed),
    _inferred_if_missing(EPOCH.text),
    _write_epoch,
    value=datetime,
)
"""The end of a request."""


# Lists that tools write as objects

_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")


def list_in_object(node: Fields) -> list[tuple[Node, Path]] | None:
    """Return the members of a list that a tool wrote as an object, each with its path in the object.

    PHP writes an array with gaps as an object with numbers for names, and PowerShell 5 writes the array and its length.
    None means that the object is not such a list.
    """
    names = [name for name, _ in node]
    if names and all(map(_NUMBER.match, names)) and len(set(names)) == len(names):
        return [(value, (position,)) for position, value in enumerate(node.values())]
    if len(names) == 2 and sorted(map(fold, names)) == ["count", "value"]:
        position = 0 if fold(names[0]) == "value" else 1
        members, count = node.values()[position], node.values()[1 - position]
        if isinstance(members, list) and count == len(members):
            return [(member, (position, index)) for index, member in enumerate(members)]
    return None


# Lists of host names

_SEPARATORS = re.compile(r"[,;|\s]+")
_NO_WORD = r"Array|Circular|Object|object|System\.[A-Z].*|true|false|[0-9]++(?:\.[0-9]*+)?+"
"""What programs write instead of a list or an object, such as "Array" in PHP, and values of other types."""
_PLAIN_HOST = rf"(?!(?:{_NO_WORD.replace('.*', '[A-Za-z0-9._-]*+')})(?:,|\Z))[A-Za-z0-9._-]++"
_JOINED = re.compile(rf"{_PLAIN_HOST}(?:, {_PLAIN_HOST})*+\Z")
"""Hosts as nearly all cells have them: joined by comma and space. Other cells are examined more closely."""
_BRACKETS = re.compile(r"\[(.*)\]\Z|\{(.*)\}\Z|\((.*)\)\Z", re.DOTALL)
_MEMBER = re.compile(
    r"""\s*+(?:(?:'([^'\\]*+)'|"([^"\\]*+)")(?:\s*+(?:,|\Z)|\s++)|([^\s'"\\,:;|<>=()\[\]{}]++)\s*+(?:,|\Z))"""
)
"""A member of a list, with quotes or without. NumPy writes no comma after a quote."""
_LITERAL = re.compile(r"\[(?:[0-9]++(?:\.[0-9]++)++|(?:IPv6:)?[0-9A-Fa-f]*+:[0-9A-Fa-f.:]*+)\]\Z")
"""An address in brackets, which may be in the place of a host name."""
_NO_HOST = re.compile(rf"""\A(?:{_NO_WORD})\Z|[()\[\]{{}}<>"=]|(?!\A)'""", re.DOTALL)
"""Text that is not a host name. `convert --excel-safe` writes an apostrophe before some hosts."""
_HOSTS_EXPECTED: Final = "an array of host names"


def _typed_hosts(value: Node) -> object:
    if isinstance(value, list):
        return _host_members(value)
    if isinstance(value, str):
        hosts = _text_hosts(value)
        return hosts if isinstance(hosts, Deviation) else _accepted(hosts, rules.LIST_SPELLING, _HOSTS_EXPECTED, value)
    listed = list_in_object(value) if isinstance(value, Fields) else None
    hosts = tuple(member for member, _ in listed or () if isinstance(member, str))
    if listed and len(hosts) == len(listed):
        return _accepted(hosts, rules.LIST_SPELLING, _HOSTS_EXPECTED, value)
    return _refused(rules.WRONG_KIND, _HOSTS_EXPECTED, value)


def _host_members(value: list[Node]) -> object:
    hosts = tuple([host for host in value if isinstance(host, str)])
    if not value:
        message = "expected no field at all where there are no hosts, accepted an empty array"
        return Deviation((), Note(rules.MISSING_SPELLING, message))
    if len(hosts) == len(value):
        return hosts
    refused = Deviation(UNREAD)
    refused.notes = _WrongHosts(value)
    return refused


@dataclass(frozen=True, slots=True)
class _WrongHosts:
    """The notes about the list members that are not text. A note is made only when it is asked for."""

    members: list[Node]

    def __iter__(self) -> Iterator[Note]:
        for index, host in enumerate(self.members):
            if not isinstance(host, str):
                yield Note(rules.WRONG_KIND, f"expected a host name, got {format_value(host)}", index)


def _text_hosts(value: str) -> object:
    """Read hosts that are joined by separators, or a list as JSON, Python, NumPy, Java and PostgreSQL write it."""
    if _JOINED.match(value):
        return tuple(value.split(", "))
    listed = _json_members(value)
    if listed and not _can_be_joined(listed):
        return listed
    if not listed and not _LITERAL.match(value):
        listed = _members(value)
    if listed is not None:
        rule = rules.LIST_SPELLING if listed else rules.MISSING_SPELLING
        return _accepted(listed, rule, "hosts joined by commas, or a blank", value)
    hosts = tuple(filter(None, _SEPARATORS.split(value)))
    if hosts and not any(_NO_HOST.search(host) and not _LITERAL.match(host) for host in hosts):
        return hosts
    return _refused(rules.WRONG_KIND, _HOSTS_EXPECTED, value)


def _can_be_joined(hosts: tuple[str, ...]) -> bool:
    """Return whether hosts can be joined by comma and space, and split again."""
    text = ", ".join(hosts)
    return not is_missing(text) and _text_hosts(text) == hosts


def _json_members(text: str) -> tuple[str, ...] | None:
    """Return the members of a JSON array of strings, or None if the text is anything else."""
    if not text.startswith("["):
        return None
    try:
        guard_stack(text)
        members = cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return None
    hosts = cast("list[object]", members)
    texts = tuple(host for host in hosts if isinstance(host, str) and _is_encodable(host))
    return texts if len(texts) == len(hosts) else None


def _members(text: str) -> tuple[str, ...] | None:
    """Return the members of a list in brackets, braces or parentheses, or None if the text is no such list."""
    found = _BRACKETS.match(text)
    if found is None:
        return None
    inside, position = cast(str, found[cast(int, found.lastindex)]).strip(), 0
    members: list[str] = []
    while position < len(inside):
        member = _MEMBER.match(inside, position)
        if member is None or (member[3] and (is_missing(member[3]) or _NO_HOST.search(member[3]))):
            return None
        members.append(cast(str, member[cast(int, member.lastindex)]))
        position = member.end()
    return tuple(members)


def _is_encodable(host: str) -> bool:
    """Return whether a string has no lone surrogate, which JSON can contain as an escape."""
    try:
        host.encode()
    except UnicodeEncodeError:
        return False
    return True


def join_hosts(hosts: list[str]) -> str:
    """Return hosts as the text of one cell: joined by comma and space if they can be split again, else a JSON array."""
    return ", ".join(hosts) if _can_be_joined(tuple(hosts)) else json.dumps(hosts, ensure_ascii=False)


def _write_hosts(value: object) -> Node:
    return list(cast(tuple[str, ...], value)) or None


HOSTS: Final = Spelling(
    _HOSTS_EXPECTED,
    _typed_optional(_HOSTS_EXPECTED, _typed_hosts, ()),
    _text_optional(_HOSTS_EXPECTED, _text_hosts, ()),
    _write_hosts,
    plain=True,
    many=True,
)
