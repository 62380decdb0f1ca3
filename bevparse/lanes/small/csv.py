"""Small bodies in CSV: the cells of each row, under a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Final, cast

from ...formats import csv as format
from ...formats.csv import spell_cell
from ...formats.text import lone_surrogate
from ...payloads.detection import KNOWN
from ...payloads.labels import has_labels
from ...tree import Node, Path, Table, fold
from ...wire import CHECK
from .spellings import Cut, Cuts, Spellings

__all__ = ["CsvCuts", "read"]

_WORDS: Final = frozenset(map(str, CHECK.words or ())) - KNOWN
"""Words in most rows, which are no labels."""
_SEVERAL: Final = 2
_has_labels: Final = lru_cache(maxsize=64)(has_labels)


class CsvCuts(Cuts):
    """Cuts tables into rows."""

    format = format

    def cut(self, text: str) -> Cut | None:
        """Cut a table whose rows are surely not labels."""
        header, _, body = text.partition("\n")
        rows = _quoted_rows(body) if '"' in body else _plain_rows(body)
        if rows is None or not _has_labels(header) or not (text.isascii() or lone_surrogate(text) is None):
            return None
        for row in rows:
            if _WORDS.isdisjoint(row) and _may_be_labels(row):
                return None
        return (header, min(len(rows), _SEVERAL)), list(map(len, rows)), list(chain.from_iterable(rows))

    def size(self, rest: Hashable) -> int:
        """Return the number of cells in a row."""
        return cast(int, rest)

    def join(self, cut: Cut) -> str:
        """Return the table."""
        (header, _), sizes, cells = cast("tuple[tuple[str, int], Sequence[int], Sequence[str]]", cut)
        left = map(spell_cell, cells)
        return "\n".join([header, *(",".join(islice(left, size)) for size in sizes)])

    def leaves(self, root: Node) -> Iterator[tuple[Path, str]]:
        """Return the cells."""
        for number, row in enumerate(cast(Table, root).rows):
            for place, cell in enumerate(row):
                yield (number, place), cell


def _plain_rows(body: str) -> list[list[str]]:
    """Return the rows that are not blank."""
    if "\r" in body:
        body = body.replace("\r", "\n")
    return [row.split(",") for row in body.split("\n") if row]


def _quoted_rows(body: str) -> list[list[str]] | None:
    """Return the rows that are not blank, or None if the csv module cannot read them."""
    try:
        return [row for row in csv.reader(io.StringIO(body, newline=""), strict=True) if row]
    except csv.Error:
        return None


def _may_be_labels(cells: Sequence[str]) -> bool:
    """Return whether each cell that is not blank is a label, so that the row may be labels again."""
    for cell in reversed(cells):
        name = fold(cell)
        if name and name not in KNOWN:
            return False
    return True


_spellings: Final = Spellings(CsvCuts())
read: Final = _spellings.read
