"""Run tests with the lowest versions that pyproject.toml declares: `python -m tests.lowest`.

Arguments go to pytest in place of the default areas: `python -m tests.lowest tests/cli -x`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from .paths import ROOT, scripts_of

UV = Path(sys.executable).with_name("uv")
AREAS = (
    "api",
    "convert",
    "distributed",
    "files",
    "formats",
    "http",
    "lanes",
    "payloads",
    "reader",
    "schemas",
    "sources",
    "tables",
    "testing",
    "validate",
    "writer",
)
ARGUMENTS = ("-n", "logical", "-m", "not slow", *(f"tests/{area}" for area in AREAS))


def run(*command: str | Path) -> int:
    """Return the exit code of a command."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: list[str]) -> int:
    """Install the lowest versions in a new environment, and return the exit code of pytest there."""
    with tempfile.TemporaryDirectory() as folder:
        python = scripts_of(Path(folder)) / "python"
        sources = ("--no-binary", "bevparse", "--no-binary", "pyspark-client")
        options = ("--python", python, "--resolution", "lowest-direct", "--only-binary", ":all:", *sources)
        return (
            run(UV, "venv", "--quiet", "--python", sys.executable, folder)
            or run(UV, "pip", "install", "--quiet", *options, "--editable", ".[all,test]")
            or run(UV, "pip", "list", "--quiet", "--python", python)
            or run(python, "-m", "pytest", *(arguments or ARGUMENTS))
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
