"""Files that appear, or change, only when they are whole."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bevparse.errors import SourceError
from bevparse.files import append, replacing

from ..systems import links, modes, pipes, signals

BODY = b'{"response":{"id":5}}'


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Provide a folder, and check that no temporary file is left in it."""
    yield tmp_path
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_file_appears_when_the_block_ends(folder: Path) -> None:
    path = folder / "out.json"

    with replacing(str(path)) as stream:
        stream.write(BODY)
        assert not path.exists()

    assert path.read_bytes() == BODY


def test_file_is_unchanged_when_the_block_fails(folder: Path) -> None:
    path = folder / "out.json"
    path.write_bytes(b"before")

    def interrupted() -> None:
        with replacing(str(path)) as stream:
            stream.write(BODY)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"before"


@modes
def test_new_file_has_the_usual_permissions(folder: Path) -> None:
    mask = os.umask(0o027)
    try:
        with replacing(str(folder / "out.json")):
            pass
    finally:
        os.umask(mask)

    assert stat.S_IMODE((folder / "out.json").stat().st_mode) == 0o640


@modes
def test_file_keeps_its_permissions(folder: Path) -> None:
    path = folder / "out.json"
    path.touch()
    path.chmod(0o604)

    with replacing(str(path)) as stream:
        stream.write(BODY)

    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (BODY, 0o604)


@links
@pytest.mark.parametrize("there", [True, False])
def test_link_is_kept_and_its_target_is_written(folder: Path, there: bool) -> None:
    target, link = folder / "target.json", folder / "link.json"
    if there:
        target.touch()
    link.symlink_to(target)

    with replacing(str(link)) as stream:
        stream.write(BODY)

    assert link.is_symlink()
    assert target.read_bytes() == BODY


@pipes
def test_pipe_is_written_to(folder: Path) -> None:
    path = folder / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()

    with replacing(str(path)) as stream:
        stream.write(BODY)
    reader.join()

    assert read == [BODY]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("name", ["absent/out.json", ".", "", "nul\0", "file/out.json"])
def test_unwritable_file_is_a_source_error_with_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "file").touch()

    with (
        pytest.raises(SourceError, match="cannot write file: ") as caught,
        replacing(name),
    ):
        pass
    assert caught.value.source == name


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_full_device_is_a_source_error_with_its_name() -> None:
    with pytest.raises(SourceError, match="No space left") as caught, replacing("/dev/full") as stream:
        stream.write(BODY)
    assert caught.value.source == "/dev/full"


@pytest.mark.parametrize("step", ["fsync", "chmod"])
def test_failure_at_the_end_keeps_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = folder / "out.json"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", failing) if step == "fsync" else monkeypatch.setattr(Path, "chmod", failing)

    with pytest.raises(SourceError, match="No space left on device") as caught, replacing(str(path)) as stream:
        stream.write(BODY)
    assert caught.value.source == str(path)
    assert path.read_bytes() == b"before"


def test_signal_right_after_the_file_is_made_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def interrupted(path: str, flags: int, mode: int = 0o777) -> int:
        os.close(opened(path, flags, mode))
        raise SystemExit(143)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", interrupted)
        with pytest.raises(SystemExit), replacing(str(folder / "out.json")):
            pass

    assert list(folder.iterdir()) == []


def test_text_is_appended_to_existing_content(folder: Path) -> None:
    path = folder / "summary.md"

    append(str(path), "one\n")
    append(str(path), "zwei ä\n")

    assert path.read_text("utf-8") == "one\nzwei ä\n"


@pytest.mark.parametrize("name", ["absent/summary.md", "nul\0"])
def test_unwritable_text_is_a_source_error(folder: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot write file: "):
        append(str(folder / name), "one\n")


DRAFT = ".out.json.0123456789abcdef.bevparse"


def abandoned(path: Path, age: float = 3600) -> Path:
    path.write_bytes(BODY)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_drafts_that_killed_processes_left_are_removed(tmp_path: Path) -> None:
    draft, other = abandoned(tmp_path / DRAFT), abandoned(tmp_path / ".other.xml.0123456789abcdef.bevparse")

    with replacing(str(tmp_path / "out.json")):
        pass

    assert not draft.exists()
    assert not other.exists()


def test_drafts_of_running_processes_and_other_files_are_kept(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="an open file cannot be removed elsewhere")
    kept = [
        abandoned(tmp_path / DRAFT),
        abandoned(tmp_path / ".young.0123456789abcdef.bevparse", 10),
        abandoned(tmp_path / ".out.json.0123456789abcdef"),
        abandoned(tmp_path / "out.json.0123456789abcdef.bevparse"),
    ]

    with kept[0].open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with replacing(str(tmp_path / "out.json")):
            pass

    assert all(path.exists() for path in kept)


@signals
def test_killed_process_leaves_a_draft_that_the_next_one_removes(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from bevparse.files import replacing\n"
        "with replacing(sys.argv[1]) as stream:\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "out.json"
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    (draft,) = tmp_path.iterdir()
    os.utime(draft, (0, 0))

    with replacing(str(path)) as stream:
        stream.write(BODY)

    assert [*tmp_path.iterdir()] == [path]


@pipes
def test_pipe_without_a_reader_is_a_source_error(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(SourceError, match="nothing reads from this pipe"), replacing(str(path)):
        pass


@pipes
def test_pipe_that_cannot_be_opened_is_a_source_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)

    with pytest.raises(SourceError, match="Permission denied"), replacing(str(path)):
        pass
