"""What a file may be whose name says nothing, told by how it begins, so that no answer is written over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from ..files.compression import MAGIC
from ..formats.text import body_head
from ..limits import Limits
from ..payloads.candidates import KNOWN
from ..tree import fold
from . import tars, zips
from .source import Source

__all__ = ["SUFFIXES", "holds", "may_be_answer", "members"]

_SEPARATORS: Final = re.compile("[,;\t|]")


def may_be_answer(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a body, in any spelling, or hold some.

    >>> may_be_answer(b'{"response":'), may_be_answer(b"Result;Email Address"), may_be_answer(b"1 body checked")
    (True, True, False)
    """
    if head.startswith(tuple(MAGIC)) or zips.holds(head) or tars.holds(head):
        return True
    text = body_head(head).decode("utf-8", "replace").lstrip()
    if text.startswith(("{", "[", "<")):
        return not text[:9].lower().startswith("<!doctype")  # that is how a page begins
    first = text.partition("\n")[0]
    labels = _SEPARATORS.split(first) if "BEV" not in first else []  # else it is a line of a report
    return any(fold(label.strip('" \r')) in KNOWN for label in labels)


SUFFIXES: tuple[str, ...] = ()
_TEXT: Final = rb'"(?:[^"\\]|\\.)*+"'

_BEGINS: Final = re.compile(
    rb'\{"bodies":\[\s*(?:\{"source": |\],"summary":)'
    rb'|\{"baseline":"bevparse"'
    rb'|\{"summary": \{"bodies": '
    rb'|\{"\$schema":%(text)b,"version":"2\.1\.0","runs":\['
    rb'|\[\n(?:\{"description": %(text)b, "check_name": "|\]\n\Z)'
    rb'|<\?xml version="1\.0" encoding="utf-8"\?>\n<testsuites name="bevparse">' % {b"text": _TEXT}
)
"""How json, a baseline, sarif, gitlab and junit begin when it is bevparse that writes them."""

_LINES: Final = (b'{"source": ', b', "file": ', b', "inner": '), (b'{"source": ', b', "pointer": ', b', "codes": ')
"""The names before the first texts of a line of jsonl, and of rejects."""

_REST: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z))?+(.*)', re.DOTALL)
"""What is behind a text, which may be longer than the beginning of the file that is looked at."""


def holds(head: bytes) -> bool:
    """Tell by the beginning."""
    return _BEGINS.match(head) is not None or any(_is_line(head, names) for names in _LINES)


def _is_line(head: bytes, names: tuple[bytes, ...]) -> bool:
    if not head.startswith(names[0]):
        return False
    for name in names:
        if not name.startswith(head[: len(name)]):
            return False
        head = cast("re.Match[bytes]", _REST.match(head, len(name)))[1]
    return True


def members(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Give no answers."""
    return iter(())
