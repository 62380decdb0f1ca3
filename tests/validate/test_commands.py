"""What a body holds is no command of the program that reads the output."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bevparse.cli import main

OUTPUTS = ["text", "concise", "github"]
COMMAND = re.compile(r"\s*::(?!error |warning |notice )|.*##\[")
"""A line that a runner of GitHub obeys; bevparse writes those three itself."""
FILES = {
    "a.csv": b"Email Address,Error\n::stop-commands::x,y,z\n",
    "b.csv": b"Email Address,Error\n   ::set-output name=a::x,y,z\n",
    "c.csv": b"Email Address,Error\n##[group]x,y,z\n",
    "d.csv": b"Email Address,Error\na ###[add-mask]x ##[x],y,z\n",
    "e.json": b'{"response":[{"emailAddress":"a@b.c","formatCheck":"##[x]"}]}',
    "f.json": b'{"response":{"id":5,\n::x\n}}',
    "g.json": b'{"response":{"id":5,"::x":1,"##[x]":[1e999]}}',
    "::error::h.json": b"{",
    "##[i].json": b"{",
}


@pytest.fixture
def folder(folder: Path) -> Path:
    """Work in a folder with the files."""
    for name, body in FILES.items():
        Path(name).write_bytes(body)
    return folder


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_line_of_output_is_a_command_of_a_ci_runner(
    folder: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["validate", "--no-cache", "--no-config", "--output-format", output, "--", *FILES])
    main(["stats", "--no-config", "--", *FILES])

    lines = "".join(capsys.readouterr()).splitlines()
    assert len(lines) > len(FILES)
    assert [line for line in lines if COMMAND.match(line)] == []


def test_excerpt_shows_commands_of_a_ci_runner_escaped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", "--no-cache", "--no-config", "a.csv", "d.csv"])

    out = capsys.readouterr().out
    assert "\n    \\x3a:stop-commands::x,y,z\n" in out
    assert "\n    a #\\x23#[add-mask]x \\x23#[x],y,z\n" in out


def test_links_in_sarif_messages_are_escaped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "link.json").write_text(
        '{"response":[{"emailAddress":"a@b.c","formatCheck":"[ok](http://evil.example/x)","[a](b)":1}]}'
    )
    main(["validate", "--no-cache", "--no-config", "--output-format", "sarif", "link.json", "absent[a](b).json"])

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    texts = [result["message"]["text"] for result in run["results"]]
    texts += [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("got '\\[ok\\](http://evil.example/x)'" in text for text in texts)
    assert [text for text in texts if re.search(r"(?<!\\)[\[\]]", text)] == []
