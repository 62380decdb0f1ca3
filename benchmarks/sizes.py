"""The sizes of the bodies."""

from __future__ import annotations

from typing import Final

__all__ = ["FORMATS", "GROWTH", "MANY"]

FORMATS: Final = ("json", "xml", "csv")
MANY: Final = 50_000
GROWTH: Final = (1_000, 10_000, 100_000, 1_000_000)
