"""The regular spellings that the benchmarks measure and the laws vary."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

import bevparse
from benchmarks.spellings import ARRAYS, RECORDS, SPELLINGS, Array, Spelling, irregular, spelling_of, unlike, write
from bevparse import CompletedResponse, FailedResponse, Response, StatusResponse

MODELS: dict[Array, type[Response]] = {
    "completed": CompletedResponse,
    "failed": FailedResponse,
    "status": StatusResponse,
}
ATTRIBUTES = {"completed": "records", "failed": "failures", "status": "requests"}


def values_of(response: Response | None, array: Array) -> list[dict[str, object]]:
    """Return the documented fields of each record."""
    records: tuple[BaseModel, ...] = getattr(response, ATTRIBUTES[array])
    return [{name: getattr(one, name) for name in type(one).model_fields} for one in records]


@pytest.mark.parametrize(
    ("spelling", "array"),
    [pytest.param(one, array, id=f"{one.format}-{one.name}-{array}") for one in SPELLINGS for array in one.arrays],
)
def test_spelling_is_read_as_the_same_records(spelling: Spelling, array: Array) -> None:
    records = list(RECORDS[array](100, 1))

    found = bevparse.inspect(spelling.body(records, array), MODELS[array])

    assert (found.format, found.endpoint) == (spelling.format, array)
    assert not [problem for problem in found.problems if problem.severity == "error"]
    assert values_of(found.response, array) == values_of(
        bevparse.parse(SPELLINGS[0].body(records, array), MODELS[array]), array
    )


def test_documented_spelling_has_the_documented_names() -> None:
    (record,) = RECORDS["completed"](1, 3)
    documented = SPELLINGS[0].body([record])

    assert documented == bevparse.dump(bevparse.parse(documented, CompletedResponse), format="json")
    assert set(record) | {"mxRecords"} == set(ARRAYS["completed"])


@pytest.mark.parametrize("format", ["xml", "csv"])
@pytest.mark.parametrize("array", ["completed", "failed", "status"])
def test_documented_spelling_is_what_bevparse_writes(array: Array, format: str) -> None:
    name = {"xml": "writer-a", "csv": "documented"}[format]
    spelling = spelling_of(format, name)
    records = list(RECORDS[array](20, 1))

    response = bevparse.parse(SPELLINGS[0].body(records, array), MODELS[array])

    assert spelling.body(records, array) == bevparse.dump(response, format=format)


def test_names_of_spellings_are_unique() -> None:
    assert len({(one.format, one.name) for one in SPELLINGS}) == len(SPELLINGS)


def test_body_is_written_to_a_file(tmp_path: Path) -> None:
    spelling = spelling_of("csv", "crlf")

    path = write(tmp_path, spelling, RECORDS["completed"](3, 1))

    assert path.read_bytes() == spelling.body(RECORDS["completed"](3, 1))


@pytest.mark.parametrize(("format", "name"), [("json", "documented"), ("xml", "writer-a"), ("csv", "documented")])
def test_irregular_record_and_records_unlike_each_other_are_read(format: str, name: str) -> None:
    spelling, records = spelling_of(format, name), list(RECORDS["completed"](100, 1))
    expected = values_of(bevparse.parse(spelling.body(records), CompletedResponse), "completed")

    one = values_of(bevparse.parse(spelling.body(irregular(records, 50)), CompletedResponse), "completed")
    many = values_of(bevparse.parse(spelling.body(unlike(100, 1)), CompletedResponse), "completed")

    assert [number for number in range(100) if one[number] != expected[number]] == [50]
    assert one[50]["email_address"] == '"R&D <50>"@alder-foods0.example'
    assert many == expected
