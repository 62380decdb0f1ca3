"""Small bodies in CSV. A part is a row, its texts are the cells, and its template is the number of cells."""

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
from ...payloads.detection import KNOWN_NAMES
from ...payloads.labels import has_labels
from ...tree import Node, Path, Table, fold
from ...wire import CHECK
from .templates import CutBody, Cutter, TemplateReader

__all__ = ["CsvCutter", "read"]

_WORDS: Final = frozenset(map(str, CHECK.words or ())) - KNOWN_NAMES
"""Words in most rows that are no labels. A row with one of them is a record."""
_SEVERAL: Final = 2
_has_labels: Final = lru_cache(maxsize=64)(has_labels)


class CsvCutter(Cutter):
    """Cuts tables into rows."""

    format = format

    def cut(self, text: str) -> CutBody | None:
        """Cut a table into rows, or return None if a row may be labels."""
        header, _, body = text.partition("\n")
        rows = _quoted_rows(body) if '"' in body else _plain_rows(body)
        if rows is None or not _has_labels(header) or not (text.isascii() or lone_surrogate(text) is None):
            return None
        for row in rows:
            if _WORDS.isdisjoint(row) and _may_be_labels(row):
                return None
        return (header, min(len(rows), _SEVERAL)), list(map(len, rows)), list(chain.from_iterable(rows))

    def size(self, template: Hashable) -> int:
        """Return the number of cells in a row."""
        return cast(int, template)

    def join(self, cut: CutBody) -> str:
        """Return the table that was cut."""
        (header, _), sizes, cells = cast("tuple[tuple[str, int], Sequence[int], Sequence[str]]", cut)
        left = map(spell_cell, cells)
        return "\n".join([header, *(",".join(islice(left, size)) for size in sizes)])

    def leaves(self, root: Node) -> Iterator[tuple[Path, str]]:
        """Return each cell with its path."""
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
    """Return whether a row may be the labels again: each cell is a label or blank."""
    for cell in reversed(cells):
        name = fold(cell)
        if name and name not in KNOWN_NAMES:
            return False
    return True


_reader: Final = TemplateReader(CsvCutter())
read: Final = _reader.read
