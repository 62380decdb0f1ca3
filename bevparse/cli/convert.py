"""`bevparse convert`: write a saved body in another format."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from ..errors import DecodeError, EncodeError, PayloadError, SourceError, UnknownFormatError
from ..files import reason
from ..limits import DEFAULT_LIMITS
from ..problems import Problem, printable
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
    from .. import api, formats  # noqa: PLC0415 - these bring pydantic, which --help does not need
    from ..validate.renderers.text import line_of  # noqa: PLC0415
    from ..validate.sources import named_source  # noqa: PLC0415

    source = named_source(arguments.path)

    def refuse(problem: Problem) -> int:
        return fail(line_of(source.name, problem), PROBLEMS)

    try:
        to = formats.get(arguments.to).name
        declared = arguments.format or source.declared
        body = source.read(DEFAULT_LIMITS)
        response = api.parse_reply(body, model_of(arguments.endpoint), format=declared)
        _write(api.dump(response, format=to), arguments.output)
    except UnknownFormatError as error:
        return fail(str(error), USAGE)
    except SourceError as error:
        return fail(printable(str(error)), UNREADABLE)
    except PayloadError as error:
        return max(refuse(problem) for problem in error.problems if problem.severity == "error")
    except (DecodeError, EncodeError) as error:
        return refuse(error.problem)
    return SOUND


def _write(data: bytes, path: str | None) -> None:
    """Write to standard output, or to a file that appears, or changes, only when it is whole.

    Raises:
        SourceError: the file cannot be written.
    """
    if path is None or path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        target = Path(os.path.realpath(path))  # a link stays one
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a pipe or a device is written to, never replaced
        else:
            _replace(target, data)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SourceError(path, f"expected a file that can be written, got a fault: {reason(error)}") from None


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
