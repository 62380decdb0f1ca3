"""Patterns for paths: what fits, what does not, and what is odd in them."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from bevparse.validate.globs import anchored, fits, is_glob, matches


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
def test_a_pattern_is_told_from_a_name(path: str, expected: bool) -> None:
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
        ("\udcff*.json", "\udcff.json"),
    ],
)
def test_what_fits(pattern: str, path: str) -> None:
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
        ("/", "a.json"),
        ("a.json", "aXjson"),
    ],
)
def test_what_does_not_fit(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


def test_a_pattern_of_a_path_begins_where_the_path_does() -> None:
    assert fits("*.json", "a.json")
    assert not fits("*.json", "dumps/a.json")


@pytest.mark.parametrize("path", ["dumps/a.json", "./dumps/a.json", "dumps/../dumps/a.json", "FOLDER/dumps/a.json"])
@pytest.mark.parametrize("pattern", ["dumps/*.json", "./dumps/*.json", "FOLDER/dumps/*.json"])
def test_a_path_fits_however_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, path: str
) -> None:
    folder = tmp_path / "odd [1]*"
    folder.mkdir()
    monkeypatch.chdir(folder)

    assert matches(pattern.replace("FOLDER", glob.escape(str(folder))), path.replace("FOLDER", str(folder)))
    assert matches(anchored("dumps/*.json", str(folder)), path.replace("FOLDER", str(folder)))
    assert not matches(anchored("dumps/*.json", str(tmp_path)), path.replace("FOLDER", str(folder)))


def test_a_path_from_a_folder_that_is_gone_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert matches("dumps/*.json", "dumps/a.json")
