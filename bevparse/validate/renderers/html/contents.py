"""The counts in the HTML report: totals, findings by file, findings by code, and what the bodies contain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from .... import __version__
from ...conditions import Conditions
from ...content import CHECKS
from ...profile import Profile
from ...report import SEVERITIES, Summary
from ..file_counts import FileCounts
from ..numbers import byte_size, most_frequent, number, series, share, size_classes
from .charts import bar, columns
from .findings import worst_first
from .markup import Markup, badge, clipped, element, joined, scrollable, table

__all__ = ["codes", "conditions_list", "contents_section", "file_table", "interruption", "totals"]

_VALUES: Final = (("true", "true"), ("false", "false"), ("missing", "missing"))
"""The values of a check, each with the CSS class of its colour."""
_MOST_PATHS: Final = 5
_MOST_OPTIONS: Final = 40
"""The maximum number of options that are shown. A run can have any number of patterns."""


def interruption(summary: Summary) -> Markup:
    """Return a warning if the run was interrupted; otherwise nothing."""
    if not summary.interrupted:
        return Markup()
    text = "The run was interrupted. The counts are of what was checked until then."
    return element("p", text, class_="warn")


def conditions_list(conditions: Conditions) -> Markup:
    """Return what was checked, when and how."""
    now = datetime.fromtimestamp(conditions.now, UTC)
    known = {
        "Checked": _first([element("bdi", clipped(path)) for path in conditions.paths], _MOST_PATHS),
        "Time": element("time", f"{now:%Y-%m-%d %H:%M} UTC", datetime=f"{now:%Y-%m-%dT%H:%MZ}"),
        "Settings": _first([element("code", clipped(option)) for option in conditions.options], _MOST_OPTIONS),
        "Version": element("span", f"bevparse {__version__}"),
    }
    known["Settings"] = known["Settings"] or element("span", "the defaults")
    parts = (element("div", element("dt", name), element("dd", value)) for name, value in known.items() if value)
    return element("dl", *parts, class_="conditions")


def _first(parts: list[Markup], most: int) -> Markup:
    """Return the first parts, and the number of the others."""
    if len(parts) > most:
        parts[most:] = [element("span", f"and {number(len(parts) - most)} more")]
    return Markup(" ".join(parts))


def totals(summary: Summary) -> Markup:
    """Return the counts over all bodies."""
    severities, profile = summary.severities, summary.profile
    valid_share = share(summary.valid, summary.bodies) if summary.bodies else ""
    valid = joined(number(summary.valid), " ", element("small", valid_share))
    optional = {
        "requests": sum(profile.requests.values()),
        "requests ready": profile.requests["ready"],
        "completed records": profile.records["completed"],
        "failed records": profile.records["failed"],
    }
    left_out = {"known": summary.known, "files skipped": summary.skipped, "other URLs": summary.other_urls}
    shown = [
        ("bodies", number(summary.bodies), ""),
        ("valid", valid, "ok" if 0 < summary.valid == summary.bodies else ""),
        ("unreadable", number(summary.unreadable), "error" if summary.unreadable else ""),
        *((f"{one}s", number(severities[one]), one if severities[one] else "") for one in SEVERITIES),
        *((name, number(count), "") for name, count in left_out.items() if count),
        ("size", byte_size(summary.size), ""),
        *((name, number(count), "") for name, count in optional.items() if count),
    ]
    boxes = (
        element("div", element("dt", name), element("dd", value), class_=f"total {kind}") for name, value, kind in shown
    )
    return element("dl", *boxes, class_="totals")


def file_table(files: FileCounts) -> Markup:
    """Return the files with findings, the worst first."""
    worst = files.worst()
    rows = [(element("bdi", clipped(file)), *map(_count, counts)) for file, counts in worst]
    heads = ("file", *(f"{severity}s" for severity in SEVERITIES))
    more = files.with_findings - len(rows)
    left_out = f"; {number(more)} more files with findings are not listed" if more else ""
    caption = f"Files with findings, the worst first{left_out}"
    return scrollable(table(caption, heads, rows, "files", sorted_by="errors"), caption)


def _count(count: int) -> Markup:
    return element("span", number(count), class_="n" if count else "none")


def codes(summary: Summary) -> Markup:
    """Return a table of how often each code was found, with its explanation."""
    total, most = sum(summary.codes.values()), max(summary.codes.values())
    rows: list[tuple[str, ...]] = []
    for rule in worst_first(summary.codes):
        count = summary.codes[rule.code]
        meaning = element(
            "details",
            element("summary", rule.code, " ", element("span", rule.slug, class_="slug")),
            element(
                "div",
                element("p", rule.explanation),
                element("p", "For example: ", element("code", rule.example)),
                element("p", rule.remedy),
                id=rule.code,
            ),
        )
        drawn = bar([(count, rule.severity)], most)
        rows.append((meaning, badge(rule.severity), drawn, number(count), share(count, total)))
    heads = ("code", "severity", "", "findings", "share")
    return table("Errors first", heads, rows, "bars codes", sorted_by="severity")


def contents_section(summary: Summary) -> Markup:
    """Return a card for each thing that was counted in the bodies."""
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
        yield _card("Error replies", _words("Errors that the service returned", "error", "times", profile.errors))
    if profile.sizes:
        yield _card("Sizes", *_sizes(profile.sizes))


def _card(title: str, *content: Markup) -> Markup:
    return element("section", element("h3", title), *content, class_="card")


def _matrix(kinds: Counter[tuple[str, str]]) -> Markup:
    formats = sorted({format for _, format in kinds})
    rows: list[tuple[str, ...]] = []
    for endpoint in sorted({endpoint for endpoint, _ in kinds}):
        counts = [kinds[endpoint, format] for format in formats]
        cells = (element("span", number(count), class_="n" if count else "none") for count in counts)
        rows.append((endpoint, *cells, number(sum(counts))))
    sums = [sum(count for (_, one), count in kinds.items() if one == format) for format in formats]
    rows.append(("all", *map(number, sums), number(sum(sums))))
    caption = "Bodies by endpoint and format"
    return scrollable(table(caption, ("endpoint", *formats, "all"), rows, "matrix"), caption)


def _over_time(profile: Profile) -> Iterator[Markup]:
    unit, (requests, findings) = series(profile.days, profile.findings)
    yield columns("requests", f"Requests by {unit} of start", requests)
    if profile.findings:
        yield columns("findings-by-day", f"Findings by {unit} of the first start in the body", findings, "bad")
    rows: list[tuple[str, ...]] = [
        (label, number(count), number(found))
        for (label, count), (_, found) in zip(requests, findings, strict=True)
        if count or found
    ]
    yield _figures(table("Requests and findings over time", (unit, "requests", "findings"), rows))


def _words(caption: str, head: str, unit: str, counts: Counter[str]) -> Markup:
    total = sum(counts.values())
    rows: list[tuple[str, ...]] = [
        (
            element("span", clipped(word, 80), class_="value"),
            bar([(count, "all")], total),
            number(count),
            share(count, total),
        )
        for word, count in most_frequent(counts).items()
    ]
    return table(caption, (head, "", unit, "share"), rows, "bars")


def _checks(checks: Counter[tuple[str, str]]) -> Markup:
    heads = (element("span", value, class_=f"key {name}") for value, name in _VALUES)
    rows: list[tuple[str, ...]] = []
    for check in CHECKS:
        counts = [checks[check, value] for value, _ in _VALUES]
        parts = zip(counts, (name for _, name in _VALUES), strict=True)
        drawn = bar(parts, sum(counts)) if any(counts) else ""
        rows.append((check.removesuffix("_check").replace("_", " "), drawn, *map(number, counts)))
    return table("Completed records by check", ("check", "", *heads), rows, "bars checks")


def _sizes(sizes: Counter[int]) -> Iterator[Markup]:
    counts = size_classes(sizes)
    yield columns("sizes", "Bodies by size", [*counts.items()])
    rows: list[tuple[str, ...]] = [(label, number(count)) for label, count in counts.items() if count]
    yield _figures(table("Bodies by size", ("size", "bodies"), rows))


def _figures(figures: Markup) -> Markup:
    return element("details", element("summary", "Figures"), element("div", figures, class_="scroll"))
