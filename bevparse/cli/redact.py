"""`bevparse redact`: API keys out of recordings."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final

from ..errors import DecodeError, SourceError, reason
from ..files import replacing
from ..problems import escape
from .options import SOUND, UNREADABLE, USAGE, Commands, exit_codes, fail

__all__ = ["add", "run"]

_DESCRIPTION = """\
Write over API keys, which are at_ and 29 letters and digits, in HAR files, VCR.py cassettes, JSON Lines, WARC and tar
files, logs, or any other text, also with .gz, .bz2, .xz or .zst behind the name, of any length.

A key becomes at_REDACTED and dots, as long as it was, and nothing else changes: no length, no offset, no line. Keys are
found in plain text, percent-encoded, escaped as in JSON or YAML, in UTF-16, and in base64, broken into lines or not.
The middle of a longer word, such as cat_ and 40 digits of a hash, is not a key. Keys are not found in what is
compressed inside of a file, such as bodies with a Content-Encoding, and zip archives are refused: unpack those first.
The digests that WARC files have of their records are not made anew.

The output is whole or absent. --in-place leaves a file without a key untouched."""

_EXAMPLES = """examples:
  bevparse redact session.har -o shared.har
  bevparse redact cassettes/*.yaml --in-place
  bevparse redact capture.warc.gz -o shared.warc.gz
  some-command | bevparse redact - -o - > clean.log
  bevparse validate --select BEV5 shared.har         finds keys in its requests, in the same spellings
"""

_CODES: Final = {
    SOUND: "all written",
    UNREADABLE: "something could not be read or written, and is as it was",
}

_STDIN = "<stdin>"


class _UntouchedError(Exception):
    """There is nothing to write."""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "redact",
        help="write over API keys in recordings",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="IN", help="a file, or - for standard input; several --in-place")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("-o", "--output", metavar="OUT", help="the file to write, or - for standard output")
    target.add_argument("--in-place", action="store_true", help="change the files themselves")


def run(arguments: argparse.Namespace) -> int:
    """Copy files without their keys, and say how many there were."""
    paths: list[str] = arguments.paths
    if arguments.in_place and "-" in paths:
        return fail("expected a file beside --in-place, got standard input", USAGE)
    if not arguments.in_place and len(paths) > 1:
        return fail(f"expected one file beside --output, got {len(paths)}; several are redacted --in-place", USAGE)
    targets = paths if arguments.in_place else [str(arguments.output)]
    return max(_run(path, target, in_place=arguments.in_place) for path, target in zip(paths, targets, strict=True))


def _run(path: str, target: str, *, in_place: bool) -> int:
    try:
        count = _redact(path, target, in_place=in_place)
    except SourceError as error:
        return fail(escape(str(error)), UNREADABLE)
    except DecodeError as error:
        return fail(f"{escape(path)}: {error}", UNREADABLE)
    said = f"{escape(path)}: {count} {'key' if count == 1 else 'keys'} replaced"
    print(said, file=sys.stderr if target == "-" else sys.stdout)
    return SOUND


def _redact(path: str, target: str, *, in_place: bool) -> int:
    from ..apikeys import redact  # noqa: PLC0415 - its patterns take a while to compile, which --help does not need

    count = 0
    with contextlib.suppress(_UntouchedError), _written(target) as output:
        with _read(path) as stream:
            count = redact(stream, path, output, target)
        if in_place and not count:
            raise _UntouchedError
    return count


@contextlib.contextmanager
def _written(target: str) -> Generator[BinaryIO]:
    if target != "-":
        with replacing(target) as stream:
            yield stream
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def _read(path: str) -> Generator[BinaryIO]:
    if path == "-":
        stream: object = sys.stdin  # None where whoever started us has closed it
        if stream is None:
            raise SourceError(_STDIN, "expected standard input, got none")
        yield sys.stdin.buffer
        return
    try:
        opened = Path(path).open("rb")  # noqa: SIM115 - only opening it may fail so
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SourceError(path, f"expected a readable file, got a fault: {reason(error)}") from None
    with opened:
        yield opened
