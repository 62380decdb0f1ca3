"""A run leaves no temporary file, reads nothing that it writes itself, and reports why it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bevparse.cli import main

from ..fixture_files import FIXTURES
from .streams import ActingOutput
from .test_cli import end, start

VALID = b'{"response":{"id":5}}'
FAULTY = b'{"response":[{"id":"x"}]}'

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with one valid body."""
    (folder / "valid.json").write_bytes(VALID)
    return folder


def test_own_output_is_not_read_by_the_next_run(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["validate", "--no-cache", ".", "--output-format", "json=report.json", "--baseline", "known.json"]
    Path("faulty.json").write_bytes(FAULTY)

    codes = [main([*asked, *more]) for more in (["--update-baseline"], [], [])]

    assert codes == [0, 0, 0]
    assert capsys.readouterr() == ("", "")


def test_damaged_recording_is_reported_although_not_selected(capsys: pytest.CaptureFixture[str]) -> None:
    Path("cut.har").write_bytes(b'{"log":{"entries":[{"request":')

    assert main(["validate", "--no-cache", "--select", "BEV5", "cut.har"]) == 1
    assert "BEV011" in capsys.readouterr().out


def test_unreadable_file_is_reported_although_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--no-cache", "--ignore", "BEV0", "absent.json"]) == 3
    assert "absent.json: error: BEV001" in capsys.readouterr().out


@pytest.mark.parametrize("endpoint", ["create", "error"])
def test_endpoints_without_records_are_not_converted_record_by_record(
    capsys: pytest.CaptureFixture[str], endpoint: str
) -> None:
    assert main(["convert", ".", "--to", "csv", "--endpoint", endpoint]) == 2
    assert capsys.readouterr().err.startswith("bevparse: argument --endpoint: responses of ")


def test_recorded_response_without_records_is_a_reject(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["convert", str(FIXTURES / "recordings"), "--to", "json", "--rejects", "rejects.jsonl", "-o", "out"])

    assert (code, " rejected" in capsys.readouterr().out) == (1, True)


def test_too_many_processes_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--jobs", "100000", "."]) == 2
    assert capsys.readouterr().err == "bevparse: argument --jobs: expected an integer from 1 to 256, got 100000\n"


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_sigterm_leaves_no_partial_file(tmp_path: Path, name: str) -> None:
    signum = signal.Signals[name]
    with start("validate", "--no-cache", "-", "--output-format", "json=report.json") as process:
        while not list(tmp_path.glob(".report.json.*")):
            time.sleep(0.02)
        end(process, signum)

    assert process.returncode == 128 + signum
    assert sorted(path.name for path in tmp_path.iterdir()) == ["valid.json"]


@posix
def test_ignored_signal_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    monkeypatch.setattr(sys, "stdout", ActingOutput(lambda: os.kill(os.getpid(), signal.SIGHUP)))
    try:
        assert main(["rule"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@posix
def test_sigterm_ends_the_command_with_143(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "stdout", ActingOutput(lambda: os.kill(os.getpid(), signal.SIGTERM)))

    with pytest.raises(SystemExit, match="143"):
        main(["rule"])
    assert signal.getsignal(signal.SIGTERM) is before


def test_signal_handlers_are_unchanged_outside_the_main_thread() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["validate", "--no-cache", "valid.json"])))
    thread.start()
    thread.join()

    assert codes == [0]


@posix
def test_dev_stdout_is_written_to_standard_output() -> None:
    command = [sys.executable, "-m", "bevparse", "convert", "valid.json", "--to", "xml", "-o", "/dev/stdout"]

    done = subprocess.run(command, capture_output=True, check=False)

    assert (done.returncode, done.stdout[:5], done.stderr) == (0, b"<?xml", b"")
