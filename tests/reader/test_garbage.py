"""The garbage collector is paused for large bodies that are read as a whole, and is afterwards as it was before."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO

import pytest

from bevparse import CompletedResponse, EmailRecord, dump, iter_records, parse
from bevparse.garbage import Pause, without_collector

_RECORD = EmailRecord(email_address="ann@mail.example", mx_records=("mx.mail.example",), result="ok")
_LARGE = dump(CompletedResponse(records=(_RECORD,) * 22_000), format="json")
_HALF = dump(CompletedResponse(records=(_RECORD,) * 11_000), format="json")
_WHOLE = _LARGE.removesuffix(b"}") + b',"page":1}'
"""A body with more than its records, which is read as a whole."""


@pytest.fixture(autouse=True)
def _enabled() -> Iterator[None]:
    """Enable the collector before each test, and after it."""
    assert gc.isenabled()
    yield
    was_enabled = gc.isenabled()
    gc.enable()
    assert was_enabled


def _collections(call: Callable[[], object]) -> int:
    """Return how often the collector runs during a call."""
    phases: list[str] = []

    def note(phase: str, _: object) -> None:
        phases.append(phase)

    gc.collect()
    gc.callbacks.append(note)
    try:
        call()
    finally:
        gc.callbacks.remove(note)
    return phases.count("start")


def _fail() -> None:
    raise ValueError("a fault")


def test_collector_is_paused_during_a_call() -> None:
    assert without_collector(gc.isenabled) is False


def test_collector_is_paused_until_the_outer_call_ends() -> None:
    def outer() -> tuple[bool, bool]:
        return without_collector(gc.isenabled), gc.isenabled()

    assert without_collector(outer) == (False, False)


def test_collector_that_is_disabled_stays_disabled() -> None:
    gc.disable()

    without_collector(lambda: without_collector(gc.isenabled))

    assert not gc.isenabled()
    gc.enable()


def test_collector_is_resumed_after_an_exception() -> None:
    with pytest.raises(ValueError, match="a fault"):
        without_collector(_fail)


def test_collector_is_paused_until_the_last_thread_ends() -> None:
    ends, paused = [threading.Event() for _ in range(3)], threading.Barrier(4)

    def wait(end: threading.Event) -> None:
        paused.wait()
        end.wait()

    threads = [threading.Thread(target=without_collector, args=(lambda end=end: wait(end),)) for end in ends]
    for thread in threads:
        thread.start()
    paused.wait()
    states = []
    for end, thread in zip(ends, threads, strict=True):
        states.append(gc.isenabled())
        end.set()
        thread.join()

    assert states == [False, False, False]


@contextmanager
def _at_step(number: int, action: Callable[[], object]) -> Iterator[list[int]]:
    """Call a function at one of the steps where CPython looks for signals: a call begins, or one of C has returned."""
    steps = [0]

    def step(_frame: object, event: str, _argument: object) -> None:
        if event in ("call", "c_return"):
            steps[0] += 1
            if steps[0] == number:
                action()

    profile, callbacks = sys.getprofile(), gc.callbacks[:]
    gc.callbacks.clear()  # those of Hypothesis are no steps of ours
    sys.setprofile(step)
    try:
        yield steps
    finally:
        sys.setprofile(profile)
        gc.callbacks.extend(callbacks)


def _steps() -> int:
    with _at_step(0, _fail) as steps:
        without_collector(gc.isenabled)
    return steps[0]


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", range(1, _steps()))
def test_collector_is_resumed_after_an_interrupt_at_any_step(number: int) -> None:
    with suppress(KeyboardInterrupt), _at_step(number, _interrupt):
        without_collector(gc.isenabled)

    assert gc.isenabled()


@pytest.mark.parametrize("number", range(1, _steps()))
def test_collector_is_resumed_after_another_call_at_any_step(number: int) -> None:
    with _at_step(number, lambda: without_collector(gc.isenabled)):
        without_collector(gc.isenabled)

    assert gc.isenabled()


def test_objects_that_were_made_during_a_call_are_old() -> None:
    made = without_collector(lambda: [[] for _ in range(1000)])

    young = {id(one) for one in gc.get_objects(generation=0)}
    assert young.isdisjoint(map(id, made))


def test_frozen_objects_stay_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        without_collector(gc.isenabled)

        assert gc.get_freeze_count() == frozen > 0
    finally:
        gc.unfreeze()


class _Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_young_garbage_is_collected_before_a_call() -> None:
    garbage = weakref.ref(_Cycle())

    assert without_collector(garbage) is None


def test_garbage_is_not_collected_if_the_collector_is_disabled() -> None:
    gc.disable()
    garbage = weakref.ref(_Cycle())

    assert without_collector(garbage) is not None
    gc.enable()


def test_old_garbage_is_collected_after_a_hundred_calls() -> None:
    cycle = without_collector(_Cycle)
    garbage = weakref.ref(cycle)
    del cycle

    assert any(without_collector(garbage) is None for _ in range(100))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_collector_is_resumed_in_a_forked_process() -> None:
    script = (
        "import gc, os, threading\n"
        "from bevparse.garbage import without_collector\n"
        "paused, end = threading.Event(), threading.Event()\n"
        "def wait():\n"
        "    paused.set()\n"
        "    end.wait()\n"
        "def fork():\n"
        "    child = os.fork()\n"
        "    return child, gc.isenabled()\n"
        "thread = threading.Thread(target=without_collector, args=(wait,))\n"
        "thread.start()\n"
        "paused.wait()\n"
        "child, enabled = without_collector(fork)\n"
        "if not child:\n"
        "    os._exit(0 if enabled and not without_collector(gc.isenabled) and gc.isenabled() else 1)\n"
        "end.set()\n"
        "thread.join()\n"
        "assert gc.isenabled()\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
    )

    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)


def test_end_of_a_call_from_before_a_fork_is_ignored() -> None:
    pause, states = Pause(), []

    pause.begin("a")
    pause.begin("another thread")
    pause.forget()
    states.append(gc.isenabled())
    pause.begin("b")
    pause.end("a")
    states.append(gc.isenabled())
    pause.end("b")

    assert states == [True, False]


@pytest.mark.unmeasured
@pytest.mark.parametrize("body", [_LARGE, _WHOLE], ids=["chunks", "whole"])
def test_large_body_is_read_without_collections(body: bytes) -> None:
    assert _collections(lambda: parse(body, CompletedResponse)) <= 3


def test_smaller_body_is_read_with_collections() -> None:
    assert _collections(lambda: parse(_HALF, CompletedResponse)) > 3


@pytest.mark.parametrize("body", [_LARGE, _WHOLE], ids=["chunks", "whole"])
def test_collector_is_not_paused_between_records(body: bytes) -> None:
    records = iter_records(BytesIO(body), EmailRecord)

    next(records)

    assert gc.isenabled()
    records.close()
