"""Test the wheel as users install it: `python -m tests.wheel [FOLDER] [OPTION...]`.

It installs the wheel of a folder, or a new one, in a new environment, and runs the tests of the source distribution
there, without the package next to them. Options go to pytest: `python -m tests.wheel dist tests/cli -x`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from .paths import ROOT, scripts_of

ARGUMENTS = ("-n", "logical", "--dist", "worksteal", "tests")


def run(*command: str | Path, folder: Path = ROOT) -> int:
    """Return the exit code of a command."""
    return subprocess.run(command, cwd=folder, check=False).returncode


def only(folder: Path, pattern: str) -> Path:
    """Return the only file in a folder that matches a pattern."""
    (found,) = folder.resolve().glob(pattern)
    return found


def unpack(distribution: Path, folder: Path) -> Path:
    """Unpack a source distribution without its packages, and return its folder."""
    with tarfile.open(distribution) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / distribution.name.removesuffix(".tar.gz")
    for package in ("bevparse", "pyspark_bev"):
        shutil.rmtree(unpacked / package)
    return unpacked


def main(arguments: list[str]) -> int:
    """Return the exit code of pytest, or of the first command that fails before it."""
    built = Path(arguments[0]).resolve() if arguments and not arguments[0].startswith(("-", "tests")) else None
    options = arguments[1:] if built else arguments
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        scripts = scripts_of(folder / "environment")
        if built is None:
            built = folder / "dist"
            if code := run(sys.executable, "-m", "build", "--outdir", built):
                return code
        unpacked = unpack(only(built, "*.tar.gz"), folder)
        wheel = f"{only(built, '*.whl')}[test]"
        return (
            run(sys.executable, "-m", "venv", folder / "environment")
            or run(scripts / "python", "-m", "pip", "install", "--quiet", wheel)
            or run(scripts / "python", "-m", "pytest", *(options or ARGUMENTS), folder=unpacked)
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
