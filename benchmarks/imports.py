"""The import time in fresh interpreters."""

from __future__ import annotations

import time

from .contest import Contest, Entry
from .jobs import command

__all__ = ["BARE", "PYDANTIC", "USED", "measure"]

BARE = "import bevparse"
USED = "import bevparse; bevparse.parse"
PYDANTIC = "pydantic and a model of one field"
_PROGRAMS = {
    "an empty program": "pass",
    BARE: "import bevparse",
    USED: "import bevparse; bevparse.parse",
    PYDANTIC: "from pydantic import BaseModel\nclass M(BaseModel): x: int",
}


def measure(interpreters: int) -> Contest:
    """Run each program in turn, and measure the wall-clock time."""
    samples: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for name, program in [*_PROGRAMS.items()] * (interpreters + 1):
        begun = time.perf_counter()
        command(["-c", program])
        samples[name].append(time.perf_counter() - begun)
    entries = tuple(Entry(name, tuple(seconds[1:])) for name, seconds in samples.items())  # the first fills caches
    return Contest("import", "Import, wall-clock time", entries)
