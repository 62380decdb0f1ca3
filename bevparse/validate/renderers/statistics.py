"""What bodies contain, for `bevparse stats`: charts of text for terminals, or values for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ...models import EmailRecord
from ...payloads.layout import layout_of
from ...problems import escape
from ..content import CHECKS
from ..profile import MISSING, Profile
from ..report import Summary
from .json import counts_object, kinds_list
from .numbers import by_frequency, byte_size, most_frequent, number, series, share, size_classes
from .phrases import display_width, passed_over

__all__ = ["ASCII", "BLOCKS", "Style", "as_json", "bar", "columns", "padded", "stacked", "text_lines"]

_CUT: Final = "..."
_VALUES: Final = ("true", "false", MISSING)
_WIRE_NAMES: Final = {field.attribute: field.wire.name for field in layout_of(EmailRecord).fields}
_JSON_WORDS: Final = {MISSING: "not said"}
"""Values that have another name in JSON, which programs depend on."""
_MOST_COLUMNS: Final = 100
_LEAST_BAR: Final = 8
_MOST_LABEL: Final = 32


class Style(NamedTuple):
    """The characters of charts."""

    steps: str
    """Characters for the last cell of a bar, from nearly empty to full."""
    heights: str
    """Characters for a column of one cell, from empty to full."""
    parts: str
    """Characters for the parts of a stacked bar."""


BLOCKS: Final = Style("▏▎▍▌▋▊▉█", " ▁▂▃▄▅▆▇█", "█▒░")
ASCII: Final = Style("#", " .:-=+*#", "#-.")


def bar(count: int, most: int, width: int, style: Style) -> str:
    """Return a bar for a count, relative to the greatest count; only zero has no bar.

    >>> bar(5, 10, 4, ASCII), bar(1, 1000, 4, ASCII), bar(0, 10, 4, ASCII), bar(3, 16, 4, BLOCKS)
    ('##', '#', '', '▊')
    """
    fine = len(style.steps)
    length = max(round(count * width * fine / most), 1) if count else 0
    full, rest = divmod(length, fine)
    return style.steps[-1] * full + (style.steps[rest - 1] if rest else "")


def stacked(counts: Sequence[int], width: int, style: Style) -> str:
    """Return a bar of the whole width with a part for each count.

    >>> stacked([3, 1, 0], 8, ASCII), stacked([0, 0, 0], 8, ASCII)
    ('######--', '')
    """
    total, drawn, done = sum(counts), "", 0
    for count, part in zip(counts, style.parts, strict=True):
        done += count
        drawn += part * (round(width * done / total) - len(drawn)) if total else ""
    return drawn


def columns(counts: Sequence[int], style: Style) -> str:
    """Return a column of one character for each count, relative to the greatest count. Only zero is blank.

    >>> columns([0, 1, 50, 100], ASCII), columns([0, 1, 50, 100], BLOCKS)
    (' .=#', ' ▁▄█')
    """
    most = len(style.heights) - 1
    return "".join(style.heights[max(round(most * count / max(counts)), 1) if count else 0] for count in counts)


def padded(text: str, width: int) -> str:
    """Return a text cut or filled with blanks to a number of terminal columns.

    >>> padded("unknown", 9), padded("unknown", 6), padded("漢字漢字", 6)
    ('unknown  ', 'unk...', '漢... ')
    """
    if display_width(text) > width:
        while display_width(text) > width - len(_CUT):
            text = text[:-1]
        text += _CUT
    return text + " " * (width - display_width(text))


def as_json(summary: Summary) -> dict[str, object]:
    """Return everything that was counted, in values that JSON can express."""
    profile = summary.profile
    checks = CHECKS if profile.checks else ()
    return {
        **counts_object(summary),
        "kinds": kinds_list(summary),
        "requests": _json_counts(by_frequency(profile.requests)),
        "records": by_frequency(profile.records),
        "results": _json_counts(by_frequency(profile.results)),
        "checks": {
            _WIRE_NAMES[check]: _json_counts({value: profile.checks[check, value] for value in _VALUES})
            for check in checks
        },
        "errors": by_frequency(profile.errors),
        "days": dict(sorted(profile.days.items())),
        "sizes": [
            {"below": 2**digits if digits else 1, "bodies": count} for digits, count in sorted(profile.sizes.items())
        ],
    }


def _json_counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {_JSON_WORDS.get(word, word): count for word, count in counts.items()}


def text_lines(summary: Summary, width: int, style: Style) -> Iterator[str]:
    """Return the lines of charts of everything that was counted.

    Args:
        summary: the counts.
        width: the number of columns of the terminal.
        style: the characters of the charts.
    """
    profile = summary.profile
    chart = _Chart(min(width, _MOST_COLUMNS), style)
    unreadable = f", {number(summary.unreadable)} unreadable" if summary.unreadable else ""
    bodies = f"{number(summary.bodies)} {'body' if summary.bodies == 1 else 'bodies'}"
    interrupted = "interrupted: " if summary.interrupted else ""
    skipped = "".join(f", {part}" for part in passed_over(summary.skipped, summary.other_urls))
    yield f"{interrupted}{bodies}, {byte_size(summary.size)}, {number(summary.valid)} valid{unreadable}{skipped}"
    kinds = Counter({f"{endpoint:9} {format}": count for (endpoint, format), count in summary.kinds.items()})
    yield from chart.rows("bodies by endpoint and format", dict(sorted(kinds.items())))
    yield from chart.rows("requests", by_frequency(profile.requests))
    yield from chart.rows("records", by_frequency(profile.records))
    yield from chart.rows("result of completed records", most_frequent(profile.results))
    yield from chart.checks(profile)
    yield from chart.days(profile.days)
    yield from chart.rows("bodies by size", size_classes(profile.sizes))
    yield from chart.rows("errors that the service returned", most_frequent(profile.errors))


class _Chart:
    def __init__(self, width: int, style: Style) -> None:
        self._width = width
        self._style = style

    def rows(self, title: str, counts: Mapping[str, int]) -> Iterator[str]:
        """Return the title and a bar for each count; nothing if all counts are zero."""
        total = sum(counts.values())
        if not total:
            return
        yield from ("", title)
        words = {escape(word): count for word, count in counts.items()}
        label = min(max(map(len, words)), _MOST_LABEL, self._width // 2)
        figure = max(len(number(count)) for count in counts.values())
        room = max(self._width - label - figure - 12, _LEAST_BAR)
        for word, count in words.items():
            drawn = bar(count, max(counts.values()), room, self._style)
            yield f"  {padded(word, label)}  {number(count):>{figure}}  {share(count, total):>4}  {drawn}".rstrip()

    def checks(self, profile: Profile) -> Iterator[str]:
        """Return a stacked bar for each check; nothing if there are no completed records."""
        if not profile.checks:
            return
        key = ", ".join(f"{part} {value}" for part, value in zip(self._style.parts, _VALUES, strict=True))
        yield from ("", f"checks of completed records ({key})")
        yield f"  {'':15}  " + "  ".join(f"{value:>8}" for value in _VALUES)
        for check in CHECKS:
            counts = [profile.checks[check, value] for value in _VALUES]
            figures = "  ".join(f"{share(count, sum(counts)):>8}" for count in counts)
            drawn = stacked(counts, max(self._width - 49, _LEAST_BAR), self._style)
            yield f"  {_WIRE_NAMES[check]:15}  {figures}  {drawn}"

    def days(self, days: Mapping[str, int]) -> Iterator[str]:
        """Return a chart of the starts of requests; nothing if no start is known."""
        if not days:
            return
        unit, (counts,) = series(days)
        most, label = max((count, label) for label, count in counts)
        first, last = min(days), max(days)
        yield from ("", f"requests by {unit} of start, {first if first == last else f'{first} to {last}'}")
        if len(counts) > 1:
            yield f"  {columns([count for _, count in counts], self._style)}".rstrip()
        yield f"  at most {number(most)} ({label})"
