"""The lanes: fast paths for arrays of records in their documented spelling.

A lane reads a body in chunks of some hundred records. The tolerant reader reads each chunk with anything to report.
So a lane has no rules of its own, and an irregular record slows down its chunk only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from .. import formats
from ..formats import Format
from ..limits import DEFAULT_LIMITS, Limits
from ..models import Response
from ..payloads.layout import Field
from ..wire import TEXT, Deviation
from .chunks import Envelope

__all__ = [
    "IrregularRecordError",
    "Lane",
    "LineRecords",
    "Memo",
    "Values",
    "lane_of",
    "read_documented",
    "read_lines",
    "read_small",
    "with_first",
]

Values: TypeAlias = dict[str, object]
LineRecords: TypeAlias = tuple[type[Response], Sequence[Values]]
"""What a line of JSON Lines holds: the model of its response, and the values of the records."""
_K = TypeVar("_K")
_T = TypeVar("_T")
_MOST_REMEMBERED: Final = 4096


class Lane(Protocol):
    """The interface of the module of a lane.

    It may also have `read_small(data, model)`, which reads a small body as a whole, or returns None. That of JSON has
    `read_lines`, too.
    """

    def open_envelope(self, blocks: Iterator[bytes], limits: Limits, *, damaged: bool = False) -> Envelope | None:
        """Return the envelope of a body that starts as an array of records, or None.

        Args:
            blocks: the blocks of the body.
            limits: the limits.
            damaged: whether the body is not well-formed. Then one character before the records may be wrong, and the
                first record may begin with anything.
        """
        ...


class _LaneOfLines(Protocol):
    def read_lines(
        self, lines: Sequence[bytes], are_records: Sequence[bool], model: type[Response], limits: Limits
    ) -> Sequence[LineRecords | None]: ...


_LANES: Final = {f"bevparse.formats.{name}": f"bevparse.lanes.{name}" for name in ("csv", "json", "xml")}
_BEGINNINGS: Final[dict[bytes | str, str]] = {b"{": "json", "{": "json", b"<": "xml", "<": "xml"}
_SMALL: Final = 2**16


@cache
def _load(module: str) -> Lane:
    return cast("Lane", import_module(module))


def lane_of(format: Format) -> Lane | None:
    """Return the lane of a built-in format, or None for a format of a plug-in."""
    module = _LANES.get(getattr(format, "__name__", ""))
    return _load(module) if module else None


def read_small(
    data: bytes | str, model: type[Response], format: str | None, limits: Limits
) -> tuple[Response, str] | None:
    """Read a small body whose first character determines its format, or return None.

    Args:
        data: the body.
        model: the requested model; `Response` detects the endpoint by the payload.
        format: the declared format.
        limits: the limits. A small body without problems cannot exceed the default limits.

    Returns:
        The response, and the name of its format.
    """
    name = _BEGINNINGS.get(data[:1])
    is_default = limits is DEFAULT_LIMITS or limits == DEFAULT_LIMITS  # comparing identities first is faster
    if name is None or not is_default or len(data) > _SMALL or (format and format != name):
        return None
    read = _small_reader(getattr(formats.get(name), "__name__", ""))
    response = read(data, model) if read else None
    return (response, name) if response else None


def read_lines(
    lines: Sequence[bytes], are_records: Sequence[bool], model: type[Response], limits: Limits
) -> Sequence[LineRecords | None]:
    """Read lines of JSON that are arrays of records, or records.

    The result of a line does not depend on the others.

    Args:
        lines: the lines.
        are_records: whether each line is a record, and not a body.
        model: the requested model; `Response` detects the endpoint of each line by its payload.
        limits: the limits.

    Returns:
        What each line holds, or None if another reader must read it.
    """
    lane = lane_of(formats.get("json"))  # None for a format of a plug-in
    return cast(_LaneOfLines, lane).read_lines(lines, are_records, model, limits) if lane else [None] * len(lines)


@cache
def _small_reader(name: str) -> Callable[[bytes | str, type[Response]], Response | None] | None:
    return getattr(_load(_LANES[name]), "read_small", None) if name in _LANES else None


class IrregularRecordError(Exception):
    """A record is not spelled as documented."""


class Memo(dict[_K, _T]):
    """A cache of a bounded number of values, each computed from its key.

    Args:
        read: computes a value. For a `Deviation` the cache raises `IrregularRecordError`.
    """

    def __init__(self, read: Callable[[_K], _T | Deviation]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, key: _K) -> _T:
        value = self._read(key)
        if isinstance(value, Deviation):
            raise IrregularRecordError
        if len(self) < _MOST_REMEMBERED:
            self[key] = value
        return value


def read_documented(field: Field, text: str) -> object:
    """Read a text in the documented spelling.

    Raises:
        IrregularRecordError: it has another spelling, or a required value is missing.
    """
    value = field.spelling.text(text)
    if isinstance(value, Deviation) or (field.required and value is None):
        raise IrregularRecordError
    return value


def with_first(field: Field, records: list[Values]) -> list[Values]:
    """Read the first field of records, which is a text in each of them.

    Raises:
        IrregularRecordError: one is not spelled as documented.
    """
    if field.spelling is not TEXT:
        for values in records:
            values[field.attribute] = read_documented(field, cast(str, values[field.attribute]))
    return records
