"""The command line in one process: closed, broken and full streams, interrupts and bugs."""

from __future__ import annotations

import errno
import io
import os
import runpy
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NoReturn

import pytest

from bevparse.__main__ import main as start
from bevparse.cli import main

from .streams import ActingOutput


class FullDisk(io.StringIO):
    """Accepts writes, and fails to flush them."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "BEV203"], ["validate", "."]])
def test_output_that_cannot_be_written_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    Path("a.json").write_text('{"response":{"id":5}}')
    monkeypatch.setattr(sys, "stdout", FullDisk())

    assert main(arguments) == 3
    complaint = capsys.readouterr().err
    assert complaint.startswith("bevparse: cannot write standard output: ")
    assert "no space left on device" in complaint.lower()


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("stderr", ["rule", "BEV203"], 0),
        ("stderr", ["rule", "nonsense"], 2),
        ("stdout", ["rule", "nonsense"], 2),
        ("stdout", ["rule", "BEV203"], 3),
        ("stdout", ["convert", "a.json", "--to", "xml"], 3),
        ("stdout", ["convert", "a.json", "--to", "xml", "-o", "a.xml"], 0),
        ("stdout", ["validate", "a.json", "--output-format", "json=a.out"], 0),
    ],
)
def test_closed_stream_is_an_error_only_if_it_is_written(
    monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str], code: int
) -> None:
    Path("a.json").write_text('{"response":{"id":5}}')
    monkeypatch.setattr(sys, name, None)

    assert main(arguments) == code
    assert getattr(sys, name) is None


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["validate", "--help"]])
def test_help_that_cannot_be_written_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())

    assert main(arguments) == 3
    assert "no space left on device" in capsys.readouterr().err.lower()


def test_interrupt_during_the_import_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        @staticmethod
        def find_spec(*_: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "bevparse.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupted])

    assert start() == 130
    assert capsys.readouterr().err == "bevparse: interrupted\n"
    monkeypatch.setattr(sys, "stderr", None)
    assert start() == 130


def test_standard_input_that_is_closed_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert main(["validate", "-"]) == 3
    assert capsys.readouterr().out.startswith("<stdin>: error: BEV001 ")


def test_package_runs_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["bevparse", "rule", "nonsense"])
    monkeypatch.delitem(sys.modules, "bevparse.__main__")
    monkeypatch.setattr(sys, "meta_path", [PathFinder])  # pytest imports packages with plug-ins in its own way

    with pytest.raises(SystemExit, match=r"\A2\Z"):
        runpy.run_module("bevparse", run_name="__main__")
    assert "got 'nonsense'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "complaint"),
    [
        (KeyboardInterrupt(), 130, "bevparse: interrupted\n"),
        (
            OSError(errno.EIO, "odd", "name"),
            70,
            f"bevparse: a bug of bevparse, please report it: OSError: [Errno {errno.EIO}] odd: 'name'\n",
        ),
        (MemoryError(), 3, "bevparse: not enough memory\n"),
        (RuntimeError("odd"), 70, "bevparse: a bug of bevparse, please report it: RuntimeError: odd\n"),
        (
            RuntimeError("\x1b[2J\u202e\nodd"),
            70,
            "bevparse: a bug of bevparse, please report it: RuntimeError: \\x1b[2J\\u202e\\nodd\n",
        ),
    ],
)
def test_exception_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    complaint: str,
) -> None:
    def fail() -> NoReturn:
        raise raised

    monkeypatch.setattr(sys, "stdout", ActingOutput(fail))

    assert main(["rule", "BEV203"]) == code
    assert capsys.readouterr() == ("", complaint)


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that breaks")
def test_broken_pipe_ends_with_141(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code = main(["rule"])
        monkeypatch.undo()

    assert (code, capsys.readouterr().err) == (141, "")
