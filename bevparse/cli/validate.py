"""`bevparse validate`: check saved bodies."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, nullcontext
from typing import Final

from ..validate import Checked, OtherRunError, iter_checked
from .arguments import ValidateRun, validate_run_of
from .executors import add_executor_options, executor
from .exit_codes import NOTHING, OK, PROBLEMS, UNREADABLE, UsageError
from .options import add_input_options
from .progress import watching
from .run_report import add_report_options, report

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Check saved response bodies, and report every problem with its location.

PATH is a file, a folder, a pattern such as 'dumps/**/*.json', - for standard input, or a URL such as
s3://bucket/dumps/ (s3, gs, az, http and https; extra remote). Folders are searched recursively for bodies (.json .xml
.csv .tsv), JSON Lines (.jsonl .ndjson), archives (.zip .tar), and recordings: HAR files (.har), cassettes (.yaml .yml
.json), WARC files (.warc .wacz) and archives of Fiddler (.saz). Each may also have the suffix .gz, .bz2, .xz or .zst, a
tar archive also .tgz, .tbz2, .txz or .tzst. Nothing is unpacked to disk. Without a PATH, standard input is read, unless
it is a terminal or a device.

Options can be set in bevparse.toml, or under [tool.bevparse] in pyproject.toml. The command line takes precedence."""
EXAMPLES: Final = """\
  bevparse validate dumps/                                 a folder, recursively
  bevparse validate july.zip session.har --strict          warnings count, too
  bevparse validate dumps/ --output-format text --output-format sarif=bevparse.sarif
  bevparse validate dumps/ -o report.html                  a page for the browser
  bevparse validate dumps/ --baseline known.json --update-baseline
  bevparse validate s3://bucket/dumps/ -o s3://bucket/report.html
  bevparse validate /shared/dumps --dask tcp://10.0.0.5:8786
  curl --silent "$URL" | bevparse validate                 standard input
  find . -name '*.json' | bevparse validate --files-from -
  bevparse validate dumps/ --save run.bev                  run it again to continue after a kill
"""
CODES: Final = {
    OK: "no problem as severe as --fail-on",
    PROBLEMS: "problems at least as severe as --fail-on",
    UNREADABLE: "something could not be read or written, regardless of other problems",
    NOTHING: "nothing was checked",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="a file, a folder, a pattern, a URL, or - for standard input"
    )
    add_input_options(parser.add_argument_group("input").add_argument)
    _add_rule_options(parser.add_argument_group("rules").add_argument)
    add_report_options(parser.add_argument_group("report").add_argument)
    _add_execution_options(parser.add_argument_group("execution").add_argument)


def _add_rule_options(add: Callable[..., object]) -> None:
    add("--select", action="append", metavar="CODES", help="report only these rules: codes, prefixes or names")
    add("--ignore", action="append", metavar="CODES", help="do not report these rules")
    add("--extend-select", action="append", metavar="CODES", help="report these rules in addition to those selected")
    add("--per-file-ignores", action="append", metavar="GLOB:CODES", help="do not report these rules for these files")
    add(
        "--cross",
        action=argparse.BooleanOptionalAction,
        help="compare bodies of the same request (default: only those found in folders, archives and recordings)",
    )


def _add_execution_options(add: Callable[..., object]) -> None:
    add_executor_options(add)
    add("--no-cache", action="store_true", help="neither use the results of earlier runs nor store new ones")
    add("--cache-dir", metavar="DIR", help="folder for stored results (default: in the cache folder of the user)")
    add("--save", metavar="FILE", help="save results to this file as they come; if it exists, continue its run")
    add("--shard", metavar="K/N", help="divide the files into N parts by the hash of their paths, check only part K")
    add("--no-progress", action="store_true", help="show no progress on a terminal")


def run(arguments: argparse.Namespace) -> int:
    """Check all bodies and write what was found."""
    asked = validate_run_of(arguments)
    try:
        with closing(asked.cache) if asked.cache else nullcontext():
            return report(_checked(asked), asked.reporting)
    except OtherRunError as error:
        raise UsageError(f"argument --save: {error}") from None


def _checked(asked: ValidateRun) -> Generator[Checked]:
    """Check all bodies and show progress."""
    inputs = asked.inputs
    with ExitStack() as stack:
        pool = stack.enter_context(executor(asked.jobs, asked.dask))
        watch = stack.enter_context(watching(inputs.sizes(asked.saved), wanted=asked.progress))
        found = iter_checked(
            inputs.paths(),
            asked.settings,
            search=inputs.search,
            executor=pool,
            cache=asked.cache,
            saved=asked.saved,
        )
        for checked in stack.enter_context(closing(found)):
            new = asked.reporting.without_known(checked)
            if watch:
                watch.add(new)
            yield new
