"""`bevparse validate`: check saved bodies."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, nullcontext
from typing import Final

from ..files import append
from ..validate import Checked, Summary, iter_checked
from ..validate.pool import WorkerPool
from ..validate.renderers import FORMATS
from ..validate.renderers.phrases import passed_over
from ..validate.report import SEVERITIES
from . import outputs
from .arguments import ValidateRun, validate_run_of
from .failures import NOTHING, OK, PROBLEMS, UNREADABLE, fail
from .options import add_input_options
from .progress import watching

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Check saved response bodies, and report every problem with its location.

PATH is a file, a folder, a pattern such as 'dumps/**/*.json', or - for standard input. Folders are searched
recursively for bodies (.json .xml .csv .tsv), JSON Lines (.jsonl .ndjson), archives (.zip .tar), and recordings: HAR
files (.har), cassettes (.yaml .yml .json), WARC files (.warc .wacz) and archives of Fiddler (.saz). Each may also have
the suffix .gz, .bz2, .xz or .zst, a tar archive also .tgz, .tbz2, .txz or .tzst. Nothing is unpacked to disk.

Options can be set in bevparse.toml, or under [tool.bevparse] in pyproject.toml. The command line takes precedence."""
EXAMPLES: Final = """\
  bevparse validate dumps/                                 a folder, recursively
  bevparse validate july.zip session.har --strict          warnings count, too
  bevparse validate dumps/ --output text --output sarif=bevparse.sarif
  bevparse validate dumps/ --output html=report.html       a page for the browser
  bevparse validate dumps/ --baseline known.json --update-baseline
  find . -name '*.json' | bevparse validate --files-from -
"""
CODES: Final = {
    OK: "no problem as severe as --fail-on",
    PROBLEMS: "problems at least as severe as --fail-on",
    UNREADABLE: "something could not be read or written, regardless of other problems",
    NOTHING: "nothing was checked",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, a folder, a pattern, or - for standard input")
    add_input_options(parser.add_argument_group("input").add_argument)
    _add_rule_options(parser.add_argument_group("rules").add_argument)
    _add_output_options(parser.add_argument_group("output").add_argument)
    _add_execution_options(parser.add_argument_group("execution").add_argument)


def _add_rule_options(add: Callable[..., object]) -> None:
    add("--select", action="append", metavar="CODES", help="report only these rules: codes, prefixes or names")
    add("--ignore", action="append", metavar="CODES", help="do not report these rules")
    add("--extend-select", action="append", metavar="CODES", help="report these rules in addition to those selected")
    add("--per-file-ignores", action="append", metavar="GLOB:CODES", help="do not report these rules for these files")
    add("--strict", action="store_true", help="warnings make the exit code 1, unless --fail-on is given")
    add("--fail-on", choices=SEVERITIES, help="lowest severity that makes the exit code 1 (default: error)")
    add("--exit-zero", action="store_true", help="exit with 0 even if there are problems in bodies")
    add(
        "--cross",
        action=argparse.BooleanOptionalAction,
        help="compare bodies of the same request (default: only those found in folders, archives and recordings)",
    )
    add("--baseline", metavar="FILE", help="do not report the known findings in this file")
    add("--update-baseline", action="store_true", help="write all findings to the baseline")


def _add_output_options(add: Callable[..., object]) -> None:
    formats = ", ".join(FORMATS)
    add(
        "--output",
        action="append",
        metavar="FORMAT[=FILE]",
        help=f"{formats}; to standard output or a file; can be given several times (default: text)",
    )
    add("--no-progress", action="store_true", help="show no progress on a terminal")


def _add_execution_options(add: Callable[..., object]) -> None:
    add("--jobs", type=int, metavar="N", help="number of worker processes (default: one for each core)")
    add("--no-cache", action="store_true", help="neither use nor store results of earlier runs")
    add("--cache-dir", metavar="DIR", help="folder for stored results (default: in the cache folder of the user)")


def run(arguments: argparse.Namespace) -> int:
    """Check all bodies and write what was found."""
    asked = validate_run_of(arguments)
    cache = closing(asked.cache) if asked.cache else nullcontext()
    with cache, outputs.opened(asked.outputs) as shown:
        summary = _show(asked, shown)
    if asked.update_baseline:
        asked.baseline.write()
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page and any(name == "github" for name, _ in asked.outputs):
        from ..validate.renderers.github import step_summary  # noqa: PLC0415 - as for its renderer

        append(page, step_summary(summary))
    return _exit_code(summary, asked)


def _show(asked: ValidateRun, shown: outputs.Outputs) -> Summary:
    """Write findings as they come, and return their summary. After an interrupt, the outputs are still completed."""
    summary = Summary()
    try:
        with closing(_checked(asked)) as found:  # an interrupt may come while it waits, too
            for checked in found:
                if not checked.only_counts:
                    shown.body(checked)
                summary.add(checked, asked.settings.fail_on)
    except KeyboardInterrupt:
        summary.interrupted = True
        shown.end(summary)
        raise
    shown.end(summary)
    return summary


def _checked(asked: ValidateRun) -> Generator[Checked]:
    """Check all bodies and show progress; yield what the baseline does not know, and then its entries that are gone."""
    inputs = asked.inputs
    with ExitStack() as stack:
        pool = stack.enter_context(WorkerPool(asked.jobs)) if asked.jobs > 1 else None
        watch = stack.enter_context(watching(inputs.sizes(), wanted=asked.progress))
        found = iter_checked(inputs.paths(), asked.settings, search=inputs.search, executor=pool, cache=asked.cache)
        for checked in stack.enter_context(closing(found)):
            new = asked.without_known(checked)
            if watch:
                watch.add(new)
            yield new
    yield from () if asked.update_baseline else asked.baseline.stale()


def _exit_code(summary: Summary, asked: ValidateRun) -> int:
    if summary.unreadable:
        return UNREADABLE
    if summary.failures(asked.settings.fail_on):
        return OK if asked.exit_zero else PROBLEMS
    if summary.bodies or summary.foreign:
        return OK
    skipped = "".join(f"; {part}" for part in passed_over(summary.skipped, summary.other_urls))
    return fail(f"no bodies found (.json, .xml, .csv and more; --include GLOB finds others){skipped}", NOTHING)
