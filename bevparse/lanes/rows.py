"""What the lanes for text share: a record is its first field and a rest, and rests repeat.

The rest of a record (six checks, a verdict) is one of some hundred, so each is read once and then looked up; a list
in it is cut out first, and looked up for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from ..shapes.layout import Field
from ..wire import Deviation

__all__ = ["Memo", "SurpriseError", "Values", "said"]

Values: TypeAlias = dict[str, object]

_K = TypeVar("_K")
_T = TypeVar("_T")

_MOST: Final = 4096


class SurpriseError(Exception):
    """A record that is not spelled as documented."""


class Memo(dict[_K, _T]):
    """Reads, or spells, each thing once, and remembers a bounded number of them.

    Raises:
        SurpriseError: it is not as documented.
    """

    def __init__(self, read: Callable[[_K], _T | Deviation]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: _K) -> _T:
        value = self._read(key)
        if isinstance(value, Deviation):
            raise SurpriseError
        if len(self) < _MOST:
            self[key] = value
        return value


def said(field: Field, text: str) -> object:
    """Read a text that must be as documented.

    Raises:
        SurpriseError: it is not, or a required value says nothing.
    """
    value = field.spelling.text(text)
    if isinstance(value, Deviation) or (field.required and value is None):
        raise SurpriseError
    return value
