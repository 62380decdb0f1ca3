"""The validator: saved response bodies in, findings with their places out; silent, and importable.

    from bevparse.validate import Settings, validate

    for checked in validate(["dumps/"], Settings()):
        for problem in checked.problems:
            print(checked.source, problem)

Sources, rules, what is reported and how it is shown are modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .report import Checked, Summary
from .rules import Settings, check
from .sources import Source, find_sources

__all__ = ["Checked", "Settings", "Source", "Summary", "check", "find_sources", "validate"]


def validate(paths: Iterable[str], settings: Settings) -> Iterator[Checked]:
    """Check every body under the paths, one after the other.

    Args:
        paths: files, folders (searched to the bottom, in sorted order), or "-" for standard input.
        settings: what is asked of the bodies.

    Returns:
        What was found in each; nothing is raised for what a source holds, or for one that cannot be read.
    """
    for source in find_sources(paths):
        yield check(source, settings)
