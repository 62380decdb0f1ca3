"""The catalogue of problem codes: the one table behind `bevparse rule`, the documentation and every severity."""

from __future__ import annotations

import difflib
from typing import Final

from . import contradictions, keys, payloads, sources, spellings, syntax
from .rule import Row, Rule, Severity

__all__ = ["CATALOGUE", "Rule", "Severity", "nearest"]

_ROWS: Final[tuple[Row, ...]] = (
    *sources.ROWS,
    *syntax.ROWS,
    *payloads.ROWS,
    *spellings.ROWS,
    *contradictions.ROWS,
    *keys.ROWS,
)

CATALOGUE: dict[str, Rule] = {row[0]: Rule(*row) for row in _ROWS}

_ALIKE: Final = {True: 0.8, False: 0.6}
"""How much of a code, or of a name, must be right; two codes are always half alike."""


def nearest(text: str) -> str | None:
    """Find the code or the name that somebody may have meant.

    >>> nearest("bev2033"), nearest("bad-chek"), nearest("BEV999")
    ('BEV203', 'bad-check', None)
    """
    upper = text.upper()
    is_code = upper.startswith("BEV")
    names = list(CATALOGUE) if is_code else [rule.slug for rule in CATALOGUE.values()]
    found = difflib.get_close_matches(upper if is_code else text.lower(), names, n=1, cutoff=_ALIKE[is_code])
    return found[0] if found else None
