"""Sources of bodies: files, folders, archives, recordings and standard input.

There are two kinds of containers, each with a small protocol in `containers.py`. A **streamed** one yields sources that
are read later: `zips.py`, `tars.py`, `warc.py` and `jsonlines.py`. A **document** is read as a whole: `har.py` and
`cassettes.py`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import chain
from typing import Final, cast

from ..errors import DecodeError, SourceError
from ..files import open_binary, read_stream
from ..files.compression import DAMAGE, SourceErrors, decompressed, suffix_of_data
from ..files.compression import SUFFIXES as COMPRESSIONS
from ..files.paths import body_suffix, is_glob
from ..limits import DEFAULT_LIMITS
from ..problems import Problem, escape, rules
from ..stores import StorePath, is_url, place_of
from . import jsonlines, reports
from .containers import HEAD, SUFFIXES, DocumentKind, StreamedKind, document_kind, may_be_response, streamed_kind
from .folders import ANYTHING, Search, container_of, from_pipe, is_passed_over, on_disk, standard_input, wanted
from .jsonlines import LineBlock
from .source import NameFilter, Source, body_of_records, refused
from .stored import fetched, fetched_sources, in_store

__all__ = [
    "ANYTHING",
    "DocumentKind",
    "LineBlock",
    "Search",
    "Source",
    "StreamedKind",
    "body_of_records",
    "container_of",
    "document_kind",
    "fetched",
    "fetched_sources",
    "find_files",
    "holds_lines",
    "is_container",
    "is_streamed",
    "may_be_body",
    "named_source",
    "open_blocks",
    "open_source",
    "refused",
    "sources_at",
    "sources_in",
]

_POSITION: Final = re.compile(r":[0-9]+(:[0-9]+)?\Z")
"""The line and the column that findings have after a location."""


def find_files(paths: Iterable[str | StorePath], search: Search) -> Iterator[Source]:
    """Iterate over the files that paths name: files, the files in folders (sorted), and those that match a pattern.

    Only standard input and pipes are read. Files that cannot be read are reported as sources, not raised.

    Args:
        paths: files, folders (searched recursively), patterns, "-" for standard input, or URLs of objects in stores.
        search: which files in folders are read, and within which limits.
    """
    for path in paths:
        yield from map(_unpacked, _found(path, search))


def _found(path: str | StorePath, search: Search) -> Iterable[Source]:
    if path == "-":
        return (standard_input(search),)
    place = place_of(path)
    if isinstance(place, StorePath):
        return in_store(place, search)
    return map(from_pipe, on_disk(place, search))


def named_source(path: str, search: Search) -> Source:
    """Return the source that a path names: a file, a location inside a file, or "-" for standard input.

    Args:
        path: the path.
        search: which recorded responses are read, and within which limits.
    """
    if path == "-":
        return _unpacked(standard_input(search))
    if container_of(path):
        found = sources_at(path, search)
        first = next(found)  # possibly only a problem of the request
        return first if first.outcome == "body" else next((one for one in found if one.outcome == "body"), first)
    return _unpacked(from_pipe(_source_at(path, search)))


def _source_at(path: str, search: Search) -> Source:
    place = place_of(path)
    if isinstance(place, StorePath):
        return search.source(place.name, named=True, stored=place)
    return search.source(place, named=True)


def _unpacked(source: Source) -> Source:
    """Return a source with its data decompressed: standard input and pipes have no suffix that gives it."""
    suffix = suffix_of_data(source.data or b"")
    if not suffix:
        return source
    limits = source.budget.limits
    try:
        with SourceErrors(source.name, "cannot decompress data"):
            data = read_stream(decompressed(BytesIO(source.data or b""), suffix, limits), limits)
    except (SourceError, DecodeError) as error:
        return refused(source, error)
    return replace(source, data=data, unpacked=True)


def sources_at(location: str, search: Search) -> Iterator[Source]:
    """Iterate over the sources at a location inside a file, as findings spell it, or report why there is none.

    Args:
        location: the file and the location inside it.
        search: which recorded responses are read, and within which limits.
    """
    found = False
    file = cast(str, container_of(location))
    inner = location[len(file) :]
    if "#/" in inner:  # an exchange that is named is read, also that of a proxy
        search = replace(search, url_patterns=(*search.url_patterns, "*/request", "*/request/*"))
    container = _source_at(file, search)
    location = container.file + inner
    for member in _members_near(container, location):
        if member.outcome != "body" and not member.problems:  # it only counts what is not read
            continue
        broken = member.outcome != "body" and _contains(escape(member.name), escape(location))
        if broken or _is_at(location, member.name):
            found = True
            yield member
    if not found:
        position = _POSITION.search(location)
        hint = f"; leave out {position[0]}, the position in the body" if position else ""
        yield refused(Source(location), SourceError(location, f"no body at this location{hint}"))


def _members_near(container: Source, location: str) -> Iterator[Source]:
    """Iterate over the members of a container; those that neither are at nor contain a location are skipped."""

    def is_wanted(name: str) -> bool:
        return _is_at(location, name) or _contains(name, location) or _contains(escape(name), location)

    for member in chain.from_iterable(map(sources_in, _opened(container, is_wanted, 0))):
        if member.outcome != "body" or not is_wanted(member.name):
            yield member
            continue
        try:
            data = member.read()
            document = document_kind(member, data)
            yield from document.members(member, data) if document else (member,)
        except (SourceError, DecodeError) as error:
            yield refused(member, error)


def _is_at(location: str, name: str) -> bool:
    """Return whether a source is at a location, or inside it; findings escape invisible characters of locations."""
    return _contains(location, name) or _contains(location, escape(name))


def _contains(container: str, name: str) -> bool:
    """Return whether a name is that of a container or of something inside it."""
    return name == container or name.startswith((f"{container}!/", f"{container}#/"))


def is_container(path: str) -> bool:
    """Return whether a path names several bodies, by its kind and name."""
    if is_url(path):
        place = place_of(path)
        return container_of(path) is None and (_is_prefix(place) or body_suffix(place) in SUFFIXES)
    several = is_glob(path) and not os.path.lexists(path) and container_of(path) is None
    return several or body_suffix(path) in SUFFIXES or os.path.isdir(path)  # noqa: PTH112 - see on_disk


def _is_prefix(place: str | StorePath) -> bool:
    """Return whether a path in a store names several objects by its form; an object has a suffix."""
    return isinstance(place, StorePath) and (
        is_glob(place.key) or bool(place.key and not wanted(place.name, ANYTHING)) or place.key.endswith("/")
    )


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def may_be_body(path: str) -> bool:
    """Return whether a path is a file that a run would read, other than a report of an earlier run."""
    try:
        stream = open_binary(path) if is_url(path) else open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - below
    except (DecodeError, OSError, ValueError):  # writing it reports why
        return wanted(path, ANYTHING) and os.path.isfile(path)  # noqa: PTH113 - see on_disk
    try:
        with stream:
            regular = is_url(path) or stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            name = path if path.lower().endswith(COMPRESSIONS) else ""  # a report named .tgz is not compressed
            head = decompressed(stream, name, DEFAULT_LIMITS).read(HEAD) if regular else b""
    except DecodeError:
        return True
    except DAMAGE:
        return wanted(path, ANYTHING)
    if not head.strip() or reports.holds(head):
        return False
    return wanted(path, ANYTHING) or may_be_response(head)


def is_streamed(source: Source) -> bool:
    """Return whether a source is a streamed container."""
    return streamed_kind(source) is not None


def holds_lines(source: Source) -> bool:
    """Return whether a source is JSON Lines, which may be empty."""
    return streamed_kind(source) is jsonlines


def open_source(source: Source, search: Search) -> Iterator[Source]:
    """Iterate over the bodies and documents in a streamed container; any other source is returned unchanged.

    Args:
        source: the source to open.
        search: which files in archives are read.
    """
    for one in open_blocks(source, search):
        yield from sources_in(one)


def open_blocks(source: Source, search: Search) -> Iterator[Source | LineBlock]:
    """Iterate over the same as `open_source`, but over lines of JSON Lines in blocks."""
    skipped = 0

    def is_wanted(name: str) -> bool:
        nonlocal skipped
        found = wanted(name, search)
        skipped += not found and is_passed_over(name, search)
        return found

    yield from _opened(source, is_wanted, 0)
    if skipped:
        yield replace(source, data=None, stored=None, outcome="notice", skipped=skipped)


def sources_in(one: Source | LineBlock) -> Iterable[Source]:
    """Return the lines of a block that are not blank; any other source is returned unchanged."""
    return (one,) if isinstance(one, Source) else one.sources()


def _opened(source: Source, is_wanted: NameFilter, depth: int) -> Iterator[Source | LineBlock]:
    """Open a source that is inside of so many archives."""
    kind = streamed_kind(source) if source.outcome == "body" else None
    if kind is None:
        yield source
        return
    depth += kind.NESTS
    limits = source.budget.limits
    try:
        if depth > limits.archive_nesting:
            raise DecodeError(Problem.of(rules.ARCHIVE_TOO_NESTED, limits.passed("archive_nesting", depth)))
        for member in _members(kind, source, is_wanted):
            if kind.NESTS and isinstance(member, Source):
                yield from _opened(_member(member), is_wanted, depth)
            else:
                yield member
    except (SourceError, DecodeError) as error:
        yield refused(source, error)


def _member(member: Source) -> Source:
    """Return the member of an archive; a body is decompressed while the budget of the file is at hand.

    Raises:
        DecodeError: the members of the archive are together larger than the limits allow.
    """
    if member.data is None or streamed_kind(member):
        return member
    try:
        data = member.read()
    except (SourceError, DecodeError) as error:
        if isinstance(error, DecodeError) and error.problem.rule is rules.ARCHIVE_TOO_LARGE:
            raise
        return refused(member, error)
    return replace(member, data=data, unpacked=True, budget=member.budget.share(len(data)))


def _members(kind: StreamedKind, source: Source, is_wanted: NameFilter) -> Iterator[Source | LineBlock]:
    with (
        SourceErrors(source.name, "cannot read file"),
        BytesIO(source.data) if source.data is not None else open_binary(source.place) as stream,
    ):
        if source.stored and source.stored.content:  # a member that is sent to another process needs only its own
            source = replace(source, stored=replace(source.stored, content=None))
        budget = source.budget
        layer = budget.counted(stream) if source.data is None else stream
        unpacked = (
            budget.decompressed(layer, source.name) if source.inner else decompressed(layer, source.name, budget.limits)
        )
        yield from kind.members(source, unpacked, is_wanted)
