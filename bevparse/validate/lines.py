"""The check of JSON Lines: lines without problems are checked together, and all others one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import compress
from operator import not_
from typing import cast

from ..apikeys import may_hold_key
from ..endpoints import endpoint_of
from ..files.paths import plain_name
from ..lanes.columns import in_columns
from ..lanes.small import LineRecords, read_lines
from ..models import CompletedResponse, StatusResponse
from ..payloads.instances import build_all
from ..payloads.layout import items_of
from ..sources import LineBlock
from .checks import check
from .consistency import are_consistent, inconsistencies
from .content import Content
from .cross_checks import facts_of
from .profile import profile_of
from .report import Checked
from .settings import Settings

__all__ = ["check_lines"]


def check_lines(block: LineBlock, settings: Settings) -> Iterator[Checked]:
    """Check lines, and return the result that `check` would return for each line."""
    found: Sequence[Checked | None] = [None] * len(block.lines)
    with suppress(MemoryError):  # a single line needs less memory
        found = _check_together(block, settings)
    for number, checked in enumerate(found):
        if checked is not None:
            yield checked
        elif source := block.source(number):
            yield from check(source, settings)


def _check_together(block: LineBlock, settings: Settings) -> list[Checked | None]:
    """Return the results of the lines without anything to report, and None for the others."""
    read: list[LineRecords | None] = [None] * len(block.lines)
    contents: dict[int, Content] = {}
    if settings.are_lines_alike:
        read = [*read_lines(block.lines, block.are_records(), settings.model, settings.limits)]
    if may_hold_key(b"\n".join(block.lines)):
        read = [None if may_hold_key(line) else one for one, line in zip(read, block.lines, strict=True)]
    completed = [number for number, one in enumerate(read) if one and one[0] is CompletedResponse]
    checked = are_consistent([cast(LineRecords, read[number])[1] for number in completed])
    for number in compress(completed, map(not_, checked)):
        read[number] = None
    for number, one in enumerate(read):
        if one and (settings.profile or one[0] is StatusResponse):
            model, records = one
            contents[number] = Content(model, in_columns(build_all(items_of(model).layout.model, records)))
            is_checked = model is CompletedResponse  # above
            if not is_checked and next(inconsistencies(contents[number], now=settings.now), None):
                read[number] = None
    return _results(block, settings, read, contents)


def _results(
    block: LineBlock, settings: Settings, read: Sequence[LineRecords | None], contents: Mapping[int, Content]
) -> list[Checked | None]:
    """Return the results of the lines that were read."""
    in_file = block.inner.startswith("#") and plain_name(block.file) == block.file
    results: list[Checked | None] = [
        Checked(block.file, f"{block.inner}{index}", "json", endpoint_of(one[0]), size=len(line), in_file=in_file)
        if one
        else None
        for index, (line, one) in enumerate(zip(block.lines, read, strict=True), block.first)
    ]
    for number, content in contents.items():
        source, checked = block.source(number), results[number]
        if source and checked:
            if settings.cross is not False:  # None compares bodies that were found, as lines are
                checked.facts = tuple(facts_of(source, content, "json"))
            if settings.profile:
                checked.profile = profile_of(content, checked.size, 0)
    return results
