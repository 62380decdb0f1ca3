"""What makes no sense to ask of `bevparse validate`, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a sound body."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sound.json").write_text('{"response":{"id":5}}')
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["validate", ".", "--ouput", "json"], "unrecognized arguments: --ouput json; did you mean --output?"),
        (["validate", ".", "--quiet"], "unrecognized arguments: --quiet"),
        (["diff", "a", "b", "c"], "unrecognized arguments: c"),
        (["stats", "--jbos=3", "."], "unrecognized arguments: --jbos=3; did you mean --jobs?"),
    ],
)
def test_an_unknown_option_is_told_with_the_usage_of_its_command(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(arguments)
    shown = capsys.readouterr().err
    assert shown.startswith(f"usage: bevparse {arguments[0]} ")
    assert f"bevparse {arguments[0]}: error: {message}" in shown


@pytest.mark.parametrize(
    ("options", "config", "message"),
    [
        ([], "", "expected a path or --files-from, got none"),
        (["-", "--files-from", "-"], "", "expected standard input to be read once, got - and --files-from -"),
        ([".", "--format", "yml"], "", "expected a format among csv, json, xml, got 'yml'"),
        (["."], 'format = "yml"', "expected a format among csv, json, xml, got 'yml'"),
        ([".", "--select", "BEV2033"], "", "expected a code of bevparse or a prefix such as BEV3, got 'BEV2033'; did"),
        (
            [".", "--ignore", "bad-chek"],
            "",
            "expected a code of bevparse or a prefix such as BEV3, got 'bad-chek'; did",
        ),
        ([".", "--extend-select", "x"], "", "expected a code of bevparse or a prefix such as BEV3, got 'x'"),
        (["."], 'ignore = ["x"]', "expected a code of bevparse or a prefix such as BEV3, got 'x'"),
        (["."], 'per-file-ignores = {a = ["x"]}', "expected a code of bevparse or a prefix such as BEV3, got 'x'"),
        ([".", "--select", ""], "", "expected codes such as BEV203,BEV3, got ''"),
        ([".", "--per-file-ignores", "*.json: ,"], "", "expected codes such as BEV203,BEV3, got ' ,'"),
        ([".", "--per-file-ignores", "BEV2"], "", "expected --per-file-ignores GLOB:CODES, got 'BEV2'"),
        ([".", "--per-file-ignores", "a:BEVX"], "", "expected a code of bevparse or a prefix such as BEV3, got 'BEVX'"),
        (["."], 'fail-on = "note"', "expected fail-on among error, warning, info, got 'note'"),
        (["."], 'endpoint = {a = "delete"}', "expected an endpoint among "),
        ([".", "--limit", "body"], "", "expected --limit NAME=VALUE with an integer, such as body=2G, got 'body'"),
        (
            [".", "--limit", "body=1e9"],
            "",
            "expected --limit NAME=VALUE with an integer, such as body=2G, ",
        ),
        ([".", "--limit", "body=\u0663"], "", "expected --limit NAME=VALUE with an integer, such as "),
        (
            [".", "--limit", "body=" + "9" * 5000],
            "",
            "expected --limit NAME=VALUE with an integer, such as ",
        ),
        ([".", "--limit", "body=0"], "", "expected limits.body to be an integer of one or more, got 0"),
        ([".", "--limit", "size=5"], "", "expected a limit among body, depth, records, "),
        (["."], "limits = {size = 5}", "expected a limit among body, depth, records, "),
        (
            [".", "--output", "report.html"],
            "",
            "expected an output format among text, concise, json, ",
        ),
        ([".", "--output", "html="], "", "expected a file behind html=, got none"),
        ([".", "--null"], "", "expected --files-from FILE beside --null, got none"),
        (["."], "[tool.bevparse]", "expected a key of bevparse, got 'tool'; that line is for pyproject.toml"),
        ([".", "--limit", "body=1.5G"], "", "expected --limit NAME=VALUE with an integer, such as "),
        ([".", "--output", "yaml=x"], "", "expected an output format among text, concise, json, "),
        (["."], 'output = ["x"]', "expected an output format among text, concise, json, "),
        ([".", "--output", "text", "--output", "json=-"], "", "expected each output in a place of its own, got two"),
        (
            [".", "--output", "text=a", "--output", "json=b/.././a"],
            "",
            "expected each output in a place of its own, got two",
        ),
        ([".", "--jobs", "0"], "", "expected --jobs to be one or more, got 0"),
        ([".", "--jobs", "-1"], "", "expected --jobs to be one or more, got -1"),
        ([".", "--update-baseline"], "", "expected --baseline FILE beside --update-baseline, got none"),
        ([".", "--baseline", "sound.json"], "", "sound.json: not a bevparse baseline file: "),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], config: str, message: str
) -> None:
    (folder / "bevparse.toml").write_text(config)

    assert main(["validate", *options]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"bevparse: {message}")
    assert (shown.out, shown.err.count("\n")) == ("", 1)
