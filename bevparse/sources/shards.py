"""Shards: parts of the files of a dump, which machines can process without any communication."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

__all__ = ["MOST_SHARDS", "Shard"]

MOST_SHARDS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of the files. The hash of the path of a file decides to which shard it belongs.

    Raises:
        ValueError: the numbers are out of range.
    """

    number: int = 1
    """The number of this shard, from 1 to `count`."""
    count: int = 1
    """The number of shards, at most `MOST_SHARDS`."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= MOST_SHARDS:
            expected = f"a shard from 1 to the number of shards, which is at most {MOST_SHARDS}"
            raise ValueError(f"expected {expected}, got shard {self.number} of {self.count}")

    def holds(self, file: str) -> bool:
        """Return whether a file belongs to this shard."""
        if self.count == 1:
            return True
        digest = blake2b(file.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) % self.count == self.number - 1
