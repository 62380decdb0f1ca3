"""Too little memory: the body is named, and the others are checked."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

RECORD = {"emailAddress": "ann@mail.example", "error": "Invalid format"}
COUNT = 800_000
URL = "https://emailverification.whoisxmlapi.com/api/bevService/request/failed"
MORE = 60 * 2**20
SMALL = '{"response":[]}'


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a large body by each file name."""
    records = [RECORD] * COUNT
    text = json.dumps({"response": records}, separators=(",", ":"))
    xml = "<item><emailAddress>a</emailAddress><error>x</error></item>" * COUNT
    archive = tmp_path_factory.mktemp("archive") / "large.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("large.json", text)
    entries = [{"request": {"url": URL}, "response": {"content": {"text": body}}} for body in (text, SMALL)]
    return {
        "large.json": text.encode(),
        "large.xml": f"<xml><response>{xml}</response></xml>".encode(),
        "large.csv": b"Email Address,Error\n" + b"ann@mail.example,x\n" * COUNT * 2,
        "large.zip": archive.read_bytes(),
        "large.har": json.dumps({"log": {"entries": entries}}).encode(),
    }


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with about 60 MB more than an interpreter needs."""
    script = (
        "import resource, sys, bevparse.validate, bevparse.cli.validate, bevparse.cli.diff\n"
        "from bevparse.cli import main\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (used + {MORE}, used + {MORE}))\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
@pytest.mark.parametrize("name", ["large.json", "large.xml", "large.csv", "large.zip", "large.har"])
def test_body_that_needs_too_much_memory_is_reported_and_the_others_are_checked(
    tmp_path: Path, bodies: dict[str, bytes], name: str
) -> None:
    (tmp_path / name).write_bytes(bodies[name])
    for other in ("a.json", "z.json"):
        (tmp_path / other).write_text('{"response":{"id":5}}')

    ran = run(tmp_path, "validate", ".", "--no-cache", "--jobs", "1", "--output-format", "json")

    report = json.loads(ran.stdout)
    found = [
        (body["file"], body["outcome"], body["problems"][0]["code"]) for body in report["bodies"] if body["problems"]
    ]
    assert (ran.returncode, ran.stderr) == (3, "")
    assert found == [(f"./{name}", "unreadable", "BEV001")]
    assert report["summary"]["bodies"] >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
def test_run_without_memory_for_processes_checks_all_bodies(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"{number}.json").write_text('{"response":{"id":5}}')
    script = (
        "import resource, threading\n"
        "from bevparse.validate import Settings, validate\n"
        "from bevparse.validate.pool import WorkerPool\n"
        "threading.stack_size(2**28)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))\n"
        "with WorkerPool(2, worth_it=-1) as executor:\n"
        "    print(validate('.', Settings(), executor=executor).summary.valid)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", "500\n")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
def test_diff_without_enough_memory_ends_with_3(tmp_path: Path, bodies: dict[str, bytes]) -> None:
    (tmp_path / "large.json").write_bytes(bodies["large.json"])

    ran = run(tmp_path, "diff", "large.json", "large.json")

    assert ran.returncode == 3
    assert "not enough memory" in ran.stderr
