"""Type checkers find errors in a program of a user, and only those that are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..paths import ROOT

WRONG = {
    "import": ("from bevparse import StatusRespons\n", "StatusRespons"),
    "attribute": ("import bevparse\nbevparse.prase\n", "prase"),
    "module": ("import bevparse\nbevparse.formats.registr\n", "registr"),
    "model": ("import bevparse\nprint(bevparse.parse(b'', bevparse.StatusResponse).records)\n", "records"),
    "record": ("import bevparse\nbevparse.iter_records([b''], bevparse.StatusResponse)\n", "StatusResponse"),
    "union": ("import bevparse\nprint(bevparse.parse(b'').requests)\n", "requests"),
}


def checked(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MYPYPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_only_wrong_programs_are_errors_for_mypy(tmp_path: Path) -> None:
    """The examples of the documentation are right. They are those of a prompt: an expression may be alone."""
    for name, (program, _) in WRONG.items():
        (tmp_path / f"wrong_{name}.py").write_text(program)
    for page in ("README.md", "docs/pydantic.md"):
        lines = re.findall(r"^(?:>>>|\.\.\.) ?(.*)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        (tmp_path / f"page_{Path(page).stem.lower()}.py").write_text("\n".join(lines))

    output = checked(["mypy", "--strict", "--no-incremental", "."], tmp_path)

    for name, (_, word) in WRONG.items():
        assert any(f"wrong_{name}.py" in line and word in line for line in output.splitlines()), output
    assert "page_" not in output


@pytest.mark.slow
def test_wrong_programs_are_errors_for_pyright(tmp_path: Path) -> None:
    configuration = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(configuration))
    for name, (program, _) in WRONG.items():
        (tmp_path / f"wrong_{name}.py").write_text(program)

    output = checked(["pyright", "--pythonpath", sys.executable], tmp_path)

    for name, (_, word) in WRONG.items():
        assert any(f"wrong_{name}.py" in line and word in line for line in output.splitlines()), output
