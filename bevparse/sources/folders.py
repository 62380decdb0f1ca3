"""Files, folders, patterns, standard input, named pipes and devices: the sources that the paths of a run name."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from .. import formats
from ..errors import DecodeError, SourceError, reason
from ..files import is_draft_of, read_stream
from ..files.compression import Budget, SourceErrors
from ..files.paths import INSIDE, body_suffix, fits, is_glob, matches, slashed
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem, rules
from ..stores import StorePath, is_url, place_of
from .attachments import SUFFIX, paths_next_to
from .containers import BODIES, SUFFIXES, may_hold_files
from .source import STDIN, Source, refused

__all__ = [
    "ANYTHING",
    "Search",
    "container_of",
    "from_pipe",
    "is_excluded",
    "is_passed_over",
    "on_disk",
    "standard_input",
    "wanted",
]

_HIDDEN: Final = tuple(f"/{suffix}" for suffix in BODIES)
_WRITER_TIMEOUT: Final = 3
"""Seconds to wait for a program that writes to a pipe."""
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Search:
    """Which files in folders and archives are read."""

    include: tuple[str, ...] = ()
    """Patterns of names to read; the default is the suffixes of bodies and containers."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and folders to skip."""
    skip: frozenset[str] = frozenset()
    """Real paths of files to skip, such as the outputs of this run."""
    url_patterns: tuple[str, ...] = ()
    """Patterns of URLs, such as those of a proxy: recorded responses to them are read like those of the service. `*`
    matches any characters."""
    follow_links: bool = False
    """Whether links in a folder that lead outside of it are followed; otherwise they are reported."""
    limits: Limits = DEFAULT_LIMITS
    """The limits on what is read; those of a run replace them."""

    def within(self, limits: Limits) -> Search:
        """Return the same search within limits."""
        return replace(self, limits=limits)

    def source(self, file: str, size: int = 0, *, named: bool = False, stored: StorePath | None = None) -> Source:
        """Return the source of a file, or of an object in a store, which is read as this search says."""
        budget = Budget(self.limits)
        return Source(file, size=size, named=named, budget=budget, url_patterns=self.url_patterns, stored=stored)


ANYTHING: Final = Search()
"""All files with a suffix of bodies or containers."""


def wanted(path: str, search: Search) -> bool:
    """Return whether a file that was found is to be read."""
    if is_excluded(path, search):
        return False
    archive = path.rpartition("!/")[0]
    if search.include and not any(matches(pattern, archive) for pattern in search.include if archive):
        return may_hold_files(path) or any(matches(pattern, path) for pattern in search.include)
    if path.endswith(BODIES) and not path.endswith(_HIDDEN):
        return True
    suffix = body_suffix(path)
    return suffix in SUFFIXES or formats.of_suffix(suffix) is not None


def is_passed_over(path: str, search: Search) -> bool:
    """Return whether a file that is not wanted is worth counting: no pattern left it out, and it is not hidden."""
    return not (search.include or is_excluded(path, search) or path.rpartition("/")[2].startswith("."))


def is_excluded(path: str, search: Search) -> bool:
    """Return whether a file or folder is left out by a pattern, is an output of this run, or has only attributes."""
    if "__MACOSX/" in path or path.rpartition("/")[2].startswith("._"):  # macOS keeps attributes of files there
        return True
    if search.skip:
        real = os.path.realpath(path)
        if real in search.skip or any(is_draft_of(real, target) for target in search.skip):
            return True
    inward = "/" if "!/" in path else ""  # a pattern excludes a folder on disk once, and in an archive file by file
    return any(matches(pattern + inward, path) for pattern in search.exclude)


def container_of(path: str) -> str | None:
    """Return the file that contains the location which a path names, or None if the whole path is a file.

    An object in a store is known by its name only.
    """
    if is_url(path):
        files = (path[: one.start()] for one in INSIDE.finditer(path))
        return next((file for file in files if wanted(os.fspath(place_of(file)), ANYTHING)), None)
    starts = reversed([*INSIDE.finditer(path)]) if not os.path.lexists(path) else ()
    return next((path[: one.start()] for one in starts if os.path.isfile(path[: one.start()])), None)  # noqa: PTH113


def on_disk(path: str, search: Search) -> Iterator[Source]:
    """Iterate over the sources that a path names: a file, the files in a folder, or those that match a pattern."""
    path = slashed(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError) as error:
        container = container_of(path)
        if container is None and is_glob(path) and isinstance(error, FileNotFoundError):
            yield from _by_pattern(path, search)
        elif container is None:
            yield _unreadable(Source(path, named=True), f"cannot read file: {reason(error)}")
        else:
            hint = f"name {container}, or show the body with bevparse convert LOCATION --to json"
            failure = f"expected a file, got a location inside one; {hint}"
            yield _unreadable(Source(path, named=True), failure)
        return
    if stat.S_ISDIR(status.st_mode):
        walk = _Walk(
            search,
            lambda folder: not is_excluded(folder, search),
            lambda file: wanted(file, search),
            lambda file: is_passed_over(file, search),
        )
        yield from walk.sources(path)
    else:
        yield search.source(path, status.st_size, named=True)


def _unreadable(source: Source, failure: str) -> Source:
    return refused(source, SourceError(source.file, failure))


def _by_pattern(pattern: str, search: Search) -> Iterator[Source]:
    """Walk the folder that a pattern begins with; files that match are read, folders that match are searched."""
    steps = pattern.split("/")
    fixed = "/".join(steps[: next(index for index, step in enumerate(steps) if is_glob(step))])
    top = fixed or ("/" if pattern.startswith("/") else ".")
    below, deep = f"{pattern}/**", "**" in pattern

    def enters(path: str) -> bool:
        near = deep or path.removeprefix("./").count("/") < pattern.count("/")
        return (near or fits(pattern, path) or fits(below, path)) and not is_excluded(path, search)

    def takes(path: str) -> bool:
        matched = fits(pattern, path) and not is_excluded(path, search)
        return matched or (fits(below, path) and wanted(path, search))

    def passes_over(path: str) -> bool:
        return fits(below, path) and is_passed_over(path, search)

    found = False
    for source in _Walk(search, enters, takes, passes_over).sources(top):
        found = found or not source.skipped
        yield replace(source, file=source.file.removeprefix("./"))
    if not found:
        yield _unreadable(Source(pattern, named=True), "no file matches this pattern")


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk of a folder of any depth in sorted order, in which no folder is walked twice."""

    search: Search
    enters: Callable[[str], bool]
    """Returns whether a folder is searched."""
    takes: Callable[[str], bool]
    """Returns whether a file is read."""
    passes_over: Callable[[str], bool]
    """Returns whether a file that is not read counts as skipped."""
    attached: set[str] = field(default_factory=set[str])
    """The paths of files that a HAR names: they are parts of it."""

    def sources(self, top: str) -> Iterator[Source]:
        """Iterate over the files in a folder, and the links in it that lead outside."""
        skipped = 0
        walked = [_with_separator(top)]
        open_folders = [self._entries(top)]
        while open_folders:
            found = next(open_folders[-1], None)
            if found is None:
                open_folders.pop()
            elif isinstance(found, Source):
                yield found
            elif _is_folder(found):
                open_folders.append(self._in_folder(found, walked))
            elif found.path in self.attached:
                continue
            elif self.takes(found.path):
                if _may_be_file(found):
                    is_read = self.search.follow_links or _stays(found, walked[0])
                    yield self.search.source(found.path, _size(found)) if is_read else _leads_outside(found)
            elif found.is_file(follow_symlinks=False) and self.passes_over(found.path):
                skipped += 1
        if skipped:
            yield Source(top, outcome="notice", skipped=skipped)

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str] | Source]:
        """Return what is in a folder, and note which files are parts of a HAR in it."""
        found = [*_entries(folder)]
        sessions = (one for one in found if not isinstance(one, Source) and one.name.lower().endswith(SUFFIX))
        for entry in sessions:
            if entry.is_file(follow_symlinks=False) and self.takes(entry.path):
                self.attached.update(paths_next_to(entry.path))
        return iter(found)

    def _in_folder(self, entry: os.DirEntry[str], walked: list[str]) -> Iterator[os.DirEntry[str] | Source]:
        """Return what is in a folder, or in one that a link leads to, unless it is searched anyway or not at all."""
        target = _with_separator(entry.path) if entry.is_symlink() else ""
        if target.startswith(tuple(walked)) or not self.enters(entry.path):
            return iter(())
        if not target:
            return self._entries(entry.path)
        if not self.search.follow_links:
            return iter([_leads_outside(entry)])
        walked.append(target)
        return self._entries(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link to one."""
    if entry.is_symlink():
        return os.path.isdir(entry.path)  # noqa: PTH112 - see on_disk
    return entry.is_dir(follow_symlinks=False)


def _with_separator(folder: str) -> str:
    """Return the real path of a folder, as the paths of what is in it begin."""
    return os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - a Path has no separator at the end


def _stays(entry: os.DirEntry[str], inside: str) -> bool:
    """Return whether a file is in a folder, also if it is a link, or is a link that leads nowhere."""
    if not entry.is_symlink() or os.path.realpath(entry.path).startswith(inside):
        return True
    return not Path(entry.path).exists()


def _leads_outside(entry: os.DirEntry[str]) -> Source:
    message = "link leads outside of the folder; --follow-links follows it"
    return refused(Source(entry.path), DecodeError(Problem.of(rules.LINK_OUTSIDE, message)))


def _entries(folder: str) -> Iterator[os.DirEntry[str] | Source]:
    try:
        # With a slash at the end, the paths of the entries have slashes on Windows, too.
        with os.scandir(folder if folder.endswith("/") else f"{folder}/") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(Source(folder), f"cannot read folder: {reason(error)}")
        return
    yield from found


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    """Return False for pipes, devices and links to folders; a broken link is reported when it is read."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0


def standard_input(search: Search) -> Source:
    """Return standard input as a source, read to its end."""
    source = search.source(STDIN, named=True)
    stream: object = sys.stdin  # None if the parent process has closed it
    if stream is None:
        return _unreadable(source, "standard input is closed")
    return _loaded(source, lambda: read_stream(sys.stdin.buffer, search.limits), "cannot read standard input")


def from_pipe(source: Source) -> Source:
    """Return a source that is a pipe or a device with its data; return any other source unchanged."""
    limits = source.budget.limits
    mode = _mode(source.file) if source.named and source.outcome == "body" else 0
    if stat.S_ISFIFO(mode) and hasattr(os, "mkfifo"):  # a pipe of Windows is read like a device
        return _loaded(source, lambda: _read_pipe(source.file, limits), "cannot read pipe")
    if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
        return _loaded(source, lambda: _read_device(source.file, limits), "cannot read device")
    return source


def _loaded(source: Source, read: Callable[[], bytes], failure: str) -> Source:
    try:
        with SourceErrors(source.file, failure):
            data = read()
    except (SourceError, DecodeError) as error:
        return refused(source, error)
    return replace(source, data=data, size=len(data), budget=Budget(source.budget.limits, len(data)))


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - a Path raises for names that are too long
    except (OSError, ValueError):
        return 0  # reported when the file is read


def _read_device(path: str, limits: Limits) -> bytes:
    with Path(path).open("rb") as stream:
        return read_stream(stream, limits)


def _read_pipe(path: str, limits: Limits) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        first = _first_bytes(handle)
        os.set_blocking(handle, True)
        return first + read_stream(stream, limits)


def _first_bytes(handle: int) -> bytes:
    """Wait for a writer, and return its first bytes, or none if it is connected and has not written yet."""
    end = time.monotonic() + _WRITER_TIMEOUT
    while time.monotonic() < end:
        try:
            if data := os.read(handle, 2**16):
                return data
        except BlockingIOError:
            return b""
        if _has_hung_up(handle):
            return b""
        time.sleep(_PAUSE)
    raise OSError("no program writes to it")


def _has_hung_up(handle: int) -> bool:
    """Return whether a writer was connected and has closed the pipe."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))
