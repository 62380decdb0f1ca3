"""How a finding and the counts read: the sentences that several output formats share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath
from typing import Final
from urllib.parse import quote_from_bytes

from ...files.paths import absolute
from ...problems import Problem, escape, message_of
from ...sources.source import STDIN
from ..report import Checked, Summary

__all__ = ["counted", "counts_line", "message_inside", "path_of", "place_in_file", "unicode_of", "uri_of"]


def message_inside(checked: Checked, problem: Problem) -> str:
    """Write what was found for a place that is a file: what stands inside of it is told in words."""
    if not checked.inner or checked.in_file:
        return message_of(problem)
    line = f", line {problem.line}" if problem.line else ""
    return f"{message_of(problem)} in {escape(checked.inner)}{line}"


def counts_line(summary: Summary) -> str:
    """Write the counts over all bodies in one line."""
    interrupted = "interrupted: " if summary.interrupted else ""
    unreadable = f", {summary.unreadable} not readable" if summary.unreadable else ""
    infos = f", {counted(summary.severities['info'], 'info')}" if summary.severities["info"] else ""
    found = ", ".join(counted(summary.severities[one], one) for one in ("error", "warning"))
    known = f", {summary.known} known" if summary.known else ""
    kinds = "".join(f"; {part}" for part in _kinds(summary))
    bodies = counted(summary.bodies, "body", "bodies")
    return f"{interrupted}{bodies} checked, {summary.sound} sound{unreadable}, {found}{infos}{known}{kinds}"


def counted(count: int, word: str, plural: str = "") -> str:
    """Write a count and its word.

    >>> counted(1, "error"), counted(2, "error"), counted(2, "body", "bodies")
    ('1 error', '2 errors', '2 bodies')
    """
    return f"{count} {word if count == 1 else plural or word + 's'}"


def _kinds(summary: Summary) -> Iterator[str]:
    for endpoint, group in groupby(sorted(summary.kinds.items()), key=lambda kind: kind[0][0]):
        counts = {format: count for (_, format), count in group}
        formats = ", ".join(f"{count} {format}" for format, count in counts.items())
        yield f"{sum(counts.values())} {endpoint} ({formats})"


_TOPS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""What GitHub and GitLab call the folder of the project."""


def unicode_of(name: str) -> str:
    r"""Give a name as text that every reader of JSON takes: bytes that are no characters are written `\udcff`."""
    return name.encode("utf-8", "backslashreplace").decode()


def path_of(file: str) -> str:
    """Give a path with slashes, without `./` before it; in a job of GitHub or GitLab that from the top of the project.

    >>> path_of("./dumps//a.json")
    'dumps/a.json'
    """
    tops = _tops(tuple(map(os.environ.get, _TOPS))) if file != STDIN else ()
    if tops:
        full = absolute(file)
        folder, name = os.path.split(full)
        for top in tops:
            for place in (full, os.path.join(_real(folder), name)):  # noqa: PTH118 - see uri_of
                if place.startswith(f"{top.rstrip(os.sep)}{os.sep}"):
                    return PurePath(place).relative_to(top).as_posix()
    return PurePath(file).as_posix()


@lru_cache(maxsize=256)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


@lru_cache(maxsize=4)
def _tops(given: tuple[str | None, ...]) -> tuple[str, ...]:
    """Give the folders that a project begins at, by whatever name they are called."""
    return tuple(place for top in given if top for place in (absolute(top), os.path.realpath(top)))


def uri_of(file: str) -> str:
    """Give the URI reference of a file: relative for a relative path, every other character percent-encoded.

    >>> uri_of("./a b/100%.json"), uri_of("/tmp/a.json")
    ('a%20b/100%25.json', 'file:///tmp/a.json')
    """
    path = path_of(file)
    encoded = quote_from_bytes(_bytes(path), safe="/")
    if not os.path.isabs(path):  # noqa: PTH117 - a Path takes ten times as long, and there are many files
        return encoded
    return f"file://{'' if encoded.startswith('/') else '/'}{encoded}"


def _bytes(name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")  # as the operating system spells it
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def place_in_file(checked: Checked, problem: Problem) -> tuple[int | None, int | None]:
    """Tell the line and column of a finding in the file itself: None for what stands in a body inside of it."""
    if checked.inner and not checked.in_file:
        return None, None
    return problem.line, problem.column
