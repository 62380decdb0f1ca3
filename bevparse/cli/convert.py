"""`bevparse convert`: write a saved body in another format."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from .options import PROBLEMS, SOUND, UNREADABLE, USAGE, Commands, add_body_options, fail, model_of

__all__ = ["add", "run"]

_DESCRIPTION = """\
Write a saved response body in another format, always spelled the same way.

Nothing is lost on the way: what the format asked for cannot carry is an error. The output is whole or absent,
and may be the input."""


def add(commands: Commands, epilog: str) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="write a body in another format",
        description=_DESCRIPTION,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="IN", help="a file, or - for standard input")
    parser.add_argument("--to", required=True, metavar="NAME", help="json, xml, csv or an installed format")
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write (default: standard output)")
    add_body_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read the one body and write the other."""
    from .. import api, errors, formats  # noqa: PLC0415 - these bring pydantic, which --help does not need
    from ..limits import DEFAULT_LIMITS  # noqa: PLC0415
    from ..problems import Problem, printable  # noqa: PLC0415
    from ..validate.renderers.text import line_of  # noqa: PLC0415
    from ..validate.sources import Source, find_sources  # noqa: PLC0415

    source: Source = next(iter(find_sources(["-"]))) if arguments.path == "-" else Source(arguments.path)

    def refuse(problem: Problem) -> int:
        return fail(line_of(source.name, problem), PROBLEMS)

    try:
        to = formats.get(arguments.to).name
        declared = arguments.format or source.declared
        body = source.read(DEFAULT_LIMITS)
        response = api.parse_reply(body, model_of(arguments.endpoint), format=declared)
        _write(api.dump(response, format=to), arguments.output)
    except errors.UnknownFormatError as error:
        return fail(str(error), USAGE)
    except errors.SourceError as error:
        return fail(printable(str(error)), UNREADABLE)
    except errors.PayloadError as error:
        return max(refuse(problem) for problem in error.problems if problem.severity == "error")
    except (errors.DecodeError, errors.EncodeError) as error:
        return refuse(error.problem)
    return SOUND


def _write(data: bytes, path: str | None) -> None:
    """Write to standard output, or to a file that appears, or changes, only when it is whole.

    Raises:
        SourceError: the file cannot be written.
    """
    from ..errors import SourceError  # noqa: PLC0415

    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(os.path.realpath(path))  # a link stays one
    try:
        _replace(target, data)
    except OSError as error:
        raise SourceError(path, f"expected a file that can be written, got {str(error.strerror).lower()}") from None


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(handle)
        Path(name).chmod(_mode(target))
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _mode(target: Path) -> int:
    """Give the permissions of the file that is replaced, or those that a new file would have."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
