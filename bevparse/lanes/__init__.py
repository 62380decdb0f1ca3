"""The lanes: fast paths for arrays of records in their documented spelling.

A lane reads a body in chunks of some hundred records. It reads a chunk only if there is nothing to report about it;
the tolerant reader reads the others. So a lane never holds a rule alone, and an irregular record costs no more than
its chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from pydantic import BaseModel

from .. import formats
from ..formats import Format
from ..limits import DEFAULT_LIMITS, Limits
from ..models import EndpointName, Response
from ..payloads.layout import Field, ItemsField
from ..problems import Position, Problem
from ..problems.collector import Cursor
from ..tree import Node, Path
from ..wire import Deviation
from .chunks import Chunk, TolerantReader

__all__ = [
    "Envelope",
    "IrregularRecordError",
    "Lane",
    "Memo",
    "Values",
    "lane_of",
    "read_documented",
    "read_small",
]

Values: TypeAlias = dict[str, object]

_K = TypeVar("_K")
_T = TypeVar("_T")
_MOST_REMEMBERED: Final = 4096


class Envelope(Protocol):
    """What is around the records of one body, and how its chunks are cut and read."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the format itself accepted though it is unusual."""
        ...

    @property
    def mark(self) -> int:
        """The bytes of a byte-order mark that the starts of chunks do not count."""
        ...

    def chunks(self, read: Callable[[Chunk], _T | None]) -> Iterator[_T]:
        """Cut where records seem to end, and return what is read of each chunk.

        Args:
            read: reads a chunk, or returns None where it was not cut between records: then more is added.

        Raises:
            NotStreamableError: the body does not end as it began.
        """
        ...

    def candidates(self, chunk: bytes) -> tuple[EndpointName, ...]:
        """Return the endpoints that the first chunk could be of.

        Raises:
            DecodeError: the chunk by itself is not well-formed, or passes a limit.
            NotStreamableError: it cannot be read by itself.
        """
        ...

    def read(self, chunk: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Read a chunk if there is nothing to report about it, else return None."""
        ...

    def body(self, chunk: bytes, *, whole: bool = True) -> bytes:
        """Return a body of a chunk; one that is not whole brings its own end."""
        ...

    def nodes(self, chunk: bytes) -> Sequence[Node]:
        """Decode a chunk into its records.

        Raises:
            DecodeError: the chunk by itself is not well-formed, or passes a limit.
            NotStreamableError: it cannot be read by itself.
        """
        ...

    def records_in(self, payload: Node) -> Sequence[Node]:
        """Return the records of a payload.

        Raises:
            NotStreamableError: it holds something else.
        """
        ...

    def to_body_position(self, position: Position, chunk: Chunk) -> Position:
        """Return the position in the whole body of one in the body of a chunk."""
        ...

    def locate(self, body: bytes, chunk: Chunk, number: int, paths: Iterable[Path]) -> dict[Path, Position]:
        """Return positions in the whole body, found in the body of a chunk whose first record has this number."""
        ...

    def tolerant(self, items: ItemsField, at: Cursor) -> TolerantReader:
        """Return the tolerant reader of records.

        Args:
            items: the field of the records.
            at: the cursor of their array.

        Raises:
            NotStreamableError: it would have to see the whole body.
        """
        ...


class Lane(Protocol):
    """What a module must hold to be a lane.

    It may also hold `read_small(data, model)`, which reads a small body as a whole, or returns None.
    """

    def open_envelope(self, blocks: Iterator[bytes], limits: Limits) -> Envelope | None:
        """Return the envelope of a body that begins as an array of records, or None."""
        ...


_LANES: Final = {f"bevparse.formats.{name}": f"bevparse.lanes.{name}" for name in ("csv", "json", "xml")}
_BEGINNINGS: Final[dict[bytes | str, str]] = {b"{": "json", "{": "json", b"<": "xml", "<": "xml"}
_SMALL: Final = 2**16


@cache
def _load(module: str) -> Lane:
    return cast("Lane", import_module(module))


def lane_of(format: Format) -> Lane | None:
    """Return the lane of a built-in format, or None (also when a plug-in replaces it)."""
    module = _LANES.get(getattr(format, "__name__", ""))
    return _load(module) if module else None


def read_small(
    data: bytes | str, model: type[Response], format: str | None, limits: Limits
) -> tuple[Response, str] | None:
    """Read a small body whose first character tells its format, or return None.

    Args:
        data: the body.
        model: the model that was asked for, or `Response` when the payload decides.
        format: the format that was declared.
        limits: the limits; a small body that a lane reads cannot pass the default ones.

    Returns:
        The model, and the name of its format.
    """
    name = _BEGINNINGS.get(data[:1])
    usual = limits is DEFAULT_LIMITS or limits == DEFAULT_LIMITS  # the first is quicker, the second true elsewhere
    if name is None or not usual or len(data) > _SMALL or (format and format != name):
        return None
    read = _small_reader(getattr(formats.get(name), "__name__", ""))
    response = read(data, model) if read else None
    return (response, name) if response else None


@cache
def _small_reader(name: str) -> Callable[[bytes | str, type[Response]], Response | None] | None:
    return getattr(_load(_LANES[name]), "read_small", None) if name in _LANES else None


class IrregularRecordError(Exception):
    """A record that is not spelled as documented."""


class Memo(dict[_K, _T]):
    """Reads, or spells, each thing once, and remembers a bounded number of them.

    Raises:
        IrregularRecordError: it is not as documented.
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
    """Read a text that must be as documented.

    Raises:
        IrregularRecordError: it is not, or a required value is missing.
    """
    value = field.spelling.text(text)
    if isinstance(value, Deviation) or (field.required and value is None):
        raise IrregularRecordError
    return value
