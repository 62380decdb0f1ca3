"""Patterns for paths, as in .gitignore files."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["is_glob", "matches"]

_MAGIC: Final = re.compile(r"[*?\[]")
_PARTS: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|[^*?\[]+|\[")
_MEMBERS: Final = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_WORDS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_glob(path: str) -> bool:
    """Tell whether a path holds a character that has a meaning in patterns."""
    return _MAGIC.search(path) is not None


def matches(pattern: str, path: str, *, anywhere: bool = True) -> bool:
    """Tell whether a pattern is that of a path; a way inside an archive counts as one through folders.

    With anywhere, a pattern without a slash is that of a file or folder name at any depth.

    >>> matches("status-*.json", "dumps/july.zip!/status-5.json")
    True
    >>> matches("dumps/*.json", "dumps/old/status.json"), matches("dumps/**/*.json", "dumps/old/status.json")
    (False, True)
    """
    folded = path.replace("!/", "/").replace("\\", "/").removeprefix("./")
    bare = pattern.replace("\\", "/").rstrip("/")
    whole = f"**/{bare}" if anywhere and "/" not in bare else bare.removeprefix("./")
    return _compiled(whole).fullmatch(folded) is not None


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
