"""Where the nodes of a JSON text stand: one pass that steps over everything that nobody asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TypeAlias, cast

from ..tree import Path

__all__ = ["locate_json"]

_Trie: TypeAlias = "dict[int, _Trie]"
_BLANK = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder(object_pairs_hook=len)


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
    starts: dict[Path, int] = {}
    begin = _skip(text, 0)
    starts[()] = begin
    if trie:
        _walk(text, begin, trie, (), starts)
    return _places(text, {path: starts[path] for path in wanted if path in starts})


def _skip(text: str, index: int) -> int:
    return cast(re.Match[str], _BLANK.match(text, index)).end()


def _over(text: str, index: int) -> int:
    """Step over one value of any size; the decoder's C code does it."""
    return _SCANNER.raw_decode(text, index)[1]


def _walk(text: str, index: int, trie: _Trie, path: Path, starts: dict[Path, int]) -> int:
    """Step through the array or object at index, noting the start of each wanted member; give the index behind it."""
    named = text[index] == "{"
    closing = "}" if named else "]"
    left = len(trie)
    position = 0
    index = _skip(text, index + 1)
    while text[index] != closing:
        start = index
        if named:
            index = _skip(text, _skip(text, _over(text, index)) + 1)
        branch = trie.get(position)
        if branch is None:
            index = _over(text, index)
        else:
            left -= 1
            starts[(*path, position)] = start
            index = _walk(text, index, branch, (*path, position), starts) if branch else _over(text, index)
        if not path and not left:
            break
        position += 1
        index = _skip(text, index)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return index + 1


def _places(text: str, starts: dict[Path, int]) -> dict[Path, tuple[int, int]]:
    """Turn indexes into lines and columns, counting line ends once over the text."""
    places: dict[Path, tuple[int, int]] = {}
    line, counted = 1, 0
    for path, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", counted, start)
        counted = start
        places[path] = line, start - text.rfind("\n", 0, start)
    return places
