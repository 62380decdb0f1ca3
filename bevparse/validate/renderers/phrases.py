"""Phrases, messages, paths and URIs that several renderers write, and the width of a text on a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath
from typing import Final
from unicodedata import category, east_asian_width
from urllib.parse import quote_from_bytes

from ...apikeys import masked
from ...files.paths import absolute
from ...problems import Problem, escape, message_of
from ...problems.rules import Severity
from ...sources.source import STDIN
from ...stores import is_url
from ..report import SEVERITIES, Checked, Summary
from .file_counts import FileCounts
from .numbers import number

__all__ = [
    "counted",
    "counts_line",
    "details",
    "display_width",
    "headline",
    "message_inside",
    "passed_over",
    "path_of",
    "place_in_file",
    "uri_of",
]

_MARKS: Final = ("Mn", "Me")
"""The Unicode categories of combining marks, which take no column of a terminal."""
_CALLED: Final = {"error": ("error reply", "error replies"), "unknown": ("of an unknown endpoint",) * 2}
"""Words for bodies that are not called by the name of their endpoint: for one body, and for several."""
_PROJECT_FOLDERS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""The environment variables that name the folder of the project, on GitHub and on GitLab."""


def counted(count: int, word: str, plural: str = "") -> str:
    """Return a count and its word.

    >>> counted(1, "error"), counted(2, "error"), counted(2, "body", "bodies")
    ('1 error', '2 errors', '2 bodies')
    """
    return f"{number(count)} {word if count == 1 else plural or word + 's'}"


def counts_line(summary: Summary, found: str = "") -> str:
    """Return everything that was counted in one line: what was found, what was checked, and what was not.

    Args:
        summary: the counts over all bodies.
        found: what was found, as `headline` returns it; by default, the findings by severity.
    """
    interrupted = "interrupted: " if summary.interrupted else ""
    return f"{interrupted}{'; '.join((found or _listed(summary.severities), *details(summary), *_kinds(summary)))}"


def headline(files: FileCounts) -> str:
    """Return in a few words what was found, such as `8 errors and 1 warning in 3 of 120 files`."""
    found: list[str] = []
    if files.files:
        some = f"{number(files.with_findings)} of " if files.with_findings and files.files > 1 else ""
        found.append(f"{_listed(files.inside)} in {some}{counted(files.files, 'file')}")
    if files.across:
        found.append(f"{_listed(files.across)} across bodies")
    if files.baseline:
        found.append(f"{_listed(files.baseline)} about the baseline")
    return "; ".join(found) or "nothing was checked"


def _listed(severities: Mapping[Severity, int]) -> str:
    """Return counts by severity, such as `8 errors, 1 warning and 2 infos`."""
    *first, last = [counted(severities[one], one) for one in SEVERITIES if severities[one]] or ["no findings"]
    return f"{', '.join(first)} and {last}" if first else last


def details(summary: Summary) -> Iterator[str]:
    """Return the counts of bodies, and of what was not checked or is not shown."""
    if summary.bodies:
        some = number(summary.valid) if summary.valid < summary.bodies else "all" if summary.bodies > 1 else ""
        yield f"{counted(summary.bodies, 'response body', 'response bodies')}, {some} valid".replace("  ", " ")
    else:
        yield "no saved responses were found"
    if summary.unreadable:
        yield f"{counted(summary.unreadable, 'source')} could not be read"
    yield from passed_over(summary.skipped, summary.other_urls)
    if summary.known:
        yield f"{counted(summary.known, 'known finding')} of the baseline left out"


def passed_over(skipped: int, other_urls: int) -> Iterator[str]:
    """Return the counts of files skipped for their names and of exchanges skipped for their URLs, unless they are 0."""
    if skipped:
        yield f"{counted(skipped, 'file')} with other names skipped"
    if other_urls:
        yield f"{counted(other_urls, 'exchange')} with other URLs skipped"


def _kinds(summary: Summary) -> Iterator[str]:
    for endpoint, group in groupby(sorted(summary.kinds.items()), key=lambda kind: kind[0][0]):
        counts = {format: count for (_, format), count in group}
        formats = ", ".join(f"{number(count)} {format}" for format, count in counts.items())
        yield f"{counted(sum(counts.values()), *_CALLED.get(endpoint, (endpoint, endpoint)))} ({formats})"


def display_width(text: str) -> int:
    """Return the number of terminal columns of a text. Ideographs take two, and combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if category(one) in _MARKS else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def place_in_file(checked: Checked, problem: Problem) -> tuple[int | None, int | None]:
    """Return the line and the column of a finding in its file.

    Both are None for a body in an archive or a recording, whose lines are not the lines of the file.
    """
    if checked.inner and not checked.in_file:
        return None, None
    return problem.line, problem.column


def message_inside(checked: Checked, problem: Problem) -> str:
    """Return the message for formats that can only name files. If the body is inside a file, the message says where."""
    if not checked.inner or checked.in_file:
        return message_of(problem)
    line = f", line {problem.line}" if problem.line else ""
    return f"{message_of(problem)} in {escape(checked.inner)}{line}"


def path_of(file: str) -> str:
    """Return a path with slashes, without a leading `./` and without API keys.

    In a job of GitHub or GitLab it is relative to the folder of the project.

    >>> path_of("./dumps//a.json")
    'dumps/a.json'
    """
    if is_url(file):
        return masked(file)
    projects = _project_folders(tuple(map(os.environ.get, _PROJECT_FOLDERS))) if file != STDIN else ()
    if projects:
        full = absolute(file)
        folder, name = os.path.split(full)
        for project in projects:
            for place in (full, os.path.join(_realpath(folder), name)):  # noqa: PTH118 - see uri_of
                if place.startswith(f"{project.rstrip(os.sep)}{os.sep}"):
                    return masked(PurePath(place).relative_to(project).as_posix())
    return masked(PurePath(file).as_posix())


@lru_cache(maxsize=256)
def _realpath(folder: str) -> str:
    return os.path.realpath(folder)


@lru_cache(maxsize=4)
def _project_folders(values: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return the folders of the project, each as it is given and with symbolic links resolved."""
    return tuple(folder for value in values if value for folder in (absolute(value), os.path.realpath(value)))


def uri_of(file: str) -> str:
    """Return the URI reference of a file, relative for a relative path.

    >>> uri_of("./a b/100%.json"), uri_of("/tmp/a.json"), uri_of("s3://bucket/a b.json")
    ('a%20b/100%25.json', 'file:///tmp/a.json', 's3://bucket/a%20b.json')
    """
    path = path_of(file)
    if is_url(file):
        return quote_from_bytes(_encode(path), safe="/:%" if file.startswith("http") else "/:")
    if not os.path.isabs(path):  # noqa: PTH117 - a Path is ten times slower, and there are many files
        return quote_from_bytes(_encode(path), safe="/")
    encoded = quote_from_bytes(_encode(path), safe="/:")  # the colon of a drive
    return f"file://{'' if encoded.startswith('/') else '/'}{encoded}"


def _encode(name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")  # the bytes of the operating system
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
