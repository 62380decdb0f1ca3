"""Sources of bodies: files, folders, archives, recordings and standard input.

There are two kinds of containers, each with a small protocol in `containers.py`. A **streamed** one yields sources that
are read later: `zips.py`, `tars.py`, `warc.py` and `jsonlines.py`. A **document** is read as a whole: `har.py` and
`cassettes.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..stores import StorePath, place_of
from .containers import DocumentKind, StreamedKind, document_kind
from .folders import on_disk
from .jsonlines import LineBlock
from .locations import container_of, is_container, may_be_body, named_source, sources_at
from .members import holds_lines, is_streamed, open_blocks, open_source, sources_in
from .pipes import from_pipe, standard_input
from .search import ANYTHING, Search
from .source import Source, body_of_records, refused
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


def find_files(paths: Iterable[str | StorePath], search: Search) -> Iterator[Source]:
    """Iterate over the files that paths name: files, the files in folders (sorted), and those that match a pattern.

    Only standard input and pipes are read. A file that cannot be found is returned as a source with this problem.

    Args:
        paths: files, folders (searched recursively), patterns, "-" for standard input, or URLs of objects in stores.
        search: which files in folders are read, and within which limits.
    """
    for path in paths:
        yield from _found(path, search)


def _found(path: str | StorePath, search: Search) -> Iterable[Source]:
    if path == "-":
        return (standard_input(search),)
    place = place_of(path)
    if isinstance(place, StorePath):
        return in_store(place, search)
    return map(from_pipe, on_disk(place, search))
