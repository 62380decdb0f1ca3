"""The validator of tables: frictionless."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

from . import tables
from .answers import CrashError, Remark
from .installed import Tools, run
from .json_peers import SCHEMAS

__all__ = ["Frictionless"]


class _Found(TypedDict):
    type: str
    row: int | None
    field: int | None
    name: str | None


class Frictionless:
    """The Table Schema of each endpoint, with the settings of `tables`."""

    def __init__(self, tools: Tools, settings: str) -> None:
        self._command: list[str | Path] = [tools.python, Path(tables.__file__)]
        self._settings = settings

    def remarks(self, path: Path, endpoint: str) -> list[Remark]:
        """Validate one table."""
        schema = SCHEMAS / f"{endpoint}.table.json"
        ran = run([*self._command, path, schema, self._settings])
        if ran.returncode:
            raise CrashError(ran.stderr)
        described = json.loads(schema.read_text("utf-8"))["fields"]
        names = {each["title"]: each["name"] for each in described}
        return [_remark(found, path.suffix, names) for found in json.loads(ran.stdout)]


def _remark(found: _Found, suffix: str, names: dict[str, str]) -> Remark:
    """Return a remark for a row and a field: the path of the cell, and for CSV also line and column."""
    row = found["row"]
    if row is None:
        return Remark(code=found["type"])
    name = found["name"] and names.get(found["name"], found["name"])
    record = f"/response/{row - 2}" if row > 1 else "/response"
    pointer = f"{record}/{name}" if name and row > 1 else record
    if suffix == ".json":
        return Remark(pointer=pointer, code=found["type"])
    return Remark(row, found["field"], pointer, found["type"])
