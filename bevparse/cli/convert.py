"""`bevparse convert`: write saved bodies in another format."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ..errors import DecodeError, EncodeError, PayloadError, SourceError, UnknownFormatError
from ..files import read_blocks, replacing
from ..files.compression import open_writer
from ..problems import Problem, escape, rules
from .configuration import ConfigurationError
from .options import NOTHING, PROBLEMS, SOUND, UNREADABLE, USAGE, Commands, add_input_options, exit_codes, fail

if TYPE_CHECKING:
    from ..convert import Tally
    from ..convert.rejects import Reject
    from ..limits import Limits
    from ..sources import Source
    from ..validate import Search, Settings
    from .settings import Inputs

__all__ = ["Complaints", "NothingWrittenError", "Quarantine", "add", "run"]

_DESCRIPTION = """\
Write a saved response body in another format, always spelled the same way. IN may be a place, as validate tells it.

Nothing is lost on the way: what the format asked for cannot carry is an error. The output is whole or absent,
and may be the input; with .gz, .bz2, .xz or .zst behind its name it is compressed.

Several inputs, a folder, an archive, a recording, a large body, and the format jsonl (a record on each line) are
converted record by record into one body, in memory that does not depend on their length. A record that cannot be read
or written ends that, unless --rejects names a file for such records: each is a line of JSON there, with its source, its
place, the codes and what it holds. A body that cannot be read, or its rest, is one such line. The page numbers of list
answers are no records, and are left out. The first body, or --endpoint, tells what records are written; bodies of other
endpoints are rejected, or passed over with --skip-others, and counted.

Of the configuration file, convert heeds include, exclude, endpoint, format and limits.

--excel-safe is lossy: in CSV it puts an apostrophe before every cell that a spreadsheet would take for a formula."""

_EXAMPLES = """examples:
  bevparse convert completed.xml --to csv -o completed.csv
  bevparse convert dumps/completed/ --to jsonl -o all.jsonl --rejects rejects.jsonl
  bevparse convert dumps/ --endpoint failed --skip-others --to csv -o failed.csv
  curl ... | bevparse convert - --to json
"""

_CODES: Final = {
    SOUND: "all written",
    PROBLEMS: "something was rejected; without --rejects, nothing was written",
    UNREADABLE: "something could not be read or written",
    NOTHING: "there was no body, and nothing was written",
}

_WHOLE: Final = 2**23
"""Bytes up to which a body is read as a whole, with whatever stands beside its records."""

_IN_THE_WAY: Final = "expected --rejects to be neither the output nor an input"


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="write bodies in another format",
        description=_DESCRIPTION,
        epilog=f"{_EXAMPLES}\n{exit_codes(_CODES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_option = parser.add_argument
    add_option("paths", nargs="*", metavar="IN", help="a file, folder, archive or pattern, one place in a file, or -")
    add_option("--to", required=True, metavar="NAME", help="json, xml, csv, jsonl or an installed format")
    add_option("-o", "--output", metavar="OUT", help="the file to write (default: standard output)")
    add_option("--rejects", metavar="FILE", help="the file, or -, for what cannot be read or written")
    add_option("--skip-others", action="store_true", help="pass over bodies of other endpoints, and count them")
    add_option("--excel-safe", action="store_true", help="(lossy) no cell of CSV is taken for a formula")
    add_input_options(add_option)


def run(arguments: argparse.Namespace) -> int:
    """Read bodies and write another."""
    from .. import formats  # noqa: PLC0415 - these bring pydantic, which --help does not need
    from .configuration import UsageError  # noqa: PLC0415 - see above
    from .settings import Given, inputs_of, settings_of  # noqa: PLC0415 - see above

    try:
        if arguments.excel_safe and arguments.to != "csv":
            return fail("expected --excel-safe with --to csv only", USAGE)
        if fault := _fault_of_rejects(arguments) or _fault_of_output(arguments):
            return fail(fault, USAGE)
        if arguments.to != "jsonl":
            formats.get(arguments.to)
        given = Given(arguments)
        settings = settings_of(given)
        inputs = inputs_of(given, [path for path in (arguments.output, arguments.rejects) if path != "-"])
        sources = _sources(inputs, settings.limits)
        one = next(iter(sources)) if isinstance(sources, tuple) else None
        by_record = arguments.rejects or arguments.skip_others or arguments.excel_safe or arguments.to == "jsonl"
        if one is None or one.record or by_record or _is_long(one, settings.limits):
            return _run_records(arguments, sources, settings, inputs.search)
        return _run_whole(arguments, one, settings)
    except UnknownFormatError as error:
        return fail(f"{error} (and jsonl for records)", USAGE)
    except (UsageError, ConfigurationError) as error:
        return fail(str(error), USAGE)
    except (SourceError, DecodeError) as error:  # DecodeError: what compresses the output is not installed
        return fail(escape(str(error)), UNREADABLE)


def _fault_of_rejects(arguments: argparse.Namespace) -> str | None:
    from .configuration import fault_of_target  # noqa: PLC0415 - see run

    rejects = arguments.rejects
    if rejects is None:
        return None
    names = [None if path == "-" else path for path in (arguments.output, *arguments.paths)]
    if rejects == "-":
        return _IN_THE_WAY if names[0] is None else None
    if os.path.realpath(rejects) in {os.path.realpath(name) for name in names if name}:
        return _IN_THE_WAY
    return fault_of_target(rejects, "rejects")


def _fault_of_output(arguments: argparse.Namespace) -> str | None:
    from ..sources import container_of  # noqa: PLC0415 - see run

    output: str | None = arguments.output
    paths: list[str] = arguments.paths if output not in (None, "-") else []
    for holder in map(container_of, paths):
        if output and holder and os.path.realpath(holder) == os.path.realpath(output):
            return f"expected another output than the file that the input is a part of, got {escape(output)}"
    return None


def _sources(inputs: Inputs, limits: Limits) -> Iterable[Source]:
    """Find the inputs, without what is written; where there is but one body, it stands in a tuple."""
    from ..sources import container_of, find_files, is_container, named_source, open_source, sources_at  # noqa: PLC0415 - see run

    path = inputs.named[0] if len(inputs.named) == 1 and inputs.files_from is None else None
    if path is not None and is_container(path) and container_of(path):
        return sources_at(path, limits)
    if path is None or is_container(path):
        return find_files(inputs.paths(), inputs.search, limits)
    source = named_source(path, limits)
    piped = source.data is not None and next(open_source(source, inputs.search, limits), None) is not source
    return [source] if piped else (source,)


def _is_long(source: Source, limits: Limits) -> bool:
    """Tell whether a source is too long to be read as one body, or is a recording of several."""
    from ..sources import recording_of  # noqa: PLC0415 - see run

    try:
        short = replace(limits, body=_WHOLE)
        blocks = iter([source.data]) if source.data is not None else read_blocks(source.file, _WHOLE, short)
        first = next(blocks, b"")
        return len(first) > _WHOLE or recording_of(source, first) is not None or any(blocks)
    except DecodeError as error:
        return error.problem.rule is rules.BODY_TOO_LARGE
    except SourceError:
        return False


def _run_whole(arguments: argparse.Namespace, source: Source, settings: Settings) -> int:
    from .. import api, writer  # noqa: PLC0415 - see run
    from ..problems import line_of  # noqa: PLC0415 - see run
    from ..sources.expected import model_of  # noqa: PLC0415 - see run

    def refuse(problem: Problem) -> int:
        return fail(
            line_of(source.name, source.moved(problem)), UNREADABLE if problem.rule is rules.MISSING_EXTRA else PROBLEMS
        )

    try:
        body, format = source.read(settings.limits), settings.format or source.declared
        response = api.parse_reply(body, model_of(source, settings), format=format, limits=settings.limits)
        data = writer.dump(response, format=arguments.to)
    except PayloadError as error:
        return max(refuse(problem) for problem in error.problems if problem.severity == "error")
    except (DecodeError, EncodeError) as error:
        return refuse(error.problem)
    with _written(arguments.output) as stream:
        stream.write(data)
    return SOUND


def _run_records(arguments: argparse.Namespace, files: Iterable[Source], settings: Settings, search: Search) -> int:
    from ..convert import convert_records  # noqa: PLC0415 - see run
    from ..sources.expected import KINDS  # noqa: PLC0415 - see run
    from ..writer import FORMATS, RecordWriter  # noqa: PLC0415 - see run

    if arguments.endpoint in ("create", "error"):
        return fail(f"expected an endpoint whose answers hold records, got {arguments.endpoint}", USAGE)
    if arguments.to not in FORMATS:
        return fail(f"expected --to among {', '.join(FORMATS)} for records, got {arguments.to}", USAGE)
    opened = _Opened(files, search, settings.limits, arguments.rejects)
    try:
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(_written(arguments.output, held=not arguments.rejects))
            # behind the output, and so finished before it: what is not in the one must be in the other
            rejects = stack.enter_context(_written(arguments.rejects)) if arguments.rejects else None
            rejected = Quarantine(rejects) if rejects else Complaints()
            writer = RecordWriter(output, arguments.to, settings.model, excel_safe=arguments.excel_safe)
            stack.enter_context(contextlib.closing(writer))
            tally = convert_records(opened.sources(), writer, settings, rejected.add, skip_others=arguments.skip_others)
            rejected.end()
            if not (tally.bodies or tally.rejected or (opened.lines and not tally.others)):
                raise NothingWrittenError(f"expected a body, found none{_others(tally)}; nothing was written", NOTHING)
            writer.end()
    except NothingWrittenError as error:
        return fail(error.message, error.code)
    said = f"{tally.read} read = {tally.written} written + {tally.rejected} rejected"
    kind = f"; {KINDS[writer.model]}" if writer.model else ""
    on_stdout = arguments.output in (None, "-") or arguments.rejects == "-"
    print(said + kind + _others(tally), file=sys.stderr if on_stdout else sys.stdout)
    return UNREADABLE if tally.unreadable else PROBLEMS if tally.rejected else SOUND


class _Opened:
    """Opens files and archives one after the other."""

    def __init__(self, files: Iterable[Source], search: Search, limits: Limits, rejects: str | None) -> None:
        self._files = files
        self._search = search
        self._limits = limits
        self._rejects = None if rejects in (None, "-") else os.path.realpath(rejects)
        self.lines = False
        """Whether JSON Lines was named, which may be empty."""

    def sources(self) -> Iterator[Source]:
        """Give what is in them.

        Raises:
            NothingWrittenError: one of them is where rejects are to go.
        """
        from ..sources import holds_lines, open_source  # noqa: PLC0415 - see run

        for file in self._files:
            if file.named and self._rejects == os.path.realpath(file.file):
                raise NothingWrittenError(_IN_THE_WAY, USAGE)
            self.lines = self.lines or (file.named and holds_lines(file))
            yield from open_source(file, self._search, self._limits)


def _others(tally: Tally) -> str:
    """Say how many bodies were passed over."""
    from ..validate.renderers.wording import counted  # noqa: PLC0415 - see run

    return f"; {counted(tally.others, 'body', 'bodies')} of other endpoints passed over" if tally.others else ""


@contextlib.contextmanager
def _written(path: str | None, *, held: bool = False) -> Generator[BinaryIO]:
    """Open standard output, or a file that appears, or changes, only when it is whole, compressed as its name says.

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
            into = open_writer(stream, path)
            yield cast(BinaryIO, into)
            into.end()


_SHOWN: Final = 20


class NothingWrittenError(Exception):
    """A record was rejected, and there is no place for it, or there is no input."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code


class Complaints:
    """Tells what is rejected, and gives up after some of it."""

    def __init__(self) -> None:
        self._count = 0
        self._others = False
        self._code = PROBLEMS

    def add(self, reject: Reject) -> None:
        """Tell it.

        Raises:
            NothingWrittenError: that is enough.
        """
        from ..problems import line_of  # noqa: PLC0415 - brings pydantic, which --help does not need

        if reject.unreadable:
            self._code = UNREADABLE
        self._others |= reject.other
        for problem in reject.problems:
            fail(line_of(reject.source, problem), PROBLEMS)
            self._count += 1
            if self._count >= _SHOWN:
                self.end()

    def end(self) -> None:
        """Give up, if there was anything to tell.

        Raises:
            NothingWrittenError: there was.
        """
        if self._count:
            others = "--skip-others passes over bodies of other endpoints, " if self._others else ""
            message = f"nothing was written; {others}--rejects FILE sets such records aside and writes the others"
            raise NothingWrittenError(message, self._code)


class Quarantine:
    """Writes what is rejected, a line for each."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, reject: Reject) -> None:
        """Write it with its source, its place, its problems and what it holds."""
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
        self._stream.write(json.dumps(held).encode() + b"\n")

    def end(self) -> None:
        """Leave it at that."""
