"""What bevparse takes as bodies grow, and what its answers hold."""

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
    """What one body takes."""

    format: str
    body: int
    """Its bytes."""
    peak: int
    """The most bytes that reading it took at a time, beside it."""
    held: int
    """The bytes that the answer keeps."""
    strings: int
    """Those of them that are its texts."""

    @property
    def beside_strings(self) -> float:
        """The bytes that each record keeps beside its texts."""
        return (self.held - self.strings) / MANY


@dataclass(frozen=True, slots=True)
class Point:
    """What a body with so many records takes."""

    records: int
    seconds: float
    peak: int
    """The most bytes that Python's allocators gave out for it at a time."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What bodies of one format take, the small first."""

    format: str
    points: tuple[Point, ...]

    @property
    def time_slope(self) -> float:
        """The power of the number of records with which time grows."""
        return slope([(point.records, point.seconds) for point in self.points])

    @property
    def memory_slope(self) -> float:
        """The power with which memory grows."""
        return slope([(point.records, point.peak) for point in self.points])


def slope(points: list[tuple[float, float]]) -> float:
    """Fit a straight line through the logarithms, and give its slope.

    >>> slope([(10, 3), (100, 30), (1000, 300)])
    1.0
    """
    line = statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points])
    return round(line.slope, 9)


def weigh(folder: Path) -> list[Memory]:
    """Measure what a body of every format takes."""
    found = []
    for format in FORMATS:
        once, held = (start(_job(folder, f"completed.{format}", mode)) for mode in _WEIGHING)
        size = (folder / f"completed.{format}").stat().st_size
        found.append(Memory(format, size, once["peak"], held["held"], held["strings"]))
    return found


def grow(folder: Path, *, quick: bool) -> list[Growth]:
    """Measure bodies of every format from a thousand records to a million."""
    return [Growth(format, tuple(_point(folder, format, count, quick=quick) for count in GROWTH)) for format in FORMATS]


def _point(folder: Path, format: str, count: int, *, quick: bool) -> Point:
    body = f"growth-{count}.{format}"
    repeats = max(1, _REPEATS[count] // (3 if quick else 1))
    seconds = start(_job(folder, body, "time", repeats))["seconds"]
    return Point(count, statistics.median(seconds), start(_job(folder, body, "traced"))["peak"])


def _job(folder: Path, body: str, mode: Mode, repeats: int = 1) -> Job:
    warm = folder / f"completed-100{Path(body).suffix}"
    return Job(mode, "ours", "read_large", str(folder / body), warm=str(warm), repeats=repeats, span=60)
