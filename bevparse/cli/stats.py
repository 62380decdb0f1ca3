"""`bevparse stats`: what saved bodies contain."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Final

from ..problems import line_of
from ..validate import Checked, Summary, iter_checked
from ..validate.renderers.statistics import ASCII, BLOCKS, Style, as_json, text_lines
from ..validate.settings import UNSEEN
from .arguments import Options, inputs_of, jobs_of, settings_of
from .executors import add_executor_options, executor
from .exit_codes import NOTHING, OK, UNREADABLE, fail, fail_without_bodies
from .options import add_input_options, add_text_or_json
from .progress import watching

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Count what saved response bodies contain: endpoints and formats, requests and records, results and checks, dates, sizes
and the errors that the service returned.

PATH is the same as for validate: a file, a folder, an archive, a recording, a pattern, a URL, or - for standard input.
Problems in bodies are not reported. What cannot be read is reported, and makes the exit code 3."""
EXAMPLES: Final = """\
  bevparse stats dumps/
  bevparse stats july.zip session.har
  bevparse stats dumps/ --output-format json | jq .results
"""
CODES: Final = {
    OK: "counted, even if there are problems in bodies",
    UNREADABLE: "something could not be read",
    NOTHING: "no body was found",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="a file, a folder, a pattern, a URL, or - for standard input")
    add_input_options(add)
    add_text_or_json(add)
    add("--no-progress", action="store_true", help="show no progress on a terminal")
    add_executor_options(add)


def run(arguments: argparse.Namespace) -> int:
    """Count what all bodies contain, and write the counts."""
    summary = Summary()
    try:
        for checked in _checked(arguments):
            summary.add(checked)
    except KeyboardInterrupt:
        summary.interrupted = True
        _show(summary, arguments.output_format)
        raise
    _show(summary, arguments.output_format)
    if summary.unreadable or any(summary.codes[rule.code] for rule in UNSEEN):
        return UNREADABLE
    return OK if summary.bodies else fail_without_bodies(summary)


def _checked(arguments: argparse.Namespace) -> Iterator[Checked]:
    """Check all bodies, and write to standard error at once what cannot be read."""
    options = Options(arguments)
    inputs, settings = inputs_of(options, ()), replace(settings_of(options), profile=True, cross=False)
    jobs = jobs_of(options)
    with ExitStack() as stack:
        pool = stack.enter_context(executor(jobs, arguments.dask))
        watch = stack.enter_context(watching(inputs.sizes(), wanted=not arguments.no_progress))
        found = iter_checked(inputs.paths(), settings, search=inputs.search, executor=pool)
        for checked in stack.enter_context(closing(found)):
            for problem in checked.problems:
                if checked.outcome == "unreadable" or problem.rule in UNSEEN:
                    fail(line_of(checked.source, problem), UNREADABLE)
            if watch:
                watch.add(checked)
            yield checked


def _show(summary: Summary, output: str) -> None:
    if output == "json":
        print(json.dumps(as_json(summary)))
        return
    for line in text_lines(summary, shutil.get_terminal_size().columns, _style()):
        print(line)


def _style() -> Style:
    try:
        "".join(BLOCKS).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS
