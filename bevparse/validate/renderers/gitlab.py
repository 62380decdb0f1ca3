"""The code quality report of GitLab: one JSON array of findings."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import Final, TextIO

from ...problems import Problem, unicode_of
from ...problems.rules import Severity
from ..report import Checked, Summary
from .phrases import message_inside, path_of, place_in_file

__all__ = ["GitlabRenderer"]

_SEVERITIES: Final[dict[Severity, str]] = {"error": "major", "warning": "minor", "info": "info"}


class GitlabRenderer:
    """Writes one JSON array, finding by finding."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = "[\n"
        self._digests = Counter[bytes]()

    def body(self, checked: Checked) -> None:
        """Write an object for each finding."""
        for problem in checked.problems:
            line, _ = place_in_file(checked, problem)
            finding = {
                "description": message_inside(checked, problem),
                "check_name": problem.code,
                "fingerprint": self._fingerprint(checked, problem),
                "severity": _SEVERITIES[problem.severity],
                "location": {"path": unicode_of(path_of(checked.file)), "lines": {"begin": line or 1}},
            }
            self._stream.write(self._before + json.dumps(finding))
            self._before = ",\n"

    def end(self, summary: Summary) -> None:
        """Close the array; the format has no counts."""
        self._stream.write(("[\n" if self._before == "[\n" else "\n") + "]\n")

    def _fingerprint(self, checked: Checked, problem: Problem) -> str:
        """Return a unique id of a finding, which stays the same when lines move.

        GitLab drops findings with a fingerprint that it has seen.
        """
        key = "\n".join(map(repr, (problem.code, path_of(checked.file), checked.inner, problem.pointer))).encode()
        digest = sha256(key).digest()[:16]
        self._digests[digest] += 1
        return sha256(digest + str(self._digests[digest]).encode()).hexdigest()[:32]
