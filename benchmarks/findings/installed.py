"""The other tools, installed in a separate folder."""

from __future__ import annotations

import json
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["Tools", "run"]

_PYTHON_PACKAGES: Final = ("check-jsonschema", "frictionless[json]")
_NODE_PACKAGE: Final = "@stoplight/spectral-cli"


class Tools:
    """The tools in one folder, which the caller removes."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "venv" / "bin" / "python"
        self.check_jsonschema = self.python.with_name("check-jsonschema")
        self.spectral = folder / "node_modules" / ".bin" / "spectral"
        self._folder = folder

    def install(self) -> None:
        """Install the latest version of each tool."""
        venv.create(self.python.parent.parent, with_pip=True)
        pip = [str(self.python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, *_PYTHON_PACKAGES], check=True)
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(self._folder)]
        subprocess.run([*npm, _NODE_PACKAGE], check=True)

    def versions(self) -> dict[str, str]:
        """Return the version of each tool."""
        ask = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
        names = [name.partition("[")[0] for name in _PYTHON_PACKAGES]
        found = json.loads(run([str(self.python), "-c", ask, *names]).stdout)
        spectral = run([str(self.spectral), "--version"]).stdout.strip()
        return {"Spectral": spectral, **found, "Node.js": run(["node", "--version"]).stdout.strip().removeprefix("v")}


def run(words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a command, and return its output for any exit code."""
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=300)
