"""Every engine writes the report of one process, and a body that kills each worker which reads it is one finding."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeAlias, TypeVar

import dask
import pytest
from distributed import LocalCluster
from distributed.utils import get_mp_context
from loky import ProcessPoolExecutor as LokyExecutor
from loky import get_reusable_executor

from bevparse.cli import main
from bevparse.distributed.dask import DaskExecutor
from bevparse.validate import Report, SavedRun, Settings, merged, validate

from ..object_store import Bucket
from ..paths import FIXTURES, ROOT
from ..ready_pool import ReadyPool

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("registry_restored")]  # warnings of Dask

P = ParamSpec("P")
T = TypeVar("T")
Findings: TypeAlias = list[tuple[str, str, str]]
POISON = "BEV405-kills.json"
KILL_ONCE = ("BEV404-kills-once.json", "BEV407-kills-once.json")
PLUG_IN = "tests.killing_format"
SETTINGS = Settings(plugins=(PLUG_IN,))
SHARDS = range(1, 5)
SAVED_RUN = f"""
from bevparse import formats
from bevparse.validate import SavedRun, Settings, validate
formats.load(["{PLUG_IN}"])
validate("dumps", Settings(plugins=("{PLUG_IN}",)), saved=SavedRun("killed.bev", every=0))
"""


class LokyAgain(Executor):
    """Takes a new pool of loky if a process has died."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = get_reusable_executor(max_workers=2).submit(call, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        get_reusable_executor(max_workers=2).shutdown(wait)


BREAKING: dict[str, Callable[[], Executor]] = {
    "spawned processes": partial(ProcessPoolExecutor, 2, get_context("spawn")),
    "loky": partial(LokyExecutor, 2),
}
"""Pools that take no more work if a process has died."""
GOING_ON: dict[str, Callable[[], Executor]] = {
    "processes of bevparse": partial(ReadyPool, 2),
    "loky, started again": LokyAgain,
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Executor]]:
    """Two worker processes, which are started again when they die. Their current folder is not that of the tests."""
    with dask.config.set(
        {
            "temporary-directory": str(tmp_path_factory.mktemp("dask")),
            "distributed.scheduler.allowed-failures": 1,
            "distributed.comm.timeouts.connect": "3s",  # is waited for if the worker with a result has just died
            "distributed.deploy.lost-worker-timeout": "1h",  # a worker that is away then is not started again
            "distributed.worker.multiprocessing-method": "forkserver",
        }
    ):
        get_mp_context().set_forkserver_preload(["distributed.nanny", "bevparse.validate"])
        with LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=0,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        ) as opened:
            yield partial(DaskExecutor, opened.scheduler_address)


@pytest.fixture(autouse=True)
def dumps(folder: Path) -> Path:
    """Bodies that contradict each other, an archive, and two bodies that kill the first worker that reads them."""
    (folder / "bevparse.toml").write_text(f'plugins = ["{PLUG_IN}"]')
    top = shutil.copytree(FIXTURES / "inconsistent", folder / "dumps")
    shutil.copy(FIXTURES / "containers" / "export.zip", top)
    for name in KILL_ONCE:
        (top / name).write_text(f"kill {os.getpid()} {folder / f'killed-{name}'}")
    return top


def killers() -> list[Path]:
    """Return the files that exist once a body has killed a worker."""
    return [Path(f"killed-{name}") for name in KILL_ONCE]


def written_by(*command: str) -> bytes:
    assert main([*command, "--output-format", "json=report.json"]) == 1
    return Path("report.json").read_bytes()


def by_executor(open_executor: Callable[[], Executor]) -> bytes:
    with open_executor() as executor:
        validate("dumps", SETTINGS, executor=executor, saved=SavedRun("run.bev"))
    report = written_by("report", "run.bev")
    Path("run.bev").unlink()
    return report


def by_shards() -> bytes:
    shards = [SavedRun(f"{number}.bev", shard=number, shards=len(SHARDS)) for number in SHARDS]
    for shard in shards:
        validate("dumps", SETTINGS, saved=shard)
    return written_by("report", *(str(shard.path) for shard in shards))


def by_killed_runs() -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    codes = [subprocess.run([sys.executable, "-c", SAVED_RUN], env=environment, check=False).returncode for _ in "123"]
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    return written_by("report", "killed.bev")


def by_store(bucket: Bucket) -> bytes:
    bucket.objects = {f"dumps/{path.name}": path.read_bytes() for path in Path("dumps").iterdir()}
    return written_by("validate", "s3://bucket/dumps", "--no-cache", "--jobs", "1").replace(b"s3://bucket/", b"")


def test_every_engine_writes_the_same_report(cluster: Callable[[], Executor], bucket: Bucket) -> None:
    killed = {
        "Dask": partial(by_executor, cluster),
        **{name: partial(by_executor, open_executor) for name, open_executor in GOING_ON.items()},
        "a saved run, killed twice": by_killed_runs,
    }
    others = {
        "one process": partial(written_by, "validate", "dumps", "--no-cache", "--jobs", "1"),
        "--jobs 2": partial(written_by, "validate", "dumps", "--no-cache", "--jobs", "2"),
        "threads": partial(by_executor, partial(ThreadPoolExecutor, 2)),
        **{name: partial(by_executor, open_executor) for name, open_executor in BREAKING.items()},
        "four shards": by_shards,
        "a store": partial(by_store, bucket),
    }
    digests = {}
    for name, write in {**killed, **others}.items():
        for marker in killers() if name in killed else ():
            marker.unlink(missing_ok=True)
        digests[name] = sha256(write()).hexdigest()
        assert all(marker.exists() for marker in killers()), name
        print(digests[name], name)

    assert set(digests.values()) == {digests["one process"]}


def findings_of(report: Report) -> Findings:
    """Return the source, the code and the pointer of each finding."""
    return [
        (checked.source.removeprefix("s3://bucket/"), problem.code, problem.pointer)
        for checked in report.findings
        for problem in checked.problems
    ]


@pytest.fixture
def expected(dumps: Path) -> Findings:
    """Put in a body that kills each worker, and return what is to be found."""
    for marker in killers():
        marker.touch()
    found = findings_of(validate("dumps", SETTINGS))
    (dumps / POISON).write_text(f"kill {os.getpid()}")
    place = next(place for place, (source, *_) in enumerate(found) if source > f"dumps/{POISON}")
    return [*found[:place], (f"dumps/{POISON}", "BEV014", ""), *found[place:]]


@pytest.mark.parametrize("name", [*GOING_ON, "Dask"])
def test_body_that_kills_its_worker_is_one_finding(
    cluster: Callable[[], Executor], name: str, expected: Findings
) -> None:
    with {**GOING_ON, "Dask": cluster}[name]() as executor:
        report = validate("dumps", SETTINGS, executor=executor)

    assert findings_of(report) == expected


def test_body_that_kills_its_worker_is_one_finding_of_all_shards(expected: Findings) -> None:
    with ReadyPool(2) as executor:
        for number in SHARDS:
            saved = SavedRun(f"{number}.bev", shard=number, shards=len(SHARDS))
            validate("dumps", SETTINGS, executor=executor, saved=saved)

    assert findings_of(merged([f"{number}.bev" for number in SHARDS])) == expected


def test_object_that_kills_its_worker_is_one_finding(bucket: Bucket, expected: Findings) -> None:
    bucket.objects = {f"dumps/{path.name}": path.read_bytes() for path in Path("dumps").iterdir()}

    with ReadyPool(2) as executor:
        report = validate("s3://bucket/dumps", SETTINGS, executor=executor)

    assert findings_of(report) == expected


@pytest.mark.parametrize("name", BREAKING)
@pytest.mark.usefixtures("expected")
def test_pool_that_does_not_survive_a_crash_is_an_error_that_names_one_that_does(name: str) -> None:
    with BREAKING[name]() as executor, pytest.raises(BrokenExecutor, match=r"such as bevparse\.validate\.WorkerPool"):
        validate("dumps", SETTINGS, executor=executor)


def test_workers_that_cannot_import_a_plug_in_are_an_error(
    cluster: Callable[[], DaskExecutor], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "only_here.py").write_text((ROOT / "tests" / "killing_format.py").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])

    with cluster() as executor, pytest.raises(ImportError, match="only_here"):
        validate("dumps", Settings(plugins=("only_here",)), executor=executor)
