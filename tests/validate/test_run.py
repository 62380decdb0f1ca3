"""Findings and their order are the same for any number of workers, even if a worker fails."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from bevparse import Limits
from bevparse.formats import Document, Format, json, register, registry_restored
from bevparse.sources import ANYTHING, LineBlock, open_blocks, sources_in
from bevparse.tree import Node
from bevparse.validate import Checked, Settings, Source, iter_checked
from bevparse.validate.run import check_all

from .. import yaml_format
from ..ready_pool import ReadyPool
from ..systems import links

BODIES = (
    b'{"response":{"id":5}}',
    b'{"response":{"id":"5"}}',
    b'{"response":[{"id":"x"}]}',
    b"<xml><response><id>5</id></response></xml>",
    b"{",
    b"",
)
SOURCES = tuple(Source(f"{number}.txt", data=BODIES[number % len(BODIES)], size=10) for number in range(300))
LINES = b"".join(b'{"response":{"id":%d}}\n' % number for number in range(50))


class Inline(Executor):
    """Runs each batch immediately, and records its sources and its outcome."""

    def __init__(self) -> None:
        self.batches: list[list[Source]] = []
        self.outcomes: list[Any] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.batches.append(arguments[0])
        self.outcomes.append(call(*arguments, **options))
        future = Future[Any]()
        future.set_result(self.outcomes[-1])
        return future


class Sending(Inline):
    """Sends each batch to itself, as processes do."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        return super().submit(call, *pickle.loads(pickle.dumps(arguments)), **options)


class Lazy(Inline):
    """Begins when no batch has come for a while, and with the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.most_open = 0
        self.is_shut = False
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.open.append((Future(), partial(call, *arguments, **options)))
        self.most_open = max(self.most_open, len(self.open))
        return self.open[-1][0]

    def _work(self) -> None:
        seen = 0
        while not self.is_shut:
            is_quiet = seen == len(self.open)
            while is_quiet and self.open:
                future, call = self.open.pop()
                future.set_result(call())
            seen = len(self.open)
            time.sleep(0.05)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.is_shut = True
        self.thread.join()


class KilledWorkerError(Exception):
    """What an engine of its own kind raises."""


class Dying(Inline):
    """Dies of every batch in which a source of this name is, which takes the next batch along, and is up again."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__()
        self.name = name
        self.error: Exception = error
        self.has_died = False

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        is_poisoned = any(source.name == self.name for one in arguments[0] for source in sources_in(one))
        is_taken_along = self.has_died and len(arguments[0]) > 1
        if not (is_poisoned or is_taken_along):
            return super().submit(call, *arguments, **options)
        self.has_died = not self.has_died
        future = Future[Any]()
        future.set_exception(self.error)
        return future


class Stuck(Inline):
    """Runs only the first batch, when there are a hundred."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[Future[Any]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.futures.append(Future())
        if len(self.futures) == 100:
            self.futures[0].set_result(call(*arguments, **options))
        return self.futures[-1]


class Broken(Inline):
    """Takes no work after a few batches, as a pool of `concurrent.futures` does when a process has died."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        if len(self.batches) > 3:
            raise BrokenExecutor("a process died")
        return super().submit(call, *arguments, **options)


class Killing(bytes):
    """Terminates a process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return os._exit, (9,)


def found(executor: Executor | None, *work: Source | LineBlock | tuple[Checked, ...]) -> list[Checked]:
    """Return all results, after checking that each is returned with what its source belongs to."""
    every: list[Checked] = []
    for owner, results in check_all(((one, one) for one in work or SOURCES), Settings(now=0), executor):
        checked = list(results)
        assert all(one.file == (owner[0] if isinstance(owner, tuple) else owner).file for one in checked)
        every += checked
    return every


EXPECTED = found(None)


def test_results_of_threads_are_the_same_in_the_same_order() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert found(executor) == EXPECTED


def test_batches_for_an_executor_start_small_and_grow() -> None:
    executor = Inline()

    assert found(executor) == EXPECTED
    assert [len(batch) for batch in executor.batches] == [1, 2, 4, 8, 16, 32, 64, 64, 64, 45]


def test_batch_is_about_a_megabyte() -> None:
    executor = Inline()
    work = [Source("a", data=BODIES[0], size=size) for size in (1, 2**19, 2**19, 1, 2**30, 1)]

    assert len(found(executor, *work)) == 6
    assert [len(batch) for batch in executor.batches] == [1, 2, 1, 1, 1]


def test_cached_result_keeps_its_position_and_is_not_checked_again() -> None:
    known = Checked("known", problems=EXPECTED[2].problems)
    work = [(known, known), *SOURCES[:2], (known,), *SOURCES[2:4], ()]
    executor = Inline()

    assert found(None, *work) == found(executor, *work) == [known, known, *EXPECTED[:2], known, *EXPECTED[2:4]]
    assert sum(map(len, executor.batches)) == 4


def test_result_is_returned_before_the_next_source_is_found() -> None:
    def slow() -> Iterator[Source]:
        yield SOURCES[0]
        raise KeyboardInterrupt

    checks = check_all(((None, source) for source in slow()), Settings(now=0), Inline())

    assert list(next(checks)[1]) == EXPECTED[:1]
    with pytest.raises(KeyboardInterrupt):
        next(checks)


def test_many_workers_are_kept_busy_in_bounded_memory() -> None:
    work = [Source("a", data=BODIES[0], size=2**20) for _ in range(600)]

    with Lazy() as executor:
        assert len(found(executor, *work)) == 600
    assert 128 < executor.most_open < 300


def test_memory_of_pending_sources_is_bounded() -> None:
    data = bytes(2**26 + 1)

    with Lazy() as executor:
        assert len(found(executor, *[Source("a", data=data, size=2**20)] * 3)) == 3
    assert executor.most_open == 1


def test_pending_checks_are_cancelled_when_the_run_stops() -> None:
    executor = Stuck()
    work = [(number, Source("a", data=BODIES[0], size=2**20)) for number in range(100)]
    checks = check_all(work, Settings(), executor)
    next(checks)
    checks.close()  # type: ignore[attr-defined]

    assert [future.cancelled() for future in executor.futures] == [False] + [True] * 99


def test_worker_crash_affects_only_one_line() -> None:
    work = list(open_blocks(Source("x.jsonl", "!/x.jsonl", LINES), ANYTHING))
    checks = found(Dying("x.jsonl!/x.jsonl#/7", BrokenExecutor()), *work)

    assert [(checked.inner, checked.outcome) for checked in checks if checked.problems] == [
        ("!/x.jsonl#/7", "unreadable")
    ]
    assert len(checks) == 50


def test_waiting_results_take_little_memory() -> None:
    work = list(open_blocks(Source("x.jsonl", "!/x.jsonl", LINES * 100), ANYTHING))
    executor = Inline()

    assert len(found(executor, *work)) == 5000
    assert len(pickle.dumps(executor.outcomes)) < 5000 * 10


def test_name_without_an_encoding_is_returned() -> None:
    assert found(Inline(), Source("\udcff.txt", "!/\0.json", BODIES[2])) == found(
        None, Source("\udcff.txt", "!/\0.json", BODIES[2])
    )


def test_memory_of_pending_lines_is_bounded() -> None:
    (block,) = open_blocks(Source("x.jsonl", "!/x.jsonl", LINES), ANYTHING)
    assert isinstance(block, LineBlock)
    work = [replace(block, size=2**25) for _ in range(12)]

    with Lazy() as executor:
        assert len(found(executor, *work)) == 12 * 50
    assert executor.most_open == 3


@pytest.mark.parametrize("error", [BrokenExecutor(), KilledWorkerError(), CancelledError()])
def test_worker_crash_affects_only_one_source(error: Exception) -> None:
    checks = found(Dying("77.txt", error))

    assert checks[:77] + checks[78:] == EXPECTED[:77] + EXPECTED[78:]
    assert (checks[77].source, checks[77].outcome) == ("77.txt", "unreadable")
    assert [problem.code for problem in checks[77].problems] == ["BEV014"]


@pytest.mark.slow
def test_source_that_kills_a_process_is_reported_alone() -> None:
    work = [*SOURCES[:20], Source("bad.json", "!/inner.json", data=Killing()), *SOURCES[20:40]]
    with ReadyPool(2) as executor:
        checks = found(executor, *work)

    assert checks[:20] + checks[21:] == EXPECTED[:40]
    assert (checks[20].source, [problem.code for problem in checks[20].problems]) == (
        "bad.json!/inner.json",
        ["BEV014"],
    )


@links
@pytest.mark.slow
def test_results_are_identical_for_any_number_of_processes(folder: Path) -> None:
    for number in range(300):
        path = folder / "dumps" / str(number % 7) / f"status-{number}.{('json', 'xml', 'csv')[number % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BODIES[number % len(BODIES)])
    (folder / "dumps" / "many.jsonl").write_bytes(LINES + b"{\n" + LINES)
    (folder / "dumps" / "gone.json").symlink_to("nowhere")

    expected = list(iter_checked("dumps", Settings(now=0)))
    assert len(expected) == 402
    for jobs in (2, 3):
        with ReadyPool(jobs) as executor:
            assert list(iter_checked("dumps", Settings(now=0), executor=executor)) == expected


def test_executor_that_takes_no_more_work_is_an_error() -> None:
    with pytest.raises(BrokenExecutor, match=r"bevparse\.validate\.WorkerPool"):
        found(Broken())


@pytest.mark.parametrize("executor", [None, Sending()])
def test_limits_of_the_settings_hold_wherever_a_body_is_read(executor: Executor | None, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(BODIES[0])

    (checked,) = iter_checked(tmp_path, Settings(limits=Limits(body=20)), executor=executor)

    assert [problem.code for problem in checked.problems] == ["BEV002"]


def test_bug_of_bevparse_is_raised_and_not_reported_for_a_source() -> None:
    class Odd(Source):
        def read(self) -> bytes:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        found(Inline(), Odd("a"))


class OwnFormat:
    """A format that is no module."""

    name, kind, suffixes, media_types = "own", "typed", (".own",), ()

    def sniff(self, head: bytes) -> bool:
        return False

    def decode(self, data: bytes | str, limits: Limits) -> Document:
        return json.decode(b'{"response":{"id":5}}', limits)

    def encode(self, root: Node) -> bytes:
        raise NotImplementedError


def test_registered_formats_are_known_in_processes() -> None:
    work = [Source("a.yaml", data=b"response: {id: 5}\n"), *SOURCES[:20]]
    with registry_restored(), ReadyPool(1) as executor:
        register(cast(Format, yaml_format))
        checks = found(executor, *work)

        assert checks == found(None, *work)
    assert (checks[0].endpoint, checks[0].problems) == ("create", ())


def test_registered_format_that_processes_cannot_import_is_refused() -> None:
    with registry_restored(), ReadyPool(1) as executor:
        register(OwnFormat())

        assert found(Inline(), Source("a.own", data=b"x"))[0].endpoint == "create"
        with pytest.raises(TypeError, match="own"):
            found(executor, Source("a.own", data=b"x"))


def test_bodies_stream_through_an_executor(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    executor = Inline()
    checks = iter_checked([str(tmp_path)], Settings(), executor=executor)

    assert next(checks).inner == "#/0"
    assert [len(batch) for batch in executor.batches] == [1]
    assert len(list(checks)) == 49
