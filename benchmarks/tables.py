"""The measurements as aligned text."""

from __future__ import annotations

from collections.abc import Sequence

from .contest import Contest, Entry
from .contestants import BASES
from .facts import Facts
from .growth import Growth, Memory
from .regularity import Comparison, Spelled
from .sizes import MANY
from .targets import Verdict

__all__ = [
    "duration",
    "of_contest",
    "of_facts",
    "of_growth",
    "of_irregular",
    "of_memory",
    "of_spellings",
    "of_unlike",
    "of_verdicts",
    "table",
]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text; columns of numbers are aligned to the right.

    >>> print(table([["", "time"], ["one", "12 ms"], ["another", "345 ms"]]))
                 time
      one       12 ms
      another  345 ms
    """
    columns = [_aligned(column) for column in zip(*rows, strict=True) if any(column[1:])]
    return "\n".join(("  " + "  ".join(cells)).rstrip() for cells in zip(*columns, strict=True))


def _aligned(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    numbers = any(cell.lstrip("-")[:1].isdigit() for cell in column[1:])
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in column]


def duration(seconds: float) -> str:
    """Return a duration in a suitable unit.

    >>> duration(0.0000123), duration(0.00123), duration(0.123), duration(1.23)
    ('12.3 us', '1.23 ms', '123 ms', '1.23 s')
    """
    if seconds < 0.001:
        return f"{seconds * 1e6:.1f} us"
    if seconds < 1:
        return f"{seconds * 1000:.{2 if seconds < 0.01 else 0}f} ms"
    return f"{seconds:.2f} s"


def of_facts(found: Facts, seed: int) -> str:
    """Return the environment of the measurement as text."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    machine = f"{found['python']} on {found['system']}, {found['processors']} processors, seed {seed}"
    return f"{machine}\n{versions}\nTimes are processor time of all threads, unless stated otherwise.\n"


def of_contest(contest: Contest) -> str:
    """Return the results of a contest as text, the fastest entry first."""
    base = next((entry for name in BASES if (entry := contest.entry(name))), None)
    rows = [["", "median", "spread", "first", "/ bevparse", "/ floor", "peak", "/ body", "does not deliver"]]
    for entry in sorted(contest.entries, key=lambda one: one.median):
        name = f"{entry.name} (floor)" if entry.floor else entry.name
        compared = [_multiple(entry, base), _multiple(entry, contest.floor)]
        rows.append([name, *_times(entry), *compared, *_peak(entry), entry.loses])
    skipped = [f"  skipped: {name}: {why}" for name, why in contest.skipped.items()]
    return "\n".join([contest.title, table(rows), *skipped, ""])


def _times(entry: Entry) -> list[str]:
    spread = f"{duration(min(entry.seconds))} .. {duration(max(entry.seconds))}"
    return [duration(entry.median), spread, "" if entry.first is None else duration(entry.first)]


def _multiple(entry: Entry, of: Entry | None) -> str:
    return f"{entry.median / of.median:.2f}x" if of else ""


def _peak(entry: Entry) -> list[str]:
    return ["", ""] if entry.peak is None else [_megabytes(entry.peak), f"{entry.peak / entry.body:.1f}x"]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def of_memory(found: Sequence[Memory]) -> str:
    """Return the memory of bodies and responses as text."""
    rows = [["", "body", "peak", "/ body", "held", "held / record", "excluding strings"]]
    for one in found:
        sizes = [_megabytes(one.body), _megabytes(one.peak), f"{one.peak / one.body:.1f}x", _megabytes(one.held)]
        rows.append([one.format, *sizes, f"{one.held / MANY:.0f} B", f"{one.excluding_strings:.0f} B"])
    return f"Memory: {MANY:,} records\n{table(rows)}\n"


def of_spellings(found: Sequence[Spelled]) -> str:
    """Return the time and memory of every spelling as text."""
    rows = [["", "", "floor", "parse", "/ floor", "iter_records", "/ parse", "peak / body", "held / record"]]
    for one in found:
        times = [duration(one.floor), duration(one.parse), f"{one.parse / one.floor:.2f}x", duration(one.stream)]
        memory = [f"{one.stream / one.parse:.2f}x", f"{one.peak / one.body:.1f}x", f"{one.excluding_strings:.0f} B"]
        rows.append([one.format, one.spelling, *times, *memory])
    return f"Spellings: {MANY:,} records, least of all rounds; held memory without strings\n{table(rows)}\n"


def of_irregular(found: Sequence[Comparison]) -> str:
    """Return the time of bodies with one irregular record as text."""
    return f"One irregular record in {MANY:,}\n{_compared(found)}\n"


def of_unlike(found: Sequence[Comparison]) -> str:
    """Return the time of bodies whose records are unlike each other as text."""
    return f"{MANY:,} records unlike each other\n{_compared(found)}\n"


def _compared(found: Sequence[Comparison]) -> str:
    names = list(found[0].seconds)
    rows = [["", "", *names, f"worst / {names[0]}"]]
    rows += [[one.format, one.spelling, *map(duration, one.seconds.values()), f"{one.worst:.2f}x"] for one in found]
    return table(rows)


def of_growth(found: Sequence[Growth]) -> str:
    """Return the time and memory by size of the body as text."""
    rows = [["", "", "records", "time", "time / record", "peak", "peak / record"]]
    for growth in found:
        for point in growth.points:
            times = [duration(point.seconds), duration(point.seconds / point.records)]
            memory = [_megabytes(point.peak), "" if growth.spelling else f"{point.peak / point.records:.0f} B"]
            rows.append([growth.format, growth.spelling, f"{point.records:,}", *times, *memory])
    slopes = [f"  {one.format} {one.spelling}: time ~ n^{one.time_slope:.3f}{_memory_slope(one)}" for one in found]
    note = "The peak of a spelling is that of the process that reads a file by iter_records."
    return "\n".join(["Growth", table(rows), *slopes, note, ""])


def _memory_slope(growth: Growth) -> str:
    return "" if growth.spelling else f", memory ~ n^{growth.memory_slope:.3f}"


def of_verdicts(verdicts: Sequence[Verdict]) -> str:
    """Return all targets as text, with the missed ones marked."""
    rows = [["", "measured", "target", ""]]
    rows += [[one.target.text, *one.shown, "kept" if one.kept else "MISSED"] for one in verdicts]
    return f"Targets\n{table(rows)}\n"
