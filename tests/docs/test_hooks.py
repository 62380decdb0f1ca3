"""The hooks for pre-commit: their entries run, and their patterns match the intended files."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import TypedDict, cast

import pytest
import yaml

from bevparse.cli import main

from ..paths import ROOT
from ..recordings import KEY, RECORDINGS

pytestmark = pytest.mark.usefixtures("folder")


class Hook(TypedDict):
    """The fields of a hook that are tested here."""

    id: str
    entry: str
    language: str
    additional_dependencies: list[str]
    files: str
    require_serial: bool


HOOKS = {hook["id"]: hook for hook in cast("list[Hook]", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OTHER = """interactions:
- request: {body: null, headers: {}, method: GET, uri: 'https://other.example/health%s'}
  response: {body: {string: ok}, headers: {}, status: {code: 200, message: OK}}
version: 1
"""

every_hook = pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)


def run(hook: Hook, *names: str) -> int:
    program, *arguments = shlex.split(hook["entry"])
    assert program == "bevparse"
    return main([*arguments, *names])


def test_two_hooks_are_defined() -> None:
    assert list(HOOKS) == ["bevparse", "bevparse-keys"]


@every_hook
def test_hook_installs_the_dependencies_of_its_files(hook: Hook) -> None:
    assert hook["language"] == "python"
    extras = PROJECT["optional-dependencies"]
    assert hook["additional_dependencies"] == [*extras["brotli"], *extras["vcr"]]
    assert hook["entry"].split()[0] in PROJECT["scripts"]


@every_hook
@pytest.mark.parametrize(
    "name",
    [
        "cassettes/status.yaml",
        "tests/cassettes/test_status/test_it.yml",
        "tests/cassette/completed.json",
        "session.har",
        "captures/july/session.har",
    ],
)
def test_hook_matches_names_of_recordings(hook: Hook, name: str) -> None:
    assert re.search(hook["files"], name)


@every_hook
@pytest.mark.parametrize(
    "name", ["mkdocs.yml", "tests/data.json", "my-cassettes/x.yaml", "cassettes.yaml", "har", "cassettes/README.md"]
)
def test_other_files_are_skipped(hook: Hook, name: str) -> None:
    assert not re.search(hook["files"], name)


@every_hook
def test_valid_recordings_pass(hook: Hook, capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(RECORDINGS / name) for name in ("polling.yaml", "polling.json", "browser-session.har")]

    assert run(hook, *names) == 0
    assert "no findings in 3 files; " in capsys.readouterr().out


@every_hook
@pytest.mark.parametrize("name", ["keys.yaml", "keys.json", "browser-keys.har"])
def test_key_fails_and_is_not_shown(hook: Hook, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(hook, str(RECORDINGS / name)) == 1

    reports = capsys.readouterr().out
    assert "BEV503" in reports
    assert KEY[3:9] not in reports


def test_invalid_response_fails_the_validating_hook(capsys: pytest.CaptureFixture[str]) -> None:
    name = str(RECORDINGS / "with-errors.yaml")

    assert run(HOOKS["bevparse"], name) == 1
    assert run(HOOKS["bevparse-keys"], name) == 0
    capsys.readouterr()


@every_hook
def test_recording_of_other_services_passes(hook: Hook, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "health.yaml").write_text(OTHER % "")

    assert run(hook, "health.yaml") == 0
    capsys.readouterr()


@every_hook
def test_key_that_was_sent_to_another_service_fails(
    hook: Hook, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "health.yaml").write_text(OTHER % f"?key={KEY}")

    assert run(hook, "health.yaml") == 1
    assert "BEV501" in capsys.readouterr().out
