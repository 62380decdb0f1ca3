"""Fixtures for tests of tables."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def _no_xlsxwriter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the import of XlsxWriter fail."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.delitem(sys.modules, "bevparse.tables.excel", raising=False)


@pytest.fixture
def _no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the import of pyarrow fail."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("arrow", "rows", "stream", "writers"):
        monkeypatch.delitem(sys.modules, f"bevparse.tables.{name}", raising=False)
