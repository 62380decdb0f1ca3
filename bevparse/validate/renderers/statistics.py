"""Bars and columns for terminals, of block characters or, where these cannot be written, of ASCII."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from unicodedata import combining, east_asian_width

from ...models import EmailRecord
from ...payloads.layout import layout_of
from ...problems import escape
from ..profile import CHECKS, Profile
from ..report import Summary
from .json import counts_object, kinds_list
from .numbers import byte_size, number, series, share
from .wording import counted

__all__ = ["ASCII", "BLOCKS", "Style", "as_json", "bar", "columns", "padded", "stacked", "text_lines"]

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


_SAID: Final = ("true", "false", "not said")
_WIRE: Final = {field.attribute: field.wire.name for field in layout_of(EmailRecord).fields}
_WIDEST: Final = 100
_NARROWEST_BAR: Final = 8
_LABEL: Final = 32

_MOST: Final = 12
"""Rows of one distribution; what is rarer is added up."""


def as_json(summary: Summary) -> dict[str, object]:
    """Give everything that was counted, in values that JSON knows."""
    profile = summary.profile
    return {
        **counts_object(summary),
        "kinds": kinds_list(summary),
        "requests": _sorted(profile.requests),
        "records": _sorted(profile.records),
        "results": _sorted(profile.results),
        "checks": {
            _WIRE[check]: {word: profile.checks[check, word] for word in _SAID} for check in CHECKS if profile.checks
        },
        "errors": _sorted(profile.errors),
        "days": dict(sorted(profile.days.items())),
        "sizes": [
            {"below": 2**digits if digits else 1, "bodies": count} for digits, count in sorted(profile.sizes.items())
        ],
    }


def text_lines(summary: Summary, width: int, style: Style) -> Iterator[str]:
    """Draw everything that was counted.

    Args:
        summary: the counts.
        width: the columns of the terminal.
        style: what is drawn with.
    """
    profile = summary.profile
    chart = _Chart(min(width, _WIDEST), style)
    unreadable = f", {number(summary.unreadable)} not readable" if summary.unreadable else ""
    bodies = f"{number(summary.bodies)} {'body' if summary.bodies == 1 else 'bodies'}"
    interrupted = "interrupted: " if summary.interrupted else ""
    yield f"{interrupted}{bodies}, {byte_size(summary.size)}, {number(summary.sound)} sound{unreadable}"
    kinds = Counter({f"{endpoint:9} {format}": count for (endpoint, format), count in summary.kinds.items()})
    yield from chart.rows("bodies by endpoint and format", dict(sorted(kinds.items())))
    yield from chart.rows("requests", _sorted(profile.requests))
    yield from chart.rows("records", _sorted(profile.records))
    yield from chart.rows("result of completed records", _fewer(profile.results))
    yield from chart.checks(profile)
    yield from chart.days(profile.days)
    yield from chart.rows("bodies by size", _sizes(profile.sizes))
    yield from chart.rows("errors that the service told", _fewer(profile.errors))


class _Chart:
    def __init__(self, width: int, style: Style) -> None:
        self._width = width
        self._style = style

    def rows(self, title: str, counts: Mapping[str, int]) -> Iterator[str]:
        """Draw a bar for each count, if there are any."""
        total = sum(counts.values())
        if not total:
            return
        yield from ("", title)
        words = {escape(word): count for word, count in counts.items()}
        label = min(max(map(len, words)), _LABEL, self._width // 2)
        figure = max(len(number(count)) for count in counts.values())
        room = max(self._width - label - figure - 12, _NARROWEST_BAR)
        for word, count in words.items():
            drawn = bar(count, max(counts.values()), room, self._style)
            yield f"  {padded(word, label)}  {number(count):>{figure}}  {share(count, total):>4}  {drawn}".rstrip()

    def checks(self, profile: Profile) -> Iterator[str]:
        """Draw the parts of each check, if there are any."""
        if not profile.checks:
            return
        key = ", ".join(f"{part} {word}" for part, word in zip(self._style.parts, _SAID, strict=True))
        yield from ("", f"checks of completed records ({key})")
        yield f"  {'':15}  " + "  ".join(f"{word:>8}" for word in _SAID)
        for check in CHECKS:
            counts = [profile.checks[check, word] for word in _SAID]
            figures = "  ".join(f"{share(count, sum(counts)):>8}" for count in counts)
            drawn = stacked(counts, max(self._width - 49, _NARROWEST_BAR), self._style)
            yield f"  {_WIRE[check]:15}  {figures}  {drawn}"

    def days(self, days: Mapping[str, int]) -> Iterator[str]:
        """Draw when requests started, if that is known of any."""
        if not days:
            return
        unit, (counts,) = series(days)
        most, at = max((count, label) for label, count in counts)
        yield from ("", f"requests by {unit} of start, {_dates(sorted(days))}")
        if len(counts) > 1:
            yield f"  {columns([count for _, count in counts], self._style)}".rstrip()
        yield f"  at most {number(most)} ({at})"


def _dates(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _fewer(counts: Mapping[str, int]) -> dict[str, int]:
    ordered = [*_sorted(counts).items()]
    rest = ordered[_MOST:]
    others = [(f"({counted(len(rest), 'other')})", sum(count for _, count in rest))] if rest else []
    return dict([*ordered[:_MOST], *others])


def _sizes(sizes: Mapping[int, int]) -> dict[str, int]:
    """Give a row for each size between the least and the greatest."""
    labels = ((digits, f"under {byte_size(2**digits)}" if digits else "empty") for digits in _span(sizes))
    return {label: sizes.get(digits, 0) for digits, label in labels}


def _span(sizes: Mapping[int, int]) -> range:
    return range(min(sizes), max(sizes) + 1) if sizes else range(0)
