"""The limits on what is read, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

__all__ = ["DEFAULT_LIMITS", "TOO_DEEP", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one body, and on the archives that contain bodies. Exceeding a limit is a BEV0xx problem.

    Examples:
        >>> Limits(records=10).body
        67108864
    """

    body: int = 64 * 2**20
    """Bytes of one body after decompression, or characters if the input is text."""
    depth: int = 32
    """Levels of nesting in one body."""
    records: int = 10**6
    """Members of one array, children of one element, or rows of one table."""
    string: int = 2**20
    """Characters of one value or name."""
    problems: int = 100
    """Errors after which reading stops, and warnings after which further ones are only counted."""
    archive_ratio: int = 200
    """Decompressed bytes for each byte of the file, through all layers of compression."""
    archive_total: int = 2**30
    """Bytes of all members of one archive after decompression, including archives and compressed bodies in it."""
    archive_members: int = 10_000
    """Members of one archive, or entries of one recording."""
    archive_nesting: int = 1
    """Archives nested inside each other."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or value < 1:
                raise ValueError(f"expected limits.{field.name} to be an integer of one or more, got {value!r}")

    def passed(self, name: str, value: int | None = None) -> str:
        """Return the message for a limit that was exceeded: the limit, the value, and how to raise the limit.

        Args:
            name: the name of the limit.
            value: the value that exceeds the limit; None if it is only known to be larger.
        """
        got = "more" if value is None else str(value)
        how = f"raise it with Limits({name}=...) or --limit {name}=..."
        unit = " bytes" if name in ("body", "archive_total") else ""
        return f"expected at most {getattr(self, name)}{unit} (limits.{name}), got {got}; {how}"


DEFAULT_LIMITS = Limits()
TOO_DEEP: Final = "expected no more levels of nesting than the recursion limit of Python allows, got more"
"""The message if Python's recursion limit is reached before `Limits.depth`."""
