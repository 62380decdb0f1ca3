"""The folders that tests read."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"


def scripts_of(environment: Path) -> Path:
    """Return the folder of the programs of a virtual environment."""
    return environment / ("Scripts" if sys.platform == "win32" else "bin")
