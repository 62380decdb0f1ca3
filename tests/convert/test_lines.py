"""Lines of JSON Lines that are converted together: records and rejects are those of each line alone."""

from __future__ import annotations

import io
from collections.abc import Iterable
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import CompletedResponse, FailedResponse, Limits, ListResponse, StatusResponse
from bevparse.batches import Batch, Tally
from bevparse.batches.rejects import Reject
from bevparse.convert import convert_records
from bevparse.files.compression import Budget
from bevparse.models import EndpointName
from bevparse.problems import Problem
from bevparse.sources import ANYTHING, LineBlock, Source, open_blocks, open_source
from bevparse.validate import Settings
from bevparse.writer import FORMATS, RecordWriter

from ..json_lines import BODIES, RECORDS, UNUSUAL, lines_of

Converted: TypeAlias = tuple[bytes, Tally, list[Reject]]
_SETTINGS = [
    Settings(),
    Settings(CompletedResponse),
    Settings(FailedResponse),
    Settings(StatusResponse),
    Settings(ListResponse),
    Settings(format="json"),
    Settings(format="xml"),
    Settings(endpoints=(("**/*#/1", "completed"), ("**/*#/3", "failed"))),
    Settings(limits=Limits(body=200, problems=2)),
    Settings(limits=Limits(string=100)),
]


def converted(sources: Iterable[Source | LineBlock], format: str, settings: Settings) -> Converted:
    """Return what is written of sources, the counts, and what is not written."""
    stream, rejects = io.BytesIO(), list[Reject]()
    writer = RecordWriter(stream, format, settings.model)

    def write(batch: Batch) -> Iterable[tuple[int, Problem]]:
        return writer.write(batch.records)

    tally = convert_records(sources, write, settings, rejects.append, skip_others=True)
    writer.end()
    writer.close()
    return stream.getvalue(), tally, rejects


def converted_both_ways(data: bytes, format: str, settings: Settings) -> tuple[Converted, Converted]:
    """Return the results of lines that are read together, and those of lines that are read one by one."""
    source = Source("a.zip", "!/x.jsonl", data, budget=Budget(settings.limits))
    together = converted(open_blocks(source, ANYTHING), format, settings)
    return together, converted(open_source(source, ANYTHING), format, settings)


@given(random=st.randoms(use_true_random=False), format=st.sampled_from(FORMATS), settings=st.sampled_from(_SETTINGS))
def test_lines_are_converted_in_a_block_as_alone(random: Random, format: str, settings: Settings) -> None:
    together, alone = converted_both_ways(lines_of(random), format, settings)

    assert together == alone


@pytest.mark.parametrize(("format", "settings"), [("csv", _SETTINGS[0]), *(("jsonl", one) for one in _SETTINGS)])
def test_lines_of_all_kinds_are_converted_in_a_block_as_alone(format: str, settings: Settings) -> None:
    data = b"\n".join([b"", *RECORDS, *UNUSUAL, *BODIES, *RECORDS])

    together, alone = converted_both_ways(data, format, settings)

    assert together == alone


@pytest.mark.parametrize(
    ("endpoint", "line"), [("status", RECORDS[0]), ("failed", b'{"emailAddress":"a","error":"b"}')]
)
def test_endpoint_pattern_may_match_one_line(endpoint: EndpointName, line: bytes) -> None:
    settings = Settings(endpoints=(("**/*#/2", endpoint),))

    together, alone = converted_both_ways(b"\n".join([*[RECORDS[0]] * 2, line, RECORDS[0]]), "jsonl", settings)

    assert together == alone
    assert together[1].written == 3
