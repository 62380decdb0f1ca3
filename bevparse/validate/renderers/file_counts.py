"""Counts of findings by file, in bounded memory: how many files have findings, and which have the worst."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import Final

from ...problems import rules
from ...problems.rules import Severity
from ..cross_checks import ACROSS
from ..report import SEVERITIES, Checked

__all__ = ["FileCounts"]

_MOST_FILES: Final = 200


class FileCounts:
    """Counts files and their findings. The results of one file must be added one after the other."""

    def __init__(self) -> None:
        self.files = 0
        """The number of files."""
        self.with_findings = 0
        """The number of files with findings in them."""
        self.inside = Counter[Severity]()
        """The findings in files, by severity."""
        self.across = Counter[Severity]()
        """The findings across bodies, by severity."""
        self.baseline = Counter[Severity]()
        """The findings about the baseline, by severity."""
        self._file: str | None = None
        self._counts = Counter[Severity]()
        """The findings in the current file."""
        self._worst: list[tuple[tuple[int, ...], str]] = []
        """A heap of the files with the worst findings: counts by severity, the negative index of the file, its path."""

    def add(self, checked: Checked) -> None:
        """Count the findings of one body."""
        found: list[Severity] = [problem.severity for problem in checked.problems]
        reported = {problem.rule for problem in checked.problems} if checked.outcome == "notice" else ()
        if rules.STALE_BASELINE in reported:
            self.baseline.update(found)
            return
        if not ACROSS.isdisjoint(reported):
            self.across.update(found)
            return
        if checked.file != self._file:
            self.end()
            self._file = checked.file
            self.files += 1
        self._counts.update(found)

    def end(self) -> None:
        """Complete the counts of the current file."""
        if not self._counts:
            return
        self.with_findings += 1
        self.inside += self._counts
        key = (*(self._counts[severity] for severity in SEVERITIES), -self.files)
        heapq.heappush(self._worst, (key, self._file or ""))
        if len(self._worst) > _MOST_FILES:
            heapq.heappop(self._worst)
        self._counts.clear()

    def worst(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return at most 200 files with findings, the worst first, each with its counts by severity, errors first."""
        return [(file, key[:-1]) for key, file in sorted(self._worst, reverse=True)]
