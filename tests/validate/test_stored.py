"""Objects in stores: checked as files are, known by their ETags, and fetched by the process that checks them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing
from pathlib import Path
from typing import Any

import fsspec
import pytest

from bevparse.sources import ANYTHING
from bevparse.stores import in_filesystem
from bevparse.validate import Cache, Checked, SavedRun, Settings, iter_checked, validate

from ..container_samples import CREATED, FAULTY, VALID, tarred, zipped
from ..object_store import Bucket, Fault
from ..paths import FIXTURES

SETTINGS = Settings(excerpts=True, now=1_800_000_000.0)
PATHS = ("containers", "recordings/p*")
FILLER = bytes(range(256)) * 2**13  # 2 MiB


class Elsewhere(Executor):
    """Runs each batch as another process would, and records the size of what is sent there."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        sent = pickle.dumps((call, arguments, options))
        self.sizes.append(len(sent))
        call, arguments, options = pickle.loads(sent)
        future = Future[Any]()
        future.set_result(pickle.loads(pickle.dumps(call(*arguments, **options))))
        return future


class Dying(Elsewhere):
    """An executor whose workers die."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        future = Future[Any]()
        future.set_exception(RuntimeError("the worker has died"))
        return future


def checked(*paths: Any, executor: Executor | None = None) -> list[Checked]:
    return list(iter_checked(paths, SETTINGS, executor=executor))


def codes(results: list[Checked]) -> list[tuple[str, list[str]]]:
    return [(one.source.removeprefix("s3://bucket/"), [problem.code for problem in one.problems]) for one in results]


def messages(results: list[Checked]) -> dict[str, str]:
    found = {one.source.removeprefix("s3://bucket/"): one.problems for one in results}
    return {name: problems[0].message if problems else "" for name, problems in found.items()}


@pytest.mark.parametrize("executor", [None, Elsewhere()])
def test_objects_are_checked_as_files_are(
    bucket: Bucket, executor: Executor | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES)
    paths = [path for folder in ("containers", "recordings") for path in Path(folder).iterdir()]
    bucket.objects = {path.as_posix(): path.read_bytes() for path in paths}

    on_disk = checked(*PATHS, executor=executor)
    in_store = checked(*(f"s3://bucket/{path}" for path in PATHS), executor=executor)

    assert len(on_disk) > 70
    assert codes(in_store) == codes(on_disk)
    assert [one.excerpts for one in in_store] == [one.excerpts for one in on_disk]


def test_large_archive_is_opened_by_the_process_that_checks_it(bucket: Bucket) -> None:
    members = {"filler.bin": FILLER, "a.json": VALID, "b.json": FAULTY}
    bucket.objects = {"july.zip": zipped(members, method=0), "lines.jsonl": (CREATED.ljust(50_000) + b"\n") * 25}
    elsewhere = Elsewhere()

    found = checked("s3://bucket/", executor=elsewhere)

    assert codes(found) == codes(checked("s3://bucket/"))
    assert len(found) == 3 + 25
    assert max(elsewhere.sizes) < 10_000


def test_archive_whose_worker_dies_is_reported(bucket: Bucket) -> None:
    bucket.objects = {"july.tar": tarred({"filler.bin": FILLER, "a.json": VALID})}

    (one,) = checked("s3://bucket/", executor=Dying())

    assert (one.source, one.outcome) == ("s3://bucket/july.tar", "unreadable")
    assert "the worker failed" in one.problems[0].message


def test_members_of_a_small_archive_are_sent_without_it(bucket: Bucket) -> None:
    noise = bytes((number * number >> 7) & 255 for number in range(100_000))
    bucket.objects = {"july.zip": zipped({"noise.bin": noise, "a.json": VALID}, method=0)}
    elsewhere = Elsewhere()

    checked("s3://bucket/", executor=elsewhere)

    assert max(elsewhere.sizes) < 10_000


def test_filesystem_that_is_handed_over_is_read_by_this_process_only(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(
        zipped({"july/a.json": VALID, "july/b.zip": zipped({"c.json": VALID, "filler.bin": FILLER}, method=0)})
    )
    filesystem = fsspec.filesystem("zip", fo=str(path))

    found = checked(in_filesystem(filesystem, "july/"), executor=Elsewhere())

    assert [one.source for one in found if not one.skipped] == ["zip://july/a.json", "zip://july/b.zip!/c.json"]


def test_every_fault_is_a_finding_of_its_object(bucket: Bucket) -> None:
    bucket.objects = {f"{key}.json": CREATED for key in ("changed", "cut", "denied", "gone", "throttled", "valid")}
    faults = {
        "GET cut.json": Fault(cut=True),
        "GET denied.json": Fault(403, "AccessDenied"),
        "GET throttled.json": Fault(503, "SlowDown"),
    }
    bucket.fault = lambda request, before: faults.get(request, Fault())

    def change() -> None:
        del bucket.objects["gone.json"]
        bucket.objects["changed.json"] = FAULTY

    bucket.listed = change

    assert messages(checked("s3://bucket/")) == {
        "changed.json": "cannot read file: the object has changed since it was listed, or while it was read",
        "cut.json": "cannot read file: the store closed the connection",
        "denied.json": "cannot read file: the store answered 403 Forbidden (AccessDenied)",
        "gone.json": "cannot read file: no such object",
        "throttled.json": "cannot read file: the store answered 503 Service Unavailable (SlowDown)",
        "valid.json": "",
    }


def test_objects_are_fetched_at_the_same_time(bucket: Bucket) -> None:
    bucket.objects = {f"{number:02}.json": CREATED for number in range(40)}
    bucket.delay = 0.05

    assert len(checked("s3://bucket/")) == 40
    assert bucket.most_open > 1


def test_saved_run_is_continued_by_etag_and_has_no_credentials(bucket: Bucket, folder: Path) -> None:
    bucket.objects = {"a.json": VALID, "b.json": FAULTY}
    urls = ["s3://bucket/", f"{bucket.url}/bucket/a.json?X-Amz-Signature=s3cret"]

    first = validate(urls, SETTINGS, saved=SavedRun("run"))
    bucket.objects["b.json"] += b" "
    second = validate(urls, SETTINGS, saved=SavedRun("run"))

    assert codes([*first.findings]) == codes([*second.findings])
    assert (bucket.requests["GET a.json"], bucket.requests["GET b.json"]) == (3, 2)
    assert b"s3cret" not in Path("run").read_bytes()


class TestCache:
    """Results of earlier runs."""

    def test_object_with_the_same_etag_is_not_read_again(self, bucket: Bucket, folder: Path) -> None:
        bucket.objects = {"a.json": VALID, "b.json": FAULTY}

        first = self.run("s3://bucket/")
        bucket.objects["b.json"] += b" "
        second = self.run("s3://bucket/")

        assert codes(first) == codes(second)
        assert (bucket.requests["GET a.json"], bucket.requests["GET b.json"]) == (1, 2)

    def test_file_without_an_etag_is_read_again(self, bucket: Bucket, folder: Path) -> None:
        bucket.objects = {"a.json": VALID}

        self.run(f"{bucket.url}/bucket/a.json")
        self.run(f"{bucket.url}/bucket/a.json")

        assert bucket.requests["GET a.json"] == 2

    def test_fault_is_not_kept(self, bucket: Bucket, folder: Path) -> None:
        bucket.objects = {"a.json": CREATED}
        bucket.fault = lambda request, before: Fault(403, "AccessDenied") if request == "GET a.json" else Fault()
        self.run("s3://bucket/")
        bucket.fault = lambda request, before: Fault()

        assert messages(self.run("s3://bucket/")) == {"a.json": ""}

    def run(self, path: str) -> list[Checked]:
        with closing(Cache(Path("cache/results"), SETTINGS, ANYTHING)) as results:
            return list(iter_checked(path, SETTINGS, cache=results))


def test_report_counts_objects(bucket: Bucket) -> None:
    bucket.objects = {"a.json": VALID, "b.json": FAULTY}

    report = validate("s3://bucket/")

    assert (report.summary.bodies, len(report.findings)) == (2, 1)
