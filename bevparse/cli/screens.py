"""How text is shown on standard output: with or without colours, and how wide the terminal is."""

from __future__ import annotations

import os
import shutil
from typing import Final, Literal, TextIO, TypeAlias

from ..validate.renderers.terminal import Screen

__all__ = ["COLORS", "Color", "screen_of"]

Color: TypeAlias = Literal["auto", "always", "never"]
COLORS: Final[tuple[Color, ...]] = ("auto", "always", "never")
"""The values of `--color`, the default first."""


def screen_of(stream: TextIO, color: Color) -> Screen:
    """Return whether a stream shows colours, and its number of columns, if it is a terminal.

    Args:
        stream: standard output.
        color: "always" and "never" decide. With "auto", NO_COLOR and FORCE_COLOR decide, or else whether the stream is
            a terminal.
    """
    return Screen(
        colored=color == "always" or (color == "auto" and _shows_colors(stream)),
        columns=shutil.get_terminal_size().columns if stream.isatty() else None,
    )


def _shows_colors(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    # consoles of Windows show escape sequences as text, unless a program changes their mode
    return stream.isatty() and os.environ.get("TERM") != "dumb" and os.name == "posix"
