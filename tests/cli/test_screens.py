"""Standard output as a terminal: colours, unless options or the environment decide otherwise, and a width."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from bevparse.cli import main

FOUND = "1 error in 1 file"
COUNTS = "; 1 response body, 0 valid; 1 status (1 json)"
PLAIN = f"""\
body:1:15: error: BEV204 expected an integer of zero or more, got 'x' (/response/0/id)
    {{"response":[{{"id":"x"}}]}}
                  ^
{FOUND}{COUNTS}
"""
COLORED = f"""\
\x1b[1mbody:1:15:\x1b[0m \x1b[1;31merror:\x1b[0m BEV204 expected an integer of zero or more, got 'x' (/response/0/id)
    {{"response":[{{"id":"x"}}]}}
                  \x1b[1;31m^\x1b[0m
\x1b[1;31m{FOUND}\x1b[0m{COUNTS}
"""


def on_terminal(text: str) -> str:
    """Return the text with a blank line before the counts."""
    *found, counts = text.splitlines(keepends=True)
    return "".join((*found, "\n", counts))


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def body(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work next to a faulty body, on a wide terminal that is not dumb."""
    (folder / "body").write_bytes(b'{"response":[{"id":"x"}]}')
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def shown(monkeypatch: pytest.MonkeyPatch, *options: str, stream: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["validate", "body", "--no-cache", *options]) == 1
    return stream.getvalue()


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
def test_terminal_shows_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.openpty()
    with os.fdopen(reader, "rb", buffering=0) as screen, os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["validate", "body", "--no-progress"]) == 1

        assert screen.read(4096).decode().replace("\r\n", "\n") == on_terminal(COLORED)


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@pytest.mark.parametrize(
    ("options", "variables", "colored"),
    [
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
    ],
)
def test_color_option_overrides_variables_and_they_override_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variables: dict[str, str],
    colored: bool,
    stream: type[io.StringIO],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    expected = COLORED if colored else PLAIN
    assert shown(monkeypatch, *options, stream=stream()) == (on_terminal(expected) if stream is Terminal else expected)


def test_pipe_shows_no_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")

    assert shown(monkeypatch, stream=io.StringIO()) == PLAIN


def test_files_have_no_colors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, "--color=always", "--output-format=text=found", stream=io.StringIO()) == ""
    assert (folder / "found").read_text() == PLAIN


def test_saved_run_is_reported_in_colors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "body", "-q", "--save", "run.bev"]) == 1
    assert main(["report", "run.bev", "--color", "always"]) == 1
    assert capsys.readouterr().out == COLORED


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"response":{"id":5}}', "\x1b[1;32mno findings in 1 file\x1b[0m; "),
        ('{"response":{"id":"5"}}', "\x1b[1;33m1 warning in 1 file\x1b[0m; "),
    ],
)
def test_counts_have_the_color_of_the_worst_finding(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str, found: str
) -> None:
    (folder / "body").write_text(content)

    assert main(["validate", "body", "--color", "always"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(found)


LONG = f'{{"response":[{{"id":"x","more":"{"y" * 80}"}}]}}'


@pytest.mark.parametrize(
    ("stream", "excerpt"), [(Terminal, '    ...sponse":[{"id":"x","...'), (io.StringIO, f"    {LONG}")]
)
def test_only_a_terminal_cuts_excerpts_to_its_width(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], excerpt: str
) -> None:
    (folder / "body").write_text(LONG)
    monkeypatch.setenv("COLUMNS", "30")

    lines = shown(monkeypatch, "--color", "never", stream=stream()).splitlines()

    caret = next(line for line in lines if line.strip() == "^")
    assert lines[lines.index(caret) - 1] == excerpt
    assert caret.index("^") == excerpt.index('"id"')


BROKEN = """\
body:1:15: error: BEV204 expected an
  integer of zero or more, got 'x'
  (/response/0/id)
    {"response":[{"id":"x"}]}
                  ^

wide.jsonl#/0:1:14: error: BEV204
  expected an integer of zero or more,
  got '\u6f22\u5b57' (/response/id)
    {"response":{"id":"\u6f22\u5b57"}}
                 ^
wide.jsonl#/1:2:14: error: BEV204
  expected an integer of zero or more,
  got '\u6f22\u5b57' (/response/id)
    {"response":{"id":"\u6f22\u5b57"}}
                 ^

3 errors in 2 of 2 files;
  3 response bodies, 0 valid;
  2 create (2 json); 1 status (1 json)
"""


@pytest.mark.parametrize("color", ["always", "never"])
def test_lines_are_wrapped_between_words_and_files_are_separated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, color: str
) -> None:
    (folder / "wide.jsonl").write_text(2 * '{"response":{"id":"\u6f22\u5b57"}}\n', "utf-8")
    monkeypatch.setenv("COLUMNS", "38")

    text = shown(monkeypatch, "wide.jsonl", "--color", color, stream=Terminal())

    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == BROKEN
