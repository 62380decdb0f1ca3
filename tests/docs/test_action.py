"""The steps of the GitHub action, run by bash as a runner does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from ..paths import FIXTURES, ROOT
from ..recordings import KEY, RECORDINGS

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SET_UP, CHECK = ACTION["runs"]["steps"]
BASH = shutil.which("bash")
PYTHON = r"""#!/bin/sh
echo "$@"
mkdir -p "$3/FOLDER"
printf '#!/bin/sh\necho "$@"\n' > "$3/FOLDER/python"
chmod +x "$3/FOLDER/python"
"""
"""Prints its arguments, and creates an environment with an interpreter that does the same."""

pytestmark = pytest.mark.skipif(os.name != "posix" or BASH is None, reason="the action is for runners with bash")


class Inputs(TypedDict, total=False):
    """The inputs of the action."""

    paths: str
    arguments: str
    sarif: str
    version: str
    python: str


Run = Callable[[Inputs], "subprocess.CompletedProcess[str]"]


def environment(step: dict[str, dict[str, str]], inputs: Inputs) -> dict[str, str]:
    """Return the environment of a step, with the inputs and the defaults of missing inputs filled in."""
    given = {name: str(inputs.get(name, details.get("default", ""))) for name, details in ACTION["inputs"].items()}
    expressions = {f"${{{{ inputs.{name} }}}}": value for name, value in given.items()}
    expressions["${{ steps.set-up.outputs.scripts }}"] = str(Path(sys.executable).parent)
    return {name: expressions[expression] for name, expression in step["env"].items()}


def bash(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "step.sh").write_text(script)
    command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(folder / "step.sh")]
    return subprocess.run(
        command, cwd=folder / "work", env=os.environ | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def check(tmp_path: Path) -> Run:
    """Run the second step in a folder with a valid and an invalid body, and a cassette with keys."""
    (tmp_path / "work" / "my dumps").mkdir(parents=True)
    for name in ("status/documented.json", "invalid/BEV203-maybe.json"):
        shutil.copy(FIXTURES / name, tmp_path / "work" / "my dumps")
    shutil.copy(RECORDINGS / "keys.yaml", tmp_path / "work")
    runner = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }

    def run(inputs: Inputs) -> subprocess.CompletedProcess[str]:
        return bash(CHECK["run"], tmp_path, runner | environment(CHECK, inputs))

    return run


def outputs(folder: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (folder / "outputs").read_text().splitlines())


def test_no_script_contains_an_input_expression() -> None:
    names = {f"BEVPARSE_{name.upper()}" for name in ACTION["inputs"]}

    assert "${{" not in SET_UP["run"] + CHECK["run"]
    assert {**SET_UP["env"], **CHECK["env"]}.keys() == names | {"BEVPARSE_SCRIPTS"}


@pytest.mark.parametrize("scripts", ["bin", "Scripts"])
@pytest.mark.parametrize(("version", "place"), [("", "/actions/$(touch x)"), ("0.1.0", "bevparse")])
def test_first_step_installs_the_action_or_a_release(tmp_path: Path, scripts: str, version: str, place: str) -> None:
    (tmp_path / "work").mkdir()
    python = tmp_path / "python 3"
    python.write_text(PYTHON.replace("FOLDER", scripts))
    python.chmod(0o755)
    runner = {
        "RUNNER_TEMP": str(tmp_path / "a b"),
        "GITHUB_ACTION_PATH": "/actions/$(touch x)",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
    }

    ended = bash(SET_UP["run"], tmp_path, runner | environment(SET_UP, {"python": str(python), "version": version}))

    made, installed = ended.stdout.splitlines()
    wanted = f"{place}[brotli,vcr,warc,zstd]{version and '=='}{version}"
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert made == f"-m venv {tmp_path}/a b/bevparse"
    assert installed == f"-m pip install --quiet {wanted}"
    assert {"brotli", "vcr", "warc", "zstd"} <= known.keys()
    assert outputs(tmp_path) == {"scripts": f"{tmp_path}/a b/bevparse/{scripts}"}
    assert not (tmp_path / "work" / "x").exists()


def test_findings_are_annotated_summed_up_and_end_with_one(check: Run, tmp_path: Path) -> None:
    ended = check({"paths": "my dumps\nkeys.yaml\n"})

    annotations = [line for line in ended.stdout.splitlines() if line.startswith("::")]
    assert ended.returncode == 1
    assert annotations[0].startswith("::error file=my dumps/BEV203-maybe.json,line=1,col=70,title=BEV203 bad-check::")
    assert all(line.startswith("::error file=keys.yaml,title=BEV50") for line in annotations[1:])
    assert len(annotations) == 4
    assert "| BEV203 | bad-check | error | 1 |" in (tmp_path / "summary.md").read_text()
    assert KEY[3:9] not in ended.stdout + (tmp_path / "summary.md").read_text()
    assert outputs(tmp_path) == {"exit-code": "1", "bodies": "3", "errors": "4", "warnings": "0"}
    assert ACTION["outputs"].keys() == outputs(tmp_path).keys()


def test_patterns_arguments_and_sarif_are_passed_on(check: Run, tmp_path: Path) -> None:
    ended = check({"paths": "m? */*.json", "arguments": "--strict\n--ignore  BEV203", "sarif": "my findings.sarif"})

    assert ended.returncode == 0, ended.stderr
    assert "; 2 response bodies, all valid; " in ended.stdout
    assert (tmp_path / "work" / "my findings.sarif").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["paths", "arguments", "sarif"])
@pytest.mark.parametrize("text", ['$(touch x) `touch x` ${PATH/*/x}; touch x; "; touch x; "', "a\ntouch x"])
def test_shell_code_in_an_input_is_not_run(check: Run, tmp_path: Path, name: str, text: str) -> None:
    before = set((tmp_path / "work").iterdir())
    inputs: Inputs = {"paths": "my dumps/documented.json"}
    inputs[name] = text  # type: ignore[literal-required]

    check(inputs)

    new = {path.name for path in set((tmp_path / "work").iterdir()) - before}
    assert new <= ({text} if name == "sarif" else set())


def test_path_is_never_an_option(check: Run) -> None:
    ended = check({"paths": "--exit-zero\n-h"})

    assert ended.returncode == 3
    assert "file=--exit-zero" in ended.stdout
    assert "file=-h" in ended.stdout


def test_usage_error_has_only_an_exit_code(check: Run, tmp_path: Path) -> None:
    (tmp_path / "bevparse.jsonl").write_text("of another step")

    ended = check({"paths": "my dumps", "arguments": "--strcit"})

    assert ended.returncode == 2
    assert outputs(tmp_path) == {"exit-code": "2"}


@pytest.mark.parametrize(("paths", "code"), [("", 4), ("absent/*.json", 3), ("my dumps/documented.json", 0)])
def test_exit_codes_are_those_of_the_command(check: Run, paths: str, code: int) -> None:
    assert check({"paths": paths}).returncode == code
