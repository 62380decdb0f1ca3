"""Run all tools on all bodies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from . import tables
from .answers import Answer, CrashError, Remark, best
from .bodies import BODIES, FIXTURES, VALID, Body
from .installed import Tools
from .json_peers import CheckJsonschema, Spectral
from .ours import Bevparse
from .table_peers import Frictionless

__all__ = ["Contestant", "hold"]


class Contestant(Protocol):
    """One tool with one set of options."""

    def remarks(self, path: Path, endpoint: str) -> list[Remark]:
        """Return the remarks of the tool about a body; raise CrashError if it fails."""
        ...


def hold(tools: Tools, folder: Path) -> dict[str, list[Answer]]:
    """Return the answers of each tool, in the order of the bodies; the best setting counts for each body."""
    settings: dict[str, Sequence[Contestant]] = {
        "bevparse": [Bevparse()],
        "Spectral": [Spectral(tools, folder)],
        "check-jsonschema": [CheckJsonschema(tools, filetype) for filetype in ("json", "yaml")],
        "frictionless": [Frictionless(tools, each) for each in tables.SETTINGS],
    }
    return {name: _answers(each) for name, each in settings.items()}


def _answers(settings: Sequence[Contestant]) -> list[Answer]:
    kinds = dict.fromkeys((body.endpoint, body.format) for body in BODIES)
    reading = {kind: [tool for tool in settings if _reads(tool, *kind)] for kind in kinds}
    return [_answer(reading[body.endpoint, body.format], body) for body in BODIES]


def _reads(tool: Contestant, endpoint: str, format: str) -> bool:
    """Return whether a valid body passes; otherwise the remarks of the tool do not count."""
    try:
        return not tool.remarks(FIXTURES / f"{VALID[endpoint]}.{format}", endpoint)
    except CrashError:
        return False


def _answer(reading: Sequence[Contestant], body: Body) -> Answer:
    answers = [Answer("unread")]
    for tool in reading:
        try:
            answers.append(Answer.of(body, tool.remarks(body.path, body.endpoint)))
        except CrashError:
            answers.append(Answer("crash"))
    return best(answers)
