"""Results of earlier runs: reused if nothing has changed, and never an obstacle."""

from __future__ import annotations

import os
import sqlite3
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bevparse import CreateResponse, Limits
from bevparse.cli import main
from bevparse.sources import ANYTHING, sources_in
from bevparse.validate import Cache, Checked, Search, Selection, Settings, Source, iter_checked, results

from ..systems import odd_names

VALID = b'{"response":{"id":5}}\n'
SPELLED = b'{"response":{"id":"5"}}'
FAULTY = b'{"response":{"id":"x"}}'
LARGE = 2**16
NOW = 1_800_000_000.0


class Reads(Executor):
    """Runs checks at once, and keeps the names of what they read; `after` is what happens to the files then."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.after: Callable[[], None] = lambda: None

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.names += [source.name for one in arguments[0] for source in sources_in(one)]
        future = Future[Any]()
        future.set_result(call(*arguments, **options))
        self.after()
        return future

    def run(self, *paths: str, **options: Any) -> list[Checked]:
        return run(*paths, **options, executor=self)


@pytest.fixture
def reads() -> Reads:
    return Reads()


def written(path: Path, body: bytes, size: int = LARGE) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.ljust(size))
    return path.name


def run(
    *paths: str,
    settings: Settings | None = None,
    search: Search = ANYTHING,
    path: str = "cache/results",
    executor: Executor | None = None,
) -> list[Checked]:
    asked = settings or Settings(now=NOW)
    with closing(Cache(Path(path), asked, search)) as results:
        return list(iter_checked(paths, asked, search=search, executor=executor, cache=results))


def without(*paths: str, settings: Settings | None = None) -> list[Checked]:
    return list(iter_checked(paths, settings or Settings(now=NOW)))


def stored(path: str = "cache/results") -> int:
    """Return the number of files whose results are stored."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM results").fetchone()[0])


@pytest.mark.parametrize("size", [LARGE, 100])
def test_unchanged_file_is_not_read_again(folder: Path, reads: Reads, size: int) -> None:
    name = written(folder / "a.json", SPELLED, size)

    assert reads.run(name) == reads.run(name) == reads.run(name) == without(name)
    assert reads.names == [name]


@odd_names
def test_file_whose_name_has_no_encoding_is_not_read_again(folder: Path, reads: Reads) -> None:
    name = written(folder / "\udcff\n.json", FAULTY)

    assert reads.run(name) == reads.run(name) == without(name)
    assert reads.names == [name]


@odd_names
@pytest.mark.parametrize("end", ["", "\udcff"])
def test_results_of_a_file_with_a_key_in_its_name_are_not_stored(folder: Path, reads: Reads, end: str) -> None:
    name = written(folder / f"status-at_{'a' * 29}{end}.json", FAULTY)

    assert reads.run(name) == reads.run(name) == without(name)
    assert (reads.names, stored()) == ([name, name], 0)


def test_large_file_of_the_same_content_is_not_checked_again(folder: Path, reads: Reads) -> None:
    name = written(folder / "a.json", SPELLED)
    first = reads.run(name)
    os.utime(name, ns=(1, 1))

    assert reads.run(name) == first
    assert reads.names == [name]


def test_small_file_with_a_new_modification_time_is_read_again(folder: Path, reads: Reads) -> None:
    name = written(folder / "a.json", SPELLED, 100)
    first = reads.run(name)
    os.utime(name, ns=(1, 1))

    assert reads.run(name) == first
    assert reads.names == [name] * 2


@pytest.mark.parametrize("body", [FAULTY, SPELLED + b" "])
def test_changed_content_is_read_again(folder: Path, reads: Reads, body: bytes) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.run(name)
    Path(name).write_bytes(body.ljust(LARGE + body.endswith(b" ")))

    assert reads.run(name) == without(name)
    assert reads.names == [name] * 2


@pytest.mark.parametrize(
    "settings",
    [
        Settings(CreateResponse),
        Settings(format="json"),
        Settings(endpoints=(("*", "create"),)),
        Settings(selection=Selection(ignore=("BEV301",))),
        Settings(limits=Limits(depth=5)),
        Settings(excerpts=True),
        Settings(profile=True),
        Settings(cross=True),
    ],
)
def test_other_settings_return_their_own_results(folder: Path, reads: Reads, settings: Settings) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.run(name)

    assert reads.run(name, settings=settings) == reads.run(name, settings=settings) == without(name, settings=settings)
    assert len(reads.names) == 2


def test_result_is_reused_with_settings_that_do_not_affect_it(folder: Path, reads: Reads) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.run(name)
    reads.run(name, settings=Settings(now=NOW + 5, fail_on="info"))

    assert reads.names == [name]


def test_result_is_reused_for_the_same_version_and_path_only(
    folder: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.run(name)
    reads.run(name, search=Search(include=("*.json",)))
    reads.run(f"./{name}")
    monkeypatch.setattr(results, "__version__", "9")  # another version cannot be imported in the same process
    reads.run(name)

    assert reads.names == [name, name, f"./{name}", name]


def test_file_of_the_same_name_in_another_folder_is_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(now=NOW, selection=Selection(per_file=((f"{folder}/legacy/*", ("BEV2",)),)))
    reports: list[list[str]] = []
    for name in ("legacy", "new"):
        written(folder / name / "big.json", FAULTY)
        monkeypatch.chdir(folder / name)
        (checked,) = run("big.json", settings=settings, path=str(folder / "results"))
        reports.append([problem.code for problem in checked.problems])

    assert reports == [[], ["BEV204"]]


def test_named_file_is_not_compared_with_others_and_a_found_one_is(folder: Path) -> None:
    written(folder / "dumps" / "status-7.json", b'{"response":[{"id":7,"ready":1,"processed_emails":2}]}')
    written(folder / "dumps" / "completed-7.json", b'{"response":[{"emailAddress":"a","result":"ok"}]}')
    named = ["dumps/completed-7.json", "dumps/status-7.json"]

    assert run(*named) == run(*named) == without(*named)
    assert run("dumps") == run("dumps") == without("dumps")
    assert [problem.code for problem in run("dumps")[-1].problems] == ["BEV420"]


@pytest.mark.parametrize("paths", [["a.json"] * 2, ["a.json"] * 3, ["a.json", "b.json", "a.json"]])
def test_file_that_is_named_twice_is_reported_twice_and_cached_once(folder: Path, paths: list[str]) -> None:
    written(folder / "a.json", SPELLED)
    written(folder / "b.json", FAULTY)

    assert run(*paths) == run(*paths) == without(*paths)
    assert run("a.json") == without("a.json")


def test_results_are_stored_before_the_run_ends(folder: Path) -> None:
    names = [written(folder / f"{name}.json", SPELLED) for name in "abc"]
    with closing(Cache(folder / "kept", Settings(now=NOW), ANYTHING, every=0)) as results:
        found = iter_checked(names, Settings(now=NOW), cache=results)
        for _ in names:
            next(found)

        assert stored("kept") == 2


def test_results_of_archives_and_lines_are_returned_from_the_cache(folder: Path, reads: Reads) -> None:
    with zipfile.ZipFile("a.zip", "w") as files:
        files.writestr("july/a.json", FAULTY.ljust(LARGE))
        files.writestr("july/b.csv", b"Id\r\nx\r\n")
    (folder / "b.jsonl").write_bytes(b"\n".join([SPELLED, FAULTY] * 100))
    asked = Settings(excerpts=True, profile=True, now=NOW)
    paths = ["a.zip", "b.jsonl"]
    first = reads.run(*paths, settings=asked)
    reads.names.clear()

    assert reads.run(*paths, settings=asked) == first
    assert reads.names == []
    assert without(*paths, settings=asked) == first


@pytest.mark.parametrize(
    "body",
    [
        b'{"response":[{"id":7,"date_start":"9999999999"}]}',
        None,
    ],
    ids=["BEV403", "BEV001"],
)
def test_temporary_finding_is_not_cached(folder: Path, reads: Reads, body: bytes | None) -> None:
    name = written(folder / ("a.json" if body else "a.json.gz"), body or b"no gzip")

    assert reads.run(name) == reads.run(name)
    assert reads.names == [name] * 2


@pytest.mark.unmeasured
def test_results_of_very_many_bodies_are_not_kept(folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(VALID * 20_001)
    (folder / "b.jsonl").write_bytes(VALID * 20_000)

    run("a.jsonl", "b.jsonl")

    assert stored() == 1


def test_long_results_are_compressed(folder: Path, reads: Reads) -> None:
    (folder / "a.jsonl").write_bytes(b"\n".join([SPELLED] * 500))

    assert reads.run("a.jsonl") == reads.run("a.jsonl")
    assert len(reads.names) == 500
    with closing(sqlite3.connect("cache/results")) as database:
        assert database.execute("SELECT LENGTH(data) < 10000 FROM results").fetchall() == [(1,)]


def test_file_that_changes_while_it_is_read_is_not_cached(folder: Path, reads: Reads) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.after = lambda: os.utime(name, ns=(len(reads.names), 5))

    assert reads.run(name) == reads.run(name)
    assert reads.names == [name] * 2


def test_file_that_vanishes_while_it_is_read_is_not_cached(folder: Path, reads: Reads) -> None:
    name = written(folder / "a.json", SPELLED)
    reads.after = (folder / name).unlink

    assert [problem.code for checked in reads.run(name) for problem in checked.problems] == ["BEV301"]
    assert [problem.code for checked in run(name) for problem in checked.problems] == ["BEV001"]


def test_old_results_are_deleted(folder: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    name, other = written(folder / "a.json", SPELLED), written(folder / "b.json", SPELLED)
    later = time.time() + 31 * 86_400
    reads.run(name)
    monkeypatch.setattr(time, "time", lambda: later)
    reads.run(other)
    assert stored() == 1
    reads.run(name)

    assert reads.names == [name, other, name]


def test_standard_input_and_unreadable_files_have_no_cached_result(folder: Path) -> None:
    with closing(Cache(Path("cache/results"), Settings(), ANYTHING)) as results:
        assert results.known(Source("<stdin>", data=SPELLED.ljust(LARGE), size=LARGE)) is None
        assert results.known(Source("a", outcome="unreadable", size=LARGE)) is None
        assert results.known(Source("absent", size=LARGE)) is None
        assert results.known(Source("nul\0", size=LARGE)) is None


def test_command_line_caches_results_by_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = written(folder / "a.json", FAULTY)
    shown = []
    for options in (["--no-cache"], [], [], ["--no-cache"]):
        assert main(["validate", name, "--cache-dir", "kept", "--jobs", "1", *options]) == 1
        shown.append(capsys.readouterr().out)
        assert (folder / "kept").exists() == (len(shown) > 1)

    assert len(set(shown)) == 1
    assert stored("kept/results.sqlite") == 1
