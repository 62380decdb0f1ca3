"""Measure `bevparse validate` on many files: `python -m benchmarks.scale [--files N] [--bytes N] [--keep FOLDER]`.

Validates ten thousand small files and a gigabyte of large files with one job, two jobs, and a cache. Prints the time,
the memory of all processes, and the time to the first finding.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

import bevparse

from .payloads import framed
from .records import rows
from .sizes import FORMATS

__all__ = ["main"]

_FOLDERS: Final = 100
_LARGE_ROWS: Final = 50_000
_FAULTY: Final = b'{"response":[{"id":"x"}]}'
_EVERY: Final = 0.02
"""Seconds between two measurements of memory."""


class _Run(NamedTuple):
    name: str
    seconds: float
    first: float | None
    """Seconds to the first line of output."""
    memory: int
    """Peak memory of all processes together, in bytes."""
    last: str


def main() -> int:
    """Write the files, measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="number of small files (default: %(default)s)")
    parser.add_argument("--bytes", type=int, default=2**30, help="total size of the large files (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="write the files to this folder, or use those already in it")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        top = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bevparse-scale-")))
        if not (top / "dumps").exists():
            _make(top / "dumps", options.files, options.bytes)
        for run in _runs(top):
            first = "" if run.first is None else f"{run.first:6.2f} s to the first finding, "
            print(f"{run.name:22} {run.seconds:6.2f} s, {first}{run.memory / 1e6:4.0f} MB; {run.last}", flush=True)
    return 0


def _make(folder: Path, files: int, size: int) -> None:
    small = {format: bevparse.dump(_status(), format=format) for format in FORMATS}
    for index in range(_FOLDERS):
        (folder / f"{index:03}").mkdir(parents=True)
    (folder / "000" / "0-faulty.json").write_bytes(_FAULTY)
    for index in range(files):
        format = FORMATS[index % len(FORMATS)]
        (folder / f"{index % _FOLDERS:03}" / f"status-{index}.{format}").write_bytes(small[format])
    left, index = size, 0
    while left > 0:
        format = FORMATS[index % len(FORMATS)]
        path = folder / f"{index % _FOLDERS:03}" / f"large.{format}"
        with path.open("wb") as file:
            file.writelines(framed(rows(_LARGE_ROWS, index), format))
        left -= path.stat().st_size
        index += 1


def _status() -> bevparse.StatusResponse:
    return bevparse.parse(Path("fixtures/status/documented.json").read_bytes(), bevparse.StatusResponse)


def _runs(top: Path) -> Iterator[_Run]:
    cache = ("--cache-dir", str(top / f"cache-{os.getpid()}"))
    yield _run("one job", top, "--jobs", "1", "--no-cache")
    yield _run("two jobs", top, "--jobs", "2", "--no-cache")
    yield _run("two jobs, empty cache", top, "--jobs", "2", *cache)
    yield _run("two jobs, full cache", top, "--jobs", "2", *cache)


def _run(name: str, top: Path, *options: str) -> _Run:
    command = [sys.executable, "-m", "bevparse", "validate", "--no-config", *options, "dumps"]
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=top, env=environment, stdout=subprocess.PIPE, text=True)
    peak = _Peak(process.pid)
    output = cast("IO[str]", process.stdout)
    lines = [next(output, "")]
    first = time.perf_counter() - start
    lines += output
    process.wait()
    seconds = time.perf_counter() - start
    return _Run(name, seconds, first if len(lines) > 1 else None, peak.end(), lines[-1].strip())


class _Peak:
    """Samples the total memory of a process and its children."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            self._most = max(self._most, sum(map(_memory, _family(self._process))))

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most


def _family(process: int) -> list[int]:
    """Return the ids of a process and its children, as Linux reports them."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [process, *(one for child in children for one in _family(int(child)))]
    return [process]


def _memory(process: int) -> int:
    """Return the proportional set size of a process, in bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
