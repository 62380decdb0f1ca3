"""Compare tables of records with those of other libraries: `python -m benchmarks.frames [--quick] [--check]`.

Each contestant reads the same body in processes of its own, after a small one. The times are those of the processor,
over all threads, and the memory is that of the whole process. Only bevparse reads booleans: the other libraries leave
the texts of the service.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, cast

from .jobs import WorkerError, command
from .payloads import framed
from .peers import frames
from .records import rows
from .worker import peak

__all__ = ["main"]

_SEED: Final = 20_240_229
_WARM: Final = 100
"""The records in the body that is read first, which triggers late imports."""


class _Measured(NamedTuple):
    records: int
    seconds: float
    """The least processor time."""
    memory: int
    """The peak memory of the process, in bytes."""
    size: int
    """The bytes of the file that was written; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class _Contest:
    title: str
    format: str
    records: int
    ours: str
    """The function of bevparse, in `benchmarks.peers.frames`."""
    slower: dict[str, float]
    """The others, each with how many times longer bevparse may take; 0 without a target."""
    memory: float | None = None
    """How many MB bevparse may take."""
    larger: tuple[str, float] | None = None
    """A contestant, and how many times larger the file of bevparse may be."""


def _contests(million: int, many: int, sheet: int) -> tuple[_Contest, ...]:
    parquet = {"duckdb_parquet": 0.4, "polars_parquet": 0.0}
    return (
        _Contest("to Parquet", "json", million, "convert_parquet", parquet, 300, ("polars_parquet", 1.1)),
        _Contest("to Arrow", "json", many, "records_arrow", {"parse_arrow": 0, "pyarrow_json": 2}),
        _Contest("to Arrow", "csv", many, "records_arrow", {"parse_arrow": 0, "pyarrow_csv": 2}),
        _Contest("to Arrow", "xml", many, "records_arrow", {"parse_arrow": 0, "pandas_xml": 0.3}),
        _Contest("to Excel", "json", sheet, "convert_xlsx", {"xlsxwriter_loop": 1.3}, 200),
    )


def main() -> int:
    """Compare, and print each figure; return 1 if `--check` is set and a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frames", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="compare a tenth of the records, and each only once")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    contests = _contests(100_000, 5_000, 10_000) if options.quick else _contests(1_000_000, 50_000, 100_000)
    kept = True
    for contest in contests:
        with tempfile.TemporaryDirectory(prefix="bevparse-frames-") as folder:
            try:
                found = _hold(contest, Path(folder), 1 if options.quick else 3)
            except WorkerError as error:
                print(error, file=sys.stderr)
                return 1
        print(f"{contest.records:,} records of {contest.format} {contest.title}")
        for name, one in found.items():
            file = f", file of {one.size / 1e6:.1f} MB" if one.size else ""
            print(f"  {name:16} {one.seconds:6.2f} s, {one.memory / 1e6:4.0f} MB{file}")
        for text, figure, most in _targets(contest, found):
            kept &= figure <= most
            print(f"  {text}: {figure:.2f}, at most {most:g}{'' if figure <= most else ' MISSED'}", flush=True)
    return 0 if kept or not options.check else 1


def _hold(contest: _Contest, folder: Path, rounds: int) -> dict[str, _Measured]:
    """Measure all contestants, in turns.

    Raises:
        WorkerError: a process failed, or read another number of records.
    """
    body = _write(folder, "body", contest.format, contest.records)
    warm = _write(folder, "warm", contest.format, _WARM)
    names = (contest.ours, *contest.slower)
    taken: dict[str, list[_Measured]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            printed = command(["-m", "benchmarks.frames", name, str(warm), str(body)])
            taken[name].append(_Measured(*json.loads(printed)))
            if taken[name][-1].records != contest.records:
                raise WorkerError(f"{name}: expected {contest.records} records, got {taken[name][-1].records}")
    return {name: min(some, key=lambda one: one.seconds) for name, some in taken.items()}


def _write(folder: Path, name: str, format: str, count: int) -> Path:
    path = folder / f"{name}.{format}"
    with path.open("wb") as file:
        file.writelines(framed(rows(count, _SEED), format))
    if format == "json":
        command(["-m", "bevparse", "convert", str(path), "--no-config", "-o", str(path.with_suffix(".jsonl"))])
    return path


def _targets(contest: _Contest, found: dict[str, _Measured]) -> Iterator[tuple[str, float, float]]:
    """Return the figures of bevparse that have a target, each with its bound."""
    ours = found[contest.ours]
    for name, most in contest.slower.items():
        if most:
            yield f"time / {name}", ours.seconds / found[name].seconds, most
    if contest.memory:
        yield "memory in MB", ours.memory / 1e6, contest.memory
    if contest.larger:
        name, most = contest.larger
        yield f"file / {name}", ours.size / found[name].size, most


def _measure(name: str, warm: Path, body: Path) -> _Measured:
    call = getattr(frames, name)
    call(warm)
    begun = time.process_time()
    records = call(body)
    seconds = time.process_time() - begun
    written = frames.written_by(name, body)
    return _Measured(cast(int, records), seconds, peak(), written.stat().st_size if written.exists() else 0)


if __name__ == "__main__":
    if len(sys.argv) == 4 and not sys.argv[1].startswith("-"):
        print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
    else:
        sys.exit(main())
