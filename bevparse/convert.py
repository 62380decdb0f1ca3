"""Conversion of many bodies into one, record by record. Each record is either written or rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from .batches import Batch, OnReject, Tally, read_batches
from .problems import Problem
from .sources import LineBlock, Source
from .sources.expected import ReadSettings

__all__ = ["WriteBatch", "convert_records"]

WriteBatch: TypeAlias = Callable[[Batch], Iterable[tuple[int, Problem]]]
"""A function that writes a batch. It returns index and problem of each record that the format cannot represent."""


def convert_records(
    sources: Iterable[Source | LineBlock],
    write: WriteBatch,
    settings: ReadSettings,
    on_reject: OnReject,
    *,
    skip_others: bool = False,
) -> Tally:
    """Read records from bodies, archives and recordings, and write them.

    Args:
        sources: as for `read_batches`.
        write: a function that writes a batch, see `WriteBatch`.
        settings: as for `read_batches`.
        on_reject: is called with each record or body that is not written, and with its problems.
        skip_others: as for `read_batches`.

    Raises:
        SourceError: the records cannot be written, for example because the disk is full.
    """
    tally = Tally()
    for batch in read_batches(sources, settings, tally, on_reject, skip_others=skip_others):
        for index, problem in write(batch):
            batch.reject(index, problem)
    return tally
