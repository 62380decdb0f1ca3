"""Renderers, which write findings: one module for each output format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TextIO

from ..report import Checked, Summary
from .github import GithubRenderer, step_summary
from .gitlab import GitlabRenderer
from .html import HtmlRenderer
from .json import JsonLinesRenderer, JsonRenderer
from .junit import JunitRenderer
from .sarif import SarifRenderer
from .terminal import ConciseRenderer, TextRenderer

__all__ = ["RENDERERS", "Renderer", "step_summary"]


class Renderer(Protocol):
    """Writes findings to a stream, body by body, or at the end if the format needs all of them."""

    def body(self, checked: Checked) -> None:
        """Write or collect the findings of one body."""
        ...

    def end(self, summary: Summary) -> None:
        """Write the counts and complete the document, also when the run was interrupted."""
        ...


RENDERERS: Final[dict[str, Callable[[TextIO], Renderer]]] = {
    "concise": ConciseRenderer,
    "github": GithubRenderer,
    "gitlab": GitlabRenderer,
    "html": HtmlRenderer,
    "json": JsonRenderer,
    "jsonl": JsonLinesRenderer,
    "junit": JunitRenderer,
    "sarif": SarifRenderer,
    "text": TextRenderer,
}
"""The renderers by the names that `--output` accepts."""
