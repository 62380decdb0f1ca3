"""Where the work of a command is done: in this process, in processes of this machine, or in a Dask cluster."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import BrokenExecutor, Executor
from contextlib import contextmanager

from ..validate.pool import WorkerPool
from .exit_codes import UNREADABLE, CommandError

__all__ = ["add_executor_options", "executor"]


def add_executor_options(add: Callable[..., object]) -> None:
    """Add the options that choose an executor, with the `add_argument` of a parser or a group."""
    add("-j", "--jobs", type=int, metavar="N", help="number of worker processes (default: one for each core)")
    add("--dask", metavar="ADDRESS", help="use a Dask cluster: its scheduler, such as tcp://10.0.0.5:8786 (extra dask)")


@contextmanager
def executor(jobs: int, dask: str | None) -> Generator[Executor | None]:
    """Open the executor that does the work of a command. It is None if this process does the work.

    Args:
        jobs: the number of worker processes; with 1, this process does the work. Ignored if a cluster is used.
        dask: the address of the scheduler of a Dask cluster; None to use no cluster.

    Raises:
        CommandError: the cluster cannot be used.
    """
    if dask is not None:
        with _quiet(), _cluster(dask) as cluster:
            yield cluster
    elif jobs > 1:
        with WorkerPool(jobs) as pool:
            yield pool
    else:
        yield None


@contextmanager
def _cluster(address: str) -> Generator[Executor]:
    try:
        from ..distributed.dask import ClusterError, DaskExecutor  # noqa: PLC0415 - it takes a second
    except ImportError as error:
        raise CommandError(str(error), UNREADABLE) from None
    try:
        with DaskExecutor(address) as cluster:
            yield cluster
    except (ClusterError, BrokenExecutor) as error:
        raise CommandError(str(error), UNREADABLE) from None
    except ImportError as error:
        raise CommandError(f"a worker cannot import a plug-in: {error}", UNREADABLE) from None


@contextmanager
def _quiet() -> Generator[None]:
    """Keep the log and the warnings of the packages of Dask from standard error."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
