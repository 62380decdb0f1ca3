"""The command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contest import Effort

__all__ = ["GROUPS", "Options", "read_options"]

GROUPS: Final = ("json", "xml", "csv", "spellings", "dump", "small", "memory", "growth", "import", "validate")
_CHART: Final = "docs/benchmarks.svg"

_QUICK: Final = Effort(rounds=2, repeats=2, slow_rounds=1, call_span=0.5, loop_span=0.01, interpreters=5, turns=3)
_DESCRIPTION: Final = """\
Compare bevparse with other libraries that read and write the same bodies.

All results are checked before anything is timed. Missing libraries are skipped and reported."""


@dataclass(frozen=True, slots=True)
class Options:
    """The parsed command line."""

    groups: tuple[str, ...]
    seed: int
    quick: bool
    check: bool
    json: Path | None
    svg: Path | None

    @property
    def effort(self) -> Effort:
        """The numbers of processes and repetitions."""
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
    """Parse the arguments, by default those of the process; exit with 2 if they are invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", choices=GROUPS, metavar="GROUP", help=f"run only this group: {', '.join(GROUPS)}"
    )
    parser.add_argument("--growth", "--all", action="store_true", help="also measure bodies of up to a million records")
    parser.add_argument("--quick", action="store_true", help="run fewer repetitions")
    parser.add_argument("--seed", type=int, default=20_240_229, help="random seed of the bodies (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results as JSON")
    parser.add_argument(
        "--svg", type=Path, metavar="FILE", nargs="?", const=_CHART, help=f"write a chart (default file: {_CHART})"
    )
    given = parser.parse_args(arguments, _Arguments())
    groups = set(given.only or set(GROUPS) - {"growth"}) | ({"growth"} if given.growth else set())
    if given.svg and not groups & {"json", "xml", "csv"}:
        parser.error("--svg requires one of the groups json, xml and csv")
    chosen = tuple(name for name in GROUPS if name in groups)
    return Options(chosen, given.seed, given.quick, given.check, given.json, given.svg)
