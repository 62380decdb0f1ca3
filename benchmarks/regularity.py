"""Time and memory by spelling, and with records that are irregular."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contest import Effort
from .growth import WEIGHING, Memory
from .jobs import Job, Mode, WorkerError, command, start, take_turns
from .payloads import IRREGULAR, PLACES, UNLIKE
from .spellings import SPELLINGS, Spelling, spelling_of

__all__ = ["Comparison", "Spelled", "compare_irregular", "compare_unlike", "measure_spellings"]

_FLOORS: Final = {"json": ("msgspec_structs", "read"), "xml": ("lxml_trees", "read"), "csv": ("standard", "drain_csv")}
"""The module and the function of each floor. That of JSON reads the documented spelling, as it knows no other."""


@dataclass(frozen=True, slots=True)
class Spelled(Memory):
    """The time and memory of one spelling; times are the least of all rounds, in seconds."""

    spelling: str
    floor: float
    parse: float
    stream: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The least times of functions or bodies, in seconds, the one that the others are compared with first."""

    format: str
    spelling: str
    seconds: dict[str, float]

    @property
    def worst(self) -> float:
        """The longest time as a multiple of the first."""
        first, *others = self.seconds.values()
        return max(others) / first


def measure_spellings(folder: Path, seed: int, effort: Effort) -> Iterator[Spelled]:
    """Check and measure every spelling. Its body exists only while it is measured.

    Raises:
        WorkerError: a process failed, or has read other values than were written.
    """
    first = _write(folder, seed, SPELLINGS[0])
    for spelling in SPELLINGS:
        body = _write(folder, seed, spelling)
        yield _measure(folder, spelling, body, first, effort)
        if body != first:
            body.unlink()


def _write(folder: Path, seed: int, spelling: Spelling) -> Path:
    """Write a body in a separate process, to keep the memory of this one small."""
    command(["-m", "benchmarks.spellings", str(folder), "--seed", str(seed), "--only", spelling.file])
    return folder / spelling.file


def _measure(folder: Path, spelling: Spelling, body: Path, documented: Path, effort: Effort) -> Spelled:
    once, held = (start(_job(folder, body, "read", mode)) for mode in WEIGHING)
    if once["differs"]:
        raise WorkerError(f"{spelling.file}: wrong result: {once['differs']}")
    module, call = _FLOORS[spelling.format]
    floor = Job("time", module, call, str(documented if spelling.format == "json" else body))
    (least,) = take_turns((floor,), effort.turns)  # apart: the trees of lxml leave memory that is slow to use again
    parse, stream = take_turns((_job(folder, body, "read"), _job(folder, body, "drain")), effort.turns)
    memory = body.stat().st_size, once["peak"], held["held"], held["strings"]
    return Spelled(spelling.format, *memory, spelling.name, least, parse, stream)


def compare_irregular(folder: Path, effort: Effort) -> Iterator[Comparison]:
    """Compare bodies with one irregular record in several places with the same body without."""
    for format, name in IRREGULAR:
        file = spelling_of(format, name).file
        jobs = [_job(folder, folder / f"{place}-{file}", "read") for place in PLACES]
        yield Comparison(format, name, dict(zip(PLACES, take_turns(jobs, effort.turns), strict=True)))


def compare_unlike(folder: Path, effort: Effort) -> Iterator[Comparison]:
    """Compare the time of bodies whose records are unlike each other with that of the tolerant reader."""
    for format, name in UNLIKE:
        calls = {"tolerant reader": "read_tolerantly", "bevparse": "read"}
        jobs = [_job(folder, folder / f"unlike.{format}", call) for call in calls.values()]
        yield Comparison(format, name, dict(zip(calls, take_turns(jobs, effort.turns), strict=True)))


def _job(folder: Path, body: Path, call: str, mode: Mode = "time") -> Job:
    warm, truth = folder / f"completed-100{body.suffix}", folder / "spellings.rows"
    return Job(mode, "ours", call, str(body), warm=str(warm), rows="rows", truth=str(truth))
