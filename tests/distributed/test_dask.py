"""A Dask cluster gives the report of one process, even if workers die; a cluster that cannot work is an error."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster
from distributed.utils import get_mp_context
from loky import ProcessPoolExecutor as LokyExecutor

from bevparse.cli import main
from bevparse.distributed.dask import ClusterError, DaskExecutor
from bevparse.validate import Report, Settings, WorkerPool, validate

from ..paths import ROOT

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("registry_restored")]  # warnings of Dask

POISON, KILLS_ONCE = "dumps/13.json", "dumps/25.json"
BODIES = (b'{"response":{"id":5}}', b'{"response":[{"id":"x"}]}', b"<xml><response><id>5</id></response></xml>", b"{")
SETTINGS = Settings(now=0, plugins=("tests.killing_format",))
open_cluster = partial(
    LocalCluster,
    threads_per_worker=1,
    protocol="tcp",
    host="127.0.0.1",
    dashboard_address=":0",
    silence_logs=logging.CRITICAL,
)
WITHOUT_BEVPARSE = """
import sys
import time
import zipfile
sys.modules["bevparse"] = None
from distributed import LocalCluster
from distributed.utils import get_mp_context
with LocalCluster(n_workers=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=":0") as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""
ENGINES: dict[str, Callable[[], Executor]] = {
    "threads": partial(ThreadPoolExecutor, 2),
    "processes of bevparse": partial(WorkerPool, 1, worth_it=-1.0),
    "spawned processes": partial(ProcessPoolExecutor, 1, get_context("spawn")),
    "loky": partial(LokyExecutor, 1),
}


@pytest.fixture(scope="module", autouse=True)
def _scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the files of workers in a folder of the tests."""
    with dask.config.set({"temporary-directory": str(tmp_path_factory.mktemp("dask"))}):
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two worker processes, which are started again when they die. Their current folder is not that of the tests."""
    quick = {"distributed.scheduler.allowed-failures": 1, "distributed.worker.multiprocessing-method": "forkserver"}
    with dask.config.set(quick):
        get_mp_context().set_forkserver_preload(["distributed.nanny", "bevparse.validate"])
        with open_cluster(n_workers=2, memory_limit=0) as opened:
            yield opened


@pytest.fixture
def dumps(folder: Path) -> Path:
    """Bodies, one of which kills the first worker that reads it."""
    (folder / "dumps").mkdir()
    for number in range(60):
        (folder / "dumps" / f"{number:02}.json").write_bytes(BODIES[number % len(BODIES)])
    (folder / KILLS_ONCE).write_text(f"kill {os.getpid()} {folder / 'killed'}")
    return folder


def check(executor: Executor | None) -> Report:
    return validate("dumps", SETTINGS, executor=executor)


def test_all_engines_give_the_same_report(cluster: LocalCluster, dumps: Path) -> None:
    expected = check(None)
    assert (expected.summary.bodies, len(expected.bodies)) == (60, 45)

    with DaskExecutor(cluster.scheduler_address) as dask_workers:
        assert check(dask_workers) == expected
    assert (dumps / "killed").exists()
    for name, open_engine in ENGINES.items():  # they need not survive it
        with open_engine() as engine:
            assert check(engine) == expected, name


def test_a_source_that_kills_its_worker_is_one_finding(cluster: LocalCluster, dumps: Path) -> None:
    (dumps / "killed").touch()
    expected = check(None)
    (dumps / POISON).write_text(f"kill {os.getpid()}")

    with DaskExecutor(cluster.scheduler_address) as executor:
        found = check(executor)

    (poisoned,) = [checked for checked in found.bodies if checked.file == POISON]
    assert (poisoned.outcome, [problem.code for problem in poisoned.problems]) == ("unreadable", ["BEV014"])
    rest = [[checked for checked in report.bodies if checked.file != POISON] for report in (found, expected)]
    assert rest[0] == rest[1]


def test_command_prints_nothing_but_its_output(
    cluster: LocalCluster, dumps: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "dumps", "--no-cache", "--jobs", "1"]) == 1
    expected = capfd.readouterr()

    assert main(["validate", "dumps", "--no-cache", "--dask", cluster.scheduler_address]) == 1
    assert capfd.readouterr() == (expected.out, "")


def test_workers_that_cannot_import_a_plug_in_are_an_error(
    cluster: LocalCluster, dumps: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (dumps / "only_here.py").write_text((ROOT / "tests" / "killing_format.py").read_text("utf-8"), "utf-8")
    (dumps / "bevparse.toml").write_text('plugins = ["only_here"]')
    monkeypatch.setattr(sys, "path", [str(dumps), *sys.path])

    assert main(["stats", "dumps", "--dask", cluster.scheduler_address]) == 3
    assert capfd.readouterr().err == "bevparse: a worker cannot import a plug-in: No module named 'only_here'\n"


def test_large_bodies_are_sent_without_a_warning(
    cluster: LocalCluster, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile("large.zip", "w") as archive:
        archive.writestr("status.json", b" " * 2**24 + BODIES[0])

    assert main(["validate", "large.zip", "--no-cache", "--dask", cluster.scheduler_address]) == 0
    assert capfd.readouterr().err == ""


def test_cluster_without_bevparse_is_an_error(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_BEVPARSE]
    environment = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdin
        assert process.stdout
        with pytest.raises(ClusterError, match=r"got .* \(tcp://.*\), .* \(the scheduler\)"):
            DaskExecutor(process.stdout.readline().strip())
        process.stdin.close()


def test_cluster_without_workers_is_an_error() -> None:
    with open_cluster(n_workers=0, processes=False) as empty, pytest.raises(ClusterError, match="no worker"):
        DaskExecutor(empty.scheduler_address, patience=0.2)


def test_cluster_that_loses_its_workers_is_an_error(dumps: Path) -> None:
    with (
        open_cluster(n_workers=1, processes=False) as small,
        DaskExecutor(small.scheduler_address, patience=0.5) as executor,
    ):
        small.scale(0)
        while small.scheduler.workers:
            time.sleep(0.01)
        with pytest.raises(ClusterError, match="no worker"):
            check(executor)


def test_cluster_that_loses_its_scheduler_is_an_error(dumps: Path) -> None:
    with open_cluster(n_workers=1, processes=False) as short:
        executor = DaskExecutor(short.scheduler_address, patience=1)
        assert executor.submit(abs, -5).result() == 5

    with executor, pytest.raises(ClusterError, match="lost the connection"):
        check(executor)


@pytest.mark.parametrize("address", ["scheduler", "tcp://127.0.0.1:{port}"])
def test_scheduler_that_cannot_be_reached_is_an_error(address: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        given = address.format(port=unused.getsockname()[1])

        with pytest.raises(ClusterError, match=f"cannot reach Dask scheduler {given}: "):
            DaskExecutor(given, patience=0.5)


def test_command_ends_with_3_if_the_cluster_cannot_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "dumps", "--dask", "scheduler"]) == 3
    assert capsys.readouterr().err.startswith("bevparse: cannot reach Dask scheduler scheduler: ")


def test_command_names_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "bevparse.distributed.dask")

    assert main(["validate", "dumps", "--dask", "tcp://127.0.0.1:1"]) == 3
    assert "pip install 'bevparse[dask]'" in capsys.readouterr().err


def test_number_of_processes_is_that_of_the_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "dumps", "--dask", "tcp://127.0.0.1:1", "--jobs", "2"]) == 2
    assert "--jobs" in capsys.readouterr().err
