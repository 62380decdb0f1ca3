"""What a command imports, which is most of the time of a short run, and the garbage collector of its process."""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from bevparse.cli import main

from ..paths import ROOT
from .streams import ActingOutput

BODY = ROOT / "fixtures" / "status" / "documented.json"
CLI = {
    "bevparse",
    "bevparse.__main__",
    "bevparse.cli",
    "bevparse.cli.exit_codes",
    "bevparse.cli.remarks",
    "bevparse.garbage",
}


def imported(*arguments: str) -> set[str]:
    """Return the modules that a run of the command imports."""
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from bevparse.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        "sys.stderr.write(repr(sorted(set(sys.modules) - before)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(ran.stderr))


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_only_the_command_line(option: str) -> None:
    found = imported(option)

    assert {name for name in found if name.startswith("bevparse")} == CLI
    assert {"pydantic", "msgspec", "dataclasses", "inspect"} & found == set()


def test_validating_a_file_imports_no_process_and_one_renderer(folder: Path) -> None:
    found = imported("validate", "--jobs", "2", str(BODY))

    modules = ("bevparse.validate.renderers.", "bevparse.cli.")
    renderers = {name.removeprefix(modules[0]) for name in found if name.startswith(modules[0])}
    assert renderers == {"file_counts", "numbers", "phrases", "terminal"}
    assert {"multiprocessing", "concurrent.futures.process", "html", "rich", "lxml"} & found == set()
    assert {name for name in found if name.startswith(modules[1])} & {"convert", "diff", "redact", "stats"} == set()


def test_command_settles_the_collector_and_restores_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[tuple[int, int]] = []
    output = ActingOutput(lambda: states.append((gc.get_threshold()[0], gc.get_freeze_count())))
    monkeypatch.setattr(sys, "stdout", output)
    before = gc.get_threshold()

    assert main(["rule", "BEV203"]) == 0

    assert states[0] > (before[0], 0)
    assert states[0][1] > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
