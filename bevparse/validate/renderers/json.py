"""JSON for programs: one object with every body, its findings, and the counts."""

from __future__ import annotations

import json
from typing import TextIO

from ...problems import Problem
from ..report import Checked, Summary

__all__ = ["JsonRenderer"]


class JsonRenderer:
    """Writes one JSON object, a body at a time, so that it never holds more than one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = '{"bodies":[\n'

    def body(self, checked: Checked) -> None:
        """Write one body and its findings."""
        body = {
            "source": checked.source,
            "format": checked.format,
            "endpoint": checked.endpoint,
            "problems": [_problem(problem) for problem in checked.problems],
        }
        self._stream.write(self._before + json.dumps(body))
        self._before = ",\n"

    def end(self, summary: Summary) -> None:
        """Write the counts and close the object."""
        counts = {
            "bodies": summary.bodies,
            "sound": summary.sound,
            "unreadable": summary.unreadable,
            "problems": {severity: summary.severities[severity] for severity in ("error", "warning", "info")},
            "kinds": [
                {"endpoint": endpoint, "format": format, "bodies": count}
                for (endpoint, format), count in sorted(summary.kinds.items())
            ],
        }
        opening = "" if self._before == ",\n" else self._before
        self._stream.write(f'{opening}\n],"summary":{json.dumps(counts)}}}\n')


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "pointer": problem.pointer,
        "line": problem.line,
        "column": problem.column,
    }
