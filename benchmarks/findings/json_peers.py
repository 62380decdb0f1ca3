"""The validators of JSON documents: Spectral and check-jsonschema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final, TypedDict

from .answers import CrashError, Remark, pointer_of
from .installed import Tools, run

__all__ = ["SCHEMAS", "CheckJsonschema", "Spectral"]

SCHEMAS: Final = Path(__file__).parent / "schemas"

_PLACE: Final = re.compile(r"\bline (\d+),? column (\d+)")


class _Start(TypedDict):
    line: int
    character: int


class _Range(TypedDict):
    start: _Start


class _Result(TypedDict):
    code: str
    path: list[str | int]
    range: _Range


class Spectral:
    """A ruleset for each endpoint: its JSON Schema, and rules that JSON Schema cannot express."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        self._command: list[str | Path] = [
            tools.spectral,
            "lint",
            "--quiet",
            "--format",
            "json",
            "--fail-severity",
            "hint",
            "--ruleset",
        ]
        self._folder = folder

    def remarks(self, path: Path, endpoint: str) -> list[Remark]:
        """Lint one body."""
        ran = run([*self._command, self._ruleset(endpoint), path])
        try:
            return [_of_spectral(found) for found in json.loads(ran.stdout)]
        except ValueError as error:
            raise CrashError(ran.stderr) from error

    def _ruleset(self, endpoint: str) -> Path:
        path = self._folder / f"{endpoint}.ruleset.json"
        if not path.exists():
            schema = json.loads((SCHEMAS / f"{endpoint}.schema.json").read_text("utf-8"))
            apply = {"function": "schema", "functionOptions": {"allErrors": True, "schema": schema}}
            answer = {"message": "{{error}}", "severity": "error", "given": "$", "then": apply}
            more = json.loads((SCHEMAS / "spectral.rules.json").read_text("utf-8"))
            path.write_text(json.dumps({"rules": {"answer": answer, **more["*"], **more.get(endpoint, {})}}), "utf-8")
        return path


def _of_spectral(found: _Result) -> Remark:
    start = found["range"]["start"]  # counted from 0
    pointer = "".join(f"/{step}" for step in found["path"])
    return Remark(start["line"] + 1, start["character"] + 1, pointer, found["code"])


class CheckJsonschema:
    """The JSON Schema of each endpoint; `filetype` selects the parser."""

    def __init__(self, tools: Tools, filetype: str) -> None:
        self._command: list[str | Path] = [tools.check_jsonschema, "--force-filetype", filetype, "--verbose"]

    def remarks(self, path: Path, endpoint: str) -> list[Remark]:
        """Check one body; the JSON output has the pointers, but only the text output locates a syntax error."""
        words: list[str | Path] = ["--schemafile", SCHEMAS / f"{endpoint}.schema.json", path]
        ran = run([*self._command, "--output-format", "json", *words])
        try:
            found = json.loads(ran.stdout)
        except ValueError as error:
            raise CrashError(ran.stderr) from error
        remarks = [Remark(pointer=pointer_of(error["path"])) for error in found["errors"]]
        if found.get("parse_errors"):
            remarks += _of_text(run([*self._command, "--output-format", "text", *words]).stdout)
        return remarks


def _of_text(text: str) -> list[Remark]:
    """Return the locations of a syntax error, the last first: the message names the context before the fault."""
    return [Remark(int(line), int(column)) for line, column in reversed(_PLACE.findall(text))] or [Remark()]
