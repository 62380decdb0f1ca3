"""What standard output is: a terminal with or without colours, a file or a pipe."""

from __future__ import annotations

import os
from typing import Final, Literal, TextIO, TypeAlias

from ..validate.renderers.terminal import Screen

__all__ = ["COLORS", "Color", "screen_of"]

Color: TypeAlias = Literal["auto", "always", "never"]
COLORS: Final[tuple[Color, ...]] = ("auto", "always", "never")
"""The values of `--color`, the default first."""


def screen_of(stream: TextIO, color: Color) -> Screen:
    """Return what shows the text that is written to a stream.

    Args:
        stream: standard output.
        color: whether to use colours. For "auto" the environment decides, or else whether the stream is a terminal.
    """
    return Screen(colored=color == "always" or (color == "auto" and _shows_colors(stream)))


def _shows_colors(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    # consoles of Windows show escape sequences as text, unless a program changes their mode
    return stream.isatty() and os.environ.get("TERM") != "dumb" and os.name == "posix"
