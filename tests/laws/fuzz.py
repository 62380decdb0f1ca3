"""The hostile law on any number of bodies: `python -m tests.laws.fuzz --cases 1000000 --seed 1`.

Prints the number of cases, the slowest one and the peak memory. Exits with 1 if a body caused anything but a model or a
valid `BevparseError`, and prints the body and how to repeat its case.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bevparse import Limits, Response

from .hostile import MODELS, mutated, seeds, wild
from .oracle import FORMATS
from .outcome import LIMITS, check_body, try_body

_SLOW = 0.05
_SAMPLED = 100
_CHECKED = 10
_SHOWN = 2000
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Case:
    """A body, and the options it is parsed with."""

    body: bytes
    model: type[Response]
    format: str | None
    limits: Limits

    def __str__(self) -> str:
        shown = repr(self.body[:_SHOWN]) + ("..." if len(self.body) > _SHOWN else "")
        return f"{self.model.__name__}, format={self.format!r}, {self.limits.string}-character limit: {shown}"


@dataclass(slots=True)
class Report:
    """The number of cases so far, and the extremes among them."""

    cases: int = 0
    read: int = 0
    size: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, Case | None] = (0.0, None)
    largest: tuple[int, Case | None] = (0, None)


def draw(random: Random, bodies: Sequence[bytes]) -> Case:
    """Return a damaged or a random body with random options."""
    body = mutated(random, bodies) if random.random() < 0.5 else wild(random)
    format = random.choice((None, None, *FORMATS))
    return Case(body, random.choice(MODELS), format, LIMITS[random.random() < 0.2])


def run(case: Case, report: Report, *, thorough: bool) -> float:
    """Try one case, record its outcome, and return the seconds that reading took."""
    begun = time.perf_counter()
    try:
        response = try_body(case.body, case.model, case.format, case.limits)
    except Exception:  # the law forbids any
        response = None
        report.faults.append(f"{case}\n{traceback.format_exc()}")
    seconds = time.perf_counter() - begun
    report.cases += 1
    report.size += len(case.body)
    report.read += response is not None
    report.slowest = max(report.slowest, (seconds, case), key=lambda entry: entry[0])
    if thorough:
        try:
            check_body(case.body, case.model, case.format, case.limits)
        except Exception:  # broken promises count as well
            report.faults.append(f"{case}\n{traceback.format_exc()}")
    return seconds


def weigh(case: Case, report: Report) -> None:
    """Read one case again and record its peak memory."""
    tracemalloc.start()
    try:
        try_body(case.body, case.model, case.format, case.limits)
    except Exception as error:  # it was reported by the first run
        print(f"not weighed: {error!r}", file=sys.stderr)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    report.largest = max(report.largest, (peak, case), key=lambda entry: entry[0])


def fuzz(cases: int, seed: int) -> Report:
    """Try as many cases as asked for, each a function of the seed and its number."""
    bodies, report = seeds(), Report()
    for number in range(cases):
        case = draw(Random(f"{seed}/{number}"), bodies)
        seconds = run(case, report, thorough=number % _CHECKED == 0)
        if number % _SAMPLED == 0 or seconds > _SLOW:
            weigh(case, report)
        if len(report.faults) >= _MOST_FAULTS:
            break
    return report


def main() -> int:
    """Fuzz, print the figures, and return 1 if the law was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws.fuzz", description="Try the hostile law at length.")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    report = fuzz(options.cases, options.seed)
    print(f"seed {options.seed}: {report.cases} cases, {report.size} bytes, {time.perf_counter() - begun:.0f} s")
    print(f"{report.read} returned a complete or partial model, {len(report.faults)} violated the law")
    print(f"slowest: {report.slowest[0]:.4f} s, {report.slowest[1]}")
    print(f"largest: {report.largest[0]} bytes of memory, {report.largest[1]}")
    for fault in report.faults:
        print(fault, file=sys.stderr)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
