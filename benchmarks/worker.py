"""Run one job in this process, or several in turn: `python -m benchmarks.worker JOB` or `JOBS ROUNDS`."""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Final, TypeAlias, cast

from .jobs import Job, Outcome

__all__ = ["do", "do_in_turn", "peak"]

_Call: TypeAlias = Callable[[object], object]
_Rows: TypeAlias = Callable[[object], Iterable[tuple[object, ...]]]

_CALLS_BEFORE_LOOPS: Final = 20
_STATUS: Final = Path("/proc/self/status")


def do(job: Job) -> Outcome:
    """Run a job, and return its result."""
    peer = import_module(f"benchmarks.peers.{job.module}")
    call, subject = _prepared(job)
    if job.mode == "time":
        return {"seconds": _calls(call, subject, job)}
    if job.mode == "loop":
        return {"seconds": _loops(call, subject, job)}
    if job.mode == "held":
        return _held(call, subject, cast("Callable[[object], Iterator[str]]", vars(peer)["strings"]))
    if job.mode == "traced":
        return {"peak": _traced(call, subject)}
    before = peak()  # the body and all modules are loaded
    answer = call(subject)
    outcome: Outcome = {"peak": peak() - before}
    if job.truth:
        kept = cast(_Call, getattr(peer, job.keeps))(subject) if job.keeps else answer
        rows = cast(_Rows, getattr(peer, job.rows)) if job.rows else _rows_of_written
        outcome["differs"] = _difference(rows(kept), Path(job.truth))
    return outcome


def do_in_turn(jobs: Iterable[Job], rounds: int) -> list[float]:
    """Run jobs in turn, and return the least time of each in seconds."""
    prepared = [_prepared(job) for job in jobs]
    times = [[_seconds(call, subject, 1) for call, subject in prepared] for _ in range(rounds)]
    return [min(seconds) for seconds in zip(*times, strict=True)]


def _prepared(job: Job) -> tuple[_Call, object]:
    """Return the function of a job after its warm-up call, and the argument."""
    peer = import_module(f"benchmarks.peers.{job.module}")
    call = cast(_Call, getattr(peer, job.call))
    load = cast("Callable[[Path], object]", getattr(peer, job.load)) if job.load else Path.read_bytes
    if job.warm:
        call(load(Path(job.warm)))
    return call, load(Path(job.body))


def _seconds(call: _Call, subject: object, number: int) -> float:
    gc.collect()
    begun = time.process_time()
    for _ in range(number):
        answer = call(subject)
    ended = time.process_time()
    del answer  # deallocation is not timed
    return ended - begun


def _calls(call: _Call, subject: object, job: Job) -> list[float]:
    seconds: list[float] = []
    while len(seconds) < job.repeats and sum(seconds) <= job.span:
        seconds.append(_seconds(call, subject, 1))
    return seconds


def _loops(call: _Call, subject: object, job: Job) -> list[float]:
    for _ in range(_CALLS_BEFORE_LOOPS):
        call(subject)
    number = 1
    while _seconds(call, subject, number) < job.span:
        number *= 2
    return [_seconds(call, subject, number) / number for _ in range(job.repeats)]


def peak() -> int:
    """Return the peak memory of this program, if the system reports it for the program alone.

    `ru_maxrss` starts at the memory of the parent when it started this process.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _held(call: _Call, subject: object, strings: Callable[[object], Iterator[str]]) -> Outcome:
    gc.collect()
    tracemalloc.start()
    answer = call(subject)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    distinct = {id(text): sys.getsizeof(text) for text in strings(answer)}
    return {"held": held, "strings": sum(distinct.values())}


def _traced(call: _Call, subject: object) -> int:
    gc.collect()
    tracemalloc.start()
    call(subject)
    return tracemalloc.get_traced_memory()[1]


def _rows_of_written(body: object) -> Iterable[tuple[object, ...]]:
    """Return the rows of a written body."""
    ours = import_module("benchmarks.peers.ours")
    return cast(_Rows, ours.rows)(cast(_Call, ours.read)(body))


def _difference(rows: Iterable[tuple[object, ...]], truth: Path) -> str:
    """Return the first difference from the expected rows, or "" if there is none."""
    expected: list[list[object]] = json.loads(truth.read_bytes())
    for number, (came, true) in enumerate(zip_longest(rows, expected)):
        listed = came and [list(value) if isinstance(value, tuple) else value for value in came]
        if listed != true:
            return f"record {number}: expected {true}, got {listed}"
    return ""


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    answer = do_in_turn([Job(**job) for job in given], int(sys.argv[2])) if sys.argv[2:] else do(Job(**given))
    print(json.dumps(answer))
