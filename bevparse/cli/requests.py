"""What a run of `bevparse validate` was asked for: the command line over the configuration file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, cast

from .. import formats
from ..catalogue import Severity
from ..endpoints import MODELS
from ..errors import DecodeError, SourceError, UnknownFormatError
from ..files import reason
from ..limits import Limits
from ..models import EndpointName
from ..problems import printable, shown
from ..validate import Cache, Checked, Search, Selection, Settings, UnknownCodeError
from ..validate.baseline import Baseline
from ..validate.report import SEVERITIES
from ..validate.selection import expanded
from ..validate.sources.folders import on_disk
from .configuration import Configuration, find_configuration, read_configuration
from .options import model_of
from .outputs import output_of
from .pool import cores

__all__ = ["Request", "UsageError", "request_of"]

_MOST_JOBS: Final = 256
_LONGEST: Final = 2**16
"""Bytes of a path in a list of files; what is longer is taken apart, and no part of it is a file."""
_CACHES: Final = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
_CACHE_FOLDERS: Final = {"darwin": "Library/Caches", "win32": "AppData/Local"}
_RESULTS: Final = "results.sqlite"


class UsageError(ValueError):
    """What was asked for makes no sense."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run."""

    named: tuple[str, ...]
    files_from: str | None
    search: Search
    settings: Settings
    outputs: tuple[tuple[str, str | None], ...]
    jobs: int
    progress: bool
    exit_zero: bool
    baseline: Baseline
    update: bool
    """Whether the baseline is written."""
    cache: Cache | None

    def paths(self) -> Iterator[str]:
        """Give the paths, those of a list one by one as it is read.

        Raises:
            SourceError: the list cannot be read.
        """
        yield from self.named
        if self.files_from is not None:
            yield from _listed(self.files_from)

    def new(self, checked: Checked) -> Checked:
        """Leave out what the baseline knows; where it is to be written anew, all is known from now on."""
        if self.update:
            self.baseline.add(checked)
            if checked.outcome == "unreadable":
                return checked
            return replace(checked, problems=(), excerpts=(), known=len(checked.problems))
        return self.baseline.known(checked)

    def sizes(self) -> Iterator[int]:
        """Give the sizes of the files that there are, as far as they can be told without reading anything else."""
        for path in self.named:
            if path != "-":
                yield from (source.size for source in on_disk(path, self.search))


def _listed(path: str) -> Iterator[str]:
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as lines:
            while line := lines.readline(_LONGEST):  # so that a device is no line without end
                if name := os.fsdecode(line.rstrip(b"\r\n")):
                    yield name
    except (OSError, ValueError) as error:
        raise SourceError(path, f"expected a readable list of files, got a fault: {reason(error)}") from None


def request_of(arguments: argparse.Namespace) -> Request:
    """Settle what is asked for.

    Raises:
        UsageError: it makes no sense.
        ConfigurationError: the configuration file cannot be used.
        SourceError: the baseline cannot be read.
    """
    if not arguments.paths and arguments.files_from is None:
        raise UsageError("expected a PATH or --files-from, got none")
    if arguments.files_from == "-" and "-" in arguments.paths:
        raise UsageError("expected standard input to be read once, got - and --files-from -")
    configured = _configured(arguments)
    given = _Given(arguments, configured)
    known = cast("str | None", configured.get("baseline") if arguments.baseline is None else arguments.baseline)
    outputs = _outputs(given.texts("output"))
    written = (*(path for _, path in outputs), known)
    skip = frozenset(os.path.realpath(path) for path in written if path is not None and "\0" not in path)
    search = Search(given.texts("include"), given.texts("exclude"), skip)
    settings = _settings(arguments, configured, given)
    return Request(
        named=tuple(arguments.paths),
        files_from=arguments.files_from,
        search=search,
        settings=settings,
        outputs=outputs,
        jobs=_jobs(configured.get("jobs") if arguments.jobs is None else arguments.jobs),
        progress=not arguments.no_progress,
        exit_zero=arguments.exit_zero,
        baseline=_baseline(known, update=arguments.update_baseline),
        update=arguments.update_baseline,
        cache=None if arguments.no_cache else _cache(arguments.cache_dir, settings, search),
    )


def _configured(arguments: argparse.Namespace) -> Configuration:
    if arguments.no_config:
        return {}
    path = Path(arguments.config) if arguments.config else _nearest_configuration()
    return read_configuration(path) if path else {}


def _nearest_configuration() -> Path | None:
    try:
        return find_configuration(Path.cwd())
    except FileNotFoundError:  # the folder is gone
        return None


class _Given:
    """Reads an option from the command line, or else from the configuration."""

    def __init__(self, arguments: argparse.Namespace, configured: Configuration) -> None:
        self._arguments = arguments
        self._configured = configured

    def texts(self, name: str) -> tuple[str, ...]:
        given = getattr(self._arguments, name.replace("-", "_"))
        return tuple(given if given is not None else cast("list[str]", self._configured.get(name, [])))

    def both(self, name: str) -> tuple[str, ...]:
        given = getattr(self._arguments, name.replace("-", "_")) or ()
        return (*cast("list[str]", self._configured.get(name, [])), *given)


def _settings(arguments: argparse.Namespace, configured: Configuration, given: _Given) -> Settings:
    try:
        format = cast("str | None", arguments.format or configured.get("format"))
        return Settings(
            model=model_of(arguments.endpoint),
            format=format and formats.get(format).name,
            endpoints=_endpoints(cast("Mapping[str, str]", configured.get("endpoint", {}))),
            selection=_selection(arguments, configured, given),
            limits=_limits(arguments.limit or (), cast("Mapping[str, int]", configured.get("limits", {}))),
            excerpts=any(name == "text" for name, _ in _outputs(given.texts("output"))),
            profile=any(name == "html" for name, _ in _outputs(given.texts("output"))),
            cross=arguments.cross if arguments.cross is not None else cast("bool | None", configured.get("cross")),
            fail_on=_fail_on(arguments, configured),
        )
    except (UnknownFormatError, UnknownCodeError) as error:
        raise UsageError(str(error)) from None


def _endpoints(patterns: Mapping[str, str]) -> tuple[tuple[str, EndpointName], ...]:
    for endpoint in patterns.values():
        if endpoint not in MODELS:
            raise UsageError(f"expected an endpoint among {', '.join(MODELS)}, got {shown(endpoint)}")
    return tuple(cast("Mapping[str, EndpointName]", patterns).items())


def _selection(arguments: argparse.Namespace, configured: Configuration, given: _Given) -> Selection:
    select = _codes(given.texts("select")) or Selection().select
    per_file = cast("Mapping[str, list[str]]", configured.get("per-file-ignores", {}))
    pairs = [*per_file.items(), *map(_ignored_in_files, arguments.per_file_ignores or ())]
    return Selection(
        (*select, *_codes(given.both("extend-select"))),
        _codes(given.both("ignore")),
        tuple((pattern, _codes(codes)) for pattern, codes in pairs),
    )


def _codes(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for text in texts for code in _listed_codes(text))


def _listed_codes(text: str) -> tuple[str, ...]:
    codes = [code for code in text.split(",") if code.strip()]
    if not codes:
        raise UsageError(f"expected codes such as BEV203,BEV3, got {shown(text)}")
    return expanded(codes)


def _ignored_in_files(text: str) -> tuple[str, list[str]]:
    pattern, colon, codes = text.rpartition(":")
    if not colon:
        raise UsageError(f"expected --per-file-ignores GLOB:CODES, got {shown(text)}")
    return pattern, [codes]


def _limits(given: Sequence[str], configured: Mapping[str, int]) -> Limits:
    known = [field.name for field in fields(Limits)]
    values = dict(configured)
    for text in given:
        name, _, value = text.partition("=")
        if not value.isdecimal() or not value.isascii() or len(value) > 18:
            raise UsageError(f"expected --limit NAME=VALUE with an integer, got {shown(text)}")
        values[name] = int(value)
    for name in values:
        if name not in known:
            raise UsageError(f"expected a limit among {', '.join(known)}, got {shown(name)}")
    try:
        return Limits(**values)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _fail_on(arguments: argparse.Namespace, configured: Configuration) -> Severity:
    if arguments.fail_on or arguments.strict:
        return cast(Severity, arguments.fail_on or "warning")
    chosen = configured.get("fail-on") or ("warning" if configured.get("strict") else "error")
    if chosen not in SEVERITIES:
        raise UsageError(f"expected fail-on among {', '.join(SEVERITIES)}, got {shown(chosen)}")
    return chosen


def _outputs(texts: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    try:
        wanted = tuple(output_of(text) for text in texts) or (("text", None),)
    except ValueError as error:
        raise UsageError(str(error)) from None
    places = [path and os.path.abspath(path) for _, path in wanted]  # noqa: PTH100 - a Path leaves .. in
    if len(set(places)) < len(places):
        raise UsageError("expected each output in a place of its own, got two in one")
    return wanted


def _jobs(given: object) -> int:
    if given is None:
        return cores()
    if cast(int, given) < 1:
        raise UsageError(f"expected --jobs to be one or more, got {given}")
    if cast(int, given) > _MOST_JOBS:
        raise UsageError(f"expected --jobs to be at most {_MOST_JOBS}, got {given}")
    return cast(int, given)


def _baseline(path: str | None, *, update: bool) -> Baseline:
    if path is None:
        if update:
            raise UsageError("expected --baseline FILE beside --update-baseline, got none")
        return Baseline()
    try:
        return Baseline(path) if update else Baseline.read(path)
    except DecodeError as error:
        raise UsageError(f"{printable(str(path))}: {error}") from None


def _cache(folder: str | None, settings: Settings, search: Search) -> Cache | None:
    if folder is None:
        above = os.environ.get(_CACHES)
        try:
            caches = Path(above) if above else Path.home() / _CACHE_FOLDERS.get(sys.platform, ".cache")
        except RuntimeError:  # there is no home
            return None
        return Cache(caches / "bevparse" / _RESULTS, settings, search)
    return Cache(Path(folder) / _RESULTS, settings, search)
