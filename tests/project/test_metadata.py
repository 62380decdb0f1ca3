"""What names the project: its address, its citation, its verbs and its releases."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bevparse import __version__

from .. import release
from ..paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADDRESS = PROJECT["urls"]["Repository"]
FOLDERS = (".github", "benchmarks", "bevparse", "docs", "tests", "typings")


def texts() -> Iterator[tuple[Path, str]]:
    """Iterate over the text files of the project."""
    for path in (*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))):
        if path.is_file() and path.suffix not in (".png", ".pyc") and path.name != "PKG-INFO":
            yield path.relative_to(ROOT), path.read_bytes().decode("utf-8", "replace")


def test_only_one_file_names_the_address_of_the_repository() -> None:
    address = ADDRESS.removeprefix("https://").lower()

    assert [path.as_posix() for path, text in texts() if address in text.lower()] == ["pyproject.toml"]
    assert list(PROJECT["urls"]) == ["Repository"]


def test_citation_describes_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))

    assert citation["abstract"].rstrip(".") == PROJECT["description"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["keywords"] == PROJECT["keywords"]
    assert citation["license"] == PROJECT["license"]


def test_eight_verbs_run_existing_modules() -> None:
    just = Path(sys.executable).with_name("just")
    command = [just, "--justfile", ROOT / "justfile", "--dump", "--dump-format", "json"]
    dumped = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    verbs = {name: recipe for name, recipe in dumped["recipes"].items() if not recipe["private"]}
    modules = re.findall(r"-m ((?:tests|benchmarks)[\w.]*)", (ROOT / "justfile").read_text("utf-8"))

    assert len(verbs) == 8
    assert all(recipe["doc"] for recipe in verbs.values())
    assert all(f"| `just {name}" in (ROOT / "CONTRIBUTING.md").read_text("utf-8") for name in verbs)
    places = [ROOT.joinpath(*module.split(".")) for module in modules]
    assert [place for place in places if not (place.is_dir() or place.with_suffix(".py").is_file())] == []


def test_release_notes_are_the_section_of_the_changelog() -> None:
    changelog = (
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-01\n\n- one\n\n### Fixed\n\n- two\n\n## [1.1.0]\n"
    )

    assert release.notes(changelog, "1.2.0") == "- one\n\n### Fixed\n\n- two"
    assert release.notes(changelog, "1.2") == ""


@pytest.mark.skipif(not (ROOT / "bevparse").is_dir(), reason="the tests of the wheel have no package next to them")
def test_version_is_read_without_the_package() -> None:
    assert release.declared_version() == __version__


def test_release_command_reports_what_is_missing() -> None:
    faults = release.faults("v0.0.0", __version__)
    files = ("pyproject.toml", ".github/CODEOWNERS")
    missing = [name for name in files if release.PLACEHOLDER in release.text_of(name)]

    assert faults[0] == f"bevparse/__init__.py: expected the tag v{__version__}, got v0.0.0"
    assert faults[1] == "CHANGELOG.md: expected a part on 0.0.0"
    assert [fault.partition(":")[0] for fault in faults[2:]] == missing
