"""Charts as inline SVG of any width, with their figures as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from ..numbers import number
from .markup import Markup, element

__all__ = ["bar", "columns"]

_HEIGHT: Final = 100
_STEP: Final = 10


def bar(parts: Iterable[tuple[int, str]], total: int) -> Markup:
    """Return a bar of parts. Each part is a count and a CSS class.

    It is hidden from screen readers, because the figures are next to it.
    """
    counts, classes = zip(*parts, strict=True)
    starts = (0, *accumulate(counts))
    drawn = (
        element("rect", x=_percent(start, total), width=_percent(count, total), height="12", class_=name)
        for start, count, name in zip(starts, counts, classes, strict=False)
        if count
    )
    return element("svg", *drawn, class_="bar", width="100%", height="12", aria_hidden="true")


def columns(name: str, title: str, counts: Sequence[tuple[str, int]], class_: str = "") -> Markup:
    """Return a chart with a column for each label. Below it are the first and the last label only.

    Args:
        name: the prefix of its ids, unique in the page.
        title: the title of the chart.
        counts: labels with their counts, in order; at least one.
        class_: the CSS class of the columns.
    """
    most = max(count for _, count in counts)
    highest = next(label for label, count in counts if count == most)
    drawn = (_column(index, label, count, most, class_=class_) for index, (label, count) in enumerate(counts) if count)
    first, last = counts[0][0], counts[-1][0]
    svg = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", f"From {first} to {last}; maximum {number(most)} at {highest}.", id=f"{name}-desc"),
        *drawn,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="columns",
        viewBox=f"0 0 {_STEP * len(counts)} {_HEIGHT}",
        preserveAspectRatio="none",
    )
    ends = element("p", *(element("span", label) for label in dict.fromkeys((first, last))), class_="ends")
    caption = element("figcaption", title, element("span", f"maximum: {number(most)} ({highest})", class_="note"))
    return element("figure", caption, svg, ends)


def _column(index: int, label: str, count: int, most: int, *, class_: str) -> Markup:
    height = max(1, round(_HEIGHT * count / most, 1))
    return element(
        "rect",
        element("title", f"{label}: {number(count)}"),
        x=_STEP * index + 1,
        y=f"{_HEIGHT - height:g}",
        width=_STEP - 2,
        height=f"{height:g}",
        class_=class_,
    )


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.2f}%"
