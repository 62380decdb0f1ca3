"""Bodies in files next to a HAR, as Playwright writes them."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.files.compression import Budget
from bevparse.limits import Limits
from bevparse.sources import ANYTHING, Search, har, named_source, open_source
from bevparse.sources.attachments import names_of, paths_next_to
from bevparse.sources.source import Source
from bevparse.validate import Cache, Checked, Settings, iter_checked

from ..container_samples import tarred, zipped
from ..recordings import API, KEY, RECORDINGS

STATUS = b'{"response":[{"id":544,"ready":7}]}'
OTHER = b'{"theme":"dark"}'
CHECK = ["validate", "--no-cache", "--no-config", "--ignore", "BEV3", "--output-format", "concise"]


def entry(file: object, url: str = f"{API}/status", posted: object = None) -> dict[str, object]:
    asked = {"method": "POST", "url": url, **({} if posted is None else {"postData": {"text": "", "_file": posted}})}
    return {"request": asked, "response": {"status": 200, "content": {"mimeType": "application/json", "_file": file}}}


def session(*entries: object) -> bytes:
    return json.dumps({"log": {"entries": entries}}).encode()


def in_folder(files: dict[str, bytes]) -> str:
    for name, data in files.items():
        path = Path("session", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return "session"


def in_zip(files: dict[str, bytes]) -> str:
    Path("session.zip").write_bytes(zipped(files))
    return "session.zip"


every_place = pytest.mark.parametrize("place", [in_folder, in_zip])


def found_in(path: str, settings: Settings | None = None) -> list[tuple[str, str, list[str]]]:
    found = [one for one in iter_checked([path], settings or Settings()) if not one.only_counts]
    return [(one.source.rpartition("har")[2], one.outcome, _codes(one)) for one in found]


def _codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems if problem.severity != "warning" or problem.code < "BEV3"]


def test_attached_bodies_of_playwright_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = RECORDINGS / "playwright-attached.zip"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")

    for place in (path, tmp_path / "out", tmp_path / "out" / "har.har"):
        assert main([*CHECK, str(place)]) == 0
        out = capsys.readouterr().out
        assert out.startswith(
            "no findings in 1 file; 2 response bodies, all valid; 1 exchange with other URLs skipped; "
        )


@every_place
def test_file_of_another_service_is_no_body(place: Callable[[dict[str, bytes]], str]) -> None:
    har_file = session(entry("a.json"), entry("b.json", "https://other.example/"))
    path = place({"a.json": STATUS, "b.json": OTHER, "c.json": STATUS, "s.har": har_file})

    assert sorted(found_in(path)) == [
        ("#/log/entries/0", "body", ["BEV205"]),
        (f"{path}{'!' if path.endswith('zip') else ''}/c.json", "body", ["BEV205"]),
    ]


@every_place
def test_files_of_an_excluded_har_are_read_as_bodies(place: Callable[[dict[str, bytes]], str]) -> None:
    path = place({"a.json": STATUS, "s.har": session(entry("a.json"))})

    found = [*iter_checked([path], Settings(), search=Search(exclude=("*.har",)))]

    assert [one.inner.rpartition("/")[2] or one.file.rpartition("/")[2] for one in found] == ["a.json"]


@every_place
def test_files_in_folders_below_are_read(place: Callable[[dict[str, bytes]], str]) -> None:
    path = place({"x/s.HAR": session(entry("./bodies/a.json")), "x/bodies/a.json": STATUS})

    (found,) = [one for one in iter_checked([path], Settings()) if one.outcome == "body"]

    assert (found.endpoint, found.inner.endswith("#/log/entries/0")) == ("status", True)


@every_place
@pytest.mark.parametrize("name", ["missing.json", "../secret.json", "/etc/hostname", "C:secret", "a\\b", "", ".", 5])
def test_missing_attached_file_is_reported(place: Callable[[dict[str, bytes]], str], name: object) -> None:
    Path("secret.json").write_bytes(STATUS)
    path = place({"s.har": session(entry(name), entry("a.json")), "a.json": STATUS})

    first, second = found_in(path)

    assert first == ("#/log/entries/0", "notice", ["BEV012"])
    assert second == ("#/log/entries/1", "body", ["BEV205"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_links_that_lead_outside_and_pipes_are_not_read() -> None:
    Path("secret.json").write_bytes(STATUS)
    path = in_folder(
        {"s.har": session(*map(entry, ("link", "pipe", "in", "folder"))), "a.json": STATUS, "folder/x": b""}
    )
    Path(path, "link").symlink_to(Path("secret.json").resolve())
    Path(path, "in").symlink_to("a.json")
    os.mkfifo(Path(path, "pipe"))

    outcomes = [outcome for _, outcome, _ in found_in(f"{path}/s.har")]

    assert outcomes == ["notice", "notice", "body", "notice"]


@every_place
def test_key_in_an_attached_request_is_reported(place: Callable[[dict[str, bytes]], str]) -> None:
    har_file = session(entry("a.json", "https://other.example/", posted="p.json"), entry("a.json", posted="q.json"))
    path = place({"s.har": har_file, "a.json": OTHER, "p.json": f'{{"apiKey":"{KEY}"}}'.encode()})

    assert found_in(path) == [
        ("#/log/entries/0", "notice", ["BEV503"]),
        ("#/log/entries/1", "notice", ["BEV012"]),
    ]


def test_bodies_are_found_by_location_and_in_archives_in_memory() -> None:
    path = in_zip({"s.har": session(entry("a.json")), "a.json": STATUS})

    source = named_source(f"{path}!/s.har#/log/entries/0", ANYTHING)
    held = list(open_source(Source("<stdin>", data=Path(path).read_bytes()), Search()))

    assert (source.endpoint, source.data) == ("status", STATUS)
    assert [one.inner for one in held] == ["!/s.har"]
    assert held[0].attachments == {"a.json": STATUS}


def test_har_in_memory_has_no_files_next_to_it() -> None:
    source = Source("<stdin>", "!/s.har")

    (notice,) = har.members(source, session(entry("a.json")))

    assert [problem.code for problem in notice.problems] == ["BEV012"]


def test_only_attached_files_of_the_service_are_kept() -> None:
    har_file = session(entry("a.json"), entry("a.json"), entry("b.png", "https://other.example/"), 5)
    data = zipped({"s.har": har_file, "a.json": STATUS, "b.png": bytes(1000)})

    (member,) = open_source(Source("x.zip", data=data), Search())

    assert member.attachments == {"a.json": STATUS}
    assert member.size == len(har_file) + len(STATUS)


def test_attached_files_count_for_the_limits() -> None:
    large = b'{"response":[]}' + b" " * 3000
    files = {"s.har": session(entry("a.json"), entry("b.json")), "a.json": large, "b.json": large}

    def codes(limits: Limits) -> list[str]:
        found = open_source(Source("x.zip", data=zipped(files), budget=Budget(limits)), Search())
        return [problem.code for one in found for problem in one.problems]

    assert codes(Limits(body=5000)) == ["BEV002"]
    assert codes(Limits(body=2000)) == ["BEV002"]
    assert codes(Limits(archive_total=4000)) == ["BEV008"]
    assert codes(Limits()) == []
    assert [found[2] for found in found_in(in_folder(files), Settings(limits=Limits(body=2000)))] == [["BEV002"]] * 2


def test_damaged_attached_file_is_reported_at_the_recording() -> None:
    data = zipped({"s.har": session(entry("a.json")), "a.json": STATUS})
    start = data.index(b"a.json") + len("a.json")
    damaged = data[:start] + b"\xff\xff" + data[start + 2 :]

    (member,) = open_source(Source("x.zip", data=damaged), Search())

    assert (member.inner, member.outcome) == ("!/s.har", "unreadable")


def test_result_of_a_har_with_files_is_not_cached(tmp_path: Path) -> None:
    path = in_folder({"s.har": session(entry("a.json")), "a.json": b'{"response":[]}'})

    def checked() -> list[list[str]]:
        cache = Cache(tmp_path / "results.sqlite", Settings(now=0), Search())
        found = [_codes(one) for one in iter_checked([f"{path}/s.har"], Settings(now=0), cache=cache)]
        cache.close()
        return found

    before = checked()
    Path(path, "a.json").write_bytes(STATUS)

    assert (before, checked()) == ([[]], [["BEV205"]])


def test_names_of_attached_files_are_found_in_any_json_spelling() -> None:
    data = (
        rb'{"_file" : "a.json", "_file":"\u0062.json", "_file":"\ud83d", "_file": "../c", "_file":"a/../d", "_file":5}'
    )

    assert names_of(data) == {"a.json", "b.json"}
    assert names_of(b"{}") == set()


def test_har_that_cannot_be_read_names_no_files() -> None:
    assert paths_next_to("missing.har") == set()


def test_convert_reads_attached_bodies(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    failed = b'{"response":[{"error":"x","emailAddress":"a@b.example"}]}'
    path = in_zip({"s.har": session(entry("a.json", f"{API}/failed")), "a.json": failed})

    assert main(["convert", path, "--to", "jsonl"]) == 0
    assert b"a@b.example" in capsysbinary.readouterr().out


def test_attached_files_in_a_nested_archive_are_read() -> None:
    inner = zipped({"s.har": session(entry("a.json")), "a.json": STATUS})
    Path("outer.zip").write_bytes(zipped({"inner.zip": inner}))
    with zipfile.ZipFile(BytesIO(inner)) as archive:
        assert len(archive.namelist()) == 2

    settings = Settings(limits=Limits(archive_nesting=2))

    assert found_in("outer.zip", settings) == [("#/log/entries/0", "body", ["BEV205"])]


NAMES = [f"{digit * 40}.json" for digit in "abcdef"]


def in_tar(files: dict[str, bytes], end: int | None = None) -> str:
    Path("session.tar").write_bytes(tarred(files)[:end])
    return "session.tar"


@pytest.mark.parametrize("is_last", [False, True])
@pytest.mark.parametrize("above", ["", "x/"])
def test_files_attached_in_a_tar_archive_are_read(*, is_last: bool, above: str) -> None:
    with zipfile.ZipFile(RECORDINGS / "playwright-attached.zip") as archive:
        names = sorted(archive.namelist(), key=lambda name: name.endswith(".har") is is_last)
        path = in_tar({above + name: archive.read(name) for name in names})

    found = [one for one in iter_checked([path], Settings()) if one.outcome == "body"]

    assert sorted((one.inner, one.endpoint, len(one.problems)) for one in found) == [
        (f"!/{above}har.har#/log/entries/0", "status", 0),
        (f"!/{above}har.har#/log/entries/1", "completed", 0),
    ]


def test_other_members_of_a_tar_archive_with_a_recording_are_read_as_bodies() -> None:
    har_file = session(entry(NAMES[0]), entry(NAMES[1]))
    other = f"{'0' * 40}.png"
    files = {NAMES[0]: STATUS, "s.har": har_file, NAMES[2]: STATUS, "d.json": STATUS, other: OTHER, "e.har": b"{"}
    path = in_tar(files)

    assert sorted(found_in(path)) == [
        ("", "notice", ["BEV011"]),
        ("#/log/entries/0", "body", ["BEV205"]),
        ("#/log/entries/1", "notice", ["BEV012"]),
        (f"{path}!/{NAMES[2]}", "body", ["BEV205"]),
        (f"{path}!/d.json", "body", ["BEV205"]),
    ]


def test_repeated_member_of_a_tar_archive_is_read_as_a_body() -> None:
    picture = f"{'0' * 40}.png"
    again = {NAMES[0]: OTHER, picture: OTHER, "s.har": session(entry(NAMES[0]))}
    path = in_tar({NAMES[0]: STATUS, picture: OTHER}, end=2048)
    Path(path).write_bytes(Path(path).read_bytes() + tarred(again))

    assert sorted(found_in(path)) == [
        ("#/log/entries/0", "body", ["BEV205"]),
        (f"{path}!/{NAMES[0]}", "body", ["BEV211"]),
    ]


def test_attached_files_are_read_although_the_tar_archive_is_cut() -> None:
    path = in_tar({"s.har": session(entry(NAMES[0])), NAMES[0]: STATUS}, end=2048)

    assert found_in(path) == [("#/log/entries/0", "body", ["BEV205"]), (path, "notice", ["BEV011"])]


@pytest.mark.parametrize(
    ("names", "limits"), [(["a.json", NAMES[1]], {}), (NAMES[:2], {"body": 600})], ids=["other names", "too large"]
)
def test_file_in_a_tar_archive_that_is_not_attached_is_named(names: list[str], limits: dict[str, int]) -> None:
    first, second = names
    files = {"s.har": session(entry(first), entry(second)), first: STATUS, second: OTHER + b" " * 50}

    found = list(iter_checked([in_tar(files)], Settings(limits=Limits(**limits))))

    messages = [problem.message for one in found for problem in one.problems if problem.code == "BEV012"]
    assert len(messages) == 2
    assert all(message.endswith("which is not read in this kind of archive; unpack it") for message in messages)
