"""The report of a run: its options, what it leaves out as known, its outputs and the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

from ..files import append
from ..problems.rules import Severity
from ..validate import Checked, Summary
from ..validate.baseline import Baseline
from ..validate.conditions import Conditions
from ..validate.renderers import FORMATS
from ..validate.report import SEVERITIES
from . import outputs
from .exit_codes import OK, PROBLEMS, UNREADABLE, fail_without_bodies
from .options import add_renamed
from .outputs import COLORS, Color
from .remarks import remark_written

__all__ = ["Reporting", "add_report_options", "report"]


def add_report_options(add: Callable[..., object]) -> None:
    """Add the options of a report on findings, with the `add_argument` of a parser or a group."""
    formats = ", ".join(FORMATS)
    add_renamed(
        add,
        "--output",
        "--output-format",
        action="append",
        metavar="FORMAT[=FILE]",
        help=f"output format: {formats}; =FILE writes it to a file; can be given several times "
        "(default: by the suffix of --output-file, or text)",
    )
    add(
        "-o",
        "--output-file",
        metavar="FILE",
        help="file for the output format without =FILE (default: standard output)",
    )
    add(
        "--color",
        choices=COLORS,
        default=COLORS[0],
        help="when to use colours on standard output; auto: if it is a terminal (default: auto)",
    )
    add("-q", "--quiet", action="store_true", help="write only files, and nothing to standard output")
    add("--strict", action="store_true", help="warnings make the exit code 1, unless --fail-on is given")
    add("--fail-on", choices=SEVERITIES, help="lowest severity that makes the exit code 1 (default: error)")
    add("--exit-zero", action="store_true", help="exit with 0 even if there are problems in bodies")
    add("--baseline", metavar="FILE", help="do not report the known findings in this file")
    add("--update-baseline", action="store_true", help="write all findings to the baseline instead of reporting them")


@dataclass(frozen=True, slots=True)
class Reporting:
    """How the findings of a run are reported."""

    outputs: tuple[tuple[str, str | None], ...]
    fail_on: Severity
    exit_zero: bool
    baseline: Baseline
    update_baseline: bool
    conditions: Conditions
    """What was checked, and how."""
    may_be_empty: bool = False
    """Whether it is allowed that nothing was checked, because a shard may have no files."""
    color: Color = "auto"
    """Whether findings on standard output have colours."""
    quiet: bool = False
    """Whether to write no remarks about files."""

    def without_known(self, checked: Checked) -> Checked:
        """Return what was found in a body without the findings that the baseline contains.

        If the baseline is updated, all findings are added to it. Only an unreadable source keeps its findings.
        """
        if not self.update_baseline:
            return self.baseline.known(checked)
        self.baseline.add(checked)
        if checked.outcome == "unreadable":
            return checked
        return replace(checked, problems=(), excerpts=(), known=len(checked.problems))


def report(found: Generator[Checked], asked: Reporting) -> int:
    """Write what was found to the outputs, and return the exit code.

    Args:
        found: what was found in each body, without known findings.
        asked: how it is reported.
    """
    with outputs.opened(asked.outputs, asked.conditions, asked.color, quiet=asked.quiet) as shown:
        summary = _show(found, asked, shown)
    if asked.update_baseline:
        size = asked.baseline.write()
        if not asked.quiet:
            remark_written(asked.baseline.path, size)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page and any(name == "github" for name, _ in asked.outputs):
        from ..validate.renderers.github import step_summary  # noqa: PLC0415 - few runs need it

        append(page, step_summary(summary))
    return _exit_code(summary, asked)


def _show(found: Generator[Checked], asked: Reporting, shown: outputs.Outputs) -> Summary:
    """Write findings as they come, and return their counts. After an interrupt, the outputs are still completed."""
    summary = Summary()
    try:
        with closing(found):  # an interrupt between two results must end the generator, too
            for checked in found:
                _add(checked, asked, shown, summary)
        for checked in () if asked.update_baseline else asked.baseline.stale():
            _add(checked, asked, shown, summary)
    except KeyboardInterrupt:
        summary.interrupted = True
        shown.end(summary)
        raise
    shown.end(summary)
    return summary


def _add(checked: Checked, asked: Reporting, shown: outputs.Outputs, summary: Summary) -> None:
    if not checked.only_counts:
        shown.body(checked)
    summary.add(checked, asked.fail_on)


def _exit_code(summary: Summary, asked: Reporting) -> int:
    if summary.unreadable:
        return UNREADABLE
    if summary.failures(asked.fail_on):
        return OK if asked.exit_zero else PROBLEMS
    if summary.bodies or summary.foreign or asked.may_be_empty:
        return OK
    return fail_without_bodies(summary)
