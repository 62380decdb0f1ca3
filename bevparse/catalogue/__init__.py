"""The catalogue of problem codes: the one table behind `bevparse rule`, the documentation and every severity."""

from __future__ import annotations

from typing import Final

from . import contradictions, keys, payloads, sources, spellings, syntax
from .rule import Row, Rule, Severity

__all__ = ["CATALOGUE", "Rule", "Severity"]

_ROWS: Final[tuple[Row, ...]] = (
    *sources.ROWS,
    *syntax.ROWS,
    *payloads.ROWS,
    *spellings.ROWS,
    *contradictions.ROWS,
    *keys.ROWS,
)

CATALOGUE: dict[str, Rule] = {row[0]: Rule(*row) for row in _ROWS}
