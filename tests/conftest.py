"""The Hypothesis profiles: `dev` for every run at the desk, `ci` for the thorough one; and what is measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=False,
    database=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage while a test runs that is marked so."""
    if not item.get_closest_marker("unmeasured"):
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_written_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the results of earlier runs and the summary of a CI step out of what belongs to whoever runs the tests."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
            environment.setenv(name, str(tmp_path_factory.mktemp("caches")))
        environment.delenv("GITHUB_STEP_SUMMARY", raising=False)
        environment.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # what tests start is not measured
        yield
