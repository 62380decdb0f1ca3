"""Where bodies come from: one module for each kind of container, behind two small protocols.

An **archive** is gone through as a stream, and gives sources that are read later: `zips.py`, `tars.py`, `warc.py` and
`jsonlines.py`. A **recording** is one document that holds exchanges with the service: `har.py` and `cassettes.py`; what
was only found beside answers may also be a report of an earlier run, which holds none: `reports.py`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol, cast

from ..errors import DecodeError, SourceError, reason
from ..files import unzip
from ..files.compression import DAMAGE, MAGIC, Readable, decompressed
from ..files.paths import body_suffix, is_glob
from ..limits import DEFAULT_LIMITS, Limits
from ..problems import Problem, escape, rules
from . import cassettes, har, jsonlines, tars, warc, zips
from . import signatures as reports
from .folders import ANYTHING, BODIES, Search, container_of, from_pipe, on_disk, standard_input, wanted
from .signatures import may_be_answer
from .source import Source, Takes, body_of_records, refused

__all__ = [
    "ANYTHING",
    "Archive",
    "Recording",
    "Search",
    "Source",
    "body_of_records",
    "container_of",
    "find_files",
    "holds_lines",
    "is_container",
    "may_be_body",
    "named_source",
    "open_source",
    "recording_of",
    "refused",
    "sources_at",
]


class Archive(Protocol):
    """What a module must have to be a container that is gone through as a stream."""

    SUFFIXES: tuple[str, ...]
    """Endings of file names, in lower case, without that of the compression."""

    def holds(self, data: bytes) -> bool:
        """Tell whether data is such an archive; asked where there is no name that tells."""
        ...

    def members(self, source: Source, stream: Readable, limits: Limits, takes: Takes = ...) -> Iterator[Source]:
        """Give what is in it, one by one; of an archive of files those whose whole name is taken.

        Raises:
            DecodeError: it is not well-formed, or passes a limit.
            OSError: it cannot be read.
        """
        ...


class Recording(Protocol):
    """What a module must have to be a document that holds exchanges with the service."""

    SUFFIXES: tuple[str, ...]
    """Endings of file names, in lower case."""

    def holds(self, head: bytes) -> bool:
        """Tell whether data that begins so is such a document, whatever its name."""
        ...

    def members(self, source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
        """Give the answers of the service, and what is wrong with the requests.

        Raises:
            DecodeError: it is not well-formed, or passes a limit.
        """
        ...


_ARCHIVES: Final[tuple[Archive, ...]] = (jsonlines, tars, warc, zips)
_RECORDINGS: Final[tuple[Recording, ...]] = (cassettes, har)
_NESTING: Final[frozenset[object]] = frozenset((tars, zips))
_SHORT: Final = {".tgz": ".tar.gz", ".tbz2": ".tar.bz2", ".txz": ".tar.xz", ".tzst": ".tar.zst"}
_HEAD: Final = 512


def find_files(paths: Iterable[str], search: Search, limits: Limits) -> Iterator[Source]:
    """Find the files that paths stand for: themselves, what is in folders (sorted), and what fits a pattern.

    Args:
        paths: files, folders (searched to the bottom), patterns, or "-" for standard input.
        search: what is looked at in folders.
        limits: bounds on what comes over standard input and pipes.

    Returns:
        Sources of which none has been read, but for pipes; nothing is raised for what cannot be read.
    """
    for path in paths:
        if path == "-":
            yield _unpacked(standard_input(limits), limits)
        else:
            yield from (_unpacked(from_pipe(source, limits), limits) for source in on_disk(path, search))


def named_source(path: str, limits: Limits) -> Source:
    """Give the source that a path names: a file, with "-" standard input, or a place inside a file."""
    if path == "-":
        return _unpacked(standard_input(limits), limits)
    if container_of(path):
        found = sources_at(path, limits)
        first = next(found)  # it may be a remark about the request that the body answers
        return first if first.outcome == "body" else next((one for one in found if one.outcome == "body"), first)
    return _unpacked(from_pipe(Source(path, named=True), limits), limits)


def sources_at(place: str, limits: Limits) -> Iterator[Source]:
    """Give what stands at a place inside a file, spelled as findings spell it, or else what is wrong there."""
    found = False
    holder = Source(cast(str, container_of(place)), named=True)
    for member in _members_at(holder, place, limits):
        name = escape(member.name)
        if _stands_at(place, member.name) or (member.outcome != "body" and _leads(name, escape(place))):
            found = True
            yield member
    if not found:
        yield refused(Source(place), SourceError(place, "expected a body at this place, got none"))


def _leads(start: str, name: str) -> bool:
    """Tell whether a name is that of a start, or of something inside it."""
    return name == start or name.startswith((f"{start}!/", f"{start}#/"))


def _stands_at(place: str, name: str) -> bool:
    """Tell whether a name is that of a place, or of one inside; places are told with what is not visible escaped."""
    return _leads(place, name) or _leads(place, escape(name))


def _members_at(holder: Source, place: str, limits: Limits) -> Iterator[Source]:
    def takes(name: str) -> bool:
        return _stands_at(place, name) or _leads(name, place) or _leads(escape(name), place)

    for member in _opened(holder, takes, limits, 0):
        try:
            opens = member.outcome == "body" and not member.alone and takes(member.name)
            data = member.read(limits) if opens else b""
            recording = recording_of(member, data) if opens else None
            yield from recording.members(member, data, limits) if recording else (member,)
        except (SourceError, DecodeError) as error:
            yield refused(member, error)


def may_be_body(path: str) -> bool:
    """Tell whether there is a file that would be looked at, found or named, and is no report of an earlier run."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a Path raises for names that are too long
            regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            head = decompressed(stream, path, DEFAULT_LIMITS).read(_HEAD) if regular else b""
    except DecodeError:
        return True
    except DAMAGE:
        return wanted(path, ANYTHING) and os.path.isfile(path)  # noqa: PTH113 - see on_disk
    if not head.strip() or reports.holds(head):
        return False
    return wanted(path, ANYTHING) or may_be_answer(head)


def is_container(path: str) -> bool:
    """Tell by its kind and name whether a path stands for several bodies."""
    source = Source(path)
    named = body_suffix(_name_of(source))
    kinds: tuple[Archive | Recording, ...] = (*_ARCHIVES, *_RECORDINGS)
    held = any(named in kind.SUFFIXES for kind in kinds)
    several = is_glob(path) and not os.path.lexists(path) and container_of(path) is None
    return held or several or os.path.isdir(path)  # noqa: PTH112 - see on_disk


def _unpacked(source: Source, limits: Limits) -> Source:
    """Decompress what has come out of a pipe without a name that tells."""
    if source.data is None:
        return source
    suffix = next((suffix for magic, suffix in MAGIC.items() if source.data.startswith(magic)), "")
    try:
        return replace(source, data=unzip(source.data, suffix, limits)) if suffix else source
    except (SourceError, DecodeError) as error:
        return refused(source, error)


def holds_lines(source: Source) -> bool:
    """Tell whether a source is JSON Lines, which is one without any record, too, when it is empty."""
    return _archive_of(source) is jsonlines


def open_source(source: Source, search: Search, limits: Limits) -> Iterator[Source]:
    """Give a source, or what is in it where it is an archive: bodies and recordings.

    Args:
        source: what was found.
        search: what is looked at in archives.
        limits: bounds on archives.
    """
    return _opened(source, lambda name: wanted(name, search), limits, 0)


def _opened(source: Source, takes: Takes, limits: Limits, depth: int) -> Iterator[Source]:
    """Open what stands in so many archives."""
    archive = _archive_of(source) if source.outcome == "body" else None
    if archive is None:
        yield source
        return
    depth += archive in _NESTING
    try:
        if depth > limits.archive_nesting:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_NESTED, limits.passed("archive_nesting", depth)))
        members = _members(archive, source, limits, takes)
        if archive not in _NESTING:
            yield from members
            return
        for member in members:
            yield from _opened(member, takes, limits, depth)
    except (SourceError, DecodeError) as error:
        yield refused(source, error)


def _members(archive: Archive, source: Source, limits: Limits, takes: Takes) -> Iterator[Source]:
    name = _name_of(source)
    try:
        if source.data is not None:
            yield from archive.members(source, decompressed(BytesIO(source.data), name, limits), limits, takes)
        else:
            with Path(source.file).open("rb") as stream:
                yield from archive.members(source, decompressed(stream, name, limits), limits, takes)
    except (SourceError, DecodeError):
        raise
    except DAMAGE as error:
        raise SourceError(source.name, f"expected a readable archive, got a fault: {reason(error)}") from None


def _name_of(source: Source) -> str:
    """Give the name of a source, with the short endings of compressed archives written out."""
    name = source.name.lower()
    short = next((short for short in _SHORT if name.endswith(short)), None)
    return name.removesuffix(short) + _SHORT[short] if short else name


def _archive_of(source: Source) -> Archive | None:
    if source.data is not None and not source.inner:  # from a pipe
        return next((archive for archive in _ARCHIVES if archive.holds(source.data)), None)
    if source.name.endswith(BODIES):
        return None
    suffix = body_suffix(_name_of(source))
    return next((archive for archive in _ARCHIVES if suffix in archive.SUFFIXES), None)


def recording_of(source: Source, data: bytes) -> Recording | None:
    """Tell what kind of recording the data of a source is, or None for a body."""
    head = data[:_HEAD]
    possible: tuple[Recording, ...] = _RECORDINGS if source.named else (*_RECORDINGS, reports)
    certain = next((one for one in possible if one.holds(head)), None)
    if certain is not None or source.name.endswith(BODIES):
        return certain
    named = body_suffix(source.name)
    return next((one for one in _RECORDINGS if named in one.SUFFIXES and source.declared is None), None)
