"""The completion scripts for fish and PowerShell, made of a small command line."""

from __future__ import annotations

from bevparse.cli.completion import Argument, Command, fish_script, powershell_script

COMMANDS = (
    Command("", "", (Argument(("--version",), "show the program's version", takes_value=False),)),
    Command(
        "check",
        "it's a check",
        (
            Argument((), "a file", takes_value=True, path="file"),
            Argument(("-o", "--output-file"), r"a \ file", takes_value=True, path="file"),
            Argument(("--dir",), "a folder", takes_value=True, path="folder"),
            Argument(("--to",), "a format", takes_value=True, words=("json", "xml")),
            Argument(("--jobs",), "a number", takes_value=True),
        ),
    ),
    Command("rule", "a rule", (Argument((), "a code", takes_value=True, words=("BEV1", "BEV2")),)),
)


def test_fish_script_has_a_line_for_each_command_and_argument() -> None:
    lines = fish_script(COMMANDS).partition("complete -c bevparse -f\n")[2].splitlines()

    assert lines == [
        r"complete -c bevparse -n '__bevparse_command' -l version -d 'show the program\'s version'",
        r"complete -c bevparse -n '__bevparse_command' -a check -d 'it\'s a check'",
        "complete -c bevparse -n '__bevparse_command check' -F",
        r"complete -c bevparse -n '__bevparse_command check' -s o -l output-file -rF -d 'a \\ file'",
        "complete -c bevparse -n '__bevparse_command check' -l dir -x -a '(__fish_complete_directories)' -d 'a folder'",
        "complete -c bevparse -n '__bevparse_command check' -l to -x -a 'json xml' -d 'a format'",
        "complete -c bevparse -n '__bevparse_command check' -l jobs -x -d 'a number'",
        "complete -c bevparse -n '__bevparse_command' -a rule -d 'a rule'",
        "complete -c bevparse -n '__bevparse_command rule' -a 'BEV1 BEV2'",
    ]


def test_powershell_script_has_tables_of_values_options_and_help() -> None:
    lines = [line.strip() for line in powershell_script(COMMANDS).splitlines()]

    assert lines[lines.index("$values = @{") : lines.index("'rule' = 'a rule'")] == [
        "$values = @{",
        "'' = @('check', 'rule')",
        "'check' = @()",
        "'check -o' = @()",
        "'check --output-file' = @()",
        "'check --dir' = @()",
        "'check --to' = @('json', 'xml')",
        "'check --jobs' = @()",
        "'rule' = @('BEV1', 'BEV2')",
        "}",
        "$options = @{",
        "'' = @('--version')",
        "'check' = @('-o', '--output-file', '--dir', '--to', '--jobs')",
        "'rule' = @()",
        "}",
        "$help = @{",
        "'check' = 'it''s a check'",
    ]
    assert "'--version' = 'show the program''s version'" in lines
    assert "'check --to' = 'a format'" in lines
