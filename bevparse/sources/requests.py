"""The bulk request that a source is about."""

from __future__ import annotations

import re
from typing import Final

from ..files.paths import plain_name
from .source import Source

__all__ = ["request_in_name", "request_of"]

_NUMBER: Final = re.compile(r"([0-9]+)")
_SEPARATOR: Final = re.compile(r"!?/")


def request_in_name(name: str) -> str | None:
    """Return the id of a request in a path: the only number in the file name, or else the name of the folder.

    Without such a number, return None.

    >>> request_in_name("dumps/completed-544.json.gz"), request_in_name("dumps/544/failed.csv")
    ('544', '544')
    >>> request_in_name("2018-06-05.json")
    """
    *folders, last = _SEPARATOR.split(plain_name(name))
    numbers: list[str] = _NUMBER.findall(last.partition(".")[0])
    if len(numbers) == 1:
        return numbers[0].lstrip("0") or None
    folder = folders[-1] if folders else ""
    return (folder.lstrip("0") or None) if not numbers and folder.isdecimal() and folder.isascii() else None


def request_of(source: Source) -> tuple[str | None, bool]:
    """Return the id of the bulk request that a source is about, or None, and whether the id is only a number in a name.

    Such a number may also be another one, such as a count of files.
    """
    by_name = "#" not in source.inner and source.request is None
    return (request_in_name(source.inner or source.file) if by_name else source.request), by_name
