"""Jobs of worker processes, their results, and a function to start one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypedDict, cast

__all__ = ["ROOT", "Job", "Mode", "Outcome", "WorkerError", "command", "start", "take_turns"]

ROOT: Final = Path(__file__).parent.parent

Mode: TypeAlias = Literal["time", "loop", "once", "held", "traced"]


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement in a fresh process."""

    mode: Mode
    """The measurement: the time of each call; the time of loops of calls; one call with its peak memory and a check of
    its result; the memory of the result; or the peak memory of Python's allocators."""
    module: str
    """The module of `benchmarks.peers`."""
    call: str
    """The function to measure."""
    body: str
    """The input file."""
    load: str = ""
    """The function that converts the file to the argument; if empty, the argument is the bytes."""
    warm: str = ""
    """The input file of a warm-up call, which triggers late imports."""
    keeps: str = ""
    """The function whose result is compared, if the measured one returns none."""
    rows: str = ""
    """The function that returns the rows of a result; if empty, the rows are read from the written body."""
    truth: str = ""
    """The file with the expected rows; if empty, nothing is compared."""
    repeats: int = 1
    span: float = 0.0
    """The minimum duration of a loop, or the time after which no call is repeated, in seconds."""


class Outcome(TypedDict, total=False):
    """The result of a job."""

    seconds: list[float]
    """Processor time per call, for each repetition."""
    peak: int
    """Peak memory of the process, or of Python's allocators, minus the memory before the call, in bytes."""
    differs: str
    """The first row that differs from the expected one."""
    held: int
    """Memory of the result and of the library's caches, in bytes."""
    strings: int
    """Memory of the strings alone, in bytes."""


class WorkerError(Exception):
    """A process failed."""


def start(job: Job) -> Outcome:
    """Run a job in a fresh process, and return its result.

    Raises:
        WorkerError: If the process fails.
    """
    return cast(Outcome, json.loads(command(["-m", "benchmarks.worker", json.dumps(asdict(job))])))


def take_turns(jobs: Sequence[Job], rounds: int) -> list[float]:
    """Run jobs in turn in one fresh process, and return the least time of each in seconds.

    Ratios of such times hardly depend on what else the machine does.

    Raises:
        WorkerError: If the process fails.
    """
    listed = [asdict(job) for job in jobs]
    return cast("list[float]", json.loads(command(["-m", "benchmarks.worker", json.dumps(listed), str(rounds)])))


def command(arguments: list[str]) -> str:
    """Run Python with arguments, and return its output.

    Raises:
        WorkerError: If the process fails.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line[:1].strip()][-1:]
        raise WorkerError(": ".join([f"worker failed with exit code {done.returncode}", *last]))
    return done.stdout
