"""Reports of earlier runs, which hold no answers though they may lie beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...limits import Limits
from .source import Source

__all__ = ["SUFFIXES", "holds", "members"]

SUFFIXES: tuple[str, ...] = ()

_TEXT: Final = rb'"(?:[^"\\]|\\.)*+"'
_BEGINS: Final = re.compile(
    rb'\{"bodies":\[\s*(?:\{"source": |\],"summary":)'
    rb'|\{"baseline":"bevparse"'
    rb'|\{"summary": \{"bodies": '
    rb'|\{"source": %(text)b, "(?:file": %(text)b, "inner": "|pointer": %(text)b, "codes": \[)'
    rb'|\{"\$schema":%(text)b,"version":"2\.1\.0","runs":\['
    rb'|\[\n(?:\{"description": %(text)b, "check_name": "|\]\n\Z)'
    rb'|<\?xml version="1\.0" encoding="utf-8"\?>\n<testsuites name="bevparse">' % {b"text": _TEXT}
)
"""How json, a baseline, jsonl and rejects, sarif, gitlab and junit begin when it is bevparse that writes them."""


def holds(head: bytes) -> bool:
    """Tell by the beginning."""
    return _BEGINS.match(head) is not None


def members(source: Source, data: bytes, limits: Limits) -> Iterator[Source]:
    """Give no answers."""
    return iter(())
