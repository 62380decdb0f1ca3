"""Bars and columns for terminals, of block characters or, where these cannot be written, of ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from unicodedata import combining, east_asian_width

__all__ = ["ASCII", "BLOCKS", "Style", "bar", "columns", "padded", "stacked"]


_CUT: Final = "..."


class Style(NamedTuple):
    """The characters that are drawn with."""

    steps: str
    """What fills the last cell of a bar, from next to nothing to all."""
    heights: str
    """What fills a cell from below, from nothing to all."""
    parts: str
    """What tells the parts of a bar apart."""


BLOCKS: Final = Style("▏▎▍▌▋▊▉█", " ▁▂▃▄▅▆▇█", "█▒░")
ASCII: Final = Style("#", " .:-=+*#", "#-.")


def bar(count: int, most: int, width: int, style: Style) -> str:
    """Draw a count beside the most there is; only nothing has no bar.

    >>> bar(5, 10, 4, ASCII), bar(1, 1000, 4, ASCII), bar(0, 10, 4, ASCII), bar(3, 16, 4, BLOCKS)
    ('##', '#', '', '▊')
    """
    fine = len(style.steps)
    length = max(round(count * width * fine / most), 1) if count else 0
    full, rest = divmod(length, fine)
    return style.steps[-1] * full + (style.steps[rest - 1] if rest else "")


def stacked(counts: Sequence[int], width: int, style: Style) -> str:
    """Draw the parts of a whole, as wide as there is room.

    >>> stacked([3, 1, 0], 8, ASCII), stacked([0, 0, 0], 8, ASCII)
    ('######--', '')
    """
    total, drawn, done = sum(counts), "", 0
    for count, part in zip(counts, style.parts, strict=True):
        done += count
        drawn += part * (round(width * done / total) - len(drawn)) if total else ""
    return drawn


def columns(counts: Sequence[int], style: Style) -> str:
    """Draw a column of one character for each count; only nothing has none.

    >>> columns([0, 1, 50, 100], ASCII), columns([0, 1, 50, 100], BLOCKS)
    (' .=#', ' ▁▄█')
    """
    most = len(style.heights) - 1
    return "".join(style.heights[max(round(most * count / max(counts)), 1) if count else 0] for count in counts)


def padded(text: str, width: int) -> str:
    """Cut a text to so many columns of a terminal, or fill it with blanks; ideographs take two, combining marks none.

    >>> padded("unknown", 9), padded("unknown", 6), padded("漢字漢字", 6)
    ('unknown  ', 'unk...', '漢... ')
    """
    widths = [0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text]
    if sum(widths) > width:
        while sum(widths) > width - len(_CUT):
            widths.pop()
        text = text[: len(widths)] + _CUT
        widths.append(len(_CUT))
    return text + " " * (width - sum(widths))
