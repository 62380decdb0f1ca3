"""Days gathered into no more columns than a chart can show: days, months, years, or several years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, NamedTuple

__all__ = ["byte_size", "number", "series", "share"]

_MOST: Final = 62
"""Columns that can be told apart on a phone: two months of days."""


class _Unit(NamedTuple):
    name: str
    number: Callable[[date], int]
    """Counts the unit that a day is in."""
    label: Callable[[int], str]
    """Names a unit by its number."""


def _day_label(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_label(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _year(day: date) -> int:
    return day.year


_UNITS: Final = (
    _Unit("day", date.toordinal, _day_label),
    _Unit("month", _month, _month_label),
    _Unit("year", _year, "{:04}".format),
)


def series(*counts: Mapping[str, int]) -> tuple[str, list[list[tuple[str, int]]]]:
    """Gather counts of days, all over the same time.

    Args:
        counts: each by day, as `2018-06-05`, or by year where days are too many; one day at least.

    Returns:
        What one column stands for, and for each of the counts its columns, empty ones among them.

    >>> series({"2018-06-05": 2, "2018-06-07": 1})
    ('day', [[('2018-06-05', 2), ('2018-06-06', 0), ('2018-06-07', 1)]])
    """
    days = [_day(text) for one in counts for text in one]
    ranges = {unit: range(unit.number(min(days)), unit.number(max(days)) + 1) for unit in _UNITS}
    unit = next((unit for unit in _UNITS if len(ranges[unit]) <= _MOST), _UNITS[-1])
    step = -(-len(ranges[unit]) // _MOST)
    gathered = [Counter[int]() for _ in counts]
    for columns, one in zip(gathered, counts, strict=True):
        for text, count in one.items():
            columns[ranges[unit].index(unit.number(_day(text))) // step] += count
    labels = [unit.label(number) for number in ranges[unit][::step]]
    name = unit.name if step == 1 else f"{step} years"
    return name, [[(label, columns[index]) for index, label in enumerate(labels)] for columns in gathered]


def _day(text: str) -> date:
    return date.fromisoformat(text if len(text) > 4 else f"{text}-01-01")


def number(count: int) -> str:
    """Write a count with its thousands apart.

    >>> number(1234567)
    '1,234,567'
    """
    return f"{count:,}"


def share(count: int, total: int) -> str:
    """Write a part of a whole, where only nothing is 0% and only all is 100%.

    >>> share(0, 9), share(1, 3), share(1, 9999), share(9998, 9999), share(9, 9)
    ('0%', '33%', '<1%', '>99%', '100%')
    """
    percent = 100 * count / total
    if 0 < percent < 1:
        return "<1%"
    return ">99%" if 99 < percent < 100 else f"{percent:.0f}%"


_BYTE_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def byte_size(size: int) -> str:
    """Write a number of bytes for people.

    >>> byte_size(1023), byte_size(1024), byte_size(1536 * 1024), byte_size(2**60)
    ('1023 B', '1 KiB', '1.5 MiB', '1048576 TiB')
    """
    power = min(max(size.bit_length() - 1, 0) // 10, len(_BYTE_UNITS) - 1)
    value = size / 2 ** (10 * power)
    return (
        f"{value:.0f} {_BYTE_UNITS[power]}"
        if value >= 10 or value.is_integer()
        else f"{value:.1f} {_BYTE_UNITS[power]}"
    )
