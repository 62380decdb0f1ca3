"""The fast lanes: readers for big, regular bodies that follow our own canonical spelling to the letter.

A lane answers nothing at the first surprise, and then the tolerant reader does. Where it answers, its answer is
the tolerant reader's, and there is nothing to say about the body. So no rule stands in a lane only.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, TypeAlias, cast

from ..formats import Format
from ..limits import Limits
from ..models import Response

__all__ = ["Lane", "lane_of"]

Lane: TypeAlias = Callable[[bytes | str, type[Response], Limits], Response | None]
"""Reads a body that is not over `limits.body` as a model, or, for `Response`, as what the payload is; or gives None."""

_LANES: Final = {"bevparse.formats.xml": "bevparse.lanes.xml"}


def lane_of(format: Format) -> Lane | None:
    """Find the lane of a format; whoever registers another format of the same name has none."""
    module = _LANES.get(getattr(format, "__name__", ""))
    return cast("Lane", import_module(module).read_lane) if module else None
