"""Slots: the places in rows whose values vary, and how these values are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final, cast

from ..payloads.layout import Field
from ..problems.collector import ExampleTally
from ..wire import UNREAD, Deviation, Note

__all__ = [
    "ABSENT",
    "IRREGULAR",
    "NumberSlot",
    "Slot",
    "TextSlot",
    "UndocumentedError",
    "ValueCache",
    "require_value",
    "token",
    "token_like",
]

ABSENT: Final = object()
"""The value of a slot in a record that does not have the field."""
IRREGULAR: Final = object()
"""In the place of a value that the tolerant reader must read, with its whole record."""
_MOST_TEXTS: Final = 4096
_LONGEST_TEXT: Final = 100
_MOST_DIGITS: Final = 16


class Slot:
    """A place in the rows of a body where the value of one field is.

    Args:
        attribute: the attribute of the field, or the name of an undocumented field.
        read: reads the text in the slot. It returns a value, a `Deviation`, `ABSENT` or `IRREGULAR`.
        text: the text that examples have in the slot. No body contains it.
        is_extra: whether the field is undocumented.
        is_reported_once: whether a problem is reported only once in a body, and not for each record.
    """

    def __init__(
        self,
        attribute: str,
        read: Callable[[str], object],
        text: str,
        *,
        is_extra: bool = False,
        is_reported_once: Callable[[Note], bool] = lambda _: False,
    ) -> None:
        self.attribute = attribute
        self.text = text
        self.is_extra = is_extra
        self.tallies: dict[str, ExampleTally] = {}
        """The problems of each string that has any."""
        self._read = read
        self._is_reported_once = is_reported_once
        self._values: dict[str | None, object] = {None: ABSENT}

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return the value of each string, and `ABSENT` for None."""
        known = self._values
        return [known[text] if text in known else self.value(cast(str, text)) for text in texts]

    def value(self, text: str) -> object:
        """Return the value of a string that this slot has not had before. It is remembered, with its problems."""
        value = self._read(text)
        if len(self._values) >= _MOST_TEXTS:
            return IRREGULAR if isinstance(value, Deviation) else value
        if isinstance(value, Deviation):
            value = self._deviating(text, value)
        self._values[text] = value
        return value

    def _deviating(self, text: str, deviation: Deviation) -> object:
        tally = ExampleTally()
        for note in deviation.notes:
            if self._is_reported_once(note):
                tally.once.add((note.rule.code, self.attribute))
            else:
                tally.warnings += note.rule.severity == "warning"
                tally.infos += note.rule.severity == "info"
        self.tallies[text] = tally
        return IRREGULAR if deviation.value is UNREAD else deviation.value


class TextSlot(Slot):
    """A slot whose values are the strings in it.

    Args:
        attribute: as for `Slot`.
        are_plain: returns whether a string is free of the syntax of the format. It gets one string or several, joined.
        text: as for `Slot`.
        is_extra: as for `Slot`.
    """

    def __init__(self, attribute: str, are_plain: Callable[[str], bool], text: str, *, is_extra: bool = False) -> None:
        super().__init__(attribute, str, text, is_extra=is_extra)
        self._are_plain = are_plain

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return each string, but `IRREGULAR` if it is not plain, and `ABSENT` for None."""
        plain = self._are_plain
        if None not in texts and plain("".join(cast("Sequence[str]", texts))):
            return cast("list[object]", list(texts))
        return [ABSENT if text is None else text if plain(text) else IRREGULAR for text in texts]

    def value(self, text: str) -> object:
        """Return the string itself."""
        return text


class NumberSlot(Slot):
    """A slot for the integers of an undocumented field.

    Args:
        attribute: as for `Slot`.
        text: as for `Slot`.
    """

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(attribute, _number, text, is_extra=True)

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return each string as an integer, but `IRREGULAR` if it is not one, and `ABSENT` for None."""
        return [ABSENT if text is None else _number(text) for text in texts]


def _number(text: str) -> object:
    is_plain = text.isdecimal() and text.isascii() and len(text) < _MOST_DIGITS and (text[0] != "0" or text == "0")
    return int(text) if is_plain else IRREGULAR


class UndocumentedError(Exception):
    """A value does not have the documented spelling."""


class ValueCache(dict[str, object]):
    """A bounded cache of values by their strings. A string without a documented value raises `UndocumentedError`.

    Args:
        read: returns the value of a string, or a `Deviation` or `IRREGULAR` if it is not documented.
    """

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        value = self._read(text)
        if value.__class__ is Deviation or value is IRREGULAR:
            raise UndocumentedError
        if len(text) <= _LONGEST_TEXT:
            if len(self) >= _MOST_TEXTS:
                self.clear()
            self[text] = value
        return value


def require_value(field: Field, read: Callable[[str], object]) -> Callable[[str], object]:
    """Return `read`, or for a required field a function that returns `IRREGULAR` where `read` finds no value."""

    def read_required(text: str) -> object:
        value = read(text)
        return IRREGULAR if (value.value if isinstance(value, Deviation) else value) is None else value

    return read_required if field.required else read


def token_like(text: str) -> str:
    """Return a string that no body contains. It consists of digits if `text` does."""
    return str(10**9 + int.from_bytes(os.urandom(3))) if text.isdecimal() else token()


def token() -> str:
    """Return a string that no body contains."""
    return f"x{os.urandom(8).hex()}"
