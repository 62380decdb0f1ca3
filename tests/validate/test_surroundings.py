"""Workers in other folders and on other machines read what the program means, and have its version."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bevparse.validate import Selection, Settings, iter_checked

BODY = b'{"response":[{"id":"x"}]}'


class Elsewhere(Executor):
    """Works in another folder, and possibly for another version."""

    def __init__(self, version: str | None = None) -> None:
        self.version = version

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        sources, settings, surroundings = args
        if self.version:
            surroundings = replace(surroundings, version=self.version)
        future = Future[Any]()
        before = Path.cwd()
        os.chdir("/")
        try:
            future.set_result(call(sources, settings, surroundings))
        finally:
            os.chdir(before)
        return future


@pytest.fixture(autouse=True)
def dumps(folder: Path) -> None:
    (folder / "dumps").mkdir()
    (folder / "dumps" / "status.json").write_bytes(BODY)
    (folder / "dumps" / "old.json").write_bytes(BODY)


def test_relative_paths_and_patterns_are_those_of_the_program() -> None:
    selection = Selection(per_file=(("dumps/old.json", ("BEV",)),))
    settings = Settings(now=0, selection=selection, endpoints=(("dumps/status.json", "create"),))

    expected = list(iter_checked("dumps", settings))
    assert [(checked.source, bool(checked.problems)) for checked in expected] == [
        ("dumps/old.json", False),
        ("dumps/status.json", True),
    ]
    assert list(iter_checked("dumps", settings, executor=Elsewhere())) == expected


def test_workers_with_another_version_are_an_error() -> None:
    with pytest.raises(BrokenExecutor, match=r"expected workers with bevparse 0\.0\.1, got one with "):
        list(iter_checked("dumps", Settings(now=0), executor=Elsewhere("0.0.1")))
