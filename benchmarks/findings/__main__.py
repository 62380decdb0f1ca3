"""Compare bevparse with other validators and write docs/findings.md: `python -m benchmarks.findings`."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bevparse import __version__

from . import contest, page
from .bodies import BODIES, ROOT
from .installed import Tools


def main() -> int:
    """Install the other validators temporarily, run all of them, and write the page."""
    with TemporaryDirectory(prefix="bevparse-findings-") as name:
        tools = Tools(Path(name))
        print("installing Spectral, check-jsonschema and frictionless", flush=True)
        tools.install()
        versions = {"bevparse": __version__, **tools.versions(), "Python": platform.python_version()}
        print(f"validating {len(BODIES)} bodies", flush=True)
        answers = contest.hold(tools, Path(name))
    written = page.written(versions, answers)
    (ROOT / "docs" / "findings.md").write_text(written, "utf-8", newline="\n")
    print("\n".join(page.totals(answers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
