"""The time of imports and short commands in fresh interpreters."""

from __future__ import annotations

import resource

from .contest import Contest, Entry
from .jobs import ROOT, command

__all__ = ["BARE", "PYDANTIC", "USED", "VALIDATE", "VERSION", "measure"]

BARE = "import bevparse"
USED = "import bevparse; bevparse.parse"
PYDANTIC = "pydantic and a model of one field"
VALIDATE = "bevparse validate one.json"
VERSION = "bevparse --version"
_PROGRAMS = {
    "an empty program": ["-c", "pass"],
    BARE: ["-c", "import bevparse"],
    USED: ["-c", "import bevparse; bevparse.parse"],
    PYDANTIC: ["-c", "from pydantic import BaseModel\nclass M(BaseModel): x: int"],
    VERSION: ["-m", "bevparse", "--version"],
    VALIDATE: ["-m", "bevparse", "validate", "--no-cache", str(ROOT / "fixtures/completed/documented.json")],
}


def measure(interpreters: int) -> Contest:
    """Run each program in turn, and measure its processor time."""
    samples: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for name, program in [*_PROGRAMS.items()] * (interpreters + 1):
        begun = _seconds()
        command(program)
        samples[name].append(_seconds() - begun)
    entries = tuple(Entry(name, tuple(seconds[1:])) for name, seconds in samples.items())  # the first fills caches
    return Contest("import", "Imports and short commands", entries)


def _seconds() -> float:
    """Return the processor time of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
