"""The HTML report in headless Chromium and Firefox: `python -m tests.browser`.

It needs Node.js, npm, and both browsers: Debian's packages `chromium` and `firefox-esr`, or what the variables CHROMIUM
and FIREFOX name. The packages puppeteer-core and axe-core are installed into a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .reports import REPORTS, picture

PACKAGES = ("puppeteer-core@24.43.1", "axe-core@4.14.1")
BROWSERS = {
    "CHROMIUM": ("chromium", "chromium-browser", "google-chrome"),
    "FIREFOX": ("firefox-esr", "firefox"),
}


def main() -> int:
    """Write the reports, open them, and try everything that can be done with them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="also take pictures, to be looked at")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="only take the picture for the README, as PNG")
    arguments = parser.parse_args()
    found = {name: os.environ.get(name) or _which(commands) for name, commands in BROWSERS.items()}
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (all(found.values()) and node and npm):
        print("expected Chromium, Firefox, Node.js and npm: apt-get install chromium firefox-esr npm", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bevparse-browser-") as folder:
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *PACKAGES]
        subprocess.run(install, check=True)
        environment = {**os.environ, **found, "REPORTS": folder}
        here = Path(__file__).parent
        if arguments.picture:
            Path(folder, "picture.html").write_text(picture(), "ascii")
            target = str(arguments.picture.resolve())
            return subprocess.run([node, str(here / "picture.mjs"), target], env=environment, check=False).returncode
        for name, report in REPORTS.items():
            Path(folder, f"{name}.html").write_text(report(), "ascii")
        if arguments.screenshots:
            arguments.screenshots.mkdir(parents=True, exist_ok=True)
            environment["SCREENSHOTS"] = str(arguments.screenshots.resolve())
        command = [node, "--test", "--test-timeout=600000", "--test-reporter=spec", str(here / "report.test.mjs")]
        return subprocess.run(command, env=environment, check=False).returncode


def _which(commands: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, commands)), None)


if __name__ == "__main__":
    sys.exit(main())
