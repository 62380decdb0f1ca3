"""Patterns for paths, as in .gitignore files."""

from __future__ import annotations

import glob
import os
import re
from functools import lru_cache
from typing import Final

from .compression import SUFFIXES

__all__ = [
    "INSIDE",
    "absolute",
    "body_suffix",
    "fits",
    "is_glob",
    "matches",
    "plain_name",
    "resolve_pattern",
    "split_location",
]


def plain_name(name: str) -> str:
    """Give the name that a file has when it is decompressed.

    >>> plain_name("status.XML.gz")
    'status.XML'
    """
    return name[: name.rindex(".")] if name.lower().endswith(SUFFIXES) else name


def absolute(path: str, folder: str = "") -> str:
    """Give a path in full, from a folder or the current one; no links are followed but those of the current folder."""
    try:
        here = os.getcwd()  # noqa: PTH109 - a Path leaves .. in
    except FileNotFoundError:  # it is gone
        here = ""
    full = os.path.normpath(os.path.join(here, folder, path))  # noqa: PTH118 - see above
    shell = os.environ.get("PWD", "")
    if (full == shell or full.startswith(f"{shell}{os.sep}")) and _is_same_folder(shell, here):
        return here + full[len(shell) :]
    return full


@lru_cache(maxsize=16)
def _is_same_folder(shell: str, here: str) -> bool:
    """Tell whether the shell calls the current folder by another name, as it does behind a link."""
    return os.path.isabs(shell) and shell != here and os.path.realpath(shell) == here  # noqa: PTH117 - see absolute


def body_suffix(path: str | os.PathLike[str]) -> str:
    """Give the ending of a file name that tells its format, in lower case, past a .gz and its like.

    >>> body_suffix("status.XML.gz")
    '.xml'
    """
    return os.path.splitext(plain_name(os.fspath(path)).lower())[1]  # noqa: PTH122 - a Path takes ten times as long


INSIDE: Final = re.compile("[!#]/")
"""What the way inside a file begins with, though a folder may be called so, too."""

_MAGIC: Final = re.compile(r"[*?\[]")
_PARTS: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|[^*?\[]+|\[")
_MEMBERS: Final = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_WORDS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_glob(path: str) -> bool:
    """Tell whether a path holds a character that has a meaning in patterns."""
    return _MAGIC.search(path) is not None


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern is that of a path, however the path is given, from the current folder or in full.

    A pattern without a slash is that of a file or folder name at any depth below the current folder, as is one that
    begins with `**/`; elsewhere they are looked for in the path as it is given. One that is that of a file is that of
    all that stands inside, as is one with a slash at its end for a folder.

    >>> matches("status-*.json", "dumps/july.zip!/status-5.json")
    True
    >>> matches("dumps/*.json", "dumps/old/status.json"), matches("dumps/**/*.json", "dumps/old/status.json")
    (False, True)
    """
    file, inner = split_location(path)
    here, full = absolute(""), absolute(file)
    if _is_of_any_depth(pattern):
        below = f"{here.rstrip(os.sep)}{os.sep}"
        whole = f"**/{pattern}" if pattern.strip("/\\") else ""
        given = full[len(below) :] if full.startswith(below) else file
    else:
        whole, given = absolute(pattern, glob.escape(here)), full
    ways = (whole, f"{whole.rstrip('/')}/**") if pattern.endswith("/") else (whole,)
    return any(fits(way, place) for way in ways for place in ((given, given + inner) if inner else (given,)))


def resolve_pattern(pattern: str, folder: str) -> tuple[str, ...]:
    """Give the patterns for one that begins at a folder, or holds at any depth below it and wherever else.

    >>> resolve_pattern("old/*.json", "/dumps [1]"), resolve_pattern("*.json", "/dumps")
    (('/dumps [[]1]/old/*.json',), ('*.json',))
    >>> resolve_pattern("**/a/*", "/dumps")
    ('**/a/*', '/dumps/**/a/*')
    """
    if "/" not in _folded(pattern):
        return (pattern,)
    whole = absolute(pattern, glob.escape(absolute("", folder))) + ("/" if pattern.endswith("/") else "")
    return (pattern, whole) if _is_of_any_depth(pattern) else (whole,)


def split_location(name: str) -> tuple[str, str]:
    """Part the name of a source into that of its file and the way inside; a folder may be called like a part of one.

    >>> split_location("dumps/july.zip!/session.har#/log/entries/3")
    ('dumps/july.zip', '!/session.har#/log/entries/3')
    """
    for inside in INSIDE.finditer(name):
        if not os.path.isdir(name[: inside.start() + 1]):  # noqa: PTH112 - a Path raises for a null character
            return name[: inside.start()], name[inside.start() :]
    return name, ""


def fits(pattern: str, path: str) -> bool:
    """Tell whether a pattern is that of a path as it is spelled; a way inside an archive is one through folders."""
    return _compiled(pattern).fullmatch(_spelled(path)) is not None


def _spelled(path: str) -> str:
    return path.replace("!/", "/").replace("\\", "/").removeprefix("./")


def _is_of_any_depth(pattern: str) -> bool:
    folded = _folded(pattern)
    return folded.startswith("**/") or "/" not in folded


def _folded(pattern: str) -> str:
    return pattern.replace("\\", "/").rstrip("/")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(map(_word, _PARTS.findall(_spelled(_folded(pattern))))), re.DOTALL)


def _word(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if part.startswith("[") and len(part) > 2:
        negated, members = ("^/", part[2:-1]) if part[1] in "!^" else ("", part[1:-1])
        choice = negated + "".join(_choice(*found) for found in _MEMBERS.findall(members))
        return f"[{choice}]" if choice else "(?!)"
    return re.escape(part)


def _choice(low: str, high: str, single: str) -> str:
    if single:
        return re.escape(single)
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
