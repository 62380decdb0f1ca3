"""Which files in folders, stores and archives are read, and within which limits."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final

from .. import formats
from ..files import is_draft_of
from ..files.compression import Budget
from ..files.paths import body_suffix, matches
from ..limits import DEFAULT_LIMITS, Limits
from ..stores import StorePath
from .containers import BODIES, SUFFIXES, may_hold_files
from .source import Source

__all__ = ["ANYTHING", "Search"]

_HIDDEN: Final = tuple(f"/{suffix}" for suffix in BODIES)


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
    """The limits on what is read. In a run, they are those of its settings."""

    def within(self, limits: Limits) -> Search:
        """Return the same search with the limits of a run.

        Raises:
            ValueError: the search has other limits of its own.
        """
        if self.limits not in (DEFAULT_LIMITS, limits):
            raise ValueError("expected limits in the settings of a run only, got other limits in its Search")
        return replace(self, limits=limits)

    def source(self, place: str | StorePath, size: int = 0, *, named: bool = False) -> Source:
        """Return the source of a file or of an object in a store, with the limits and URL patterns of this search."""
        return Source(
            os.fspath(place),
            size=size,
            named=named,
            budget=Budget(self.limits),
            url_patterns=self.url_patterns,
            stored=place if isinstance(place, StorePath) else None,
        )

    def wants(self, path: str) -> bool:
        """Return whether a file that was found is to be read."""
        if self.excludes(path):
            return False
        archive = path.rpartition("!/")[0]
        if self.include and not any(matches(pattern, archive) for pattern in self.include if archive):
            return may_hold_files(path) or any(matches(pattern, path) for pattern in self.include)
        if path.endswith(BODIES) and not path.endswith(_HIDDEN):
            return True
        suffix = body_suffix(path)
        return suffix in SUFFIXES or formats.of_suffix(suffix) is not None

    def passes_over(self, path: str) -> bool:
        """Return whether a file that is not wanted counts as skipped: no pattern excludes it, and it is not hidden."""
        return not (self.include or self.excludes(path) or path.rpartition("/")[2].startswith("."))

    def excludes(self, path: str) -> bool:
        """Return whether a file or folder is left out: by a pattern, as an output, or as file attributes of macOS."""
        if "__MACOSX/" in path or path.rpartition("/")[2].startswith("._"):  # attributes of files on macOS
            return True
        if self.skip:
            real = os.path.realpath(path)
            if real in self.skip or any(is_draft_of(real, target) for target in self.skip):
                return True
        inward = "/" if "!/" in path else ""  # a folder on disk is excluded once, one in an archive file by file
        return any(matches(pattern + inward, path) for pattern in self.exclude)


ANYTHING: Final = Search()
"""All files with a suffix of bodies or containers."""
