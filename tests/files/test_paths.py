"""Patterns for paths: matches, mismatches and special characters."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bevparse.files.paths import fits, is_glob, matches, resolve_pattern, slashed

from ..systems import links, odd_names


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dumps/july.json", False),
        ("", False),
        ("a(b)|c+.json", False),
        ("*.json", True),
        ("dumps/july?.json", True),
        ("[x]", True),
        ("half[", True),
    ],
)
def test_pattern_is_distinguished_from_a_name(path: str, expected: bool) -> None:
    assert is_glob(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.json", "a.json"),
        ("*.json", "deep/down/a.json"),
        ("*.json", ".json"),
        ("a.json", "deep/a.json"),
        ("july", "dumps/july"),
        ("july/", "dumps/july"),
        ("july/", "dumps/july/deep/a.json"),
        ("dumps/july/", "dumps/july/a.json"),
        ("*.jsonl", "dumps/a.jsonl#/5"),
        ("july.zip", "dumps/july.zip!/a.json"),
        ("dumps/*.json", "dumps/a.json"),
        ("dumps/**/*.json", "dumps/a.json"),
        ("dumps/**/*.json", "dumps/x/y/a.json"),
        ("dumps/**", "dumps/x/y/a.json"),
        ("**/old/*", "dumps/old/a.json"),
        ("**/old/*", "old/a.json"),
        ("**", "any/thing"),
        ("?.json", "é.json"),
        ("[abc].json", "b.json"),
        ("[a-c].json", "b.json"),
        ("[!a-c].json", "d.json"),
        ("[^a-c].json", "d.json"),
        ("[]].json", "].json"),
        ("[!]].json", "x.json"),
        ("[a-].json", "-.json"),
        ("[-a].json", "-.json"),
        ("[+--].json", ",.json"),
        ("[.-0].json", "..json"),
        ("[&&~~||].json", "&.json"),
        ("[[].json", "[.json"),
        ("[z-ab].json", "b.json"),
        ("half[.json", "half[.json"),
        ("[].json", "[].json"),
        ("a+(b)|{c}$.json", "a+(b)|{c}$.json"),
        ("line*end.json", "line\nend.json"),
        ("./dumps/*.json", "dumps/a.json"),
        ("./a.json", "a.json"),
        ("./a.json", "./a.json"),
        ("dumps/*.json", "./dumps/a.json"),
        ("dumps\\*.json", "dumps\\a.json"),
        ("july.zip/status.json", "july.zip!/status.json"),
        ("**/july.zip/**", "dumps/july.zip!/a/b/status.json"),
        ("status.json", "july.zip!/status.json"),
        ("july.zip!/old/**", "july.zip!/old/status.json"),
        ("odd!/*.json", "odd!/a.json"),
        ("\udcff*.json", "\udcff.json"),
    ],
)
def test_pattern_matches_these_paths(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.json", "a.json.gz"),
        ("*.json", "a.JSON"),
        ("a.json", "aa.json"),
        ("a.json", "a.json/b"),
        ("dumps/*.json", "dumps/x/a.json"),
        ("dumps/*.json", "other/dumps/a.json"),
        ("dumps/?a.json", "dumps//a.json"),
        ("./a.json", "deep/a.json"),
        ("a[!b]c", "a/c"),
        ("a?c", "a/c"),
        ("a[.-0]c", "a/c/x"),
        ("[z-a].json", "m.json"),
        ("[z-a].json", "-.json"),
        ("[abc].json", "[abc].json"),
        ("**/old/*", "bold/a.json"),
        ("", "a.json"),
        ("dumps/july/", "dumps/july.json"),
        ("/", "a.json"),
        ("a.json", "aXjson"),
    ],
)
def test_pattern_does_not_match_these_paths(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


def matches_by_trial(pattern: list[str], path: str) -> bool:
    """Return whether tokens match a path, by trying every length of every wildcard."""
    if not pattern:
        return not path
    token, *rest = pattern
    if token in ("*", "**", "**/"):
        lengths = [length for length in range(len(path) + 1) if token != "*" or "/" not in path[:length]]
        if token == "**/":
            lengths = [0, *(length for length in lengths if path[:length].endswith("/"))]
        return any(matches_by_trial(rest, path[length:]) for length in lengths)
    fits_first = path[:1] not in ("", "/") if token == "?" else path[:1] in token.strip("[]") if path else False
    return fits_first and matches_by_trial(rest, path[1:])


@given(
    pattern=st.lists(st.sampled_from(["*", "**", "**/", "?", "a", "b", "/", "[ab]"]), max_size=7),
    path=st.text("ab/", max_size=9),
)
def test_pattern_matches_what_trying_every_length_matches(pattern: list[str], path: str) -> None:
    text = "".join(pattern)
    assume(not any(unclear in text for unclear in ("***", "*/" * 2)) and text == text.rstrip("/"))
    tokens = re.findall(r"\*\*/|\*\*|\[ab]|.", text)

    assert fits(text, path) is matches_by_trial(tokens, path)


@pytest.mark.parametrize(
    "pattern", ["*-*-*-*.json", "**-*-**-*.json", "*?*?*?*?.json", "**/*-*/**/*-*-*.json", "*" * 999 + "x"]
)
@pytest.mark.parametrize("path", ["-" * 30_000, "-/" * 15_000, "/" * 30_000])
def test_long_path_is_matched_in_linear_time(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


def test_steps_of_a_pattern_are_bounded() -> None:
    names = [chr(number) * 2 for number in range(256, 20_000)]

    assert not any(fits("*a?", name) for name in names)
    assert all(fits("*a?", f"{name}ab") for name in names)


def test_pattern_of_a_path_begins_where_the_path_does() -> None:
    assert fits("*.json", "a.json")
    assert not fits("*.json", "dumps/a.json")


@odd_names
@pytest.mark.parametrize("path", ["dumps/a.json", "./dumps/a.json", "dumps/../dumps/a.json", "FOLDER/dumps/a.json"])
@pytest.mark.parametrize("pattern", ["dumps/*.json", "./dumps/*.json", "FOLDER/dumps/*.json"])
def test_path_matches_in_every_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, path: str
) -> None:
    folder = tmp_path / "odd [1]*"
    folder.mkdir()
    monkeypatch.chdir(folder)

    assert matches(pattern.replace("FOLDER", glob.escape(str(folder))), path.replace("FOLDER", str(folder)))
    (here,), (above,) = (resolve_pattern("dumps/*.json", str(one)) for one in (folder, tmp_path))
    assert matches(here, path.replace("FOLDER", str(folder)))
    assert not matches(above, path.replace("FOLDER", str(folder)))


@pytest.mark.parametrize("path", ["./a.json", "a.json", "../completed/a.json", "FOLDER/a.json"])
def test_names_at_any_depth_are_those_below_the_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    folder = tmp_path / "review" / "completed"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    name = path.replace("FOLDER", str(folder))
    patterns = resolve_pattern("**/completed/*", str(tmp_path / "review"))

    assert any(matches(pattern, name) for pattern in patterns)
    assert not matches("**/completed/*", "a.json")
    assert not matches("**/review/**", f"{folder}/a.json")
    assert matches("**/completed/*", "/elsewhere/completed/a.json")


@links
def test_link_to_the_current_folder_is_that_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "link")
    monkeypatch.setenv("PWD", str(tmp_path / "link"))

    assert matches("dumps/*.json", f"{tmp_path}/link/dumps/a.json")
    assert not matches("dumps/*.json", f"{tmp_path}/linked/dumps/a.json")


def test_pattern_does_not_leave_an_archive() -> None:
    assert matches("a.zip/**", "a.zip!/../up.json")
    assert not matches("trusted/*.json", "untrusted/evil.zip!/../../trusted/x.json")


def test_path_in_a_deleted_working_directory_is_matched_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert matches("dumps/*.json", "dumps/a.json")


@pytest.mark.parametrize("name", ["c#", "c!"])
def test_folder_named_like_a_location_in_a_file_is_a_folder(folder: Path, name: str) -> None:
    assert matches("c", f"{name}/a.json")
    (folder / name).mkdir()

    assert not matches("c", f"{name}/a.json")
    assert matches(f"{name}/*.json", f"{name}/a.json")
    assert matches("a.zip", f"{name}/a.zip!/b.json")


@pytest.mark.parametrize(
    ("separator", "path", "expected"),
    [
        ("/", "dumps\\a.json", "dumps\\a.json"),
        ("\\", "dumps\\july/a.json", "dumps/july/a.json"),
        ("\\", "C:\\dumps\\a.json", "C:/dumps/a.json"),
        ("\\", "\\\\server\\share", "//server/share"),
        ("\\", "\\\\?\\C:\\dumps", "\\\\?\\C:\\dumps"),
    ],
)
def test_paths_of_windows_have_slashes(
    monkeypatch: pytest.MonkeyPatch, separator: str, path: str, expected: str
) -> None:
    monkeypatch.setattr(os, "sep", separator)

    assert slashed(path) == expected
