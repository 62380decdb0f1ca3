"""JSON Lines for programs: one object a finding, and one with the counts as the last."""

from __future__ import annotations

import json
from typing import TextIO

from ..report import Checked, Summary
from .json import problem_object, source_object, summary_object

__all__ = ["JsonLinesRenderer"]


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
