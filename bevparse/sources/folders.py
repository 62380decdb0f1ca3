"""Files, folders, patterns and standard input: what the paths of a run stand for."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .. import formats
from ..errors import DecodeError, SourceError, reason
from ..files import is_draft_of, read_stream
from ..files.paths import INSIDE, body_suffix, fits, is_glob, matches
from ..limits import Limits
from .source import STDIN, Source, refused

__all__ = ["ANYTHING", "BODIES", "Search", "container_of", "from_pipe", "on_disk", "standard_input", "wanted"]

BODIES: Final = (".json", ".xml", ".csv")
"""Endings of names that most bodies have, which need no longer look."""

_HIDDEN: Final = tuple(f"/{ending}" for ending in BODIES)
_ARCHIVES: Final = frozenset((".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tzst"))
_IN_FOLDERS: Final = frozenset((".jsonl", ".ndjson", ".har", ".yaml", ".yml", ".warc")) | _ARCHIVES


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked at in folders and archives."""

    include: tuple[str, ...] = ()
    """Patterns of the names to look at; without any, all names that end as those of bodies and containers do."""
    exclude: tuple[str, ...] = ()
    """Patterns of the names, of files and folders, to leave out."""
    skip: frozenset[str] = frozenset()
    """Real paths of files to leave out, such as those that a run itself writes."""


ANYTHING: Final = Search()
"""All that is named as bodies and containers are."""


def _excluded(path: str, search: Search) -> bool:
    if search.skip and _is_written(os.path.realpath(path), search.skip):
        return True
    inward = "/" if "!/" in path else ""  # folders on disk are not walked, those in archives come file by file
    return any(matches(pattern + inward, path) for pattern in search.exclude)


def _is_written(path: str, written: frozenset[str]) -> bool:
    return path in written or any(is_draft_of(path, target) for target in written)


def wanted(path: str, search: Search) -> bool:
    """Tell whether a file that was found is to be looked at."""
    if _excluded(path, search) or "__MACOSX/" in path:
        return False
    archive = path.rpartition("!/")[0]
    if search.include and not any(matches(pattern, archive) for pattern in search.include if archive):
        return _is_archive(path) or any(matches(pattern, path) for pattern in search.include)
    if path.endswith(BODIES) and not path.endswith(_HIDDEN):
        return True
    suffix = body_suffix(path)
    return suffix in _IN_FOLDERS or formats.of_suffix(suffix) is not None


def _is_archive(path: str) -> bool:
    """Tell whether something that is asked for may be in a file."""
    return body_suffix(path) in _ARCHIVES


def standard_input(limits: Limits) -> Source:
    """Read standard input."""
    source = Source(STDIN, named=True)
    stream: object = sys.stdin  # None where whoever started us has closed it
    if stream is None:
        return refused(source, SourceError(STDIN, "expected standard input, got none"))
    try:
        data = read_stream(sys.stdin.buffer, limits)
    except DecodeError as error:
        return refused(source, error)
    except OSError as error:
        return refused(source, SourceError(STDIN, f"expected readable input, got a fault: {reason(error)}"))
    return Source(STDIN, data=data, size=len(data), named=True)


def on_disk(path: str, search: Search) -> Iterator[Source]:
    """Find what a path stands for: a file, what is in a folder, or, if there is no such file, what fits a pattern."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError) as error:
        holder = container_of(path)
        if holder is None and is_glob(path) and isinstance(error, FileNotFoundError):
            yield from _by_pattern(path, search)
            return
        inside = f"expected a file, got a place inside one; name {holder}" if holder else ""
        fault = inside or f"expected a readable file, got a fault: {reason(error)}"
        yield refused(Source(path, named=True), SourceError(path, fault))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _in_folder(path, search)
    else:
        yield Source(path, size=status.st_size, named=True)


def container_of(path: str) -> str | None:
    """Give the file that a path leads inside as places do, unless there is a file of the whole name."""
    ways = reversed([*INSIDE.finditer(path)]) if not os.path.lexists(path) else ()
    return next((path[: way.start()] for way in ways if os.path.isfile(path[: way.start()])), None)  # noqa: PTH113


def _in_folder(top: str, search: Search) -> Iterator[Source]:
    return _walk(top, lambda path: not _excluded(path, search), lambda path: wanted(path, search))


def _by_pattern(pattern: str, search: Search) -> Iterator[Source]:
    """Walk the folder that a pattern begins with; files that fit are taken, folders that fit are searched."""
    steps = pattern.split("/")
    plain = "/".join(steps[: next(index for index, step in enumerate(steps) if is_glob(step))])
    top = plain or ("/" if pattern.startswith("/") else ".")
    below, deep = f"{pattern}/**", "**" in pattern

    def into(path: str) -> bool:
        near = deep or path.removeprefix("./").count("/") < pattern.count("/")
        return (near or fits(pattern, path) or fits(below, path)) and not _excluded(path, search)

    def take(path: str) -> bool:
        named = fits(pattern, path) and not _excluded(path, search)
        return named or (fits(below, path) and wanted(path, search))

    found = False
    for source in _walk(top, into, take):
        found = True
        yield replace(source, file=source.file.removeprefix("./"))
    if not found:
        yield refused(Source(pattern, named=True), SourceError(pattern, "expected files of this pattern, got none"))


def _walk(top: str, into: Callable[[str], bool], take: Callable[[str], bool]) -> Iterator[Source]:
    """Walk a folder of any depth in sorted order; links to folders are not followed, so that none is walked twice."""
    waiting = [_entries(top)]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
        elif isinstance(found, Source):
            yield found
        elif found.is_dir(follow_symlinks=False):
            if into(found.path):
                waiting.append(_entries(found.path))
        elif take(found.path) and _may_be_file(found):
            yield Source(found.path, size=_size(found))


def _entries(folder: str) -> Iterator[os.DirEntry[str] | Source]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        fault = f"expected a readable folder, got a fault: {reason(error)}"
        yield refused(Source(folder), SourceError(folder, fault))
        return
    yield from found


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Leave out pipes, devices and links to folders; what cannot be told is said when it is read."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0


_PATIENCE: Final = 3
"""Seconds to wait for somebody who writes."""

_PAUSE: Final = 0.02


def from_pipe(source: Source, limits: Limits) -> Source:
    """Read a source that is a pipe or a device, and give any other as it is."""
    mode = _mode(source.file) if source.named and source.outcome == "body" else 0
    try:
        if stat.S_ISFIFO(mode):
            data = _from_writer(source.file, limits)
        elif stat.S_ISCHR(mode):
            with Path(source.file).open("rb") as stream:
                data = read_stream(stream, limits)
        else:
            return source
    except DecodeError as error:
        return refused(source, error)
    except OSError as error:
        return refused(source, SourceError(source.file, f"expected a readable pipe, got a fault: {reason(error)}"))
    return replace(source, data=data, size=len(data))


def _from_writer(path: str, limits: Limits) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        first = _first(handle)
        os.set_blocking(handle, True)
        return first + read_stream(stream, limits)


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError):
        return 0  # whoever reads it says what is wrong


def _has_ended(handle: int) -> bool:
    """Tell whether somebody has written, and gone."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _first(handle: int) -> bytes:
    """Read the first bytes, as soon as somebody writes."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            if data := os.read(handle, 2**16):
                return data
        except BlockingIOError:
            return b""  # somebody will write
        if _has_ended(handle):
            return b""
        time.sleep(_PAUSE)
    raise OSError("nobody writes to it")
