"""The command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contest import Effort

__all__ = ["GROUPS", "Options", "read_options"]

GROUPS: Final = ("json", "xml", "csv", "dump", "small", "memory", "growth", "import", "validate")
_CHART: Final = "docs/benchmarks.svg"

_QUICK: Final = Effort(rounds=2, repeats=2, slow_rounds=1, call_span=0.5, loop_span=0.01, interpreters=5)
_DESCRIPTION: Final = """\
Measure bevparse beside other ways to read and write the same bodies.

The answers of all are compared before anything is timed. What is not installed is left out, and named."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    groups: tuple[str, ...]
    seed: int
    quick: bool
    check: bool
    json: Path | None
    svg: Path | None

    @property
    def effort(self) -> Effort:
        """How often everything is done."""
        return _QUICK if self.quick else Effort()


class _Arguments(argparse.Namespace):
    only: list[str] | None
    growth: bool
    seed: int
    quick: bool
    check: bool
    json: Path | None
    svg: Path | None


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the arguments, by default those of the process; wrong ones end it with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="GROUP", help=f"one of {', '.join(GROUPS)}")
    parser.add_argument("--growth", "--all", action="store_true", help="bodies of up to a million records as well")
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--seed", type=int, default=20_240_229, help="what the bodies are drawn by")
    parser.add_argument("--check", action="store_true", help="end with 1 where a target is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--svg", type=Path, metavar="FILE", nargs="?", const=_CHART, help=f"draw them, into {_CHART}")
    given = parser.parse_args(arguments, _Arguments())
    groups = set(given.only or set(GROUPS) - {"growth"}) | ({"growth"} if given.growth else set())
    if given.svg and not groups & {"json", "xml", "csv"}:
        parser.error("--svg draws json, xml and csv, none of which is measured")
    chosen = tuple(name for name in GROUPS if name in groups)
    return Options(chosen, given.seed, given.quick, given.check, given.json, given.svg)
