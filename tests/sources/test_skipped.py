"""Files that are left out of a search: those with other names are counted, those of macOS are not."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.sources import Search
from bevparse.validate import Settings, Summary, iter_checked

STATUS = b'{"response":[{"id":544,"ready":1}]}'
CHECK = ["validate", "--no-cache", "--no-config", "--ignore", "BEV3"]
FORK = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"


def in_folder(names: dict[str, bytes]) -> str:
    for name, data in names.items():
        path = Path("dump", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return "dump"


def in_tar(names: dict[str, bytes]) -> str:
    with tarfile.open("dump.tar", "w") as archive:
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return "dump.tar"


def in_zip(names: dict[str, bytes]) -> str:
    with zipfile.ZipFile("dump.zip", "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return "dump.zip"


every_place = pytest.mark.parametrize("place", [in_folder, in_tar, in_zip])


def summary_of(path: str, search: Search | None = None) -> Summary:
    return sum(map(Summary.of, iter_checked([path], Settings(), search=search or Search())), Summary())


@every_place
def test_files_of_macos_are_ignored(place: Callable[[dict[str, bytes]], str]) -> None:
    path = place({"july/._status-544.json": FORK, "july/status-544.json": STATUS, "__MACOSX/july/status.json": FORK})

    for search in (Search(), Search(include=("*.json",))):
        summary = summary_of(path, search)

        assert (summary.bodies, summary.valid, summary.skipped) == (1, 1, 0)


def test_files_of_macos_match_no_pattern() -> None:
    in_folder({"._status.json": FORK, "status.json": STATUS})

    assert summary_of("dump/*.json").bodies == 1


@every_place
def test_files_with_other_names_are_counted(
    place: Callable[[dict[str, bytes]], str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = place({"a.json": STATUS, "b.txt": STATUS, "old/c": b"", "old/.hidden": b"", "d.log": b"", "._e": FORK})

    assert main([*CHECK, path]) == 0
    assert capsys.readouterr().out.endswith(
        "; 1 response body, valid; 3 files with other names skipped; 1 status (1 json)\n"
    )


@every_place
def test_files_that_a_pattern_excludes_are_not_counted(place: Callable[[dict[str, bytes]], str]) -> None:
    path = place({"a.json": STATUS, "b.txt": STATUS, "c.log": b""})

    assert summary_of(path, Search(exclude=("*.txt",))).skipped == 1
    assert summary_of(path, Search(include=("*.json",))).skipped == 0


def test_folder_without_a_body_reports_what_was_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, in_folder({"a.txt": STATUS})]) == 4
    assert capsys.readouterr().err.endswith("; 1 file with other names skipped\n")


def test_pattern_counts_what_it_skips_in_folders_that_match() -> None:
    in_folder({"july/a.json": STATUS, "july/b.txt": b"", "june/c.txt": b""})

    summary = summary_of("dump/jul*")

    assert (summary.bodies, summary.skipped, summary.unreadable) == (1, 1, 0)


def test_pattern_that_matches_no_body_is_unreadable() -> None:
    in_folder({"july/b.txt": b""})

    assert summary_of("dump/jul*").unreadable == 1


def test_skipped_files_are_counted_but_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, "--output-format", "json", in_folder({"a.json": STATUS, "b.txt": b""})]) == 0
    out = capsys.readouterr().out

    assert out.count('"source"') == 1
    assert '"skipped": 1, "other_urls": 0' in out


def test_html_report_shows_the_number_of_skipped_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, "--output-format", "html", in_folder({"a.json": STATUS, "b.txt": b""})]) == 0

    assert "<dt>files skipped</dt><dd>1</dd>" in capsys.readouterr().out
