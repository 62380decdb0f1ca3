"""A fake service for each test of a client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bevparse.testing import FakeService


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as service:
        yield service
