"""What a worker process is asked to do, what it answers, and how one is started."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypedDict, cast

__all__ = ["ROOT", "Job", "Mode", "Outcome", "WorkerError", "command", "start"]

ROOT: Final = Path(__file__).parent.parent

Mode: TypeAlias = Literal["time", "loop", "once", "held", "traced"]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do in a fresh process."""

    mode: Mode
    """Time each call; time loops of calls; call once, tell the memory that it took, and compare the answer; tell what
    the answer holds; or tell the most memory that Python took on the way."""
    module: str
    """The module of `benchmarks.peers`."""
    call: str
    """The function that is measured."""
    body: str
    """The file that it is given."""
    load: str = ""
    """The function that turns the file into its argument; without it that is the bytes."""
    warm: str = ""
    """The file that it is called with before anything is measured, so that what is imported late is there."""
    keeps: str = ""
    """The function whose answer is compared, where the one that is measured keeps none."""
    rows: str = ""
    """The function that gives the rows of an answer; without it what was written is read for them."""
    truth: str = ""
    """The file with the rows that it should give; without it nothing is compared."""
    repeats: int = 1
    span: float = 0.0
    """How many seconds a loop should take at least; and after how many no call is repeated."""


class Outcome(TypedDict, total=False):
    """What a worker tells."""

    seconds: list[float]
    """Processor time of each repetition, of one call."""
    peak: int
    """Bytes: the most that the process, or Python in it, took more than before the call."""
    differs: str
    """The first row that is not the true one."""
    held: int
    """Bytes that the answer keeps, and whatever the library keeps behind it."""
    strings: int
    """Bytes of that which are the texts themselves."""


class WorkerError(Exception):
    """A process ended with a fault; says with which."""


def start(job: Job) -> Outcome:
    """Do a job in a fresh process.

    Raises:
        WorkerError: it failed.
    """
    return cast(Outcome, json.loads(command(["-m", "benchmarks.worker", json.dumps(asdict(job))])))


def command(arguments: list[str]) -> str:
    """Run Python and give what it prints.

    Raises:
        WorkerError: it ended with a fault.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line[:1].strip()][-1:]
        raise WorkerError(": ".join([f"a worker ended with {done.returncode}", *last]))
    return done.stdout
