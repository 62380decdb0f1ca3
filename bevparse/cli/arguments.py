"""What a run reads, checks and writes, as the command line and the configuration file say."""

from __future__ import annotations

import os
import re
import stat
import sys
from argparse import Namespace
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Final, cast

from ..errors import DecodeError, SourceError, reason
from ..files import open_binary
from ..files.paths import body_suffix
from ..problems import escape, format_value
from ..problems.rules import Severity
from ..sources.folders import on_disk
from ..sources.shards import MOST_SHARDS, Shard
from ..stores import is_url, place_of
from ..validate import Cache, SavedRun, Search, Selection, Settings
from ..validate.baseline import Baseline
from ..validate.conditions import Conditions, options_of_report, options_of_run
from ..validate.pool import cores
from ..validate.renderers import FORMATS
from ..validate.saved import SavedRuns
from .configuration import (
    MOST_JOBS,
    Configuration,
    check_target,
    codes_of,
    find_configuration,
    format_of,
    limits_of,
    read_configuration,
)
from .exit_codes import UsageError
from .options import model_of
from .outputs import check_overwrite, output_of
from .run_report import Reporting

__all__ = [
    "Inputs",
    "Options",
    "ValidateRun",
    "check_on_disk",
    "inputs_of",
    "jobs_of",
    "reporting_of_saved",
    "settings_of",
    "shard_of",
    "validate_run_of",
]

_OF_TEXT: Final = ("", ".txt", ".log")
"""The suffixes of files that get a report in the format text."""
_LONGEST: Final = 2**16
"""The longest path that a list of files may contain, in bytes. A longer one is split into parts, which do not exist."""
_CACHES: Final = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
_CACHE_FOLDERS: Final = {"darwin": "Library/Caches", "win32": "AppData/Local"}
_RESULTS: Final = "results.sqlite"
_SHARD: Final = re.compile("([0-9]{1,9})/([0-9]{1,9})")


class Options:
    """The options of a command, from the command line and the configuration file. The command line takes precedence.

    Raises:
        UsageError: the configuration file cannot be used.
    """

    def __init__(self, arguments: Namespace) -> None:
        self.arguments = arguments
        self.configured = Configuration.model_construct()  # the defaults, without building the validator of pydantic
        self._file = None if arguments.no_config else _configuration_file(arguments.config)
        if self._file is not None:
            quiet: bool = getattr(arguments, "quiet", False)
            self.configured = read_configuration(self._file, found=not arguments.config, quiet=quiet)

    def list(self, name: str) -> tuple[str, ...]:
        """Return the values of an option from the command line, or else from the configuration file."""
        given = getattr(self.arguments, name)
        return tuple(getattr(self.configured, name) if given is None else given)

    def merged(self, name: str) -> tuple[str, ...]:
        """Return the values of an option from the configuration file, then those from the command line."""
        return (*getattr(self.configured, name), *(getattr(self.arguments, name) or ()))

    def check_targets(self, name: str, targets: Iterable[str | None]) -> None:
        """Check the files that an option writes, unless the command line names them.

        Raises:
            UsageError: a file is outside the folder of the configuration file, or is owned by another user.
        """
        if self._file is None or getattr(self.arguments, name) is not None:
            return
        for target in targets:
            if target is not None and "\0" not in target:  # a null character is reported when the file is written
                check_target(f"--{name.replace('_', '-')}", target, self._file)


def _configuration_file(named: str | None) -> Path | None:
    if named:
        return Path(named)
    try:
        return find_configuration(Path.cwd())
    except FileNotFoundError:  # the current folder has been removed
        return None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The paths that a run reads, and the names that it reads in folders and archives."""

    named: tuple[str, ...]
    files_from: str | None
    terminator: bytes
    """The byte at the end of each path in `files_from`: a line feed or a null character."""
    search: Search

    def paths(self) -> Iterable[str]:
        """Return the named paths, then the paths in the list, which is read as they are used.

        Raises:
            SourceError: the list cannot be read.
        """
        if self.files_from is None:
            return self.named
        return chain(self.named, _listed(self.files_from, self.terminator))

    def sizes(self, saved: SavedRun | None = None) -> Iterator[int]:
        """Return the sizes in bytes of the named files and the files in named folders.

        If a URL is named, nothing is returned, because listing a store takes as long as reading its objects.

        Args:
            saved: the saved run, if there is one. Only the files of its shard are counted.
        """
        for path in () if any(map(is_url, self.named)) else self.named:
            if path != "-":
                for source in on_disk(path, self.search):
                    if not source.skipped and (saved is None or saved.holds(source.file)):
                        yield source.size


def _listed(path: str, terminator: bytes) -> Iterator[str]:
    try:
        with open(0, "rb", closefd=False) if path == "-" else open_binary(path) as stream:
            for name in _split(cast(BufferedReader, stream), terminator):
                if given := os.fsdecode(name.rstrip(b"\r") if terminator == b"\n" else name):
                    yield given
    except DecodeError as error:
        raise SourceError(path, error.problem.message) from None
    except (OSError, ValueError) as error:
        raise SourceError(path, f"cannot read list of files: {reason(error)}") from None


def _split(stream: BufferedReader, terminator: bytes) -> Iterator[bytes]:
    """Return the parts of a stream, each as soon as it is complete. Memory is bounded by `_LONGEST`."""
    rest = b""
    while block := stream.read1(_LONGEST):
        *parts, rest = (rest + block).split(terminator)
        yield from parts
        if len(rest) > _LONGEST:
            yield rest
            rest = b""
    yield rest


def inputs_of(options: Options, written: Collection[str | None]) -> Inputs:
    """Return what a run reads: the named paths, or standard input if no path is named and it is redirected.

    Args:
        options: the options.
        written: the files that the run writes. They are not read; None is ignored.

    Raises:
        UsageError: the options contradict each other, or there is nothing to read.
    """
    arguments = options.arguments
    if arguments.null and arguments.files_from is None:
        raise UsageError("argument --null: not allowed without --files-from")
    paths = tuple(arguments.paths)
    if not paths and arguments.files_from is None:
        if not _is_redirected():
            raise UsageError("a path or --files-from is required")
        paths = ("-",)
    if arguments.files_from == "-" and "-" in paths:
        raise UsageError("argument --files-from: standard input (-) cannot also be a PATH")
    skip = _real_paths(written)
    search = Search(
        options.list("include"),
        options.list("exclude"),
        skip,
        url_patterns=_url_patterns(options),
        follow_links=arguments.follow_links,
    )
    return Inputs(paths, arguments.files_from, b"\0" if arguments.null else b"\n", search)


def _is_redirected() -> bool:
    """Return whether standard input is a file, a pipe or a socket, but no terminal and no device such as /dev/null."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # it is closed
        return False
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _real_paths(paths: Iterable[str | None]) -> frozenset[str]:
    return frozenset(os.path.realpath(path) for path in paths if path is not None and "\0" not in path)


def _url_patterns(options: Options) -> tuple[str, ...]:
    """Return the patterns of URLs whose recorded responses are read, in addition to those of the service.

    With --endpoint, this includes any URL that ends with the path of the endpoint.
    """
    path = model_of(options.arguments.endpoint).wire_path
    return (*options.list("url_pattern"), *([f"*{path}"] if path else []))


def settings_of(options: Options) -> Settings:
    """Return the settings with which bodies are read: their endpoint and format, the limits and the plug-ins.

    Raises:
        UsageError: a format or a limit is unknown, or a limit has an invalid value.
    """
    arguments, configured = options.arguments, options.configured
    return Settings(
        model=model_of(arguments.endpoint),
        format=format_of(arguments.format) if arguments.format else configured.from_,
        endpoints=tuple(configured.endpoint.items()),
        limits=limits_of(arguments.limit or (), configured.limits),
        plugins=tuple(configured.plugins),
    )


def jobs_of(options: Options) -> int:
    """Return the number of worker processes.

    Raises:
        UsageError: the number is out of range, or the options name a Dask cluster, too.
    """
    jobs: int | None = options.arguments.jobs
    if jobs is not None and options.arguments.dask is not None:
        raise UsageError("argument --jobs: not allowed with --dask, because the cluster has its own workers")
    if jobs is None:
        return options.configured.jobs or cores()
    if not 1 <= jobs <= MOST_JOBS:
        raise UsageError(f"argument --jobs: expected an integer from 1 to {MOST_JOBS}, got {jobs}")
    return jobs


@dataclass(frozen=True, slots=True)
class ValidateRun:
    """A run of `bevparse validate`."""

    inputs: Inputs
    settings: Settings
    reporting: Reporting
    jobs: int
    dask: str | None
    """The address of a Dask cluster, which is used instead of worker processes; None without one."""
    progress: bool
    cache: Cache | None
    saved: SavedRun | None


def validate_run_of(arguments: Namespace) -> ValidateRun:
    """Return the run that a command line asks for.

    Raises:
        UsageError: an option or the configuration file is wrong.
        SourceError: the baseline cannot be read.
    """
    options = Options(arguments)
    baseline = _baseline_path(options)
    outputs = _outputs(options, arguments.save)
    inputs = inputs_of(options, (*(path for _, path in outputs), baseline, arguments.save))
    saved = _saved_run(arguments, inputs)
    settings = _validate_settings(options, {name for name, _ in outputs}, is_saved=arguments.save is not None)
    return ValidateRun(
        inputs=inputs,
        settings=settings,
        reporting=Reporting(
            outputs=outputs,
            fail_on=settings.fail_on,
            exit_zero=arguments.exit_zero,
            color=arguments.color,
            quiet=arguments.quiet,
            baseline=_baseline(baseline, settings.selection, inputs.search, update=arguments.update_baseline),
            update_baseline=arguments.update_baseline,
            conditions=_conditions(inputs, settings, baseline),
            may_be_empty=saved is not None and saved.shards > 1,
        ),
        jobs=jobs_of(options),
        dask=arguments.dask,
        progress=not (arguments.no_progress or arguments.quiet),
        cache=None if arguments.no_cache else _cache(arguments.cache_dir, settings, inputs.search),
        saved=saved,
    )


def reporting_of_saved(options: Options, runs: SavedRuns) -> Reporting:
    """Return how the findings of a saved run are reported.

    Raises:
        UsageError: an option or the configuration file is wrong.
        SourceError: the baseline cannot be read.
    """
    arguments = options.arguments
    given: Severity | None = arguments.fail_on or ("warning" if arguments.strict else None)
    fail_on, baseline = given or runs.settings.fail_on, _baseline_path(options)
    return Reporting(
        outputs=_outputs(options, *arguments.paths),
        fail_on=fail_on,
        exit_zero=arguments.exit_zero,
        color=arguments.color,
        quiet=arguments.quiet,
        baseline=_baseline(baseline, runs.settings.selection, runs.search, update=arguments.update_baseline),
        update_baseline=arguments.update_baseline,
        conditions=replace(runs.conditions, options=(*runs.conditions.options, *options_of_report(fail_on, baseline))),
    )


def _conditions(inputs: Inputs, settings: Settings, baseline: str | None) -> Conditions:
    listed = inputs.files_from and os.fspath(place_of(inputs.files_from))
    of_run = options_of_run(settings, inputs.search, listed)
    named = tuple(os.fspath(place_of(path)) for path in inputs.named)  # URLs without credentials
    return Conditions(settings.now, named, (*of_run, *options_of_report(settings.fail_on, baseline)))


def _saved_run(arguments: Namespace, inputs: Inputs) -> SavedRun | None:
    if arguments.save is None:
        if arguments.shard is not None:
            raise UsageError("argument --shard: not allowed without --save")
        return None
    if "-" in inputs.named:
        raise UsageError("argument --save: standard input (-) cannot be read again after a kill")
    check_on_disk("--save", arguments.save)
    shard = shard_of(arguments) or Shard()
    return SavedRun(arguments.save, shard=shard.number, shards=shard.count)


def shard_of(arguments: Namespace) -> Shard | None:
    """Return the shard of the files that --shard K/N names, or None without --shard.

    Raises:
        UsageError: the value is not K/N, or K or N is out of range.
    """
    if arguments.shard is None:
        return None
    found = _SHARD.fullmatch(arguments.shard)
    try:
        return Shard(*map(int, found.groups() if found else (0, 0)))
    except ValueError:
        expected = f"expected K/N with K from 1 to N, and N at most {MOST_SHARDS}"
        raise UsageError(f"argument --shard: {expected}, got {format_value(arguments.shard)}") from None


def _validate_settings(options: Options, outputs: Collection[str], *, is_saved: bool) -> Settings:
    """Return the settings of a run. A saved run collects what every output needs: `report` may write any of them."""
    cross: bool | None = options.arguments.cross
    return replace(
        settings_of(options),
        selection=_selection(options),
        excerpts=is_saved or not {"text", "html"}.isdisjoint(outputs),
        profile=is_saved or "html" in outputs,
        cross=options.configured.cross if cross is None else cross,
        fail_on=_fail_on(options),
    )


def _selection(options: Options) -> Selection:
    per_file = [*options.configured.per_file_ignores.items(), *map(_per_file, options.arguments.per_file_ignores or ())]
    select = codes_of(options.list("select")) or Selection().select
    return Selection(
        (*select, *codes_of(options.merged("extend_select"))),
        tuple(codes_of(options.merged("ignore"))),
        tuple((pattern, tuple(codes_of(codes))) for pattern, codes in per_file),
    )


def _per_file(text: str) -> tuple[str, list[str]]:
    pattern, colon, codes = text.rpartition(":")
    if not colon:
        raise UsageError(f"argument --per-file-ignores: expected GLOB:CODES, got {format_value(text)}")
    return pattern, [codes]


def _fail_on(options: Options) -> Severity:
    arguments, configured = options.arguments, options.configured
    given: Severity | None = arguments.fail_on or ("warning" if arguments.strict else configured.fail_on)
    return given or ("warning" if configured.strict else "error")


def _outputs(options: Options, *saved_runs: str | None) -> tuple[tuple[str, str | None], ...]:
    """Return the outputs of a run: each is a format, and a file or None for standard output.

    With --quiet, only the outputs to files are returned.

    Args:
        options: the options.
        saved_runs: the files of saved runs, which no output may overwrite; None is ignored.

    Raises:
        UsageError: an output is wrong, or would overwrite a saved run.
    """
    file: str | None = options.arguments.output_file
    wanted = tuple(map(output_of, options.list("output_format"))) or ((_format_of_name(file or ""), None),)
    options.check_targets("output_format", (path for _, path in wanted))
    if file is not None:
        if all(path for _, path in wanted):
            raise UsageError("argument -o/--output-file: every --output-format has a file already")
        wanted = tuple((name, path or (None if file == "-" else file)) for name, path in wanted)
    for _, path in wanted:
        if path is not None:
            check_overwrite(path)
    targets = [path and os.path.abspath(path) for _, path in wanted]  # noqa: PTH100 - a Path leaves .. in
    if len(set(targets)) < len(targets):
        raise UsageError("argument --output-format: two outputs go to the same place")
    saved = _real_paths(saved_runs)
    for _, path in wanted:
        if _real_paths([path]) & saved:
            raise UsageError(f"refusing to overwrite {escape(str(path))}: it is the saved run")
    return tuple(output for output in wanted if output[1] is not None) if options.arguments.quiet else wanted


def _format_of_name(path: str) -> str:
    """Return the output format for the suffix of a file, such as html for report.html.

    Args:
        path: the file; empty for standard output, whose format is text.

    Raises:
        UsageError: no output format has the suffix.
    """
    suffix = body_suffix(path)
    if suffix in _OF_TEXT:
        return "text"
    name = suffix.removeprefix(".")
    if name not in FORMATS:
        message = f"the suffix {escape(suffix)} names no format; name the format with --output-format"
        raise UsageError(f"argument -o/--output-file: {message}")
    return name


def _baseline_path(options: Options) -> str | None:
    given: str | None = options.arguments.baseline
    path = options.configured.baseline if given is None else given
    options.check_targets("baseline", (path,))
    check_on_disk("--baseline", path)
    return path


def check_on_disk(argument: str, path: str | None) -> None:
    """Check that a saved run or a baseline is not a URL. A saved run is appended to, which most stores cannot do.

    Args:
        argument: the name of the argument, for the message.
        path: the path, or None if none is given.

    Raises:
        UsageError: the path is a URL.
    """
    if path is not None and is_url(path):
        raise UsageError(
            f"argument {argument}: expected a file, got a URL; use a file, and copy it from or to the store"
        )


def _baseline(path: str | None, selection: Selection, search: Search, *, update: bool) -> Baseline:
    if path is None:
        if update:
            raise UsageError("argument --update-baseline: not allowed without --baseline")
        return Baseline()
    try:
        read = Baseline.renewed if update else Baseline.read
        return read(path, selection=selection, search=search)
    except DecodeError as error:
        raise UsageError(f"{escape(path)}: {error}") from None


def _cache(folder: str | None, settings: Settings, search: Search) -> Cache | None:
    if folder is None:
        above = os.environ.get(_CACHES)
        try:
            caches = Path(above) if above else Path.home() / _CACHE_FOLDERS.get(sys.platform, ".cache")
        except RuntimeError:  # there is no home folder
            return None
        return Cache(caches / "bevparse" / _RESULTS, settings, search)
    return Cache(Path(folder) / _RESULTS, settings, search)
