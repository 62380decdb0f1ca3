"""The lanes: fast paths for arrays of records.

A lane reads a body in chunks of some hundred records. The tolerant reader (`payloads/`) reads each record that has a
problem to report. So a lane has no rules of its own, and an irregular record slows down little else.

These words have one meaning in this package:

- A *row* is a record as its format has it before it is a model: a struct in documented JSON, the text of the record in
  other JSON and in XML, a list of cells in CSV.
- A *slot* is a place in rows that has another value in most of them, such as the address or a date.
- A *template* is what is left of a row without the values in its slots. A body has few templates.
- An *example* is a row made from a template, with made-up values in its slots. The tolerant reader reads it, and what
  it finds is used for all rows with that template.
- A *spelling* is how a body writes a value or a name: `true`, `"true"` and `1` are spellings of one value.
- A chunk or row is *irregular* if the lane cannot read it. Then the tolerant reader does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final, Protocol, TypeAlias, cast

from ..formats import Format
from ..limits import Limits
from .envelopes import Envelope

__all__ = [
    "IrregularRecordError",
    "Lane",
    "Values",
    "lane_of",
]

Values: TypeAlias = dict[str, object]
"""The values of one record by attribute."""


class Lane(Protocol):
    """What the module of each lane provides."""

    def open_envelope(self, blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> Envelope | None:
        """Return the envelope of a body that starts as an array of records, or None if it does not.

        Args:
            blocks: the blocks of the body. The first is consumed.
            limits: the limits.
            damaged: whether the body is not well-formed. Then one character before the records may be wrong.
        """
        ...


_LANES: Final = {f"bevparse.formats.{name}": f"bevparse.lanes.{name}" for name in ("csv", "json", "xml")}


@cache
def _load(module: str) -> Lane:
    return cast("Lane", import_module(module))


def lane_of(format: Format) -> Lane | None:
    """Return the lane of a built-in format, or None for a format of a plug-in."""
    module = _LANES.get(getattr(format, "__name__", ""))
    return _load(module) if module else None


class IrregularRecordError(Exception):
    """A lane cannot write a record. The writer of the format must write it, or report why it cannot."""
