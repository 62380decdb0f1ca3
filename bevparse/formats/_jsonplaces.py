"""Where the nodes of a JSON text stand: one pass that steps over everything that nobody asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final, TypeAlias, cast

from ..tree import Path

__all__ = ["locate_json"]

_Trie: TypeAlias = "dict[int, _Trie]"
_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.)*+"[ \t\r\n]*+:[ \t\r\n]*+')
"""The name of a member, and what stands before its value."""
_NEXT: Final = re.compile(r"[ \t\r\n]*+,?[ \t\r\n]*+")
"""What stands between two members."""
_PLAIN_ITEM: Final = re.compile(rf'(?:"[^"\\]*+"|[^"\[\]{{}},]++){_NEXT.pattern}')
"""A plain text, a number or a word, to the next member."""
_PLAIN_MEMBER: Final = re.compile(_NAME.pattern + _PLAIN_ITEM.pattern)
_SCANNER: Final = json.JSONDecoder(object_pairs_hook=len)


def locate_json(text: str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Find the line and column, both from 1, of nodes in a JSON text that has been decoded before.

    A member of an object is found at its name, a member of an array at its value.
    """
    trie: _Trie = {}
    wanted = set(paths)
    for path in wanted:
        branch = trie
        for step in path:
            branch = branch.setdefault(step, {})
    begin = _end(_BLANK, text, 0)
    starts: dict[Path, int] = {(): begin}
    if trie:
        _walk(text, begin, trie, (), starts)
    return _places(text, {path: starts[path] for path in wanted if path in starts})


def _end(pattern: re.Pattern[str], text: str, index: int) -> int:
    return cast("re.Match[str]", pattern.match(text, index)).end()


def _over(text: str, index: int) -> int:
    """Step over one value of any size; the decoder's C code does it."""
    return _SCANNER.raw_decode(text, index)[1]


def _walk(text: str, index: int, trie: _Trie, path: Path, starts: dict[Path, int]) -> int:
    """Step through the array or object at index, noting the start of each wanted member; give the index behind it."""
    begin = index
    named = text[index] == "{"
    plain = _PLAIN_MEMBER if named else _PLAIN_ITEM
    left = len(trie)
    position = 0
    index = _end(_BLANK, text, index + 1)
    while left:
        if text[index] in "]}":
            return index + 1
        branch = trie.get(position)
        if branch is not None:
            left -= 1
            starts[(*path, position)] = index
        found = None if branch else plain.match(text, index)
        if found:
            index = found.end()
        else:
            index = _end(_NAME, text, index) if named else index
            index = _walk(text, index, branch, (*path, position), starts) if branch else _over(text, index)
            index = _end(_NEXT, text, index)
        position += 1
    return _over(text, begin) if path else index


def _places(text: str, starts: dict[Path, int]) -> dict[Path, tuple[int, int]]:
    """Turn indexes into lines and columns, counting line ends once over the text."""
    places: dict[Path, tuple[int, int]] = {}
    line, counted = 1, 0
    for path, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", counted, start)
        counted = start
        places[path] = line, start - text.rfind("\n", 0, start)
    return places
