"""What a run of `bevparse validate` was asked for: the command line over the configuration file."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from ..catalogue import Severity
from ..errors import DecodeError
from ..problems import printable, shown
from ..validate import Cache, Checked, Search, Selection, Settings, UnknownCodeError
from ..validate.baseline import Baseline
from .inputs import Given, Inputs, inputs_of, jobs_of, settings_of
from .outputs import output_of
from .values import UsageError, fault_of_target, listed_codes

__all__ = ["Request", "request_of"]

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
        raise UsageError(f"expected --per-file-ignores GLOB:CODES, got {shown(text)}")
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
