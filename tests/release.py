"""Check that a release is ready, and print its notes: `python -m tests.release v0.1.0`."""

from __future__ import annotations

import re
import sys
import tomllib

from .paths import ROOT

PLACEHOLDER = "OWNER"


def text_of(name: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / name).read_text("utf-8")


def declared_version() -> str:
    """Return the version of the package, without importing it."""
    (found,) = re.findall(r'^__version__ = "(.+)"$', text_of("bevparse/__init__.py"), re.MULTILINE)
    return found


def notes(changelog: str, released: str) -> str:
    """Return the part of the changelog on a version, empty if there is none."""
    found = re.search(rf"^## \[{re.escape(released)}\].*\n((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    return found[1].strip() if found else ""


def faults(tag: str, version: str) -> list[str]:
    """Return what must be changed before a tag can be released as a version."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    found: list[str] = []
    if tag != f"v{version}":
        found.append(f"bevparse/__init__.py: expected the tag v{version}, got {tag}")
    if not notes(text_of("CHANGELOG.md"), tag.removeprefix("v")):
        found.append(f"CHANGELOG.md: expected a part on {tag.removeprefix('v')}")
    if PLACEHOLDER in project["urls"]["Repository"]:
        found.append("pyproject.toml: expected the address of the repository under [project.urls]")
    if f"@{PLACEHOLDER}" in text_of(".github/CODEOWNERS"):
        found.append(".github/CODEOWNERS: expected the name of an owner")
    return found


def main(tag: str) -> int:
    """Print the notes of a release and return 0, or print what is missing and return 1."""
    found = faults(tag, declared_version())
    print("\n".join(found) if found else notes(text_of("CHANGELOG.md"), tag.removeprefix("v")))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
