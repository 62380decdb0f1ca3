"""`parse_file`: plain, compressed and unreadable files."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

import bevparse
from bevparse import (
    CompletedResponse,
    CreateResponse,
    DecodeError,
    SourceError,
)

from ..documented import DOCUMENTED

FORMATS = ["json", "xml", "csv"]
CREATED = DOCUMENTED["create"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("upper", [False, True])
def test_format_of_a_file_comes_from_its_name(tmp_path: Path, format: str, packed: bool, upper: bool) -> None:
    whole = bevparse.parse(DOCUMENTED["completed"])
    body = bevparse.dump(whole, format=format)
    name = f"completed.{format}{'.gz' if packed else ''}"
    path = tmp_path / (name.upper() if upper else name)
    path.write_bytes(gzip.compress(body) if packed else body)

    assert bevparse.parse_file(path, CompletedResponse, strict=True) == whole
    assert bevparse.parse_file(os.fspath(path)) == whole


def test_empty_csv_file_is_an_empty_result(tmp_path: Path) -> None:
    (tmp_path / "completed.csv").write_bytes(b"")
    (tmp_path / "completed.txt").write_bytes(b"")

    assert bevparse.parse_file(tmp_path / "completed.csv", CompletedResponse) == CompletedResponse(records=())
    with pytest.raises(DecodeError) as caught:
        bevparse.parse_file(tmp_path / "completed.txt", CompletedResponse)
    assert caught.value.problem.code == "BEV101"


def test_explicit_format_takes_precedence_over_the_name(tmp_path: Path) -> None:
    (tmp_path / "completed.json").write_bytes(b"")

    assert bevparse.parse_file(tmp_path / "completed.json", CompletedResponse, format="csv") == CompletedResponse(
        records=()
    )


@pytest.mark.parametrize("name", ["missing.json", "missing.json.gz", "", "a\0b.json", "x" * 5000])
def test_unreadable_file_is_a_source_error(tmp_path: Path, name: str) -> None:
    path = f"{tmp_path}/{name}"

    with pytest.raises(SourceError, match="cannot read file: ") as caught:
        bevparse.parse_file(path)

    assert caught.value.source == path
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-9],
        lambda packed: packed[:12],
        lambda packed: packed[:-8] + b"\0" * 8,
        lambda packed: packed + b"tail",
        lambda packed: b"{" + packed,
        lambda packed: packed[:10] + b"\xff" * 20,
        lambda packed: b"",
    ],
)
def test_damaged_gzip_file_is_a_source_error(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "created.json.gz"
    path.write_bytes(damage(gzip.compress(CREATED * 50, mtime=0)))  # type: ignore[operator]

    with pytest.raises(SourceError, match="cannot read file: ") as caught:
        bevparse.parse_file(path)

    assert caught.value.source == str(path)


@pytest.mark.parametrize("name", ["two.json", "two.jsonl"])
def test_json_lines_are_reported_as_several_bodies(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'{"response":{"id":5}}\n{"response":{"id":6}}\n')

    with pytest.raises(DecodeError, match="which is JSON Lines") as caught:
        bevparse.parse_file(path)
    assert (caught.value.problem.line, caught.value.problem.column) == (2, 1)
    assert [bevparse.parse(line, CreateResponse).id for line in path.read_bytes().splitlines()] == [5, 6]
