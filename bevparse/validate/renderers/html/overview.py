"""What the report begins with: what is amiss with the run itself, totals, and findings by code with what codes mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ....problems.rules import RULES
from ...report import SEVERITIES, Summary
from ..numbers import byte_size, number, share
from ..wording import counted
from .charts import bar
from .findings import badge
from .markup import Markup, element, joined, table

__all__ = ["MOST_UNREADABLE", "codes", "interruption", "nothing", "totals", "unreadable"]

MOST_UNREADABLE: Final = 100
"""Sources that could not be read of which the reason is shown."""


def interruption(summary: Summary) -> Markup:
    """Say that there was more to check."""
    if not summary.interrupted:
        return Markup()
    said = "The run was interrupted: there is more to check, and the counts are of what was checked until then."
    return element("p", said, class_="warn")


def totals(summary: Summary) -> Markup:
    """Write the counts over all bodies."""
    severities, profile = summary.severities, summary.profile
    shown = [
        ("bodies", number(summary.bodies), ""),
        ("sound", _sound(summary), "ok" if 0 < summary.sound == summary.bodies else ""),
        ("not readable", number(summary.unreadable), "error" if summary.unreadable else ""),
        *((f"{one}s", number(severities[one]), one if severities[one] else "") for one in SEVERITIES),
        *([("known", number(summary.known), "")] if summary.known else []),
        ("size", byte_size(summary.size), ""),
    ]
    shown += [
        (name, number(count), "")
        for name, count in (
            ("requests", sum(profile.requests.values())),
            ("requests ready", profile.requests["ready"]),
            ("completed records", profile.records["completed"]),
            ("failed records", profile.records["failed"]),
        )
        if count
    ]
    boxes = (element("div", element("dt", name), element("dd", of), class_=f"total {kind}") for name, of, kind in shown)
    return element("dl", *boxes, class_="totals")


def _sound(summary: Summary) -> Markup:
    part = share(summary.sound, summary.bodies) if summary.bodies else ""
    return joined(number(summary.sound), " ", element("small", part))


def unreadable(sources: Sequence[tuple[str, str]], count: int) -> Markup:
    """List what could not be read.

    Args:
        sources: the first of it, with what was said.
        count: how much it is.
    """
    items = [element("li", element("bdi", source), " ", element("span", said)) for source, said in sources]
    if count > len(sources):
        items.append(element("li", f"and {counted(count - len(sources), 'more source')}"))
    listed = element("ul", *items, class_="unreadable")
    if len(items) > 5:
        return element("details", element("summary", counted(count, "source")), listed)
    return listed


def nothing(summary: Summary) -> Markup:
    """Say that there are no findings."""
    if not summary.bodies:
        return element("p", "No body was checked.", class_="nothing")
    return element("p", "Nothing was found.", class_="nothing ok")


def codes(summary: Summary) -> Markup:
    """Write how often each code was found, with its explanation."""
    total, most = sum(summary.codes.values()), max(summary.codes.values())
    rules = [RULES[code] for code in sorted(summary.codes)]
    rows: list[tuple[str, ...]] = []
    for rule in sorted(rules, key=lambda rule: SEVERITIES.index(rule.severity)):
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
    return table("What was found, the worst first", ("code", "severity", "", "findings", "share"), rows, "bars codes")
