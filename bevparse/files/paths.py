"""Paths, their suffixes, locations inside of containers, and patterns as in .gitignore files."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, cast

from ..stores import StorePath, is_url
from .compression import PLAIN_SUFFIXES

__all__ = [
    "INSIDE",
    "Paths",
    "WorkingFolder",
    "absolute",
    "body_suffix",
    "fits",
    "in_working_folder",
    "is_glob",
    "matches",
    "plain_name",
    "resolve_pattern",
    "slashed",
    "split_location",
    "texts_of",
    "to_open",
    "working_folder",
]

Paths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""A path, or several."""
INSIDE: Final = re.compile("[!#]/")
"""The start of a location inside a file, as in `july.zip!/a.json`. The name of a folder may also end in ! or #."""
_GLOB: Final = re.compile(r"[*?\[]")
_TOKENS: Final = re.compile(r"(?:\*\*/)+|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|[^*?\[]+|\[")
_SET_MEMBERS: Final = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_NOTHING: Final = re.compile("(?!)")
_SLASH: Final = re.compile("/")
_NOT_SLASH: Final = re.compile("[^/]")
_VERBATIM: Final = "\\\\?\\"
"""The beginning of a path of Windows that may be of any length, and has no slashes."""
_MOST_STEPS: Final = 2**14
"""The most steps of one pattern that are kept in memory, see `_Automaton`."""


class WorkingFolder(NamedTuple):
    """The current folder of a process."""

    path: str
    """The path; empty if the folder was removed."""
    in_shell: str
    """The path by which the shell knows it, or a folder above it. After `cd` to a link, this is another path."""


_OTHER: ContextVar[WorkingFolder | None] = ContextVar("_OTHER", default=None)
"""The current folder of the process that sent this thread its work; None if the work is of this process."""


def working_folder() -> WorkingFolder:
    """Return the current folder of this process, or of the process that sent the work. Relative paths begin there."""
    other = _OTHER.get()
    if other is not None:
        return other
    try:
        current = os.getcwd()  # noqa: PTH109 - a Path keeps .. in it
    except FileNotFoundError:
        current = ""
    return WorkingFolder(current, os.environ.get("PWD", ""))


@contextmanager
def in_working_folder(folder: WorkingFolder) -> Generator[None]:
    """Let relative paths in this thread begin in a folder: the current folder of the process that sent the work."""
    token = _OTHER.set(folder)
    try:
        yield
    finally:
        _OTHER.reset(token)


def to_open(path: str) -> str:
    """Return the path by which this process opens a file: the path itself, unless another process sent it."""
    other = _OTHER.get()
    return path if other is None else os.path.join(other.path, path)  # noqa: PTH118 - a Path takes ten times as long


def texts_of(paths: Paths) -> Iterator[str | StorePath]:
    """Return paths as strings. A path in a store is returned unchanged.

    Raises:
        TypeError: a path is bytes.
    """
    for path in (paths,) if isinstance(paths, (str, os.PathLike)) else paths:
        text = path if isinstance(path, StorePath) else cast(object, os.fspath(path))
        if not isinstance(text, (str, StorePath)):
            raise TypeError(f"expected a path as str, got {type(text).__name__}")
        yield text


def slashed(path: str) -> str:
    """Return a path with slashes, so that names, patterns and reports are the same on every system.

    Windows accepts them, too. On other systems a backslash may be in a name, and the path is returned unchanged.
    """
    return path if path.startswith(_VERBATIM) else path.replace(os.sep, "/")


def plain_name(name: str) -> str:
    """Return the name that a file has after decompression.

    >>> plain_name("status.XML.gz"), plain_name("export.tgz")
    ('status.XML', 'export.tar')
    """
    end = max(name.rfind("."), 0)
    return name[:end] + PLAIN_SUFFIXES.get(name[end:].lower(), name[end:])


def body_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix that gives the format of a file, in lower case. The suffix of a compression is skipped.

    >>> body_suffix("status.XML.gz")
    '.xml'
    """
    return os.path.splitext(plain_name(os.fspath(path)).lower())[1]  # noqa: PTH122 - a Path takes ten times as long


def absolute(path: str, folder: str = "") -> str:
    """Return the absolute form of a path, relative to a folder or the current one.

    Links are not resolved, except in the path of the current folder. A URL is absolute.
    """
    if is_url(path):
        return path
    current, shell = working_folder()
    full = os.path.normpath(os.path.join(current, folder, path))  # noqa: PTH118 - see above
    if (full == shell or full.startswith(f"{shell}{os.sep}")) and _is_same_folder(shell, current):
        return current + full[len(shell) :]
    return full


@lru_cache(maxsize=16)
def _is_same_folder(shell: str, current: str) -> bool:
    """Return whether the shell has another name for the current folder, as after `cd` to a link."""
    return os.path.isabs(shell) and shell != current and os.path.realpath(shell) == current  # noqa: PTH117 - see absolute


def split_location(name: str) -> tuple[str, str]:
    """Split the name of a source into the file and the location inside it.

    >>> split_location("dumps/july.zip!/session.har#/log/entries/3")
    ('dumps/july.zip', '!/session.har#/log/entries/3')
    """
    for inside in INSIDE.finditer(name):
        if not os.path.isdir(to_open(name[: inside.start() + 1])):  # noqa: PTH112 - a Path raises for a null character
            return name[: inside.start()], name[inside.start() :]
    return name, ""


def is_glob(path: str) -> bool:
    """Return whether a path contains a wildcard."""
    return _GLOB.search(path) is not None


def matches(pattern: str, path: str) -> bool:
    """Return whether a pattern matches a path. Both may be relative to the current folder, or absolute.

    A pattern without a slash matches names of files and folders at any depth below the current folder. A pattern that
    begins with `**/` does so, too. A path outside of the current folder is compared with such patterns as it is given.
    A pattern that matches a file also matches everything inside the file. A pattern that ends with a slash matches
    everything in a folder.

    >>> matches("status-*.json", "dumps/july.zip!/status-5.json")
    True
    >>> matches("dumps/*.json", "dumps/old/status.json"), matches("dumps/**/*.json", "dumps/old/status.json")
    (False, True)
    """
    file, inner = split_location(path)
    current, full = absolute(""), absolute(file)
    if _is_of_any_depth(pattern):
        below = f"{current.rstrip(os.sep)}{os.sep}"
        whole = f"**/{pattern}" if pattern.strip("/\\") else ""
        candidate = full[len(below) :] if full.startswith(below) else file
    else:
        whole, candidate = absolute(pattern, glob.escape(current)), full
    patterns = (whole, f"{whole.rstrip('/')}/**") if pattern.endswith("/") else (whole,)
    candidates = (candidate, candidate + inner) if inner else (candidate,)
    return any(fits(one, other) for one in patterns for other in candidates)


def resolve_pattern(pattern: str, folder: str) -> tuple[str, ...]:
    """Return absolute patterns for a relative pattern in the configuration file of a folder.

    A pattern that matches at any depth is also returned unchanged, because it matches outside of the folder, too.

    >>> resolve_pattern("old/*.json", "/dumps [1]"), resolve_pattern("*.json", "/dumps")
    (('/dumps [[]1]/old/*.json',), ('*.json',))
    >>> resolve_pattern("**/a/*", "/dumps")
    ('**/a/*', '/dumps/**/a/*')
    """
    if "/" not in _normalized(pattern):
        return (pattern,)
    whole = absolute(pattern, glob.escape(absolute("", folder))) + ("/" if pattern.endswith("/") else "")
    return (pattern, whole) if _is_of_any_depth(pattern) else (whole,)


def fits(pattern: str, path: str) -> bool:
    """Return whether a pattern matches a path as it is written; an archive in the path counts as a folder."""
    return _compiled(pattern).accepts(_with_slashes(path))


def _with_slashes(path: str) -> str:
    return path.replace("!/", "/").replace("\\", "/").removeprefix("./")


def _is_of_any_depth(pattern: str) -> bool:
    normalized = _normalized(pattern)
    return normalized.startswith("**/") or "/" not in normalized


def _normalized(pattern: str) -> str:
    return pattern.replace("\\", "/").rstrip("/")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Automaton:
    return _Automaton(_TOKENS.findall(_with_slashes(_normalized(pattern))))


class _Automaton(dict[tuple[int, str], int]):
    """The states of a pattern: from a state and a character to the next state.

    A state is a set of places in the pattern, each a bit. So the time is linear in the length of the path, for any
    pattern; a regular expression tries the lengths of several stars in all combinations.
    """

    def __init__(self, parts: list[str]) -> None:
        super().__init__()
        self._single: list[re.Pattern[str]] = []
        """The expression for the character after each place."""
        self._any = self._name = self._folders = 0
        """The places where any characters may follow, any characters of one name, and any folders."""
        for part in parts:
            place = 1 << len(self._single)
            if part == "**":
                self._any |= place
            elif part == "*":
                self._name |= place
            elif part.startswith("**/"):
                self._folders |= place
                self._any |= place << 1
                self._single += (_NOTHING, _SLASH)
            else:
                self._single += _singles(part)
        self.start = self._with_skipped(1)
        self._end = 1 << len(self._single)

    def accepts(self, path: str) -> bool:
        """Return whether the pattern matches a whole path."""
        state = self.start
        for character in path:
            state = self[state, character]
            if not state:
                return False
        return bool(state & self._end)

    def __missing__(self, step: tuple[int, str]) -> int:
        """Return the state after a step, and keep it for the next path."""
        state, character = step
        follows = sum(1 << place for place, single in enumerate(self._single) if single.match(character))
        stays = self._any if character == "/" else self._any | self._name
        if len(self) >= _MOST_STEPS:
            self.clear()
        found = self[step] = self._with_skipped((state & follows) << 1 | state & stays)
        return found

    def _with_skipped(self, state: int) -> int:
        """Add to a state the places after each `**/` that it has reached, which may match no folder at all."""
        known = 0
        while state != known:
            known, before = state, state & self._folders
            state |= before << 1 | before << 2
        return state


def _singles(part: str) -> list[re.Pattern[str]]:
    """Return an expression for each character that a part of a pattern matches."""
    if part == "?":
        return [_NOT_SLASH]
    if part.startswith("[") and len(part) > 2:
        negated, members = ("^/", part[2:-1]) if part[1] in "!^" else ("", part[1:-1])
        choice = negated + "".join(_range_of(*found) for found in _SET_MEMBERS.findall(members))
        return [re.compile(f"[{choice}]" if choice else "(?!)")]
    return [re.compile(re.escape(character)) for character in part]


def _range_of(low: str, high: str, single: str) -> str:
    if single:
        return re.escape(single)
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
