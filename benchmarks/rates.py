"""Measure what `docs/scale.md` computes with: `python -m benchmarks.rates [--files N]`.

Prints the processor time of one core for large and small bodies, archives and compressed files, the time to list files,
and the memory of what a run keeps for each file, request and finding. The times are the least of three rounds.
"""

from __future__ import annotations

import argparse
import gzip
import io
import pickle
import sys
import tarfile
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import bevparse
from bevparse.problems import Problem
from bevparse.problems.rules import BAD_CHECK
from bevparse.sources import ANYTHING, Source, find_files
from bevparse.validate import Checked, Facts, Settings, WorkerPool, validate
from bevparse.validate.checks import check

from .payloads import framed
from .records import rows
from .sizes import FORMATS, MANY

__all__ = ["main"]

_ROUNDS: Final = 3
_LISTED: Final = 100_000
_FOLDERS: Final = 100
_KEPT: Final = 1_000
"""The number of requests and findings whose memory is measured."""


def main() -> int:
    """Write the files, measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rates", description=__doc__)
    parser.add_argument("--files", type=int, default=3_000, help="number of small files (default: %(default)s)")
    files = parser.parse_args().files
    for name, figures in _measured(files):
        print(f"{name:32} {figures}", flush=True)
    return 0


def _measured(files: int) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="bevparse-rates-") as temporary:
        top = Path(temporary)
        for format in FORMATS:
            yield _rate(_large(top / format, format), MANY)
        yield _rate(_gzipped(top / "gzip"), MANY)
        for format in FORMATS:
            yield _rate(_small(top / f"small {format}", format, files), files)
        yield _rate(_zipped(top / "zip", files), files)
        yield _rate(_tarred(top / "tar", files), files)
        yield "coordinator", _coordination(top / "small json", files)
        yield "list files", _listing(top / "listed")
    yield "a listed file", f"{_memory(_sources):6.0f} B"
    yield "a listed file, pickled", f"{_pickled():6.0f} B"
    yield "facts of a request", f"{_memory(_facts):6.0f} B"
    yield "a finding", f"{_memory(_findings):6.0f} B"


def _large(folder: Path, format: str) -> Path:
    folder.mkdir()
    with (folder / f"completed-5.{format}").open("wb") as file:
        file.writelines(framed(rows(MANY, 1), format))
    return folder


def _gzipped(folder: Path) -> Path:
    folder.mkdir()
    body = b"".join(framed(rows(MANY, 1), "json"))
    (folder / "completed-5.json.gz").write_bytes(gzip.compress(body, 6))
    return folder


def _small(folder: Path, format: str, files: int) -> Path:
    folder.mkdir()
    for index in range(files):
        (folder / f"status-{index}.{format}").write_bytes(_body(format))
    return folder


def _body(format: str) -> bytes:
    """Return a status of three requests."""
    status = bevparse.parse_file("fixtures/status/documented.json", bevparse.StatusResponse)
    return bevparse.dump(status, format=format)


def _zipped(folder: Path, files: int) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(folder / "dump.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(files):
            archive.writestr(f"status-{index}.json", _body("json"))
    return folder


def _tarred(folder: Path, files: int) -> Path:
    folder.mkdir()
    with tarfile.open(folder / "dump.tar.gz", "w:gz", compresslevel=6) as archive:
        for index in range(files):
            member = tarfile.TarInfo(f"status-{index}.json")
            member.size = len(_body("json"))
            archive.addfile(member, io.BytesIO(_body("json")))
    return folder


def _rate(folder: Path, items: int) -> tuple[str, str]:
    """Return the name of a folder, and the rates at which its files are validated."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    seconds = _least(lambda: validate(folder))
    return (
        folder.name,
        f"{size / seconds / 1e6:6.1f} MB/s, {items / seconds:8,.0f} {_unit(items)}/s, {size / 1e6:.1f} MB",
    )


def _unit(items: int) -> str:
    return "records" if items == MANY else "bodies"


def _least(act: Callable[[], object]) -> float:
    """Return the least processor time."""

    def timed() -> float:
        start = time.process_time()
        act()
        return time.process_time() - start

    return min(timed() for _ in range(_ROUNDS))


def _coordination(folder: Path, files: int) -> str:
    """Return at what rate this process hands out small bodies to others and takes their results."""
    with WorkerPool(2) as pool:
        seconds = _least(lambda: validate(folder, executor=pool))
    return f"{files / seconds:8,.0f} bodies/s"


def _listing(folder: Path) -> str:
    for index in range(_FOLDERS):
        (folder / f"{index:02}").mkdir(parents=True)
    for index in range(_LISTED):
        (folder / f"{index % _FOLDERS:02}" / f"status-{index}.json").touch()
    seconds = _least(lambda: sum(1 for _ in find_files([str(folder)], ANYTHING)))
    return f"{_LISTED / seconds:8,.0f} files/s"


def _sources() -> list[Source]:
    return [Source(f"/mnt/dumps/2026-11/completed-{index}.json", size=index) for index in range(_KEPT)]


def _pickled() -> float:
    return len(pickle.dumps(_sources())) / _KEPT


def _facts() -> Facts:
    """Return what is kept of requests with a status that was not ready, one that was, and the records."""
    facts, settings = Facts(), Settings(cross=True)
    record = b'{"emailAddress":"ann@mail.example","formatCheck":"true"}'
    for index in range(_KEPT):
        status = b'{"response":[{"id":%d,"date_start":"1528204702","total_emails":1,"ready":%d}]}'
        bodies = {f"status-{ready}": status % (index, ready) for ready in (0, 1)}
        bodies["completed"] = b'{"response":[' + record + b"]}"
        for name, body in bodies.items():
            path = f"/mnt/dumps/2026-11/{index}/{name}.json"
            for checked in check(Source(path, data=body, size=len(body)), settings):
                facts.add(checked.facts)
    return facts


def _findings() -> list[Checked]:
    message = "expected true, false or null, got 'maybe'"
    return [
        Checked(
            f"/mnt/dumps/2026-11/completed-{index}.json",
            problems=(Problem.of(BAD_CHECK, message, f"/response/{index}/smtpCheck", index, 70),),
        )
        for index in range(_KEPT)
    ]


def _memory(make: Callable[[], object]) -> float:
    """Return the bytes of what is made, for each item."""
    make()  # what is imported and cached is not counted
    tracemalloc.start()
    made = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return size / _KEPT


if __name__ == "__main__":
    sys.exit(main())
