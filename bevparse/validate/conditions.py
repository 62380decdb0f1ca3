"""What a run checked, when and how, for reports that show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from ..endpoints import endpoint_of
from ..limits import DEFAULT_LIMITS, Limits
from ..models import Response
from ..problems.rules import Severity
from ..sources import Search
from .settings import DEFAULT_SELECTION, Settings

__all__ = ["Conditions", "options_of_report", "options_of_run"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run checked, when and how: plain data, which can be saved."""

    now: float
    """The time of the run, in seconds since 1970, see `Settings.now`."""
    paths: tuple[str, ...] = ()
    """The paths as they were given."""
    options: tuple[str, ...] = ()
    """The settings that are not the defaults, written as options of the command."""


def options_of_run(settings: Settings, search: Search, files_from: str | None = None) -> tuple[str, ...]:
    """Return the settings that decide what is found, written as options of the command. Defaults are left out.

    Args:
        settings: how bodies are read, and what is reported.
        search: what is searched for in folders and archives.
        files_from: the file that lists paths.
    """
    cross = () if settings.cross is None else ("--cross" if settings.cross else "--no-cross",)
    links = ("--follow-links",) if search.follow_links else ()
    return (*_spelled(_values(settings, search, files_from)), *cross, *links)


def options_of_report(fail_on: Severity, baseline: str | None = None) -> tuple[str, ...]:
    """Return the settings that decide how findings are counted, written as options of the command.

    Defaults are left out.

    Args:
        fail_on: the lowest severity that makes a body invalid.
        baseline: the file with the known findings.
    """
    return tuple(_spelled({"--fail-on": (None if fail_on == "error" else fail_on,), "--baseline": (baseline,)}))


def _spelled(values: dict[str, Iterable[str | None]]) -> Iterator[str]:
    return (f"{option} {value}" for option, all_values in values.items() for value in all_values if value)


def _values(settings: Settings, search: Search, files_from: str | None) -> dict[str, Iterable[str | None]]:
    """Return the values of each option. For a default, there are none, or only empty ones."""
    selection = settings.selection
    named = () if settings.model is Response else (endpoint_of(settings.model),)
    by_pattern = (f"{endpoint} for {pattern}" for pattern, endpoint in settings.endpoints)
    return {
        "--files-from": (files_from,),
        "--endpoint": (*named, *by_pattern),
        "--from": (settings.format,),
        "--select": () if selection.select == DEFAULT_SELECTION.select else (",".join(selection.select),),
        "--ignore": (",".join(selection.ignore),),
        "--per-file-ignores": (f"{pattern}:{','.join(codes)}" for pattern, codes in selection.per_file),
        "--include": search.include,
        "--exclude": search.exclude,
        "--url-pattern": search.url_patterns,
        "--limit": _changed(settings.limits),
        "plugin": settings.plugins,
    }


def _changed(limits: Limits) -> Iterator[str]:
    for field in fields(limits):
        value: int = getattr(limits, field.name)
        if value != getattr(DEFAULT_LIMITS, field.name):
            yield f"{field.name}={value}"
