"""Holes: the places in records whose texts vary, and the values of these texts."""

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
    "Hole",
    "NumberHole",
    "PlainHole",
    "Remembered",
    "UndocumentedError",
    "alike",
    "present",
    "token",
]

ABSENT: Final = object()
"""The value of a hole that a record does not have."""
IRREGULAR: Final = object()
"""The value of a hole that the tolerant reader must read."""
_MOST_TEXTS: Final = 4096
_LONGEST_TEXT: Final = 100
_MOST_DIGITS: Final = 16


class Hole:
    """A place in records whose text varies.

    Args:
        attribute: the attribute of the field, or the name of an undocumented field.
        read: reads a text. It returns a value, a `Deviation`, `ABSENT` or `IRREGULAR`.
        text: the text of examples, which occurs nowhere else.
        is_extra: whether the field is undocumented.
        is_once: whether a problem of the value runs through the whole body.
    """

    def __init__(
        self,
        attribute: str,
        read: Callable[[str], object],
        text: str,
        *,
        is_extra: bool = False,
        is_once: Callable[[Note], bool] = lambda _: False,
    ) -> None:
        self.attribute = attribute
        self.text = text
        self.is_extra = is_extra
        self.tallies: dict[str, ExampleTally] = {}
        """The problems of texts that have any."""
        self._read = read
        self._is_once = is_once
        self._values: dict[str | None, object] = {None: ABSENT}

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return the values of texts; of a missing one `ABSENT`."""
        known = self._values
        return [known[text] if text in known else self.value(cast(str, text)) for text in texts]

    def value(self, text: str) -> object:
        """Return the value of a text that has not been met before."""
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
            if self._is_once(note):
                tally.once.add((note.rule.code, self.attribute))
            else:
                tally.warnings += note.rule.severity == "warning"
                tally.infos += note.rule.severity == "info"
        self.tallies[text] = tally
        return IRREGULAR if deviation.value is UNREAD else deviation.value


class PlainHole(Hole):
    """A hole whose values are its texts.

    Args:
        attribute: as for `Hole`.
        are_plain: returns whether texts, joined, are free of everything that has a meaning in the format.
        text: as for `Hole`.
        is_extra: as for `Hole`.
    """

    def __init__(self, attribute: str, are_plain: Callable[[str], bool], text: str, *, is_extra: bool = False) -> None:
        super().__init__(attribute, str, text, is_extra=is_extra)
        self._are_plain = are_plain

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return the texts, those that are not plain as `IRREGULAR`."""
        plain = self._are_plain
        if None not in texts and plain("".join(cast("Sequence[str]", texts))):
            return cast("list[object]", list(texts))
        return [ABSENT if text is None else text if plain(text) else IRREGULAR for text in texts]

    def value(self, text: str) -> object:
        """Return the text."""
        return text


class NumberHole(Hole):
    """A hole whose values are numbers, all of which an undocumented field may have.

    Args:
        attribute: as for `Hole`.
        text: as for `Hole`.
    """

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(attribute, _number, text, is_extra=True)

    def values(self, texts: Sequence[str | None]) -> list[object]:
        """Return the numbers."""
        return [ABSENT if text is None else _number(text) for text in texts]


def _number(text: str) -> object:
    is_plain = text.isdecimal() and text.isascii() and len(text) < _MOST_DIGITS and (text[0] != "0" or text == "0")
    return int(text) if is_plain else IRREGULAR


class UndocumentedError(Exception):
    """A value does not have the documented spelling."""


class Remembered(dict[str, object]):
    """A bounded cache of the values of short texts.

    Args:
        read: reads a value. For a `Deviation` and for `IRREGULAR` the cache raises `UndocumentedError`.
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


def present(field: Field, read: Callable[[str], object]) -> Callable[[str], object]:
    """Return a reader that returns `IRREGULAR` where the value of a required field is missing."""

    def read_present(text: str) -> object:
        value = read(text)
        return IRREGULAR if (value.value if isinstance(value, Deviation) else value) is None else value

    return read_present if field.required else read


def alike(text: str) -> str:
    """Return a text that no body contains, which consists of digits if the given text does."""
    return str(10**9 + int.from_bytes(os.urandom(3))) if text.isdecimal() else token()


def token() -> str:
    """Return a text that no body contains."""
    return f"x{os.urandom(8).hex()}"
