"""Runs that are killed at random moments: `python -m tests.hostile.kills --kills 160 --seed 1`.

Each run writes over files of an earlier run, and is killed with SIGKILL. After that, every file must be as before the
run or as after a complete one, and the same run again must succeed. Exits with 1 and the first fault if not.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

__all__ = ["RUNS", "FaultError", "kill_all"]

_KEY: Final = "at_" + "0123456789ABCDEFGHIJabcdefghi"
_RECORDS: Final = 20_000
_NO_FINDINGS: Final = b'{"baseline":"bevparse","version":1,"findings":[]}'
RUNS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "convert": ("convert in --to csv -o out.csv --rejects rejects.log --no-config", ("out.csv", "rejects.log")),
    "convert, compressed": ("convert in --to json -o out.json.gz --rejects more.log --no-config", ("out.json.gz",)),
    "convert, workbook": ("convert in -o out.xlsx --rejects sheet.log --no-config", ("out.xlsx", "sheet.log")),
    "validate": (
        "validate in --cache-dir cache --jobs 2 --output-format jsonl=report.log --no-config",
        ("report.log",),
    ),
    "baseline": ("validate in --no-cache --baseline known.json --update-baseline --no-config", ("known.json",)),
    "redact": ("redact session.har --in-place", ("session.har",)),
}
"""Of each run its arguments, and the files that it writes."""


class FaultError(Exception):
    """A run that was killed left something that it must not leave."""


def _prepare() -> None:
    """Write the inputs, and the files that the runs replace, in the current folder."""
    Path("in").mkdir()
    records = [
        {"emailAddress": f"user{number}@mail.example", "result": "ok" if number % 1000 else 5, "smtpCheck": "1"}
        for number in range(_RECORDS)
    ]
    for part in range(4):
        Path(f"in/{part}.json").write_text(json.dumps({"response": records[part::4]}))
    for _, written in RUNS.values():
        for name in written:
            Path(name).write_bytes(_NO_FINDINGS if name == "known.json" else b"old\n")
    entry = {"request": {"method": "GET", "url": f"https://other.example/?apiKey={_KEY}"}, "response": {}}
    Path("session.har").write_text(json.dumps({"log": {"entries": [entry] * _RECORDS}}))


def _start(arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bevparse", *arguments.split()]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def _run(arguments: str) -> int:
    process = _start(arguments)
    _, shown = process.communicate()
    if process.returncode not in (0, 1) or b"Traceback" in shown:
        raise FaultError(f"{arguments} ended with {process.returncode}: {shown.decode()[-500:]}")
    return process.returncode


@dataclass(slots=True)
class _Run:
    """A run, what it does when it is not killed, and how often it was killed."""

    name: str
    arguments: str
    before: dict[str, bytes]
    code: int = 0
    seconds: float = 0.0
    after: dict[str, bytes] = field(default_factory=dict[str, bytes])
    killed: int = 0
    unchanged: int = 0

    @classmethod
    def of(cls, name: str) -> _Run:
        """Run it once, and note the result."""
        arguments, written = RUNS[name]
        run = cls(name, arguments, {file: Path(file).read_bytes() for file in written})
        begun = time.monotonic()
        run.code = _run(arguments)
        run.seconds = time.monotonic() - begun
        run.after = {file: Path(file).read_bytes() for file in written}
        return run

    def kill(self, moment: float) -> None:
        """Run it again, kill it at a moment of its time, and check the files.

        Raises:
            FaultError: a file is neither as before nor as after the run, or a later run fails.
        """
        for file, data in self.before.items():
            Path(file).write_bytes(data)
        process = _start(self.arguments)
        time.sleep(moment * self.seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            self.killed += 1
        process.communicate()
        for file, data in self.before.items():
            found = Path(file).read_bytes()
            if found not in (data, self.after[file]):
                raise FaultError(f"{file} is neither as before {self.name} nor as after it: {len(found)} bytes")
            self.unchanged += found == data
        code = _run(self.arguments)
        again = {file: Path(file).read_bytes() for file in self.before}
        if (code, again) != (self.code, self.after):
            raise FaultError(f"{self.name} ended with {code} after a run that was killed, or wrote something else")


def kill_all(kills: int, seed: int) -> list[str]:
    """Kill so many runs in the current folder, which is empty, and return the counts of each.

    Args:
        kills: their number.
        seed: chooses the runs and the moments.

    Raises:
        FaultError: a file is neither as before nor as after a complete run, or a later run fails.
    """
    _prepare()
    random = Random(seed)
    runs = [_Run.of(name) for name in RUNS]
    for _ in range(kills):
        random.choice(runs).kill(random.uniform(0, 1.1))
    return [f"{run.name}: {run.killed} killed, {run.unchanged} files as before" for run in runs]


def main() -> int:
    """Kill runs in a temporary folder, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=160, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            print(*kill_all(arguments.kills, arguments.seed), sep="\n")
        except FaultError as fault:
            print(fault, file=sys.stderr)
            return 1
        finally:
            os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
