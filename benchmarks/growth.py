"""The time and memory of bevparse by size of the body."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .jobs import Job, Mode, start
from .sizes import FORMATS, GROWTH, MANY

__all__ = ["Growth", "Memory", "Point", "grow", "slope", "weigh"]

_WEIGHING: Final[tuple[Mode, ...]] = ("once", "held")
_REPEATS: Final = {1_000: 15, 10_000: 9, 100_000: 5, 1_000_000: 2}


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of reading one body."""

    format: str
    body: int
    """Size of the body, in bytes."""
    peak: int
    """Peak memory of reading, in bytes, excluding the body."""
    held: int
    """Memory of the response, in bytes."""
    strings: int
    """Memory of its strings, in bytes."""

    @property
    def excluding_strings(self) -> float:
        """Memory of each record, in bytes, excluding its strings."""
        return (self.held - self.strings) / MANY


@dataclass(frozen=True, slots=True)
class Point:
    """The time and memory of reading a body with a number of records."""

    records: int
    seconds: float
    peak: int
    """Peak memory of Python's allocators, in bytes."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The measurements of one format, the smallest body first."""

    format: str
    points: tuple[Point, ...]

    @property
    def time_slope(self) -> float:
        """The exponent with which time grows by the number of records."""
        return slope([(point.records, point.seconds) for point in self.points])

    @property
    def memory_slope(self) -> float:
        """The exponent with which memory grows by the number of records."""
        return slope([(point.records, point.peak) for point in self.points])


def slope(points: list[tuple[float, float]]) -> float:
    """Return the slope of the line fitted to the logarithms.

    >>> slope([(10, 3), (100, 30), (1000, 300)])
    1.0
    """
    line = statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points])
    return round(line.slope, 9)


def weigh(folder: Path) -> list[Memory]:
    """Measure the memory of reading a body in every format."""
    found = []
    for format in FORMATS:
        once, held = (start(_job(folder, f"completed.{format}", mode)) for mode in _WEIGHING)
        size = (folder / f"completed.{format}").stat().st_size
        found.append(Memory(format, size, once["peak"], held["held"], held["strings"]))
    return found


def grow(folder: Path, *, quick: bool) -> list[Growth]:
    """Measure bodies of a thousand to a million records in every format."""
    return [Growth(format, tuple(_point(folder, format, count, quick=quick) for count in GROWTH)) for format in FORMATS]


def _point(folder: Path, format: str, count: int, *, quick: bool) -> Point:
    body = f"growth-{count}.{format}"
    repeats = max(1, _REPEATS[count] // (3 if quick else 1))
    seconds = start(_job(folder, body, "time", repeats))["seconds"]
    return Point(count, statistics.median(seconds), start(_job(folder, body, "traced"))["peak"])


def _job(folder: Path, body: str, mode: Mode, repeats: int = 1) -> Job:
    warm = folder / f"completed-100{Path(body).suffix}"
    return Job(mode, "ours", "read_large", str(folder / body), warm=str(warm), repeats=repeats, span=60)
