"""The places in records of text formats where values are: what their texts match, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, NoReturn

from ...payloads.layout import Field
from ...payloads.replies import is_no_error
from ...wire import CHECK, CODE, END, EPOCH, FLAG, INTEGER, RESULT, TEXT, Deviation, Spelling, names_no_error

__all__ = ["Hole", "Remembered", "UndocumentedError", "fill", "hole_of", "names_error", "read_error"]

_MOST: Final = 4096
_LONGEST: Final = 100
_INTEGER: Final = "(?!0[0-9])[0-9]{1,18}+"
_DATE: Final = "[1-9][0-9]{9}"
"""Ten digits, which are never after the last date."""


class UndocumentedError(Exception):
    """A value does not have the documented spelling."""


class Remembered(dict[str, object]):
    """A bounded cache of the values of short texts.

    Args:
        read: reads a value. For a `Deviation` the cache raises `UndocumentedError`.
    """

    def __init__(self, read: Callable[[str], object]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        value = self._read(text)
        if value.__class__ is Deviation:
            raise UndocumentedError
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = value
        return value


class _Words(dict[str, object]):
    """Words and their values. For any other word it raises `UndocumentedError`."""

    def __missing__(self, word: str) -> NoReturn:
        raise UndocumentedError


class Hole(NamedTuple):
    """The place of one value."""

    attribute: str
    pattern: str
    """The expression for its text, without a group."""
    read: Callable[[str], object] | None = None
    """Reads a text that is not empty; None if the text is the value."""
    may_be_empty: bool = False
    """Whether the text may be empty, which means the default of the attribute."""

    @property
    def group(self) -> str:
        """The group of a regular expression."""
        return f"((?:{self.pattern})?+)" if self.may_be_empty else f"({self.pattern})"


_DATES: Final = Remembered(EPOCH.text).__getitem__
_TYPED: Final[dict[Spelling, tuple[str, Callable[[str], object]]]] = {
    INTEGER: (_INTEGER, int),
    CODE: (_INTEGER, int),
    EPOCH: (_DATE, _DATES),
    END: (_DATE, _DATES),
    FLAG: ("[01]", {"0": False, "1": True}.__getitem__),
    CHECK: ("[a-z]++", _Words({str(word): value for word, value in (CHECK.words or {}).items()}).__getitem__),
    RESULT: ("[a-z-]++", _Words({str(word): value for word, value in (RESULT.words or {}).items()}).__getitem__),
}
"""What the documented spellings of a value match, apart from blanks, and how they are read."""
_texts: Final[dict[Spelling, Callable[[str], object]]] = {}


def hole_of(field: Field, text: str) -> Hole:
    """Return the hole of a field.

    Args:
        field: the field. If it is required, its text must not be empty.
        text: the expression for a character of a text.
    """
    spelling = field.spelling
    if spelling in _TYPED:
        pattern, read = _TYPED[spelling]
        return Hole(field.attribute, pattern, read, not field.required)
    if spelling is TEXT:
        return Hole(field.attribute, f"{text}++")
    known = _texts.setdefault(spelling, Remembered(spelling.text).__getitem__)
    return Hole(field.attribute, f"{text}++", known, not field.required)


def fill(values: dict[str, object], holes: Iterable[Hole], texts: Iterable[str | None]) -> None:
    """Add the values of texts, apart from empty ones.

    Args:
        values: the values, with their defaults.
        holes: the holes.
        texts: the text of each.

    Raises:
        UndocumentedError: one does not have the documented spelling.
    """
    for (attribute, _, read, _), text in zip(holes, texts):  # noqa: B905 - the argument takes as long as a value
        if text:
            values[attribute] = text if read is None else read(text)


def names_error(text: str) -> bool:
    """Return whether a text in an error reply surely names an error."""
    return not (names_no_error(text) or is_no_error(text))


def read_error(text: str) -> str:
    """Return a text in an error reply.

    Raises:
        UndocumentedError: it may not name an error.
    """
    if not names_error(text):
        raise UndocumentedError
    return text
