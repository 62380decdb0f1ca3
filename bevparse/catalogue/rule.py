"""What the catalogue says about one code."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Row", "Rule", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "info"]
Row: TypeAlias = tuple[str, str, Severity, str, str, str]


class Rule(NamedTuple):
    """What one code means."""

    code: str
    slug: str
    severity: Severity
    explanation: str
    example: str
    remedy: str
    """What to do about it; commands, options and code stand in grave accents."""
