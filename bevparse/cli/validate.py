"""`bevparse validate`: check saved bodies."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from typing import TYPE_CHECKING, Final

from ..errors import SourceError
from ..files import append
from ..problems import escape
from . import outputs
from .configuration import ConfigurationError
from .options import NOTHING, PROBLEMS, SOUND, UNREADABLE, USAGE, Commands, add_input_options, exit_codes, fail
from .pool import WorkerPool
from .progress import watching

if TYPE_CHECKING:
    from ..validate.report import Checked, Summary
    from .settings import Request

__all__ = ["add", "run"]

_DESCRIPTION = """\
Check saved response bodies and say what is wrong, and where.

PATH is a file, a folder, a pattern such as 'dumps/**/*.json', or - for standard input. Folders are searched to the
bottom for bodies (.json .xml .csv .tsv), JSON Lines (.jsonl .ndjson), archives (.zip .tar .warc), HAR files (.har) and
VCR.py cassettes (.yaml .yml .json), each also with .gz, .bz2, .xz or .zst behind it. Nothing is unpacked to disk.

Options may stand in bevparse.toml, or under [tool.bevparse] in pyproject.toml; the command line goes before them."""

_EXAMPLES = """examples:
  bevparse validate dumps/                                 a folder, to the bottom
  bevparse validate july.zip session.har --strict          warnings count, too
  bevparse validate dumps/ --output text --output sarif=bevparse.sarif
  bevparse validate dumps/ --output html=report.html       a page to look at
  bevparse validate dumps/ --baseline known.json --update-baseline
  find . -name '*.json' | bevparse validate --files-from -
"""

_CODES: Final = {
    SOUND: "nothing to fail on",
    PROBLEMS: "problems to fail on",
    UNREADABLE: "something could not be read or written, whatever else was found",
    NOTHING: "nothing was checked",
}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "validate",
        help="check saved bodies",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, a folder, a pattern, or - for standard input")
    add_input_options(parser.add_argument_group("what is checked").add_argument)
    _add_rules(parser.add_argument_group("what is reported").add_argument)
    _add_output(parser.add_argument_group("how it is shown").add_argument)
    _add_work(parser.add_argument_group("how it is done").add_argument)


def _add_rules(add_option: Callable[..., object]) -> None:
    add_option("--select", action="append", metavar="CODES", help="report only these codes or prefixes")
    add_option("--ignore", action="append", metavar="CODES", help="do not report these codes or prefixes")
    add_option("--extend-select", action="append", metavar="CODES", help="report these, too")
    add_option(
        "--per-file-ignores", action="append", metavar="GLOB:CODES", help="do not report these codes in these files"
    )
    add_option("--strict", action="store_true", help="warnings fail, unless --fail-on says otherwise")
    add_option("--fail-on", choices=("error", "warning", "info"), help="the least that ends with 1")
    add_option("--exit-zero", action="store_true", help="end with 0 whatever is found in bodies")
    add_option(
        "--cross",
        action=argparse.BooleanOptionalAction,
        help="compare bodies of the same request (default: those in folders and containers)",
    )
    add_option("--baseline", metavar="FILE", help="do not report what is known from this file")
    add_option("--update-baseline", action="store_true", help="write what is found to the baseline")


def _add_output(add_option: Callable[..., object]) -> None:
    add_option(
        "--output",
        action="append",
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(outputs.FORMATS)}; to standard output or a file; may be given several times (default: text)",
    )
    add_option("--no-progress", action="store_true", help="show no progress on a terminal")


def _add_work(add_option: Callable[..., object]) -> None:
    add_option("--jobs", type=int, metavar="N", help="processes that check (default: one for each core)")
    add_option("--no-cache", action="store_true", help="neither use nor keep results of earlier runs")
    add_option("--cache-dir", metavar="DIR", help="where results are kept (default: the user's cache folder)")


def run(arguments: argparse.Namespace) -> int:
    """Check every body and show what is found."""
    from .configuration import UsageError  # noqa: PLC0415 - brings pydantic, which --help does not need
    from .settings import request_of  # noqa: PLC0415 - see above

    try:
        request = request_of(arguments)
    except (UsageError, ConfigurationError) as error:
        return fail(str(error), USAGE)
    except SourceError as error:
        return fail(escape(str(error)), UNREADABLE)
    try:
        with _kept(request), outputs.opened(request.outputs) as shown:
            summary = _show(request, shown)
        _finish(request, summary)
    except SourceError as error:
        return fail(escape(str(error)), UNREADABLE)
    return _code(summary, request)


def _kept(request: Request) -> AbstractContextManager[object]:
    """Keep results at the end, whatever it is."""
    return closing(request.cache) if request.cache else nullcontext()


def _show(request: Request, shown: outputs.Outputs) -> Summary:
    """Show what is found while it is found; an interrupted run is shown to its end, and then ends as one."""
    from ..validate.report import Summary  # noqa: PLC0415 - see run

    summary = Summary()
    try:
        with closing(_checked(request)) as found:  # an interrupt may come while it waits, too
            for checked in found:
                shown.body(checked)
                summary.add(checked, request.settings.fail_on)
    except KeyboardInterrupt:
        summary.interrupted = True
        shown.end(summary)
        raise
    shown.end(summary)
    return summary


def _checked(request: Request) -> Generator[Checked]:
    """Check everything that is asked for, without what is known, under the eyes of whoever watches."""
    from ..validate import iter_checked  # noqa: PLC0415 - see run

    with ExitStack() as stack:
        pool = stack.enter_context(WorkerPool(request.jobs)) if request.jobs > 1 else None
        watch = stack.enter_context(watching(request.inputs.sizes(), wanted=request.progress))
        found = iter_checked(
            request.inputs.paths(), request.settings, search=request.inputs.search, executor=pool, cache=request.cache
        )
        for checked in stack.enter_context(closing(found)):
            new = request.new(checked)
            if watch:
                watch.saw(new)
            yield new
    yield from () if request.update else request.baseline.stale()


def _finish(request: Request, summary: Summary) -> None:
    """Write what is written once a run is over."""
    from ..validate.renderers import step_summary  # noqa: PLC0415 - see run

    if request.update:
        request.baseline.write()
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page and any(name == "github" for name, _ in request.outputs):
        append(page, step_summary(summary))


def _code(summary: Summary, request: Request) -> int:
    if summary.unreadable:
        return UNREADABLE
    if summary.failures(request.settings.fail_on):
        return SOUND if request.exit_zero else PROBLEMS
    if summary.bodies or summary.foreign:
        return SOUND
    return fail("expected an answer, found none (.json, .xml, .csv and more; --include GLOB finds others)", NOTHING)
