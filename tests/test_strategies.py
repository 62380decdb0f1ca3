"""The public Hypothesis strategies: each draws valid instances of its model."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import import_module

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from pydantic import BaseModel

import bevparse
from bevparse import testing
from bevparse.endpoints import MODELS
from bevparse.models import (
    AnyResponse,
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    Response,
    StatusResponse,
)

from .paths import ROOT

STRATEGIES: dict[Callable[..., st.SearchStrategy[BaseModel]], type[BaseModel]] = {
    testing.bulk_requests: BulkRequest,
    testing.completed_responses: CompletedResponse,
    testing.create_responses: CreateResponse,
    testing.email_records: EmailRecord,
    testing.error_responses: ErrorResponse,
    testing.failed_emails: FailedEmail,
    testing.failed_responses: FailedResponse,
    testing.list_responses: ListResponse,
    testing.status_responses: StatusResponse,
}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=[strategy.__name__ for strategy in STRATEGIES])
def test_strategy_draws_valid_models(strategy: Callable[..., st.SearchStrategy[BaseModel]]) -> None:
    def is_wrong(model: BaseModel) -> bool:
        return type(model) is not STRATEGIES[strategy] or type(model).model_validate(model.model_dump()) != model

    with pytest.raises(NoSuchExample):
        find(strategy(extras="json"), is_wrong, settings=settings())


def test_every_public_strategy_is_tested() -> None:
    strategies = {name for name in testing.__all__ if name.islower()} - {"check_format", "faults", "responses", "scrub"}

    assert {strategy.__name__ for strategy in STRATEGIES} == strategies


FORMATS = ["json", "xml", "csv"]


@pytest.mark.unmeasured
@pytest.mark.parametrize("strategy", [*STRATEGIES, testing.responses], ids=lambda strategy: strategy.__name__)
@given(data=st.data())
def test_every_format_can_carry_what_a_strategy_draws_by_default(
    strategy: Callable[..., st.SearchStrategy[BaseModel]], data: st.DataObject
) -> None:
    model = data.draw(strategy())

    if isinstance(model, Response):
        for format in FORMATS:
            assert bevparse.parse(bevparse.dump(model, format=format), type(model), format=format) == model


@pytest.fixture(scope="module")
def _registered() -> None:
    """Do what Hypothesis does for the entry point of an installed distribution."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["hypothesis"]
    module, _, name = points["bevparse"].partition(":")
    getattr(import_module(module), name)()


@pytest.mark.unmeasured
@pytest.mark.usefixtures("_registered")
@pytest.mark.parametrize("model", STRATEGIES.values())
def test_strategy_of_a_type_draws_valid_models(model: type[BaseModel]) -> None:
    def is_wrong(drawn: BaseModel) -> bool:
        return type(drawn) is not model or model.model_validate(drawn.model_dump(mode="json")) != drawn

    with pytest.raises(NoSuchExample):
        find(st.from_type(model), is_wrong, settings=settings())


class Job(BaseModel):
    """A model of a program, with a response in it."""

    name: str
    answer: StatusResponse
    others: list[EmailRecord]


@pytest.mark.usefixtures("_registered")
@given(data=st.data())
def test_strategy_of_a_type_is_that_of_its_parts(data: st.DataObject) -> None:
    job = data.draw(st.builds(Job))

    assert Job.model_validate_json(job.model_dump_json()) == job
    assert isinstance(data.draw(st.from_type(Response)), tuple(MODELS.values()))
    assert isinstance(data.draw(st.from_type(AnyResponse)), tuple(MODELS.values()))
