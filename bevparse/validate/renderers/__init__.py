"""How findings are shown: one module for each output format, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TextIO

from ..report import Checked, Summary
from .json import JsonRenderer
from .text import TextRenderer

__all__ = ["RENDERERS", "Renderer"]


class Renderer(Protocol):
    """Writes findings to a stream while they come in."""

    def body(self, checked: Checked) -> None:
        """Write what was found in one body."""
        ...

    def end(self, summary: Summary) -> None:
        """Write the counts over all bodies."""
        ...


RENDERERS: Final[dict[str, Callable[[TextIO], Renderer]]] = {"json": JsonRenderer, "text": TextRenderer}
"""The renderers by the names that `--output` takes."""
