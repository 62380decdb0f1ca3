"""Law 7, noise: order, white space, byte-order marks, line ends, folded names and missing values change nothing."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bevparse import (
    BulkRequest,
    CompletedResponse,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
    inspect,
    parse,
)
from bevparse.testing import responses

from .noise_csv import noisy_csv
from .noise_json import noisy_json
from .noise_xml import WRITERS, noisy_xml
from .oracle import facts

_RANDOM = st.randoms(use_true_random=False)


def _with_a_page(model: Response) -> Response:
    """Return a list with at least one value, as the service always sends."""
    return model.model_copy(update={"current_page": 1}) if isinstance(model, ListResponse) else model


_MODELS = responses(extras="text", kinds=("text", "table")).map(_with_a_page)
_ONE_ID = StatusResponse(requests=(BulkRequest(id=5),))


def _assert_read_as(body: bytes, model: Response, *formats: str | None) -> None:
    for format in formats:
        found = inspect(body, type(model), format=format)

        assert [problem for problem in found.problems if problem.severity == "error"] == [], body
        assert facts(found.response) == facts(model), body


@example(_ONE_ID, Random(1))
@given(_MODELS, _RANDOM)
def test_noisy_json_returns_the_same_model(model: Response, random: Random) -> None:
    body = noisy_json(random, model)

    _assert_read_as(body, model, None, "json", "csv")


@pytest.mark.parametrize("writer", WRITERS)
@example(_ONE_ID, Random(1))
@given(_MODELS, _RANDOM)
def test_xml_of_every_writer_returns_the_same_model(writer: str, model: Response, random: Random) -> None:
    body = noisy_xml(random, writer, model)

    _assert_read_as(body, model, None, "xml", "json")


@example(_ONE_ID, Random(1))
@given(_MODELS, _RANDOM)
def test_noisy_csv_returns_the_same_model(model: Response, random: Random) -> None:
    body = noisy_csv(random, model)

    _assert_read_as(body, model, None, "csv")


@pytest.mark.parametrize(
    "empty", [StatusResponse(requests=()), CompletedResponse(records=()), FailedResponse(failures=())]
)
def test_zero_bytes_are_an_empty_table(empty: Response) -> None:
    found = parse(b"", type(empty), format="csv")

    assert facts(found) == facts(empty)


@pytest.mark.parametrize(
    "body", [b"<root><response><id>5</id></response></root>", b"ID\n5\n", b"<r><item><id>5</id></item></r>"]
)
def test_single_bare_id_is_a_list_when_a_list_is_expected(body: bytes) -> None:
    found = parse(body, StatusResponse)

    assert facts(found) == facts(_ONE_ID)
