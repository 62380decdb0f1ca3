"""Stores: which paths are URLs, and objects that are listed, read, and replaced, also by a store with faults."""

from __future__ import annotations

import io
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest

import bevparse
from bevparse import DecodeError, EmailRecord, SourceError
from bevparse.files import open_binary, read_body, replacing
from bevparse.files.compression import Budget
from bevparse.stores import StorePath, in_filesystem, is_url, objects, place_of, without_credentials

from ..container_samples import zipped
from ..object_store import Bucket, Fault

CREATED = b'{"response":{"id":5}}'
LARGE = bytes(range(256)) * 2**15  # 8 MiB: three pieces


def stored(path: str) -> StorePath:
    place = place_of(path)
    assert isinstance(place, StorePath)
    return place


def walked(path: str) -> list[str]:
    return [one.name for one in stored(path).walk()]


def failure(path: str) -> str:
    with pytest.raises(SourceError) as caught:
        read_body(path, Budget())
    return str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "s3://bucket/dumps/",
        "S3://bucket/a.json",
        "gs://bucket",
        "az://container/a.json",
        "abfss://container@account.dfs.core.windows.net/a.json",
        "https://host.example/a.json",
        "memory://a.json",
    ],
)
def test_url_of_a_store_is_no_file(path: str) -> None:
    assert is_url(path)


@pytest.mark.parametrize(
    "path", ["C:\\dumps", "C://dumps", "a:b.json", "12:30.json", "ftp://host.example/a", "dumps/s3://a", "file:///a"]
)
def test_path_without_a_store_is_a_file(path: str) -> None:
    assert not is_url(path)
    assert isinstance(place_of(path), str)


def test_path_object_is_a_file() -> None:
    assert place_of(Path("dumps") / "a.json") == os.path.join("dumps", "a.json")  # noqa: PTH118


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/a?x=1", "https://***@host/a?x=1"),
        ("HTTPS://token@host/a", "HTTPS://***@host/a"),
        ("sftp://me:secret@host/a", "sftp://me:***@host/a"),
        ("abfss://container@account/a", "abfss://container@account/a"),
        ("https://host/a?x=1&X-Amz-Signature=secret&y=2", "https://host/a?x=1&X-Amz-Signature=***&y=2"),
        ("az://c/a?sv=2024&sig=secret%3D", "az://c/a?sv=2024&sig=***"),
        ("cannot read 'https://host/a?access_token=secret' (a)", "cannot read 'https://host/a?access_token=***' (a)"),
        ("a?sig=1", "a?sig=1"),
    ],
)
def test_credentials_in_urls_are_masked(text: str, shown: str) -> None:
    assert without_credentials(text) == shown


def test_path_in_a_store_shows_no_credentials() -> None:
    place = stored("https://me:secret@host.example/a.json?X-Amz-Signature=secret")

    assert place.name == "https://host.example/a.json"
    assert "secret" not in repr(place)


def test_prefix_is_listed_page_by_page_in_the_order_of_the_store(bucket: Bucket) -> None:
    bucket.page = 2
    bucket.objects = dict.fromkeys(("dumps/", "dumps/b.json", "dumps/a/1 #%.json", "dumps/a/", "dumpster.json"), b"{}")

    assert walked("s3://bucket/dumps") == walked("s3://bucket/dumps/")
    assert walked("s3://bucket/dumps") == [
        "s3://bucket/dumps/a",
        "s3://bucket/dumps/a/1 #%.json",
        "s3://bucket/dumps/b.json",
    ]
    assert len(walked("s3://bucket")) == 5


def test_object_has_its_size_and_etag(bucket: Bucket) -> None:
    bucket.objects = {"a.json": CREATED}

    (one,) = stored("s3://bucket/a.json").walk()

    assert (one.size, one.etag) == (len(CREATED), '"b8d214ab71b047c9c8866799068ebbc2"')
    assert one.open().read() == CREATED


def test_object_is_opened_in_another_process(bucket: Bucket) -> None:
    bucket.objects = {"a.json": CREATED}

    again = pickle.loads(pickle.dumps(stored("s3://bucket/a.json")))

    assert again.open().read() == CREATED
    assert b"secret" not in pickle.dumps(again)


def test_public_functions_read_objects(bucket: Bucket) -> None:
    bucket.objects = {"created.json": CREATED, "all.csv": b"Email Address,Smtp Check\nann@mail.example,1\n"}

    assert bevparse.parse_file("s3://bucket/created.json", bevparse.CreateResponse).id == 5
    assert bevparse.parse_file(f"{bucket.url}/bucket/created.json?X-Amz-Signature=1").endpoint == "create"
    (record,) = bevparse.iter_records("s3://bucket/all.csv", EmailRecord)
    assert record.email_address == "ann@mail.example"


def test_large_object_is_read_in_pieces_from_any_position(bucket: Bucket) -> None:
    bucket.objects = {"large.bin": LARGE}

    with open_binary("s3://bucket/large.bin") as stream:
        assert stream.seek(-5, io.SEEK_END) == len(LARGE) - 5
        assert stream.read() == LARGE[-5:]
        assert stream.read() == b""
        assert stream.seek(10) == 10
        assert stream.read() == LARGE[10:]
        assert stream.tell() == len(LARGE)
        with pytest.raises(OSError, match="before the beginning"):
            stream.seek(-1 - 2 * len(LARGE), io.SEEK_CUR)


def test_large_object_that_was_listed_is_read_in_pieces(bucket: Bucket) -> None:
    bucket.objects = {"large.bin": LARGE}
    (one,) = stored("s3://bucket/").walk()

    assert one.open().read() == LARGE


def test_large_object_of_a_web_server_is_read_from_the_beginning(bucket: Bucket) -> None:
    bucket.objects = {"large.bin": LARGE}

    with open_binary(f"{bucket.url}/bucket/large.bin") as stream:
        assert not stream.seekable()
        assert stream.read() == LARGE


def test_object_that_changes_between_two_pieces_is_not_mixed(bucket: Bucket) -> None:
    bucket.objects = {"large.bin": LARGE}

    with open_binary("s3://bucket/large.bin") as stream:
        assert stream.read(10) == LARGE[:10]
        bucket.objects = {"large.bin": bytes(len(LARGE))}
        with pytest.raises(OSError, match="the object has changed"):
            stream.read()


def test_object_that_has_changed_since_it_was_listed_is_not_read(bucket: Bucket) -> None:
    bucket.objects = {"a.json": CREATED}
    (one,) = stored("s3://bucket/").walk()

    bucket.objects = {"a.json": b"{}"}

    with pytest.raises(OSError, match="the object has changed"):
        one.open()


def test_request_is_repeated_if_the_store_fails_once(bucket: Bucket) -> None:
    bucket.objects = {"a.json": CREATED}
    bucket.fault = lambda request, before: Fault(503, "SlowDown") if before == 0 else Fault()

    assert read_body("s3://bucket/a.json", Budget()) == CREATED


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(403, "AccessDenied"), "the store answered 403 Forbidden (AccessDenied)"),
        (Fault(404, "NoSuchKey"), "no such object"),
        (Fault(503, "SlowDown"), "the store answered 503 Service Unavailable (SlowDown)"),
        (Fault(cut=True), "the store closed the connection"),
    ],
)
def test_fault_of_a_store_is_an_error_with_its_reason(bucket: Bucket, fault: Fault, reason: str) -> None:
    bucket.objects = {"a.json": CREATED}
    bucket.fault = lambda request, before: fault

    assert failure("s3://bucket/a.json") == f"cannot read file: {reason} (s3://bucket/a.json)"


def test_store_that_does_not_answer_is_an_error(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_TIMEOUT", "20ms")
    bucket.fault = lambda request, before: Fault(hangs=True)

    assert failure("s3://bucket/a.json") == "cannot read file: the store did not answer in time (s3://bucket/a.json)"


def test_store_that_cannot_be_reached_is_an_error() -> None:
    assert (
        failure("http://127.0.0.1:1/a?sig=secret")
        == "cannot read file: no connection to the store (http://127.0.0.1:1/a)"
    )


def test_missing_bucket_is_an_error(bucket: Bucket) -> None:
    with pytest.raises(OSError, match=r"404 Not Found \(NoSuchBucket\)"):
        walked("s3://other/dumps/")


@pytest.mark.parametrize(
    ("url", "reason"), [("az://container/a", "Account must be specified"), ("http://[a/b", "IPv6")]
)
def test_url_without_a_store_is_an_error(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)

    assert reason in failure(url)


def test_missing_credentials_are_named() -> None:
    found = objects.reason_of(
        OSError("Error performing PUT http://169.254.169.254/latest/api/token in 2ms - HTTP error")
    )

    assert found == "no credentials found in the environment"


def test_other_failure_is_reported_without_its_url() -> None:
    found = objects.reason_of(
        OSError("Error performing GET http://h/a?sig=secret in 2ms - HTTP error: see http://h/?sig=s")
    )

    assert found == "HTTP error: see ..."


def test_web_server_is_not_listed() -> None:
    with pytest.raises(OSError, match="name the URL of each file"):
        walked("https://host.example/dumps/")


@pytest.mark.parametrize("size", [5, 6_000_000])
def test_object_is_replaced_as_a_whole(bucket: Bucket, size: int) -> None:
    bucket.objects = {"out.bin": b"old"}

    with replacing("s3://bucket/out.bin") as stream:
        stream.write(bytes(size))
        assert bucket.objects == {"out.bin": b"old"}

    assert bucket.objects == {"out.bin": bytes(size)}


def test_object_is_not_replaced_if_the_block_fails(bucket: Bucket) -> None:
    bucket.objects = {"out.bin": b"old"}

    with pytest.raises(ZeroDivisionError), replacing("s3://bucket/out.bin") as stream:
        stream.write(bytes(1 // 0))

    assert bucket.objects == {"out.bin": b"old"}


def test_object_that_cannot_be_written_is_an_error(bucket: Bucket) -> None:
    bucket.fault = lambda request, before: Fault(403, "AccessDenied")

    with (
        pytest.raises(SourceError, match=r"cannot write file: the store answered 403 Forbidden"),
        replacing("s3://bucket/a"),
    ):
        pass


@pytest.mark.parametrize("path", ["https://host.example/a.csv", "s3://bucket/", "s3://bucket/out/", "memory://a.csv"])
def test_only_objects_in_buckets_can_be_written(path: str) -> None:
    with pytest.raises(SourceError, match="expected an object in a bucket"), replacing(path):
        pytest.fail("the block must not be entered")


@pytest.mark.parametrize("path", ["s3://bucket/a.json", "https://host.example/a.json"])
def test_missing_package_is_an_error_with_the_command_that_installs_it(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    monkeypatch.setenv("AWS_REGION", "nowhere")  # so that no client is known

    with pytest.raises(DecodeError, match=r"requires obstore; run pip install 'bevparse\[remote\]'"):
        read_body(path, Budget())
    refused = "requires obstore" if path.startswith("s3") else "expected an object"
    with pytest.raises(SourceError, match=refused), replacing(path):
        pytest.fail("the block must not be entered")


def test_missing_fsspec_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(DecodeError, match="requires fsspec; run pip install fsspec"):
        read_body("memory://a.json", Budget())


class TestFileSystems:
    """Filesystems of fsspec."""

    def test_memory_is_read_by_url(self) -> None:
        memory = fsspec.filesystem("memory")
        memory.pipe({"/dumps/b.json": CREATED, "/dumps/a/c.json": b"{}"})

        try:
            assert bevparse.parse_file("memory://dumps/b.json").endpoint == "create"
            assert walked("memory://dumps/") == ["memory:///dumps/a/c.json", "memory:///dumps/b.json"]
            assert [one.size for one in stored("memory://dumps/b.json").walk()] == [len(CREATED)]
        finally:
            memory.rm("/dumps", recursive=True)

    def test_file_in_a_given_filesystem_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "dumps.zip"
        path.write_bytes(zipped({"july/a.json": CREATED}))
        place = in_filesystem(fsspec.filesystem("zip", fo=str(path)), "july/a.json")

        assert os.fspath(place) == "zip://july/a.json"
        assert bevparse.parse_file(place, bevparse.CreateResponse).id == 5
        with open_binary(place) as stream:
            assert (stream.seek(13), stream.read()) == (13, CREATED[13:])
            assert stream.seekable()

    def test_missing_file_is_an_error(self) -> None:
        assert failure("memory://nothing.json") == "cannot read file: no such object (memory:///nothing.json)"

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (RuntimeError("refused\nwith details"), "RuntimeError: refused"),
            (RuntimeError(), "RuntimeError"),
            (RuntimeError("GET https://host/a?sig=secret"), "RuntimeError: GET https://host/a?sig=***"),
            (PermissionError(13, "Permission denied"), "Permission denied"),
        ],
    )
    def test_exceptions_of_a_client_are_errors(self, error: Exception, reason: str) -> None:
        place = in_filesystem(_Failing(error), "me:secret@host/a.json")

        with pytest.raises(SourceError) as caught:
            read_body(place, Budget())
        assert str(caught.value) == f"cannot read file: {reason} (failing://me:***@host/a.json)"

    def test_folder_that_lists_itself_is_read_once(self) -> None:
        place = in_filesystem(_Failing(OSError()), "/dumps/")

        assert [one.name for one in place.walk()] == ["failing:///dumps/a.json"]


class _Failing(io.BytesIO):
    """A filesystem with one file that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def info(self, path: str, /) -> dict[str, object]:
        return {"name": path, "type": "directory" if path.endswith("/") else "file", "size": 1}

    def ls(self, path: str, /, *, detail: bool) -> list[dict[str, object]]:
        return [self.info(path), self.info(f"{path}a.json")]

    def open(self, path: str, mode: str, /) -> Any:
        return self

    def unstrip_protocol(self, name: str, /) -> str:
        return f"failing://{name}"

    def read(self, size: int | None = -1, /) -> bytes:
        raise self._error

    def close(self) -> None:
        raise self._error

    def __del__(self) -> None:
        """Do not close it once more, as files do from Python 3.13 on."""
