"""The configuration file: where it is found, what may stand in it, and what is said about anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse.cli import main
from bevparse.cli.configuration import ConfigurationError, find_configuration, read_configuration

EVERY_KEY = """
select = ["BEV2"]
ignore = ["BEV3", "bad-check"]
extend-select = ["BEV301"]
include = ["*.json"]
exclude = ["old"]
strict = true
fail-on = "info"
format = "json"
cross = false
baseline = "known.json"
jobs = 2
output = ["concise", "json=out.json"]

[per-file-ignores]
"dumps/*" = ["BEV203"]

[endpoint]
"completed-*" = "completed"

[limits]
body = 1000
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_key_is_read(folder: Path) -> None:
    (folder / "bevparse.toml").write_text(EVERY_KEY)

    assert read_configuration(folder / "bevparse.toml") == {
        "select": ["BEV2"],
        "ignore": ["BEV3", "bad-check"],
        "extend-select": ["BEV301"],
        "include": ["*.json"],
        "exclude": ["old"],
        "strict": True,
        "fail-on": "info",
        "format": "json",
        "cross": False,
        "baseline": str(folder / "known.json"),
        "jobs": 2,
        "output": ["concise", f"json={folder}/out.json"],
        "per-file-ignores": {f"{folder}/dumps/*": ["BEV203"]},
        "endpoint": {"completed-*": "completed"},
        "limits": {"body": 1000},
    }


def test_a_project_file_holds_a_table_of_its_own(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.other]\nselect = 7\n\n[tool.bevparse]\nstrict = true\n")

    assert find_configuration(folder) == folder / "pyproject.toml"
    assert read_configuration(folder / "pyproject.toml") == {"strict": True}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"bevparse.toml": ""}, "bevparse.toml"),
        ({"a/bevparse.toml": "", "bevparse.toml": ""}, "a/bevparse.toml"),
        ({"bevparse.toml": "", "pyproject.toml": "[tool.bevparse]"}, "bevparse.toml"),
        ({"a/b/pyproject.toml": "[tool.ruff]", "a/pyproject.toml": "[tool.bevparse]"}, "a/pyproject.toml"),
        ({"a/b/pyproject.toml": "tool = 7", "a/pyproject.toml": ""}, None),
        ({"a/b/bevparse.toml/x": "", "a/b/pyproject.toml/x": "", "bevparse.toml": ""}, "bevparse.toml"),
    ],
)
def test_the_nearest_file_above_is_found(folder: Path, files: dict[str, str], expected: str | None) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    assert find_configuration(folder / "a" / "b") == (folder / expected if expected else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "expected a key of bevparse, got 'selct'; did you mean select?"),
        ("per_file_ignores = {}", "expected a key of bevparse, got 'per_file_ignores'; did you mean per-file-ignores?"),
        ('"\\u001b" = 1', "expected a key of bevparse, got '\\x1b'"),
        ('select = "BEV2"', "expected select to be an array of texts, got 'BEV2'"),
        ("ignore = [1]", "expected ignore to be an array of texts, got an array"),
        ("extend-select = true", "expected extend-select to be an array of texts, got true"),
        ("include = [[]]", "expected include to be an array of texts, got an array"),
        ("exclude = 7", "expected exclude to be an array of texts, got 7"),
        ("output = {}", "expected output to be an array of texts, got an object"),
        ("strict = 1", "expected strict to be true or false, got 1"),
        ('cross = "no"', "expected cross to be true or false, got 'no'"),
        ("fail-on = []", "expected fail-on to be a text, got an array"),
        ("format = 1.5", "expected format to be a text, got 1.5"),
        ("baseline = false", "expected baseline to be a text, got false"),
        ("jobs = 0", "expected jobs to be an integer of one or more, got 0"),
        ("jobs = true", "expected jobs to be an integer of one or more, got true"),
        ('limits = {body = "1"}', "expected limits.body to be an integer of one or more, got '1'"),
        ("limits = 5", "expected limits to be a table, got 5"),
        ("endpoint = {a = 1}", "expected endpoint.a to be an endpoint, got 1"),
        (
            "per-file-ignores = {'b/*' = ['BEV'], a = 'BEV'}",
            "expected per-file-ignores.a to be an array of codes, got 'BEV'",
        ),
        ("strict", "expected a TOML file, got a fault: "),
        ("a = " + "[" * 100_000, "expected a TOML file, got a fault: "),
    ],
)
def test_what_has_no_meaning_is_refused_by_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (folder / "bevparse.toml").write_text(text)

    assert main(["validate", "."]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"bevparse: {message}")
    assert shown.err.endswith(f" ({folder / 'bevparse.toml'})\n")
    assert (shown.out, shown.err[:-1].isprintable()) == ("", True)


def test_a_file_that_is_no_utf_8_is_refused(folder: Path) -> None:
    (folder / "bevparse.toml").write_bytes(b"# \xff")

    with pytest.raises(ConfigurationError, match="expected a TOML file, got a fault: "):
        read_configuration(folder / "bevparse.toml")


@pytest.mark.parametrize("text", ["[tool]\nbevparse = 7", "tool = 7", ""])
def test_a_project_file_that_is_asked_for_must_have_the_table(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"expected a table \[tool.bevparse\], got "):
        read_configuration(folder / "pyproject.toml")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_is_asked_for_must_be_there(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["validate", "--config", name, "."]) == 2
    assert capsys.readouterr().err.startswith("bevparse: expected a TOML file, got a fault: ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('select = ["BEV9"]', "expected a code of bevparse or a prefix such as BEV3, got 'BEV9'"),
        ('extend-select = [","]', "expected codes such as BEV203,BEV3, got ','"),
        ('per-file-ignores = {"a" = ["X"]}', "expected a code of bevparse or a prefix such as BEV3, got 'X'"),
        (
            'endpoint = {"a" = "x"}',
            "expected an endpoint among create, list, status, completed, ",
        ),
        ('format = "x"', "expected a format among csv, json, xml, got 'x'"),
        ('fail-on = "x"', "expected fail-on among error, warning, info, got 'x'"),
        ('output = ["x"]', "expected an output format among text, "),
        ("limits = {x = 1}", "expected a limit among body, "),
        ("jobs = 257", "expected jobs to be at most 256, got 257"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "stats"])
def test_a_value_that_means_nothing_is_told_with_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    message: str,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bevparse.toml").write_text(line)

    assert main([command, "."]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"bevparse: {message}")
    assert told.endswith(f" ({tmp_path / 'bevparse.toml'})\n")
