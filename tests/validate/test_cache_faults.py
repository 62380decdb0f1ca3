"""A cache that cannot be used: damaged, locked, or where none can be; nothing depends on it."""

from __future__ import annotations

import os
import sqlite3
import stat
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bevparse.problems import Problem
from bevparse.sources import ANYTHING
from bevparse.validate import Cache, Checked, Excerpt, Settings
from bevparse.validate.profile import Profile

from ..systems import modes
from .test_cache import NOW, SPELLED, run, without, written

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_damaged_cache_is_ignored(folder: Path, damage: bytes) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    (folder / "cache" / "results").write_bytes(damage)

    assert run(name) == run(name) == without(name)


@pytest.mark.parametrize("data", ["x''", "x'00'", "x'789c6364040000040003'"])
def test_damaged_result_is_ignored(folder: Path, data: str) -> None:
    name = written(folder / "a.json", SPELLED)
    run(name)
    with closing(sqlite3.connect("cache/results")) as database, database:
        database.execute(f"UPDATE results SET data = {data}")

    assert run(name) == without(name)


def poisoned(column: str, value: object) -> None:
    with closing(sqlite3.connect("cache/results")) as database, database:
        database.execute(f"UPDATE results SET {column} = ?", (value,))


def packed(*results: Checked) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(results))


FOUND = Checked(
    "a.json", "", "json", "create", (Problem("BEV301", "expected"),), (Excerpt("{}", 0),), profile=Profile()
)


@pytest.mark.parametrize(
    "data",
    [
        5,
        "text",
        packed(replace(FOUND, file="b.json")),
        packed(replace(FOUND, format="\x1b[31m")),
        packed(replace(FOUND, problems=(Problem("BEV999", "expected"),))),
        packed(replace(FOUND, excerpts=(Excerpt("\x1b]0;owned\x07", 0),))),
        packed(replace(FOUND, excerpts=(Excerpt("{}", 3),))),
        packed(replace(FOUND, excerpts=(Excerpt("{}", -1),))),
        packed(replace(FOUND, profile=Profile(days=Counter({"2018-02-30": 1})))),
        packed(replace(FOUND, profile=Profile(findings=Counter({"soon": 1})))),
        packed(replace(FOUND, profile=Profile(sizes=Counter({10**9: 1})))),
        packed(replace(FOUND, profile=Profile(sizes=Counter({-1: 1})))),
        packed(replace(FOUND, profile=Profile(results=Counter({"ok": "many"})))),  # type: ignore[dict-item]
        packed(replace(FOUND, profile=Profile(checks=Counter({"ok": 1})))),  # type: ignore[dict-item]
        zlib.compress(b"\0" * 2**28),
    ],
)
def test_cached_result_with_impossible_values_is_ignored(folder: Path, data: object) -> None:
    name = written(folder / "a.json", SPELLED)
    settings = Settings(now=NOW, excerpts=True, profile=True)
    expected = run(name, settings=settings)
    poisoned("data", data)

    assert run(name, settings=settings) == expected


def test_cached_result_is_returned(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    run(name)
    poisoned("data", packed(FOUND))

    assert run(name) == [FOUND]


@modes
def test_others_can_neither_read_nor_change_the_cache(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    Path("old").mkdir()
    Path("old/results").touch(0o666)
    Path("old/results").chmod(0o666)

    run(name)
    run(name, path="old/results")

    modes = [stat.S_IMODE(Path(path).stat().st_mode) for path in ("cache", "cache/results", "old/results")]
    assert modes == [0o700, 0o600, 0o600]


def test_cache_of_another_user_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = written(folder / "a.json", SPELLED)
    run(name)
    poisoned("data", packed(FOUND))
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert run(name) == without(name)


def test_cache_with_another_table_is_ignored(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    with closing(sqlite3.connect("cache/results")) as database, database:
        database.execute("CREATE TABLE results(x)")

    assert run(name) == run(name) == without(name)


def test_locked_cache_is_ignored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_cache_at_an_impossible_path_is_ignored(folder: Path, path: str) -> None:
    name = written(folder / "a.json", SPELLED)

    assert run(name, path=path) == without(name)
    assert [entry.name for entry in folder.iterdir()] == [name]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_cache_in_a_read_only_folder_is_ignored(folder: Path) -> None:
    name = written(folder / "a.json", SPELLED)
    (folder / "cache").mkdir()
    (folder / "cache").chmod(stat.S_IRUSR | stat.S_IXUSR)

    assert run(name) == without(name)
