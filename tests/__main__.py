"""All checks, then the tests: `python -m tests`. What is given behind it goes to pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .paths import ROOT

TOOLS = Path(sys.executable).parent
CHECKS = (
    (TOOLS / "ruff", "check"),
    (TOOLS / "ruff", "format", "--check"),
    (TOOLS / "lint-imports",),
    (TOOLS / "mypy",),
    (TOOLS / "pyright", "--pythonpath", sys.executable),
)
ENVIRONMENT = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
PYTHON = (sys.executable, "-m")
PYTEST = ("pytest", "-n", "logical", "--dist", "worksteal")


def check(command: tuple[str | Path, ...]) -> tuple[int, bytes]:
    """Run a check beside the others: its exit code, and all that it said."""
    ended = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return ended.returncode, ended.stdout


def run(*command: str) -> int:
    """Run a module of Python in the open."""
    return subprocess.run([*PYTHON, *command], cwd=ROOT, env=ENVIRONMENT, check=False).returncode


def main() -> int:
    """Run every check, the tests last; the exit code is that of the first that fails, after all have run."""
    codes = []
    with ThreadPoolExecutor(len(CHECKS)) as threads:
        for code, said in threads.map(check, CHECKS):
            sys.stdout.buffer.write(said)
            sys.stdout.buffer.flush()
            codes.append(code)
    for name in (".coverage", *(path.name for path in ROOT.glob(".coverage.*"))):
        (ROOT / name).unlink(missing_ok=True)
    codes.append(run("coverage", "run", "-m", *PYTEST, *sys.argv[1:]))
    if not sys.argv[1:]:
        run("coverage", "combine", "-q")
        codes.append(run("coverage", "report"))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
