"""A Dask cluster gives the report of one process; a cluster that cannot work is an error.

The workers are threads of this process. `python -m tests.engines` starts processes, and kills them.
"""

from __future__ import annotations

import logging
import socket
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from importlib import import_module
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from bevparse.cli import executors, main
from bevparse.cli.exit_codes import CommandError
from bevparse.distributed.dask import ClusterError, DaskExecutor
from bevparse.validate import Report, Settings, validate

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings of Dask

BODIES = (b'{"response":{"id":5}}', b'{"response":[{"id":"x"}]}', b"<xml><response><id>5</id></response></xml>", b"{")
open_cluster = partial(
    LocalCluster,
    processes=False,
    threads_per_worker=1,
    protocol="tcp",
    host="127.0.0.1",
    dashboard_address=":0",
    silence_logs=logging.CRITICAL,
)


@pytest.fixture(scope="module", autouse=True)
def _scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the files of workers in a folder of the tests."""
    with dask.config.set({"temporary-directory": str(tmp_path_factory.mktemp("dask"))}):
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A worker in this process."""
    with open_cluster(n_workers=1) as opened:
        yield opened


@pytest.fixture
def dumps(folder: Path) -> Path:
    (folder / "dumps").mkdir()
    for number in range(60):
        (folder / "dumps" / f"{number:02}.json").write_bytes(BODIES[number % len(BODIES)])
    return folder


def check(executor: Executor | None) -> Report:
    return validate("dumps", Settings(now=0), executor=executor)


def test_command_prints_the_same_output_and_no_messages_of_dask(
    cluster: LocalCluster, dumps: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "dumps", "--no-cache", "--jobs", "1"]) == 1
    expected = capfd.readouterr()

    assert main(["validate", "dumps", "--no-cache", "--dask", cluster.scheduler_address]) == 1
    assert capfd.readouterr() == (expected.out, "")


def test_plug_in_that_a_worker_cannot_import_is_an_error(cluster: LocalCluster) -> None:
    def import_there() -> None:
        with executors.executor(1, cluster.scheduler_address) as workers:
            assert workers
            workers.submit(import_module, "only_here").result()

    with pytest.raises(CommandError, match="a worker cannot import a plug-in: No module named 'only_here'"):
        import_there()


def test_large_bodies_are_sent_without_a_warning(
    cluster: LocalCluster, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile("large.zip", "w") as archive:
        archive.writestr("status.json", b" " * 2**24 + BODIES[0])

    assert main(["validate", "large.zip", "--no-cache", "--dask", cluster.scheduler_address]) == 0
    assert capfd.readouterr().err == ""


def test_cluster_without_bevparse_is_an_error(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bevparse", None)

    with pytest.raises(ClusterError, match=r"got .* \(tcp://.*\), .* \(the scheduler\)"):
        DaskExecutor(cluster.scheduler_address)


def test_cluster_without_workers_is_an_error() -> None:
    with open_cluster(n_workers=0) as empty, pytest.raises(ClusterError, match="no worker"):
        DaskExecutor(empty.scheduler_address, patience=0.2)


def test_cluster_that_loses_its_workers_is_an_error(dumps: Path) -> None:
    with (
        open_cluster(n_workers=1) as small,
        DaskExecutor(small.scheduler_address, patience=0.5) as executor,
    ):
        small.scale(0)
        while small.scheduler.workers:
            time.sleep(0.01)
        with pytest.raises(ClusterError, match="no worker"):
            check(executor)


def test_cluster_that_loses_its_scheduler_is_an_error(dumps: Path) -> None:
    with open_cluster(n_workers=1) as short:
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
