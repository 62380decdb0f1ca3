"""Small bodies: one step from the bytes to the model.

A body without problems is read without a tree, and its format is not detected again. JSON is decoded into structs that
are compiled from the models. XML and CSV are read by example, see `templates.py`. The tolerant reader reads all other
bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Final, TypeAlias, cast

from ... import formats
from ...limits import DEFAULT_LIMITS, Limits
from ...models import Response
from .. import Values

__all__ = ["LineRecords", "read_lines", "read_small"]

LineRecords: TypeAlias = tuple[type[Response], Sequence[Values]]
"""The records of a line of JSON Lines: the model of the response, and the values of each record by attribute."""
_Read: TypeAlias = Callable[[bytes | str, type[Response]], Response | None]
_BEGINNINGS: Final[dict[bytes | str, str]] = {b"{": "json", "{": "json", b"<": "xml", "<": "xml"}
_SMALL: Final = 2**18
"""The most bytes or characters of a small body. Larger bodies without problems would also be read faster like this."""
_readers: Final[dict[str, _Read]] = {}


def read_small(
    data: bytes | str, model: type[Response], format: str | None, limits: Limits
) -> tuple[Response, str] | None:
    """Read a small body without problems.

    Args:
        data: the body.
        model: the requested model, which is one of bevparse; `Response` detects the endpoint by the payload.
        format: the declared format, if there is one.
        limits: the limits. Only the default limits are supported, because no such body can exceed them.

    Returns:
        The response and the name of its format, or None if the tolerant reader must read the body.
    """
    name = _BEGINNINGS.get(data[:1], "csv")
    if len(data) > _SMALL or (format and format != name):
        return None
    if limits is not DEFAULT_LIMITS and limits != DEFAULT_LIMITS:  # comparing identities first is faster
        return None
    # any format may claim a body before csv does
    if not _are_built_in((formats.get(name),) if name != "csv" else tuple(map(formats.get, formats.known()))):
        return None
    read = _readers.get(name) or _load(name)
    response = read(data, model)
    return None if response is None else (response, name)


def read_lines(
    lines: Sequence[bytes], are_records: Sequence[bool], model: type[Response], limits: Limits
) -> Sequence[LineRecords | None]:
    """Read lines of JSON Lines, each of which is a record or a body with an array of records.

    The result of a line does not depend on the other lines.

    Args:
        lines: the lines.
        are_records: for each line, whether it is a record, and not a body.
        model: the requested model; `Response` detects the endpoint of each line by its payload.
        limits: the limits.

    Returns:
        The records of each line, or None for a line that the tolerant reader must read.
    """
    if not _are_built_in((formats.get("json"),)):
        return [None] * len(lines)
    from .json import read_lines as read  # noqa: PLC0415 - as late as the readers of bodies

    return read(lines, are_records, model, limits)


@lru_cache(maxsize=8)
def _are_built_in(found: tuple[formats.Format, ...]) -> bool:
    return all(getattr(format, "__name__", "") == f"{formats.__name__}.{format.name}" for format in found)


def _load(name: str) -> _Read:
    read = _readers[name] = cast(_Read, import_module(f"{__name__}.{name}").read)
    return read
