"""The public Hypothesis strategies: each draws valid instances of its model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bevparse import testing
from bevparse.models import (
    BulkRequest,
    CompletedResponse,
    CreateResponse,
    EmailRecord,
    ErrorResponse,
    FailedEmail,
    FailedResponse,
    ListResponse,
    StatusResponse,
)

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
@given(data=st.data())
def test_strategy_draws_valid_models(
    strategy: Callable[..., st.SearchStrategy[BaseModel]], data: st.DataObject
) -> None:
    model = data.draw(strategy(extras="json"))

    assert type(model) is STRATEGIES[strategy]
    assert type(model).model_validate(model.model_dump()) == model


def test_every_public_strategy_is_tested() -> None:
    strategies = {name for name in testing.__all__ if name.islower()} - {"check_format", "responses"}

    assert {strategy.__name__ for strategy in STRATEGIES} == strategies
