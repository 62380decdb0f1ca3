"""Table Schema of bodies: it accepts what bevparse writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bevparse import CompletedResponse, EmailRecord, ErrorResponse, ListResponse, Response, StatusResponse, dump
from bevparse.schemas import table_schema

from ..fixture_files import CANONICAL, FOREIGN, case_of, each, model_of
from .validators import table_faults

WRITTEN = [path for path in CANONICAL if path.suffix == ".csv" and case_of(path) not in FOREIGN]
STATUS = dump(StatusResponse(requests=()), format="csv").decode()


@each(WRITTEN)
def test_written_body_is_accepted(path: Path) -> None:
    assert table_faults(path.read_bytes(), model_of(path)) == []


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (",,,,,,,,", ["ID: ''"]),
        ("5,,,,,,,,yes", ["Ready: 'yes'"]),
        ("-5,,0,253402300800,,,,,1", ["ID: '-5'", "Date Start: '0'", "Date End: '253402300800'"]),
    ],
)
def test_invalid_row_is_refused(row: str, faults: list[str]) -> None:
    assert table_faults(f"{STATUS}{row}\n".encode(), StatusResponse) == faults


def test_check_must_be_one_of_three_words() -> None:
    completed = dump(CompletedResponse(records=(EmailRecord(email_address="a", smtp_check=True),)), format="csv")

    assert table_faults(completed, CompletedResponse) == []
    assert table_faults(completed.replace(b"true", b"maybe"), CompletedResponse) == ["SMTP Check: 'maybe'"]


def test_row_of_an_empty_page_is_accepted() -> None:
    assert table_faults(dump(ListResponse(requests=()), format="csv"), ListResponse) == []


def test_error_is_required() -> None:
    assert table_faults(b"Error,Code\n,\n", ErrorResponse) == ["Error: ''"]


@pytest.mark.parametrize("model", [Response, EmailRecord])
def test_model_that_is_not_of_an_endpoint_is_refused(model: type[Response]) -> None:
    with pytest.raises(TypeError, match="expected the model of an endpoint, got <class"):
        table_schema(model)
