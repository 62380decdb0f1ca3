"""The problems of one body while it is read, each with its path in the tree, up to a limit."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..tree import Node, Path, to_builtins
from . import Position, Problem, join_pointer, rules
from .rules import Rule, Severity

__all__ = ["Collector", "Cursor", "ExampleCollector", "ExampleTally", "Found", "ProblemLimitError", "with_positions"]

Found = list[tuple[Problem, Path]]
"""Problems without line and column, each with the path of its node."""


class ProblemLimitError(Exception):
    """As many errors as the limits allow have been found, so reading stops."""


class Collector:
    """The problems of a body in the order in which they are reported, and the records that could not be read."""

    def __init__(self, limit: int) -> None:
        self.found: Found = []
        self.rejected: list[tuple[str, object]] = []
        """Records that could not be read: the pointer of each, and its content as JSON values."""
        self._limit = limit
        self._left: dict[Severity, int] = {"error": limit, "warning": limit, "info": limit}
        self._uncounted = 0
        self._is_muted = False
        self._once: set[tuple[str, str]] = set()

    def cursor(self, path: Path = (), pointer: str = "") -> Cursor:
        """Return a cursor at a node, by default the root."""
        return Cursor(self, None, 0, pointer, path)

    def report(self, rule: Rule, message: str, at: Cursor, *, once: str | None = None) -> None:
        """Add a problem; after the limit a warning is only counted, and an info is left out.

        Args:
            rule: the rule.
            message: the message.
            at: the cursor of the node.
            once: the subject of a problem that many nodes may have, such as the name of a field. It is added for the
                first node only. None for a problem that is added each time.

        Raises:
            ProblemLimitError: the limit of errors is reached.
        """
        if once is not None:
            if self.is_known(rule, once):
                return
            self._once.add((rule.code, once))
        severity = rule.severity
        if self._is_muted and severity != "error":
            return
        if not self._left[severity]:
            self._uncounted += severity == "warning"
            return
        self._left[severity] -= 1
        self.found.append((Problem.of(rule, message, at.pointer), at.path))
        self._check_left()

    def report_fault(self) -> None:
        """Count an error that the reader keeps in a list of its own, because its position is known already.

        Raises:
            ProblemLimitError: the limit of errors is reached.
        """
        self._left["error"] -= 1
        self._check_left()

    def _check_left(self) -> None:
        if not self._left["error"]:
            raise ProblemLimitError

    def is_known(self, rule: Rule, subject: str) -> bool:
        """Return whether a problem of a rule has been reported `once` for a subject."""
        return (rule.code, subject) in self._once

    @contextmanager
    def muted(self, *, warnings: bool) -> Generator[None]:
        """Leave out warnings and infos inside the `with` statement. If `warnings` is false, do nothing."""
        self._is_muted = warnings
        try:
            yield
        finally:
            self._is_muted = False

    def is_silent(self, tally: ExampleTally) -> bool:
        """Return whether no problem of a tally would be added now. Then it is enough to count its warnings."""
        return self._is_muted or (
            not (tally.warnings and self._left["warning"])
            and not (tally.infos and self._left["info"])
            and tally.once <= self._once
        )

    def leave_out(self, warnings: int) -> None:
        """Count warnings that are not added because the limit is reached."""
        self._uncounted += 0 if self._is_muted else warnings

    def truncation(self) -> tuple[Problem, ...]:
        """Return one problem that says what was left out because of the limit, or () if nothing was."""
        if not self._left["error"]:
            what = f"expected fewer than {self._limit} errors (limits.problems), stopped reading there"
        elif self._uncounted:
            what = f"expected at most {self._limit} warnings (limits.problems), left {self._uncounted} more out"
        else:
            return ()
        message = f"{what}; raise it with Limits(problems=...) or --limit problems=..."
        return (Problem.of(rules.PROBLEMS_CUT, message),)


@dataclass(slots=True, eq=False)
class ExampleTally:
    """How many problems a record has that is read as an example for others which differ from it only in text."""

    warnings: int = 0
    infos: int = 0
    failed: bool = False
    """Whether there are errors."""
    once: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Rule and subject of the problems that are reported once, see `Collector.report`. They are not counted above."""


class ExampleCollector(Collector):
    """Counts the problems of one example at a time."""

    def __init__(self) -> None:
        super().__init__(1)
        self.tally = ExampleTally()
        """The problems of the current example."""

    def report(self, rule: Rule, message: str, at: Cursor, *, once: str | None = None) -> None:
        """Count a problem."""
        if once is not None:
            self.tally.once.add((rule.code, once))
            return
        self.tally.warnings += rule.severity == "warning"
        self.tally.infos += rule.severity == "info"
        self.tally.failed = self.tally.failed or rule.severity == "error"


class Cursor:
    """A node of the tree that is being read: its path, its JSON pointer, and where its problems are reported.

    Path and pointer are made when they are asked for: most nodes have no problem, and most problems of a body full of
    them are only counted.
    """

    __slots__ = ("_collector", "_name", "_parent", "_path", "_position")

    def __init__(
        self,
        collector: Collector,
        parent: Cursor | None,
        position: int,
        name: str | int | None,
        path: Path | None = None,
    ) -> None:
        self._collector = collector
        self._parent = parent
        self._position = position
        self._name = name
        self._path = path

    @property
    def path(self) -> Path:
        """The path of the node."""
        if self._path is None:
            self._path = (*self._parent.path, self._position) if self._parent else ()
        return self._path

    @property
    def pointer(self) -> str:
        """The JSON pointer into the canonical JSON of the body."""
        if self._parent is None:
            return str(self._name or "")
        above = self._parent.pointer
        return above if self._name is None else join_pointer(above, self._name)

    @property
    def root(self) -> Cursor:
        """The cursor of the root."""
        return self._collector.cursor()

    def child(self, position: int, name: str | int) -> Cursor:
        """Return the cursor of a member of this node.

        Args:
            position: the position in the tree.
            name: the name or number in the canonical JSON.
        """
        return Cursor(self._collector, self, position, name)

    def to(self, path: Path) -> Cursor:
        """Return the cursor of another node that is the same value in the canonical JSON."""
        return Cursor(self._collector, self, 0, None, path)

    def at(self, path: Path, name: str | int) -> Cursor:
        """Return the cursor of a member of this node in the canonical JSON, which is elsewhere in the tree."""
        return Cursor(self._collector, self, 0, name, path)

    def report(self, rule: Rule, message: str) -> None:
        """Report a problem of this node.

        Raises:
            ProblemLimitError: the limit of errors is reached.
        """
        self._collector.report(rule, message, self)

    def report_once(self, rule: Rule, subject: str, message: str) -> None:
        """Report a problem of this node, unless the same rule has been reported once for the same subject."""
        self._collector.report(rule, message, self, once=subject)

    def reject(self, node: Node | list[str]) -> None:
        """Keep a record that cannot be read, with its pointer."""
        self._collector.rejected.append((self.pointer, to_builtins(node)))


def with_positions(found: Found, positions: dict[Path, Position]) -> list[Problem]:
    """Return problems sorted by line and column, which are added where the position of the path is known."""
    if not positions:
        return [problem for problem, _ in found]
    placed = (
        replace(problem, line=positions[path][0], column=positions[path][1]) if path in positions else problem
        for problem, path in found
    )
    return sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0))
