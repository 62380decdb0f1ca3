"""The workflows, the action, the issue forms and other files that services read: their schemas, and what they name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from check_jsonschema import main as check_jsonschema  # pyright: ignore[reportMissingTypeStubs]
from click.testing import CliRunner

from ..paths import ROOT

SCHEMAS = {
    ".github/workflows/*.yml": "github-workflows",
    ".github/dependabot.yml": "dependabot",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    ".github/ISSUE_TEMPLATE/bug.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/new-*.yml": "github-issue-forms",
    "action.yml": "github-actions",
    "CITATION.cff": "citation-file-format",
}
TOOLS = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS = {path.stem: path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
CI = yaml.safe_load(WORKFLOWS["ci"])


@pytest.mark.parametrize(("files", "schema"), SCHEMAS.items(), ids=SCHEMAS)
def test_files_follow_their_schema(files: str, schema: str) -> None:
    paths = [str(path) for path in ROOT.glob(files)]

    ended = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *paths])

    assert paths
    assert ended.exit_code == 0, ended.output


def test_zizmor_finds_nothing() -> None:
    ended = subprocess.run(
        [TOOLS / "zizmor", "--offline", "--quiet", "--no-progress", ROOT / ".github", ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("command", "file"),
    [("validate-config", ".pre-commit-config.yaml"), ("validate-manifest", ".pre-commit-hooks.yaml")],
)
def test_pre_commit_accepts_its_files(command: str, file: str) -> None:
    ended = subprocess.run([TOOLS / "pre-commit", command, ROOT / file], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout


def test_hooks_of_contributors_use_the_tools_of_the_tests() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    installed = {package for hook in local["hooks"] for package in hook["additional_dependencies"]}

    assert installed <= set(PROJECT["optional-dependencies"]["test"])


@pytest.mark.parametrize("text", WORKFLOWS.values(), ids=WORKFLOWS)
def test_actions_are_pinned_to_a_commit_with_its_version(text: str) -> None:
    uses = re.findall(r"uses: (.+)", text)

    assert [use for use in uses if not re.fullmatch(r"\./.*|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_ci_runs_every_python_that_the_project_declares() -> None:
    declared = {name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)}
    matrix = CI["jobs"]["wheel"]["strategy"]["matrix"]

    assert set(matrix["python"]) == declared
    assert {run["system"].partition("-")[0] for run in matrix["include"]} == {"macos", "windows"}


def test_last_job_waits_for_all_others() -> None:
    assert {*CI["jobs"]["passed"]["needs"], "passed"} == CI["jobs"].keys()


def test_ci_uses_inputs_and_outputs_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    found = next(step for step in CI["jobs"]["action"]["steps"] if step.get("id") == "found")

    assert found["with"].keys() <= action["inputs"].keys()
    assert set(re.findall(r"steps\.found\.outputs\.([a-z-]+)", WORKFLOWS["ci"])) == action["outputs"].keys()
