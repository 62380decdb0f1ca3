"""The HTML report: one self-contained file without external requests."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple, TextIO

from ...conditions import Conditions
from ...report import SEVERITIES, Checked, Summary
from ..file_counts import FileCounts
from ..phrases import details, headline
from .contents import codes, conditions_list, contents_section, file_table, interruption, totals
from .findings import findings_groups, findings_section
from .markup import Markup, element, source_hash

__all__ = ["HtmlRenderer"]


class _Part(NamedTuple):
    name: str
    title: str
    content: Markup


class HtmlRenderer:
    """Collects findings in bounded memory, and writes the page at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._conditions: Conditions | None = None
        self._groups = findings_groups()
        self._files = FileCounts()

    def show(self, conditions: Conditions) -> None:
        """Set the conditions to show."""
        self._conditions = conditions

    def body(self, checked: Checked) -> None:
        """Collect the findings of one body."""
        self._groups.add(checked)
        self._files.add(checked)

    def end(self, summary: Summary) -> None:
        """Write the page."""
        self._files.end()
        result = _sentence(headline(self._files))
        parts = list(self._parts(summary))
        style, script = _resource("html.css"), _resource("html.js")
        head = element("head", *_head(result, source_hash(style), source_hash(script)), element("style", style))
        main = element("main", self._result(result, summary), *(_section(*part) for part in parts), id="main")
        skip = element("a", "Skip to the findings", href="#findings" if len(self._groups) else "#main", class_="skip")
        body = element("body", skip, _header(parts), main, element("script", script))
        self._stream.write(f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n")

    def _result(self, result: str, summary: Summary) -> Markup:
        """Return the first section: what was found, what was checked, and how."""
        worst = next((one for one in SEVERITIES if summary.severities[one]), "ok" if summary.bodies else "info")
        return element(
            "section",
            interruption(summary),
            element("h2", result, id="result-heading", class_=f"result {worst}"),
            element("p", _sentence("; ".join(details(summary))) + "."),
            conditions_list(self._conditions) if self._conditions else Markup(),
            id="result",
            aria_labelledby="result-heading",
        )

    def _parts(self, summary: Summary) -> Iterator[_Part]:
        if summary.bodies or len(self._groups):
            yield _Part("totals", "Totals", totals(summary))
        if len(self._groups):
            yield _Part("codes", "Findings by code", codes(summary))
        if self._files.with_findings:
            yield _Part("files", "Findings by file", file_table(self._files))
        if len(self._groups):
            yield _Part("findings", "Findings", findings_section(self._groups))
        if summary.bodies:
            yield _Part("contents", "Contents", contents_section(summary))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _resource(name: str) -> Markup:
    return Markup(files(__name__).joinpath(name).read_text("utf-8"))


def _head(result: str, style: str, script: str) -> tuple[Markup, ...]:
    allowed = f"default-src 'none'; style-src {style}; script-src {script}; img-src data:"
    policy = f"{allowed}; base-uri 'none'; form-action 'none'"
    return (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"bevparse: {result}"),
        element("link", rel="icon", href="data:,"),
    )


def _header(parts: list[_Part]) -> Markup:
    links = [element("a", part.title, href=f"#{part.name}") for part in parts]
    nav = element("nav", *links, aria_label="Parts of the report") if links else Markup()
    return element("header", element("h1", "bevparse report"), nav)


def _section(name: str, title: str, content: Markup) -> Markup:
    heading = element("h2", title, id=f"{name}-heading")
    return element("section", heading, content, id=name, aria_labelledby=f"{name}-heading")
