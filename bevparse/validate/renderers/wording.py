"""How a finding and the counts read: the sentences that several output formats share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...problems import Problem, printable
from ..report import Checked, Summary

__all__ = ["counted", "counts_line", "line_of", "message_inside", "message_of"]


def line_of(source: str, problem: Problem) -> str:
    """Write one finding as compilers do, so that editors know what it is: `path:line:column: severity: code message`.

    >>> print(line_of("a.json", Problem("BEV301", "expected an integer, accepted '5'", "/response/id", 1, 15)))
    a.json:1:15: warning: BEV301 expected an integer, accepted '5' (/response/id)
    """
    place = "".join(f":{number}" for number in (problem.line, problem.column) if number is not None)
    return f"{printable(source)}{place}: {problem.severity}: {problem.code} {message_of(problem)}"


def message_of(problem: Problem) -> str:
    """Write what was found and the pointer to it, without line and column."""
    pointer = f" ({printable(problem.pointer)})" if problem.pointer else ""
    return printable(problem.message) + pointer


def message_inside(checked: Checked, problem: Problem) -> str:
    """Write what was found for a place that is a file: what stands inside of it is told in words."""
    if not checked.inner or checked.in_file:
        return message_of(problem)
    line = f", line {problem.line}" if problem.line else ""
    return f"{message_of(problem)} in {printable(checked.inner)}{line}"


def counts_line(summary: Summary) -> str:
    """Write the counts over all bodies in one line."""
    interrupted = "interrupted: " if summary.interrupted else ""
    unreadable = f", {summary.unreadable} not readable" if summary.unreadable else ""
    infos = f", {counted(summary.severities['info'], 'info')}" if summary.severities["info"] else ""
    found = ", ".join(counted(summary.severities[one], one) for one in ("error", "warning"))
    known = f", {summary.known} known" if summary.known else ""
    kinds = "".join(f"; {part}" for part in _kinds(summary))
    bodies = counted(summary.bodies, "body", "bodies")
    return f"{interrupted}{bodies} checked, {summary.sound} sound{unreadable}, {found}{infos}{known}{kinds}"


def counted(count: int, word: str, plural: str = "") -> str:
    """Write a count and its word.

    >>> counted(1, "error"), counted(2, "error"), counted(2, "body", "bodies")
    ('1 error', '2 errors', '2 bodies')
    """
    return f"{count} {word if count == 1 else plural or word + 's'}"


def _kinds(summary: Summary) -> Iterator[str]:
    for endpoint, group in groupby(sorted(summary.kinds.items()), key=lambda kind: kind[0][0]):
        counts = {format: count for (_, format), count in group}
        formats = ", ".join(f"{count} {format}" for format, count in counts.items())
        yield f"{sum(counts.values())} {endpoint} ({formats})"
