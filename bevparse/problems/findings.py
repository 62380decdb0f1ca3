"""What is found out about a body while it is read: problems with their paths, up to a bound."""

from __future__ import annotations

from ..tree import Node, Path
from . import Problem, join_pointer, rules
from .rules import Rule

__all__ = ["Findings", "ProblemLimitError"]


class ProblemLimitError(Exception):
    """As many errors as the limits allow have been found, so reading stops."""


class Findings:
    """Problems in the order in which they were met, each with the path of its node."""

    def __init__(self, limit: int) -> None:
        self.found: list[tuple[Problem, Path]] = []
        self.rejected: list[tuple[str, Node]] = []
        """Records that could not be read, each with its pointer; no more than there are errors."""
        self._left = {"error": limit, "warning": limit, "info": limit}
        self._uncounted = 0
        self._said: set[tuple[Rule, str]] = set()

    def add(self, rule: Rule, message: str, pointer: str, path: Path) -> None:
        """Note a problem; past the limit a warning is only counted.

        Raises:
            ProblemLimitError: the limit of errors is reached.
        """
        severity = rule.severity
        if not self._left[severity]:
            self._uncounted += 1
            return
        self._left[severity] -= 1
        self.found.append((Problem.of(rule, message, pointer), path))
        if severity == "error" and not self._left["error"]:
            raise ProblemLimitError

    def add_once(self, rule: Rule, subject: str, message: str, pointer: str, path: Path) -> None:
        """Note a problem that runs through the whole body only where it is met first."""
        if (rule, subject) not in self._said:
            self._said.add((rule, subject))
            self.add(rule, message, pointer, path)

    def kept_at(self, name: str) -> tuple[str, Path] | None:
        """Find the pointer and path of an undocumented field of the response, or of one beside it."""
        pointers = (join_pointer("", name), join_pointer("/response", name))
        found = (item for item in self.found if item[0].rule is rules.UNKNOWN_FIELD and item[0].pointer in pointers)
        return next(((problem.pointer, path) for problem, path in found), None)

    def cut(self, limit: int) -> Problem | None:
        """Say what was left out, if anything was."""
        if not self._left["error"]:
            what = f"expected fewer than {limit} errors (limits.problems), stopped reading there"
        elif self._uncounted:
            what = f"expected at most {limit} warnings (limits.problems), left {self._uncounted} more out"
        else:
            return None
        return Problem.of(rules.PROBLEMS_CUT, f"{what}; raise it with Limits(problems=...) or --limit problems=...")
