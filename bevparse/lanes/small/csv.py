"""Small bodies in CSV: what the columns of a header hold is remembered."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from ...endpoints import endpoint_of
from ...formats import csv as format
from ...formats.text import lone_surrogate
from ...models import ErrorResponse, Response
from ...payloads.candidates import KNOWN
from ...payloads.instances import build_all, builder_of
from ...payloads.layout import layout_of, records_of
from ...payloads.replies import REPLIES
from ...payloads.tables import has_labels, match_columns
from ...problems.collector import Collector
from ...tree import fold
from ...wire import CHECK, TEXT
from .holes import Hole, UndocumentedError, fill, hole_of, read_error
from .tolerant import Attempts, read_valid

__all__ = ["read"]

_Key: TypeAlias = tuple[str, str, type[Response], int]
"""The header, the separator of the cells, the requested model, and the number of rows: none, one, or several."""
_WORDS: Final = frozenset(map(str, CHECK.words or ())) - KNOWN
"""Words in most rows, which are no labels."""
_LONGEST: Final = 1000
"""The characters of a header that is remembered."""
_MOST: Final = 256
_SEVERAL: Final = 2
_QUOTED: Final = "\x1f"
"""What is between the cells of a row with quotes, once the csv module has read it."""


class _Known:
    """What is known of the rows under a header."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self.read: Callable[[list[str]], Response | None] | None = None


_known: Final[dict[_Key, _Known]] = {}


def read(data: bytes | str, model: type[Response]) -> Response | None:
    """Return the response in a body without problems, or None.

    Args:
        data: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        header, _, body = text.partition("\n")
        separator, rows = (_QUOTED, _quoted_rows(body)) if '"' in body else (",", _plain_rows(body))
        key = (header, separator, model, min(len(rows), _SEVERAL))
        known = _known.get(key)
        if known is None or known.read is None:
            return _learn(key, text, rows)
        return None if text is data and lone_surrogate(text) is not None else known.read(rows)
    except (UnicodeDecodeError, UndocumentedError, csv.Error):
        return None


def _plain_rows(body: str) -> list[str]:
    """Return the lines that are not blank."""
    if "\r" in body:
        body = body.replace("\r", "\n")
    return [row for row in body.split("\n") if row]


def _quoted_rows(body: str) -> list[str]:
    """Return the rows that are not blank, without quotes, and with another separator than the comma.

    Raises:
        UndocumentedError: a cell contains that separator.
        csv.Error: the csv module cannot read a row.
    """
    if _QUOTED in body:
        raise UndocumentedError
    return [_QUOTED.join(row) for row in csv.reader(io.StringIO(body, newline=""), strict=True) if row]


def _learn(key: _Key, text: str, rows: list[str]) -> Response | None:
    """Return the response in a body if its header is learned, otherwise None."""
    header, separator, model, _ = key
    if len(header) > _LONGEST or not has_labels(header):
        return None
    if len(_known) >= _MOST:
        _known.clear()
    known = _known.setdefault(key, _Known())
    response = read_valid(format, text, model) if known.attempts.is_due() else None
    has_record_in_row = response is not None and len(records_of(response)) == len(rows)
    if response is not None and (has_record_in_row or layout_of(type(response)).items is None):
        read_rows = _RowsReader(type(response), header, separator).read
        if read_rows(rows) == response:
            known.read = read_rows
    return response


class _RowsReader:
    """Reads the rows of tables with a header.

    Args:
        model: the model of the response.
        header: the header, which has no undocumented label.
        separator: the separator of the cells.
    """

    def __init__(self, model: type[Response], header: str, separator: str) -> None:
        layout = layout_of(model)
        items = layout.items
        labels = next(csv.reader([header], strict=True))
        layouts = (items.layout, layout) if items else (layout,)
        skip = REPLIES if model is ErrorResponse else frozenset[str]()
        matched = match_columns(labels, layouts, Collector(len(labels) + 2).cursor(), skip)
        columns, _, errors = matched or ([], {}, [])
        text = f"[^{separator}]"
        holes = {place: hole_of(field, text) for one in columns for place, field in one.places}
        holes |= {place: Hole("errors", f"{text}++", read_error) for place in errors}
        places = [place for place, _ in columns[0].places] if items else errors
        self._match = re.compile(separator.join(holes[place].group for place in range(len(labels)))).fullmatch
        self._places = places
        self._holes = [holes[place] for place in places]
        self._page_places = [place for place in range(len(labels)) if place not in places]
        self._page_holes = [holes[place] for place in self._page_places]
        self._build = builder_of(model)
        self._is_error = model is ErrorResponse
        self._items = items
        self._blank = layout.defaults | {"endpoint": endpoint_of(model)}
        self._defaults = items.layout.defaults if items else {}
        numbers = (field for one in columns for _, field in one.places if field.required and field.spelling is not TEXT)
        self._never_labels = any(numbers)

    def read(self, rows: list[str]) -> Response | None:
        """Return the response, or None.

        Raises:
            UndocumentedError: a value does not have the documented spelling.
        """
        match, places, holes, page_places = self._match, self._places, self._holes, self._page_places
        records: list[dict[str, Any]] = []
        page: list[str] | None = None
        for row in rows:
            found = match(row)
            if found is None:
                return None
            texts: Sequence[str] = found.groups()
            if not self._never_labels and _WORDS.isdisjoint(texts) and _may_be_labels(texts):
                return None
            if page_places:
                own = [texts[place] for place in page_places]
                if page is not None and own != page:
                    return None
                page, texts = own, [texts[place] for place in places]
            record = self._defaults.copy()
            fill(record, holes, texts)
            records.append(record)
        values = self._blank.copy()
        if page is not None:
            fill(values, self._page_holes, page)
        if self._items:
            values[self._items.attribute] = tuple(build_all(self._items.layout.model, records))
        elif self._is_error:
            values["errors"] = tuple([record["errors"] for record in records])
        return self._build(values)


def _may_be_labels(texts: Sequence[str]) -> bool:
    """Return whether each cell that is not blank is a label, so that the row may be labels again."""
    return all(not (name := fold(text)) or name in KNOWN for text in reversed(texts))
