"""The kinds of containers, and which kind a file is by its name and its first bytes.

A container is either read as a stream or as one document. Archives, JSON Lines and WARC files are streamed; HAR files
and cassettes are documents. A new container is one module and its entry in `STREAMED` or `DOCUMENTS`; everything else
derives from these two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from ..files.compression import Readable, suffix_of_data
from ..files.paths import body_suffix
from ..formats.text import body_head
from ..payloads.labels import has_labels, labels_start
from . import cassettes, har, jsonlines, reports, tars, warc, zips
from .source import NameFilter, Source

__all__ = [
    "BODIES",
    "DOCUMENTS",
    "HEAD",
    "STREAMED",
    "SUFFIXES",
    "DocumentKind",
    "StreamedKind",
    "document_kind",
    "may_be_response",
    "may_hold_files",
    "streamed_kind",
]


class StreamedKind(Protocol):
    """The interface of a module for a container that is read as a stream. Its sources are read later."""

    SUFFIXES: tuple[str, ...]
    """Suffixes of file names, in lower case and without the suffix of a compression."""

    NESTS: bool
    """Whether members are files, which may be containers themselves and count for `limits.archive_nesting`."""

    def holds(self, data: bytes) -> bool:
        """Return whether data is a container of this kind. This is used if there is no file name."""
        ...

    def members(
        self, source: Source, stream: Readable, is_wanted: NameFilter
    ) -> Iterator[Source | jsonlines.LineBlock]:
        """Iterate over the sources in a container. Files are skipped unless `is_wanted` accepts their full names.

        Raises:
            DecodeError: the container is not well-formed, or exceeds a limit.
            OSError: the stream cannot be read.
        """
        ...


class DocumentKind(Protocol):
    """The interface of a module for a container that is one document of HTTP exchanges."""

    SUFFIXES: tuple[str, ...]
    """Suffixes of file names, in lower case."""

    def holds(self, head: bytes) -> bool:
        """Return whether a file begins like a document of this kind. The name of the file does not matter."""
        ...

    def members(self, source: Source, data: bytes) -> Iterator[Source]:
        """Iterate over the responses of the service, and the problems in requests.

        Raises:
            DecodeError: the document is not well-formed, or exceeds a limit.
        """
        ...


STREAMED: Final[tuple[StreamedKind, ...]] = (jsonlines, tars, warc, zips)
DOCUMENTS: Final[tuple[DocumentKind, ...]] = (cassettes, har)
_KINDS: Final[tuple[StreamedKind | DocumentKind, ...]] = (*STREAMED, *DOCUMENTS)
SUFFIXES: Final = frozenset(suffix for kind in _KINDS for suffix in kind.SUFFIXES)
"""Suffixes of all containers."""
_NESTING_SUFFIXES: Final = frozenset(suffix for kind in STREAMED if kind.NESTS for suffix in kind.SUFFIXES)
BODIES: Final = (".json", ".xml", ".csv")
"""Suffixes of most bodies, which are tested first for speed."""
HEAD: Final = 512
"""Bytes from which the kind of a file is detected."""


def may_hold_files(path: str) -> bool:
    """Return whether a file is an archive of other files, such as a zip archive, by its name."""
    return body_suffix(path) in _NESTING_SUFFIXES


def streamed_kind(source: Source) -> StreamedKind | None:
    """Return which streamed container a source is, or None for a body or a document."""
    if source.data is not None and not source.inner:  # from a pipe, which has no suffix
        return next((kind for kind in STREAMED if kind.holds(source.data)), None)
    if source.name.endswith(BODIES):
        return None
    suffix = body_suffix(source.name)
    return next((kind for kind in STREAMED if suffix in kind.SUFFIXES), None)


def document_kind(source: Source, data: bytes) -> DocumentKind | None:
    """Return which document a source with this data is, or None for a body.

    A report of an earlier run is a document without responses, unless the user named it.
    """
    if source.alone:
        return None
    head = data[:HEAD]
    kinds: tuple[DocumentKind, ...] = DOCUMENTS if source.named else (*DOCUMENTS, reports)
    detected = next((kind for kind in kinds if kind.holds(head)), None)
    if detected is not None or source.name.endswith(BODIES):
        return detected
    suffix = body_suffix(source.name)
    return next((kind for kind in DOCUMENTS if suffix in kind.SUFFIXES and source.declared is None), None)


def may_be_response(head: bytes) -> bool:
    """Return whether the beginning of a file may be that of a response, or of a container of responses.

    >>> may_be_response(b'{"response":'), may_be_response(b"Result;Email Address"), may_be_response(b"1 body checked")
    (True, True, False)
    """
    if suffix_of_data(head) or any(kind.holds(head) for kind in STREAMED):
        return True
    text = body_head(head).decode("utf-8", "replace").lstrip()
    if text.startswith(("{", "[", "<")):
        return not text[:9].lower().startswith("<!doctype")  # an HTML page
    first = text.partition("\n")[0]
    known = text.startswith("HTTP/") or has_labels(first) or labels_start(text) > 0
    return known and "BEV" not in first  # a line with a code is from a report
