"""The time and memory of bevparse by size of the body."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .jobs import Job, Mode, command, start
from .sizes import FORMATS, GROWTH, MANY
from .spellings import Spelling

__all__ = ["WEIGHING", "Growth", "Memory", "Point", "grow", "grow_spelling", "slope", "weigh"]

WEIGHING: Final[tuple[Mode, ...]] = ("once", "held")
"""The modes that measure memory, each in a process of its own."""
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
    """Peak memory of Python's allocators, or of the process if the body is in some spelling, in bytes."""
    body: int = 0
    """Size of the body, in bytes."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The measurements of one format or spelling, the smallest body first."""

    format: str
    points: tuple[Point, ...]
    spelling: str = ""
    """The spelling; the peak of its points is that of `iter_records`, which reads a file."""

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
        once, held = (start(_job(folder, f"completed.{format}", mode)) for mode in WEIGHING)
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


def grow_spelling(folder: Path, seed: int, spelling: Spelling, *, quick: bool) -> Growth:
    """Measure bodies of a thousand to a million records in a spelling. Each exists only while it is measured."""
    points = (_point_of(folder, seed, spelling, count, quick=quick) for count in GROWTH)
    return Growth(spelling.format, tuple(points), spelling.name)


def _point_of(folder: Path, seed: int, spelling: Spelling, count: int, *, quick: bool) -> Point:
    options = ("--seed", str(seed), "--records", str(count), "--only", spelling.file)
    command(["-m", "benchmarks.spellings", str(folder), *options])
    body = folder / spelling.file
    repeats = max(1, _REPEATS[count] // (3 if quick else 1))
    seconds = start(_job(folder, spelling.file, "time", repeats))["seconds"]
    stream = replace(_job(folder, spelling.file, "once"), call="drain_path", load="load_path")
    point = Point(count, min(seconds), start(stream)["peak"], body.stat().st_size)
    body.unlink()
    return point


def _job(folder: Path, body: str, mode: Mode, repeats: int = 1) -> Job:
    warm = folder / f"completed-100{Path(body).suffix}"
    return Job(mode, "ours", "read_large", str(folder / body), warm=str(warm), repeats=repeats, span=60)
