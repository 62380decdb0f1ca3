"""The command line as it is installed: entry points, streams, signals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bevparse import __version__

from ..systems import measured

INSTALLED = (str(Path(sys.executable).with_name("bevparse")),)
MODULE = (sys.executable, "-m", "bevparse")
HANGS = 120
"""Seconds after which a command is considered to hang, even on a loaded machine."""

WITH_SIGNALS = (
    sys.executable,
    "-c",
    """
import os, signal, sys
for name in ("SIGINT", "SIGHUP", "SIGTERM"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
""",
)
"""Runs a command with the default signal handlers; shells ignore some signals in background processes."""

VALID = b'{"response":{"id":5}}'
FAULTY = b'{"response":[{"id":"x"}]}'

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals, devices or descriptors")


@pytest.fixture(autouse=True)
def folder(folder: Path) -> Path:
    """Work in a folder with one valid and one faulty body."""
    (folder / "valid.json").write_bytes(VALID)
    (folder / "faulty.json").write_bytes(FAULTY)
    (folder / "empty").mkdir()
    return folder


def run(
    *arguments: str, command: Sequence[str] = INSTALLED, stdin: bytes = b"", **options: object
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command, *arguments], input=stdin, capture_output=True, timeout=HANGS, check=False, **options
    )  # type: ignore[call-overload]


def shell(script: str) -> subprocess.CompletedProcess[bytes]:
    return run("-c", script.replace("bevparse", INSTALLED[0]), command=["sh"])


def start(*arguments: str, **streams: object) -> subprocess.Popen[bytes]:
    everything = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "CI": "", "COLUMNS": "100"}
    return subprocess.Popen([*WITH_SIGNALS, *INSTALLED, *arguments], env=environment, **everything)  # type: ignore[call-overload]


def end(process: subprocess.Popen[bytes], signum: signal.Signals) -> None:
    """Send a signal until the process ends: the interpreter misses one that arrives just before it waits for input."""
    for _ in range(4):
        process.send_signal(signum)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(HANGS / 4)
            return
    process.kill()
    pytest.fail(f"the process did not end with {signum.name}")


@pytest.mark.parametrize("command", [INSTALLED, MODULE], ids=["installed", "module"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "valid.json"], 0),
        (["validate", "valid.json", "faulty.json"], 1),
        (["validate", "--colour", "valid.json"], 2),
        (["validate", "absent.json", "faulty.json"], 3),
        (["validate", "empty"], 4),
    ],
)
def test_installed_command_and_module_return_the_exit_codes(
    command: Sequence[str], arguments: list[str], code: int
) -> None:
    assert run(*arguments, command=command).returncode == code


def test_findings_go_to_standard_output_and_nothing_to_standard_error() -> None:
    done = run("validate", "valid.json", "faulty.json")

    pointed = ['    {"response":[{"id":"x"}]}', "                  ^"]
    *found, counts = done.stdout.decode().splitlines()
    assert found[0].startswith("faulty.json:1:15: error: BEV204 ")
    assert found[1:] == pointed
    assert counts == "1 error in 1 of 2 files; 2 response bodies, 1 valid; 1 create (1 json); 1 status (1 json)"
    assert done.stderr == b""


def test_standard_input_is_read_as_bytes() -> None:
    done = run("validate", "--output-format", "json", "-", stdin=b"\xff\xfe<\0i\0d\0/\0>\0\r\0\n\0")

    (body,) = json.loads(done.stdout)["bodies"]
    assert (body["source"], body["format"]) == ("<stdin>", "xml")
    assert "BEV312" in [problem["code"] for problem in body["problems"]]


def test_converted_body_is_written_byte_for_byte() -> None:
    done = run("convert", "valid.json", "--to", "csv")

    assert (done.returncode, done.stdout, done.stderr) == (0, b"ID\n5\n", b"")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom bevparse.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n"
        "    print(end.code, *({'pydantic', 'pydantic_core', 'lxml', 'csv', 'xml'} & set(sys.modules)))"
    )

    done = run("-c", program, *arguments, command=[sys.executable])

    assert done.stdout.decode().splitlines()[-1] == ("0" if arguments else "2")


def test_version_is_that_of_the_package() -> None:
    assert run("--version", command=MODULE).stdout.decode() == f"bevparse {__version__}\n"


@posix
def test_interrupt_ends_the_run_without_a_traceback() -> None:
    with start("validate", "faulty.json", "-") as process:
        assert process.stdout is not None
        process.stdout.readline()  # next, it waits for standard input
        end(process, signal.SIGINT)
        _, complaint = process.communicate(timeout=HANGS)

    assert process.returncode == 130
    assert complaint == b"bevparse: interrupted\n"


@posix
@pytest.mark.parametrize("arguments", [["validate", "faulty.json"], ["rule"], ["convert", "valid.json", "--to", "xml"]])
def test_broken_pipe_ends_with_141_and_no_message(arguments: list[str]) -> None:
    with start(*arguments) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert (process.returncode, complaint) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("arguments", ["validate faulty.json", "rule", "convert valid.json --to xml"])
def test_output_that_cannot_be_written_is_not_reported_as_a_bug(arguments: str) -> None:
    done = shell(f"bevparse {arguments} > /dev/full")

    assert done.returncode == 3
    assert b"no space left on device" in done.stderr.lower()
    assert b"bug" not in done.stderr
    assert done.stderr.count(b"\n") == 1


@posix
def test_closed_standard_input_is_unreadable() -> None:
    done = shell("bevparse validate - valid.json <&-")

    assert done.returncode == 3
    assert done.stdout.startswith(b"<stdin>: error: BEV001 ")
    assert done.stderr == b""


@posix
def test_closed_standard_error_changes_nothing() -> None:
    done = shell("bevparse validate faulty.json 2>&-")

    assert done.returncode == 1
    assert done.stdout.startswith(b"faulty.json:1:15: error: BEV204 ")


@posix
@pytest.mark.parametrize(
    "arguments", ["validate faulty.json", "rule", "convert valid.json --to xml", "--help", "validate --help"]
)
@pytest.mark.parametrize("output", ["&-", "/dev/full"])
def test_output_that_cannot_be_written_ends_with_3(arguments: str, output: str) -> None:
    done = shell(f"bevparse {arguments} >{output}")

    assert done.returncode == 3
    assert done.stderr.startswith(b"bevparse: cannot write standard output: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code"), [("validate faulty.json", 3), ("validate absent.json", 3), ("rule nonsense", 2)]
)
def test_exit_code_is_the_same_if_nothing_can_be_written(arguments: str, code: int) -> None:
    assert shell(f"bevparse {arguments} > /dev/full 2>&1").returncode == code


@posix
def test_names_that_the_output_encoding_lacks_are_escaped(folder: Path) -> None:
    (folder / "\u00e9\u20ac.json").write_bytes(FAULTY)

    done = run("validate", "\u00e9\u20ac.json", env={**os.environ, "PYTHONIOENCODING": "ascii"})

    assert done.returncode == 1
    assert done.stdout.startswith(b"\\xe9\\u20ac.json:1:15: error: BEV204 ")


@posix
def test_names_that_are_not_unicode_are_escaped(folder: Path) -> None:
    name = b"\xff\x1b[2J\n.json"
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(FAULTY)

    done = run("validate", os.fsdecode(name))
    as_json = run("validate", "--output-format", "json", os.fsdecode(name))

    assert done.stdout.startswith(b"\\udcff\\x1b[2J\\n.json:1:15: error: BEV204 ")
    assert json.loads(as_json.stdout.decode("ascii"))["bodies"][0]["source"] == "\\udcff\x1b[2J\n.json"


@posix
def test_options_that_look_like_file_names_are_escaped() -> None:
    done = run("validate", "valid.json", "--\x1b[2J\u202e")

    assert done.returncode == 2
    assert b"\x1b" not in done.stderr
    assert "\u202e" not in done.stderr.decode()


@measured
def test_endless_file_passes_the_limit_in_little_memory() -> None:
    program = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))\n"
        "from bevparse.cli import main\nsys.exit(main())"
    )

    done = run("-c", program, "validate", "/dev/zero", command=[sys.executable])

    assert done.stdout.startswith(b"/dev/zero: error: BEV002 expected at most 67108864 bytes (limits.body), got more; ")
    assert b"Limits(body=" in done.stdout
    assert (done.returncode, done.stderr) == (1, b"")


@posix
def test_pipe_in_a_folder_does_not_block_the_run(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")

    assert b"; 2 response bodies, " in run("validate", ".").stdout


@posix
def test_progress_is_removed_before_an_interrupt_is_reported() -> None:
    def paths(stop: threading.Event) -> None:
        with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w", encoding="utf-8") as names:
            while not stop.wait(0.01):
                print("valid.json", file=names, flush=True)

    reader, writer = os.pipe()
    terminal, end = os.openpty()
    stop = threading.Event()
    with start("validate", "--files-from", "-", stdin=reader, stderr=end) as process:
        os.close(end)
        os.close(reader)
        thread = threading.Thread(target=paths, args=(stop,))
        thread.start()
        shown = b""
        while b" file" not in shown:
            shown += os.read(terminal, 1000)
        process.send_signal(signal.SIGINT)
        findings, _ = process.communicate(timeout=HANGS)
        stop.set()
        thread.join()
        shown += os.read(terminal, 1000)
    os.close(terminal)

    assert process.returncode == 130
    assert re.fullmatch(rb"(\r\x1b\[K\d+ files?, \d+ B, 0 findings)+\r\x1b\[Kbevparse: interrupted\r\n", shown)
    assert re.match(rb"interrupted: no findings in 1 file; \d+ response bodies, all valid; ", findings)
