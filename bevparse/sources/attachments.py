"""Bodies in files next to a HAR, which Playwright writes there and names in `_file`."""

from __future__ import annotations

import contextlib
import os
import re
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

import msgspec

from ..errors import DecodeError
from ..files import open_binary, read_stream
from ..files.paths import to_open
from ..limits import DEFAULT_LIMITS
from ..problems import Problem, format_value, rules
from ..stores import StorePath
from .source import Source

__all__ = ["SUFFIX", "attached", "is_digest_name", "mentions_files", "names_of", "normalized", "paths_next_to"]

SUFFIX: Final = ".har"
_DIGEST_NAME: Final = re.compile(r"(?:.*/)?[0-9a-f]{40}(?:\.\w{1,20})?", re.DOTALL)
_MENTION: Final = b'"_file"'
_NAME: Final = re.compile(rb'"_file"\s{0,99}:\s{0,99}("(?:[^"\\]|\\.){1,1000}")')
_MOST: Final = DEFAULT_LIMITS.body
_MOST_NAMES: Final = 2 * DEFAULT_LIMITS.archive_members
"""The most names in a HAR: one for each request and response."""


def mentions_files(data: bytes) -> bool:
    """Return whether a HAR may name files."""
    return _MENTION in data


def names_of(data: bytes) -> set[str]:
    """Return the files that a HAR names, relative to its folder."""
    if not mentions_files(data):
        return set()
    names: set[str] = set()
    for found in islice(_NAME.finditer(data), _MOST_NAMES):
        try:
            name = normalized(msgspec.json.decode(found[1], type=str))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if name:
            names.add(name)
    return names


def is_digest_name(name: str) -> bool:
    """Return whether the name of a file is a SHA-1, as Playwright names the files that it writes next to a HAR."""
    return _DIGEST_NAME.fullmatch(name) is not None


def normalized(name: str) -> str:
    """Return the name of a file in the folder of a HAR or below it, or "" for a name that leads outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or re.search(r"[\\:\0]", name):
        return ""
    return str(path) if path.parts else ""


def paths_next_to(path: str) -> set[str]:
    """Return the paths of the files that a HAR on disk names, or none if it cannot be read."""
    names: set[str] = set()
    with contextlib.suppress(OSError, MemoryError), open(path, "rb") as stream:  # noqa: PTH123 - a Path raises for long names
        names = names_of(stream.read(_MOST))
    folder = path[: path.rfind("/") + 1]
    return {folder + name for name in names}


def attached(source: Source, name: str) -> bytes:
    """Return the content of a file that a HAR names.

    Args:
        source: the HAR, or an exchange in it.
        name: the name of the file.

    Raises:
        DecodeError: there is no such file, or it exceeds a limit.
    """
    file = normalized(name)
    if source.attachments is not None:
        data = source.attachments.get(file)
    else:
        data = _in_folder(source, file) if file and not source.inner.partition("#/")[0] else None
    if data is None and source.attachments is None and "!/" in source.inner:
        message = (
            f"body not read: it is in file {format_value(name)}, which is not read in this kind of archive; unpack it"
        )
        raise DecodeError(Problem.of(rules.MISSING_BODY, message))
    if data is None:
        message = f"body was not recorded: no file {format_value(name)} next to the recording"
        raise DecodeError(Problem.of(rules.MISSING_BODY, message))
    return data


def _in_folder(source: Source, file: str) -> bytes | None:
    if source.stored:
        return _content(source, source.stored.sibling(file))
    folder = os.path.dirname(to_open(source.file))  # noqa: PTH120 - a Path raises for names that are too long
    path = os.path.realpath(os.path.join(folder, file))  # noqa: PTH118 - see above
    inside = path.startswith(os.path.join(os.path.realpath(folder), ""))  # noqa: PTH118 - see above
    return _content(source, path) if inside and os.path.isfile(path) else None  # noqa: PTH113 - see above


def _content(source: Source, place: str | StorePath) -> bytes | None:
    """Return the content of a file, which counts for a source, or None if it cannot be read."""
    with contextlib.suppress(OSError), open_binary(place) as stream:
        return read_stream(source.budget.counted(stream), source.budget.limits)
    return None
