"""JSON for programs: one object with every body, its findings, and the counts."""

from __future__ import annotations

import json
from typing import TextIO

from ...problems import Problem
from ...problems.rules import RULES
from ..report import SEVERITIES, Checked, Summary
from .wording import unicode_of

__all__ = [
    "JsonLinesRenderer",
    "JsonRenderer",
    "counts_object",
    "kinds_list",
    "problem_object",
    "source_object",
    "summary_object",
]


class JsonRenderer:
    """Writes one JSON object, a body at a time, so that it never holds more than one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = '{"bodies":[\n'

    def body(self, checked: Checked) -> None:
        """Write one body and its findings."""
        body = {**source_object(checked), "problems": [problem_object(problem) for problem in checked.problems]}
        self._stream.write(self._before + json.dumps(body))
        self._before = ",\n"

    def end(self, summary: Summary) -> None:
        """Write the counts and close the object."""
        opening = "" if self._before == ",\n" else self._before
        self._stream.write(f'{opening}\n],"summary":{json.dumps(summary_object(summary))}}}\n')


def source_object(checked: Checked) -> dict[str, object]:
    """Give what findings are about as an object."""
    return {
        "source": unicode_of(checked.source),
        "file": unicode_of(checked.file),
        "inner": unicode_of(checked.inner),
        "outcome": checked.outcome,
        "format": checked.format,
        "endpoint": checked.endpoint,
        "bytes": checked.size,
    }


def problem_object(problem: Problem) -> dict[str, object]:
    """Give a finding as an object."""
    return {
        "code": problem.code,
        "slug": RULES[problem.code].slug,
        "severity": problem.severity,
        "message": unicode_of(problem.message),
        "pointer": unicode_of(problem.pointer),
        "line": problem.line,
        "column": problem.column,
    }


def counts_object(summary: Summary) -> dict[str, object]:
    """Give the counts of bodies."""
    return {
        "bodies": summary.bodies,
        "sound": summary.sound,
        "unreadable": summary.unreadable,
        "bytes": summary.size,
        "interrupted": summary.interrupted,
    }


def kinds_list(summary: Summary) -> list[dict[str, object]]:
    """Give the counts by endpoint and format."""
    return [
        {"endpoint": endpoint, "format": format, "bodies": count}
        for (endpoint, format), count in sorted(summary.kinds.items())
    ]


def summary_object(summary: Summary) -> dict[str, object]:
    """Give the counts as an object."""
    severities = summary.severities
    return {
        **counts_object(summary),
        "known": summary.known,
        "problems": {severity: severities[severity] for severity in SEVERITIES},
        "codes": dict(sorted(summary.codes.items())),
        "kinds": kinds_list(summary),
    }


class JsonLinesRenderer:
    """Writes a line as soon as there is something to say."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(json.dumps({**source_object(checked), **problem_object(problem)}) + "\n")

    def end(self, summary: Summary) -> None:
        """Write the counts."""
        self._stream.write(json.dumps({"summary": summary_object(summary)}) + "\n")
