"""What a command is to look at: its paths and the options that several commands share, over the configuration file."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import Namespace
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import Final, cast

from .. import formats
from ..errors import DecodeError, SourceError, UnknownFormatError, reason
from ..problems import escape, format_value
from ..problems.rules import Severity
from ..sources.folders import on_disk
from ..validate import Cache, Checked, Search, Selection, Settings, UnknownCodeError
from ..validate.baseline import Baseline
from .configuration import (
    MOST_JOBS,
    Configuration,
    UsageError,
    check_target,
    endpoints_of,
    fault_of_target,
    find_configuration,
    limits_of,
    listed_codes,
    read_configuration,
)
from .options import model_of
from .outputs import output_of
from .pool import cores

__all__ = ["Given", "Inputs", "Request", "inputs_of", "jobs_of", "request_of", "settings_of"]

_LONGEST: Final = 2**16
"""Bytes of a path in a list of files; what is longer is taken apart, and no part of it is a file."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The paths of a run, and what is looked at in them."""

    named: tuple[str, ...]
    files_from: str | None
    ends: bytes
    """What paths of a list end with."""
    search: Search

    def paths(self) -> Iterator[str]:
        """Give the paths, those of a list one by one as it is read.

        Raises:
            SourceError: the list cannot be read.
        """
        yield from self.named
        if self.files_from is not None:
            yield from _listed(self.files_from, self.ends)

    def sizes(self) -> Iterator[int]:
        """Give the sizes of the files that there are, as far as they can be told without reading anything else."""
        for path in self.named:
            if path != "-":
                yield from (source.size for source in on_disk(path, self.search))


def _listed(path: str, ends: bytes) -> Iterator[str]:
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as stream:
            for name in _parts(stream, ends):
                if given := os.fsdecode(name.rstrip(b"\r") if ends == b"\n" else name):
                    yield given
    except (OSError, ValueError) as error:
        raise SourceError(path, f"expected a readable list of files, got a fault: {reason(error)}") from None


def _parts(stream: BufferedReader, ends: bytes) -> Iterator[bytes]:
    """Give what stands before each end, as soon as it has come; a device is no part without end."""
    rest = b""
    while block := stream.read1(_LONGEST):
        *parts, rest = (rest + block).split(ends)
        yield from parts
        if len(rest) > _LONGEST:
            yield rest
            rest = b""
    yield rest


class Given:
    """Reads an option from the command line, or else from the configuration.

    Raises:
        ConfigurationError: the configuration file cannot be used.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self._file = None if arguments.no_config else _configuration_file(arguments.config)
        self.configured: Configuration = {}
        if self._file is not None:
            self.configured = read_configuration(self._file, found=not arguments.config)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give the values of an option, those of the command line in place of the others."""
        given = getattr(self.arguments, name.replace("-", "_"))
        return tuple(given if given is not None else cast("list[str]", self.configured.get(name, [])))

    def both(self, name: str) -> tuple[str, ...]:
        """Give the values of an option, those of the command line behind the others."""
        given = getattr(self.arguments, name.replace("-", "_")) or ()
        return (*cast("list[str]", self.configured.get(name, [])), *given)

    def check_targets(self, name: str, targets: Iterable[str | None]) -> None:
        """Check the files that an option writes, unless the command line names them.

        Raises:
            ConfigurationError: the configuration may not name one of them.
        """
        if self._file is None or getattr(self.arguments, name) is not None:
            return
        for target in targets:
            if target is not None and "\0" not in target:  # which no file has in its name: writing it reports that
                check_target(name, target, self._file)


def _configuration_file(named: str | None) -> Path | None:
    if named:
        return Path(named)
    try:
        return find_configuration(Path.cwd())
    except FileNotFoundError:  # the folder is gone
        return None


def inputs_of(given: Given, written: Collection[str | None]) -> Inputs:
    """Settle what is looked at, without the files that are written.

    Raises:
        UsageError: it makes no sense.
    """
    arguments = given.arguments
    if arguments.null and arguments.files_from is None:
        raise UsageError("expected --files-from FILE beside --null, got none")
    if not arguments.paths and arguments.files_from is None:
        raise UsageError("expected a path or --files-from, got none")
    if arguments.files_from == "-" and "-" in arguments.paths:
        raise UsageError("expected standard input to be read once, got - and --files-from -")
    skip = frozenset(os.path.realpath(path) for path in written if path is not None and "\0" not in path)
    search = Search(given.texts("include"), given.texts("exclude"), skip)
    return Inputs(tuple(arguments.paths), arguments.files_from, b"\0" if arguments.null else b"\n", search)


def settings_of(given: Given) -> Settings:
    """Settle what bodies are taken for.

    Raises:
        UsageError: it makes no sense.
    """
    arguments, configured = given.arguments, given.configured
    try:
        format = cast("str | None", arguments.format or configured.get("format"))
        return Settings(
            model=model_of(arguments.endpoint),
            format=format and formats.get(format).name,
            endpoints=endpoints_of(cast("Mapping[str, str]", configured.get("endpoint", {}))),
            limits=limits_of(arguments.limit or (), cast("Mapping[str, int]", configured.get("limits", {}))),
        )
    except UnknownFormatError as error:
        raise UsageError(str(error)) from None


def jobs_of(given: Given) -> int:
    """Settle how many processes work.

    Raises:
        UsageError: it makes no sense.
    """
    asked = cast("int | None", given.configured.get("jobs") if given.arguments.jobs is None else given.arguments.jobs)
    if asked is None:
        return cores()
    if asked < 1:
        raise UsageError(f"expected --jobs to be one or more, got {asked}")
    if asked > MOST_JOBS:
        raise UsageError(f"expected --jobs to be at most {MOST_JOBS}, got {asked}")
    return asked


_CACHES: Final = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
_CACHE_FOLDERS: Final = {"darwin": "Library/Caches", "win32": "AppData/Local"}
_RESULTS: Final = "results.sqlite"


@dataclass(frozen=True, slots=True)
class Request:
    """One run."""

    inputs: Inputs
    settings: Settings
    outputs: tuple[tuple[str, str | None], ...]
    jobs: int
    progress: bool
    exit_zero: bool
    baseline: Baseline
    update: bool
    """Whether the baseline is written."""
    cache: Cache | None

    def new(self, checked: Checked) -> Checked:
        """Leave out what the baseline knows; where it is to be written anew, all is known from now on."""
        if self.update:
            self.baseline.add(checked)
            if checked.outcome == "unreadable":
                return checked
            return replace(checked, problems=(), excerpts=(), known=len(checked.problems))
        return self.baseline.known(checked)


def request_of(arguments: Namespace) -> Request:
    """Settle what is asked for.

    Raises:
        UsageError: it makes no sense.
        ConfigurationError: the configuration file cannot be used, or names a file that it may not.
        SourceError: the baseline cannot be read.
    """
    given = Given(arguments)
    known = cast("str | None", given.configured.get("baseline") if arguments.baseline is None else arguments.baseline)
    given.check_targets("baseline", (known,))
    outputs = _outputs(given)
    inputs = inputs_of(given, (*(path for _, path in outputs), known))
    settings = _settings(given, {name for name, _ in outputs})
    return Request(
        inputs=inputs,
        settings=settings,
        outputs=outputs,
        jobs=jobs_of(given),
        progress=not arguments.no_progress,
        exit_zero=arguments.exit_zero,
        baseline=_baseline(known, settings.selection, inputs.search, update=arguments.update_baseline),
        update=arguments.update_baseline,
        cache=None if arguments.no_cache else _cache(arguments.cache_dir, settings, inputs.search),
    )


def _settings(given: Given, outputs: Collection[str]) -> Settings:
    cross = given.configured.get("cross") if given.arguments.cross is None else given.arguments.cross
    try:
        return replace(
            settings_of(given),
            selection=_selection(given),
            excerpts="text" in outputs,
            profile="html" in outputs,
            cross=cast("bool | None", cross),
            fail_on=_fail_on(given),
        )
    except UnknownCodeError as error:
        raise UsageError(str(error)) from None


def _selection(given: Given) -> Selection:
    select = _codes(given.texts("select")) or Selection().select
    per_file = cast("Mapping[str, list[str]]", given.configured.get("per-file-ignores", {}))
    pairs = [*per_file.items(), *map(_ignored_in_files, given.arguments.per_file_ignores or ())]
    return Selection(
        (*select, *_codes(given.both("extend-select"))),
        _codes(given.both("ignore")),
        tuple((pattern, _codes(codes)) for pattern, codes in pairs),
    )


def _codes(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for text in texts for code in listed_codes(text))


def _ignored_in_files(text: str) -> tuple[str, list[str]]:
    pattern, colon, codes = text.rpartition(":")
    if not colon:
        raise UsageError(f"expected --per-file-ignores GLOB:CODES, got {format_value(text)}")
    return pattern, [codes]


def _fail_on(given: Given) -> Severity:
    arguments, configured = given.arguments, given.configured
    if arguments.fail_on or arguments.strict:
        return cast(Severity, arguments.fail_on or "warning")
    chosen = configured.get("fail-on") or ("warning" if configured.get("strict") else "error")
    return cast(Severity, chosen)  # which the configuration has been asked for


def _outputs(given: Given) -> tuple[tuple[str, str | None], ...]:
    try:
        wanted = tuple(output_of(text) for text in given.texts("output")) or (("text", None),)
    except ValueError as error:
        raise UsageError(str(error)) from None
    given.check_targets("output", (path for _, path in wanted))
    for _, path in wanted:
        if path is not None and (fault := fault_of_target(path, "output")):
            raise UsageError(fault)
    places = [path and os.path.abspath(path) for _, path in wanted]  # noqa: PTH100 - a Path leaves .. in
    if len(set(places)) < len(places):
        raise UsageError("expected each output in a place of its own, got two in one")
    return wanted


def _baseline(path: str | None, selection: Selection, search: Search, *, update: bool) -> Baseline:
    if path is None:
        if update:
            raise UsageError("expected --baseline FILE beside --update-baseline, got none")
        return Baseline()
    try:
        read = Baseline.renewed if update else Baseline.read
        return read(path, selection=selection, search=search)
    except DecodeError as error:
        raise UsageError(f"{escape(str(path))}: {error}") from None


def _cache(folder: str | None, settings: Settings, search: Search) -> Cache | None:
    if folder is None:
        above = os.environ.get(_CACHES)
        try:
            caches = Path(above) if above else Path.home() / _CACHE_FOLDERS.get(sys.platform, ".cache")
        except RuntimeError:  # there is no home
            return None
        return Cache(caches / "bevparse" / _RESULTS, settings, search)
    return Cache(Path(folder) / _RESULTS, settings, search)
