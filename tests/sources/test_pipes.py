"""Named pipes and devices: read once, with a timeout for a missing writer."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bevparse.sources import ANYTHING, named_source, pipes

from ..container_samples import COMPRESSIONS, FAULTY, FIRST_SECOND, MEMBERS, VALID, lines, tarred, validated, zipped

FOUND = "1:70: error: BEV203 (/response/0/smtpCheck)"

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")


@pytest.fixture
def written() -> Iterator[Callable[[str, bytes], None]]:
    """Make pipes with a writer that begins as soon as they are read."""
    writers: list[threading.Thread] = []

    def write(name: str, data: bytes) -> None:
        def write_all() -> None:
            ready.set()
            with Path(name).open("wb") as pipe:
                try:
                    pipe.write(data)
                except BrokenPipeError:
                    pipe.raw.close()  # type: ignore[attr-defined] # the reader stopped before the end

        os.mkfifo(name)
        ready = threading.Event()
        writers.append(threading.Thread(target=write_all, daemon=True))
        writers[-1].start()
        ready.wait()

    yield write
    for writer in writers:
        writer.join(5)


@pytest.mark.parametrize("kind", [None, *COMPRESSIONS])
def test_pipe_is_read_compressed_or_not_under_any_name(
    capsys: pytest.CaptureFixture[str], written: Callable[..., None], kind: str | None
) -> None:
    written("pipe", COMPRESSIONS[kind](FAULTY) if kind else FAULTY)

    code, shown = validated(capsys, "pipe")
    assert (code, shown[0]) == (1, f"pipe:{FOUND}")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(zipped(MEMBERS), "pipe!/july/status.json:1", id="zip"),
        pytest.param(tarred(MEMBERS), "pipe!/july/status.json:1", id="tar"),
        pytest.param(COMPRESSIONS["gz"](tarred(MEMBERS)), "pipe!/july/status.json:1", id="tar.gz"),
        pytest.param(lines(FIRST_SECOND), "pipe#/1:2", id="jsonl"),
        pytest.param(COMPRESSIONS["zst"](lines(FIRST_SECOND)), "pipe#/1:2", id="jsonl.zst"),
    ],
)
def test_pipe_may_hold_an_archive(
    capsys: pytest.CaptureFixture[str],
    written: Callable[..., None],
    data: bytes,
    place: str,
) -> None:
    written("pipe", data)

    code, shown = validated(capsys, "pipe")
    assert (code, shown[0]) == (1, f"{place}{FOUND[1:]}")
    assert "; 2 response bodies, 1 valid; " in shown[1]


def test_pipe_without_a_writer_is_unreadable_after_the_timeout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", count().__next__)
    os.mkfifo("pipe")
    Path("body.json").write_bytes(VALID)

    code, shown = validated(capsys, "pipe", "body.json")
    assert code == 3
    assert shown[0] == "pipe: error: BEV001"
    assert "; 1 response body, valid; 1 source could not be read; " in shown[1]


def test_connected_writer_may_begin_later(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo("pipe")
    keeps_open = os.open("pipe", os.O_RDWR)  # a writer is connected, but has written nothing yet
    read = os.read

    def reading(handle: int, size: int) -> bytes:
        try:
            return read(handle, size)
        except BlockingIOError:
            os.write(keeps_open, FAULTY)
            os.close(keeps_open)
            raise

    monkeypatch.setattr(os, "read", reading)

    code, shown = validated(capsys, "pipe")
    assert (code, shown[0]) == (1, f"pipe:{FOUND}")


def test_pipe_of_a_shell_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, FAULTY)
    os.close(write_end)
    try:
        code, shown = validated(capsys, f"/dev/fd/{read_end}")
    finally:
        os.close(read_end)

    assert (code, shown[0]) == (1, f"/dev/fd/{read_end}:{FOUND}")


def test_more_than_the_limit_of_a_pipe_is_refused(
    capsys: pytest.CaptureFixture[str], written: Callable[..., None]
) -> None:
    written("pipe", bytes(300_000))

    code, shown = validated(capsys, "pipe", "--limit", "body=1000")
    assert code == 1
    assert shown[0].startswith("pipe: error: BEV002")


def test_bomb_in_a_pipe_exceeds_the_ratio(capsys: pytest.CaptureFixture[str], written: Callable[..., None]) -> None:
    written("pipe", COMPRESSIONS["bz2"](bytes(5_000_000)))

    code, shown = validated(capsys, "pipe")
    assert code == 1
    assert shown[0].startswith("pipe: error: BEV007")


@pytest.mark.parametrize("name", ["zeros", "zeros.json", "zeros.jsonl", "zeros.tar", "zeros.zip", "zeros.warc"])
def test_device_without_end_is_read_no_further_than_the_limit(capsys: pytest.CaptureFixture[str], name: str) -> None:
    Path(name).symlink_to("/dev/zero")

    code, shown = validated(capsys, name, "--limit", "body=100000")
    assert code == 1
    assert shown[0].startswith(f"{name}: error: BEV002")


def test_empty_device_is_an_empty_body(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = validated(capsys, "/dev/null")

    assert (code, shown[0][:25]) == (1, "/dev/null:1:1: error: BEV")


def test_unreadable_device_is_reported(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refusing)

    code, shown = validated(capsys, "/dev/null")
    assert code == 3
    assert shown[0].startswith("/dev/null: error: BEV001")


def test_pipe_in_a_folder_or_pattern_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dumps").mkdir()
    os.mkfifo("dumps/pipe.json")
    Path("dumps/zeros.json").symlink_to("/dev/zero")
    Path("dumps/body.json").write_bytes(VALID)

    for path in ("dumps", "dumps/*.json"):
        code, shown = validated(capsys, path)
        assert (code, shown) == (0, ["no findings in 1 file; 1 response body, valid; 1 status (1 json)"])


def test_named_source_may_be_a_pipe(written: Callable[..., None]) -> None:
    written("pipe", COMPRESSIONS["xz"](VALID))
    Path("body.json").write_bytes(VALID)

    assert named_source("pipe", ANYTHING).data == VALID
    assert named_source("body.json", ANYTHING).data is None
    assert named_source("body.json", ANYTHING).read() == VALID
    assert named_source("absent", ANYTHING).data is None
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


def test_pipe_without_data_is_an_empty_body(
    capsys: pytest.CaptureFixture[str], written: Callable[[str, bytes], None]
) -> None:
    written("silent", b"")

    code, shown = validated(capsys, "silent")

    assert (code, shown[0][:30]) == (1, "silent:1:1: error: BEV101")


@pytest.mark.parametrize("gone", [True, False], ids=["hung up", "connected"])
def test_connected_writer_without_data_is_detected(gone: bool) -> None:
    os.mkfifo("quiet")
    reader = os.open("quiet", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open("quiet", os.O_WRONLY)
    if gone:
        os.close(writer)

    assert pipes._first_bytes(reader) == b""
    os.close(reader)
    if not gone:
        os.close(writer)
