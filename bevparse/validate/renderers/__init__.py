"""How findings are shown: one module for each output format, by name."""

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
from .text import ConciseRenderer, TextRenderer

__all__ = ["RENDERERS", "Renderer", "step_summary"]


class Renderer(Protocol):
    """Writes findings to a stream while they come in, or at the end where a format needs it so."""

    def body(self, checked: Checked) -> None:
        """Write what was found in one body."""
        ...

    def end(self, summary: Summary) -> None:
        """Write the counts, and what makes the whole well-formed; also when the run was interrupted."""
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
"""The renderers by the names that `--output` takes."""
