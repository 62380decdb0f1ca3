"""Shares of the files of a dump, so that machines need not talk to each other."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

__all__ = ["MOST_SHARDS", "Shard"]

MOST_SHARDS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One share of the files. The hash of its path decides to which one a file belongs.

    Raises:
        ValueError: there is no such share.
    """

    number: int = 1
    """Which share, from 1."""
    count: int = 1
    """The number of shares."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= MOST_SHARDS:
            raise ValueError(f"expected a shard from 1 to shards, and at most {MOST_SHARDS} shards")

    def holds(self, file: str) -> bool:
        """Return whether a file belongs to this share."""
        if self.count == 1:
            return True
        digest = blake2b(file.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) % self.count == self.number - 1
