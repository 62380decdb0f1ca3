"""The HTML report in headless Chromium: `python -m tests.browser [--screenshots FOLDER]`.

It needs Node.js and npm, and a Chromium: Debian's package `chromium`, or what the variable CHROMIUM names. The packages
playwright-core and axe-core are installed into a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .reports import REPORTS

PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Write the reports, open them, and try everything that can be done with them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="also take pictures, to be looked at")
    screenshots = parser.parse_args().screenshots
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (chromium and node and npm):
        print("expected Chromium, Node.js and npm: apt-get install chromium nodejs npm", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bevparse-browser-") as folder:
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *PACKAGES]
        subprocess.run(install, check=True)
        for name, report in REPORTS.items():
            Path(folder, f"{name}.html").write_text(report(), "ascii")
        environment = {**os.environ, "CHROMIUM": chromium, "REPORTS": folder}
        if screenshots:
            screenshots.mkdir(parents=True, exist_ok=True)
            environment["SCREENSHOTS"] = str(screenshots.resolve())
        script = str(Path(__file__).with_name("report.test.mjs"))
        command = [node, "--test", "--test-timeout=600000", "--test-reporter=spec", script]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
