"""Saved runs that are torn, damaged, foreign, locked, or on a full disk."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bevparse.errors import SourceError
from bevparse.files import lock_file
from bevparse.validate import Checked, SavedRun, Settings, frames, iter_checked, merged, validate
from bevparse.validate.frames import FrameFile

ASKED = Settings(now=1_800_000_000.0)
FAULTY = b'{"response":{"id":"x"}}'
posix = pytest.mark.skipif(os.name != "posix", reason="needs locks and limits of POSIX")


@pytest.fixture(autouse=True)
def run(folder: Path) -> Path:
    """Save a run in three sessions, each with a new file."""
    (folder / "dumps").mkdir()
    for name in "abc":
        (folder / "dumps" / f"{name}.json").write_bytes(FAULTY)
        saved()
    return folder / "run.bev"


def saved(**options: Any) -> list[Checked]:
    return list(validate("dumps", ASKED, saved=SavedRun("run.bev", **options)).findings)


def plain() -> list[Checked]:
    return list(validate("dumps", ASKED).findings)


def offsets(path: Path) -> list[int]:
    """Return where the frames are, and the end."""
    found = list(frames.frames(str(path)))
    return [*(frame.offset for frame in found), found[-1].end]


def message_of(*paths: str | Path) -> str:
    with pytest.raises(SourceError) as caught:
        merged([str(path) for path in paths])
    return str(caught.value)


def test_run_that_is_torn_anywhere_continues(run: Path) -> None:
    whole, expected = run.read_bytes(), plain()
    places = {place + shift for place in offsets(run) for shift in (-1, 0, 1, 13, 14)}

    for size in sorted(place for place in places | {0, 1, 19, 20} if place < len(whole)):
        run.write_bytes(whole[:size])
        assert saved() == expected
        assert list(merged(run).findings) == expected


@pytest.mark.parametrize("rest", [bytes(5), bytes(5000)])
def test_null_bytes_at_the_end_are_dropped(run: Path, rest: bytes) -> None:
    run.write_bytes(run.read_bytes() + rest)

    assert list(merged(run).findings) == plain()
    assert saved() == plain()
    assert not run.read_bytes().endswith(b"\0\0")


def test_content_that_did_not_reach_the_disk_is_dropped(run: Path) -> None:
    data, last = run.read_bytes(), offsets(run)[-2]
    run.write_bytes(data[: last + 13].ljust(len(data), b"\0"))

    assert "has not ended" in merged(run).findings[-1].problems[0].message
    assert saved() == plain()


@pytest.mark.parametrize("shift", [0, 1, 5, 9, 13, 14])
def test_damage_is_an_error_with_its_place(run: Path, shift: int) -> None:
    data, place = bytearray(run.read_bytes()), offsets(run)[1]
    data[place + shift] ^= 0xFF
    run.write_bytes(data)

    expected = f"saved run is damaged at byte {place} ({run})"
    assert message_of(run) == expected
    with pytest.raises(SourceError, match=f"damaged at byte {place}"):
        saved()
    assert run.read_bytes() == data


def test_frame_that_grows_too_much_is_damage(run: Path) -> None:
    place = offsets(run)[-1]
    data = zlib.compress(bytes(2**20))[:-1]
    head = struct.pack(">cII", b"R", len(data), zlib.crc32(data))
    run.write_bytes(run.read_bytes() + head + zlib.crc32(head).to_bytes(4, "big") + data)

    assert message_of(run) == f"saved run is damaged at byte {place} ({run})"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Id,Ready\n", "not a saved run of bevparse"),
        (b"bevparse saved run 2\nx", "saved by a newer version of bevparse"),
        (b"bevparse saved run 10\nx", "saved by a newer version of bevparse"),
    ],
)
def test_other_files_are_refused_and_stay_as_they_are(run: Path, data: bytes, message: str) -> None:
    run.write_bytes(data)

    assert message_of(run) == f"{message} ({run})"
    with pytest.raises(SourceError, match=message):
        saved()
    assert run.read_bytes() == data


@pytest.mark.parametrize("data", [b"", b"bevparse", b"bevparse saved run 1\n", b"bevparse saved run 1\nB"])
def test_file_without_a_run_is_an_error(run: Path, data: bytes) -> None:
    run.write_bytes(data)

    assert message_of(run) == f"no run was saved yet ({run})"


def test_saved_run_that_cannot_be_opened_is_an_error(run: Path) -> None:
    assert message_of("absent.bev") == "cannot read saved run: No such file or directory (absent.bev)"
    assert message_of("dumps") == "cannot read saved run: expected a regular file (dumps)"
    assert "null" in message_of("a\0b")
    for path in ("dumps", "none/run.bev"):
        with pytest.raises(SourceError, match="cannot write saved run"):
            validate("dumps", ASKED, saved=SavedRun(path))


def rewritten(run: Path, kind: bytes, content: bytes) -> int:
    """Add a frame that is whole, and return its place."""
    with FrameFile.opened(str(run)) as file:
        return file.append(kind, content)


PART = [0, 9, 0, b"", False, [{"file": "dumps/a.json"}]]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"B", b"{}"),
        (b"B", b"\xff"),
        (b"E", b"\xff"),
        (b"R", b"\xff"),
        (b"R", msgspec.msgpack.encode([[0, 9, 0, b"", False, [{"file": 5}]]])),
        (b"R", msgspec.msgpack.encode([[0, 9, 0, b"", True, [{"file": "\0xx"}]]])),
        (b"R", msgspec.msgpack.encode([[0, 9, 0, b"", False, [{"file": "a", "format": "\x1b"}]]])),
        (b"R", msgspec.msgpack.encode([[1, 0, 21, 0, 1]])),
        (b"R", msgspec.msgpack.encode([[1, 0, 10**9, 0, 1]])),
    ],
)
def test_content_of_another_program_is_an_error_with_its_place(run: Path, kind: bytes, content: bytes) -> None:
    place = rewritten(run, kind, content)

    with pytest.raises(SourceError, match=r"unknown content at byte|damaged at byte 1000000000"):
        merged(str(run))
    assert place


def test_reference_to_a_reference_is_an_error(run: Path) -> None:
    place = rewritten(run, b"R", msgspec.msgpack.encode([[1, 0, offsets(run)[1], 0, 1]]))
    rewritten(run, b"R", msgspec.msgpack.encode([[1, 0, place, 0, 1]]))

    assert message_of(run) == f"saved run has unknown content at byte {place} ({run})"


def test_results_that_are_not_complete_are_not_used(run: Path) -> None:
    end = next(frame for frame in frames.frames(str(run)) if frame.kind == b"R")
    ((_, *rest),) = msgspec.msgpack.decode(end.content)
    for number in (1, 3):  # a second part without the first
        rewritten(run, b"R", msgspec.msgpack.encode([[0, rest[0], number, *rest[2:]]]))

    assert saved() == plain()
    assert list(merged(run).findings) == plain()


@posix
def test_run_that_another_process_continues_is_refused(run: Path) -> None:
    with closing(iter_checked("dumps", ASKED, saved=SavedRun("run.bev"))) as found:
        next(found)
        with pytest.raises(SourceError, match="another process writes to this saved run"):
            saved()
        merged("run.bev")

    assert saved() == plain()


@posix
def test_run_is_saved_on_a_file_system_without_locks() -> None:
    assert lock_file(10**6)


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from bevparse.validate import SavedRun, Settings, validate
validate("dumps", Settings(now=1_800_000_000.0), saved=SavedRun("full.bev", every=float(sys.argv[2])))
"""


@posix
@pytest.mark.parametrize(("size", "every"), [(1000, 0), (1000, 9)])
def test_full_disk_is_an_error_and_the_run_continues_later(run: Path, size: int, every: int) -> None:
    for number in range(40):
        (Path("dumps") / f"{number}.json").write_bytes(FAULTY + b" " * number)
    command = [sys.executable, "-c", FULL, str(size), str(every)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    last = ended.stderr.strip().splitlines()[-1]
    assert last == f"bevparse.errors.SourceError: cannot write saved run: {os.strerror(errno.EFBIG)} (full.bev)"
    assert list(validate("dumps", ASKED, saved=SavedRun("full.bev")).findings) == plain()
    assert list(merged("full.bev").findings) == plain()
