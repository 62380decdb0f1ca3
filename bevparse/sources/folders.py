"""Files, folders and patterns on disk: the sources that the paths of a run name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import DecodeError, SourceError, reason
from ..files.paths import fits, is_glob, slashed
from ..problems import Problem, rules
from .attachments import SUFFIX, paths_next_to
from .locations import container_of
from .search import Search
from .source import Source, refused

__all__ = ["on_disk"]


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
            hint = f"pass {container}, or show the body with bevparse convert LOCATION --to json"
            failure = f"expected a file, got a location inside a file; {hint}"
            yield _unreadable(Source(path, named=True), failure)
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _Walk(search).sources(path)
    else:
        yield search.source(path, status.st_size, named=True)


def _unreadable(source: Source, failure: str) -> Source:
    return refused(source, SourceError(source.file, failure))


def _by_pattern(pattern: str, search: Search) -> Iterator[Source]:
    """Walk the folder that a pattern begins with. Files that match are read, and folders that match are searched."""
    steps = pattern.split("/")
    fixed = "/".join(steps[: next(index for index, step in enumerate(steps) if is_glob(step))])
    top = fixed or ("/" if pattern.startswith("/") else ".")
    found = False
    for source in _PatternWalk(search, pattern).sources(top):
        found = found or not source.skipped
        yield replace(source, file=source.file.removeprefix("./"))
    if not found:
        yield _unreadable(Source(pattern, named=True), "no file matches this pattern")


class _Walk:
    """A walk of a folder of any depth in sorted order, in which no folder is walked twice."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._attached: set[str] = set()
        """The paths of files that a HAR names: they are parts of it."""

    def enters(self, folder: str) -> bool:
        """Return whether a folder is searched."""
        return not self.search.excludes(folder)

    def takes(self, file: str) -> bool:
        """Return whether a file is read."""
        return self.search.wants(file)

    def passes_over(self, file: str) -> bool:
        """Return whether a file that is not read counts as skipped."""
        return self.search.passes_over(file)

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
            elif found.path in self._attached:
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
                self._attached.update(paths_next_to(entry.path))
        return iter(found)

    def _in_folder(self, entry: os.DirEntry[str], walked: list[str]) -> Iterator[os.DirEntry[str] | Source]:
        """Return what is in a folder, or where a link leads; nothing for a folder that is excluded or walked anyway."""
        target = _with_separator(entry.path) if entry.is_symlink() else ""
        if target.startswith(tuple(walked)) or not self.enters(entry.path):
            return iter(())
        if not target:
            return self._entries(entry.path)
        if not self.search.follow_links:
            return iter([_leads_outside(entry)])
        walked.append(target)
        return self._entries(entry.path)


class _PatternWalk(_Walk):
    """A walk in which only files that match a pattern are read, and those in folders that match it."""

    def __init__(self, search: Search, pattern: str) -> None:
        super().__init__(search)
        self._pattern = pattern
        self._below = f"{pattern}/**"
        self._depth = sys.maxsize if "**" in pattern else pattern.count("/")

    def enters(self, folder: str) -> bool:
        near = folder.removeprefix("./").count("/") < self._depth
        return (near or fits(self._pattern, folder) or fits(self._below, folder)) and super().enters(folder)

    def takes(self, file: str) -> bool:
        matched = fits(self._pattern, file) and not self.search.excludes(file)
        return matched or (fits(self._below, file) and super().takes(file))

    def passes_over(self, file: str) -> bool:
        return fits(self._below, file) and super().passes_over(file)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link to one."""
    if entry.is_symlink():
        return os.path.isdir(entry.path)  # noqa: PTH112 - see on_disk
    return entry.is_dir(follow_symlinks=False)


def _with_separator(folder: str) -> str:
    """Return the real path of a folder with a separator at the end, as the real paths of its files begin."""
    return os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - a Path has no separator at the end


def _stays(entry: os.DirEntry[str], inside: str) -> bool:
    """Return whether a file is not a link, or is a link that leads into a folder or nowhere."""
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
    """Return False for pipes, devices and links to folders. A broken link is reported when it is read."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0
