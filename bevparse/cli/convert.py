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
from functools import partial
from typing import BinaryIO, Final, cast

from .. import formats, tables
from ..api import parse_reply
from ..apikeys import redacted
from ..batches import Reject
from ..convert import WriteBatch, convert_records
from ..errors import DecodeError, EncodeError, PayloadError, SourceError, UnknownFormatError
from ..files import read_blocks
from ..files.paths import body_suffix, plain_name
from ..models import Response
from ..problems import Problem, escape, line_of, rules
from ..sources import (
    LineBlock,
    Source,
    container_of,
    document_kind,
    fetched_sources,
    find_files,
    holds_lines,
    is_container,
    jsonlines,
    named_source,
    open_blocks,
    open_source,
    sources_at,
)
from ..sources.expected import KINDS, model_of
from ..validate import Search, Settings
from ..validate.renderers.phrases import counted, passed_over
from ..writer import FORMATS, RecordWriter, dump
from .arguments import Inputs, Options, inputs_of, settings_of, shard_of
from .exit_codes import NOTHING, OK, PROBLEMS, UNREADABLE, CommandError, UsageError, fail
from .options import add_input_options, add_renamed
from .outputs import check_overwrite, open_file

__all__ = ["CODES", "DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION: Final = """\
Convert a saved response body to another format. Equal responses give equal bytes. IN can also be a location in an
archive or recording, as reported by validate. IN and OUT can be URLs such as s3://bucket/all.csv (extra remote).

Nothing is lost: it is an error if the format cannot carry something. The output is written completely or not at all,
and may be the same file as the input. Its name determines the format, as in all.csv, unless --to is given. It is
compressed if its name ends in .gz, .bz2, .xz or .zst.

Several inputs, folders, archives, recordings and large bodies are converted record by record into one body, in constant
memory; so is any input if the format is jsonl (a record on each line), or a table: parquet or arrow (extra tables), or
xlsx (Excel, extra excel). A record that cannot be read or written ends the run, unless --rejects names a file for such
records. Each reject is a line of JSON with its source, its location, the codes and the record. If a body cannot be
read, or not to its end, what is missing is one reject. The page numbers of list responses are not records, and are
omitted. The endpoint of the records is --endpoint, or that of the first body. Bodies of other endpoints are rejected,
or skipped and counted with --skip-others.

--shard 3/16 divides the files into 16 parts and converts the third, so that each process or machine can write a part.

From the configuration file, convert reads include, exclude, url-pattern, endpoint, from, limits and plugins.

--typed writes JSON Lines with the names and types of the models, as bevparse schema EmailRecord describes: true and
false, dates such as 2018-06-05T13:18:22Z, and null for what is missing. They are for other programs.

--excel-safe is lossy: in CSV it puts an apostrophe before every cell that a spreadsheet would take for a formula."""
EXAMPLES: Final = """\
  bevparse convert completed.xml -o completed.csv
  bevparse convert dumps/completed/ -o all.jsonl.gz --rejects rejects.jsonl
  bevparse convert dumps/ --endpoint failed --skip-others -o failed.csv
  bevparse convert dumps/ --endpoint completed --skip-others -o completed.parquet
  bevparse convert dumps/ --endpoint completed --skip-others --shard 3/16 -o parts/3.parquet
  bevparse convert completed.json -o completed.xlsx
  curl ... | bevparse convert - --to json
"""
CODES: Final = {
    OK: "all written",
    PROBLEMS: "something was rejected; without --rejects, nothing was written",
    UNREADABLE: "something could not be read or written",
    NOTHING: "no body was found, and nothing was written; 0 with --shard",
}
_LINES: Final = "jsonl"
_BY_SUFFIX: Final = {
    **dict.fromkeys(jsonlines.SUFFIXES, _LINES),
    **{f".{name}": name for name in tables.FORMATS},
}
"""The formats for records only, by the suffixes of their files."""
_WHOLE: Final = 2**23
"""The maximum size in bytes of a body that is converted as a whole; a larger one is converted record by record."""
_REJECTS_TAKEN: Final = "argument --rejects: the file is also the output or an input"
_MOST_REJECTS: Final = 20
"""The most problems of rejects that are printed."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="IN",
        help="file, folder, archive, pattern or URL; location in a file; - for standard input",
    )
    add(
        "--to",
        "--output-format",
        metavar="FORMAT",
        help="json, xml, csv, jsonl, parquet, arrow, xlsx or an installed format (default: by the name of OUT)",
    )
    about = "the file to write (default: standard output)"
    add_renamed(add, "--output", "-o", "--output-file", metavar="OUT", help=about)
    add(
        "--rejects", metavar="FILE", help="write what cannot be read or written to this file, or to standard output (-)"
    )
    add("--skip-others", action="store_true", help="skip bodies of other endpoints, and count them")
    about_shard = "divide the files into N parts by the hash of their paths, convert only part K"
    add("--shard", metavar="K/N", help=about_shard)
    add("--typed", action="store_true", help="write jsonl with real booleans and dates, as bevparse schema describes")
    add("--excel-safe", action="store_true", help="(lossy) keep spreadsheets from taking cells of CSV for formulas")
    add("-q", "--quiet", action="store_true", help="print only errors, and not the counts")
    add_input_options(add)


def run(arguments: argparse.Namespace) -> int:
    """Read bodies and write them as one body."""
    options = Options(arguments)  # it registers the formats of plug-ins
    arguments.to = _format_of(arguments.to, arguments.output_file)
    if arguments.excel_safe and arguments.to != "csv":
        raise UsageError("argument --excel-safe: only allowed for csv")
    if arguments.typed and arguments.to != _LINES:
        raise UsageError(f"argument --typed: only allowed for {_LINES}")
    _check_targets(arguments)
    settings = settings_of(options)
    inputs = inputs_of(options, [path for path in (arguments.output_file, arguments.rejects) if path != "-"])
    search = inputs.search.within(settings.limits)
    sources, one = _sources(inputs, search)
    shard = shard_of(arguments)
    if shard is not None:
        if settings.model is Response:
            raise UsageError("argument --shard: not allowed without --endpoint, which all shards need")
        sources, one = (source for source in sources if shard.holds(source.file)), None
    by_record = arguments.rejects or arguments.skip_others or arguments.excel_safe
    by_record = by_record or arguments.to == _LINES or arguments.to in tables.FORMATS
    if one is None or one.record or by_record or _is_long(one):
        return _convert_records(arguments, sources, settings, search)
    return _convert_whole(arguments, one, settings)


def _format_of(name: str | None, output: str | None) -> str:
    """Return the format to write.

    Args:
        name: the name of the format; None for the format of the suffix of the output.
        output: the file to write; None for standard output.

    Raises:
        UsageError: the format is unknown, or missing.
    """
    if name is None:
        suffix = body_suffix(output or "")
        name = _BY_SUFFIX.get(suffix) or formats.of_suffix(suffix)
    if name in tables.FORMATS and output and plain_name(output) != output:
        raise UsageError(f"argument -o: expected a name that ends in .{name}, because {name} is compressed inside")
    if name == _LINES or name in tables.FORMATS:
        return name
    if name is None:
        raise UsageError("argument --to: required unless the output has a name such as out.csv")
    try:
        return formats.get(name).name
    except UnknownFormatError as error:
        raise UsageError(f"{error} (and {', '.join((_LINES, *tables.FORMATS))} for records)") from None


def _check_targets(arguments: argparse.Namespace) -> None:
    """Check that the output and the rejects replace neither each other nor an input that is still needed.

    Raises:
        UsageError: the output or the rejects replace such a file, or the rejects what looks like a saved response.
    """
    output, rejects = (None if path == "-" else path for path in (arguments.output_file, arguments.rejects))
    paths = [path for path in arguments.paths if path != "-"]
    if rejects is None:
        if arguments.rejects and output is None:
            raise UsageError(_REJECTS_TAKEN)
    else:
        if os.path.realpath(rejects) in map(os.path.realpath, (*paths, *([output] if output else ()))):
            raise UsageError(_REJECTS_TAKEN)
        check_overwrite(rejects)
    for container in map(container_of, paths):
        if output and container and os.path.realpath(container) == os.path.realpath(output):
            raise UsageError(f"refusing to overwrite {escape(output)}: it contains the input")


def _sources(inputs: Inputs, search: Search) -> tuple[Iterable[Source], Source | None]:
    """Return the sources to read, without the files that are written, and the only body if there is one."""
    path = inputs.named[0] if len(inputs.named) == 1 and inputs.files_from is None else None
    if path is not None and is_container(path) and container_of(path):
        return sources_at(path, search), None
    if path is None or is_container(path):
        return find_files(inputs.paths(), search), None
    source = named_source(path, search)
    piped = source.data is not None and next(open_source(source, search), None) is not source
    return (source,), None if piped else source


def _is_long(source: Source) -> bool:
    """Return whether a source is too long to be read as one body, or is a recording of several bodies."""
    try:
        short = replace(source.budget.limits, body=_WHOLE)
        blocks = iter([source.data]) if source.data is not None else read_blocks(source.place, _WHOLE, short)
        first = next(blocks, b"")
        return len(first) > _WHOLE or document_kind(source, first) is not None or any(blocks)
    except DecodeError as error:
        return error.problem.rule is rules.BODY_TOO_LARGE
    except SourceError:
        return False


def _convert_whole(arguments: argparse.Namespace, source: Source, settings: Settings) -> int:
    def refuse(problem: Problem) -> int:
        code = UNREADABLE if problem.rule is rules.MISSING_EXTRA else PROBLEMS
        return fail(line_of(source.name, source.moved(problem)), code)

    try:
        body, format = source.read(), settings.format or source.declared
        response = parse_reply(body, model_of(source, settings), format=format, limits=settings.limits)
        data = dump(response, format=arguments.to)
    except PayloadError as error:
        return max(refuse(problem) for problem in error.problems if problem.severity == "error")
    except (DecodeError, EncodeError) as error:
        return refuse(error.problem)
    with _writing(arguments.output_file, quiet=arguments.quiet) as stream:
        stream.write(data)
    return OK


def _convert_records(arguments: argparse.Namespace, files: Iterable[Source], settings: Settings, search: Search) -> int:
    if arguments.endpoint in ("create", "error"):
        raise UsageError(f"argument --endpoint: responses of {arguments.endpoint} contain no records")
    if arguments.to not in FORMATS and arguments.to not in tables.FORMATS:
        known = ", ".join((*FORMATS, *tables.FORMATS))
        raise UsageError(f"argument --to: expected {known} for records, got {arguments.to}")
    opened = _OpenedSources(files, search, arguments.rejects)
    quiet: bool = arguments.quiet
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(_writing(arguments.output_file, quiet=quiet, held=not arguments.rejects))
        # opened after the output and so completed before it: a record that is not in one must be in the other
        rejects = stack.enter_context(_writing(arguments.rejects, quiet=quiet)) if arguments.rejects else None
        printer = _RejectPrinter()
        on_reject = partial(_write_reject, rejects) if rejects else printer.add
        writer, write = _writer(arguments, output, settings)
        stack.enter_context(contextlib.closing(writer))
        tally = convert_records(opened.sources(), write, settings, on_reject, skip_others=arguments.skip_others)
        printer.end()
        others = f"; {counted(tally.others, 'body', 'bodies')} of other endpoints skipped" if tally.others else ""
        others += "".join(f"; {part}" for part in passed_over(tally.skipped, tally.other_urls))
        if not (tally.bodies or tally.rejected or (opened.lines and not tally.others)):
            code = NOTHING if arguments.shard is None else OK
            raise CommandError(f"no body found{others}; nothing was written", code)
        writer.end()
    counts = f"{tally.read} read = {tally.written} written + {tally.rejected} rejected"
    kind = f"; {KINDS[tally.model]}" if tally.model else ""
    on_stdout = arguments.output_file in (None, "-") or arguments.rejects == "-"
    if not quiet:
        print(counts + kind + others, file=sys.stderr if on_stdout else sys.stdout)
    return UNREADABLE if tally.unreadable else PROBLEMS if tally.rejected else OK


def _writer(
    arguments: argparse.Namespace, output: BinaryIO, settings: Settings
) -> tuple[RecordWriter | tables.TableWriter, WriteBatch]:
    """Return the writer of a body or a table, and its function that writes a batch of records.

    Raises:
        CommandError: a package is missing.
    """
    if arguments.to in FORMATS:
        body = RecordWriter(
            output, arguments.to, settings.model, excel_safe=arguments.excel_safe, typed=arguments.typed
        )
        return body, lambda batch: body.write(batch.records)
    try:
        table = tables.TableWriter(output, arguments.to, settings.model)
    except ImportError as error:
        raise CommandError(str(error), UNREADABLE) from None
    return table, table.write


class _OpenedSources:
    """Files and the members of archives, opened one after the other."""

    def __init__(self, files: Iterable[Source], search: Search, rejects: str | None) -> None:
        self._files = files
        self._search = search
        self._rejects = None if rejects in (None, "-") else os.path.realpath(rejects)
        self.lines = False
        """Whether a file of JSON Lines was named. It may be empty."""

    def sources(self) -> Iterator[Source | LineBlock]:
        """Return the bodies and recordings.

        Raises:
            UsageError: a named file is also the file for rejects.
        """
        for file in fetched_sources(self._files):
            if file.named and self._rejects == os.path.realpath(file.file):
                raise UsageError(_REJECTS_TAKEN)
            self.lines = self.lines or (file.named and holds_lines(file))
            yield from open_blocks(file, self._search)


class _RejectPrinter:
    """Prints the problems of rejects to standard error, and ends the run after 20 of them."""

    def __init__(self) -> None:
        self._count = 0
        self._others = False
        self._code = PROBLEMS

    def add(self, reject: Reject) -> None:
        """Print the problems of a reject.

        Raises:
            CommandError: 20 problems have been printed.
        """
        if reject.unreadable:
            self._code = UNREADABLE
        self._others |= reject.other
        for problem in reject.problems:
            fail(line_of(reject.source, problem), PROBLEMS)
            self._count += 1
            if self._count >= _MOST_REJECTS:
                self.end()

    def end(self) -> None:
        """End the run, if there was a reject.

        Raises:
            CommandError: there was a reject.
        """
        if self._count:
            others = "--skip-others skips bodies of other endpoints, " if self._others else ""
            is_all = self._count < _MOST_REJECTS
            found = counted(self._count, "problem")
            found = found if is_all else f"stopped after {found}, bevparse validate counts all"
            hint = f"{others}--rejects FILE writes such records there and converts the others"
            raise CommandError(f"{found}; nothing was written; {hint}", self._code)


def _write_reject(stream: BinaryIO, reject: Reject) -> None:
    """Write a reject as a line of JSON, without API keys."""
    names = ("code", "message", "pointer", "line", "column")
    line = {
        "source": reject.source,
        "pointer": reject.pointer,
        "codes": [problem.code for problem in reject.problems],
        "problems": [{name: getattr(problem, name) for name in names} for problem in reject.problems],
        "record": reject.record,
    }
    stream.write(redacted(json.dumps(line).encode())[0] + b"\n")


@contextlib.contextmanager
def _writing(path: str | None, *, quiet: bool, held: bool = False) -> Generator[BinaryIO]:
    """Open standard output, or a file that appears only when it is complete, compressed by its suffix.

    Args:
        path: the file, or None or "-" for standard output.
        quiet: whether to write no remark about the file.
        held: whether to write to standard output only at the end, so that it gets everything or nothing.
    """
    if path is not None and path != "-":
        with open_file(path, path, quiet=quiet) as stream:
            yield cast(BinaryIO, stream)
        return
    with tempfile.SpooledTemporaryFile(_WHOLE) if held else contextlib.nullcontext(sys.stdout.buffer) as stream:
        yield cast(BinaryIO, stream)
        if stream is not sys.stdout.buffer:
            stream.seek(0)
            shutil.copyfileobj(stream, sys.stdout.buffer)
    sys.stdout.buffer.flush()
