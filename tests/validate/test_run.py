"""Findings and their order are the same for any number of workers, even if a worker fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bevparse import Limits
from bevparse.cli.pool import WorkerPool
from bevparse.sources import ANYTHING, LineBlock, open_blocks, sources_in
from bevparse.validate import Checked, Settings, Source, iter_checked
from bevparse.validate.run import check_all

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
    """Runs each batch immediately, and records its size."""

    def __init__(self) -> None:
        self.batches: list[list[Source]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        self.batches.append(arguments[0])
        future = Future[Any]()
        future.set_result(call(*arguments, **options))
        return future


class Lazy(Inline):
    """Runs only when a result is requested."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = self.most_ahead = 0
        self.futures: list[Future[Any]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        lazy = self
        lazy.ahead += 1
        lazy.most_ahead = max(lazy.most_ahead, lazy.ahead)

        class Later(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                lazy.ahead -= 1
                return call(*arguments, **options)

        self.futures.append(Later())
        return self.futures[-1]


class Dying(Inline):
    """Dies of every batch in which a source of this name is, and then is up again; or is not."""

    def __init__(self, name: str, *, at_submit: bool = False) -> None:
        super().__init__()
        self.name = name
        self.at_submit = at_submit

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        if all(source.name != self.name for one in arguments[0] for source in sources_in(one)):
            return super().submit(call, *arguments, **options)
        if self.at_submit:
            raise BrokenExecutor("died")
        future = Future[Any]()
        future.set_exception(BrokenExecutor("died"))
        return future


class Killing(bytes):
    """Terminates a process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return os._exit, (9,)


class Ready(WorkerPool):
    """Processes that are up before there is work for them."""

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs, worth_it=-1.0)
        while self.submit(os.getpid).result() == os.getpid():
            time.sleep(0.01)


def found(executor: Executor | None, *work: Source | LineBlock | tuple[Checked, ...]) -> list[Checked]:
    return list(check_all(work or SOURCES, Settings(now=0), executor))


EXPECTED = found(None)


def test_threads_find_the_same_in_the_same_order() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert found(executor) == EXPECTED


def test_an_executor_gets_small_batches_first_and_larger_ones_then() -> None:
    executor = Inline()

    assert found(executor) == EXPECTED
    assert [len(batch) for batch in executor.batches] == [1, 2, 4, 8, 16, 32, 64, 64, 64, 45]


def test_a_batch_is_about_a_megabyte() -> None:
    executor = Inline()
    work = [Source("a", data=BODIES[0], size=size) for size in (1, 2**19, 2**19, 1, 2**30, 1)]

    assert len(found(executor, *work)) == 6
    assert [len(batch) for batch in executor.batches] == [1, 2, 1, 1, 1]


def test_a_cached_result_keeps_its_position_and_is_not_checked_again() -> None:
    known = Checked("known", problems=EXPECTED[2].problems)
    work = [(known, known), *SOURCES[:2], (known,), *SOURCES[2:4], ()]
    executor = Inline()

    assert found(None, *work) == found(executor, *work) == [known, known, *EXPECTED[:2], known, *EXPECTED[2:4]]
    assert sum(map(len, executor.batches)) == 4


def test_a_source_is_not_kept_waiting_by_the_next_one() -> None:
    def slow() -> Iterator[Source]:
        yield SOURCES[0]
        raise KeyboardInterrupt

    checks = check_all(slow(), Settings(now=0), Inline())

    assert next(checks) == EXPECTED[0]
    with pytest.raises(KeyboardInterrupt):
        next(checks)


def test_only_so_many_batches_are_on_their_way() -> None:
    executor = Lazy()
    work = [Source("a", data=BODIES[0], size=2**20) for _ in range(100)]

    assert len(found(executor, *work)) == 100
    assert 2 < executor.most_ahead < 30


def test_only_so_much_memory_is_on_its_way() -> None:
    executor, data = Lazy(), bytes(2**26 + 1)

    assert len(found(executor, *[Source("a", data=data, size=2**20)] * 3)) == 3
    assert executor.most_ahead == 1


def test_pending_checks_are_cancelled_when_the_run_stops() -> None:
    executor = Lazy()
    checks = check_all([Source("a", data=BODIES[0], size=2**20) for _ in range(100)], Settings(), executor)
    next(checks)
    checks.close()  # type: ignore[attr-defined]

    assert sum(future.cancelled() for future in executor.futures) == len(executor.futures) - 1


def test_a_worker_crash_affects_only_one_line() -> None:
    work = list(open_blocks(Source("x.jsonl", "!/x.jsonl", LINES), ANYTHING, Limits()))
    checks = found(Dying("x.jsonl!/x.jsonl#/7"), *work)

    assert [(checked.inner, checked.outcome) for checked in checks if checked.problems] == [
        ("!/x.jsonl#/7", "unreadable")
    ]
    assert len(checks) == 50


def test_lines_on_their_way_count_as_memory() -> None:
    executor = Lazy()
    (block,) = open_blocks(Source("x.jsonl", "!/x.jsonl", LINES), ANYTHING, Limits())
    assert isinstance(block, LineBlock)
    work = [replace(block, size=2**25) for _ in range(12)]

    assert len(found(executor, *work)) == 12 * 50
    assert executor.most_ahead == 3


@pytest.mark.parametrize("at_submit", [False, True])
def test_a_worker_crash_affects_only_one_source(at_submit: bool) -> None:
    checks = found(Dying("77.txt", at_submit=at_submit))

    assert checks[:77] + checks[78:] == EXPECTED[:77] + EXPECTED[78:]
    assert (checks[77].source, checks[77].outcome) == ("77.txt", "unreadable")
    assert [problem.code for problem in checks[77].problems] == ["BEV014"]


@pytest.mark.slow
def test_a_process_dies_of_one_source_alone() -> None:
    work = [*SOURCES[:20], Source("bad.json", "!/inner.json", data=Killing()), *SOURCES[20:40]]
    with Ready(2) as executor:
        checks = found(executor, *work)

    assert checks[:20] + checks[21:] == EXPECTED[:40]
    assert (checks[20].source, [problem.code for problem in checks[20].problems]) == (
        "bad.json!/inner.json",
        ["BEV014"],
    )


@pytest.mark.slow
def test_results_are_identical_for_any_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(300):
        path = tmp_path / "dumps" / str(number % 7) / f"status-{number}.{('json', 'xml', 'csv')[number % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BODIES[number % len(BODIES)])
    (tmp_path / "dumps" / "many.jsonl").write_bytes(LINES + b"{\n" + LINES)
    (tmp_path / "dumps" / "gone.json").symlink_to("nowhere")

    expected = list(iter_checked("dumps", Settings(now=0)))
    assert len(expected) == 402
    for jobs in (2, 3):
        with Ready(jobs) as executor:
            assert list(iter_checked("dumps", Settings(now=0), executor=executor)) == expected


def test_a_fault_of_ours_is_not_taken_for_one_of_a_source() -> None:
    class Odd(Executor):
        def submit(self, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
            future = Future[Any]()
            future.set_exception(ZeroDivisionError())
            return future

    with pytest.raises(ZeroDivisionError):
        found(Odd())


def test_bodies_stream_through_an_executor(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    executor = Inline()
    checks = iter_checked([str(tmp_path)], Settings(), executor=executor)

    assert next(checks).inner == "#/0"
    assert [len(batch) for batch in executor.batches] == [1]
    assert len(list(checks)) == 49
