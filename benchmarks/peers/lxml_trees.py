"""lxml, alone and with a model for each element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from ..records import Row
from .answers import row_of_texts
from .pydantic_models import Record, rows_of_each

__all__ = ["read", "read_each", "rows", "rows_of_each", "rows_of_status"]

_CHECKS: Final = 6


def read(body: bytes) -> etree._Element:
    """Parse, and return the tree as it is."""
    return etree.fromstring(body)


def rows(root: etree._Element) -> Iterator[Row]:
    """Return the rows of a tree."""
    for item in root[0]:
        email, *others, last = item
        hosts = [member.text or "" for member in others.pop()] if len(others) > _CHECKS else []
        yield row_of_texts(email.text or "", [check.text for check in others], hosts, last.text or "")


def rows_of_status(root: etree._Element) -> Iterator[tuple[object, ...]]:
    """Return the rows of a status response."""
    for item in root[0]:
        identity, _, *others = (int(child.text or "") for child in item)
        yield identity, *others


def read_each(body: bytes) -> list[Record]:
    """Parse, and create a model from each element."""
    return [Record(**{child.tag: _value(child) for child in item}) for item in read(body)[0]]  # type: ignore[arg-type]


def _value(element: etree._Element) -> object:
    return tuple(member.text for member in element) if len(element) else element.text
