"""A cache that cannot be used: damaged, locked, or where none can be; nothing depends on it."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bevparse.sources import ANYTHING
from bevparse.validate import Cache, Settings

from .test_cache import NOW, SPELLED, run, without, written


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_cache_is_no_fault(folder: Path, damage: bytes) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    (folder / "cache" / "results").write_bytes(damage)

    assert run(name) == run(name) == without(name)


@pytest.mark.parametrize("data", ["x''", "x'00'", "x'789c6364040000040003'"])
def test_a_damaged_result_is_no_fault(folder: Path, data: str) -> None:
    name = written(folder / "a.json", SPELLED)
    run(name)
    with closing(sqlite3.connect("cache/results")) as database, database:
        database.execute(f"UPDATE results SET data = {data}")

    assert run(name) == without(name)


def test_a_cache_of_another_shape_is_no_fault(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    with closing(sqlite3.connect("cache/results")) as database, database:
        database.execute("CREATE TABLE results(x)")

    assert run(name) == run(name) == without(name)


def test_a_cache_with_another_writer_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0))
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    with closing(connect("cache/results")) as database:
        database.execute("BEGIN EXCLUSIVE")

        assert run(name) == without(name)


def test_two_runs_may_use_a_cache_at_the_same_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = written(folder / "a.json", SPELLED)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0))
    with closing(Cache(Path("cache/results"), Settings(now=NOW), ANYTHING)):
        assert run(name) == without(name)

    with closing(connect("cache/results")) as database:
        assert database.execute("SELECT count(*) FROM results").fetchall() == [(1,)]


@pytest.mark.parametrize("path", ["a.json/results", ".", "nul\0/results"])
def test_a_cache_where_none_can_be_is_no_fault(folder: Path, path: str) -> None:
    name = written(folder / "a.json", SPELLED)

    assert run(name, path=path) == without(name)
    assert [entry.name for entry in folder.iterdir()] == [name]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written_is_no_fault(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    (folder / "cache").chmod(stat.S_IRUSR | stat.S_IXUSR)

    assert run(name) == without(name)
