"""Measure contestants in fresh processes, in rounds."""

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
    """One function of one library, with its input."""

    name: str
    module: str
    """The module of `benchmarks.peers`."""
    call: str
    """The function that is measured."""
    body: str
    """The name of the input file."""
    truth: str = ""
    """The name of the file with the expected rows."""
    rows: str = ""
    """The function that returns the rows of a result; if empty, the rows are read from the written body."""
    keeps: str = ""
    """The function whose result is compared, if the measured one returns none."""
    load: str = ""
    """The function that converts the file to the argument; if empty, the argument is the bytes."""
    warm: str = ""
    """The name of the input file of the warm-up call."""
    needs: str = ""
    """The required distributions, separated by spaces."""
    wants: str = ""
    """The name that bevparse must define."""
    loses: str = ""
    """The features that are missing from its result."""
    floor: bool = False
    """Whether it is the lower bound that the others are compared with."""
    slow: bool = False
    """Whether it is slow enough to run in fewer rounds."""

    def job(self, folder: Path, mode: Mode) -> Job:
        """Return the job of one process."""
        body, warm, truth = (name and str(folder / name) for name in (self.body, self.warm, self.truth))
        return Job(mode, self.module, self.call, body, self.load, warm, self.keeps, self.rows, truth)


@dataclass(frozen=True, slots=True)
class Effort:
    """The numbers of processes and repetitions."""

    rounds: int = 3
    repeats: int = 4
    slow_rounds: int = 2
    loop_rounds: int = 2
    call_span: float = 1.0
    """Seconds after which a process repeats no call."""
    loop_span: float = 0.025
    """The minimum duration of a loop of short calls, in seconds."""
    interpreters: int = 15
    turns: int = 9
    """The calls of each function that takes turns with others in one process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The contestants that are compared with each other."""

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    loops: bool = False
    """Whether calls are too short to be timed one by one."""
    memory: bool = False
    """Whether memory is measured too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The results of one contestant."""

    name: str
    seconds: tuple[float, ...]
    first: float | None = None
    """The median of the first call in each process, if calls are timed one by one."""
    peak: int | None = None
    """Peak memory of one call, in bytes, excluding the body."""
    body: int = 0
    """Size of the body, in bytes."""
    loses: str = ""
    floor: bool = False

    @property
    def median(self) -> float:
        """The median of all repetitions, in seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Contest:
    """The results of a plan."""

    key: str
    title: str
    entries: tuple[Entry, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    """The reason for each contestant that was skipped."""

    def entry(self, name: str) -> Entry | None:
        """Return the entry of a contestant, or None if it was skipped."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def median(self, name: str) -> float | None:
        """Return the median time of a contestant, or None if it was skipped."""
        found = self.entry(name)
        return found.median if found else None

    @property
    def floor(self) -> Entry | None:
        """The entry that the others are compared with."""
        return next((entry for entry in self.entries if entry.floor), None)


def missing(contestant: Contestant) -> str:
    """Return why a contestant must be skipped, or "" if it can run."""
    absent = [name for name in contestant.needs.split() if not _installed(name)]
    if absent:
        return f"{', '.join(absent)} not installed: pip install {' '.join(absent)}"
    if contestant.wants and contestant.wants not in bevparse.__all__:
        return f"bevparse.{contestant.wants} is missing"
    return ""


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def hold(plan: Plan, folder: Path, effort: Effort) -> Contest:
    """Check the results of all contestants, then time them in rounds of alternating order."""
    skipped: dict[str, str] = {}
    peaks: dict[str, int | None] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checked = pool.map(lambda one: _check(one, folder, memory=plan.memory), plan.contestants)
        for contestant, (fault, peaks[contestant.name]) in zip(plan.contestants, checked, strict=True):
            if fault:
                skipped[contestant.name] = fault
    running = [contestant for contestant in plan.contestants if contestant.name not in skipped]
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
    return Contest(plan.key, plan.title, tuple(entries), skipped)


def _check(contestant: Contestant, folder: Path, *, memory: bool) -> tuple[str, int | None]:
    """Return why a contestant is skipped ("" if it is not), and the peak memory of its call in bytes."""
    if fault := missing(contestant):
        return fault, None
    if not contestant.truth:
        return "", None
    try:
        once = start(contestant.job(folder, "once"))
    except WorkerError as error:
        return str(error), None
    fault = f"wrong result: {once['differs']}" if once["differs"] else ""
    return fault, once["peak"] if memory else None


def _rounds(
    plan: Plan, running: Iterable[Contestant], folder: Path, effort: Effort
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return all times of each contestant, and those of the first call in each process."""
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
