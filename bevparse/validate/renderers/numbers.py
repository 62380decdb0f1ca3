"""Numbers for people: counts, shares, sizes, and counts over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ..profile import day_of

__all__ = ["by_frequency", "byte_size", "most_frequent", "number", "series", "share", "size_classes"]

_MOST_WORDS: Final = 12
_MOST_COLUMNS: Final = 62
"""The maximum number of columns: enough for the days of two months, and few enough to be distinct on a phone."""
_BYTE_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def number(count: int) -> str:
    """Return a count with commas between thousands.

    >>> number(1234567)
    '1,234,567'
    """
    return f"{count:,}"


def share(count: int, total: int) -> str:
    """Return a part of a total in percent. Only zero is 0%, and only the total is 100%.

    >>> share(0, 9), share(1, 3), share(1, 9999), share(9998, 9999), share(9, 9)
    ('0%', '33%', '<1%', '>99%', '100%')
    """
    percent = 100 * count / total
    if 0 < percent < 1:
        return "<1%"
    return ">99%" if 99 < percent < 100 else f"{percent:.0f}%"


def byte_size(size: int) -> str:
    """Return a number of bytes with a unit.

    >>> byte_size(1023), byte_size(1024), byte_size(1536 * 1024), byte_size(2**60)
    ('1023 B', '1 KiB', '1.5 MiB', '1048576 TiB')
    """
    power = min(max(size.bit_length() - 1, 0) // 10, len(_BYTE_UNITS) - 1)
    value = size / 2 ** (10 * power)
    digits = 0 if value >= 10 or value.is_integer() else 1
    return f"{value:.{digits}f} {_BYTE_UNITS[power]}"


def size_classes(sizes: Mapping[int, int]) -> dict[str, int]:
    """Return the count of each class of sizes by its label, from the smallest class with a count to the largest.

    Args:
        sizes: counts by class, which is the number of binary digits of a size.

    >>> size_classes({0: 5, 2: 1})
    {'empty': 5, 'under 2 B': 0, 'under 4 B': 1}
    """
    classes = range(min(sizes), max(sizes) + 1) if sizes else range(0)
    return {f"under {byte_size(2**digits)}" if digits else "empty": sizes.get(digits, 0) for digits in classes}


def by_frequency(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts with the greatest first, and equal counts in the order of their words."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the twelve greatest counts, and the sum of the others."""
    ordered = list(by_frequency(counts).items())
    shown, others = dict(ordered[:_MOST_WORDS]), ordered[_MOST_WORDS:]
    if others:
        shown[f"({number(len(others))} other{'s' if len(others) > 1 else ''})"] = sum(count for _, count in others)
    return shown


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    number_of: Callable[[date], int]
    """Returns the number of the unit that a day is in."""
    label_of: Callable[[int], str]
    """Returns the label of a unit by its number."""


_UNITS: Final = (
    _Unit("day", date.toordinal, lambda number: date.fromordinal(number).isoformat()),
    _Unit("month", lambda day: day.year * 12 + day.month - 1, lambda number: f"{number // 12:04}-{number % 12 + 1:02}"),
    _Unit("year", lambda day: day.year, "{:04}".format),
)


def series(*counts: Mapping[str, int]) -> tuple[str, list[list[tuple[str, int]]]]:
    """Return counts by day as the columns of charts. A column is a day, a month, a year or several years.

    Args:
        counts: counts by day, as `2018-06-05`, or by year; at least one day.

    Returns:
        The unit of a column, and a list for each of `counts`: the label and the count of each column, including zeros.

    >>> series({"2018-06-05": 2, "2018-06-07": 1})
    ('day', [[('2018-06-05', 2), ('2018-06-06', 0), ('2018-06-07', 1)]])
    """
    days = [day_of(text) for one in counts for text in one]
    ranges = {unit: range(unit.number_of(min(days)), unit.number_of(max(days)) + 1) for unit in _UNITS}
    unit = next((unit for unit in _UNITS if len(ranges[unit]) <= _MOST_COLUMNS), _UNITS[-1])
    step = -(-len(ranges[unit]) // _MOST_COLUMNS)
    sums = [Counter[int]() for _ in counts]
    for columns, one in zip(sums, counts, strict=True):
        for text, count in one.items():
            columns[ranges[unit].index(unit.number_of(day_of(text))) // step] += count
    labels = [unit.label_of(number) for number in ranges[unit][::step]]
    name = unit.name if step == 1 else f"{step} years"
    return name, [[(label, columns[index]) for index, label in enumerate(labels)] for columns in sums]
