"""`bevparse stats`: what saved bodies contain."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..errors import SourceError
from ..problems import escape
from .configuration import ConfigurationError
from .options import NOTHING, SOUND, UNREADABLE, USAGE, Commands, add_input_options, exit_codes, fail
from .pool import WorkerPool
from .progress import watching

if TYPE_CHECKING:
    from ..validate.renderers.statistics import Style
    from ..validate.report import Checked, Summary

__all__ = ["add", "run"]

_DESCRIPTION = """\
Count what saved response bodies contain: endpoints and formats, requests and records, results and checks, dates, sizes
and the errors that the service told.

PATH is what it is for validate: a file, a folder, an archive, a recording, a pattern, or - for standard input.
What is wrong with bodies does not matter here, and ends with 0; what cannot be read is told, and ends with 3."""

_EXAMPLES = """examples:
  bevparse stats dumps/
  bevparse stats july.zip session.har
  bevparse stats dumps/ --output json | jq .results
"""

_CODES: Final = {
    SOUND: "counted, whatever is wrong with the bodies",
    UNREADABLE: "something could not be read",
    NOTHING: "there was no body",
}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "stats",
        help="count what bodies contain",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_option = parser.add_argument
    add_option("paths", nargs="*", metavar="PATH", help="a file, a folder, a pattern, or - for standard input")
    add_input_options(add_option)
    add_option("--output", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    add_option("--no-progress", action="store_true", help="show no progress on a terminal")
    add_option("--jobs", type=int, metavar="N", help="processes that count (default: one for each core)")


def run(arguments: argparse.Namespace) -> int:
    """Count over every body and show the counts."""
    from ..validate.report import Summary  # noqa: PLC0415 - brings pydantic, which --help does not need
    from ..validate.settings import UNSEEN  # noqa: PLC0415 - see above
    from .configuration import UsageError  # noqa: PLC0415 - see above

    summary = Summary()
    try:
        for checked in _checked(arguments):
            summary.add(checked)
    except (UsageError, ConfigurationError) as error:
        return fail(str(error), USAGE)
    except SourceError as error:
        return fail(escape(str(error)), UNREADABLE)
    except KeyboardInterrupt:
        summary.interrupted = True
        _show(summary, arguments.output)
        raise
    _show(summary, arguments.output)
    if summary.unreadable or any(summary.codes[rule.code] for rule in UNSEEN):
        return UNREADABLE
    return SOUND if summary.bodies else NOTHING


def _checked(arguments: argparse.Namespace) -> Iterator[Checked]:
    """Check everything that is asked for, and say at once what cannot be read."""
    from ..problems import line_of  # noqa: PLC0415 - see run
    from ..validate import iter_checked  # noqa: PLC0415 - see run
    from ..validate.settings import UNSEEN  # noqa: PLC0415 - see run
    from .settings import Given, inputs_of, jobs_of, settings_of  # noqa: PLC0415 - see run

    given = Given(arguments)
    inputs, settings = inputs_of(given, ()), replace(settings_of(given), profile=True, cross=False)
    jobs = jobs_of(given)
    with ExitStack() as stack:
        pool = stack.enter_context(WorkerPool(jobs)) if jobs > 1 else None
        watch = stack.enter_context(watching(inputs.sizes(), wanted=not arguments.no_progress))
        found = iter_checked(inputs.paths(), settings, search=inputs.search, executor=pool)
        for checked in stack.enter_context(closing(found)):
            for problem in checked.problems:
                if checked.outcome == "unreadable" or problem.rule in UNSEEN:
                    fail(line_of(checked.source, problem), UNREADABLE)
            if watch:
                watch.saw(checked)
            yield checked


def _show(summary: Summary, how: str) -> None:
    from ..validate.renderers.statistics import as_json, text_lines  # noqa: PLC0415 - see run

    if how == "json":
        print(json.dumps(as_json(summary)))
        return
    for line in text_lines(summary, shutil.get_terminal_size().columns, _style()):
        print(line)


def _style() -> Style:
    from ..validate.renderers.statistics import ASCII, BLOCKS  # noqa: PLC0415 - see run

    try:
        "".join(BLOCKS).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return ASCII
    return BLOCKS
