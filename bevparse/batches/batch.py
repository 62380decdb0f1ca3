"""Some records that were read, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ..problems import Problem

__all__ = ["Batch"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one model in their order, from one body or from lines of one file."""

    records: Sequence[BaseModel]
    sources: Sequence[str]
    """The name of the body of each record."""
    numbers: Sequence[int]
    """The index of each record in its body, as in its pointer."""
    request: int | None
    """The id of the bulk request that all of them are about; None if it is not known."""
    reject: Callable[[int, Problem], object]
    """Rejects the record at an index of `records`, because it could not be written."""
