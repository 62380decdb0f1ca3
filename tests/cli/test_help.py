"""`--help` of each command: description, examples that parse, and exit codes."""

from __future__ import annotations

import re
import shlex

import pytest

from bevparse.cli import main, parser_of
from bevparse.files.compression import PLAIN_SUFFIXES, SUFFIXES

COMMANDS = ("validate", "report", "stats", "convert", "diff", "redact", "schema", "rule", "serve", "completion")


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")


every_command = pytest.mark.parametrize("command", COMMANDS)


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def part(text: str, heading: str) -> list[str]:
    """Return the lines that are indented under a heading."""
    found = re.search(rf"^{heading}:\n((?:  .*\n)+)", text, re.MULTILINE)
    assert found, f"there is no part {heading!r}"
    return [line.strip() for line in found[1].splitlines()]


def call_in(line: str) -> list[str]:
    """Return the arguments of bevparse in an example, without the shell around it and the text after it."""
    example = re.split(r" {2,}", line)[0]
    (call,) = [piece for piece in example.split(" | ") if piece.startswith("bevparse ")]
    return shlex.split(call.partition(" > ")[0])[1:]


def test_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys)

    assert re.findall(r"^    ([a-z]+)(?:  |$)", text, re.MULTILINE) == list(COMMANDS)
    assert part(text, "exit codes")


@every_command
def test_help_starts_with_a_description(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = help_of(capsys, command).split("\n\n")[1]

    assert first[0].isupper()
    assert first.rstrip().endswith(".")


@every_command
def test_examples_of_the_help_are_valid_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = [call_in(line) for line in part(help_of(capsys, command), "examples")]

    called = [parser_of().parse_args(example).command for example in examples]

    assert called.count(command) >= 2


@every_command
def test_exit_codes_are_listed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    codes = [int(line.split()[0]) for line in part(help_of(capsys, command), "exit codes")]

    assert codes == sorted(codes)
    assert {0, 2, 70, 130, 141, 143} <= set(codes)


@every_command
def test_no_line_is_too_long_to_read(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert max(map(len, help_of(capsys, command).splitlines())) <= 120


@every_command
def test_every_option_is_explained(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, command).partition("\nexamples:")[0]
    options = re.findall(r"^  (-.*(?:\n {20,}\S.*)*)", text, re.MULTILINE)

    assert options
    assert [option for option in options if not re.search(r"(?: {2,}|\n {20,})\S", option)] == []


def test_help_of_validate_names_every_suffix_of_a_compressed_archive(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "validate")

    assert [suffix for suffix in (*SUFFIXES, *PLAIN_SUFFIXES) if suffix not in text] == []
