"""The validator as a package: silent, lazy, and its counts add up."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from bevparse.limits import DEFAULT_LIMITS, Limits
from bevparse.sources import ANYTHING, Search, find_files
from bevparse.validate import Checked, Settings, Source, check, iter_checked, validate

from ..systems import links, odd_names

VALID = b'{"response":{"id":5}}'
COMPLETED = (
    b'{"response":[{"emailAddress":"a@b.example","formatCheck":"true","smtpCheck":"true","dnsCheck":"true",'
    b'"freeCheck":"false","disposableCheck":"false","catchAllCheck":"null","mxRecords":["b.example"],"result":"ok"}]}'
)
READY = (
    b'{"response":[{"id":7,"date_start":"1528204702","date_end":"1528204703","total_emails":2,"invalid_emails":0,'
    b'"processed_emails":2,"failed_emails":0,"ready":1}]}'
)
FAULTY = b'{"response":{"id":"x"}}'
EMPTY = b'{"response":[]}'
DEEP = 1100
FORMATS = ("json", "xml", "csv", None)


def codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems]


def sources(*paths: str) -> list[Source]:
    return list(find_files(paths, ANYTHING))


def names(*paths: str) -> list[str]:
    return [Path(source.name).name for source in sources(*paths)]


def checked_in(paths: Iterable[str], settings: Settings | None = None) -> list[Checked]:
    return list(iter_checked(paths, settings or Settings()))


def write(path: Path, body: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return str(path)


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.json", FAULTY)
    write(tmp_path / "b.json", VALID)

    report = validate([str(tmp_path), str(tmp_path / "absent.json")])

    assert [codes(checked) for checked in report.findings] == [["BEV204"], ["BEV001"]]
    assert (report.summary.bodies, report.summary.valid, report.summary.unreadable) == (2, 1, 1)
    assert capfd.readouterr() == ("", "")


def test_bodies_are_read_one_by_one(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.json", VALID), str(tmp_path / "b.json")
    found = iter_checked(iter([first, second]), Settings())
    next(found)
    write(tmp_path / "b.json", VALID)

    assert next(found) == Checked(second, "", "json", "create", size=len(VALID))


def test_endless_iterator_of_paths_is_checked_lazily(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", VALID)

    assert len(list(islice(iter_checked(iter(lambda: path, None), Settings()), 3))) == 3


def test_source_that_vanishes_between_listing_and_reading_is_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "a.json", VALID)
    (source,) = sources(str(tmp_path))
    (tmp_path / "a.json").unlink()

    (checked,) = check(source, Settings())

    assert codes(checked) == ["BEV001"]
    assert checked.outcome == "unreadable"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")])
def test_folder_that_cannot_be_listed_is_unreadable_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    write(tmp_path / "a.json", VALID)
    write(tmp_path / "b" / "inside.json", VALID)
    write(tmp_path / "c.json", VALID)
    scandir = os.scandir

    def refusing(folder: str) -> object:
        if Path(folder).name == "b":
            raise error
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)

    checked = checked_in([str(tmp_path)])

    assert [codes(one) for one in checked] == [[], ["BEV001"], []]
    assert [one.outcome for one in checked] == ["body", "unreadable", "body"]


def test_folder_is_searched_at_any_depth_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.xml", "a/z.csv", "a/y.json.gz", "a/b/x.TSV", "c.json", "a.json", "notes.txt", "a.gz", ".json"):
        write(tmp_path / name, b"")

    found, folder = names(str(tmp_path))[:-1], names(str(tmp_path))[-1]

    assert found == ["x.TSV", "y.json.gz", "z.csv", "a.json", "b.xml", "c.json"]
    assert folder == tmp_path.name


def test_paths_keep_the_order_of_the_arguments(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, VALID) for name in ("b.json", "a.json")]

    assert [source.name for source in sources(*paths)] == paths


@links
def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.json", VALID)
    (tmp_path / "in" / "again").symlink_to(tmp_path, target_is_directory=True)

    assert names(str(tmp_path)) == ["a.json"]


@links
def test_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.json", VALID)
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)

    assert names(str(tmp_path / "link")) == ["a.json"]


@links
@pytest.mark.parametrize("target", ["a.json", "gone.json"], ids=["itself", "nowhere"])
def test_link_that_leads_to_no_file_is_unreadable_and_the_rest_is_checked(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.json").symlink_to(target)
    write(tmp_path / "b.json", VALID)

    checked = checked_in([str(tmp_path)])

    assert [codes(one) for one in checked] == [["BEV001"], []]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    write(tmp_path / "b.json", VALID)

    assert names(str(tmp_path)) == ["b.json"]


@pytest.fixture
def deep_folder(folder: Path) -> Iterator[str]:
    """Folders nested deeper than Python's recursion limit, with a valid body at the bottom."""
    for _ in range(DEEP):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.json").write_bytes(VALID)
    os.chdir(folder)
    yield "d"
    os.chdir(Path(*["d"] * DEEP))
    Path("a.json").unlink()
    for _ in range(DEEP):  # from the bottom up, because removing a tree recurses too
        os.chdir("..")
        Path("d").rmdir()


def test_nested_folders_are_searched_at_any_depth(deep_folder: str) -> None:
    checked = checked_in([deep_folder])

    assert [one.problems for one in checked] == [()]


@pytest.mark.parametrize("name", ["a" * 300 + ".json", "nul\0.json", "", "a.json/b.json"])
def test_path_that_no_file_can_have_is_unreadable(folder: Path, name: str) -> None:
    write(folder / "a.json", VALID)

    (checked,) = checked_in([name])

    assert (checked.source, codes(checked)) == (name, ["BEV001"])


def test_standard_input_that_cannot_be_read_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

    with io.TextIOWrapper(io.BufferedReader(Broken())) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        (checked,) = checked_in(["-"])

    assert codes(checked) == ["BEV001"]
    assert "input/output error" in checked.problems[0].message.lower()


@odd_names
def test_file_named_dash_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    write(folder / "<stdin>", VALID)

    (checked,) = checked_in(["<stdin>"])

    assert checked.endpoint == "create"


def test_default_limits_are_those_of_the_library() -> None:
    assert Settings().limits is DEFAULT_LIMITS


def test_limits_of_a_search_that_differ_from_those_of_the_run_are_an_error(tmp_path: Path) -> None:
    search = Search(limits=Limits(records=5))

    assert validate([tmp_path], Settings(limits=search.limits), search=search).bodies == ()
    with pytest.raises(ValueError, match="in the settings of a run"):
        validate([tmp_path], search=search)


def test_yaml_that_is_not_a_recording_is_skipped_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(f"apiKey: at_{'a' * 29}\n")

    assert [codes(checked) for checked in iter_checked([tmp_path], Settings())] == []
