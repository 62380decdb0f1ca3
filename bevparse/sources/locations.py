"""What one path names: a location inside a file, a container, or a file that may be a body."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from ..errors import DecodeError, SourceError
from ..files import open_binary
from ..files.compression import DAMAGE, decompressed
from ..files.compression import SUFFIXES as COMPRESSIONS
from ..files.paths import INSIDE, body_suffix, is_glob
from ..limits import DEFAULT_LIMITS
from ..problems import escape
from ..stores import StorePath, is_url, place_of
from . import reports
from .containers import HEAD, SUFFIXES, document_kind, may_be_response
from .members import opened, sources_in
from .pipes import from_pipe, standard_input
from .search import ANYTHING, Search
from .source import Source, refused

__all__ = ["container_of", "is_container", "may_be_body", "named_source", "sources_at"]

_POSITION: Final = re.compile(r":[0-9]+(:[0-9]+)?\Z")
"""The line and the column that findings have after a location."""


def container_of(path: str) -> str | None:
    """Return the file that contains the location which a path names, or None if the whole path is a file.

    For a URL, only the names decide, because the store is not asked.
    """
    if is_url(path):
        files = (path[: one.start()] for one in INSIDE.finditer(path))
        return next((file for file in files if ANYTHING.wants(os.fspath(place_of(file)))), None)
    starts = reversed([*INSIDE.finditer(path)]) if not os.path.lexists(path) else ()
    return next((path[: one.start()] for one in starts if os.path.isfile(path[: one.start()])), None)  # noqa: PTH113


def named_source(path: str, search: Search) -> Source:
    """Return the source that a path names: a file, a location inside a file, or "-" for standard input.

    Args:
        path: the path.
        search: which recorded responses are read, and within which limits.
    """
    if path == "-":
        return standard_input(search)
    if container_of(path):
        found = sources_at(path, search)
        first = next(found)  # this may only be a problem in the request of an exchange
        return first if first.outcome == "body" else next((one for one in found if one.outcome == "body"), first)
    return from_pipe(search.source(place_of(path), named=True))


def sources_at(location: str, search: Search) -> Iterator[Source]:
    """Iterate over the sources at a location inside a file. If there is none, return a source with this problem.

    Args:
        location: the file and the location inside it, as in findings.
        search: which recorded responses are read, and within which limits.
    """
    found = False
    file = container_of(location) or location
    inner = location[len(file) :]
    if "#/" in inner:  # a named exchange is read even if it is with a proxy
        search = replace(search, url_patterns=(*search.url_patterns, "*/request", "*/request/*"))
    container = search.source(place_of(file), named=True)
    location = container.file + inner
    for member in _members_near(container, location):
        if member.outcome != "body" and not member.problems:  # this is only a count of what is not read
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
    """Iterate over the members of a container, except those that are neither at a location nor contain it."""

    def is_wanted(name: str) -> bool:
        return _is_at(location, name) or _contains(name, location) or _contains(escape(name), location)

    for member in chain.from_iterable(map(sources_in, opened(container, is_wanted, 0))):
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
    """Return whether a source is at a location, or inside it. Findings escape invisible characters of locations."""
    return _contains(location, name) or _contains(location, escape(name))


def _contains(container: str, name: str) -> bool:
    """Return whether a name is the name of a container, or of something inside it."""
    return name == container or name.startswith((f"{container}!/", f"{container}#/"))


def is_container(path: str) -> bool:
    """Return whether a path names a folder, a pattern, or a file with the suffix of a container."""
    if is_url(path):
        place = place_of(path)
        return container_of(path) is None and (_is_prefix(place) or body_suffix(place) in SUFFIXES)
    several = is_glob(path) and not os.path.lexists(path) and container_of(path) is None
    return several or body_suffix(path) in SUFFIXES or os.path.isdir(path)  # noqa: PTH112 - a Path raises for long names


def _is_prefix(place: str | StorePath) -> bool:
    """Return whether a path in a store looks like a prefix of several objects. The path of an object has a suffix."""
    return isinstance(place, StorePath) and (
        is_glob(place.key) or bool(place.key and not ANYTHING.wants(place.name)) or place.key.endswith("/")
    )


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def may_be_body(path: str) -> bool:
    """Return whether a path is a file that a run would read, other than a report of an earlier run."""
    try:
        stream = open_binary(path) if is_url(path) else open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - see below
    except (DecodeError, OSError, ValueError):  # reported when the file is written
        return ANYTHING.wants(path) and os.path.isfile(path)  # noqa: PTH113 - a Path raises for long names
    try:
        with stream:
            regular = is_url(path) or stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            name = path if path.lower().endswith(COMPRESSIONS) else ""  # a report named .tgz is not compressed
            head = decompressed(stream, name, DEFAULT_LIMITS).read(HEAD) if regular else b""
    except DecodeError:
        return True
    except DAMAGE:
        return ANYTHING.wants(path)
    if not head.strip() or reports.holds(head):
        return False
    return ANYTHING.wants(path) or may_be_response(head)
