"""`bevparse report`: the report of a saved run, or of its shards."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Final

from ..validate import Checked, OtherRunError
from ..validate.report import compared
from ..validate.saved import SavedRuns
from .arguments import Options, check_on_disk, reporting_of_saved
from .exit_codes import NOTHING, OK, PROBLEMS, UNREADABLE, UsageError
from .options import add_configuration_options
from .run_report import Reporting, add_report_options, report

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Report what `bevparse validate --save` has found, in any output format, without checking anything again.

PATH is a saved run, or each PATH is a shard of one. The report and the exit code are those of one run over all files.
The rules and --fail-on are those of the run, unless an option here says otherwise. A shard that is missing or
incomplete is reported, and makes the exit code 3."""
EXAMPLES: Final = """\
  bevparse report run.bev
  bevparse report run.bev -o report.html
  bevparse report shard-*.bev --strict --output-format sarif=bevparse.sarif
"""
CODES: Final = {
    OK: "no problem as severe as --fail-on",
    PROBLEMS: "problems at least as severe as --fail-on",
    UNREADABLE: "something could not be read or written, or is missing",
    NOTHING: "nothing was checked",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a saved run, or a shard of one")
    add_report_options(parser.add_argument)
    add_configuration_options(parser.add_argument)


def run(arguments: argparse.Namespace) -> int:
    """Write what the saved run has found."""
    options = Options(arguments)
    for path in arguments.paths:
        check_on_disk("PATH", path)
    try:
        runs = SavedRuns(arguments.paths)
    except OtherRunError as error:
        raise UsageError(str(error)) from None
    asked = reporting_of_saved(options, runs)
    return report(_found(runs, asked), asked)


def _found(runs: SavedRuns, asked: Reporting) -> Generator[Checked]:
    for checked in compared(runs.results(), runs.settings):
        yield asked.without_known(checked)
