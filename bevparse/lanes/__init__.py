"""The lanes: fast paths for arrays of records.

A lane reads a body in chunks of some hundred records. The tolerant reader reads each record with anything to report.
So a lane has no rules of its own, and an irregular record slows down little else.
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


class Lane(Protocol):
    """The interface of the module of a lane."""

    def open_envelope(self, blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> Envelope | None:
        """Return the envelope of a body that starts as an array of records, or None.

        Args:
            blocks: the blocks of the body.
            limits: the limits.
            damaged: whether the body is not well-formed. Then one character before the records may be wrong, and the
                first record may begin with anything.
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
    """A record cannot be written by a lane."""
