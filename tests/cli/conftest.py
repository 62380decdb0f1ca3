"""Every test of the command line works in an empty folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse import formats


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    return folder


@pytest.fixture
def _registry_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_registered", dict(vars(formats)["_registered"]))
    formats.of_suffix.cache_clear()
