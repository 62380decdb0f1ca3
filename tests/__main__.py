"""All checks, one after the other: `python -m tests`. What is given behind it goes to pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
CHECKS = (
    (TOOLS / "ruff", "check"),
    (TOOLS / "ruff", "format", "--check"),
    (TOOLS / "lint-imports",),
    (TOOLS / "mypy",),
    (TOOLS / "pyright", "--pythonpath", sys.executable),
)


def main() -> int:
    """Run every check, the tests last; the exit code is that of the first that fails, after all have run."""
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    codes = [subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode for command in CHECKS]
    for name in (".coverage", *(path.name for path in ROOT.glob(".coverage.*"))):
        (ROOT / name).unlink(missing_ok=True)
    python = [sys.executable, "-m"]
    tests = [*python, "coverage", "run", "-m", "pytest", *sys.argv[1:]]
    codes.append(subprocess.run(tests, cwd=ROOT, env=environment, check=False).returncode)
    if not sys.argv[1:]:
        subprocess.run([*python, "coverage", "combine", "-q"], cwd=ROOT, check=False)
        codes.append(subprocess.run([*python, "coverage", "report"], cwd=ROOT, check=False).returncode)
    return next((code for code in codes if code), 0)


sys.exit(main())
