"""Lines of JSON Lines that are checked together: the results are those of each line alone."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import CompletedResponse, Limits, StatusResponse
from bevparse.files.compression import Budget
from bevparse.models import FailedResponse
from bevparse.sources import ANYTHING, LineBlock, Source, open_blocks, sources_in
from bevparse.validate import Checked, Settings, check
from bevparse.validate.lines import check_lines
from bevparse.validate.settings import Selection

from ..json_lines import BODIES, RECORDS, UNUSUAL, lines_of

_SETTINGS = [
    Settings(now=2e9),
    Settings(now=2e9, excerpts=True, profile=True),
    Settings(now=2e9, cross=False),
    Settings(CompletedResponse, now=2e9),
    Settings(StatusResponse, now=2e9, profile=True),
    Settings(FailedResponse, now=2e9),
    Settings(now=2e9, format="json"),
    Settings(now=2e9, format="xml"),
    Settings(now=2e9, endpoints=(("**/*#/1", "completed"), ("**/*#/2", "failed"))),
    Settings(now=2e9, limits=Limits(body=200, problems=2)),
    Settings(now=2e9, limits=Limits(string=100)),
    Settings(now=2e9, limits=Limits(depth=3)),
    Settings(now=2e9, selection=Selection(ignore=("BEV3",))),
]


def checked_both_ways(source: Source, settings: Settings) -> tuple[list[Checked], list[Checked]]:
    """Return the results of the lines of a file together, and those of each line alone."""
    together, alone = list[Checked](), list[Checked]()
    for one in open_blocks(replace(source, budget=Budget(settings.limits)), ANYTHING):
        together += check_lines(one, settings) if isinstance(one, LineBlock) else check(one, settings)
        for line in sources_in(one):
            alone += check(line, settings)
    return together, alone


@given(random=st.randoms(use_true_random=False), settings=st.sampled_from(_SETTINGS))
def test_lines_have_the_same_results_in_a_block_as_alone(random: Random, settings: Settings) -> None:
    together, alone = checked_both_ways(Source("a.zip", "!/x.jsonl", lines_of(random)), settings)

    assert together == alone


@pytest.mark.parametrize(("name", "settings"), [("x.jsonl.gz", _SETTINGS[0]), *(("x.jsonl", one) for one in _SETTINGS)])
def test_lines_of_all_kinds_have_the_same_results_in_a_block_as_alone(
    tmp_path: Path, name: str, settings: Settings
) -> None:
    data = b"\n".join([*RECORDS, *UNUSUAL, *BODIES, *RECORDS])
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    together, alone = checked_both_ways(Source(str(tmp_path / name)), settings)

    assert together == alone
    assert len(together) > 100


class Large(LineBlock):
    """Lines for which there is not enough memory if they are read together."""

    def are_records(self) -> list[bool]:
        raise MemoryError


def test_lines_that_need_much_memory_are_read_one_by_one() -> None:
    block = Large("x.jsonl", "#/", 0, tuple(RECORDS), 0, Budget())

    assert list(check_lines(block, _SETTINGS[0])) == [
        checked for source in block.sources() for checked in check(source, _SETTINGS[0])
    ]
