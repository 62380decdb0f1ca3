"""Usage errors of `bevparse validate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse.cli import main


@pytest.fixture(autouse=True)
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a valid body, on a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    (folder / "valid.json").write_text('{"response":{"id":5}}')
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["validate", ".", "--outputformat", "json"],
            "unrecognized arguments: --outputformat json; did you mean --output-format?",
        ),
        (["validate", ".", "-v"], "unrecognized arguments: -v"),
        (["diff", "a", "b", "c"], "unrecognized arguments: c"),
        (["stats", "--jbos=3", "."], "unrecognized arguments: --jbos=3; did you mean --jobs?"),
        (["--strict", "validate", "."], "unrecognized arguments: --strict; options come after the command"),
    ],
)
def test_usage_error_is_one_line_with_the_nearest_option(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(arguments)
    command = next(word for word in arguments if not word.startswith("-"))
    assert capsys.readouterr().err == f"bevparse {command}: error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["valdate", "--strict", "."], "unknown command 'valdate'; did you mean validate?"),
        (["--config", "a", "validate"], "unknown command 'a'; options come after the command"),
        (
            ["\x1b", "."],
            (
                r"unknown command '\x1b'; "
                "choose from validate, report, stats, convert, diff, redact, schema, rule, serve, completion"
            ),
        ),
        ([], "the following arguments are required: COMMAND"),
        (["--verison"], "unrecognized arguments: --verison; did you mean --version?"),
        (["-x"], "unrecognized arguments: -x"),
    ],
)
def test_unknown_command_is_one_line_with_the_nearest_command(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(arguments)
    assert capsys.readouterr().err == f"bevparse: error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diff"], "the following arguments are required: A, B"),
        (["report"], "the following arguments are required: PATH"),
        (["validate", "--jobs", "x", "."], "argument -j/--jobs: invalid int value: 'x'"),
        (["validate", ".", "--jobs"], "argument -j/--jobs: expected one argument"),
        (["validate", "--endpoint", "a\nb", "."], r"argument --endpoint: invalid choice: 'a\nb' (choose from "),
        (["validate", "--out", "."], "ambiguous option: --out could match --output-format, --output-file"),
        (["validate", "--quiet=1", "."], "argument -q/--quiet: ignored explicit argument '1'"),
        (["completion", "fsh"], "argument shell: invalid choice: 'fsh' (choose from "),
        (["schema", "--wire", "--xsd"], "argument --xsd: not allowed with argument --wire"),
        (["stats", "--a\nb"], r"unrecognized arguments: --a\nb"),
    ],
)
def test_every_kind_of_usage_error_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=r"\A2\Z"):
        main(arguments)

    out, err = capsys.readouterr()
    assert err.startswith(f"bevparse {arguments[0]}: error: {message}")
    assert (out, err.count("\n"), err[-1]) == ("", 1, "\n")


@pytest.mark.parametrize(
    ("options", "config", "message"),
    [
        ([], "", "a path or --files-from is required"),
        (["-", "--files-from", "-"], "", "argument --files-from: standard input (-) cannot also be a PATH"),
        ([".", "--from", "yml"], "", "expected a format among csv, json, xml, got 'yml'"),
        (["."], 'from = "yml"', "from: expected a format among csv, json, xml, got 'yml'"),
        ([".", "--select", "BEV2033"], "", "expected a code of bevparse or a prefix such as BEV3, got 'BEV2033'; did"),
        (
            [".", "--ignore", "bad-chek"],
            "",
            "expected a code of bevparse or a prefix such as BEV3, got 'bad-chek'; did",
        ),
        ([".", "--extend-select", "x"], "", "expected a code of bevparse or a prefix such as BEV3, got 'x'"),
        (["."], 'ignore = ["x"]', "ignore: expected a code of bevparse or a prefix such as BEV3, got 'x'"),
        (
            ["."],
            'per-file-ignores = {a = ["x"]}',
            "per-file-ignores.a: expected a code of bevparse or a prefix such as BEV3, got 'x'",
        ),
        ([".", "--select", ""], "", "expected codes such as BEV203,BEV3, got ''"),
        ([".", "--per-file-ignores", "*.json: ,"], "", "expected codes such as BEV203,BEV3, got ' ,'"),
        ([".", "--per-file-ignores", "BEV2"], "", "argument --per-file-ignores: expected GLOB:CODES, got 'BEV2'"),
        ([".", "--per-file-ignores", "a:BEVX"], "", "expected a code of bevparse or a prefix such as BEV3, got 'BEVX'"),
        (["."], 'fail-on = "note"', "fail-on: expected 'error', 'warning' or 'info', got 'note'"),
        (["."], 'endpoint = {a = "delete"}', "endpoint.a: expected 'create', "),
        (
            [".", "--limit", "body"],
            "",
            "argument --limit: expected NAME=VALUE with an integer, for example body=2G, got 'body'",
        ),
        (
            [".", "--limit", "body=1e9"],
            "",
            "argument --limit: expected NAME=VALUE with an integer, for example body=2G, ",
        ),
        ([".", "--limit", "body=\u0663"], "", "argument --limit: expected NAME=VALUE with an integer, for example "),
        (
            [".", "--limit", "body=" + "9" * 5000],
            "",
            "argument --limit: expected NAME=VALUE with an integer, for example ",
        ),
        ([".", "--limit", "body=0"], "", "expected limits.body to be an integer of one or more, got 0"),
        ([".", "--limit", "size=5"], "", "expected a limit among body, depth, records, "),
        (["."], "limits = {size = 5}", "limits: expected a limit among body, depth, records, "),
        (
            [".", "--output-format", "report.html"],
            "",
            "expected an output format among text, concise, github, ",
        ),
        ([".", "--output-format", "html="], "", "file missing after html="),
        ([".", "--null"], "", "argument --null: not allowed without --files-from"),
        (["."], "[tool.bevparse]", "expected a configuration key, got 'tool'; that table is for pyproject.toml"),
        ([".", "--limit", "body=1.5G"], "", "argument --limit: expected NAME=VALUE with an integer, for example "),
        ([".", "--output-format", "yaml=x"], "", "expected an output format among text, concise, github, "),
        (["."], 'output-format = ["x"]', "output-format: expected an output format among text, concise, github, "),
        (
            [".", "--output-format", "text", "--output-format", "json=-"],
            "",
            "argument --output-format: two outputs go to the same place",
        ),
        (
            [".", "--output-format", "text=a", "--output-format", "json=b/.././a"],
            "",
            "argument --output-format: two outputs go to the same place",
        ),
        ([".", "--jobs", "0"], "", "argument --jobs: expected an integer from 1 to 256, got 0"),
        ([".", "--jobs", "-1"], "", "argument --jobs: expected an integer from 1 to 256, got -1"),
        ([".", "--update-baseline"], "", "argument --update-baseline: not allowed without --baseline"),
        ([".", "--baseline", "valid.json"], "", "valid.json: "),
    ],
)
def test_usage_errors_end_with_2(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], config: str, message: str
) -> None:
    (folder / "bevparse.toml").write_text(config)

    assert main(["validate", *options]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"bevparse: {message}")
    assert (shown.out, shown.err.count("\n")) == ("", 1)
