"""What a file may be whose name says nothing, told by how it begins, so that no answer is written over."""

from __future__ import annotations

import re
from typing import Final

from ...compression import MAGIC
from ...formats.text import body_head
from ...shapes.payloads import KNOWN
from ...tree import fold
from . import tars, zips

__all__ = ["may_be_answer"]

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
