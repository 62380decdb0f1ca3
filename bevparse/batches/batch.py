"""A batch: some records that were read, with where they come from."""

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
    """The id of the bulk request to which all the records belong; None if it is not known."""
    reject: Callable[[int, Problem], object]
    """A function that rejects the record at an index of `records`, because of a problem when it was written."""
