"""Every test of the command line works in an empty folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    return folder
