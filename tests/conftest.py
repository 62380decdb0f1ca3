"""The Hypothesis profiles (`long` has more examples), and the surroundings that every test runs in."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bevparse import formats

from .object_store import Bucket, serving_store
from .paths import ROOT

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("dev", max_examples=20, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci",
    max_examples=20,
    deadline=None,
    derandomize=False,
    database=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

SLOW = tuple(ROOT / "tests" / name for name in ("hostile", "laws", "cli/test_cli.py"))
UNMEASURED = tuple(
    ROOT / "tests" / name
    for name in (
        "cli/test_rules.py",
        "hostile",
        "laws",
        "payloads/test_spellings.py",
        "reader/test_fixtures.py",
    )
)


def pytest_sessionstart() -> None:
    """Restore the handler of interrupts, which a shell ignores in background processes."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of folders and modules that are slow or not measured as a whole.

    Each process gets a slice of the tests, which begins with those that are measured: others fill caches, so that lines
    that fill them would not be reached again.
    """
    for item in items:
        if any(item.path.is_relative_to(path) for path in SLOW):
            item.add_marker(pytest.mark.slow)
        if any(item.path.is_relative_to(path) for path in UNMEASURED) and not item.get_closest_marker("measured"):
            item.add_marker(pytest.mark.unmeasured)
    measured = [item for item in items if is_measured(item)]
    others = [item for item in items if not is_measured(item)]
    processes = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    items[:] = [
        item
        for number in range(processes)
        for some in (measured, others)
        for item in some[len(some) * number // processes : len(some) * (number + 1) // processes]
    ]


def is_measured(item: pytest.Item) -> bool:
    """Return whether the coverage of a test is measured: it draws no examples, and is not `unmeasured`."""
    return not (item.get_closest_marker("hypothesis") or item.get_closest_marker("unmeasured"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage of tests that draw examples, so that it does not depend on luck, or are `unmeasured`."""
    if is_measured(item):
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(autouse=True, scope="session")
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's caches and CI summary out of the tests, and the user's terminal and coverage out of children."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
            environment.setenv(name, str(tmp_path_factory.mktemp("caches")))
        environment.setenv("COLUMNS", "80")
        for name in ("GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR", "COVERAGE_PROCESS_CONFIG"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture
def guard() -> Iterator[None]:
    """Fail a test that takes 90 seconds of processor time; quadratic work takes many minutes."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError("the input hangs the reader")

    if not hasattr(signal, "SIGVTALRM"):
        pytest.skip("the system has no timer of processor time")
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 90)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.fixture
def registry_restored() -> Iterator[None]:
    """Remove the formats that a test has registered."""
    with formats.registry_restored():
        yield


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Serve s3://bucket/, which is empty, as the environment says."""
    with serving_store(Bucket()) as bucket:
        for name, value in {
            "AWS_ENDPOINT_URL": bucket.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
        }.items():
            monkeypatch.setenv(name, value)
        yield bucket


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
