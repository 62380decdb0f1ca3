"""The HTML report: one self-contained file without external requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, NamedTuple, TextIO

from .... import __version__
from ...report import Checked, Summary
from .contents import codes, contents_section, interruption, totals, unreadable
from .findings import findings_groups, findings_section
from .markup import Markup, clipped, element, source_hash

__all__ = ["HtmlRenderer"]

_MOST_UNREADABLE: Final = 100
"""The maximum number of unreadable sources whose reason is shown."""


class _Part(NamedTuple):
    name: str
    title: str
    content: Markup


class HtmlRenderer:
    """Collects equal findings in bounded memory, and writes the page at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._groups = findings_groups()
        self._unreadable: list[tuple[str, str]] = []

    def body(self, checked: Checked) -> None:
        """Collect the findings of one body."""
        self._groups.add(checked)
        if checked.outcome == "unreadable" and len(self._unreadable) < _MOST_UNREADABLE:
            messages = "; ".join(problem.message for problem in checked.problems)
            self._unreadable.append((clipped(checked.source), clipped(messages)))

    def end(self, summary: Summary) -> None:
        """Write the page."""
        style, script = _resource("html.css"), _resource("html.js")
        head = element("head", *_head(source_hash(style), source_hash(script)), element("style", style))
        parts = list(self._parts(summary))
        main = element("main", interruption(summary), *(_section(*part) for part in parts))
        body = element("body", _header(parts), main, _footer(), element("script", script))
        self._stream.write(f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n")

    def _parts(self, summary: Summary) -> Iterator[_Part]:
        yield _Part("totals", "Totals", totals(summary))
        if summary.unreadable:
            yield _Part("unreadable", "Unreadable", unreadable(self._unreadable, summary.unreadable))
        if len(self._groups):
            yield _Part("codes", "Findings by code", codes(summary))
        if summary.bodies:
            yield _Part("contents", "Contents", contents_section(summary))
        yield _Part(
            "findings", "Findings", findings_section(self._groups) if len(self._groups) else _no_findings(summary)
        )


def _no_findings(summary: Summary) -> Markup:
    if not summary.bodies:
        return element("p", "No body was checked.", class_="nothing")
    return element("p", "Nothing was found.", class_="nothing ok")


def _resource(name: str) -> Markup:
    return Markup(files(__name__).joinpath(name).read_text("utf-8"))


def _head(style: str, script: str) -> tuple[Markup, ...]:
    allowed = f"default-src 'none'; style-src {style}; script-src {script}; img-src data:"
    policy = f"{allowed}; base-uri 'none'; form-action 'none'"
    return (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", "bevparse report"),
        element("link", rel="icon", href="data:,"),
    )


def _header(parts: Iterable[_Part]) -> Markup:
    links = (element("a", part.title, href=f"#{part.name}") for part in parts)
    return element("header", element("h1", "bevparse report"), element("nav", *links, aria_label="Parts of the report"))


def _section(name: str, title: str, content: Markup) -> Markup:
    heading = element("h2", title, id=f"{name}-heading")
    return element("section", heading, content, id=name, aria_labelledby=f"{name}-heading")


def _footer() -> Markup:
    now = datetime.now(UTC)
    when = element("time", f"{now:%Y-%m-%d %H:%M} UTC", datetime=f"{now:%Y-%m-%dT%H:%MZ}")
    return element("footer", element("p", f"bevparse {__version__}, written ", when))
