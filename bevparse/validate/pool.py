"""Worker processes, which are started only when there is enough work, and again when one has died."""

from __future__ import annotations

import importlib
import math
import mmap
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from concurrent import futures
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from ..garbage import settle_collector

if TYPE_CHECKING:  # it imports much that a run without processes does not need, as multiprocessing does
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

__all__ = ["WorkerPool", "cores"]

P = ParamSpec("P")
T = TypeVar("T")
_ROOM: Final = 2**26
"""Bytes that must be free before processes are started: a pool needs threads in this process."""
_MOST_ON_WINDOWS: Final = 61
"""The most processes that a pool can wait for on Windows."""
_PAUSE: Final = 0.1
"""Seconds after which a pool that has not returned a result is checked."""
_UNABLE: Final = (OSError, RuntimeError, MemoryError)
"""Raised if there is too little memory, or no room for another thread, process or file."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


class WorkerPool(Executor):
    """An executor that works in this process first, starts processes if the work goes on, and uses them when ready.

    It goes on with new processes if one dies, which the pools of `concurrent.futures` do not.

    Args:
        jobs: the number of processes.
        worth_it: the seconds of work after which processes are started; starting them takes about as long.
    """

    def __init__(self, jobs: int, *, worth_it: float = 0.3) -> None:
        self._jobs = min(jobs, _MOST_ON_WINDOWS) if os.name == "nt" else jobs
        self._worth_it = worth_it
        self._seconds = 0.0
        self._pool: ProcessPoolExecutor | None = None
        self._warm: list[Future[None]] = []
        self._others: list[BaseProcess] = []
        """The processes that the program had started before this pool started its own."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in this process, or in a worker process if one is ready."""
        if self._pool is None and self._seconds > self._worth_it:
            self._start()
        if self._pool is None or not any(future.done() and not future.exception() for future in self._warm):
            return self._call(call, *args, **kwargs)
        with _interrupts_blocked():
            try:
                future = self._pool.submit(call, *args, **kwargs)
            except BrokenExecutor:
                self._pool.shutdown(wait=False)
                self._pool = self._new()
                future = self._pool.submit(call, *args, **kwargs)
            except _UNABLE:
                return self._call(call, *args, **kwargs)
        watched = _Watched(future, self._pool)
        if not watched.is_lost():
            return watched
        self._give_up()
        return self._call(call, *args, **kwargs)

    def _call(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = Future[T]()
        before = time.perf_counter()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - `Future.result` raises it, as for a worker process
            future.set_exception(error)
        self._seconds += time.perf_counter() - before
        return future

    def _start(self) -> None:
        with _interrupts_blocked():
            try:
                self._others = _processes()
                mmap.mmap(-1, _ROOM).close()  # fails if so much memory is not free
                self._pool = self._new()
                self._warm = [self._pool.submit(_warm_up) for _ in range(self._jobs)]
            except _UNABLE:
                self._give_up()

    def _give_up(self) -> None:
        """Do all work in this process from now on."""
        self._pool, self._seconds = None, -math.inf
        self._end_children()

    def _new(self) -> ProcessPoolExecutor:
        from multiprocessing import get_context  # noqa: PLC0415

        return futures.ProcessPoolExecutor(self._jobs, get_context("spawn"), initializer=_follow_parent)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)
            if wait:
                self._end_children()

    def _end_children(self) -> None:
        """End the processes of a pool that could not start its threads. Otherwise, this process would wait for them."""
        for child in _processes():
            if child not in self._others:
                child.terminate()


class _Watched(Future[T]):
    """The future of a pool. It also fails if the thread of the pool has ended, which happens with too little memory."""

    def __init__(self, future: Future[T], pool: ProcessPoolExecutor) -> None:
        super().__init__()
        self._future = future
        self._pool = pool
        future.add_done_callback(self._end)

    def _end(self, future: Future[T]) -> None:
        if future.cancelled():
            super().cancel()
        elif error := future.exception():
            self.set_exception(error)
        else:
            self.set_result(future.result())

    def done(self) -> bool:
        """Return whether there is a result, or there can never be one."""
        return super().done() or self.is_lost()

    def cancel(self) -> bool:
        """Cancel the call if it has not begun."""
        return self._future.cancel()

    def is_lost(self) -> bool:
        """Return whether nothing will ever set a result."""
        thread: threading.Thread | None = getattr(self._pool, "_executor_manager_thread", None)
        return thread is not None and not thread.is_alive() and not self._future.done()

    def result(self, timeout: float | None = None) -> T:
        """Return the result, see `Future`.

        Raises:
            BrokenExecutor: there can never be a result.
        """
        waited = 0.0
        while not self.done() and waited != timeout:
            pause = _PAUSE if timeout is None else min(_PAUSE, timeout - waited)
            wait([self], pause)
            waited += pause
        if self.is_lost():
            raise BrokenExecutor("the thread of the pool has ended")
        return super().result(0)


def _unchanged(_: int, signals: set[int]) -> set[int]:
    return signals


@contextmanager
def _interrupts_blocked() -> Generator[None]:
    """Block interrupts while processes may be started. New processes inherit this until they ignore interrupts."""
    change: Callable[[int, set[int]], set[int]] = getattr(signal, "pthread_sigmask", _unchanged)  # Windows has none
    before = change(getattr(signal, "SIG_BLOCK", 0), {signal.SIGINT})
    try:
        yield
    finally:
        change(getattr(signal, "SIG_SETMASK", 0), before)


def _processes() -> list[BaseProcess]:
    from multiprocessing import active_children  # noqa: PLC0415

    return active_children()


def _follow_parent() -> None:
    """Leave interrupts to the parent process, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _warm_up() -> None:
    """Import what checking needs, before there is work."""
    importlib.import_module("bevparse.validate")
    settle_collector()
