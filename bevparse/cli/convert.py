"""`bevparse convert`: write saved bodies in another format."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ..errors import DecodeError, EncodeError, PayloadError, SourceError, UnknownFormatError
from ..files import read_blocks, replacing
from ..limits import DEFAULT_LIMITS
from ..problems import Problem, printable
from .options import NOTHING, PROBLEMS, SOUND, UNREADABLE, USAGE, Commands, add_body_options, fail, model_of

if TYPE_CHECKING:
    from ..converting import Tally
    from ..rejects import Reject
    from ..validate.sources import Source

__all__ = ["add", "run"]

_DESCRIPTION = """\
Write a saved response body in another format, always spelled the same way.

Nothing is lost on the way: what the format asked for cannot carry is an error. The output is whole or absent,
and may be the input.

Several inputs, a folder, an archive, a recording, a large body, and the format jsonl (a record on each line) are
converted record by record into one body, in memory that does not depend on their length. A record that cannot be read
or written ends that, unless --rejects names a file for such records: each is a line of JSON there, with its source, its
place, the codes and what it holds. A body that cannot be read, or its rest, is one such line. The page numbers of list
answers are no records, and are left out.

--excel-safe is lossy: in CSV it puts an apostrophe before every cell that a spreadsheet would take for a formula."""

_EXAMPLES = """examples:
  bevparse convert completed.xml --to csv -o completed.csv
  bevparse convert dumps/completed/ --to jsonl -o all.jsonl --rejects rejects.jsonl
  curl ... | bevparse convert - --to json

"""
_WHOLE: Final = 2**23
"""Bytes up to which a body is read as a whole, with whatever stands beside its records."""
_SHOWN: Final = 20


class _NothingWrittenError(Exception):
    """A record was rejected, and there is no place for it, or there is no input."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code


def add(commands: Commands, epilog: str) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="write bodies in another format",
        description=_DESCRIPTION,
        epilog=_EXAMPLES + epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="IN", help="a file, folder, archive or pattern, or -")
    parser.add_argument("--to", required=True, metavar="NAME", help="json, xml, csv, jsonl or an installed format")
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write (default: standard output)")
    parser.add_argument("--rejects", metavar="FILE", help="the file, or -, for what cannot be read or written")
    parser.add_argument("--excel-safe", action="store_true", help="(lossy) no cell of CSV is taken for a formula")
    add_body_options(parser.add_argument)


def run(arguments: argparse.Namespace) -> int:
    """Read bodies and write another."""
    from .. import formats  # noqa: PLC0415 - these bring pydantic, which --help does not need

    try:
        if arguments.excel_safe and arguments.to != "csv":
            return fail("expected --excel-safe with --to csv only", USAGE)
        if _rejects_are_in_the_way(arguments):
            return fail("expected --rejects to be neither the output nor an input", USAGE)
        if arguments.to != "jsonl":
            formats.get(arguments.to)
        if arguments.format:
            formats.get(arguments.format)
        sources = _inputs(arguments)
        one = sources[0] if isinstance(sources, tuple) else None
        if one is None or arguments.rejects or arguments.excel_safe or arguments.to == "jsonl" or _is_long(one):
            return _run_records(arguments, sources)
        return _run_whole(arguments, one)
    except UnknownFormatError as error:
        return fail(f"{error} (and jsonl for records)", USAGE)
    except SourceError as error:
        return fail(printable(str(error)), UNREADABLE)


def _rejects_are_in_the_way(arguments: argparse.Namespace) -> bool:
    if arguments.rejects is None:
        return False
    names = (None if path == "-" else path for path in (arguments.output, *arguments.paths))
    if arguments.rejects == "-":
        return next(names) is None
    return os.path.realpath(arguments.rejects) in {os.path.realpath(name) for name in names if name}


def _inputs(arguments: argparse.Namespace) -> Iterable[Source]:
    """Find the inputs, without what is written; where there is but one body, it stands in a tuple."""
    from ..validate import Search  # noqa: PLC0415 - see run
    from ..validate.sources import find_files, is_container, named_source, open_source  # noqa: PLC0415 - see run

    paths: list[str] = arguments.paths
    if len(paths) > 1 or is_container(paths[0]):
        written = (path for path in (arguments.output, arguments.rejects) if path not in (None, "-"))
        skip = frozenset(os.path.realpath(path) for path in written if "\0" not in path)
        return find_files(paths, Search(skip=skip), DEFAULT_LIMITS)
    source = named_source(paths[0], DEFAULT_LIMITS)
    piped = source.data is not None and next(open_source(source, Search(), DEFAULT_LIMITS), None) is not source
    return [source] if piped else (source,)


def _is_long(source: Source) -> bool:
    """Tell whether a source is too long to be read as one body, or is a recording of several."""
    from ..validate.sources import recording_of  # noqa: PLC0415 - see run

    try:
        limits = replace(DEFAULT_LIMITS, body=_WHOLE)
        blocks = iter([source.data]) if source.data is not None else read_blocks(source.file, _WHOLE, limits)
        first = next(blocks, b"")
        return len(first) > _WHOLE or recording_of(source, first) is not None or any(blocks)
    except DecodeError as error:
        return error.problem.code == "BEV002"
    except SourceError:
        return False


def _run_whole(arguments: argparse.Namespace, source: Source) -> int:
    from .. import api  # noqa: PLC0415 - see run
    from ..validate.renderers.wording import line_of  # noqa: PLC0415 - see run

    def refuse(problem: Problem) -> int:
        return fail(line_of(source.name, problem), UNREADABLE if problem.code == "BEV013" else PROBLEMS)

    try:
        body = source.read(DEFAULT_LIMITS)
        response = api.parse_reply(body, model_of(arguments.endpoint), format=arguments.format or source.declared)
        data = api.dump(response, format=arguments.to)
    except PayloadError as error:
        return max(refuse(problem) for problem in error.problems if problem.severity == "error")
    except (DecodeError, EncodeError) as error:
        return refuse(error.problem)
    with _written(arguments.output) as stream:
        stream.write(data)
    return SOUND


def _run_records(arguments: argparse.Namespace, files: Iterable[Source]) -> int:
    from ..record_writing import FORMATS  # noqa: PLC0415 - see run

    if arguments.endpoint in ("create", "error"):
        return fail(f"expected an endpoint whose answers hold records, got {arguments.endpoint}", USAGE)
    if arguments.to not in FORMATS:
        return fail(f"expected --to among {', '.join(FORMATS)} for records, got {arguments.to}", USAGE)
    try:
        with contextlib.ExitStack() as stack:
            rejects = stack.enter_context(_written(arguments.rejects)) if arguments.rejects else None
            output = stack.enter_context(_written(arguments.output, held=not rejects))
            tally = _convert(arguments, files, output, _setting_aside(rejects) if rejects else _Complaints())
    except _NothingWrittenError as error:
        return fail(error.message, error.code)
    counts = f"{tally.read} read = {tally.written} written + {tally.rejected} rejected"
    print(counts, file=sys.stderr if arguments.output in (None, "-") or arguments.rejects == "-" else sys.stdout)
    return UNREADABLE if tally.unreadable else PROBLEMS if tally.rejected else SOUND


def _convert(
    arguments: argparse.Namespace,
    files: Iterable[Source],
    output: BinaryIO,
    on_reject: Callable[[Reject], object],
) -> Tally:
    from ..converting import convert_records  # noqa: PLC0415 - see run
    from ..record_writing import RecordWriter  # noqa: PLC0415 - see run
    from ..validate import Search, Settings  # noqa: PLC0415 - see run
    from ..validate.sources import open_source  # noqa: PLC0415 - see run

    settings = Settings(model_of(arguments.endpoint), arguments.format)
    found = iter(files)
    first = next(found, None)
    if first is None:
        raise _NothingWrittenError("expected a body, found none; nothing was written", NOTHING)
    sources = (source for file in chain([first], found) for source in open_source(file, Search(), settings.limits))
    writer = RecordWriter(output, arguments.to, settings.model, excel_safe=arguments.excel_safe)
    with contextlib.closing(writer):
        tally = convert_records(sources, writer, settings, on_reject)
        if isinstance(on_reject, _Complaints):
            on_reject.end()
        writer.end()
    return tally


class _Complaints:
    """Tells what is rejected, and gives up after some of it."""

    def __init__(self) -> None:
        self._count = 0
        self._code = PROBLEMS

    def __call__(self, reject: Reject) -> None:
        from ..validate.renderers.wording import line_of  # noqa: PLC0415 - see run

        if reject.unreadable:
            self._code = UNREADABLE
        for problem in reject.problems:
            fail(line_of(reject.source, problem), PROBLEMS)
            self._count += 1
            if self._count >= _SHOWN:
                self.end()

    def end(self) -> None:
        """Give up, if there was anything to tell.

        Raises:
            _NothingWrittenError: there was.
        """
        if self._count:
            message = "nothing was written; --rejects FILE sets such records aside and writes the others"
            raise _NothingWrittenError(message, self._code)


def _setting_aside(stream: BinaryIO) -> Callable[[Reject], object]:
    """Write what is rejected, a line for each."""

    def write(reject: Reject) -> None:
        held = {
            "source": reject.source,
            "pointer": reject.pointer,
            "codes": [problem.code for problem in reject.problems],
            "problems": [
                {name: getattr(problem, name) for name in ("code", "message", "pointer", "line", "column")}
                for problem in reject.problems
            ],
            "record": reject.record,
        }
        stream.write(json.dumps(held).encode() + b"\n")

    return write


@contextlib.contextmanager
def _written(path: str | None, *, held: bool = False) -> Generator[BinaryIO]:
    """Open standard output, or a file that appears, or changes, only when it is whole.

    Args:
        path: the file, or None or "-" for standard output.
        held: whether standard output, too, gets all or nothing.
    """
    if path is None or path == "-":
        with tempfile.SpooledTemporaryFile(_WHOLE) if held else contextlib.nullcontext(sys.stdout.buffer) as stream:
            yield cast(BinaryIO, stream)
            if stream is not sys.stdout.buffer:
                stream.seek(0)
                shutil.copyfileobj(stream, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        with replacing(path) as stream:
            yield stream
