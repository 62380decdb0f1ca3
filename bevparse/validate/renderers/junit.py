"""JUnit XML for build servers: a suite for each file, and a case for each body or notice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TextIO

from ...problems import Problem, escape, line_of, message_of
from ..report import Checked, Summary
from .phrases import counts_line

__all__ = ["JunitRenderer"]

_MOST_CASES: Final = 1000
"""The maximum number of cases in a suite, and so in memory; a file of more bodies gets several suites."""
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class JunitRenderer:
    """Writes a suite when all its cases are known, because its counts come first."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._file: str | None = None
        self._cases: list[str] = []
        self._failures = self._errors = 0
        stream.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="bevparse">\n')

    def body(self, checked: Checked) -> None:
        """Add a case; the first body of a file begins a suite."""
        if checked.file != self._file or len(self._cases) == _MOST_CASES:
            self._write_suite()
            self._file = checked.file
        unreadable = checked.outcome == "unreadable"
        errors = [problem for problem in checked.problems if problem.severity == "error"]
        others = [problem for problem in checked.problems if problem.severity != "error"]
        self._errors += unreadable
        self._failures += bool(errors) and not unreadable
        inner = _failure("error" if unreadable else "failure", checked.source, errors) if errors or unreadable else ""
        if others:
            inner += f"<system-out>{_lines(checked.source, others)}</system-out>\n"
        code = f" {checked.problems[0].code}" if checked.outcome == "notice" and checked.problems else ""
        case = f'<testcase classname="{_escaped(checked.file)}" name="{_escaped(checked.source)}{code}"'
        self._cases.append(f"{case}>\n{inner}</testcase>\n" if inner else f"{case}/>\n")

    def end(self, summary: Summary) -> None:
        """Write the last suite and close the document, with the counts in a comment."""
        self._write_suite()
        self._stream.write(f"</testsuites>\n<!-- {counts_line(summary)} -->\n")

    def _write_suite(self) -> None:
        if self._file is not None:
            counts = f'tests="{len(self._cases)}" failures="{self._failures}" errors="{self._errors}" skipped="0"'
            self._stream.write(f'<testsuite name="{_escaped(self._file)}" {counts}>\n')
            self._stream.writelines([*self._cases, "</testsuite>\n"])
        self._cases, self._failures, self._errors = [], 0, 0


def _failure(element: str, source: str, problems: list[Problem]) -> str:
    first = f' message="{_escaped(message_of(problems[0]))}" type="{problems[0].code}"' if problems else ""
    return f"<{element}{first}>{_lines(source, problems)}</{element}>\n"


def _lines(source: str, problems: Iterable[Problem]) -> str:
    return "\n".join(line_of(source, problem).translate(_ESCAPES) for problem in problems)


def _escaped(text: str) -> str:
    """Escape markup, and every character that XML or a terminal does not accept."""
    return escape(text).translate(_ESCAPES)
