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
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from ..paths import ROOT
from .reports import REPORTS, picture

PACKAGES = ("puppeteer-core@24.43.1", "axe-core@4.14.1")
PICTURE = ROOT / "docs/report.png"
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
    parser.add_argument("--picture", action="store_true", help="only take the picture for the README again")
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
            subprocess.run([node, str(here / "picture.mjs"), str(PICTURE)], env=environment, check=True)
            PICTURE.write_bytes(marked(PICTURE.read_bytes(), picture()))
            return 0
        for name, report in REPORTS.items():
            Path(folder, f"{name}.html").write_text(report(), "ascii")
        if arguments.screenshots:
            arguments.screenshots.mkdir(parents=True, exist_ok=True)
            environment["SCREENSHOTS"] = str(arguments.screenshots.resolve())
        command = [node, "--test", "--test-timeout=3600000", "--test-reporter=spec", str(here / "report.test.mjs")]
        failed = subprocess.run(command, env=environment, check=False).returncode
    if mark_of(picture()) not in PICTURE.read_bytes():
        print("docs/report.png shows another report: python -m tests.browser --picture", file=sys.stderr)
        failed = 1
    return failed


def mark_of(page: str) -> bytes:
    """Return what a picture contains if it shows this page."""
    return b"report\0" + sha256(page.encode()).hexdigest().encode()


def marked(png: bytes, page: str) -> bytes:
    """Return a PNG with the mark of its page, as a text before the last chunk."""
    text = b"tEXt" + mark_of(page)
    chunk = (len(text) - 4).to_bytes(4) + text + crc32(text).to_bytes(4)
    return png[:-12] + chunk + png[-12:]


def _which(commands: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, commands)), None)


if __name__ == "__main__":
    sys.exit(main())
