"""A run leaves nothing behind, reads nothing that it writes itself, and says why it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bevparse.cli import main, pool, rule

from ..paths import FIXTURES

SOUND = b'{"response":{"id":5}}'
FAULTY = b'{"response":[{"id":"x"}]}'

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sound.json").write_bytes(SOUND)


def test_what_a_run_writes_is_not_read_by_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["validate", "--no-cache", ".", "--output", "json=report.json", "--baseline", "known.json"]
    Path("faulty.json").write_bytes(FAULTY)

    codes = [main([*asked, *more]) for more in (["--update-baseline"], [], [])]

    assert codes == [0, 0, 0]
    assert capsys.readouterr() == ("", "")


def test_a_damaged_recording_is_told_whatever_is_selected(capsys: pytest.CaptureFixture[str]) -> None:
    Path("cut.har").write_bytes(b'{"log":{"entries":[{"request":')

    assert main(["validate", "--no-cache", "--select", "BEV5", "cut.har"]) == 1
    assert "BEV011" in capsys.readouterr().out


def test_what_is_not_readable_is_told_whatever_is_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--no-cache", "--ignore", "BEV0", "absent.json"]) == 3
    assert "absent.json: error: BEV001" in capsys.readouterr().out


@pytest.mark.parametrize("endpoint", ["create", "error"])
def test_endpoints_without_records_are_not_converted_record_by_record(
    capsys: pytest.CaptureFixture[str], endpoint: str
) -> None:
    assert main(["convert", ".", "--to", "csv", "--endpoint", endpoint]) == 2
    assert capsys.readouterr().err.startswith("bevparse: expected an endpoint whose answers hold records, got ")


def test_a_recorded_answer_without_records_is_set_aside(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["convert", str(FIXTURES / "recordings"), "--to", "json", "--rejects", "rejects.jsonl", "-o", "out"])

    assert (code, " rejected" in capsys.readouterr().out) == (1, True)


def test_more_processes_than_make_sense_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--jobs", "100000", "."]) == 2
    assert capsys.readouterr().err == "bevparse: expected --jobs to be at most 256, got 100000\n"


def _ended(process: subprocess.Popen[bytes], signum: signal.Signals) -> int:
    """End a process; the interpreter misses a signal that comes just before it waits for input, till another comes."""
    for _ in range(6):
        process.send_signal(signum)
        try:
            return process.wait(5)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    pytest.fail(f"expected the process to end with {signum.name}")


@posix
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_no_half_of_a_file(tmp_path: Path, signum: signal.Signals) -> None:
    command = [sys.executable, "-m", "bevparse", "validate", "--no-cache", "-", "--output", "json=report.json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        while not list(tmp_path.glob(".report.json.*")):
            time.sleep(0.02)
        code = _ended(process, signum)

    assert code == 128 + signum
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sound.json"]


@posix
def test_a_signal_to_end_is_an_exit_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(rule, "run", lambda _arguments: os.kill(os.getpid(), signal.SIGTERM) or 0)

    with pytest.raises(SystemExit, match="143"):
        main(["rule"])
    assert signal.getsignal(signal.SIGTERM) is before


def test_signals_are_left_alone_outside_the_main_thread() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["validate", "--no-cache", "sound.json"])))
    thread.start()
    thread.join()

    assert codes == [0]


def test_a_worker_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    class Parent:
        def join(self) -> None:
            ended.append(0)

    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(pool.multiprocessing, "parent_process", Parent)
    pool._end_with_parent()
    monkeypatch.setattr(pool.multiprocessing, "parent_process", lambda: None)
    pool._end_with_parent()

    assert ended == [0, 1]


@posix
def test_standard_output_by_its_name_is_written_to() -> None:
    command = [sys.executable, "-m", "bevparse", "convert", "sound.json", "--to", "xml", "-o", "/dev/stdout"]

    done = subprocess.run(command, capture_output=True, check=False)

    assert (done.returncode, done.stdout[:5], done.stderr) == (0, b"<?xml", b"")
