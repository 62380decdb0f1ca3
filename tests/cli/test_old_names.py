"""Old names of options and configuration keys: they still work, and only a person is told the new one."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from bevparse.cli import main, parser_of

from ..paths import ROOT
from .streams import Terminal

BODY = str(ROOT / "fixtures" / "status" / "documented.json")
SAME = [
    ("validate a {} json --quiet", "--format", "--from"),
    ("validate a {} text=a.txt {} json", "--output", "--output-format"),
    ("report a {} html", "--output", "--output-format"),
    ("stats a {} csv", "--format", "--from"),
    ("stats a {} json", "--output", "--output-format"),
    ("convert a {} csv", "--format", "--from"),
    ("convert a {} a.csv", "--output", "--output-file"),
    ("diff a b {} xml", "--format", "--from"),
    ("diff a b {} xml", "--format-a", "--from-a"),
    ("diff a b {} xml", "--format-b", "--from-b"),
    ("diff a b {} json", "--output", "--output-format"),
    ("redact a {} b", "--output", "--output-file"),
    ("rule {}=json", "--output", "--output-format"),
]


def remarks(*arguments: str, stream: io.StringIO | None = None) -> str:
    """Return what a run without problems writes to standard error, which is a terminal unless a stream is given."""
    with redirect_stderr(stream or Terminal()) as shown:
        assert main(arguments) == 0
    return shown.getvalue()


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.parametrize(("line", "old", "new"), SAME)
def test_an_old_name_is_parsed_as_the_new_one(line: str, old: str, new: str) -> None:
    parser = parser_of()

    by_old, by_new = (
        vars(parser.parse_args([word.replace("{}", name) for word in line.split()])) for name in (old, new)
    )

    assert by_old.pop("renamed") == {old: new}
    assert by_old == by_new


@pytest.mark.parametrize(("line", "old", "new"), SAME)
def test_help_shows_the_new_name_only(capsys: pytest.CaptureFixture[str], line: str, old: str, new: str) -> None:
    with pytest.raises(SystemExit):
        main([line.split(maxsplit=1)[0], "--help"])
    words = capsys.readouterr().out.replace(",", " ").split()

    assert (old in words, new in words) == (False, True)


def test_an_abbreviation_is_one_of_the_new_name() -> None:
    parsed = vars(parser_of().parse_args(["stats", "a", "--outp", "json", "--fr", "xml"]))

    assert (parsed["output_format"], parsed["format"], "renamed" in parsed) == ("json", "xml", False)


def test_a_wrong_value_is_reported_with_the_name_that_was_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rule", "--output", "xml"])

    assert capsys.readouterr().err.startswith("bevparse rule: error: argument --output: invalid choice: 'xml' ")


def test_a_target_is_required_by_its_new_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["redact", "a"])

    message = "one of the arguments -o/--output-file --in-place is required"
    assert capsys.readouterr().err == f"bevparse redact: error: {message}\n"


def test_a_remark_on_a_terminal_names_the_new_option_once(capsys: pytest.CaptureFixture[str]) -> None:
    used = ("--output", "jsonl", "--output=concise=out", "--format", "json")

    shown = remarks("validate", "--no-cache", "--no-config", "--no-progress", "--jobs", "1", BODY, *used)

    *renamed, written = shown.splitlines()
    assert renamed == ["bevparse: --output is now called --output-format", "bevparse: --format is now called --from"]
    assert written.startswith("bevparse: wrote out (")
    assert "now called" not in capsys.readouterr().out


def test_a_remark_on_a_terminal_names_the_new_key(folder: Path) -> None:
    (folder / "bevparse.toml").write_text('output = ["json=out.json"]\n')

    shown = remarks("validate", "--no-cache", "--no-progress", "--jobs", "1", BODY)

    assert shown.startswith("bevparse: the configuration key output is now called output-format\n")
    assert (folder / "out.json").exists()


def test_a_quiet_run_makes_no_remarks(folder: Path) -> None:
    (folder / "bevparse.toml").write_text('format = "json"\n')

    assert remarks("validate", "--no-cache", "--jobs", "1", BODY, "--output", "json=out.json", "--quiet") == ""


def test_ci_gets_no_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    assert remarks("rule", "BEV203", "--output", "json") == ""


def test_a_pipe_gets_no_remarks() -> None:
    assert remarks("rule", "BEV203", "--output", "json", stream=io.StringIO()) == ""


def test_a_key_by_its_old_and_its_new_name_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bevparse.toml").write_text('output = ["text"]\noutput-format = ["json"]\n')

    assert main(["validate", BODY]) == 2

    message = "bevparse: expected a configuration key, got 'output'; did you mean output-format? ("
    assert capsys.readouterr().err.startswith(message)
