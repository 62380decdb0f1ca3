"""Old names of options and configuration keys: they still work, and standard error has the new ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse.cli import main, parser_of
from bevparse.cli.remarks import remark_renamed

from ..paths import ROOT

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


@pytest.mark.parametrize(("line", "old", "new"), SAME)
def test_old_name_is_parsed_like_the_new_one(line: str, old: str, new: str) -> None:
    parser = parser_of()

    by_old, by_new = (
        vars(parser.parse_args([word.replace("{}", name) for word in line.split()])) for name in (old, new)
    )

    assert by_old.pop("renamed") == {old: new}
    assert by_old == by_new


@pytest.mark.parametrize("new", sorted({new for _, _, new in SAME}))
def test_remark_explains_the_new_name(capsys: pytest.CaptureFixture[str], new: str) -> None:
    remark_renamed("--old", new)

    what = "file" if new.endswith("file") else "format"
    assert capsys.readouterr().err.startswith(f"bevparse: --old is now called {new}: the {what} ")


@pytest.mark.parametrize(("line", "old", "new"), SAME)
def test_help_shows_the_new_name_only(capsys: pytest.CaptureFixture[str], line: str, old: str, new: str) -> None:
    with pytest.raises(SystemExit):
        main([line.split(maxsplit=1)[0], "--help"])
    words = capsys.readouterr().out.replace(",", " ").split()

    assert (old in words, new in words) == (False, True)


def test_abbreviation_means_the_new_name() -> None:
    parsed = vars(parser_of().parse_args(["stats", "a", "--outp", "json", "--fr", "xml"]))

    assert (parsed["output_format"], parsed["format"], "renamed" in parsed) == ("json", "xml", False)


def test_wrong_value_is_reported_with_the_name_that_was_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rule", "--output", "xml"])

    assert capsys.readouterr().err.startswith("bevparse rule: error: argument --output: invalid choice: 'xml' ")


def test_missing_target_is_reported_with_the_new_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["redact", "a"])

    message = "one of the arguments -o/--output-file --in-place is required"
    assert capsys.readouterr().err == f"bevparse redact: error: {message}\n"


def test_remark_names_the_new_option_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    used = ("--output", "jsonl", "--output=concise=out", "--format", "json")

    assert main(["validate", "--no-cache", "--no-config", "--jobs", "1", BODY, *used]) == 0

    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "bevparse: --output is now called --output-format: the format of the output",
        "bevparse: --format is now called --from: the format of the input",
    ]
    assert "now called" not in out
    assert (folder / "out").exists()


def test_remark_names_the_new_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bevparse.toml").write_text('output = ["json=out.json"]\nformat = "json"\n')

    assert main(["validate", "--no-cache", "--jobs", "1", BODY]) == 0

    assert sorted(capsys.readouterr().err.splitlines()) == [
        "bevparse: the configuration key format is now called from: the format of the input",
        "bevparse: the configuration key output is now called output-format: the format of the output",
    ]
    assert (folder / "out.json").exists()


def test_quiet_run_makes_no_remarks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bevparse.toml").write_text('format = "json"\n')

    assert main(["validate", "--no-cache", "--jobs", "1", BODY, "--output", "json=out.json", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_key_by_its_old_and_its_new_name_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bevparse.toml").write_text('output = ["text"]\noutput-format = ["json"]\n')

    assert main(["validate", BODY]) == 2

    message = "bevparse: expected a configuration key, got 'output'; did you mean output-format? ("
    assert capsys.readouterr().err.startswith(message)
