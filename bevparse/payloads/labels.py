"""The labels of a table: whether a line or a row consists of labels, and where they are in a body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final, cast

from ..endpoints import RESPONSES
from ..formats.csv import find_delimiter
from ..tree import fold
from .detection import KNOWN_NAMES
from .layout import layout_of

__all__ = ["are_labels", "has_labels", "labels_start", "may_be_label"]

_REQUIRED: Final = frozenset(
    name for record in RESPONSES for name, field in layout_of(record).by_fold.items() if field.required
)
"""The folded labels of which each table of records has at least one."""
_FIRST_LINE: Final = re.compile(r"[\r\n]*+([^\r\n]*+)")
_LINE: Final = re.compile(r"([^\r\n]*+)(\r\n|\r|\n|\Z)")
_DIRECTIVE: Final = re.compile(r'"?sep=.?"?\s*\Z|#TYPE ', re.IGNORECASE)
"""A line with the delimiter for a spreadsheet, or with the name of a type in PowerShell."""
_MOST_LINES: Final = 20
"""The number of lines in which labels are looked for."""


def has_labels(line: str) -> bool:
    """Return whether a line of a table has at least one label of the service.

    >>> has_labels('"Email Address";Result'), has_labels('callback({"id":5})')
    (True, False)
    """
    return any(fold(cell) in KNOWN_NAMES for cell in line.split(find_delimiter(line)))


def labels_start(text: str) -> int:
    r"""Return the index of the labels in the beginning of a table, after lines that cannot be records.

    It is 0 if the first line has labels, if no line has labels, or if a line before the labels could be a record.

    >>> labels_start("sep=;\r\nEmail Address;Error\r\n"), labels_start("foo.bar,Error\nEmail Address,Error\n")
    (7, 0)
    """
    first = cast("re.Match[str]", _FIRST_LINE.match(text))[1]
    if fold(first.partition(",")[0]) in KNOWN_NAMES or has_labels(first):
        return 0
    has_title = False
    for found in islice(_LINE.finditer(text), _MOST_LINES):
        line, end = found.groups()
        if not end:
            break
        cells = line.split(find_delimiter(line))
        names = {fold(cell) for cell in cells} & KNOWN_NAMES
        if len(names) >= (2 if has_title else min(2, len(cells))) and not names.isdisjoint(_REQUIRED):
            return found.start()
        is_title = len(cells) == 1 or (len(cells) > 2 and sum(map(bool, map(str.strip, cells))) < 2)
        if line.count('"') % 2 or not (is_title or _DIRECTIVE.match(line)):
            break
        has_title = has_title or bool(line.strip() and not _DIRECTIVE.match(line))
    return 0


def are_labels(cells: Sequence[str], others: frozenset[str] = frozenset()) -> bool:
    """Return whether the cells of a row are the labels of records, and not a record.

    Args:
        cells: the cells.
        others: the folded labels of the header: they count as labels, even if they are undocumented.

    >>> are_labels(["Email Address", "Error"]), are_labels(["Email Address", "Invalid format"])
    (True, False)
    """
    names: set[str] = set()
    for cell in reversed(cells):  # for nearly all records, the last cell already decides
        if not may_be_label(cell, others):
            return False
        names.add(fold(cell))
    repeated = others == frozenset(names) and len(cells) > 1
    return repeated or (not names.isdisjoint(_REQUIRED) and len(names - {""}) >= min(2, len(cells)))


def may_be_label(cell: str, others: frozenset[str]) -> bool:
    """Return whether a cell is blank, a label of the service, or one of the folded labels in `others`."""
    name = fold(cell)
    return not name or name in KNOWN_NAMES or name in others
