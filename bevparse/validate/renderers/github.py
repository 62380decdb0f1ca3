"""Annotations for GitHub Actions: a workflow command for each finding, and a summary for the page of the job."""

from __future__ import annotations

from typing import Final, TextIO

from ...problems import Problem, escape
from ...problems.rules import RULES, Severity
from ..report import Checked, Summary
from .file_counts import FileCounts
from .phrases import counts_line, headline, message_inside, path_of, place_in_file

__all__ = ["GithubRenderer", "step_summary"]

_COMMANDS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class GithubRenderer:
    """Writes workflow commands, which GitHub shows at the lines of the files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._files = FileCounts()

    def body(self, checked: Checked) -> None:
        """Write a workflow command for each finding."""
        self._files.add(checked)
        for problem in checked.problems:
            self._stream.write(_command(checked, problem) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts as a line of the log."""
        self._files.end()
        self._stream.write(counts_line(summary, headline(self._files)) + "\n")


def _command(checked: Checked, problem: Problem) -> str:
    line, column = place_in_file(checked, problem)
    properties = {
        "file": path_of(checked.file),
        "line": line,
        "col": column,
        "title": f"{problem.code} {problem.rule.slug}",
    }
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{_COMMANDS[problem.severity]} {written}::{message_inside(checked, problem).translate(_DATA)}"


def _property(value: str) -> str:
    return escape(value.translate(_PROPERTY))


def step_summary(summary: Summary) -> str:
    """Return the counts as Markdown, for the file that GITHUB_STEP_SUMMARY names."""
    parts = ["### bevparse", "", counts_line(summary), ""]
    if summary.codes:
        parts += ["| code | rule | severity | findings |", "|---|---|---|--:|"]
        rules = ((RULES[code], count) for code, count in sorted(summary.codes.items()))
        parts += [f"| {rule.code} | {rule.slug} | {rule.severity} | {count} |" for rule, count in rules]
        parts.append("")
    return "\n".join(parts)
