"""The data source in Spark: `python -m tests.spark`.

It needs Java 17 or later, such as Debian's package `default-jre-headless`. Spark is installed into a temporary folder,
where it takes 700 MB: it cannot be in one environment with pyspark-client, which the other tests need.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..paths import ROOT, scripts_of

UV = Path(sys.executable).with_name("uv")
PACKAGES = (".[all,spark]", "pytest>=9")
CHECKS = Path(__file__).with_name("session.py")


def run(*command: str | Path, **environment: str) -> int:
    """Return the exit code of a command."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def main(arguments: list[str]) -> int:
    """Install Spark in a new environment, and return the exit code of pytest there."""
    if not shutil.which("java"):
        print("expected Java: apt-get install default-jre-headless", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bevparse-spark-") as folder:
        python = scripts_of(Path(folder)) / "python"
        pytest = (python, "-m", "pytest", "-o", "filterwarnings=default", CHECKS, *arguments)
        return (
            run(UV, "venv", "--quiet", "--python", sys.executable, folder)
            or run(UV, "pip", "install", "--quiet", "--python", python, "--editable", *PACKAGES)
            or run(*pytest, PYSPARK_PYTHON=str(python), SPARK_LOCAL_IP="127.0.0.1")
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
