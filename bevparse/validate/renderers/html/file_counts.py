"""The findings of each file, for the files with the worst of them, in bounded memory."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import Final

from ....problems import rules
from ....problems.rules import Severity
from ...report import SEVERITIES, Checked
from ..numbers import number
from .markup import Markup, clipped, element, scrollable, table

__all__ = ["FileCounts"]

_ACROSS: Final = frozenset(
    {rules.COUNTS_DISAGREE, rules.FORMATS_DISAGREE, rules.UNREADY_AGAIN, rules.ORDER_DIFFERS, rules.STALE_BASELINE}
)
"""Rules about several bodies or the baseline, which are reported after all files."""
_MOST_FILES: Final = 200


class FileCounts:
    """Counts files and their findings. The results for one file come one after the other."""

    def __init__(self) -> None:
        self.files = 0
        """The number of files."""
        self.with_findings = 0
        """The number of files with findings in them."""
        self.inside = Counter[Severity]()
        """The findings in files, by severity."""
        self.across = Counter[Severity]()
        """The findings across bodies and about the baseline, by severity."""
        self._file: str | None = None
        self._counts = Counter[Severity]()
        """The findings in the current file."""
        self._worst: list[tuple[tuple[int, ...], str]] = []
        """The files with the worst findings, as a heap: the numbers by severity, the order, and the file."""

    def add(self, checked: Checked) -> None:
        """Count the findings of one body."""
        if checked.outcome == "notice" and any(problem.rule in _ACROSS for problem in checked.problems):
            self.across.update(problem.severity for problem in checked.problems)
            return
        if checked.file != self._file:
            self.end()
            self._file = checked.file
            self.files += 1
        self._counts.update(problem.severity for problem in checked.problems)

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

    def table(self) -> Markup:
        """Return the files with findings, the worst first."""
        worst = sorted(self._worst, reverse=True)
        rows = [(element("bdi", clipped(file)), *(map(_count, key[:-1]))) for key, file in worst]
        heads = ("file", *(f"{severity}s" for severity in SEVERITIES))
        more = self.with_findings - len(rows)
        left_out = f"; {number(more)} more files with findings are not listed" if more else ""
        caption = f"Files with findings, the worst first{left_out}"
        return scrollable(table(caption, heads, rows, "files", sorted_by="errors"), caption)


def _count(count: int) -> Markup:
    return element("span", number(count), class_="n" if count else "none")
