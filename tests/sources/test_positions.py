"""Lines and columns of offsets in data."""

from __future__ import annotations

import pytest

from bevparse.sources.positions import Positions

DATA = "a\nä€\n\nb".encode()


@pytest.mark.parametrize("offsets", [(0, 2, 4, 7, 9), (9, 2, 7, 0, 4), (4, 4, 0, 0, 9)])
def test_position_counts_characters_from_the_last_line_end(offsets: tuple[int, ...]) -> None:
    positions = Positions(DATA)
    expected = {0: (1, 1), 2: (2, 1), 4: (2, 2), 7: (2, 3), 9: (4, 1)}

    assert [positions.at(offset) for offset in offsets] == [expected[offset] for offset in offsets]
