"""Worker processes: started when there is work for them, and again when one has died."""

from __future__ import annotations

import gc
import math
import multiprocessing
import operator
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor, process
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Any
from unittest import mock

import pytest

from bevparse.validate import pool
from bevparse.validate.pool import WorkerPool, cores

from ..ready_pool import ReadyPool


class FakePool:
    """A pool of processes; `up` is the result of the first calls, and `broken` means that a process has died."""

    def __init__(self, *arguments: Any, **_: Any) -> None:
        self.jobs = arguments[0]
        self.calls: list[Any] = []
        self.up: BaseException | bool = True
        self.broken = False
        self.shut: list[tuple[object, ...]] = []

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        if self.broken:
            raise BrokenProcessPool("a process in the process pool was terminated abruptly")
        self.calls.append((call, *arguments))
        future = Future[Any]()
        if isinstance(self.up, BaseException):
            future.set_exception(self.up)
        elif self.up:
            future.set_result("from afar")
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.shut.append((wait, cancel_futures))


eager = partial(WorkerPool, worth_it=-1.0)
"""Makes pools that start processes as soon as there is any work."""
patient = partial(WorkerPool, worth_it=math.inf)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[FakePool]:
    """Collect the pools of processes that are started."""
    pools: list[FakePool] = []

    def new(*arguments: Any, **options: Any) -> FakePool:
        pools.append(FakePool(*arguments, **options))
        return pools[-1]

    monkeypatch.setattr(futures, "ProcessPoolExecutor", new)
    return pools


@pytest.fixture
def real() -> Iterator[WorkerPool]:
    """Two processes that are up."""
    with ReadyPool(2) as workers:
        yield workers


def test_short_work_is_done_in_this_process(started: list[FakePool]) -> None:
    with patient(2) as workers:
        assert [workers.submit(operator.add, 1, b).result() for b in (1, 2)] == [2, 3]
        assert workers.submit(dict, a=1).result() == {"a": 1}

    assert started == []


def test_exception_in_this_process_is_raised_by_the_result() -> None:
    with patient(2) as workers:
        failed, good = workers.submit(operator.truediv, 1, 0), workers.submit(operator.truediv, 1, 1)

    assert good.result() == 1
    with pytest.raises(ZeroDivisionError):
        failed.result()


def test_interrupt_ends_the_work_in_this_process_at_once() -> None:
    with patient(2) as workers, pytest.raises(KeyboardInterrupt):
        workers.submit(mock.Mock(side_effect=KeyboardInterrupt))


def test_work_moves_to_processes_when_one_has_started(started: list[FakePool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePool, "__init__", _slow_to_start)
    with eager(3) as workers:
        assert workers.submit(operator.add, 1, 1).result() == 2
        (processes,) = started
        assert (processes.jobs, len(processes.calls)) == (3, 3)
        first = workers._warm[0]
        first.set_result(None)
        processes.up = True
        assert workers.submit(operator.add, 1, 1).result() == "from afar"

    assert processes.shut == [(True, False)]


def _slow_to_start(self: FakePool, *arguments: Any, **_: Any) -> None:
    self.jobs, self.calls, self.up, self.broken, self.shut = arguments[0], [], False, False, []


def test_work_continues_in_this_process_if_no_other_can_start(
    started: list[FakePool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(self: FakePool, *arguments: Any, **_: Any) -> None:
        _slow_to_start(self, *arguments)
        self.up = BrokenProcessPool("died at once")

    monkeypatch.setattr(FakePool, "__init__", unable)
    with eager(2) as workers:
        assert [workers.submit(operator.add, 1, b).result() for b in (1, 2)] == [2, 3]

    assert len(started) == 1


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), OSError(), MemoryError()])
def test_work_is_done_in_this_process_if_no_thread_can_start(
    started: list[FakePool], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(FakePool, "submit", mock.Mock(side_effect=error))

    with eager(2) as workers:
        assert [workers.submit(operator.add, 1, b).result() for b in (1, 2)] == [2, 3]

    assert [fake.shut for fake in started] == [[]]


def test_call_that_has_not_begun_can_be_cancelled(started: list[FakePool]) -> None:
    with eager(2) as workers:
        workers.submit(operator.add, 1, 1)
        started[0].up = False
        waiting = workers.submit(operator.add, 1, 1)

        assert not waiting.done()
        assert waiting.cancel()
        assert waiting.cancelled()
    with pytest.raises(futures.CancelledError):
        waiting.result()


def test_call_is_done_in_this_process_if_none_can_start(
    started: list[FakePool], monkeypatch: pytest.MonkeyPatch
) -> None:
    with eager(2) as workers:
        assert workers.submit(operator.add, 1, 1).result() == "from afar"
        monkeypatch.setattr(FakePool, "submit", mock.Mock(side_effect=OSError()))
        assert workers.submit(operator.add, 1, 1).result() == 2


@pytest.mark.usefixtures("started")
def test_processes_that_outlive_a_pool_are_ended() -> None:
    with eager(2) as workers:
        workers.submit(operator.add, 1, 1)
        left = get_context("spawn").Process(target=time.sleep, args=(600,))
        left.start()

    left.join(60)
    assert left.exitcode


@pytest.mark.usefixtures("started")
def test_processes_of_the_program_are_not_ended() -> None:
    other = get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    with eager(2) as workers:
        workers.submit(operator.add, 1, 1)

    other.join(0.5)
    assert other.is_alive()
    other.terminate()
    other.join()


@pytest.mark.usefixtures("started")
def test_processes_continue_after_shutdown_without_waiting() -> None:
    workers = eager(2)
    workers.submit(operator.add, 1, 1)
    left = get_context("spawn").Process(target=time.sleep, args=(600,))
    left.start()

    workers.shutdown(wait=False)

    assert left.is_alive()
    left.terminate()
    left.join()


def test_processes_are_started_again_when_one_has_died(started: list[FakePool]) -> None:
    with eager(2) as workers:
        assert workers.submit(operator.add, 1, 1).result() == "from afar"
        started[0].broken = True
        assert workers.submit(operator.add, 1, 1).result() == "from afar"

    first, second = started
    assert (first.shut, second.shut) == ([(False, False)], [(True, False)])
    assert second.calls == [(operator.add, 1, 1)]


@pytest.mark.slow
def test_other_processes_continue_when_one_dies(real: WorkerPool) -> None:
    with pytest.raises(futures.BrokenExecutor):
        real.submit(os._exit, 9).result()

    others = {real.submit(os.getpid).result() for _ in range(3)}
    assert os.getpid() not in others
    assert isinstance(real._pool, ProcessPoolExecutor)


def test_work_continues_in_this_process_if_the_thread_of_the_pool_has_ended(
    real: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends without a word to those who wait if there is too little memory."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    waiting = real.submit(time.sleep, 600)
    with pytest.raises(TimeoutError):
        waiting.result(0.1)
    monkeypatch.setattr(
        process._ExecutorManagerThread, "wait_result_broken_or_wakeup", mock.Mock(side_effect=MemoryError)
    )
    real.submit(operator.add, 1, 1)  # the thread wakes up

    with pytest.raises(futures.BrokenExecutor):
        waiting.result()
    assert real.submit(os.getpid).result() == os.getpid()
    assert waiting.done()
    assert not waiting.cancel()
    assert real._pool is None


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows has no signal masks")
def test_processes_cannot_be_interrupted_while_they_start(real: WorkerPool) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])

    inherited = real.submit(signal.pthread_sigmask, signal.SIG_BLOCK, []).result()

    assert inherited == before | {signal.SIGINT}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_processes_start_where_signals_cannot_be_blocked(
    started: list[FakePool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask", raising=False)

    eager(2).submit(operator.add, 1, 2)

    assert len(started) == 1


def test_processes_ignore_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        pool._follow_parent()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_worker_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    class Parent:
        def join(self) -> None:
            ended.append(0)

    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    pool._end_with_parent()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    pool._end_with_parent()

    assert ended == [0, 1]


def test_processes_import_the_validator_before_there_is_work(real: WorkerPool) -> None:
    assert real.submit(eval, "'bevparse.validate' in __import__('sys').modules").result()
    assert real.submit(eval, "__import__('gc').get_freeze_count()").result()


def test_collector_of_a_process_is_settled() -> None:
    before = gc.get_threshold()
    try:
        pool._warm_up()

        assert gc.get_freeze_count()
        assert gc.get_threshold() > before
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def test_cores_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert cores() == 3

    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert cores() == 4

    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
