"""Objects in stores as sources: what a URL names, and what is fetched before it is needed."""

from __future__ import annotations

import json
from operator import length_hint

import fsspec
import pytest

from bevparse.sources import (
    ANYTHING,
    Search,
    Source,
    container_of,
    document_kind,
    fetched,
    fetched_sources,
    find_files,
    is_container,
    may_be_body,
    named_source,
    open_source,
)
from bevparse.sources.stored import SMALL

from ..container_samples import CREATED, zipped
from ..object_store import Bucket, Fault
from ..recordings import API


def found(*paths: str, **search: object) -> list[Source]:
    return [*find_files(paths, Search(**search))]  # type: ignore[arg-type]


def names(*paths: str, **search: object) -> list[str]:
    return [one.name.removeprefix("s3://bucket/") for one in found(*paths, **search) if not one.skipped]


@pytest.fixture
def dumps(bucket: Bucket) -> Bucket:
    """A bucket with objects in several folders."""
    keys = ("dumps/a.json", "dumps/july/", "dumps/july/b.csv", "dumps/july/old/c.xml", "dumps/notes.txt", "e.json")
    bucket.objects = {key: CREATED if key[-1] != "/" else b"" for key in keys}
    return bucket


@pytest.mark.parametrize(
    ("path", "search", "expected"),
    [
        ("s3://bucket/dumps/", {}, ["dumps/a.json", "dumps/july/b.csv", "dumps/july/old/c.xml"]),
        ("s3://bucket/dumps", {"exclude": ("old",)}, ["dumps/a.json", "dumps/july/b.csv"]),
        ("s3://bucket/dumps/july/old/", {"exclude": ("old",)}, ["dumps/july/old/c.xml"]),
        ("s3://bucket/dumps", {"exclude": ("s3://bucket/dumps/july/*",)}, ["dumps/a.json"]),
        ("s3://bucket/dumps", {"include": ("*.txt", "*.csv")}, ["dumps/july/b.csv", "dumps/notes.txt"]),
        ("s3://bucket/", {"exclude": ("dumps/",)}, ["e.json"]),
        ("s3://bucket/dumps/*.json", {}, ["dumps/a.json"]),
        ("s3://bucket/dumps/*.txt", {}, ["dumps/notes.txt"]),
        ("s3://bucket/**/*.[cx]*", {}, ["dumps/july/b.csv", "dumps/july/old/c.xml"]),
        ("s3://bucket/dumps/j*", {}, ["dumps/july/b.csv", "dumps/july/old/c.xml"]),
        ("s3://bucket/dumps/j*", {"exclude": ("old",)}, ["dumps/july/b.csv"]),
    ],
)
def test_url_selects_objects_as_a_path_selects_files(
    dumps: Bucket, path: str, search: dict[str, object], expected: list[str]
) -> None:
    assert names(path, **search) == expected


def test_named_object_is_read_with_any_name(dumps: Bucket) -> None:
    (one,) = found("s3://bucket/dumps/notes.txt", exclude=("*.txt",))

    assert one.named
    assert one.size == len(CREATED)
    assert one.read() == CREATED


def test_objects_with_other_names_are_counted_without_empty_ones(dumps: Bucket) -> None:
    assert [(one.name, one.skipped) for one in found("s3://bucket/dumps/") if one.skipped] == [
        ("s3://bucket/dumps/", 1)
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("s3://bucket/nothing", "there is no such object, and none below it"),
        ("s3://bucket/dumps/*.html", "no object matches this pattern"),
        ("s3://bucket/nothing/**/*.json", "no object matches this pattern"),
        ("s3://other/", "cannot read store: the store answered 404 Not Found (NoSuchBucket)"),
        ("http://127.0.0.1:1/dumps/", "cannot read store: a web server lists no files; name the URL of each file"),
    ],
)
def test_prefix_without_objects_is_unreadable(dumps: Bucket, path: str, message: str) -> None:
    (one,) = found(path)

    assert (one.name, one.outcome, one.problems[0].message) == (path, "unreadable", message)


def test_objects_before_a_fault_of_the_listing_are_found(bucket: Bucket) -> None:
    bucket.objects = {f"dumps/{number:04}.json": b"{}" for number in range(1001)}
    bucket.fault = lambda request, before: Fault(403, "AccessDenied") if before == 1 else Fault()

    *before, last = found("s3://bucket/dumps/")

    assert len(before) == 1000
    assert last.problems[0].message == "cannot read store: the store answered 403 Forbidden (AccessDenied)"


def test_missing_package_for_memory_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)

    (one,) = found("memory://dumps/")

    assert one.outcome == "unreadable"


@pytest.mark.parametrize(
    ("path", "container", "several"),
    [
        ("s3://bucket/a.json", None, False),
        ("s3://bucket/dumps", None, True),
        ("s3://bucket/dumps.d/", None, True),
        ("s3://bucket/", None, False),
        ("s3://bucket/*.json", None, True),
        ("s3://bucket/july.zip", None, True),
        ("s3://bucket/july.zip!/a.json", "s3://bucket/july.zip", False),
        ("s3://bucket/odd!/session.har#/log/entries/3", "s3://bucket/odd!/session.har", False),
        ("https://host.example/status", None, False),
        ("https://host.example/july.zip?sig=1", None, True),
        ("file:///dumps/status.json", None, False),
    ],
)
def test_folder_pattern_and_location_are_known_by_the_form_of_a_url(
    path: str, container: str | None, several: bool
) -> None:
    assert container_of(path) == container
    assert is_container(path) is several


def test_location_in_an_object_is_read(bucket: Bucket) -> None:
    bucket.objects = {"july.zip": zipped({"a.json": CREATED, "b.json": b"{}"})}

    by_store = named_source("s3://bucket/july.zip!/a.json", ANYTHING)
    by_web = named_source(f"{bucket.url}/bucket/july.zip!/a.json", ANYTHING)

    assert by_store.name == "s3://bucket/july.zip!/a.json"
    assert by_store.read() == by_web.read() == CREATED


def test_archive_of_a_web_server_that_cannot_seek_is_read(bucket: Bucket) -> None:
    filler = bytes(range(256)) * 2**15
    bucket.objects = {"july.zip": zipped({"filler.bin": filler, "a.json": CREATED}, method=0)}

    (one,) = (one for file in found(f"{bucket.url}/bucket/july.zip") for one in open_source(file, Search()) if one.data)

    assert one.data == CREATED


def test_files_that_a_har_names_are_read_from_its_folder(bucket: Bucket) -> None:
    name = f"{'0' * 40}.json"
    entries = [
        {
            "request": {"method": "POST", "url": f"{API}/status"},
            "response": {"status": 200, "content": {"mimeType": "application/json", "_file": file}},
        }
        for file in (name, "missing.json")
    ]
    bucket.objects = {
        "a/session.har": json.dumps({"log": {"entries": entries}}).encode(),
        f"a/{name}": b'{"response":[]}',
    }
    har = named_source("s3://bucket/a/session.har", ANYTHING)
    data = har.read()

    document = document_kind(har, data)
    assert document
    first, second = document.members(har, data)

    assert first.data == b'{"response":[]}'
    assert "no file 'missing.json'" in second.problems[0].message


def test_files_that_a_har_names_are_not_bodies(bucket: Bucket) -> None:
    part, other = (f"{digit * 40}.json" for digit in "01")
    bucket.objects = {
        f"a/{part}": CREATED,
        f"a/{other}": CREATED,
        f"b/{part}": CREATED,
        "a/session.har": b'{"log":{"entries":[{"_file":"%s"}]}}' % part.encode(),
        "b/broken.har": b"",
    }
    bucket.fault = lambda request, before: Fault(404) if request == "GET b/broken.har" else Fault()

    assert names("s3://bucket/") == ["a/session.har", "b/broken.har", f"a/{other}", f"b/{part}"]


def test_object_that_looks_like_a_response_is_recognised(bucket: Bucket) -> None:
    bucket.objects = {"a.json": CREATED, "report.html": b"<!doctype html>", "empty.json": b""}

    assert may_be_body("s3://bucket/a.json")
    assert not any(map(may_be_body, ("s3://bucket/report.html", "s3://bucket/empty.json", "s3://bucket/new.json")))


class TestFetched:
    """Objects whose content is fetched before it is needed."""

    def test_order_is_kept_and_other_items_are_unchanged(self, bucket: Bucket) -> None:
        bucket.objects = {f"{number:03}.json": CREATED for number in range(100)}
        others = [Source("on-disk.json"), ("known",)]

        given = [*found("s3://bucket/"), *others, *found("s3://bucket/")]
        owners, items = zip(*fetched(enumerate(given)), strict=True)

        assert owners == tuple(range(202))
        assert [one.name if isinstance(one, Source) else one for one in items] == [
            *(f"s3://bucket/{key}" for key in bucket.objects),
            "on-disk.json",
            ("known",),
            *(f"s3://bucket/{key}" for key in bucket.objects),
        ]
        contents = [one.stored.content for one in items if isinstance(one, Source) and one.stored]
        assert contents == [CREATED] * 200

    def test_number_of_objects_that_are_fetched_ahead_is_bounded(self, bucket: Bucket) -> None:
        bucket.objects = {f"{number:03}.json": CREATED for number in range(200)}
        listed = iter(found("s3://bucket/"))
        before = length_hint(listed)

        next(fetched_sources(listed))

        assert before - length_hint(listed) <= 65

    def test_bytes_that_are_fetched_ahead_are_bounded(self, bucket: Bucket) -> None:
        bucket.objects = {f"{number:02}.json": bytes(SMALL) for number in range(40)}
        listed = iter(found("s3://bucket/"))
        before = length_hint(listed)

        next(fetched_sources(listed))

        assert before - length_hint(listed) <= 17

    def test_large_object_is_left_to_the_process_that_reads_it(self, bucket: Bucket) -> None:
        bucket.objects = {"large.json": bytes(SMALL + 1)}

        by_store, by_web = fetched_sources(found("s3://bucket/large.json", f"{bucket.url}/bucket/large.json"))

        assert [one.stored and one.stored.content for one in (by_store, by_web)] == [None, None]

    def test_file_that_no_other_process_can_open_is_fetched(self) -> None:
        memory = fsspec.filesystem("memory")
        memory.pipe("/large/large.json", bytes(SMALL + 1))

        try:
            ((_, here),), ((_, there),) = (
                fetched(enumerate(found("memory://large/")), most) for most in (SMALL, 2 * SMALL)
            )
        finally:
            memory.rm("/large", recursive=True)

        assert isinstance(here, Source)
        assert here.stored
        assert isinstance(there, Source)
        assert here.stored.content is None
        assert there.read() == bytes(SMALL + 1)

    def test_fault_is_reported_for_its_object_only(self, bucket: Bucket) -> None:
        bucket.objects = dict.fromkeys(("a.json", "b.json", "c.json", "d.json"), CREATED)
        bucket.fault = lambda request, before: Fault(403, "AccessDenied") if request == "GET b.json" else Fault()
        listed = found("s3://bucket/")
        del bucket.objects["c.json"]
        bucket.objects["d.json"] += b" "

        one, denied, gone, changed = fetched_sources(listed)

        assert one.read() == CREATED
        assert [source.problems[0].message for source in (denied, gone, changed)] == [
            "cannot read file: the store answered 403 Forbidden (AccessDenied)",
            "cannot read file: no such object",
            "cannot read file: the object has changed since it was listed, or while it was read",
        ]

    def test_content_with_another_size_than_the_listed_one_is_refused(self) -> None:
        memory = fsspec.filesystem("memory")
        memory.pipe("/sizes/a.json", CREATED)

        try:
            listed = found("memory://sizes/")
            memory.pipe("/sizes/a.json", CREATED + b" ")
            (one,) = fetched_sources(listed)
        finally:
            memory.rm("/sizes", recursive=True)

        assert one.problems[0].message == "cannot read file: the object has changed since it was listed"
