"""Runs that are killed leave whole files; `python -m tests.hostile.kills` kills more of them."""

from __future__ import annotations

import os

import pytest

from ..paths import ROOT
from .kills import RUNS, kill_all


@pytest.mark.usefixtures("folder")
@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a group of processes")
def test_runs_that_are_killed_leave_files_as_before_or_as_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    assert len(kill_all(5, seed=3)) == len(RUNS)
