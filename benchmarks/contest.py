"""Contestants in fresh processes, one after the other, round after round."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bevparse

from .jobs import Job, Mode, WorkerError, start

__all__ = ["Contest", "Contestant", "Effort", "Entry", "Plan", "hold", "missing"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who takes part, and with what."""

    name: str
    module: str
    """The module of `benchmarks.peers`."""
    call: str
    """Its function that is measured."""
    body: str
    """The name of the file that it is given."""
    truth: str = ""
    """The name of the file with the rows that it should give."""
    rows: str = ""
    """Its function that gives those of an answer; without it what was written is read for them."""
    keeps: str = ""
    """Its function whose answer is compared, where the one that is measured keeps none."""
    load: str = ""
    """Its function that makes of the file what is measured; without it that is the bytes."""
    warm: str = ""
    """The name of the file that it is called with before anything is measured."""
    needs: str = ""
    """The distributions that it takes, parted by blanks."""
    wants: str = ""
    """The name that bevparse must have."""
    loses: str = ""
    """What it does not deliver."""
    floor: bool = False
    """Whether the others are compared with it as with what is possible at all."""
    slow: bool = False
    """Whether it takes so many seconds that it has fewer rounds."""

    def job(self, folder: Path, mode: Mode) -> Job:
        """Give the job of one process."""
        body, warm, truth = (name and str(folder / name) for name in (self.body, self.warm, self.truth))
        return Job(mode, self.module, self.call, body, self.load, warm, self.keeps, self.rows, truth)


@dataclass(frozen=True, slots=True)
class Effort:
    """How often everything is done."""

    rounds: int = 3
    repeats: int = 4
    slow_rounds: int = 2
    loop_rounds: int = 2
    call_span: float = 1.0
    """Seconds after which no call is repeated in the same process."""
    loop_span: float = 0.025
    """Seconds that a loop of short calls takes at least."""
    interpreters: int = 15


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared with what."""

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    loops: bool = False
    """Whether a call is too short to be timed alone."""
    memory: bool = False
    """Whether the memory that each takes is measured."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one contestant."""

    name: str
    seconds: tuple[float, ...]
    first: float | None = None
    """The median of the first call in each process, where calls are timed alone."""
    peak: int | None = None
    """Bytes that calling it once took, beside the body."""
    body: int = 0
    """Bytes of the body."""
    loses: str = ""
    floor: bool = False

    @property
    def median(self) -> float:
        """The middle of all repetitions, in seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Contest:
    """What came of a plan."""

    key: str
    title: str
    entries: tuple[Entry, ...]
    left_out: dict[str, str] = field(default_factory=dict)
    """Who did not take part, and why."""

    def entry(self, name: str) -> Entry | None:
        """Give the entry of a contestant, if it took part."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def median(self, name: str) -> float | None:
        """Give the time of a contestant, if it took part."""
        found = self.entry(name)
        return found.median if found else None

    @property
    def floor(self) -> Entry | None:
        """The entry that the others are compared with."""
        return next((entry for entry in self.entries if entry.floor), None)


def missing(contestant: Contestant) -> str:
    """Say why a contestant cannot take part; nothing where it can."""
    absent = [name for name in contestant.needs.split() if not _installed(name)]
    if absent:
        return f"{', '.join(absent)} not installed: pip install {' '.join(absent)}"
    if contestant.wants and contestant.wants not in bevparse.__all__:
        return f"this bevparse has no {contestant.wants}"
    return ""


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def hold(plan: Plan, folder: Path, effort: Effort) -> Contest:
    """Check the answers of all contestants, then time them in rounds whose order alternates."""
    left_out: dict[str, str] = {}
    peaks: dict[str, int | None] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checked = pool.map(lambda one: _check(one, folder, memory=plan.memory), plan.contestants)
        for contestant, (fault, peaks[contestant.name]) in zip(plan.contestants, checked, strict=True):
            if fault:
                left_out[contestant.name] = fault
    running = [contestant for contestant in plan.contestants if contestant.name not in left_out]
    samples, firsts = _rounds(plan, running, folder, effort)
    entries = (
        Entry(
            one.name,
            tuple(samples[one.name]),
            None if plan.loops else statistics.median(firsts[one.name]),
            peaks[one.name],
            _size(folder / one.body),
            one.loses,
            one.floor,
        )
        for one in running
    )
    return Contest(plan.key, plan.title, tuple(entries), left_out)


def _check(contestant: Contestant, folder: Path, *, memory: bool) -> tuple[str, int | None]:
    """Give why a contestant is left out, and the bytes that its answer took."""
    if fault := missing(contestant):
        return fault, None
    if not contestant.truth:
        return "", None
    try:
        once = start(contestant.job(folder, "once"))
    except WorkerError as error:
        return str(error), None
    fault = f"its answer is another: {once['differs']}" if once["differs"] else ""
    return fault, once["peak"] if memory else None


def _rounds(
    plan: Plan, running: Iterable[Contestant], folder: Path, effort: Effort
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Give all times of each contestant, and those of the first call in each process."""
    order = list(running)
    samples: dict[str, list[float]] = {one.name: [] for one in order}
    firsts: dict[str, list[float]] = {one.name: [] for one in order}
    for number in range(effort.loop_rounds if plan.loops else effort.rounds):
        for one in order if number % 2 == 0 else reversed(order):
            if one.slow and number >= effort.slow_rounds:
                continue
            job = one.job(folder, "loop" if plan.loops else "time")
            span = effort.loop_span if plan.loops else effort.call_span
            seconds = start(replace(job, repeats=effort.repeats, span=span))["seconds"]
            samples[one.name] += seconds
            firsts[one.name].append(seconds[0])
    return samples, firsts


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.iterdir())
