"""Reports of earlier runs of bevparse, which may be in a folder with responses and are skipped there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from .source import Source

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = ()
_TEXT: Final = rb'"(?:[^"\\]|\\.)*+"'
_STARTS: Final = re.compile(
    rb'\{"bodies":\[\s*(?:\{"source": |\],"summary":)'
    rb'|\{"baseline":"bevparse"'
    rb'|\{"summary": \{"bodies": '
    rb'|\{"\$schema":%(text)b,"version":"2\.1\.0","runs":\['
    rb'|\[\n(?:\{"description": %(text)b, "check_name": "|\]\n\Z)'
    rb'|<\?xml version="1\.0" encoding="utf-8"\?>\n<testsuites name="bevparse">' % {b"text": _TEXT}
)
"""The beginnings of what bevparse writes as json, a baseline, statistics, sarif, gitlab and junit."""
_LINES: Final = (b'{"source": ', b', "file": ', b', "inner": '), (b'{"source": ', b', "pointer": ', b', "codes": ')
"""What is before each of the first strings of a line in jsonl, and in a file of rejects."""
_AFTER_TEXT: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z))?+(.*)', re.DOTALL)
"""A string, which may end after the part of the file that was read, and what follows it."""


def holds(head: bytes) -> bool:
    """Return whether the beginning of a file is that of a report."""
    return _STARTS.match(head) is not None or any(_is_line(head, names) for names in _LINES)


def _is_line(head: bytes, names: tuple[bytes, ...]) -> bool:
    if not head.startswith(names[0]):
        return False
    for name in names:
        if not name.startswith(head[: len(name)]):
            return False
        head = cast("re.Match[bytes]", _AFTER_TEXT.match(head, len(name)))[1]
    return True


def members(source: Source, data: bytes) -> Iterator[Source]:
    """Return no sources: a report contains no responses."""
    return iter(())
