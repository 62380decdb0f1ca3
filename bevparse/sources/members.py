"""The sources in streamed containers, also in containers that are inside of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO

from ..errors import DecodeError, SourceError
from ..files import open_binary
from ..files.compression import SourceErrors, decompressed
from ..problems import Problem, rules
from . import jsonlines
from .containers import StreamedKind, streamed_kind
from .jsonlines import LineBlock
from .search import Search
from .source import NameFilter, Source, refused

__all__ = ["holds_lines", "is_streamed", "open_blocks", "open_source", "opened", "sources_in"]


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
    """Do the same as `open_source`, but return adjacent lines of JSON Lines as one block."""
    skipped = 0

    def is_wanted(name: str) -> bool:
        nonlocal skipped
        found = search.wants(name)
        skipped += not found and search.passes_over(name)
        return found

    yield from opened(source, is_wanted, 0)
    if skipped:
        yield replace(source, data=None, stored=None, outcome="notice", skipped=skipped)


def sources_in(one: Source | LineBlock) -> Iterable[Source]:
    """Return a source for each line of a block, without blank lines. A source is returned unchanged."""
    return (one,) if isinstance(one, Source) else one.sources()


def opened(source: Source, is_wanted: NameFilter, depth: int) -> Iterator[Source | LineBlock]:
    """Iterate over the sources in a streamed container, and in containers inside it. Other sources are unchanged.

    Args:
        source: the source to open.
        is_wanted: returns whether the file in an archive with this full name is read.
        depth: the number of archives that the source is in.
    """
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
                yield from opened(_member(member), is_wanted, depth)
            else:
                yield member
    except (SourceError, DecodeError) as error:
        yield refused(source, error)


def _member(member: Source) -> Source:
    """Return the member of an archive. A body is decompressed at once, so that it counts for the limits of the file.

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
        if source.stored and source.stored.content:  # members that are sent to other processes do not need it
            source = replace(source, stored=replace(source.stored, content=None))
        budget = source.budget
        layer = budget.counted(stream) if source.data is None else stream
        unpacked = (
            budget.decompressed(layer, source.name) if source.inner else decompressed(layer, source.name, budget.limits)
        )
        yield from kind.members(source, unpacked, is_wanted)
