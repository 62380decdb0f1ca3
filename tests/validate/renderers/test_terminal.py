"""Excerpts on a terminal: they fit its width, and the caret stays below the place."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse.problems import Problem
from bevparse.validate.renderers.phrases import display_width
from bevparse.validate.renderers.terminal import Screen, TextRenderer
from bevparse.validate.report import Checked, Excerpt

FOUND = Problem("BEV203", "expected true, false or null, got 'maybe'")
DIGITS = "0123456789" * 12


def shown(text: str, caret: int, columns: int | None) -> list[str]:
    """Return the excerpt and the line of the caret, as they are on a screen."""
    stream = io.StringIO()
    renderer = TextRenderer(stream)
    renderer.screen = Screen(columns=columns)
    renderer.body(Checked("a", problems=(FOUND,), excerpts=(Excerpt(text, caret),)))
    return stream.getvalue().split("\n")[-3:-1]


@pytest.mark.parametrize(
    ("text", "caret", "columns", "expected"),
    [
        (DIGITS, 60, None, ["    " + DIGITS, " " * 64 + "^"]),
        (DIGITS[:26], 25, 30, ["    " + DIGITS[:26], " " * 29 + "^"]),
        (DIGITS[:26], 26, 30, ["    ..." + DIGITS[4:26], " " * 29 + "^"]),
        (DIGITS, 60, 30, ["    ..." + DIGITS[:20] + "...", " " * 17 + "^"]),
        (DIGITS, 2, 30, ["    " + DIGITS[:23] + "...", "      ^"]),
        (DIGITS, 118, 30, ["    ..." + DIGITS[97:], " " * 28 + "^"]),
        (DIGITS, 60, 3, ["    ..." + DIGITS[3:17] + "...", " " * 14 + "^"]),
        ("\u4e2d" * 40, 20, 30, ["    ..." + "\u4e2d" * 10 + "...", " " * 17 + "^"]),
        ("e\u0301\ufe0f" * 40, 60, 30, ["    ..." + "e\u0301\ufe0f" * 20 + "...", " " * 17 + "^"]),
        ("...345" + DIGITS[:14] + "...", 12, 26, ["    ...45" + DIGITS[:14] + "...", " " * 15 + "^"]),
    ],
)
def test_excerpt_fits_and_the_caret_is_below_its_place(
    text: str, caret: int, columns: int | None, expected: list[str]
) -> None:
    assert shown(text, caret, columns) == expected


@given(st.text(st.sampled_from("ab\u4e2d\u0301\u20dd.")), st.integers(0, 40), st.integers(24, 60))
def test_any_excerpt_fits_and_keeps_what_is_above_the_caret(text: str, caret: int, columns: int) -> None:
    caret = min(caret, len(text))

    line, below = shown(text, caret, columns)

    assert max(map(display_width, (line, below))) <= columns
    places = {display_width(line[:index]): one for index, one in enumerate(line) if display_width(one)}
    if display_width(text[caret : caret + 1]):
        assert places[len(below) - 1] == text[caret]
