"""Payloads of tables."""

from __future__ import annotations

import bevparse
from bevparse import CreateResponse


def test_single_row_of_another_width_is_no_response() -> None:
    found = bevparse.inspect(b"ID\n5,6\n", CreateResponse, format="csv")

    assert found.response is None
    assert [(problem.code, problem.pointer) for problem in found.problems] == [("BEV210", "/response/0")]
