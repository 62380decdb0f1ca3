"""Work on a Dask cluster.

from bevparse.distributed.dask import DaskExecutor
from bevparse.validate import validate

with DaskExecutor("tcp://scheduler:8786") as executor:
    report = validate("/shared/dumps", executor=executor)
"""

from __future__ import annotations

import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from itertools import islice
from typing import Any, Final, ParamSpec, TypeVar

from .. import __version__
from ..errors import BevparseError

try:
    import distributed
    from distributed.comm import get_address_host_port
except ImportError:
    raise ImportError("Dask requires distributed; run pip install 'bevparse[dask]'") from None

__all__ = ["ClusterError", "DaskExecutor"]

P = ParamSpec("P")
T = TypeVar("T")
_CONNECT: Final = 10.0
"""The most seconds to wait for the scheduler."""
_LOOKS: Final = 10
"""How often workers are counted until `patience` ends."""
_VERSION: Final = "bevparse:__version__"
_SHOWN: Final = 3
"""The most machines that a message names."""


class ClusterError(BevparseError):
    """A cluster cannot be reached, has no workers, or lacks this version of bevparse."""


class DaskExecutor(Executor):
    """Calls functions in the workers of a Dask cluster. They read the files by the same paths as this process.

    `Client.get_executor(pure=False)` is an executor, too, but waits forever if there are no workers.

    Args:
        address: the scheduler, such as `tcp://scheduler:8786`.
        patience: the most seconds to wait for a worker. The scheduler must answer within ten seconds.

    Raises:
        ClusterError: the scheduler cannot be reached, there is no worker, or a machine has no bevparse or another
            version of it. `submit` also raises it when the connection is lost.
    """

    def __init__(self, address: str, *, patience: float = 60.0) -> None:
        self._name = f"Dask scheduler {address}"
        self._patience = patience
        self._pending: set[Future[Any]] = set()
        self._fault: str | None = None
        self._is_shut = threading.Event()
        try:
            get_address_host_port(address)  # checked first: a client with a wrong address could not be closed
            self._client = distributed.Client(address, timeout=min(_CONNECT, patience), set_as_default=False)
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise ClusterError(f"cannot reach {self._name}: {reason}") from error
        try:
            self._check_versions()
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)  # a pure call that has failed would not be repeated
        self._watch = threading.Thread(target=self._watch_workers, daemon=True)
        self._watch.start()

    def _check_versions(self) -> None:
        """Check that all machines have this version of bevparse. A worker without it would end with its first task.

        Raises:
            ClusterError: a machine does not have this version, or there is no worker.
        """
        first = self._client.submit(abs, 0, pure=False)  # starts a worker if the cluster grows on demand
        try:
            first.result(timeout=self._patience)
        except TimeoutError:
            raise ClusterError(self._no_worker()) from None
        versions = self._client.run(pkgutil.resolve_name, _VERSION, on_error="return")
        try:
            versions["the scheduler"] = self._client.run_on_scheduler(pkgutil.resolve_name, _VERSION)
        except ImportError as error:
            versions["the scheduler"] = error
        others = (f"{found} ({machine})" for machine, found in versions.items() if found != __version__)
        if shown := ", ".join(islice(others, _SHOWN)):
            raise ClusterError(f"{self._name}: expected bevparse {__version__} on all machines, got {shown}")

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a worker.

        Raises:
            ClusterError: the connection to the scheduler is lost, or there was no worker for too long.
        """
        if self._fault is None:
            future = self._executor.submit(call, *args, **kwargs)
            self._pending.add(future)
            future.add_done_callback(self._pending.discard)
            if self._client.status == "running":
                return future
        raise ClusterError(self._fault or f"lost the connection to {self._name}")

    def _watch_workers(self) -> None:
        """Cancel all pending calls if there is no worker for too long."""
        missed = 0
        while not self._is_shut.wait(self._patience / _LOOKS):
            is_served = not self._pending
            with suppress(Exception):  # the scheduler does not answer
                is_served = is_served or bool(self._client.nthreads())
            missed = 0 if is_served else missed + 1
            if missed == _LOOKS:
                self._fault = self._no_worker()
                for future in tuple(self._pending):
                    future.cancel()

    def _no_worker(self) -> str:
        return f"{self._name} has had no worker for {self._patience:g} s"

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnect from the scheduler, after all calls have ended if `wait` is true. The cluster keeps running."""
        self._is_shut.set()
        self._watch.join()
        self._executor.shutdown(wait and not cancel_futures)
        self._client.close()
