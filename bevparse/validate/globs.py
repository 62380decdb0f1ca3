"""Patterns for paths, as in .gitignore files."""

from __future__ import annotations

import glob
import re
from functools import lru_cache
from typing import Final

from ..files import absolute

__all__ = ["anchored", "fits", "is_glob", "matches"]

_MAGIC: Final = re.compile(r"[*?\[]")
_PARTS: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|[^*?\[]+|\[")
_MEMBERS: Final = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_WORDS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_glob(path: str) -> bool:
    """Tell whether a path holds a character that has a meaning in patterns."""
    return _MAGIC.search(path) is not None


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern is that of a path, however the path is given, from the current folder or in full.

    A pattern without a slash is that of a file or folder name at any depth, as is one that begins with `**/`.

    >>> matches("status-*.json", "dumps/july.zip!/status-5.json")
    True
    >>> matches("dumps/*.json", "dumps/old/status.json"), matches("dumps/**/*.json", "dumps/old/status.json")
    (False, True)
    """
    if _is_of_any_depth(pattern):
        return pattern.strip("/\\") != "" and fits(f"**/{pattern}", path)
    return fits(anchored(pattern, absolute("")), absolute(path))


def anchored(pattern: str, folder: str) -> str:
    """Give a pattern that begins at a folder, unless it is one of names at any depth.

    >>> anchored("old/*.json", "/dumps [1]"), anchored("*.json", "/dumps")
    ('/dumps [[]1]/old/*.json', '*.json')
    """
    if _is_of_any_depth(pattern):
        return pattern
    return absolute(pattern, glob.escape(folder))


def fits(pattern: str, path: str) -> bool:
    """Tell whether a pattern is that of a path as it is spelled; a way inside an archive is one through folders."""
    folded = path.replace("!/", "/").replace("\\", "/").removeprefix("./")
    return _compiled(pattern.replace("\\", "/").rstrip("/").removeprefix("./")).fullmatch(folded) is not None


def _is_of_any_depth(pattern: str) -> bool:
    folded = pattern.replace("\\", "/")
    return folded.startswith("**/") or "/" not in folded.rstrip("/")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(map(_word, _PARTS.findall(pattern))), re.DOTALL)


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
