"""Objects in stores: those that a URL names, and their content, which is fetched before it is needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from ..errors import DecodeError, SourceError
from ..files.compression import SourceErrors
from ..files.paths import fits, is_glob
from ..limits import DEFAULT_LIMITS
from ..stores import StorePath
from .attachments import SUFFIX, is_digest_name, names_of
from .search import Search
from .source import Source, refused

__all__ = ["SMALL", "fetched", "fetched_sources", "in_store"]

Owner = TypeVar("Owner")
T = TypeVar("T")
SMALL: Final = 2**20
"""The most bytes of an object that is fetched before it is needed."""
_THREADS: Final = 16
_AHEAD: Final = 64
"""The most objects that are fetched, or being fetched, before they are needed."""
_MOST_HELD: Final = 2**24
"""The maximum number of bytes of such objects."""


def in_store(place: StorePath, search: Search) -> Iterator[Source]:
    """Iterate over the objects that a URL names: one object, all below a prefix, or those that match a pattern."""
    try:
        with SourceErrors(place.name, "cannot read store"):
            yield from _sources(place, search)
    except (SourceError, DecodeError) as error:
        yield refused(Source(place.name, named=True), error)


def _sources(place: StorePath, search: Search) -> Iterator[Source]:
    pattern = place.name if is_glob(place.key) else ""
    skipped, found = 0, False
    folders, attachments = _Folders(place.name, search), _Attachments()
    for one in _without_pattern(place).walk():
        size = one.size or 0
        matched = bool(pattern) and fits(pattern, one.name)
        if one.key == place.key:
            found = True
            yield search.source(one, size, named=True)
        elif pattern and not (matched or fits(f"{pattern}/**", one.name)):
            continue
        elif folders.exclude(one.name):
            found = found or not pattern
        elif search.wants(one.name) or (matched and size and not search.excludes(one.name)):
            found = True
            source = search.source(one, size)
            if not attachments.may_be(source):
                yield source
        else:
            found = found or not pattern
            skipped += size > 0 and search.passes_over(one.name)  # an empty object may only mark a folder
    yield from attachments.others()
    if not found:
        failure = "no object matches this pattern" if pattern else "there is no such object, and none below it"
        raise SourceError(place.name, failure)
    if skipped:
        yield Source(place.name, outcome="notice", skipped=skipped)


def _without_pattern(place: StorePath) -> StorePath:
    """Return the folder before the first step of a pattern that has a wildcard. Without wildcards, return the place."""
    if not is_glob(place.key):
        return place
    steps = place.key.split("/")
    fixed = "".join(f"{step}/" for step in steps[: next(i for i, step in enumerate(steps) if is_glob(step))])
    return place.at(fixed, f"{place.name.removesuffix(place.key)}{fixed}")


class _Attachments:
    """Objects that may be attached to a HAR, by their names. They are held until all HAR files are known."""

    def __init__(self) -> None:
        self._held: list[Source] = []
        self._recordings: list[StorePath] = []

    def may_be(self, source: Source) -> bool:
        """Hold an object that may be attached to a HAR, and return whether it is held. Note the HAR files."""
        if source.stored and source.file.lower().endswith(SUFFIX):
            self._recordings.append(source.stored)
        if not is_digest_name(source.file) or len(self._held) == DEFAULT_LIMITS.archive_members:
            return False
        self._held.append(source)
        return True

    def others(self) -> Iterator[Source]:
        """Return the held objects that no HAR names."""
        attached: set[str] = set()
        for recording in self._recordings if self._held else ():
            with suppress(OSError), recording.open() as stream:  # reported when the HAR is read
                attached.update(recording.sibling(name).name for name in names_of(stream.read(DEFAULT_LIMITS.body)))
        yield from (source for source in self._held if source.file not in attached)


class _Folders:
    """The folders below a prefix, which patterns may exclude with everything in them."""

    def __init__(self, top: str, search: Search) -> None:
        self._top = top.rstrip("/")
        self._search = search
        self._last = ("", False)
        """The last folder, and whether it is excluded: objects are listed in order."""

    def exclude(self, name: str) -> bool:
        """Return whether an object is in a folder that is excluded."""
        folder = name.rpartition("/")[0]
        if self._search.exclude and folder != self._last[0]:
            self._last = (folder, any(map(self._search.excludes, self._above(folder))))
        return self._last[1]

    def _above(self, folder: str) -> Iterator[str]:
        while len(folder) > len(self._top):
            yield folder
            folder = folder.rpartition("/")[0]


def fetched(items: Iterable[tuple[Owner, Source | T]], most: int = SMALL) -> Iterator[tuple[Owner, Source | T]]:
    """Iterate over items. Small objects in stores get their content, which threads fetch before it is needed.

    Args:
        items: sources and other items, each with any value, which is returned with it. Other items are unchanged.
        most: the maximum size in bytes of an object to fetch, if other processes cannot open its store.
    """
    waiting: deque[tuple[Owner, _Waiting[T]]] = deque()
    held = 0
    with ExitStack() as stack:
        threads: ThreadPoolExecutor | None = None
        for owner, item in items:
            stored = item.stored if isinstance(item, Source) else None
            size = _size_to_fetch(stored, most) if stored else 0
            if isinstance(item, Source) and stored and size:
                if threads is None:
                    threads = ThreadPoolExecutor(_THREADS)
                    stack.callback(threads.shutdown, wait=False, cancel_futures=True)
                future = threads.submit(_with_content, item, stored, max(size, SMALL))
                waiting.append((owner, _Waiting(item, future, size)))
                held += size
            else:
                waiting.append((owner, _Waiting(item)))
            while waiting and (waiting[0][1].is_ready() or len(waiting) > _AHEAD or held > _MOST_HELD):
                first, one = waiting.popleft()
                held -= one.size
                yield first, one.result()
        yield from ((owner, one.result()) for owner, one in waiting)


def fetched_sources(sources: Iterable[Source]) -> Iterator[Source]:
    """Iterate over sources. Small objects in stores get their content, as by `fetched`."""
    return (source for _, source in fetched((None, source) for source in sources))


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T]):
    """An item that has not been returned yet."""

    item: Source | T
    fetched: Future[Source] | None = None
    size: int = 0
    """The bytes of its content."""

    def is_ready(self) -> bool:
        return self.fetched is None or self.fetched.done()

    def result(self) -> Source | T:
        return self.item if self.fetched is None else self.fetched.result()


def _size_to_fetch(stored: StorePath, most: int) -> int:
    """Return how many bytes of an object are fetched before it is needed; 0 if it is read only then."""
    size = SMALL if stored.size is None else stored.size
    return size if size <= (SMALL if stored.store.is_shared else most) else 0


def _with_content(source: Source, stored: StorePath, most: int) -> Source:
    try:
        with SourceErrors(source.file, "cannot read file"):
            return replace(source, stored=stored.fetched(most))
    except (SourceError, DecodeError) as error:
        return refused(source, error)
