"""Run every check and test, or the tests of some areas.

`python -m tests` runs ruff, import-linter, mypy, pyright, and pytest with coverage. It also resolves all extras for
every Python in pyproject.toml, and asks the package index for it.

`python -m tests AREA... [OPTION...]` runs the tests of the areas only, without the checks and without coverage. An area
is a folder in tests/ (`formats`, `validate/renderers`), which brings the doctests of the room with the same name, or a
path. Tests marked `slow` are left out of a folder, except of `hostile` and `laws`, which are slow as a whole. Tests
marked `long` are left out everywhere: `python -m tests -m long` runs them.

Options go to pytest: `python -m tests cli -k interrupt`, `python -m tests cli -m slow`, `python -m tests -x`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path

from .paths import ROOT

TOOLS = Path(sys.executable).parent
PYTHONS = re.findall(r"Python :: (3\.[0-9]+)", (ROOT / "pyproject.toml").read_text("utf-8"))
RESOLVE = (
    TOOLS / "uv",
    "pip",
    "compile",
    "--quiet",
    "--only-binary",
    ":all:",
    "--no-binary",
    "pyspark",
    "--no-binary",
    "pyspark-client",
    "--all-extras",
    "--output-file",
    os.devnull,
)
CHECKS = (
    (TOOLS / "ruff", "check"),
    (TOOLS / "ruff", "format", "--check"),
    (TOOLS / "lint-imports",),
    (TOOLS / "mypy",),
    (TOOLS / "pyright", "--pythonpath", sys.executable),
    *((*RESOLVE, "--python-version", version, "pyproject.toml") for version in PYTHONS),
)
ENVIRONMENT = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
PYTHON = (sys.executable, "-m")
PYTEST = ("pytest", "-n", "logical", "--dist", "worksteal", "-m", "not long")
SLOW_AREAS = ("hostile", "laws")


def check(command: tuple[str | Path, ...]) -> tuple[int, bytes]:
    """Return the exit code and the output of a check."""
    ended = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return ended.returncode, ended.stdout


def run(*command: str) -> int:
    """Return the exit code of a Python module whose output is shown immediately."""
    return subprocess.run([*PYTHON, *command], cwd=ROOT, env=ENVIRONMENT, check=False).returncode


def run_everything() -> int:
    """Return the exit code of the first command that fails, after all have run."""
    codes = []
    with ThreadPoolExecutor(len(CHECKS)) as threads:
        for code, output in threads.map(check, CHECKS):
            sys.stdout.buffer.write(output)
            sys.stdout.buffer.flush()
            codes.append(code)
    for name in (".coverage", *(path.name for path in ROOT.glob(".coverage.*"))):
        (ROOT / name).unlink(missing_ok=True)
    codes.append(run("coverage", "run", "-m", *PYTEST))
    run("coverage", "combine", "-q")
    codes.append(run("coverage", "report"))
    return next((code for code in codes if code), 0)


def paths_of(area: str) -> list[str]:
    """Return the paths of an area."""
    name = folder_of(area)
    if name is None:
        return [area if (ROOT / area.partition("::")[0]).exists() else f"tests/{area}"]
    rooms = (f"tests/{name}", f"bevparse/{name}", f"bevparse/{name}.py")
    return [room for room in rooms if (ROOT / room).exists()]


def folder_of(area: str) -> str | None:
    """Return the name of a folder in tests/, or None for any other path."""
    name = area.rstrip("/").removeprefix("tests/")
    return name if (ROOT / "tests" / name).is_dir() else None


def run_some(arguments: list[str]) -> int:
    """Return the exit code of pytest for the areas in front of any options, or for all tests if there are none."""
    areas = list(takewhile(lambda argument: not argument.startswith("-"), arguments))
    folders = [folder_of(area) for area in areas]
    quick = folders and all(name and name.partition("/")[0] not in SLOW_AREAS for name in folders)
    paths = [path for area in areas for path in paths_of(area)]
    return run(*PYTEST, *(["-m", "not slow and not long"] if quick else []), *paths, *arguments[len(areas) :])


if __name__ == "__main__":
    sys.exit(run_some(sys.argv[1:]) if sys.argv[1:] else run_everything())
