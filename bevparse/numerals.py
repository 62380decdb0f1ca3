"""How integers, flags and dates are spelled: plain digits only, so that "1_000", " 1 " and "+1" are faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from .tree import Node
from .wire import UNREAD, Deviation, Spelling, accepted, fault, optional, same

__all__ = ["EPOCH", "EPOCH_OR_ZERO", "FLAG", "INTEGER", "LAST_EPOCH", "MAX_INTEGER"]

MAX_INTEGER: Final = 2**63 - 1
LAST_EPOCH: Final = 253402300799
"""The last second of the year 9999, the last that a datetime can hold."""

_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_Result: TypeAlias = "object | Deviation"

_INTEGER_EXPECTED = "an integer of zero or more"
_FLAG_EXPECTED = "0 or 1"
_EPOCH_EXPECTED = "seconds since 1970"
_USUAL_DIGITS: Final = 10
_from_epoch = datetime.fromtimestamp
_OTHER_FLAGS: Final[dict[str, bool]] = {"0": False, "1": True, "false": False, "true": True}


def _typed_integer(value: Node) -> _Result:
    if type(value) is int and 0 <= value <= MAX_INTEGER:
        return value
    number = _text_integer(value) if isinstance(value, str) else UNREAD
    if isinstance(number, int):
        return accepted(number, "BEV301", "an integer", value)
    return fault("BEV204", _INTEGER_EXPECTED, value)


def _text_integer(value: str) -> _Result:
    if _DIGITS.match(value) and int(value) <= MAX_INTEGER:
        return int(value)
    return fault("BEV204", _INTEGER_EXPECTED, value)


def _quick_integer(read: Callable[[str], object]) -> Callable[[str], object]:
    """Read usual numbers without a detour."""

    def read_integer(value: str) -> _Result:
        if value.isdigit() and value.isascii() and len(value) <= _USUAL_DIGITS and value[0] != "0":
            return int(value)
        return read(value)

    return read_integer


def _typed_flag(value: Node) -> _Result:
    if type(value) is int and value in (0, 1):
        return value == 1
    if isinstance(value, bool):
        return accepted(value, "BEV303", _FLAG_EXPECTED, value)
    if isinstance(value, str) and value in _OTHER_FLAGS:
        return accepted(_OTHER_FLAGS[value], "BEV303", _FLAG_EXPECTED, value)
    return fault("BEV205", _FLAG_EXPECTED, value)


def _text_flag(value: str) -> _Result:
    if value in ("0", "1"):
        return value == "1"
    return _typed_flag(value)


def _typed_epoch(value: Node) -> _Result:
    if isinstance(value, str):
        return _text_epoch(value)
    if type(value) is int and 0 <= value <= LAST_EPOCH:
        return accepted(datetime.fromtimestamp(value, UTC), "BEV304", f"{_EPOCH_EXPECTED} as text", value)
    return fault("BEV206", _EPOCH_EXPECTED, value)


def _text_epoch(value: str) -> _Result:
    if _DIGITS.match(value) and int(value) <= LAST_EPOCH:
        return datetime.fromtimestamp(int(value), UTC)
    return fault("BEV206", _EPOCH_EXPECTED, value)


def _quickly(read: Callable[[Node], object]) -> Callable[[Node], object]:
    """Read the usual ten digits without a detour."""

    def read_epoch(value: Node) -> _Result:
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

    def read_end(value: Node) -> _Result:
        if value == "0" or (type(value) is int and value == 0):
            return accepted(None, "BEV306", f"{_EPOCH_EXPECTED} or no field at all", value)
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
