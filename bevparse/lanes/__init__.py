"""The fast lanes: readers for regular bodies, which follow the documented spelling to the letter.

A lane goes over an array of records in stretches of a few hundred. It reads a stretch only if there is nothing to
say about it; the tolerant reader reads the others. So no rule stands in a lane only, and one unusual record costs
no more than the stretch that it stands in.
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
from ..models import CompletedResponse, EndpointName, FailedResponse, Response, StatusResponse
from ..payloads.layout import Field, ItemsField
from ..problems import Problem
from ..problems.findings import Findings
from ..tree import Node, Path
from ..wire import Deviation
from .chunks import Stretch, Stretches, TolerantReader

__all__ = [
    "ARRAY_MODELS",
    "Frame",
    "IrregularRecordError",
    "Lane",
    "Memo",
    "Values",
    "lane_of",
    "read_documented",
    "read_small",
]


class Frame(Protocol):
    """What is around the records of one body, and how to cut and read what is in it."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the format itself accepted though it is unusual."""
        ...

    def stretches(self) -> Stretches:
        """Cut where records seem to end; what is cut elsewhere is not well-formed, and no reader takes it.

        Raises:
            FrameError: the body does not end as it began.
        """
        ...

    def candidates(self, stretch: bytes) -> tuple[EndpointName, ...]:
        """Tell by the first stretch which endpoints answer so.

        Raises:
            DecodeError: the stretch by itself is not well-formed, or passes a limit.
            FrameError: it cannot be read by itself.
        """
        ...

    def read(self, stretch: bytes, items: ItemsField) -> Sequence[BaseModel] | None:
        """Read a stretch about which there is nothing to say, or give None."""
        ...

    def wrapped(self, stretch: bytes, *, whole: bool = True) -> bytes:
        """Make a body of a stretch; not whole, it is one that brings its own end."""
        ...

    def nodes(self, stretch: bytes) -> Sequence[Node]:
        """Decode a stretch into its records.

        Raises:
            DecodeError: the stretch by itself is not well-formed, or passes a limit.
            FrameError: it cannot be read by itself.
        """
        ...

    def inside(self, payload: Node) -> Sequence[Node]:
        """Find the records in a payload.

        Raises:
            FrameError: it holds something else.
        """
        ...

    def moved(self, place: tuple[int, int], stretch: Stretch) -> tuple[int, int]:
        """Turn a place in a body that was made of a stretch into the place in the whole body."""
        ...

    def places(self, body: bytes, stretch: Stretch, number: int, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Find lines and columns in a body that was made of a stretch, whose first record has a number."""
        ...

    def tolerant(self, items: ItemsField, findings: Findings) -> TolerantReader:
        """Give the tolerant reader of nodes.

        Raises:
            FrameError: it would have to see the whole body.
        """
        ...


class Lane(Protocol):
    """What a module must hold to be a lane.

    It may also hold `read_small(data, model)`, which reads a small body as a whole, quickly, or gives None.
    """

    def open_frame(self, blocks: Iterator[bytes], limits: Limits) -> Frame | None:
        """Look at the beginning of a body, and say whether it is an array of records in a known frame."""
        ...


ARRAY_MODELS: Final[tuple[type[Response], ...]] = (CompletedResponse, StatusResponse, FailedResponse)
"""The models of the endpoints that answer with an array."""

_LANES: Final = {f"bevparse.formats.{name}": f"bevparse.lanes.{name}" for name in ("csv", "json", "xml")}
_BEGINNINGS: Final[dict[bytes | str, str]] = {b"{": "json", "{": "json", b"<": "xml", "<": "xml"}
_SMALL: Final = 2**16


@cache
def _load(module: str) -> Lane:
    return cast("Lane", import_module(module))


def lane_of(format: Format) -> Lane | None:
    """Find the lane of a format; whoever registers another format of the same name has none."""
    module = _LANES.get(getattr(format, "__name__", ""))
    return _load(module) if module else None


def read_small(
    data: bytes | str, model: type[Response], format: str | None, limits: Limits
) -> tuple[Response, str] | None:
    """Read a small body whose first character tells its format, or give None and leave it to others.

    Args:
        data: the body.
        model: the model that was asked for, or `Response` when the payload decides.
        format: the format that was declared.
        limits: the bounds; none of the usual ones can be passed by a small body that a lane reads.

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


Values: TypeAlias = dict[str, object]

_K = TypeVar("_K")
_T = TypeVar("_T")
_MOST: Final = 4096


class IrregularRecordError(Exception):
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
            raise IrregularRecordError
        if len(self) < _MOST:
            self[key] = value
        return value


def read_documented(field: Field, text: str) -> object:
    """Read a text that must be as documented.

    Raises:
        SurpriseError: it is not, or a required value says nothing.
    """
    value = field.spelling.text(text)
    if isinstance(value, Deviation) or (field.required and value is None):
        raise IrregularRecordError
    return value
