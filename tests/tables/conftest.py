"""Fixtures for tests of tables."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def _no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the import of pyarrow fail."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("arrow", "rows", "writers"):
        monkeypatch.delitem(sys.modules, f"bevparse.tables.{name}", raising=False)
