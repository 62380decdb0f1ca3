# The part of distributed that bevparse and its tests use. Its own types are incomplete.

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import Literal

class Future:
    def result(self, timeout: float | None = None) -> object: ...

class Client:
    status: str
    def __init__(self, address: str, *, timeout: float, set_as_default: bool) -> None: ...
    def submit(self, func: Callable[[float], object], /, *args: object, pure: bool) -> Future: ...
    def run(
        self, function: Callable[[str], object], /, *args: str, on_error: Literal["return"]
    ) -> dict[str, object]: ...
    def run_on_scheduler(self, function: Callable[[str], object], /, *args: str) -> object: ...
    def nthreads(self) -> Mapping[str, int]: ...
    def get_executor(self, *, pure: bool) -> Executor: ...
    def close(self) -> None: ...

class Scheduler:
    workers: Mapping[str, object]

class LocalCluster(AbstractContextManager[LocalCluster]):
    scheduler: Scheduler
    scheduler_address: str
    def __init__(
        self,
        *,
        n_workers: int,
        threads_per_worker: int,
        processes: bool = True,
        protocol: str,
        host: str,
        dashboard_address: str,
        silence_logs: int,
        memory_limit: int = 0,
    ) -> None: ...
    def scale(self, n: int) -> None: ...
    def __exit__(self, *exception: object) -> None: ...
