"""Renderers, which write findings: one module for each output format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, TextIO, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conditions import Conditions
    from ..report import Checked, Summary

__all__ = ["FORMATS", "Renderer", "ShowsConditions", "renderer_of"]


class Renderer(Protocol):
    """Writes findings to a stream, body by body, or at the end if the format needs all of them.

    A renderer that must be closed is a context manager, too.
    """

    def body(self, checked: Checked) -> None:
        """Write or collect the findings of one body."""
        ...

    def end(self, summary: Summary) -> None:
        """Write the counts and complete the document, also when the run was interrupted."""
        ...


FORMATS: Final = {
    "text": "terminal.TextRenderer",
    "concise": "terminal.ConciseRenderer",
    "github": "github.GithubRenderer",
    "gitlab": "gitlab.GitlabRenderer",
    "html": "html.HtmlRenderer",
    "json": "json.JsonRenderer",
    "jsonl": "json.JsonLinesRenderer",
    "junit": "junit.JunitRenderer",
    "parquet": "parquet.ParquetRenderer",
    "sarif": "sarif.SarifRenderer",
}
"""The module and class of each renderer, by the names that `--output-format` accepts, the default first."""


@runtime_checkable
class ShowsConditions(Protocol):
    """A renderer that also shows what was checked, and how."""

    def show(self, conditions: Conditions) -> None:
        """Set the conditions to show. This is called before the first body."""
        ...


def renderer_of(name: str, stream: TextIO, conditions: Conditions | None = None) -> Renderer:
    """Return the renderer of a format. Its module is imported only now.

    Args:
        name: the format, a key of `FORMATS`.
        stream: where the renderer writes to.
        conditions: what was checked, and how, for formats that show it.

    Raises:
        ImportError: the format needs a package that is not installed.
    """
    module, _, class_name = FORMATS[name].partition(".")
    make = cast("Callable[[TextIO], Renderer]", getattr(import_module(f".{module}", __name__), class_name))
    renderer = make(stream)
    if conditions is not None and isinstance(renderer, ShowsConditions):
        renderer.show(conditions)
    return renderer
