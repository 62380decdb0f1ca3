"""Sources that paths name: files, folders, patterns, lists and standard input, also with unusual names."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Self

import pytest

from bevparse.cli import main
from bevparse.errors import DecodeError, SourceError
from bevparse.problems import Problem
from bevparse.sources import ANYTHING, find_files, is_container, refused
from bevparse.sources.expected import model_of
from bevparse.sources.folders import on_disk
from bevparse.validate import Settings, Source, iter_checked

from ..container_samples import WRONG, WRONG_ID, places, validated, worded
from ..container_samples import write_files as write
from ..systems import links

# Folders.


def test_folder_is_searched_for_bodies_recordings_and_archives(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.json", "b.XML", "c.csv", "d.tsv", "e.json.gz", "f/g.jsonl", "f/h.ndjson.zst", "i.zip", "j.tar.xz", "k.tgz")
    write("l.har", "m.yaml", "n.yml.bz2", "o.warc.gz", "p.txz")
    write("q.txt", "r.gz", "s", "t.json~", "u.json.bak", "v.js", "__MACOSX/w.json", ".x")

    *found, skipped = find_files(["."], ANYTHING)

    assert (skipped.file, skipped.outcome, skipped.skipped) == (".", "notice", 6)
    assert [source.file for source in found] == [
        f"./{name}"
        for name in (
            *("a.json", "b.XML", "c.csv", "d.tsv", "e.json.gz", "f/g.jsonl", "f/h.ndjson.zst", "i.zip", "j.tar.xz"),
            *("k.tgz", "l.har", "m.yaml", "n.yml.bz2", "o.warc.gz", "p.txz"),
        )
    ]
    assert {source.named for source in find_files(["."], ANYTHING)} == {False}
    assert validated(capsys, "s")[0] == 1


def linked() -> None:
    """Write folders with links of every kind."""
    write("elsewhere/a.json", "elsewhere/deep/b.json", "elsewhere/notes.txt", "in/deep/real.json")
    for link, target in {
        "in/link.json": "../elsewhere/a.json",
        "in/environ.json": "/proc/self/environ",
        "in/notes.txt": "../elsewhere/notes.txt",
        "in/inside.json": "deep/real.json",
        "in/deep/self.json": "self.json",
        "in/deep/gone.json": "../../nowhere",
        "in/deep/outside": "../../elsewhere",
        "in/deep/outside-again": "../../elsewhere/deep",
        "in/deep/up": "..",
        "in/folder.json": "deep",
    }.items():
        Path(link).symlink_to(target)


@links
def test_link_that_leads_outside_of_a_folder_is_reported_and_not_followed(capsys: pytest.CaptureFixture[str]) -> None:
    linked()
    outside = ["in/deep/outside", "in/deep/outside-again", "in/environ.json", "in/link.json"]
    broken = ["in/deep/gone.json", "in/deep/self.json"]

    code, shown = worded(capsys, "in")

    assert code == 3
    assert [line.split(": ")[0] for line in shown if " BEV017 " in line] == outside
    assert [line.split(": ")[0] for line in shown if " BEV001 " in line] == broken
    assert [line.split(":")[0] for line in shown if " BEV204 " in line] == ["in/deep/real.json", "in/inside.json"]
    assert "follow" not in "".join(worded(capsys, "in", "--exclude", "outside*", "--exclude", "*n*.json")[1])


@links
@pytest.mark.parametrize("path", ["in", "in/**/*", "in/**/*.json", "./in/"])
def test_links_are_followed_if_that_is_asked_for_and_no_folder_is_read_twice(
    capsys: pytest.CaptureFixture[str], path: str
) -> None:
    linked()

    found = places(capsys, path, "--follow-links", "--exclude", "environ.json", "--exclude", "notes.txt")

    outside = ["outside/a.json", "outside/deep/b.json"]
    names = ["gone.json", *outside, "real.json", "self.json"]
    expected = [*(f"in/deep/{name}" for name in names), "in/inside.json", "in/link.json"]
    assert [name.removeprefix("./") for name in found] == expected


@links
def test_named_folder_may_be_a_link_or_in_one(capsys: pytest.CaptureFixture[str]) -> None:
    linked()

    assert places(capsys, "in/deep/outside") == ["in/deep/outside/a.json", "in/deep/outside/deep/b.json"]
    assert places(capsys, "in/link.json") == ["in/link.json"]


@links
def test_links_in_a_folder_are_rejects_of_a_conversion(capsys: pytest.CaptureFixture[str]) -> None:
    write("elsewhere/a.json", "in/b.json", body=b'{"response":[{"id":1}]}')
    Path("in/a.json").symlink_to("../elsewhere/a.json")

    assert main(["convert", "in", "--to", "jsonl", "-o", "o", "--no-config"]) == 1
    assert "in/a.json: error: BEV017" in capsys.readouterr().err
    assert not Path("o").exists()
    assert main(["convert", "in", "--to", "jsonl", "-o", "o", "--no-config", "--follow-links"]) == 0


def test_same_file_twice_is_checked_twice(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.json")

    assert places(capsys, "a.json", "./a.json", ".") == ["a.json", "./a.json", "./a.json"]


@pytest.mark.parametrize(
    ("name", "shown_as"),
    [
        (b"esc\x1b[2J.json", "esc\\x1b[2J.json"),
        (b"line\nend.json", "line\\nend.json"),
        (b"\xff\xfe.json", "\\udcff\\udcfe.json"),
        ("rtl\u202enosj.json".encode(), "rtl\\u202enosj.json"),
        (b"-.json", "-.json"),
        (b"a:b#c!d.json", "a:b#c!d.json"),
        (b"a!.json", "a!.json"),
    ],
)
def test_odd_names_are_found_and_escaped(capsys: pytest.CaptureFixture[str], name: bytes, shown_as: str) -> None:
    write(b"dumps/" + name)

    for path in ("dumps", os.fsdecode(b"dumps/" + name), "dumps/*"):
        code, shown = validated(capsys, path)
        assert (code, shown[0]) == (1, f"dumps/{shown_as}{WRONG_ID}")


def test_unreadable_folder_is_reported_and_the_rest_is_checked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.json", "b/c.json", "d.json")
    scandir = os.scandir

    def refusing(folder: str = ".") -> object:
        if folder == "./b/":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)

    code, shown = validated(capsys, ".")
    assert code == 3
    assert shown[1] == "./b: error: BEV001"
    assert [line[:8] for line in shown[:3]] == ["./a.json", "./b: err", "./d.json"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_file_without_permission_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.json", "b.json")
    Path("a.json").chmod(0)

    code, shown = validated(capsys, ".")
    assert (code, shown[0]) == (3, "./a.json: error: BEV001")


def test_file_that_vanishes_is_reported() -> None:
    names = ["a.json", "b.json", "c.zip", "d.jsonl"]
    write("0.json", *names)
    checks = iter_checked(".", Settings())
    next(checks)
    for name in names:
        Path(name).unlink()

    rest = list(checks)
    assert [checked.file for checked in rest] == [f"./{name}" for name in names]
    assert {(checked.outcome, problem.code) for checked in rest for problem in checked.problems} == {
        ("unreadable", "BEV001")
    }


def test_unknown_size_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name, path = "a.json", "./a.json"

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            return follow_symlinks

        def is_symlink(self) -> bool:
            return False

        def is_file(self) -> bool:
            return True

        def stat(self) -> os.stat_result:
            raise OSError(5, "Input/output error")

    class Entries(list[Entry]):
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", lambda _: Entries([Entry()]))

    assert [(source.file, source.size) for source in on_disk(".", ANYTHING)] == [("./a.json", 0)]


# Lists and standard input.


def test_paths_can_be_lines_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.json", "d/b.json", " c .json", b"\xff.json")
    write("list", body=b"a.json\r\n\r\n\nd\n c .json\n\xff.json\nabsent.json")

    code, shown = validated(capsys, "--files-from", "list")
    assert code == 3
    names = ["a.json", "d/b.json", " c .json", "\\udcff.json"]
    assert shown[:4] == [f"{name}{WRONG_ID}" for name in names]
    assert shown[4].startswith("absent.json: error: BEV001")


def test_standard_input_that_is_closed_is_unreadable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert validated(capsys, "-") == (
        3,
        [
            "<stdin>: error: BEV001",
            "1 error in 1 file; no saved responses were found; 1 source could not be read",
        ],
    )


@pytest.mark.parametrize(
    ("data", "code", "start"),
    [
        (b" " * 2000, 1, "<stdin>: error: BEV002"),
        (b"\x1f\x8b\x08" + bytes(5), 3, "<stdin>: error: BEV001"),
        (b"BZh9damaged", 3, "<stdin>: error: BEV001"),
        (b"", 1, "<stdin>:1:1: error: BEV101"),
        (WRONG, 1, f"<stdin>{WRONG_ID}"),
    ],
)
def test_standard_input_is_checked_like_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: bytes, code: int, start: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    ended, shown = validated(capsys, "-", "--limit", "body=1000")
    assert ended == code
    assert shown[0].startswith(start)


# Kinds of sources.


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.json", False),
        ("a.json.gz", False),
        ("a", False),
        ("a.zip", True),
        ("a.TGZ", True),
        ("a.tar.zst", True),
        ("a.jsonl.gz", True),
        ("a.har", True),
        ("a.yml", True),
        ("a.warc", True),
        ("*.json", True),
        (".", True),
    ],
)
def test_container_is_detected_by_its_name_or_kind(path: str, expected: bool) -> None:
    assert is_container(path) is expected


@pytest.mark.parametrize(
    ("error", "otherwise", "outcome"),
    [
        (SourceError("a", "gone"), "body", "unreadable"),
        (DecodeError(Problem("BEV013", "expected a package, got none")), "body", "unreadable"),
        (DecodeError(Problem("BEV002", "expected less, got more")), "body", "body"),
        (DecodeError(Problem("BEV011", "expected an archive, got none")), "notice", "notice"),
    ],
)
def test_refused_source_keeps_its_problem(error: SourceError | DecodeError, otherwise: str, outcome: str) -> None:
    source = refused(Source("a"), error, "body" if otherwise == "body" else "notice")

    assert (source.outcome, len(source.problems), source.data) == (outcome, 1, None)


@pytest.mark.parametrize(
    "error", [SourceError("a", "gone"), DecodeError(Problem("BEV011", "expected a zip, got none"))]
)
def test_reading_a_refused_source_raises_its_error(error: SourceError | DecodeError) -> None:
    with pytest.raises(type(error)) as caught:
        refused(Source("a"), error).read()
    assert str(caught.value) == str(error)


def test_requested_model_takes_precedence_over_the_declared_one() -> None:
    declaring = Source("a.json", endpoint="failed")
    by_pattern = Settings(endpoints=(("*.json", "completed"),))

    assert model_of(declaring, Settings()).__name__ == "FailedResponse"
    assert model_of(declaring, by_pattern).__name__ == "FailedResponse"
    assert model_of(Source("a.json"), by_pattern).__name__ == "CompletedResponse"
    assert model_of(Source("a.xml"), by_pattern).__name__ == "Response"
    assert model_of(declaring, Settings(model_of(Source("x"), Settings(endpoints=(("x", "list"),))))).__name__ == (
        "ListResponse"
    )


def test_location_inside_a_file_differs_from_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.jsonl")

    assert main(["validate", "--no-cache", "a.jsonl#/0"]) == 3
    assert "; pass a.jsonl, or show the body with bevparse convert LOCATION --to json\n" in capsys.readouterr().out
    code, shown = validated(capsys, "a.jsonl#/0", "b.jsonl#/0")
    assert (code, shown[:2]) == (
        3,
        [
            "a.jsonl#/0: error: BEV001",
            "b.jsonl#/0: error: BEV001",
        ],
    )
