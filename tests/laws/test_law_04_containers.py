"""Law 4, hostile, for containers: any bytes in an archive or a recording give findings, and nothing is raised."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bevparse import Limits
from bevparse.cli import main
from bevparse.problems.rules import RULES
from bevparse.validate import Settings, iter_checked

from ..container_samples import COMPRESSIONS, VALID, tarred, zipped
from ..paths import FIXTURES
from .hostile import mutated

_LARGEST = 60_000
_FOUND = [*sorted((FIXTURES / "containers").iterdir()), *sorted((FIXTURES / "recordings").iterdir())]
_SEEDS = {path.name: path.read_bytes() for path in _FOUND if path.stat().st_size <= _LARGEST}
_CODES = {0, 1, 3, 4}
_RANDOM = st.randoms(use_true_random=False)


def damaged(random: Random) -> tuple[str, bytes]:
    """Return the name and the bytes of a damaged container, possibly in another one or compressed after the damage."""
    name = random.choice(list(_SEEDS))
    data = mutated(random, [_SEEDS[name]] if random.random() < 0.8 else list(_SEEDS.values()))
    if random.random() < 0.1:
        name = f"x{Path(random.choice(list(_SEEDS))).suffix}"
    match random.randint(0, 9):
        case 0 | 1:
            kind = random.choice(list(COMPRESSIONS))
            return f"{name}.{kind}", COMPRESSIONS[kind](data)
        case 2:
            return "x.zip", zipped({name: data, "a.json": VALID})
        case 3:
            return "x.tar", tarred({name: data, "a.json": VALID})
        case _:
            return name, data


def run(*arguments: str) -> tuple[int, str]:
    """Run a command, and return its exit code and what it prints."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        code = main(list(arguments))
    return code, shown.getvalue()


@given(random=_RANDOM)
def test_damaged_container_gives_findings_and_nothing_is_raised(random: Random) -> None:
    name, data = damaged(random)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)

        found = list(iter_checked([str(path)], Settings(limits=Limits(archive_nesting=2))))

        assert all(problem.code in RULES and problem.message for one in found for problem in one.problems)


@given(random=_RANDOM)
def test_commands_end_with_a_documented_code_for_a_damaged_container(random: Random) -> None:
    name, data = damaged(random)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        written = ["-o", f"{folder}/o", "--rejects", f"{folder}/r", "--no-config"]

        ran = [
            run("validate", str(path), "--no-cache", "--no-config", "--jobs", "1", "--output-format", "concise"),
            run("stats", str(path), "--no-config", "--jobs", "1"),
            run("convert", str(path), "--to", "jsonl", *written),
            run("redact", str(path), "-o", f"{folder}/redacted"),
        ]

        assert [(code, shown) for code, shown in ran if code not in _CODES or "Traceback" in shown] == []
