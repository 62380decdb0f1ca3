"""What the report shows of the bodies themselves: kinds, dates, verdicts, checks, error replies, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ...profile import CHECKS, Profile
from ...report import Summary
from ..numbers import byte_size, number, series, share
from .charts import bar, columns
from .markup import Markup, clipped, element, table

__all__ = ["contents_section"]

_MOST_WORDS: Final = 12
_SAID: Final = (("true", "true"), ("false", "false"), ("not said", "unsaid"))


def contents_section(summary: Summary) -> Markup:
    """Write a card for everything that there is something to say about."""
    return element("div", *_cards(summary), class_="cards")


def _cards(summary: Summary) -> Iterator[Markup]:
    profile = summary.profile
    yield _card("Endpoints and formats", _matrix(summary.kinds))
    if profile.days:
        yield _card("Over time", *_over_time(profile))
    if profile.results:
        yield _card("Results", _words("Completed records by result", "result", "records", profile.results))
    if profile.checks:
        yield _card("Checks", _checks(profile.checks))
    if profile.errors:
        yield _card("Error replies", _words("Errors that were told by the service", "error", "times", profile.errors))
    if profile.sizes:
        yield _card("Sizes", *_sizes(profile.sizes))


def _card(title: str, *inside: Markup) -> Markup:
    return element("section", element("h3", title), *inside, class_="card")


def _matrix(kinds: Counter[tuple[str, str]]) -> Markup:
    formats = sorted({format for _, format in kinds})
    rows: list[tuple[str, ...]] = []
    for endpoint in sorted({endpoint for endpoint, _ in kinds}):
        counts = [kinds[endpoint, format] for format in formats]
        rows.append((endpoint, *map(_count, counts), number(sum(counts))))
    sums = [sum(count for (_, one), count in kinds.items() if one == format) for format in formats]
    rows.append(("all", *map(number, sums), number(sum(sums))))
    return _scrolled("Bodies by endpoint and format", ("endpoint", *formats, "all"), rows, "matrix")


def _over_time(profile: Profile) -> Iterator[Markup]:
    unit, (requests, findings) = series(profile.days, profile.findings)
    yield columns("requests", f"Requests by the {unit} of their start", requests)
    if profile.findings:
        yield columns("findings-by-day", f"Findings by the {unit} of the first start in their body", findings, "bad")
    rows: list[tuple[str, ...]] = [
        (label, number(count), number(found))
        for (label, count), (_, found) in zip(requests, findings, strict=True)
        if count or found
    ]
    yield _figures(table("Requests and findings over time", (unit, "requests", "findings"), rows))


def _words(caption: str, head: str, counted: str, counts: Counter[str]) -> Markup:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    total = sum(counts.values())
    shown = ordered[:_MOST_WORDS]
    if len(ordered) > _MOST_WORDS:
        others = [count for _, count in ordered[_MOST_WORDS:]]
        shown.append((f"({number(len(others))} others)", sum(others)))
    rows: list[tuple[str, ...]] = [
        (
            element("span", clipped(word, 80), class_="value"),
            bar([(count, "all")], total),
            number(count),
            share(count, total),
        )
        for word, count in shown
    ]
    return table(caption, (head, "", counted, "share"), rows, "bars")


def _checks(checks: Counter[tuple[str, str]]) -> Markup:
    heads = (element("span", word, class_=f"key {name}") for word, name in _SAID)
    rows: list[tuple[str, ...]] = []
    for check in CHECKS:
        counts = [checks[check, word] for word, _ in _SAID]
        parts = zip(counts, (name for _, name in _SAID), strict=True)
        drawn = bar(parts, sum(counts)) if any(counts) else ""
        rows.append((check.removesuffix("_check").replace("_", " "), drawn, *map(number, counts)))
    return table("Completed records by check", ("check", "", *heads), rows, "bars checks")


def _sizes(sizes: Counter[int]) -> Iterator[Markup]:
    counts = [(_size_label(digits), sizes[digits]) for digits in range(min(sizes), max(sizes) + 1)]
    yield columns("sizes", "Bodies by size", counts)
    rows: list[tuple[str, ...]] = [(label, number(count)) for label, count in counts if count]
    yield _figures(table("Bodies by size", ("size", "bodies"), rows))


def _size_label(digits: int) -> str:
    return f"under {byte_size(2**digits)}" if digits else "empty"


def _figures(figures: Markup) -> Markup:
    return element("details", element("summary", "Figures"), element("div", figures, class_="scroll"))


def _scrolled(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]], class_: str) -> Markup:
    """Write a table that may be wider than a phone; who has no pointer scrolls it by its focus."""
    inside = table(caption, heads, rows, class_)
    return element("div", inside, class_="scroll", role="group", aria_label=caption, tabindex=0)


def _count(count: int) -> Markup:
    return element("span", number(count), class_="n" if count else "none")
