"""Saved runs: continued after a kill, merged from shards, with the report of one run over everything."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bevparse import StatusResponse
from bevparse.validate import Checked, OtherRunError, Report, SavedRun, Search, Settings, iter_checked, merged, validate
from bevparse.validate.frames import frames

from .test_cache import Reads

NOW = 1_800_000_000.0
ASKED = Settings(now=NOW, excerpts=True, profile=True)
VALID = b'{"response":{"id":5}}\n'
SPELLED = b'{"response":{"id":"5"}}'
FAULTY = b'{"response":{"id":"x"}}'
READY = b'{"response":[{"id":7,"ready":1,"processed_emails":2,"date_start":"1528204702"}]}'
COMPLETED = b'{"response":[{"emailAddress":"a@b.example","result":"ok"}]}'
KEY = "at_" + "0123456789ABCDEFGHIJabcdefghi"


@pytest.fixture(autouse=True)
def dumps(folder: Path) -> Path:
    """Work in a folder with many kinds of sources."""
    top = folder / "dumps"
    for number in range(12):
        write(top / str(number % 3) / f"{number}.json", (VALID, SPELLED, FAULTY)[number % 3])
    write(top / "status-7.json", READY)
    write(top / "z" / "completed-7.json", COMPLETED)
    write(top / "notes.txt", b"")
    write(top / "cut.json.gz", b"no gzip")
    write(top / "lines.jsonl", b"\n".join([SPELLED, FAULTY, VALID.strip()] * 3))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for number in range(20):
            files.writestr(f"july/{number}.json", (FAULTY, VALID)[number % 2])
    write(top / "july.zip", archive.getvalue())
    write(top / "empty.zip", b"PK\5\6" + bytes(18))
    return top


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def saved(*paths: str, run: SavedRun | None = None, asked: Settings = ASKED, reads: Reads | None = None) -> Report:
    return validate(paths or ["dumps"], asked, saved=run or SavedRun("run.bev"), executor=reads)


def killed_after(bodies: int, *paths: str, run: SavedRun) -> list[Checked]:
    """Stop a run after some bodies, as a kill does after a sync."""
    with closing(iter_checked(paths or ["dumps"], ASKED, saved=run)) as found:
        return [next(found) for _ in range(bodies)]


def contents(report: Report) -> tuple[object, ...]:
    return report.findings, report.summary, report.facts


def codes(report: Report, source: str) -> list[str]:
    return [problem.code for one in report.findings if one.source == source for problem in one.problems]


def test_saved_run_has_the_report_of_the_run() -> None:
    plain = validate("dumps", ASKED)

    assert contents(saved()) == contents(plain)
    assert contents(merged("run.bev")) == contents(plain)
    assert len(plain.summary.codes) > 3
    assert codes(plain, "dumps/z/completed-7.json") == ["BEV316", "BEV420"]


def test_saved_results_are_not_checked_again() -> None:
    plain, reads = saved(), Reads()

    assert contents(saved(reads=reads)) == contents(merged("run.bev")) == contents(plain)
    assert reads.names == ["dumps/cut.json.gz", "dumps"]  # which could not be read, and which only counts


@pytest.mark.parametrize("bodies", [1, 7, 30])
def test_stopped_run_continues(bodies: int) -> None:
    plain, run = validate("dumps", ASKED), SavedRun("run.bev", every=0)

    first = killed_after(bodies, run=run)
    second = killed_after(bodies + 5, run=run)

    assert second[:bodies] == first
    assert contents(saved(run=run)) == contents(merged("run.bev")) == contents(plain)


def test_stopped_run_checks_only_the_rest() -> None:
    run, reads = SavedRun("run.bev", every=0), Reads()
    killed_after(5, run=run)
    saved(run=run, reads=reads)

    assert not {"dumps/0/0.json", "dumps/0/3.json", "dumps/0/6.json"} & set(reads.names)
    assert {"dumps/1/1.json", "dumps/status-7.json"} <= set(reads.names)


def test_file_that_was_stopped_in_the_middle_is_checked_from_its_beginning(folder: Path) -> None:
    run, reads = SavedRun("run.bev", every=0), Reads()
    write(folder / "many.jsonl", VALID * 300)
    killed_after(290, "many.jsonl", run=run)

    assert saved("many.jsonl", run=run, reads=reads).summary == validate("many.jsonl", ASKED).summary
    assert len(reads.names) == 300
    assert merged("run.bev").summary.bodies == 300


@pytest.mark.parametrize("every", [0, 10**6])
def test_file_of_many_bodies_is_saved_in_parts(folder: Path, every: float) -> None:
    write(folder / "many.jsonl", VALID * 600)
    asked, run, reads = Settings(now=NOW), SavedRun("run.bev", every=every), Reads()
    expected = contents(validate("many.jsonl", asked))

    for _ in range(2):
        assert contents(saved("many.jsonl", run=run, asked=asked, reads=reads)) == expected
        assert contents(merged("run.bev")) == expected
    assert len(reads.names) == 600


def test_changed_file_is_checked_again(dumps: Path) -> None:
    saved()
    (dumps / "1" / "1.json").write_bytes(FAULTY + b"  ")
    os.utime(dumps / "2" / "2.json", ns=(1, 1))
    (dumps / "gone.json").symlink_to("nowhere")
    reads = Reads()

    assert contents(saved(reads=reads)) == contents(validate("dumps", ASKED)) == contents(merged("run.bev"))
    assert sorted(reads.names) == ["dumps", "dumps/1/1.json", "dumps/2/2.json", "dumps/cut.json.gz", "dumps/gone.json"]


def test_new_and_deleted_files_are_considered_when_a_run_continues(dumps: Path) -> None:
    saved()
    write(dumps / "0" / "00.json", FAULTY)
    (dumps / "1" / "4.json").unlink()
    (dumps / "july.zip").unlink()
    write(dumps / "zz.json", SPELLED)
    plain = validate("dumps", ASKED)

    assert contents(saved()) == contents(saved()) == contents(merged("run.bev")) == contents(plain)


@pytest.mark.parametrize("paths", [["dumps/1/1.json"] * 3, ["dumps/1", "dumps/1/1.json", "dumps/1"]])
def test_file_that_is_named_twice_is_reported_twice(paths: list[str]) -> None:
    plain = validate(paths, ASKED)

    for _ in range(2):
        assert contents(saved(*paths)) == contents(merged("run.bev")) == contents(plain)


@pytest.mark.parametrize("shards", [2, 25])
def test_shards_have_the_report_of_one_run(shards: int) -> None:
    plain = validate("dumps", ASKED)
    runs = [SavedRun(f"{shard}.bev", shard=shard, shards=shards) for shard in range(1, shards + 1)]
    reports = [saved(run=run) for run in runs]

    assert sum(report.summary.bodies for report in reports) == plain.summary.bodies
    assert contents(merged([run.path for run in reversed(runs)])) == contents(plain)


def test_shards_find_contradictions_across_them_when_they_are_merged() -> None:
    paths = [f"{shard}.bev" for shard in (1, 2, 3)]
    found = [
        codes(saved(run=SavedRun(path, shard=int(path[0]), shards=3)), "dumps/z/completed-7.json") for path in paths
    ]

    assert not any("BEV420" in one for one in found)
    assert "BEV420" in codes(merged(paths), "dumps/z/completed-7.json")


def messages(report: Report) -> list[tuple[str, str]]:
    """Return what is missing in a report."""
    missing = [one for one in report.findings if one.file.endswith(".bev")]
    assert report.summary.unreadable - 1 == len(missing)  # one of the files cannot be read
    return [(one.file, one.problems[0].message) for one in missing]


def test_missing_shard_is_reported() -> None:
    for shard in (2, 4, 5):
        saved(run=SavedRun(f"{shard}.bev", shard=shard, shards=15), asked=ASKED)
    saved(run=SavedRun("one.bev", shard=1, shards=2))

    numbers = "shards 1, 3, 6, 7, 8, 9, 10, 11, 12, 13 and 2 more of 15 are missing"
    paths = ["5.bev", "2.bev", "4.bev"]
    shards = merged(paths)
    assert [(one.file, one.problems[0].message) for one in shards.findings if one.file == "2.bev"] == [
        ("2.bev", numbers)
    ]
    (found,) = [one for one in merged("one.bev").findings if one.file == "one.bev"]
    assert (found.outcome, found.problems[0].message) == ("unreadable", "shard 2 of 2 is missing")


def test_run_that_has_not_ended_is_reported() -> None:
    killed_after(20, run=SavedRun("run.bev", every=0))
    report = merged("run.bev")

    assert report.summary.bodies > 10
    assert report.findings[-1].source == "run.bev"
    assert "has not ended" in report.findings[-1].problems[0].message


def test_shards_that_found_other_files_are_reported(dumps: Path) -> None:
    one, two = (SavedRun(f"{shard}.bev", shard=shard, shards=2) for shard in (1, 2))
    saved(run=one)
    write(dumps / "new.json", VALID)
    saved(run=two)

    ((path, message),) = messages(merged(["1.bev", "2.bev"]))
    assert path == "2.bev"
    assert message.startswith("this shard found 19 files, and 1.bev found 18 files")
    saved(run=one)
    assert messages(merged(["1.bev", "2.bev"])) == []


def test_time_of_the_run_is_that_of_its_beginning() -> None:
    body = b'{"response":[{"id":7,"date_start":"%d"}]}' % (NOW + 5 * 86_400)
    Path("future.json").write_bytes(body)
    killed_after(1, "future.json", run=SavedRun("run.bev"))

    assert codes(saved("future.json", asked=replace(ASKED, now=NOW + 10**7)), "future.json") == ["BEV403"]
    assert merged("run.bev").settings.now == NOW


@pytest.mark.parametrize(
    ("asked", "search", "paths", "names"),
    [
        (Settings(StatusResponse, excerpts=True, profile=True), Search(), ["dumps"], "model"),
        (ASKED, Search(include=("*.json",)), ["dumps"], "include"),
        (replace(ASKED, cross=False), Search(), ["dumps"], "cross"),
        (replace(ASKED, excerpts=False), Search(follow_links=True), ["dumps/1"], "excerpts, follow_links, paths"),
    ],
)
def test_other_settings_are_refused(asked: Settings, search: Search, paths: list[str], names: str) -> None:
    saved()
    before = Path("run.bev").read_bytes()

    with pytest.raises(OtherRunError, match=f"run.bev was begun with other settings: {names}$"):
        validate(paths, asked, search=search, saved=SavedRun("run.bev"))
    assert Path("run.bev").read_bytes() == before


def test_settings_of_the_report_may_change() -> None:
    saved()
    report = saved(asked=replace(ASKED, fail_on="info"))

    assert merged("run.bev").settings.fail_on == "info"
    assert merged("run.bev").summary.valid == report.summary.valid


def test_another_shard_and_another_folder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    saved()
    with pytest.raises(OtherRunError, match=r"other settings: shard$"):
        saved(run=SavedRun("run.bev", shard=1, shards=2))
    monkeypatch.chdir("dumps")
    with pytest.raises(OtherRunError, match="was begun in another folder"):
        saved(run=SavedRun("../run.bev"))


def test_shards_of_other_runs_are_refused() -> None:
    saved(run=SavedRun("1.bev", shard=1, shards=2))
    saved(run=SavedRun("2.bev", shard=2, shards=2), asked=replace(ASKED, cross=False))
    saved(run=SavedRun("3.bev", shard=2, shards=3), asked=replace(ASKED, fail_on="info"))
    saved("dumps/1", run=SavedRun("4.bev", shard=2, shards=2))

    for path, names in {"2.bev": "cross", "3.bev": "shards, fail_on", "4.bev": "paths"}.items():
        with pytest.raises(
            OtherRunError, match=f"{path} is not a shard of the run in 1.bev, whose settings differ: {names}$"
        ):
            merged(["1.bev", path])
    with pytest.raises(OtherRunError, match=r"1\.bev is shard 1, and so is 1\.bev$"):
        merged(["1.bev", "1.bev"])


@pytest.mark.parametrize(("shard", "shards"), [(0, 1), (2, 1), (1, 0), (1, 100_001)])
def test_impossible_shard_is_refused(shard: int, shards: int) -> None:
    with pytest.raises(ValueError, match="expected a shard from 1"):
        SavedRun("run.bev", shard=shard, shards=shards)


def test_report_without_a_saved_run_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="got no path"):
        merged([])


def test_names_that_cannot_be_shown_are_kept(folder: Path) -> None:
    odd = os.fsdecode(b"dumps/\xff\n\0.json".replace(b"\0", b"0"))
    write(folder / odd, FAULTY)
    write(folder / "dumps" / f"status-{KEY}.json", READY)
    with zipfile.ZipFile("dumps/odd.zip", "w") as files:
        files.writestr("\u202e.json", json.dumps({"response": [{"id": 1, "\ud800": "\udfff", "ready": 5}]}))
        files.writestr("error.json", json.dumps({"response": {"error": "\ud800"}}))
    plain = validate("dumps", ASKED)

    assert contents(saved()) == contents(plain)
    assert [one.source for one in merged("run.bev").findings if one.source == odd] == [odd]
    for report in (saved(), merged("run.bev")):
        assert report.summary == plain.summary
        assert [one.problems for one in report.findings] == [one.problems for one in plain.findings]


def test_no_api_key_is_in_the_file(folder: Path) -> None:
    write(folder / "dumps" / KEY / "a.json", b'{"response":[{"id":"%b"}]}' % KEY.encode())
    write(folder / "dumps" / f"status-{KEY}.json", READY)
    search = Search(url_patterns=(f"*?apiKey={KEY}",), exclude=(KEY * 2,))
    validate("dumps", ASKED, search=search, saved=SavedRun("run.bev"))

    unpacked = b"".join(contents_of("run.bev"))
    assert b"at_REDACTED" in unpacked
    assert KEY.encode() not in unpacked


def contents_of(path: str) -> Iterator[bytes]:
    return (frame.content for frame in frames(path))


def test_pipes_are_continued_if_their_content_is_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for body in (SPELLED, SPELLED, FAULTY):
        reads = Reads()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))
        found.append((codes(saved("-", reads=reads), "<stdin>"), len(reads.names)))

    assert found == [(["BEV301"], 1), (["BEV301"], 0), (["BEV204"], 1)]


def test_report_of_a_saved_run_keeps_a_number_of_bodies() -> None:
    saved()

    assert len(merged("run.bev", keep=3).bodies) == 3
    assert merged("run.bev", keep=3).counts == merged("run.bev").counts


def test_paths_of_an_iterator_are_not_compared() -> None:
    report = validate(iter(["dumps/1"]), ASKED, saved=SavedRun("run.bev"))

    assert contents(validate(iter(["dumps/1"]), ASKED, saved=SavedRun("run.bev"))) == contents(report)
