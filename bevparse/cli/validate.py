"""`bevparse validate`: check saved bodies."""

from __future__ import annotations

import argparse
import sys

from .options import PROBLEMS, SOUND, UNREADABLE, USAGE, Commands, add_body_options, fail, model_of

__all__ = ["add", "run"]

_DESCRIPTION = """\
Check saved response bodies and say what is wrong, and where.

A folder is searched to the bottom for names that end in .json, .xml, .csv or .tsv, each also with .gz behind it.
Warnings are about what is accepted though the service does not document it; they count with --strict."""


def add(commands: Commands, epilog: str) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "validate",
        help="check saved bodies",
        description=_DESCRIPTION,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
    add_body_options(parser)
    parser.add_argument("--strict", action="store_true", help="count warnings as errors")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="how findings are shown")


def run(arguments: argparse.Namespace) -> int:
    """Check every body and show what is found."""
    from .. import formats  # noqa: PLC0415 - these bring pydantic, which --help does not need
    from ..errors import UnknownFormatError  # noqa: PLC0415
    from ..validate import Settings, validate  # noqa: PLC0415
    from ..validate.renderers import RENDERERS  # noqa: PLC0415
    from ..validate.report import Summary  # noqa: PLC0415

    try:
        settings = Settings(model_of(arguments.endpoint), arguments.format and formats.get(arguments.format).name)
    except UnknownFormatError as error:
        return fail(str(error), USAGE)
    summary = Summary()
    renderer = RENDERERS[arguments.output](sys.stdout)
    try:
        for checked in validate(arguments.paths, settings):
            _clear_progress()
            renderer.body(checked)
            summary += Summary.of(checked, strict=arguments.strict)
            _show_progress(summary.bodies)
    finally:
        _clear_progress()
    renderer.end(summary)
    if summary.unreadable:
        return UNREADABLE
    faults = summary.severities["error"] + (summary.severities["warning"] if arguments.strict else 0)
    return PROBLEMS if faults else SOUND


def _show_progress(bodies: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{bodies} checked", end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
