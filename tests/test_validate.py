"""The validator as a package: silent, lazy, and its counts add up."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import Limits, StatusResponse
from bevparse.catalogue import CATALOGUE
from bevparse.endpoints import MODELS
from bevparse.limits import DEFAULT_LIMITS
from bevparse.problems import Problem
from bevparse.validate import Checked, Settings, Source, Summary, check, find_sources, validate

SOUND = b'{"response":{"id":5}}'
FAULTY = b'{"response":{"id":"x"}}'
EMPTY = b'{"response":[]}'
DEEP = 1100
FORMATS = ("json", "xml", "csv", None)

problems = st.builds(Problem, st.sampled_from(sorted(CATALOGUE)), st.just("expected sense, got none"))
checks = st.builds(
    Checked,
    st.text(),
    st.sampled_from(FORMATS),
    st.sampled_from([*MODELS, None]),
    st.lists(problems, max_size=4).map(tuple),
)
summaries = st.lists(checks, max_size=3).map(lambda many: sum(map(Summary.of, many), Summary()))


def codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems]


def names(found: list[Source]) -> list[str]:
    return [Path(source.name).name for source in found]


def write(path: Path, body: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return str(path)


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.json", FAULTY)
    write(tmp_path / "b.json", SOUND)

    assert len(list(validate([str(tmp_path), str(tmp_path / "absent.json")], Settings()))) == 3
    assert capfd.readouterr() == ("", "")


def test_a_body_is_read_only_when_its_turn_comes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.json", SOUND), str(tmp_path / "b.json")
    found = validate(iter([first, second]), Settings())
    next(found)
    write(tmp_path / "b.json", SOUND)

    assert next(found) == Checked(second, "json", "create", ())


def test_paths_may_be_without_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", SOUND)

    assert len(list(islice(validate(iter(lambda: path, None), Settings()), 3))) == 3


def test_a_source_that_vanishes_between_listing_and_reading_is_unreadable(tmp_path: Path) -> None:
    write(tmp_path / "a.json", SOUND)
    (source,) = find_sources([str(tmp_path)])
    (tmp_path / "a.json").unlink()

    checked = check(source, Settings())

    assert codes(checked) == ["BEV001"]
    assert not checked.readable


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")])
def test_a_folder_that_cannot_be_listed_is_unreadable_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    write(tmp_path / "a.json", SOUND)
    write(tmp_path / "b" / "inside.json", SOUND)
    write(tmp_path / "c.json", SOUND)
    scandir = os.scandir

    def refusing(folder: str) -> object:
        if Path(folder).name == "b":
            raise error
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)

    checked = list(validate([str(tmp_path)], Settings()))

    assert [codes(one) for one in checked] == [[], ["BEV001"], []]
    assert [one.readable for one in checked] == [True, False, True]


def test_a_folder_is_searched_to_the_bottom_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.xml", "a/z.csv", "a/y.json.gz", "a/b/x.TSV", "c.json", "a.json", "notes.txt", "a.gz", ".json"):
        write(tmp_path / name, b"")

    assert names(list(find_sources([str(tmp_path)]))) == ["x.TSV", "y.json.gz", "z.csv", "a.json", "b.xml", "c.json"]


def test_paths_keep_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, SOUND) for name in ("b.json", "a.json")]

    assert [source.name for source in find_sources(paths)] == paths


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.json", SOUND)
    (tmp_path / "in" / "again").symlink_to(tmp_path, target_is_directory=True)

    assert names(list(find_sources([str(tmp_path)]))) == ["a.json"]


def test_a_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.json", SOUND)
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)

    assert names(list(find_sources([str(tmp_path / "link")]))) == ["a.json"]


@pytest.mark.parametrize("target", ["a.json", "gone.json"], ids=["itself", "nowhere"])
def test_a_link_that_leads_to_no_file_is_unreadable_and_the_rest_is_checked(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.json").symlink_to(target)
    write(tmp_path / "b.json", SOUND)

    checked = list(validate([str(tmp_path)], Settings()))

    assert [codes(one) for one in checked] == [["BEV001"], []]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    write(tmp_path / "b.json", SOUND)

    assert names(list(find_sources([str(tmp_path)]))) == ["b.json"]


@pytest.fixture
def deep_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """More folders inside each other than Python has room for calls, with a sound body at the bottom."""
    monkeypatch.chdir(tmp_path)
    for _ in range(DEEP):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.json").write_bytes(SOUND)
    os.chdir(tmp_path)
    yield "d"
    os.chdir(Path(*["d"] * DEEP))
    Path("a.json").unlink()
    for _ in range(DEEP):  # from the bottom up, because removing a tree recurses too
        os.chdir("..")
        Path("d").rmdir()


def test_folders_inside_each_other_are_searched_however_deep_they_are(deep_folder: str) -> None:
    checked = list(validate([deep_folder], Settings()))

    assert [one.problems for one in checked] == [()]


@pytest.mark.parametrize("name", ["a" * 300 + ".json", "nul\0.json", "", "a.json/b.json"])
def test_a_path_that_no_file_can_have_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.json", SOUND)

    (checked,) = validate([name], Settings())

    assert (checked.source, codes(checked)) == (name, ["BEV001"])


def test_standard_input_that_cannot_be_read_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

    with io.TextIOWrapper(io.BufferedReader(Broken())) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        (checked,) = validate(["-"], Settings())

    assert codes(checked) == ["BEV001"]
    assert "input/output error" in checked.problems[0].message.lower()


def test_a_file_that_is_called_like_standard_input_is_read_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    write(tmp_path / "<stdin>", SOUND)

    (checked,) = validate(["<stdin>"], Settings())

    assert checked.endpoint == "create"


@pytest.mark.parametrize(
    ("name", "body", "settings", "expected"),
    [
        ("a.json", SOUND, Settings(), []),
        ("a.json", FAULTY, Settings(), ["BEV204"]),
        ("a.json", EMPTY, Settings(), ["BEV220"]),
        ("a.json", EMPTY, Settings(StatusResponse), []),
        ("a.json", SOUND, Settings(StatusResponse), ["BEV212"]),
        ("a.xml", SOUND, Settings(), ["BEV313"]),
        ("a.xml", SOUND, Settings(format="json"), []),
        ("a.txt", SOUND, Settings(), []),
        ("a.json", SOUND, Settings(limits=Limits(body=20)), ["BEV002"]),
        ("a.json.gz", gzip.compress(SOUND), Settings(), []),
        ("a.json.gz", SOUND, Settings(), ["BEV001"]),
        ("a.json.gz", gzip.compress(b" " * 10_000_000), Settings(), ["BEV007"]),
    ],
)
def test_a_body_is_asked_what_the_settings_say(
    tmp_path: Path, name: str, body: bytes, settings: Settings, expected: list[str]
) -> None:
    (checked,) = validate([write(tmp_path / name, body)], settings)

    assert codes(checked) == expected
    assert checked.readable == ("BEV001" not in expected)


@pytest.mark.parametrize("body", [b'{"response":[{"emailAddress":{"x":1}}]}', b"Email Address\r\na@b.example\r\n"])
def test_a_payload_that_is_not_empty_and_fits_several_endpoints_is_not_passed_unread(
    tmp_path: Path, body: bytes
) -> None:
    (checked,) = validate([write(tmp_path / "body", body)], Settings())

    assert codes(checked) == ["BEV202"]


@given(checks)
def test_one_body_is_counted_once(checked: Checked) -> None:
    summary = Summary.of(checked)

    assert summary.bodies + summary.unreadable == 1
    assert summary.bodies == checked.readable
    assert sum(summary.severities.values()) == len(checked.problems)
    assert summary.sound == (checked.readable and not summary.severities["error"])


@given(checks)
def test_strict_takes_warnings_for_unsound_and_changes_nothing_else(checked: Checked) -> None:
    lenient, strict = Summary.of(checked), Summary.of(checked, strict=True)

    assert strict.sound == (lenient.sound and not strict.severities["warning"])
    assert replace(strict, sound=lenient.sound) == lenient


@given(summaries, summaries, summaries)
def test_summaries_add_up_in_any_grouping_and_order(one: Summary, two: Summary, three: Summary) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Summary() == one


@given(summaries, summaries)
def test_adding_summaries_changes_neither(one: Summary, two: Summary) -> None:
    before = repr((one, two))

    assert (one + two).bodies == one.bodies + two.bodies
    assert repr((one, two)) == before


@given(st.lists(problems))
def test_a_source_is_readable_unless_a_problem_says_it_is_not(listed: list[Problem]) -> None:
    checked = Checked("a.json", None, None, tuple(listed))

    assert checked.readable == all(problem.code != "BEV001" for problem in listed)


def test_the_default_limits_are_those_of_the_library() -> None:
    assert Settings().limits is DEFAULT_LIMITS
