"""Run the benchmarks and check the targets: `python -m benchmarks --help`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from . import imports
from .chart import draw
from .contest import Plan, hold
from .contestants import DUMP, PARSE, SMALL, VALIDATE
from .facts import facts
from .growth import grow, grow_spelling, weigh
from .jobs import WorkerError, command
from .options import Options, read_options
from .regularity import compare_irregular, compare_unlike, measure_spellings
from .results import Results
from .spellings import SPELLINGS
from .tables import of_contest, of_facts, of_growth, of_irregular, of_memory, of_spellings, of_unlike, of_verdicts
from .targets import judge

_SETS: Final = {
    "growth": ("warm", "growth"),
    "import": (),
    "small": ("warm", "small"),
    "spellings": ("warm", "spellings"),
    "validate": ("saved",),
}
_PLANS: Final[dict[str, tuple[Plan, ...]]] = {
    **{name: (plan,) for name, plan in PARSE.items()},
    "dump": DUMP,
    "small": SMALL,
    "validate": VALIDATE,
}


def main() -> int:
    """Run the requested groups; return 1 if `--check` is set and a target is missed."""
    options = read_options()
    results = Results(options.groups, options.seed, facts())
    print(of_facts(results.facts, results.seed), flush=True)
    try:
        with TemporaryDirectory(prefix="bevparse-benchmarks-") as folder:
            _make(Path(folder), options)
            for group in options.groups:
                for shown in _measure(group, Path(folder), options, results):
                    print(shown, flush=True)
    except WorkerError as error:
        print(error, file=sys.stderr)
        return 1
    _write(options, results)
    verdicts = judge(results)
    print(of_verdicts(verdicts))
    missed = [verdict for verdict in verdicts if not verdict.kept]
    for verdict in missed if options.check else ():
        figure, bound = verdict.shown
        print(f"missed: {verdict.target.text}: expected {bound}, got {figure}", file=sys.stderr)
    return 1 if missed and options.check else 0


def _make(folder: Path, options: Options) -> None:
    """Write the bodies that the groups need, in a separate process."""
    needed = dict.fromkeys(name for group in options.groups for name in _SETS.get(group, ("warm", "completed")))
    command(["-m", "benchmarks.payloads", str(folder), str(options.seed), *needed])


def _measure(group: str, folder: Path, options: Options, results: Results) -> Iterator[str]:
    """Measure a group, store the results, and yield them as text."""
    for plan in _PLANS.get(group, ()):
        results.add(hold(plan, folder, options.effort))
        yield of_contest(results.contests[plan.key])
    if group == "import":
        results.add(imports.measure(options.effort.interpreters))
        yield of_contest(results.contests["import"])
    if group == "memory":
        results.memory = weigh(folder)
        yield of_memory(results.memory)
    if group == "spellings":
        results.spellings = list(measure_spellings(folder, options.seed, options.effort))
        yield of_spellings(results.spellings)
        results.irregular = list(compare_irregular(folder, options.effort))
        yield of_irregular(results.irregular)
        results.unlike = list(compare_unlike(folder, options.effort))
        yield of_unlike(results.unlike)
    if group == "growth":
        results.growth = grow(folder, quick=options.quick)
        results.growth += (grow_spelling(folder, options.seed, one, quick=options.quick) for one in SPELLINGS)
        yield of_growth(results.growth)


def _write(options: Options, results: Results) -> None:
    if options.json:
        options.json.write_text(json.dumps(results.plain(), indent=1) + "\n", "utf-8")
    if options.svg:
        read = [results.contests[name] for name in PARSE if name in results.contests]
        note = f"{results.facts['python']} on {results.facts['system']}, median of processor time."
        options.svg.write_text(draw(read, note), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
