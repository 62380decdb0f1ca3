"""The findings of bevparse for a body."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from .answers import CrashError, Remark
from .installed import run

__all__ = ["OPTIONS", "Bevparse", "remarks_of"]

OPTIONS: Final = ("validate", "--no-cache", "--no-config", "--jobs", "1", "--output-format", "json", "--endpoint")
"""The command, without the endpoint and the file."""


class Bevparse:
    """The command line of bevparse."""

    def remarks(self, path: Path, endpoint: str) -> list[Remark]:
        """Validate one body."""
        ran = run([sys.executable, "-m", "bevparse", *OPTIONS, endpoint, path])
        try:
            return remarks_of(ran.stdout)
        except ValueError as error:
            raise CrashError(ran.stderr) from error


def remarks_of(output: str) -> list[Remark]:
    """Return the remarks in the output of the command."""
    problems = json.loads(output)["bodies"][0]["problems"]
    return [Remark(found["line"], found["column"], found["pointer"], found["code"]) for found in problems]
