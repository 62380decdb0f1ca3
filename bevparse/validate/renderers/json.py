"""JSON for programs: one object with every body and the counts, or JSON Lines with an object for each finding."""

from __future__ import annotations

import json
from typing import TextIO

from ...problems import Problem, unicode_of
from ..report import SEVERITIES, Checked, Summary

__all__ = ["JsonLinesRenderer", "JsonRenderer", "counts_object", "kinds_list", "summary_object"]


class JsonRenderer:
    """Writes one JSON object, body by body, and holds no more than one body."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = '{"bodies":[\n'

    def body(self, checked: Checked) -> None:
        """Write one body and its findings."""
        body = {**_source_object(checked), "problems": [_problem_object(problem) for problem in checked.problems]}
        self._stream.write(self._before + json.dumps(body))
        self._before = ",\n"

    def end(self, summary: Summary) -> None:
        """Write the counts and close the object."""
        opening = "" if self._before == ",\n" else self._before
        self._stream.write(f'{opening}\n],"summary":{json.dumps(summary_object(summary))}}}\n')


class JsonLinesRenderer:
    """Writes a line with a JSON object for each finding, and one with the counts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def body(self, checked: Checked) -> None:
        """Write a line for each finding."""
        for problem in checked.problems:
            self._stream.write(json.dumps({**_source_object(checked), **_problem_object(problem)}) + "\n")

    def end(self, summary: Summary) -> None:
        """Write a line with the counts."""
        self._stream.write(json.dumps({"summary": summary_object(summary)}) + "\n")


def _source_object(checked: Checked) -> dict[str, object]:
    return {
        "source": unicode_of(checked.source),
        "file": unicode_of(checked.file),
        "inner": unicode_of(checked.inner),
        "outcome": checked.outcome,
        "format": checked.format,
        "endpoint": checked.endpoint,
        "bytes": checked.size,
    }


def _problem_object(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "slug": problem.rule.slug,
        "severity": problem.severity,
        "message": unicode_of(problem.message),
        "pointer": unicode_of(problem.pointer),
        "line": problem.line,
        "column": problem.column,
    }


def summary_object(summary: Summary) -> dict[str, object]:
    """Return all counts of a run as an object."""
    severities = summary.severities
    return {
        **counts_object(summary),
        "known": summary.known,
        "problems": {severity: severities[severity] for severity in SEVERITIES},
        "codes": dict(sorted(summary.codes.items())),
        "kinds": kinds_list(summary),
    }


def counts_object(summary: Summary) -> dict[str, object]:
    """Return the counts of bodies and their size as an object."""
    return {
        "bodies": summary.bodies,
        "sound": summary.valid,  # the key is part of the output format
        "unreadable": summary.unreadable,
        "skipped": summary.skipped,
        "other_urls": summary.other_urls,
        "bytes": summary.size,
        "interrupted": summary.interrupted,
    }


def kinds_list(summary: Summary) -> list[dict[str, object]]:
    """Return the counts by endpoint and format, as a list of objects."""
    return [
        {"endpoint": endpoint, "format": format, "bodies": count}
        for (endpoint, format), count in sorted(summary.kinds.items())
    ]
