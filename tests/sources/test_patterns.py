"""Patterns that select files, and the files that a search includes or excludes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse.sources.folders import on_disk
from bevparse.validate import Search

from ..container_samples import places, validated
from ..container_samples import write_files as write


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("d/*.json", ["d/a.json"]),
        ("d/**/*.json", ["d/a.json", "d/e/b.json", "d/e/f/c.json"]),
        ("./d/**/[bc].json", ["d/e/b.json", "d/e/f/c.json"]),
        ("**/b.json", ["d/e/b.json"]),
        ("*/e/b.json", ["d/e/b.json"]),
        ("?/*/[!b].*", ["d/e/f.txt"]),
        ("d/*", ["d/a.json", "d/e/b.json", "d/e/f/c.json"]),
        ("*", ["d/a.json", "d/e/b.json", "d/e/f/c.json"]),
        ("d/e/f.*", ["d/e/f.txt"]),
        ("d/[e]", ["d/e/b.json", "d/e/f/c.json"]),
        ("d/e/f*/c.json", ["d/e/f/c.json"]),
    ],
)
def test_pattern_selects_the_files_that_match(
    capsys: pytest.CaptureFixture[str], pattern: str, expected: list[str]
) -> None:
    write("d/a.json", "d/e/b.json", "d/e/f/c.json", "d/e/f.txt")

    assert sorted(places(capsys, pattern)) == expected


def test_pattern_may_begin_at_the_root(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write("d/a.json")

    root = tmp_path.as_posix()

    assert places(capsys, f"{root}/*/*.json") == [f"{root}/d/a.json"]
    assert list(on_disk("/[?", Search(exclude=("*",))))[0].outcome == "unreadable"  # noqa: RUF015 - it must be the only one


def test_file_that_is_named_like_a_pattern_is_that_file(capsys: pytest.CaptureFixture[str]) -> None:
    write("[x].json", "x.json")

    assert places(capsys, "[x].json") == ["[x].json"]
    Path("[x].json").unlink()
    assert places(capsys, "[x].json") == ["x.json"]


@pytest.mark.parametrize("pattern", ["*.xml", "d/**/nothing", "[z-a]", "absent/*.json"])
def test_pattern_without_a_match_is_reported(capsys: pytest.CaptureFixture[str], pattern: str) -> None:
    write("d/a.json")

    code, shown = validated(capsys, pattern)
    assert code == 3
    assert shown[0].startswith(f"{'absent' if 'absent' in pattern else pattern}: error: BEV001")


def test_excluded_file_does_not_match_a_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    write("d/a.json", "d/old/b.json", "d/c.txt")

    assert places(capsys, "d/**", "--exclude", "old") == ["d/a.json", "d/c.txt"]
    assert places(capsys, "d/**", "--exclude", "a.json", "--exclude", "*.txt") == ["d/old/b.json"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["a.json", "new/b.json", "old/c.json", "old/x/d.json"]),
        (["--exclude", "old"], ["a.json", "new/b.json"]),
        (["--exclude", "./old"], ["a.json", "new/b.json", "old/c.json", "old/x/d.json"]),
        (["--exclude", "**/old/*.json"], ["a.json", "new/b.json", "old/x/d.json"]),
        (["--exclude", "*.json"], []),
        (["--exclude", "a.json", "--exclude", "x"], ["new/b.json", "old/c.json"]),
        (["--include", "[ab].json"], ["a.json", "new/b.json"]),
        (["--include", "*.txt"], ["e.txt"]),
        (["--include", "*.txt", "--include", "c.*"], ["e.txt", "old/c.json"]),
        (["--include", "*.json", "--exclude", "old"], ["a.json", "new/b.json"]),
        (["--include", "[z-a].json"], []),
        (["--include", ""], []),
    ],
)
def test_files_to_read_in_a_folder_can_be_selected(
    capsys: pytest.CaptureFixture[str], options: list[str], expected: list[str]
) -> None:
    write("dumps/a.json", "dumps/e.txt", "dumps/new/b.json", "dumps/old/c.json", "dumps/old/x/d.json")

    assert places(capsys, "dumps", *options) == [f"dumps/{name}" for name in expected]
