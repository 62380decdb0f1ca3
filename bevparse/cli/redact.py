"""`bevparse redact`: overwrite API keys in recordings."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ..apikeys import Redactor
from ..errors import DecodeError, SourceError, reason
from ..files import open_binary
from ..files.checksums import TarChecksums
from ..files.compression import Sink, iter_decompressed, open_writer
from ..files.paths import plain_name
from ..limits import DEFAULT_LIMITS
from ..problems import Problem, escape, rules
from ..sources import ANYTHING, Source, document_kind, open_source
from ..sources.keys import are_reported, problems_in
from ..stores import is_url
from .exit_codes import OK, UNREADABLE, UsageError, fail
from .options import add_renamed
from .outputs import replacing_file

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Overwrite API keys, which are at_ and 29 letters and digits, in HAR files, cassettes, JSON Lines, WARC and tar files,
logs, or any other text of any length, also with the suffix .gz, .bz2, .xz or .zst.
IN and OUT can be URLs such as s3://bucket/session.har (extra remote).

A key becomes at_REDACTED and dots of the same length, and nothing else changes: no length, no offset, no line. Keys are
found in plain text, percent-encoded, escaped as in JSON, YAML or XML, in UTF-16, in hexadecimal digits, in base64 with
or without line breaks, in HTTP chunks, and in bodies that are compressed with gzip, which keep their length, too. The
middle of a longer word, such as cat_ and 40 digits of a hash, is not a key. Zip archives are refused: unpack them
first. The digests of records in WARC files are not updated.

In the end a recording is searched as validate searches it. If there is still a key, as in a body with the
Content-Encoding deflate, nothing is written, and the place is named.

The output is written completely or not at all. --in-place does not touch a file without a key."""
EXAMPLES: Final = """\
  bevparse redact session.har -o shared.har
  bevparse redact cassettes/*.yaml --in-place
  bevparse redact capture.warc.gz -o shared.warc.gz
  some-command | bevparse redact - -o - > clean.log
  bevparse validate --select BEV5 shared.har         finds keys in the same spellings
"""
CODES: Final = {
    OK: "all written",
    UNREADABLE: "something could not be read, written or searched, or a key could not be replaced",
}


class _UnchangedError(Exception):
    """There is no key, and so nothing to write."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "paths", nargs="+", metavar="IN", help="a file, or - for standard input; several with --in-place"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    about = "the file to write, or - for standard output"
    add_renamed(target.add_argument, "--output", "-o", "--output-file", metavar="OUT", help=about)
    target.add_argument("--in-place", action="store_true", help="change the files themselves")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only errors, and not the counts")


def run(arguments: argparse.Namespace) -> int:
    """Copy files without their keys, and print how many keys were replaced."""
    paths: list[str] = arguments.paths
    if arguments.in_place and "-" in paths:
        raise UsageError("argument --in-place: not allowed with standard input (-)")
    if arguments.in_place and any(map(is_url, paths)):
        raise UsageError("argument --in-place: not allowed with a URL; write another object with -o")
    if not arguments.in_place and len(paths) > 1:
        raise UsageError("argument -o/--output-file: allowed with one input only; use --in-place for several")
    targets = paths if arguments.in_place else [str(arguments.output_file)]
    in_place, quiet = arguments.in_place, arguments.quiet
    return max(_redact(*one, in_place=in_place, quiet=quiet) for one in zip(paths, targets, strict=True))


def _redact(path: str, target: str, *, in_place: bool, quiet: bool) -> int:
    redactor = Redactor()
    try:
        if Path(path).is_dir():
            raise SourceError(path, f"expected a file, got a folder; name its files, such as {Path(path) / '*'}")
        if in_place:
            _check_replaceable(path)
        with contextlib.suppress(_UnchangedError), _writing(target, quiet=quiet) as output:
            with _reading(path) as stream:
                redactor = _copy(stream, path, output, target)
            if in_place and not redactor.count:
                raise _UnchangedError
    except SourceError as error:
        return fail(str(error), UNREADABLE)
    except DecodeError as error:
        return fail(f"{escape(path)}: {error}", UNREADABLE)
    keys = "key" if redactor.count == 1 else "keys"
    if not quiet:
        print(f"{escape(path)}: {redactor.count} {keys} replaced", file=sys.stderr if target == "-" else sys.stdout)
    if redactor.unread:
        message = "compressed data in this file is damaged, incomplete or too large, and was not searched for keys"
        return fail(f"{escape(path)}: {message}", UNREADABLE)
    return OK


def _check_replaceable(path: str) -> None:
    """Check that a new file can replace this one, so that only its content changes.

    Raises:
        SourceError: the file has other names, which would keep the keys, or belongs to another user or group.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError):  # reported when the file is read
        return
    others = status.st_nlink - 1
    if others > 0 and stat.S_ISREG(status.st_mode):
        names = "name (a hard link), which" if others == 1 else "names (hard links), which"
        raise SourceError(
            path, f"cannot replace file: the file has {others} other {names} would keep the keys; write a copy with -o"
        )
    user: object = os.geteuid() if hasattr(os, "geteuid") else 0
    if user == 0:
        return
    if user != status.st_uid:
        raise SourceError(path, "cannot replace file: the file belongs to another user; write a copy with -o")
    if status.st_gid not in (os.getegid(), *os.getgroups()):
        raise SourceError(
            path, "cannot replace file: the file belongs to a group that you are not in; write a copy with -o"
        )


def _copy(source: BinaryIO, name: str, target: BinaryIO, target_name: str) -> Redactor:
    """Copy a stream with every API key overwritten, and return the redactor, which has the counts.

    Source and target are compressed as the suffixes of their names say. Members of gzip are kept.

    Raises:
        SourceError: the source cannot be read, is compressed in another way than its suffix says, or contains a key
            that cannot be replaced.
        DecodeError: a package for a compression is not installed.
    """
    redactor, checksums, ends = Redactor(), TarChecksums(), deque[int]()
    writer = _KeptCopy(open_writer(target, target_name))
    read = written = 0
    for piece, ended in iter_decompressed(source, name):
        read += len(piece)
        if ended:
            ends.append(read)
        written = _write_members(checksums.feed(redactor.feed(piece)), writer, written, ends)
    _write_members(checksums.feed(redactor.end()) + checksums.end(), writer, written, ends)
    if redactor.left:
        raise SourceError(name, "cannot replace a key in compressed data, which would become longer")
    for problem in writer.remaining(name):
        if problem.rule is rules.KEYS_UNREAD:
            redactor.unread += 1
        elif are_reported((problem,)):
            raise SourceError(name, f"cannot replace every key: {problem}")
    writer.end()
    return redactor


class _KeptCopy:
    """A writer that keeps what is written, to search a recording once more as `validate` does.

    `validate` decodes a recording, and so finds keys in nested encodings, which the search of the file does not find.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._kept = bytearray()

    def write(self, data: bytes, /) -> None:
        """Write data."""
        if len(self._kept) <= DEFAULT_LIMITS.body:
            self._kept += data
        self._sink.write(data)

    def end_member(self) -> None:
        """End a member, if the format has members."""
        self._sink.end_member()

    def end(self) -> None:
        """Write buffered data."""
        self._sink.end()

    def remaining(self, name: str) -> Iterator[Problem]:
        """Iterate over the problems with keys in a recording; nothing for a file that `validate` would not read."""
        if len(self._kept) <= DEFAULT_LIMITS.body:
            for one in _exchanges(Source(plain_name(name), data=bytes(self._kept))):
                yield from one.problems
                if one.recorded and one.data:  # the body of a response, without its content encodings
                    yield from problems_in(one.data, DEFAULT_LIMITS)


def _exchanges(source: Source) -> Iterator[Source]:
    """Iterate over what is in a recording, as far as it can be read."""
    with contextlib.suppress(SourceError, DecodeError):
        for one in open_source(source, ANYTHING):
            data = b"" if one.data is None else one.data
            document = document_kind(one, data)
            yield from document.members(one, data) if document else (one,)


def _write_members(data: bytes, writer: Sink, written: int, ends: deque[int]) -> int:
    """Write data, end members at the same positions as in the source, and return how much was written in total."""
    stop = written + len(data)
    while ends and ends[0] <= stop:
        end = ends.popleft()
        writer.write(data[: end - written])
        writer.end_member()
        data, written = data[end - written :], end
    if data:
        writer.write(data)
    return stop


@contextlib.contextmanager
def _writing(target: str, *, quiet: bool) -> Generator[BinaryIO]:
    if target != "-":
        with replacing_file(target, quiet=quiet) as stream:
            yield stream
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def _reading(path: str) -> Generator[BinaryIO]:
    if path == "-":
        stream: object = sys.stdin  # None if it is closed
        if stream is None:
            raise SourceError("<stdin>", "cannot read standard input: it is closed")
        yield sys.stdin.buffer
        return
    try:
        opened = open_binary(path)  # only opening the file may fail here
    except DecodeError as error:
        raise SourceError(path, error.problem.message) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SourceError(path, f"cannot read file: {reason(error)}") from None
    with opened:
        yield opened
