"""What the frames of JSON and XML share: records between a beginning and an end that are always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ..formats import Kind
from ..limits import Limits
from ..problems import Problem
from ..shapes.findings import Findings
from ..shapes.layout import ItemsField
from ..shapes.records import RecordReader
from ..tree import Node, Path
from . import TolerantReader
from .cutting import Stretch, moved

__all__ = ["Wrapped", "Wrapping"]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What stands around records in one format."""

    kind: Kind
    before: bytes
    behind: bytes
    path: Path
    """The path of what holds the records."""
    locate: Callable[[bytes, Iterable[Path]], dict[Path, tuple[int, int]]]
    """The format's way to find lines and columns."""


class Wrapped:
    """Records of one body in their wrapping."""

    wrapping: Wrapping

    def __init__(
        self, first: bytes, begin: int, blocks: Iterator[bytes], limits: Limits, problems: tuple[Problem, ...]
    ) -> None:
        self.problems = problems
        self._first = first
        self._begin = begin
        self._blocks = blocks
        self._limits = limits
        self._longest = min(limits.string, limits.records)  # a text of no more bytes has no more characters or members

    def wrapped(self, stretch: bytes, *, whole: bool = True) -> bytes:
        """Make a body of a stretch."""
        return self.wrapping.before + stretch + (self.wrapping.behind if whole else b"")

    def moved(self, place: tuple[int, int], stretch: Stretch) -> tuple[int, int]:
        """Turn a place in a stretch made to a body into the place in the whole body."""
        return moved(place, stretch, len(self.wrapping.before))

    def places(self, body: bytes, stretch: Stretch, number: int, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
        """Find lines and columns in a body that was made of a stretch."""
        holder, depth = self.wrapping.path, len(self.wrapping.path)
        inside = {
            (*holder, path[depth] - number, *path[depth + 1 :])
            if path[:depth] == holder and path[depth:]
            else path: path
            for path in paths
        }
        return {inside[path]: self.moved(place, stretch) for path, place in self.wrapping.locate(body, inside).items()}

    def tolerant(self, items: ItemsField, findings: Findings) -> TolerantReader:
        """Give the tolerant reader of nodes."""
        reader = RecordReader(items.layout, self.wrapping.kind, findings)
        holder = self.wrapping.path

        def read(nodes: Sequence[Node], number: int) -> Sequence[BaseModel]:
            records = (
                reader.record(node, (*holder, index), f"/response/{index}")
                for index, node in enumerate(nodes, start=number)
            )
            return [record for record in records if record is not None]

        return read
