"""An SVG chart of the time of each reader, for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from .contest import Contest, Entry
from .contestants import OURS
from .tables import duration

__all__ = ["draw"]

_WIDTH: Final = 860
_NAMES: Final = 250
_BARS: Final = 400
_ROW: Final = 22
_TITLE: Final = 34
_GAP: Final = 14
_STYLE: Final = """\
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
.title{font-weight:600;font-size:14px}
.note{fill:#57606a;font-size:12px}
.ours{font-weight:600}
rect{fill:#8c959f}
rect.ours,rect.variant{fill:#0969da}
rect.floor{fill:#1a7f37}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.note{fill:#9198a1}
rect{fill:#6e7681}
rect.ours,rect.variant{fill:#4493f8}
rect.floor{fill:#3fb950}
}"""


def draw(contests: list[Contest], note: str) -> str:
    """Return an SVG chart of the contests, one below the other, the fastest entry first.

    Args:
        contests: the contests that read many records.
        note: the environment of the measurement.
    """
    lines: list[str] = []
    top = 0
    for contest in contests:
        lines += _panel(contest, top)
        top += _TITLE + _ROW * len(contest.entries) + _GAP
    lines.append(_text(8, top + 14, f"* makes no objects. {note}", "note"))
    height = top + 28
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img">'
    title = "<title>Time to read 50,000 records; shorter is faster</title>"
    return "\n".join([opening, title, f"<style>\n{_STYLE}\n</style>", *lines, "</svg>", ""])


def _panel(contest: Contest, top: int) -> Iterator[str]:
    yield _text(8, top + 22, f"{contest.title} (shorter is faster)", "title")
    entries = sorted(contest.entries, key=lambda entry: entry.median)
    ours = contest.entry(OURS)
    for number, entry in enumerate(entries):
        yield from _bar(entry, ours, entries[-1].median, top + _TITLE + _ROW * number)


def _bar(entry: Entry, ours: Entry | None, longest: float, top: int) -> Iterator[str]:
    kind = "ours" if entry is ours else "variant" if entry.name.startswith(OURS) else "floor" if entry.floor else "peer"
    width = max(2.0, _BARS * entry.median / longest)
    ratio = f", {entry.median / ours.median:.2f}x bevparse" if ours and entry is not ours else ""
    name = f"{entry.name} (floor)" if entry.floor else entry.name
    name += " *" if entry.loses.startswith("no objects") else ""
    yield _text(_NAMES - 8, top + 14, name, kind, "end")
    yield f'<rect class="{kind}" x="{_NAMES}" y="{top + 2}" width="{width:.1f}" height="{_ROW - 6}" rx="2"/>'
    yield _text(_NAMES + round(width) + 8, top + 14, duration(entry.median) + ratio, kind)


def _text(x: int, y: int, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
