"""`bevparse completion`: scripts that shells accept, and that complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bevparse.cli import main

SHELLS = ("bash", "zsh", "fish", "powershell", "tcsh")
COMPLETED = {
    "bevparse val": {"validate"},
    "bevparse re": {"redact", "report"},
    "bevparse report dump.json --output-format j": {"json", "jsonl", "junit"},
    "bevparse validate --str": {"--strict"},
    "bevparse validate --output-format j": {"json", "jsonl", "junit"},
    "bevparse validate --endpoint comp": {"completed"},
    "bevparse validate --select BEV50": {"BEV501", "BEV502", "BEV503", "BEV504", "BEV505"},
    "bevparse validate dump": {"dumps", "dump.json"},
    "bevparse validate --strict dump.json dumps/ju": {"dumps/july.json"},
    "bevparse validate --cache-dir dump": {"dumps"},
    "bevparse convert dump.json --to c": {"csv"},
    "bevparse convert dump.json --to x": {"xlsx", "xml"},
    "bevparse convert dump.json --from x": {"xml"},
    "bevparse convert dump.json --to csv -o dump.": {"dump.json"},
    "bevparse diff dump.json dump.": {"dump.json"},
    "bevparse rule BEV50": {"BEV501", "BEV502", "BEV503", "BEV504", "BEV505"},
    "bevparse schema Email": {"EmailRecord"},
    "bevparse completion z": {"zsh"},
}
TRY_ALL = """
source ./script
complete -p bevparse > /dev/null || exit 9
while read -r -a COMP_WORDS; do
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
    COMPREPLY=()
    _shtab_bevparse bevparse "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "${COMPREPLY[*]}"
done < lines
"""
TRY_ALL_IN_FISH = """
source script
while read line
    complete -C $line | string split -f 1 \\t | string trim -r -c / | string join ' '
end < lines
true
"""
TRY_ALL_IN_POWERSHELL = """
. ./script.ps1
Get-Content lines | ForEach-Object {
    "$((TabExpansion2 -inputScript $_ -cursorColumn $_.Length).CompletionMatches.CompletionText)"
}
"""


def having(*shells: str) -> pytest.MarkDecorator:
    missing = [shell for shell in shells if os.name != "posix" or shutil.which(shell) is None]
    return pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)}")


def script_for(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_script_names_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = script_for(shell, capsys)

    for command in ("validate", "report", "stats", "convert", "diff", "redact", "schema", "rule", "completion"):
        assert command in script
    assert ("output-format" in script, re.search(r"-output\b(?!-)", script)) == (True, None)


@pytest.mark.parametrize("shell", [pytest.param(shell, marks=having(shell)) for shell in ("bash", "zsh", "fish")])
def test_shell_accepts_the_script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "script").write_text(script_for(shell, capsys))

    ended = subprocess.run([shell, "-n", "script"], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_zsh_shows_the_help_line_of_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    script = script_for("zsh", capsys)

    assert "validate:'check saved bodies'" in script
    assert "redact:'overwrite API keys in recordings'" in script


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["bash", "--norc", "-c", TRY_ALL], marks=having("bash")),
        pytest.param(["fish", "--no-config", "-c", TRY_ALL_IN_FISH], marks=having("fish")),
    ],
    ids=["bash", "fish"],
)
def test_shell_completes_with_the_script(folder: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    (folder / "script").write_text(script_for(command[0], capsys))
    (folder / "lines").write_text("".join(f"{line}\n" for line in COMPLETED))
    (folder / "dumps").mkdir()
    (folder / "dumps" / "july.json").touch()
    (folder / "dump.json").touch()

    ended = subprocess.run(command, capture_output=True, text=True, check=True)

    found = [set(line.split()) for line in ended.stdout.splitlines()]
    assert dict(zip(COMPLETED, found, strict=True)) == COMPLETED


@having("pwsh")
def test_powershell_completes_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "script.ps1").write_text(script_for("powershell", capsys))
    wanted = {line: words for line, words in COMPLETED.items() if "dump" not in str(words)}
    (folder / "lines").write_text("".join(f"{line}\n" for line in wanted))
    command = ["pwsh", "-NoProfile", "-NonInteractive", "-Command", TRY_ALL_IN_POWERSHELL]

    ended = subprocess.run(command, capture_output=True, text=True, check=True)

    found = [set(line.split()) for line in ended.stdout.splitlines()]
    assert dict(zip(wanted, found, strict=True)) == wanted


@pytest.mark.parametrize("shell", ["fish", "powershell"])
def test_fish_and_powershell_scripts_need_no_shtab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)

    assert "validate" in script_for(shell, capsys)


def test_without_shtab_the_message_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)

    assert main(["completion", "bash"]) == 3

    out, err = capsys.readouterr()
    assert out == ""
    assert err == "bevparse: shtab is not installed; install it with pip install 'bevparse[cli]'\n"


def test_unknown_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "cmd"])

    assert ended.value.code == 2
    assert "invalid choice: 'cmd'" in capsys.readouterr().err
