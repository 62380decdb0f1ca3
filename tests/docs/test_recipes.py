"""The recipes for clusters: their files are well-formed, and their commands are commands of bevparse."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bevparse.cli import parser_of

from ..paths import ROOT

RECIPES = ROOT / "docs" / "recipes"
NAMES = {
    "Dockerfile",
    "airflow_shards.py",
    "github-shards.yml",
    "kubernetes-job.yaml",
    "ray_validate.py",
    "slurm-array.sh",
}
VARIABLES = {
    "JOB_COMPLETION_INDEX": "2",
    "RUNNER_TEMP": "/tmp",
    "SLURM_ARRAY_TASK_COUNT": "4",
    "SLURM_ARRAY_TASK_ID": "3",
}
BASH = shutil.which("bash")


def text(name: str) -> str:
    return (RECIPES / name).read_text("utf-8")


def arguments(script: str) -> list[str]:
    """Return the arguments that a script gives to bevparse."""
    script = 'bevparse() { printf "%s\\n" "$@"; }\n' + re.sub(r"\$\{\{ .*?(shard|job-total) \}\}", "3", script)
    command = [str(BASH), "-euc", script]
    environment = {**os.environ, **VARIABLES}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def scripts() -> list[str]:
    """Return the shell commands of all recipes."""
    job = yaml.safe_load(text("kubernetes-job.yaml"))
    workflow = yaml.safe_load(text("github-shards.yml"))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    return [text("slurm-array.sh"), container["command"][-1], *(step for step in steps if step.startswith("bevparse"))]


def word(node: ast.expr) -> str:
    """Return an argument in a list of a Python program, or another for what is only known when it runs."""
    return str(node.value) if isinstance(node, ast.Constant) else "3/4"


def test_page_links_to_every_recipe() -> None:
    page = (ROOT / "docs" / "many-machines.md").read_text("utf-8")

    assert {path.name for path in RECIPES.iterdir() if path.is_file()} == NAMES
    assert {name for name in NAMES if f"(recipes/{name})" in page} == NAMES


@pytest.mark.skipif(BASH is None, reason="the commands are for a shell")
def test_commands_in_scripts_are_those_of_bevparse() -> None:
    found = [arguments(script) for script in scripts()]

    assert [words[0] for words in found] == ["validate", "validate", "validate", "report"]
    for words in found:
        parsed, unknown = parser_of([words[0]]).parse_known_args(words)
        assert unknown == []
        assert words[0] == "report" or parsed.shard in ("3/4", "3/3")


def test_commands_in_programs_are_those_of_bevparse() -> None:
    lists = [node for node in ast.walk(ast.parse(text("airflow_shards.py"))) if isinstance(node, ast.List)]
    found = [[*map(word, node.elts[1:])] for node in lists if node.elts and word(node.elts[0]) == "bevparse"]

    assert [words[0] for words in found] == ["validate", "report"]
    for words in found:
        assert parser_of([words[0]]).parse_known_args(words)[1] == []


def test_workflow_fits_the_schema_of_github() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [checker, "--builtin-schema", "vendor.github-workflows", RECIPES / "github-shards.yml"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
